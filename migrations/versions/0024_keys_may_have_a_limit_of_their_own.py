"""Keys may have a limit of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("limits", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("api_keys", "limits")
