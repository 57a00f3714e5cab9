"""Anchors: who could rebuild a whole chain is found out by a root that lies elsewhere (PRODUCT 4.8)."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from newsletter import catalog, consent, ids, journal, privacy, proof
from newsletter.commands.worker import anchor_all, write_journal
from newsletter.config import Settings
from newsletter.consent import Anchor, AnchorLeaf, AnchorNode, Chain
from newsletter.consent.anchoring import append
from newsletter.consent.tree import Tree, holds, leaf_hash, root_of
from newsletter.db import reader, transaction
from newsletter.subscriptions import Subscriber
from tests.conftest import EXAMPLE, settings_for
from tests.crowd import Crowd
from tests.people import People, later, text_of
from tests.servers import Relay
from tests.tampering import tamper

ADA, GRACE = "ada@example.org", "grace@example.org"
Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "other storage"


@pytest.fixture
def settings(database_url: str, relay: Relay, folder: Path) -> Settings:
    return replace(settings_for(database_url, relay.url), journal=str(folder))


@pytest.fixture
def run(service: Flask) -> Run:
    return lambda *arguments: service.test_cli_runner().invoke(args=["evidence", *arguments])


def a_day_s_work() -> None:
    anchor_all()
    write_journal()


def id_of(address: str) -> str:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return found.id


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.rglob("anchors.jsonl") for line in file.read_text().splitlines()]


@pytest.fixture
def ada_and_grace(people: People) -> None:
    """Both subscribed yesterday; Grace has left since. Both days have their anchors."""
    with later(days=-1):
        people.subscribe(ADA)
        people.subscribe(GRACE)
        a_day_s_work()
    people.leave(GRACE)
    a_day_s_work()


def append_many(size: int) -> None:
    """Leaves of as many chains as nobody wants to subscribe."""
    heads: Any = [SimpleNamespace(subscriber_id=ids.new(), seq=1, hash="0" * 64, position=None) for _ in range(size)]
    with transaction() as session:
        append(session, heads)


# Made


def test_each_day_has_one_anchor_over_every_chain_s_head_and_length(ada_and_grace: None, folder: Path) -> None:
    a_day_s_work()

    with reader() as session:
        leaves = session.query(AnchorLeaf).order_by(AnchorLeaf.position).all()
        anchors = session.query(Anchor).order_by(Anchor.number).all()
        heads = {chain.subscriber_id: chain for chain in (Chain.of(session, id_of(who)) for who in (ADA, GRACE))}
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
    tamper(f"UPDATE anchors SET root = '{'0' * 64}'")  # noqa: S608
    assert "anchor 1 of" in run(*command[2:]).stdout
    assert "is not the one of which there is a copy outside" in run(*command[2:]).stdout
    assert run(*command[2:-1], "7=abc").exit_code == 1
    assert run(*command[2:-1], "abc").exit_code == 2


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


# Kept


@pytest.mark.parametrize("table", ["anchors", "anchor_leaves", "anchor_nodes"])
def test_the_database_refuses_to_change_an_anchor(ada_and_grace: None, table: str) -> None:
    append_many(256)
    column = {"anchors": "root", "anchor_leaves": "head", "anchor_nodes": "hash"}[table]
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = ''"):  # noqa: S608 - our own tables
        with pytest.raises(DBAPIError, match="anchors never change"), transaction() as session:
            session.execute(text(statement))


# Compared


def test_evidence_that_holds_what_was_anchored_is_whole(ada_and_grace: None, run: Run) -> None:
    told = run("verify", "--all")

    assert told.exit_code == 0
    assert "2 anchors, the last of " in told.stdout
    assert told.stdout.endswith("2 checked, all whole.\n")
    assert run("verify", ADA).exit_code == 0


CHANGES = [
    (
        [
            "DELETE FROM evidence_values WHERE subscriber_id = GRACE AND seq = 4",
            "DELETE FROM evidence WHERE subscriber_id = GRACE AND seq = 4",
            "UPDATE subscriptions SET changed_at = confirmed_at WHERE subscriber_id = GRACE",
        ],
        "record 4: was anchored, and is missing",
    ),
    (
        [
            "DELETE FROM evidence_values WHERE subscriber_id = GRACE",
            "DELETE FROM evidence WHERE subscriber_id = GRACE",
            "DELETE FROM subscriptions WHERE subscriber_id = GRACE",
            "DELETE FROM subscribers WHERE address_key = 'grace@example.org'",
        ],
        "record 3: was anchored, and is missing",
    ),
    (["DELETE FROM anchor_leaves WHERE position = 1"], "leaf 1 of the anchors is missing"),
    (["DELETE FROM anchor_leaves WHERE position = 2"], "does not hold: its last leaves are missing"),
    (["UPDATE anchor_leaves SET head = 'x' WHERE position = 0"], "does not hold: its leaves were changed"),
    (["UPDATE anchors SET root = 'x' WHERE number = 1"], "is not the one in the journal"),
    (["DELETE FROM anchors WHERE number = 2"], "stands in the journal alone"),
]


@pytest.mark.parametrize(("statements", "sentence"), CHANGES, ids=[sentence for _, sentence in CHANGES])
def test_what_was_taken_away_or_changed_since_is_found(
    ada_and_grace: None, run: Run, statements: list[str], sentence: str
) -> None:
    grace = f"'{id_of(GRACE)}'"
    tamper(*(statement.replace("GRACE", grace) for statement in statements))

    told = run("verify", "--all")

    assert told.exit_code == 1
    assert sentence in told.stdout


def test_a_chain_that_was_rebuilt_as_a_whole_is_found(ada_and_grace: None, run: Run) -> None:
    """It holds by itself, and so do its leaf and the anchor's root: only the journal knows better."""
    forged = Chain(subscriber_id=id_of(ADA))
    with reader() as session:
        for record in consent.records(session, id_of(ADA)):
            forged.append(
                consent.Act(record.act),
                at=record.at,
                contact=(record.newsletter, record.contact_id),
                facts={**record.facts, "forged": True},
                values={},
            )
    tamper(
        f"DELETE FROM evidence_values WHERE subscriber_id = '{id_of(ADA)}'",  # noqa: S608
        f"DELETE FROM evidence WHERE subscriber_id = '{id_of(ADA)}'",  # noqa: S608
    )
    with transaction() as session:
        forged.write(session)
    assert "is not the one that was anchored" in run("verify", ADA).stdout
    with reader() as session:
        printed = json.loads(proof.PRINTERS[proof.JSON](proof.prove(session, id_of(ADA))))["chain"]
    assert (printed["whole"], printed["faults"]) == (False, ["record 3: is not the one that was anchored"])
    tamper(f"UPDATE anchor_leaves SET head = '{forged.head}' WHERE subscriber_id = '{id_of(ADA)}'")  # noqa: S608
    with reader() as session:
        roots = {size: Tree(session, size).root().hex() for size in (2, 3)}
    tamper(*(f"UPDATE anchors SET root = '{root}' WHERE size = {size}" for size, root in roots.items()))  # noqa: S608

    told, of_ada = run("verify", "--all"), run("verify", ADA)

    assert "anchor 1" in told.stdout
    assert "is not the one in the journal" in told.stdout
    assert "does not hold for it" in of_ada.stdout
    assert (told.exit_code, of_ada.exit_code) == (1, 1)


