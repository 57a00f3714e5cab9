"""Webhooks may push CloudEvents."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("format", sa.String(), nullable=False, server_default="standard"))


def downgrade() -> None:
    op.drop_column("webhooks", "format")
