"""Reports of the tool come back: soft bounces by day, last use, and keys that may be held."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "soft_bounces",
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "day", name="pk_soft_bounces"),
    )
    op.create_index("ix_soft_bounces_day", "soft_bounces", ["day"], unique=False)
    op.add_column("subscriptions", sa.Column("last_used_on", sa.Date(), nullable=True))
    op.add_column("api_keys", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_keys", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("api_keys", "released_at")
    op.drop_column("api_keys", "held_at")
    op.drop_column("subscriptions", "last_used_on")
    op.drop_table("soft_bounces")
