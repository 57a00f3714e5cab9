"""Who was erased leaves a locked proof; who is restricted is remembered with what their contacts come back as."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "locked_proofs",
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "hash", name="pk_locked_proofs"),
    )
    op.create_index("ix_locked_proofs_hash", "locked_proofs", ["hash"], unique=False)
    op.create_index("ix_locked_proofs_until", "locked_proofs", ["until"], unique=False)
    op.add_column("subscribers", sa.Column("restricted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscriptions", sa.Column("resumes_as", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscriptions", "resumes_as")
    op.drop_column("subscribers", "restricted_at")
    op.drop_table("locked_proofs")
