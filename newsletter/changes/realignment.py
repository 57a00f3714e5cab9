"""A log that was restored into another server: its positions go on where the feed's readers are."""

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import OneRow, is_postgresql, transaction


def realign() -> None:
    """After a restore into a server whose transaction numbers are lower, lift new positions above the old ones.

    What was written since the restore stands below them, behind every reader's back: it is moved to where they look
    next. Nobody writes meanwhile, or somebody could still be about to use the old shift.
    """
    if is_postgresql():
        with transaction() as session:
            if session.scalar(IS_BEHIND):
                session.execute(HALT)
                session.execute(RESCUE)
                session.execute(REALIGN)


OURS = "pg_current_xact_id()::text::bigint"
HIGHEST = """
    WITH RECURSIVE told(slug) AS (SELECT min(newsletter) FROM changes UNION ALL
        SELECT (SELECT min(newsletter) FROM changes WHERE newsletter > slug) FROM told WHERE slug IS NOT NULL)
    SELECT max((SELECT max(tx) FROM changes WHERE newsletter = slug)) FROM told
"""  # of each newsletter by its index, not of all rows
IS_BEHIND = text(f"SELECT ({HIGHEST}) >= {OURS} + shift FROM feed_clock")  # noqa: S608 - of ours
HALT = text("LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE")
RESCUE = text(
    f"WITH here AS (SELECT {OURS} + shift AS tx FROM feed_clock), "  # noqa: S608 - of ours
    "before AS (SELECT max(changes.tx) AS tx, max(id) AS id FROM changes, here WHERE changes.tx >= here.tx) "
    "UPDATE changes SET tx = before.tx + 1 FROM here, before WHERE changes.tx < here.tx AND changes.id > before.id"
)
REALIGN = text(
    f"UPDATE feed_clock SET shift = newest.tx - {OURS} + 1 "  # noqa: S608 - of ours
    f"FROM (SELECT max(tx) AS tx FROM changes) AS newest WHERE newest.tx >= {OURS} + shift"
)


class FeedClock(OneRow):
    """One row: what is added to this server's transaction numbers to make positions of the log."""

    __tablename__ = "feed_clock"

    shift: Mapped[int] = mapped_column(BigInteger)
