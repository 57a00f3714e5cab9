"""Taking evidence away on purpose: the one door through the database's refusal, and what is left to tell it by.

A value that was removed says by which rule and when. Of a whole chain, only its id, length and last hash stay, so that
whoever compares it with an anchor can tell a term that ended from a loss.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, exists, insert, literal, select, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from newsletter import clock, ids
from newsletter.columns import Id, Instant
from newsletter.consent.evidence import Evidence, EvidenceValue
from newsletter.db import Base, among_rows

Key = tuple[str, int, str]
"""Subscriber, number of the record, field: one value."""
CLAIMED = frozenset({"typed", "address", "holes", "reply", "ip_network"})
"""What a claim about a consent turns on: whose address, the exact letter, that it was taken, roughly from where.

It goes with its whole chain alone. Names, whole IP addresses, and what staff noted go at an erasure, if they have not
gone before (docs/decisions/0015)."""
TAKEN = {"ip": frozenset({"ip", "asked_ip"}), "subscriptions": frozenset({"fields"})}
"""What the other rules take, each."""


def takes(rule: str, field: str) -> bool:
    """Whether it is for this rule to remove such a value."""
    return field not in CLAIMED if rule == "erasure" else field in TAKEN.get(rule, ())


class RemovedChain(Base):
    """That there was a chain, and by which rule it went. It names nobody any more."""

    __tablename__ = "removed_chains"

    subscriber_id: Mapped[str] = mapped_column(Id, primary_key=True)
    records: Mapped[int]
    head: Mapped[str]
    rule: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class Forgetting(Base):
    """A row here, seen only inside its own transaction, lets that transaction take evidence away, by one rule."""

    __tablename__ = "forgetting"

    rule: Mapped[str] = mapped_column(primary_key=True)


@contextmanager
def forgetting(session: Session, rule: str) -> Iterator[None]:
    """Within the block, and seen by this transaction alone, evidence can be taken away."""
    door = f"{rule} {ids.new()}"  # two who forget at once do not wait for each other's row
    session.execute(insert(Forgetting).values(rule=door))
    yield
    session.execute(delete(Forgetting).where(Forgetting.rule == door))


def remove_values(session: Session, keys: Iterable[Key], rule: str) -> None:
    """Empty these values for good; their records keep the commitments, and the chain goes on verifying."""
    named = among_rows((EvidenceValue.subscriber_id, EvidenceValue.seq, EvidenceValue.field), list(keys))
    emptied = {"salt": None, "value": None, "removed_rule": rule, "removed_at": clock.now()}
    with forgetting(session, rule):
        session.execute(update(EvidenceValue).where(named, EvidenceValue.value.is_not(None)).values(emptied))


def remove_chains(session: Session, subscriber_ids: Sequence[str], rule: str) -> None:
    """Delete all evidence of these people, whose locks the caller holds."""
    ends = (Evidence.subscriber_id, Evidence.seq, Evidence.hash, literal(rule), literal(clock.now(), Instant))
    removed = select(*ends).where(IS_LAST, Evidence.subscriber_id.in_(subscriber_ids))
    session.execute(insert(RemovedChain).from_select(["subscriber_id", "records", "head", "rule", "at"], removed))
    with forgetting(session, rule):
        for model in (EvidenceValue, Evidence):
            session.execute(delete(model).where(model.subscriber_id.in_(subscriber_ids)))


Later = aliased(Evidence)
IS_LAST = ~exists().where(Later.subscriber_id == Evidence.subscriber_id, Later.seq > Evidence.seq)
