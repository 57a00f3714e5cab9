"""What proof is told with never changes: catalogues, wordings and letters as they were.

Each is recognised by its content when proof is told, too; here plain SQL is refused before it does harm.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

CONTENT = {"letter_versions": ("kind", "newsletter", "language", "mime"), "catalogs": ("sha256", "document")}
POSTGRESQL = """
CREATE FUNCTION refuse_{table}_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what proof is told with never changes';
END $$;
CREATE TRIGGER {table}_never_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_{table}_change();
CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_{table}_change();
"""
SQLITE = """
CREATE TRIGGER {table}_never_{event} BEFORE {event} ON {table}
BEGIN SELECT raise(ABORT, 'what proof is told with never changes'); END
"""
NOT_REPLACED = """
CREATE TRIGGER {table}_never_replaced BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id AND ({other}))
BEGIN SELECT raise(ABORT, 'what proof is told with never changes'); END
"""
"""What SQLite's REPLACE takes away fires no trigger for a deletion. The same content may come again."""
WORDINGS = ("newsletter", "purpose", "language", "text")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in CONTENT:
            op.execute(POSTGRESQL.format(table=table))
        return
    for table in CONTENT:
        for event in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(table=table, event=event))
    for table, columns in {**CONTENT, "wordings": WORDINGS}.items():
        other = " OR ".join(f"{column} IS NOT NEW.{column}" for column in columns)
        op.execute(NOT_REPLACED.format(table=table, other=other))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in CONTENT:
            op.execute(f"DROP TRIGGER {table}_never_change ON {table}")
            op.execute(f"DROP TRIGGER {table}_never_truncated ON {table}")
            op.execute(f"DROP FUNCTION refuse_{table}_change()")
        return
    for table in CONTENT:
        for event in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER {table}_never_{event}")
    for table in (*CONTENT, "wordings"):
        op.execute(f"DROP TRIGGER {table}_never_replaced")
