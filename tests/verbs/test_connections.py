"""What every connection to a file of SQLite keeps to; nothing but a power cut would show some of it."""

import pytest
from sqlalchemy import text

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.db import db, reader, transaction


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "wanted"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", 10_000)],
)
def test_what_was_answered_for_is_on_the_disk_and_what_was_deleted_is_not(
    settings: Settings, pragma: str, wanted: str | int
) -> None:
    """PRODUCT 4.2: once the caller has its answer, no crash loses it. WAL alone may lose it: FULL, 2, syncs.

    Of a service that is made as production's are, since the other tests' do not sync.
    """
    with create_app(settings).app_context():
        for opened in (reader, transaction):
            with opened() as session:
                assert session.scalar(text(f"PRAGMA {pragma}")) == wanted
        db.session.remove()
        db.engine.dispose()
