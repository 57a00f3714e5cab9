"""When a wording began never changes either: that is part of the version that people agreed to (A1.5)."""

from alembic import op

revision = "0029"
down_revision = "0028"

WORDS = ("newsletter", "purpose", "language", "text")
POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_wording_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF ({old})
            IS NOT DISTINCT FROM ({new}) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a wording never changes';
END $$;
"""
NEVER_CHANGE = """
CREATE TRIGGER wordings_never_change BEFORE UPDATE OF id, {columns} ON wordings
BEGIN SELECT raise(ABORT, 'a wording never changes'); END
"""
NEVER_REPLACED = """
CREATE TRIGGER wordings_never_replaced BEFORE INSERT ON wordings
WHEN EXISTS (SELECT 1 FROM wordings WHERE id = NEW.id AND ({other}))
BEGIN SELECT raise(ABORT, 'what proof is told with never changes'); END
"""


def upgrade() -> None:
    hold_to(*WORDS, "valid_from")


def downgrade() -> None:
    hold_to(*WORDS)


def hold_to(*columns: str) -> None:
    """Have the database refuse a change of the id or any of these."""
    if op.get_bind().dialect.name == "postgresql":
        old, new = (", ".join(f"{row}.{column}" for column in ("id", *columns)) for row in ("OLD", "NEW"))
        op.execute(POSTGRESQL.format(old=old, new=new))
        return
    op.execute("DROP TRIGGER wordings_never_change")
    op.execute(NEVER_CHANGE.format(columns=", ".join(columns)))
    op.execute("DROP TRIGGER wordings_never_replaced")
    op.execute(NEVER_REPLACED.format(other=" OR ".join(f"{column} IS NOT NEW.{column}" for column in columns)))
