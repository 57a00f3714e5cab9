"""Moves to another address are found among all changes: a report about somebody unknown asks for them each time."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

NAME = "ix_changes_moved"
IS_MOVE = sa.text("previous_match IS NOT NULL")


def upgrade() -> None:
    columns = ["newsletter", "tx", "id"]
    op.create_index(NAME, "changes", columns, unique=False, postgresql_where=IS_MOVE, sqlite_where=IS_MOVE)


def downgrade() -> None:
    op.drop_index(NAME, "changes")
