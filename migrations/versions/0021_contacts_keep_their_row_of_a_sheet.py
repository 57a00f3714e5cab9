"""Contacts keep their row of a sheet beside their document.

Rows of two kilobytes and a little more stay as they are: to compress them costs a stream more than to read them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("sheet", sa.String(), nullable=True))
    op.add_column("subscriptions", sa.Column("sheet_key", sa.String(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE subscriptions SET (toast_tuple_target = 4080)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE subscriptions RESET (toast_tuple_target)")
    op.drop_column("subscriptions", "sheet_key")
    op.drop_column("subscriptions", "sheet")
