"""Catalogues are kept as they were applied, and wordings for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


POSTGRESQL = """
CREATE FUNCTION refuse_wording_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.id, OLD.newsletter, OLD.purpose, OLD.language, OLD.text)
            IS NOT DISTINCT FROM (NEW.id, NEW.newsletter, NEW.purpose, NEW.language, NEW.text) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a wording never changes';
END $$;
CREATE TRIGGER wordings_never_change BEFORE UPDATE OR DELETE ON wordings
    FOR EACH ROW EXECUTE FUNCTION refuse_wording_change();
CREATE TRIGGER wordings_never_truncated BEFORE TRUNCATE ON wordings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_wording_change();
"""
SQLITE = [
    """
CREATE TRIGGER wordings_never_change BEFORE UPDATE OF id, newsletter, purpose, language, text ON wordings
BEGIN SELECT raise(ABORT, 'a wording never changes'); END
""",
    """
CREATE TRIGGER wordings_never_deleted BEFORE DELETE ON wordings
BEGIN SELECT raise(ABORT, 'a wording never changes'); END
""",
]


def upgrade() -> None:
    op.create_table(
        "catalogs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogs"),
    )
    op.create_table(
        "wordings",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("newsletter", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_wordings"),
    )
    op.create_table(
        "stale_forms",
        sa.Column("newsletter", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording_id", sa.String(length=16), nullable=False),
        sa.Column("last_seen", sa.Date(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("newsletter", "source", "wording_id", name="pk_stale_forms"),
    )
    for statement in [POSTGRESQL] if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("stale_forms")
    op.drop_table("wordings")
    op.drop_table("catalogs")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_wording_change()")
