"""A change's position is planned once a connection; a default in SQL is planned for every row."""

from alembic import op

revision = "0010"
down_revision = "0009"

PLANNED_ONCE = """
CREATE OR REPLACE FUNCTION feed_position() RETURNS bigint LANGUAGE plpgsql VOLATILE AS
    'BEGIN RETURN pg_current_xact_id()::text::bigint + (SELECT shift FROM feed_clock); END'
"""
PLANNED_EACH_TIME = """
CREATE OR REPLACE FUNCTION feed_position() RETURNS bigint LANGUAGE sql VOLATILE AS
    'SELECT pg_current_xact_id()::text::bigint + shift FROM feed_clock'
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(PLANNED_ONCE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(PLANNED_EACH_TIME)
