"""All contacts of a person are found without looking at everybody's: those who have left stand in no other index."""

from alembic import op

revision = "0022"
down_revision = "0021"

NAME = "ix_subscriptions_subscriber_id"


def upgrade() -> None:
    op.create_index(NAME, "subscriptions", ["subscriber_id"], unique=False)


def downgrade() -> None:
    op.drop_index(NAME, "subscriptions")
