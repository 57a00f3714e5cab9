"""Another address waits for its confirmation; what was confirmed keeps ids alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "address_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("letter_id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("typed", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("address_key", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("told_by", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_address_changes"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_address_changes_subscriber_id_subscribers"
        ),
    )
    for column in ("subscriber_id", "contact_id", "address_key", "deadline"):
        op.create_index(f"ix_address_changes_{column}", "address_changes", [column], unique=False)


def downgrade() -> None:
    op.drop_table("address_changes")
