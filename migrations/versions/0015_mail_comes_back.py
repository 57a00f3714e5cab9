"""Mail comes back: whether that way is open, and mails that nobody could read."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mail_way",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("probed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mail_way"),
    )
    op.execute("INSERT INTO mail_way (id) VALUES (1)")
    op.create_table(
        "mails_aside",
        sa.Column("id", ID, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mails_aside"),
        sa.UniqueConstraint("sha256", name="uq_mails_aside_sha256"),
    )
    op.create_index("ix_mails_aside_at", "mails_aside", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("mails_aside")
    op.drop_table("mail_way")
