"""Sent letters as evidence: written with the confirmation that they led to, or by themselves where that was faster."""

from sqlalchemy import select

from newsletter.columns import canonical
from newsletter.consent import Act, Chain
from newsletter.db import reader, transaction
from newsletter.outbox import Letter, State
from newsletter.subscriptions import Subscriber, found_and_locked


def record_letter(chain: Chain, letter: Letter, contact: tuple[str, str]) -> None:
    """The exact letter: its version, what filled its holes, the hash of the whole, and the server's answer (A2.4)."""
    if letter.sent_at is None:
        raise ValueError("A letter that was not sent proves nothing.")
    facts = {"version": letter.version_id, "sha256": letter.sha256, "kind": letter.kind, "language": letter.language}
    values = {"holes": canonical(letter.holes), "reply": letter.reply}
    chain.append(Act.LETTER_SENT, at=letter.sent_at, contact=contact, facts=facts, values=values)


def prove_letter(letter_id: str) -> None:
    """Make a sent letter the newest evidence of whom its signup has become, once, whoever tries at the same time."""
    of_letter = select(Subscriber).join(Letter, Letter.subscriber_id == Subscriber.id).where(Letter.id == letter_id)
    with transaction() as session:

        def look() -> tuple[Subscriber | None, set[str]]:
            found = session.scalar(of_letter)
            return found, {found.address_key} if found else set()

        subscriber = found_and_locked(session, look)
        letter = session.get(Letter, letter_id)
        if subscriber and letter:
            chain = Chain.of(session, subscriber.id)
            record_letter(chain, letter, (letter.newsletter, letter.contact_id or ""))
            chain.write(session)
            session.delete(letter)


def prove_missed() -> int:
    """The proofs that a worker died before it wrote, or that a confirmation in the same moment hid from it."""
    with reader() as session:
        missed = select(Letter.id).where(Letter.state == State.SENT, Letter.subscriber_id.is_not(None))
        letter_ids = session.scalars(missed).all()
    for letter_id in letter_ids:
        prove_letter(letter_id)
    return len(letter_ids)
