"""Fresh links: who reads the mailbox may see and change everything, for an hour."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "fresh_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("letter_id", ID, nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fresh_links"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name="fk_fresh_links_subscriber_id_subscribers"),
        sa.UniqueConstraint("subscriber_id", name="uq_fresh_links_subscriber_id"),
    )
    op.create_index("ix_fresh_links_expires_at", "fresh_links", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("fresh_links")
