"""The daily anchor: one hash over everybody's evidence, kept where the database's owner cannot change it unseen.

A controller could rebuild a whole chain, or leave one out. So each chain's head and length becomes a leaf of one Merkle
tree that only grows (RFC 6962), and once a day its root leaves the house (docs/decisions/0017).
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.columns import Id, Instant
from newsletter.db import Base


class Anchor(Base):
    """A day's root, and over how many leaves. The database refuses to change or delete it."""

    __tablename__ = "anchors"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class AnchorLeaf(Base):
    """How a chain stood when a day's anchor was made. A chain that grew since has a leaf for that day as well."""

    __tablename__ = "anchor_leaves"
    __table_args__ = (Index("uq_anchor_leaves_subscriber_id_seq", "subscriber_id", "seq", unique=True),)

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subscriber_id: Mapped[str] = mapped_column(Id)
    seq: Mapped[int]
    head: Mapped[str]


class AnchorNode(Base):
    """The hash of a full subtree of 256 to the power of `level` leaves, so that no path has to read them all."""

    __tablename__ = "anchor_nodes"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str]
