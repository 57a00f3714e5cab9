"""A worker looks four times a second whether a webhook has anything to be told, year in, year out."""

import pytest
from sqlalchemy import text

from newsletter.db import db, transaction
from newsletter.feed.webhooks import oldest_untold
from newsletter.feed.webhooks.turn import has_work
from tests.people import People, Tool
from tests.statements import asked, plan_of
from tests.verbs.pushes.lane import ADA, Worker, made

MANY = text(
    "INSERT INTO changes (newsletter, contact_id, kind, at, version) "
    "SELECT 'nyhedsbrev', number, 'confirmed', now(), 1 FROM generate_series(1, 5000) AS number"
)
OFTEN = 40
"""Looks, after which PostgreSQL has long made the plan that serves whatever the cursor is."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_look_for_news_reads_none_of_the_log_that_was_told_before(people: People) -> None:
    with transaction() as session:
        session.execute(MANY)
        session.execute(text("ANALYZE changes"))
    webhook = made()
    people.subscribe(ADA)
    Worker(webhook.id).push_all()
    db.engine.dispose()  # so that one connection has looked each time
    before = read_in_turn()

    assert not any(has_work(webhook.id) for _ in range(OFTEN))

    assert read_in_turn() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nor_does_any_reader_of_the_log(people: People, tool: Tool) -> None:
    webhook = made()
    people.subscribe(ADA)
    Worker(webhook.id).push_all()

    with asked() as statements:
        assert not has_work(webhook.id)
        assert tool.get(f"nyhedsbrev/changes?after={webhook.position}").get_json()["items"]
        assert oldest_untold(db.session, webhook) is not None

    plans = [plan_of(*one) for one in statements if "FROM changes" in one[0] and "changes.tx" in one[0]]
    assert len(plans) == 3
    assert all("tx=? AND id>?" in plan for plan in plans), plans


def read_in_turn() -> int:
    """How many changes were read as they lie, and not by an index."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        read = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'changes'"
        return int(connection.exec_driver_sql(read).scalar_one())
