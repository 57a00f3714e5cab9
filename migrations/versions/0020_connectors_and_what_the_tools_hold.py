"""What each connector has read and done, and what its tool holds of whom."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")
IS_DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "connectors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("filled_to", sa.String(), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("troubles", sa.Integer(), nullable=False),
        sa.Column("misconfigured", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("withdrawn_ms", sa.BigInteger(), nullable=False),
        sa.Column("retried", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("drift", sa.Integer(), nullable=True),
        sa.Column("drift_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_connectors"),
    )
    op.create_table(
        "copies",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("held", sa.String(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("stray", sa.Boolean(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dead", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("connector", "contact_id", name="pk_copies"),
    )
    op.create_index("ix_copies_remote_id", "copies", ["remote_id"], unique=False)
    op.create_index(
        "ix_copies_due",
        "copies",
        ["connector", "urgent", "due_at"],
        unique=False,
        postgresql_where=IS_DUE,
        sqlite_where=IS_DUE,
    )


def downgrade() -> None:
    op.drop_table("copies")
    op.drop_table("connectors")
