"""Contacts that changed since an instant are found without looking at all of them."""

from alembic import op

revision = "0016"
down_revision = "0015"

NAME = "ix_subscriptions_newsletter_status_changed_at"


def upgrade() -> None:
    op.create_index(NAME, "subscriptions", ["newsletter", "status", "changed_at"], unique=False)


def downgrade() -> None:
    op.drop_index(NAME, "subscriptions")
