"""A rotated key names what took its place."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("replaced_by", ID, nullable=True))


def downgrade() -> None:
    op.drop_column("api_keys", "replaced_by")
