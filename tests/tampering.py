"""What only somebody with the database's own rights can do."""

from sqlalchemy import text

from newsletter.db import is_postgresql, transaction


def tamper(*statements: str) -> None:
    """Get the triggers out of the way, and change what never changes."""
    with transaction() as session:
        if is_postgresql():
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            session.execute(text(statement))
