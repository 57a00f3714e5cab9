"""Evidence only grows; the database refuses everything else.

A row in `forgetting`, seen only inside its own transaction, lets one rule of retention or an erasure through."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")

KEYS = {"evidence": ("subscriber_id", "seq"), "evidence_values": ("subscriber_id", "seq", "field")}
FUNCTION = """
CREATE FUNCTION refuse_evidence_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM forgetting) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'evidence never changes';
END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_evidence_change();
CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_evidence_change();
"""
SQLITE = """
CREATE TRIGGER {table}_never_{event} BEFORE {event} ON {table}
WHEN NOT EXISTS (SELECT 1 FROM forgetting)
BEGIN SELECT raise(ABORT, 'evidence never changes'); END
"""
NOT_REPLACED = """
CREATE TRIGGER {table}_never_replaced BEFORE INSERT ON {table}
WHEN NOT EXISTS (SELECT 1 FROM forgetting) AND EXISTS (SELECT 1 FROM {table} WHERE {same})
BEGIN SELECT raise(ABORT, 'evidence never changes'); END
"""
"""What SQLite's REPLACE takes away fires no trigger for a deletion."""


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("commitments", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "seq", name="pk_evidence"),
    )
    op.create_table(
        "evidence_values",
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("removed_rule", sa.String(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subscriber_id", "seq", "field", name="pk_evidence_values"),
    )
    op.create_table(
        "forgetting",
        sa.Column("rule", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name="pk_forgetting"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        for table in KEYS:
            op.execute(POSTGRESQL.format(table=table))
    else:
        for table, keys in KEYS.items():
            for event in ("UPDATE", "DELETE"):
                op.execute(SQLITE.format(table=table, event=event))
            same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
            op.execute(NOT_REPLACED.format(table=table, same=same))


def downgrade() -> None:
    op.drop_table("evidence_values")
    op.drop_table("evidence")
    op.drop_table("forgetting")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_evidence_change()")
