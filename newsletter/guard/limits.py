"""Limits shared by all processes, counted in the database (C2, C4).

Two kinds. Posts are counted by source, domain, key, newsletter and overall, in the statement that stores the
signup: all buckets have room and count, or none does and nothing is stored. Letters are counted by address, by
the worker, at the moment it decides to send one, exactly.
"""

import ipaddress
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import DivisionByZero
from sqlalchemy import BigInteger, Connection, Index, Integer, bindparam, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from newsletter import keyring
from newsletter.columns import Instant, canonical
from newsletter.config import Limit
from newsletter.db import Base, reader
from newsletter.one_statement import Gate, Rows, write_at_once

KEY, SOURCE = "key", "source"
"""What posts are counted by: the API key that sends them, and the address of the internet that they come from."""
SLOTS = 60
"""A window is counted in this many slots. Each counts for a whole window after its last post, so none is free early."""


class PostHit(Base):
    """How many posts one bucket took in one slot of time, and how long they count. The key is a keyed hash."""

    __tablename__ = "post_hits"

    key: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class LetterHit(Base):
    """That a letter which a stranger can cause was due to an address, known here by a keyed hash alone (A4.4)."""

    __tablename__ = "letter_hits"
    __table_args__ = (Index("ix_letter_hits_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    key: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One thing that posts are counted by: what it is, and the limits upon it."""

    kind: str
    value: str
    limits: Sequence[Limit]
    cost: int = 1


def by_source(ip: str | None, limits: Sequence[Limit], cost: int = 1) -> list[Counted]:
    """Where a post comes from, if that is known."""
    return [Counted(kind=SOURCE, value=source_of(ip), limits=limits, cost=cost)] if ip else []


def buckets(counted: Iterable[Counted], at: datetime) -> list[dict[str, Any]]:
    """One bucket per limit: its key, what that is under the ring's older keys, the slot of now, how many slots before
    it count, cost and bound. As many behind it do, for a clock that is ahead, and no more, for one that was far ahead.
    """
    return [bucket(thing, limit, at) for thing in counted for limit in thing.limits]


def bucket(thing: Counted, limit: Limit, at: datetime) -> dict[str, Any]:
    length = max(1, limit.seconds // SLOTS)
    slot = int(at.timestamp()) // length
    key, *elder = keyring.keyed_hashes("post limit", f"{thing.kind} {limit.seconds} {thing.value}")
    return {
        "key": key,
        "elder": elder,
        "slot": slot,
        "span": math.ceil(limit.seconds / length),
        "now": at.isoformat(),
        "cost": thing.cost,
        "most": limit.most,
        "expires_at": (at + timedelta(seconds=limit.seconds)).isoformat(),
    }


ROOM_FOR_ALL = """
bucket AS MATERIALIZED (
    SELECT b.*, coalesce(h.spent, 0) AS spent, coalesce(h.before, 0) AS before
    FROM json_to_recordset(CAST(:buckets AS json)) AS b(key text, elder text[],
            slot bigint, span bigint, now timestamptz, cost int, most int, expires_at timestamptz),
    LATERAL (SELECT sum(hits) AS spent, sum(hits) FILTER (WHERE slot <> b.slot OR key <> b.key) AS before
        FROM post_hits
        WHERE {same_key} AND slot BETWEEN b.slot - b.span AND b.slot + b.span AND expires_at > b.now) AS h),
hit AS (
    INSERT INTO post_hits AS h (key, slot, hits, expires_at)
    SELECT key, slot, cost, expires_at FROM bucket WHERE NOT EXISTS (SELECT FROM bucket WHERE spent + cost > most)
    ON CONFLICT (key, slot) DO UPDATE SET hits = h.hits + excluded.hits, expires_at = excluded.expires_at
    WHERE h.hits + excluded.hits <= (SELECT most - before FROM bucket WHERE key = h.key AND slot = h.slot)
    RETURNING 1),
gate AS (
    SELECT count(*) AS counted FROM hit
    HAVING CASE WHEN count(*) IN (0, CAST(:bucket_count AS int)) THEN count(*) = CAST(:bucket_count AS int)
        ELSE 1 / (count(*) - count(*)) = 0 END)
"""
"""All buckets have room, and count. The conflict's condition sees what others committed meanwhile, so each bound is
exact; where that leaves only some of the buckets with room, the division fails, and the statement undoes itself."""


SPENT = text(
    "SELECT coalesce(sum(hits), 0) FROM post_hits "
    "WHERE key IN :keys AND slot BETWEEN :slot - :span AND :slot + :span AND expires_at > :now"
).bindparams(bindparam("keys", expanding=True), bindparam("now", type_=Instant))
HIT = text(
    "INSERT INTO post_hits (key, slot, hits, expires_at) VALUES (:key, :slot, :cost, :expires_at) "
    "ON CONFLICT (key, slot) DO UPDATE SET hits = post_hits.hits + excluded.hits, expires_at = excluded.expires_at"
).bindparams(bindparam("expires_at", type_=Instant))


def room_for_all(connection: Connection, parameters: Mapping[str, Any]) -> Any | None:
    """The same on SQLite, whose write lock is already held."""
    wanted = [timed(b) for b in json.loads(parameters["buckets"])]
    if any(connection.execute(SPENT, b).scalar_one() + b["cost"] > b["most"] for b in wanted):
        return None
    for b in wanted:
        connection.execute(HIT, b)
    return len(wanted)


def timed(found: Mapping[str, Any]) -> dict[str, Any]:
    """A bucket as `SPENT` and `HIT` take it: all its keys in one list, its instants not as JSON has them."""
    instants = {name: datetime.fromisoformat(found[name]) for name in ("now", "expires_at")}
    return {**found, **instants, "keys": [found["key"], *found["elder"]]}


GATE = Gate(ctes=ROOM_FOR_ALL.format(same_key="key = b.key"), steps=room_for_all)
GATE_OF_RING = Gate(ctes=ROOM_FOR_ALL.format(same_key="key = ANY (b.key || b.elder)"), steps=room_for_all)


def gate() -> Gate:
    """What posts must pass. Only a ring of several keys pays for looking under each of them."""
    return GATE if len(keyring.ring()) == 1 else GATE_OF_RING


def write_within(wanted: Sequence[Mapping[str, Any]], rows: Rows) -> bool:
    """Count in all of these buckets and write the rows; False, and neither is done, where one of them has no room.

    A clash of ids may be with our own first try, whose answer was lost.
    """
    try:
        told = {"buckets": canonical(wanted), "bucket_count": len(wanted)}
        return write_at_once(gate(), told, rows) is not None
    except DataError as error:
        if not isinstance(error.orig, DivisionByZero):
            raise
        return False  # others took the last room meanwhile, and the statement undid itself
    except IntegrityError:
        if not is_stored(rows):
            raise
        return True


def is_stored(rows: Rows) -> bool:
    """Whether the first of them is there: none is without the others."""
    model, written = next(iter(rows.items()))
    with reader() as session:
        return session.get(model, written[0]["id"]) is not None


def allowed_from(limits: Sequence[Limit], past: Sequence[datetime], at: datetime) -> datetime:
    """The first instant from which one more is within every limit; `at` itself when there is room now."""
    return max([at, *(room_from(limit, past, at) for limit in limits)])


def room_from(limit: Limit, past: Sequence[datetime], at: datetime) -> datetime:
    """What is further ahead than the limit looks back was counted by a clock that was far ahead, and counts no more."""
    window = timedelta(seconds=limit.seconds)
    oldest_first = sorted(hit for hit in past if hit <= at + window)
    return oldest_first[-limit.most] + window if len(oldest_first) >= limit.most else at


def coarse_wait(limits: Iterable[Limit]) -> int:
    """Seconds for `Retry-After`: the shortest window, so that nothing tells which rule fired (C18)."""
    return min((limit.seconds for limit in limits), default=3600)


def source_of(ip: str) -> str:
    """What one source is: an IPv4 address, or the /64 that an IPv6 subscriber is given (C2)."""
    return str(ipaddress.IPv6Network((ip, 64), strict=False)) if ":" in ip else ip


def letter_keys(limit_key: str) -> list[str]:
    """What an address's letters are counted under: the newest key's hash first, then those of older keys."""
    return keyring.keyed_hashes("letter limit", limit_key)
