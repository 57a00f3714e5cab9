"""Webhooks, their secrets, and the pushes that wait for them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", ID, nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=True),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("replay_after", sa.String(), nullable=True),
        sa.Column("replay_until", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", INSTANT, nullable=True),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("dead", sa.BigInteger(), nullable=False),
        sa.Column("propagation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_table(
        "webhook_secrets",
        sa.Column("id", ID, nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_secrets"),
    )
    op.create_index("ix_webhook_secrets_webhook_id", "webhook_secrets", ["webhook_id"], unique=False)
    create_pushes()


def create_pushes() -> None:
    op.create_table(
        "pushes",
        sa.Column("id", ID, nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("tx", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("latency", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pushes"),
    )
    op.create_index("uq_pushes_webhook_id_change_id", "pushes", ["webhook_id", "change_id"], unique=True)
    op.create_index("ix_pushes_webhook_id_id", "pushes", ["webhook_id", "id"], unique=False)
    op.create_index("ix_pushes_finished_at", "pushes", ["finished_at"], unique=False)
    for name, columns in {
        "ix_pushes_next": ["webhook_id", "priority", "due_at", "tx", "change_id"],
        "ix_pushes_contact": ["webhook_id", "contact_id", "tx", "change_id"],
    }.items():
        op.create_index(name, "pushes", columns, unique=False, postgresql_where=WAITING, sqlite_where=WAITING)


def downgrade() -> None:
    op.drop_table("pushes")
    op.drop_table("webhook_secrets")
    op.drop_table("webhooks")