def test_what_a_rule_of_retention_removed_is_told_apart(ada_and_grace: None, run: Run, folder: Path) -> None:
    with later(days=800):
        while privacy.RULES["proof"]():
            pass
        write_journal()

        told = run("verify", "--all")

    assert told.exit_code == 0, told.stdout
    assert "1 anchored chain was removed by a rule of retention." in told.stdout
    assert [line["rule"] for line in lines(folder) if line["kind"] == "removed_chain"] == ["proof"]


def test_a_journal_that_cannot_be_read_is_no_proof(ada_and_grace: None, run: Run, folder: Path) -> None:
    [file] = folder.rglob("anchors.jsonl")
    file.unlink()
    file.mkdir()

    assert run("verify", "--all").exit_code == 1


# Cited


def test_a_journal_that_is_away_is_no_proof(ada_and_grace: None, run: Run, folder: Path) -> None:
    a_day_s_work()
    assert run("verify").exit_code == 0
    folder.rename(folder.with_name("elsewhere"))

    for whose in ([], [ADA]):
        told = run("verify", *whose)

        assert told.exit_code == 1
        assert "The journal cannot be read" in told.stderr


def test_a_printed_proof_cites_its_anchor_and_the_path_there(ada_and_grace: None, folder: Path) -> None:
    with reader() as session:
        found = json.loads(proof.PRINTERS[proof.JSON](proof.prove(session, id_of(GRACE))))["anchor"]
        page = proof.PRINTERS[proof.HTML](proof.prove(session, id_of(GRACE))).decode()

    leaf = leaf_hash(id_of(GRACE), found["leaf"]["records"], found["leaf"]["head"])
    path = [bytes.fromhex(hashed) for hashed in found["path"]]
    root = next(line["root"] for line in lines(folder) if line["anchor"] == found["number"])
    assert found["leaf"]["records"] == 4
    assert holds(leaf, found["leaf"]["position"], found["size"], path, bytes.fromhex(root))
    assert root in page
    assert all(hashed in page for hashed in found["path"])


def test_a_proof_before_the_first_anchor_cites_none(people: People) -> None:
    people.subscribe(ADA)

    with reader() as session:
        assert proof.prove(session, id_of(ADA)).anchor is None
        assert not journal.is_restored()
