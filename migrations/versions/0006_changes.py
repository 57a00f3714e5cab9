"""The gap-free log that the feed reads."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

POSITION = """
CREATE FUNCTION feed_position() RETURNS bigint LANGUAGE sql VOLATILE AS
    'SELECT pg_current_xact_id()::text::bigint + shift FROM feed_clock'
"""


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("tx", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("match", sa.Text(), nullable=True),
        sa.Column("previous_match", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_contact_id", "changes", ["contact_id"], unique=False)
    op.create_index("ix_changes_newsletter_tx_id", "changes", ["newsletter", "tx", "id"], unique=False)
    op.create_table(
        "feed_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shift", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed_clock"),
    )
    op.execute("INSERT INTO feed_clock (id, shift) VALUES (1, 0)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSITION)
        op.execute("ALTER TABLE changes ALTER COLUMN tx SET DEFAULT feed_position()")


def downgrade() -> None:
    op.drop_table("changes")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION feed_position()")
    op.drop_table("feed_clock")
