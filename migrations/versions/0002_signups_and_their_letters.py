"""Signups wait apart from subscribers, with their letters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")
IS_OPEN = sa.text("state IN ('waiting', 'held', 'ready')")


def upgrade() -> None:
    op.create_table(
        "signups",
        sa.Column("id", ID, nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("typed", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("wordings", sa.Text(), nullable=False),
        sa.Column("offered", sa.Text(), nullable=False),
        sa.Column("privacy_version", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("told_by", sa.String(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("catalog", sa.Integer(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signups"),
    )
    op.create_index("ix_signups_address_key_newsletter", "signups", ["address_key", "newsletter"], unique=False)
    op.create_index("ix_signups_deadline", "signups", ["deadline"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("signup_id", ID, nullable=True),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version_id", sa.String(), nullable=True),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("holes", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
    )
    op.create_index(
        "ix_letters_open", "letters", ["due_at"], unique=False, postgresql_where=IS_OPEN, sqlite_where=IS_OPEN
    )
    op.create_index("ix_letters_signup_id", "letters", ["signup_id"], unique=False)
    op.create_table(
        "letter_versions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letter_versions"),
    )
    op.create_table(
        "relay",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relay"),
    )
    op.execute("INSERT INTO relay (id, failures, refused) VALUES (1, 0, '{}')")


def downgrade() -> None:
    op.drop_table("relay")
    op.drop_table("letter_versions")
    op.drop_table("letters")
    op.drop_table("signups")
