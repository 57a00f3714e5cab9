"""Each day has one anchor over every chain, kept elsewhere and told by mail (PRODUCT 4.8)."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from newsletter import catalog, ids, outbox
from newsletter.commands.duties import anchor_all
from newsletter.consent import Anchor, AnchorLeaf, AnchorNode, Chain
from newsletter.consent.anchoring import append
from newsletter.consent.tree import Tree, holds, leaf_hash, root_of
from newsletter.db import reader, transaction
from newsletter.outbox import State
from tests.conftest import EXAMPLE
from tests.crowd import Crowd
from tests.kept import subscriber_id
from tests.people import People, at, later, text_of
from tests.servers import Relay
from tests.tampering import tamper
from tests.verbs.anchors.evidence import ADA, GRACE, Run, a_day_s_work, lines


def append_many(size: int) -> None:
    """Leaves of as many chains as nobody wants to subscribe."""
    heads: Any = [SimpleNamespace(subscriber_id=ids.new(), seq=1, hash="0" * 64, position=None) for _ in range(size)]
    with transaction() as session:
        append(session, heads)


def test_each_day_has_one_anchor_over_every_chain_s_head_and_length(ada_and_grace: None, folder: Path) -> None:
    a_day_s_work()

    with reader() as session:
        leaves = session.query(AnchorLeaf).order_by(AnchorLeaf.position).all()
        anchors = session.query(Anchor).order_by(Anchor.number).all()
        heads = {one.subscriber_id: one for one in (Chain.of(session, subscriber_id(who)) for who in (ADA, GRACE))}
    hashes = [leaf_hash(leaf.subscriber_id, leaf.seq, leaf.head) for leaf in leaves]
    assert [leaf.seq for leaf in leaves] == [3, 3, 4]
    assert {leaf.subscriber_id: leaf.head for leaf in leaves} == {name: head.head for name, head in heads.items()}
    assert [(anchor.size, anchor.root) for anchor in anchors] == [
        (2, root_of(hashes[:2]).hex()),
        (3, root_of(hashes).hex()),
    ]
    assert [(line["anchor"], line["size"], line["root"]) for line in lines(folder)] == [
        (anchor.number, anchor.size, anchor.root) for anchor in anchors
    ]


def test_a_day_is_one_by_utc_however_lately_the_last_anchor_was_made(people: People) -> None:
    with at(2027, 1, 1, 23, 30):
        people.subscribe(ADA)
        anchor_all()
    for instant, made in (((2027, 1, 1, 23, 59), 1), ((2027, 1, 2, 0, 1), 2)):
        with at(*instant), reader() as session:
            anchor_all()
            assert session.query(Anchor).count() == made


def test_an_anchor_of_a_clock_that_was_ahead_takes_no_day_its_own(people: People, run: Run, folder: Path) -> None:
    with later(days=400):
        people.subscribe(ADA)
        a_day_s_work()
    people.subscribe(GRACE)

    for _ in range(2):
        a_day_s_work()

    assert [(line["anchor"], line["size"]) for line in lines(folder)] == [(1, 1), (2, 2)]
    assert run("verify", "--all").exit_code == 0


def test_an_anchor_is_about_nobody(ada_and_grace: None, folder: Path) -> None:
    for line in lines(folder):
        assert set(line) == {"number", "kind", "at", "anchor", "size", "root"}


def test_who_keeps_anchors_gets_each_by_mail_and_can_check_by_it(people: People, relay: Relay, run: Run) -> None:
    keeper = "dpo@example.org"
    with_keeper = EXAMPLE.read_text().replace("data_protection = ", f'anchors_to = "{keeper}"\ndata_protection = ', 1)
    catalog.apply(with_keeper)
    people.subscribe(ADA)

    anchor_all()
    anchor_all()

    [letter] = people.inbox.letters(keeper)
    with reader() as session:
        anchor = session.query(Anchor).one()
    assert f"root:   {anchor.root}" in text_of(letter)
    assert f"made:   {anchor.at.isoformat()}" in text_of(letter)
    assert "ada@" not in str(letter)
    command = next(line for line in text_of(letter).splitlines() if line.startswith("flask evidence verify")).split()
    assert run(*command[2:]).exit_code == 0
    assert run(*command[2:-1], "1=abc", *command[-2:]).exit_code == 1  # one of two letters says something else
    tamper(f"UPDATE anchors SET root = '{'0' * 64}'")  # noqa: S608
    assert "anchor 1 of" in run(*command[2:]).stdout
    assert "is not the one of which there is a copy outside" in run(*command[2:]).stdout
    assert run(*command[2:-1], "7=abc").exit_code == 1
    assert run(*command[2:-1], "abc").exit_code == 2


def test_an_anchor_that_its_keeper_never_takes_is_given_up_and_that_is_logged(
    people: People, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    """The next day's covers it."""
    keeper = "dpo@example.org"
    with_keeper = EXAMPLE.read_text().replace("data_protection = ", f'anchors_to = "{keeper}"\ndata_protection = ', 1)
    catalog.apply(with_keeper)
    people.subscribe(ADA)
    relay.answer("RCPT", "451 4.2.1 Try again later", to=keeper)
    anchor_all()

    for day in (0, 6):
        with later(days=day):
            people.inbox.work()
            assert State.READY in outbox.standing().letters
    with later(days=8):
        people.inbox.work()

    assert State.READY not in outbox.standing().letters
    assert "anchor given up" in caplog.text


def test_several_workers_make_one_anchor(people: People, crowd: Crowd) -> None:
    people.subscribe(ADA)

    crowd.do(*[anchor_all] * 4)

    with reader() as session:
        assert (session.query(Anchor).count(), session.query(AnchorLeaf).count()) == (1, 1)


def test_without_any_evidence_there_is_no_anchor(service: Flask, folder: Path) -> None:
    a_day_s_work()

    assert lines(folder) == []


def test_a_root_and_a_path_are_put_together_from_few_rows(service: Flask) -> None:
    """Full subtrees are kept, whatever the sizes in which leaves came."""
    for size in (1, 255, 1, 300, 443):
        append_many(size)
    with reader() as session:
        hashes = [leaf_hash(*row) for row in session.query(AnchorLeaf.subscriber_id, AnchorLeaf.seq, AnchorLeaf.head)]

    with reader() as session:
        assert session.query(AnchorNode).count() == 3
        for size in (1, 256, 257, 700, 1000):
            tree = Tree(session, size)
            assert tree.root() == root_of(hashes[:size])
            for position in (0, size // 2, size - 1):
                assert holds(hashes[position], position, size, tree.path(position), tree.root())


@pytest.mark.parametrize("table", ["anchors", "anchor_leaves", "anchor_nodes"])
def test_the_database_refuses_to_change_an_anchor(ada_and_grace: None, table: str) -> None:
    append_many(256)
    column = {"anchors": "root", "anchor_leaves": "head", "anchor_nodes": "hash"}[table]
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = ''"):  # noqa: S608 - our own tables
        with pytest.raises(DBAPIError, match="anchors never change"), transaction() as session:
            session.execute(text(statement))
