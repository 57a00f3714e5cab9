"""Confirmed people, their subscriptions, and where old links lead."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")
IS_LIVING = sa.text("status <> 'unsubscribed'")


def upgrade() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", ID, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("address_key", name="uq_subscribers_address_key"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("consents", sa.Text(), nullable=False),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("unsubscribe_token", sa.String(), nullable=False),
        sa.Column("manage_token", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_subscriptions_subscriber_id_subscribers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    op.create_index(
        "ix_subscriptions_newsletter_status_id", "subscriptions", ["newsletter", "status", "id"], unique=False
    )
    op.create_index(
        "uq_subscriptions_living",
        "subscriptions",
        ["subscriber_id", "newsletter"],
        unique=True,
        postgresql_where=IS_LIVING,
        sqlite_where=IS_LIVING,
    )
    op.create_table(
        "resolutions",
        sa.Column("signup_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("signup_id", name="pk_resolutions"),
    )
    op.create_index("ix_resolutions_contact_id", "resolutions", ["contact_id"], unique=False)


def downgrade() -> None:
    op.drop_table("resolutions")
    op.drop_table("subscriptions")
    op.drop_table("subscribers")
