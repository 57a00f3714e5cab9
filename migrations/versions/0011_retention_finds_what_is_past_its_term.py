"""Retention finds what is past its term, remembers how far it has come, and tells which proofs it has taken."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")
OVER = sa.text("status = 'unsubscribed'")
HAS_MATCH = sa.text('"match" IS NOT NULL OR previous_match IS NOT NULL')


def upgrade() -> None:
    op.create_table(
        "progress",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rule", name="pk_progress"),
    )
    op.create_table(
        "removed_chains",
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", name="pk_removed_chains"),
    )
    op.create_index("ix_evidence_at", "evidence", ["at"], postgresql_using="brin")
    op.create_index(
        "ix_subscriptions_ended_at", "subscriptions", ["ended_at"], postgresql_where=OVER, sqlite_where=OVER
    )
    op.create_index("ix_changes_matched", "changes", ["at"], postgresql_where=HAS_MATCH, sqlite_where=HAS_MATCH)


def downgrade() -> None:
    op.drop_index("ix_changes_matched", "changes")
    op.drop_index("ix_subscriptions_ended_at", "subscriptions")
    op.drop_index("ix_evidence_at", "evidence")
    op.drop_table("removed_chains")
    op.drop_table("progress")
