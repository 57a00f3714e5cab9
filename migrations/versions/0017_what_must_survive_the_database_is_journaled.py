"""What must survive the database is journaled: triggers note who leaves, and anchors hold the evidence.

A row of `journal_entries` is added with whatever caused it, so no verb can forget to, and goes when it is in a file."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ID = sa.String(24).with_variant(sa.TEXT(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = {"anchors": "number", "anchor_leaves": "position", "anchor_nodes": "level, number"}

FUNCTIONS = """
CREATE FUNCTION journal_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal_entries (at, kind, contact_id, body) VALUES (NEW.at, NEW.act, NEW.contact_id,
        json_build_object('subscriber', NEW.subscriber_id, 'newsletter', NEW.newsletter, 'facts', NEW.facts::json));
    RETURN NULL;
END $$;
CREATE FUNCTION journal_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal_entries (at, kind, body) VALUES (NEW.at, 'suppressed', json_build_object(
        'hash', NEW.hash, 'key', NEW.key_id, 'expires_at', NEW.expires_at));
    RETURN NULL;
END $$;
CREATE FUNCTION journal_suppression_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal_entries (at, kind, body)
        VALUES (OLD.at, 'suppression_lifted', json_build_object('hash', OLD.hash));
    RETURN NULL;
END $$;
CREATE FUNCTION journal_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal_entries (at, kind, body) VALUES (NEW.at, 'anchor', json_build_object(
        'anchor', NEW.number, 'size', NEW.size, 'root', NEW.root));
    RETURN NULL;
END $$;
CREATE FUNCTION journal_removed_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal_entries (at, kind, body) VALUES (NEW.at, 'removed_chain', json_build_object(
        'subscriber', NEW.subscriber_id, 'records', NEW.records, 'head', NEW.head, 'rule', NEW.rule));
    RETURN NULL;
END $$;
CREATE FUNCTION refuse_anchor_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'anchors never change';
END $$;
CREATE TRIGGER evidence_is_journaled AFTER INSERT ON evidence FOR EACH ROW
    WHEN (NEW.act NOT IN ('signed_up', 'letter_sent', 'confirmed')) EXECUTE FUNCTION journal_act();
CREATE TRIGGER suppressions_are_journaled AFTER INSERT OR UPDATE ON suppressions FOR EACH ROW
    EXECUTE FUNCTION journal_suppression();
CREATE TRIGGER suppressions_lifted_are_journaled AFTER DELETE ON suppressions FOR EACH ROW
    EXECUTE FUNCTION journal_suppression_lifted();
CREATE TRIGGER anchors_are_journaled AFTER INSERT ON anchors FOR EACH ROW EXECUTE FUNCTION journal_anchor();
CREATE TRIGGER removed_chains_are_journaled AFTER INSERT ON removed_chains FOR EACH ROW
    EXECUTE FUNCTION journal_removed_chain();
"""
NEVER_CHANGES = """
CREATE TRIGGER {table}_never_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_anchor_change();
CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_anchor_change();
"""
SQLITE = [
    """
CREATE TRIGGER evidence_is_journaled AFTER INSERT ON evidence
WHEN NEW.act NOT IN ('signed_up', 'letter_sent', 'confirmed')
BEGIN INSERT INTO journal_entries (at, kind, contact_id, body) VALUES (NEW.at, NEW.act, NEW.contact_id,
    json_object('subscriber', NEW.subscriber_id, 'newsletter', NEW.newsletter, 'facts', json(NEW.facts))); END
""",
    """
CREATE TRIGGER suppressions_are_journaled AFTER INSERT ON suppressions
BEGIN INSERT INTO journal_entries (at, kind, body) VALUES (NEW.at, 'suppressed',
    json_object('hash', NEW.hash, 'key', NEW.key_id, 'expires_at', NEW.expires_at)); END
""",
    """
CREATE TRIGGER suppressions_changed_are_journaled AFTER UPDATE ON suppressions
BEGIN INSERT INTO journal_entries (at, kind, body) VALUES (NEW.at, 'suppressed',
    json_object('hash', NEW.hash, 'key', NEW.key_id, 'expires_at', NEW.expires_at)); END
""",
    """
CREATE TRIGGER suppressions_lifted_are_journaled AFTER DELETE ON suppressions
BEGIN INSERT INTO journal_entries (at, kind, body) VALUES (OLD.at, 'suppression_lifted',
    json_object('hash', OLD.hash)); END
""",
    """
CREATE TRIGGER removed_chains_are_journaled AFTER INSERT ON removed_chains
BEGIN INSERT INTO journal_entries (at, kind, body) VALUES (NEW.at, 'removed_chain', json_object(
    'subscriber', NEW.subscriber_id, 'records', NEW.records, 'head', NEW.head, 'rule', NEW.rule)); END
""",
    """
CREATE TRIGGER anchors_are_journaled AFTER INSERT ON anchors
BEGIN INSERT INTO journal_entries (at, kind, body) VALUES (NEW.at, 'anchor',
    json_object('anchor', NEW.number, 'size', NEW.size, 'root', NEW.root)); END
""",
]
SQLITE_NEVER = """
CREATE TRIGGER {table}_never_{event} BEFORE {event} ON {table}
BEGIN SELECT raise(ABORT, 'anchors never change'); END
"""
SQLITE_NOT_REPLACED = """
CREATE TRIGGER {table}_never_replaced BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE ({key}) = ({new}))
BEGIN SELECT raise(ABORT, 'anchors never change'); END
"""


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    name = secrets.token_hex(8)
    op.execute(f"INSERT INTO journal (id, name, reserved, written) VALUES (1, '{name}', 0, 0)")  # noqa: S608
    op.create_table(
        "journal_entries",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_entries"),
    )
    op.create_table(
        "anchors",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_anchors"),
    )
    op.create_table(
        "anchor_leaves",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_anchor_leaves"),
    )
    op.create_index("uq_anchor_leaves_subscriber_id_seq", "anchor_leaves", ["subscriber_id", "seq"], unique=True)
    op.create_table(
        "anchor_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_anchor_nodes"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTIONS)
        for table in APPEND_ONLY:
            op.execute(NEVER_CHANGES.format(table=table))
    else:
        for statement in SQLITE:
            op.execute(statement)
        for table, key in APPEND_ONLY.items():
            for event in ("UPDATE", "DELETE"):
                op.execute(SQLITE_NEVER.format(table=table, event=event))
            new = ", ".join(f"NEW.{column.strip()}" for column in key.split(","))
            op.execute(SQLITE_NOT_REPLACED.format(table=table, key=key, new=new))


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    on = " ON {table}" if is_postgresql else ""
    for trigger, table in JOURNALING.items():
        op.execute(f"DROP TRIGGER IF EXISTS {trigger}{on.format(table=table)}")
    for table in ("anchor_nodes", "anchor_leaves", "anchors", "journal_entries", "journal"):
        op.drop_table(table)
    if is_postgresql:
        for function in FUNCTION_NAMES:
            op.execute(f"DROP FUNCTION {function}()")


JOURNALING = {
    "evidence_is_journaled": "evidence",
    "removed_chains_are_journaled": "removed_chains",
    "suppressions_are_journaled": "suppressions",
    "suppressions_changed_are_journaled": "suppressions",
    "suppressions_lifted_are_journaled": "suppressions",
}
FUNCTION_NAMES = (
    "journal_act",
    "journal_suppression",
    "journal_suppression_lifted",
    "journal_anchor",
    "journal_removed_chain",
    "refuse_anchor_change",
)
