"""Letters are counted by their kind."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("counts", sa.Column("letter", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("counts", "letter")
