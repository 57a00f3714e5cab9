"""Leavings are counted by their door."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("counts", sa.Column("channel", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("counts", "channel")
