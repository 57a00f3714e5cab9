"""Anchors: who could rebuild a whole chain is found out by a root that lies elsewhere (PRODUCT 4.8)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from newsletter import consent, journal, privacy, proof
from newsletter.commands.worker import anchor_all, write_journal
from newsletter.consent import Chain
from newsletter.consent.tree import Tree, holds, leaf_hash
from newsletter.db import reader, transaction
from tests.people import People, later
from tests.tampering import tamper
from tests.verbs.anchors.evidence import ADA, GRACE, Run, a_day_s_work, lines
from tests.verbs.evidence.chains import subscriber_id


def test_evidence_that_holds_what_was_anchored_is_whole(ada_and_grace: None, run: Run) -> None:
    told = run("verify", "--all")

    assert told.exit_code == 0
    assert "2 anchors, the last of " in told.stdout
    assert told.stdout.endswith("2 checked, all whole.\n")
    assert run("verify", ADA).exit_code == 0


def test_what_waits_for_the_journal_makes_nothing_missing(ada_and_grace: None, people: People, run: Run) -> None:
    people.leave(ADA)

    assert run("verify", "--all").exit_code == 0


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
    grace = f"'{subscriber_id(GRACE)}'"
    tamper(*(statement.replace("GRACE", grace) for statement in statements))

    told = run("verify", "--all")

    assert told.exit_code == 1
    assert sentence in told.stdout


@pytest.mark.parametrize(
    ("edited", "gone"),
    [
        (lambda lines: lines[:1], [2]),
        (lambda lines: lines[1:], [1]),
        (lambda lines: lines[2:], [1, 2]),
        (lambda lines: [lines[0].replace(b'"anchor":1', b'"anchor":"1"'), lines[1][:40], b"\n"], [1, 2]),
    ],
    ids=["end cut off", "beginning cut off", "emptied", "overwritten"],
)
def test_a_line_that_was_taken_out_of_the_journal_is_missed(
    ada_and_grace: None, run: Run, folder: Path, edited: Callable[[list[bytes]], list[bytes]], gone: list[int]
) -> None:
    """What waits to be written is not: that may take a minute."""
    [file] = folder.rglob("anchors.jsonl")
    file.write_bytes(b"".join(edited(file.read_bytes().splitlines(keepends=True))))
    with later(days=1):
        anchor_all()
        told = run("verify", "--all")

    assert told.exit_code == 1
    missed = [line.split()[1] for line in told.stdout.splitlines() if line.endswith("is missing in the journal")]
    assert missed == [str(number) for number in gone]


def test_whoever_asks_about_one_person_is_told_of_the_journal_s_anchors_too(
    ada_and_grace: None, run: Run, folder: Path
) -> None:
    """What the database alone says of its anchors proves nothing."""
    [file] = folder.rglob("anchors.jsonl")
    whole = file.read_text().splitlines(keepends=True)

    file.write_text(whole[0])
    cut = run("verify", GRACE)
    file.write_text("".join(whole))
    tamper("DELETE FROM anchors WHERE number = 2")
    gone = run("verify", ADA)

    assert "anchor 2 of " in cut.stdout
    assert "is missing in the journal" in cut.stdout
    assert "stands in the journal alone" in gone.stdout
    assert (cut.exit_code, gone.exit_code) == (1, 1)


@pytest.mark.parametrize("root", ["0" * 64, "no hash"])
def test_an_anchor_that_somebody_had_the_worker_write_once_more_is_found(
    ada_and_grace: None, run: Run, root: str
) -> None:
    """Who has the database's password can have it append to the journal, and no more."""
    tamper(
        f"UPDATE anchors SET root = '{root}' WHERE number = 2",  # noqa: S608
        "INSERT INTO journal_entries (at, kind, body) SELECT at, 'anchor', "  # noqa: S608
        f'\'{{"anchor"\\:2,"size"\\:\' || size || \',"root"\\:"{root}"}}\' FROM anchors WHERE number = 2',
    )
    write_journal()

    everybody, grace = run("verify", "--all"), run("verify", GRACE)

    for told in (everybody, grace):
        assert told.exit_code == 1
        assert "is not the one in the journal" in told.stdout
    assert "does not hold for it" in grace.stdout


def test_an_anchor_that_was_dated_back_is_found(ada_and_grace: None, run: Run) -> None:
    """A2.7: no root tells of which day it is, so that is compared with the journal, too."""
    tamper("UPDATE anchors SET at = '2025-01-01 00:00:00.000000'")

    everybody, grace = run("verify", "--all"), run("verify", GRACE)

    assert "anchor 1 of 2025-01-01 is not the one in the journal" in everybody.stdout
    assert "of 2025-01-01 does not hold for it" in grace.stdout
    assert (everybody.exit_code, grace.exit_code) == (1, 1)


def test_a_chain_that_was_rebuilt_as_a_whole_is_found(ada_and_grace: None, run: Run) -> None:
    """It holds by itself, and so do its leaf and the anchor's root: only the journal knows better."""
    forged = Chain(subscriber_id=subscriber_id(ADA))
    with reader() as session:
        for record in consent.records(session, subscriber_id(ADA)):
            forged.append(
                consent.Act(record.act),
                at=record.at,
                contact=(record.newsletter, record.contact_id),
                facts={**record.facts, "forged": True},
                values={},
            )
    tamper(
        f"DELETE FROM evidence_values WHERE subscriber_id = '{subscriber_id(ADA)}'",  # noqa: S608
        f"DELETE FROM evidence WHERE subscriber_id = '{subscriber_id(ADA)}'",  # noqa: S608
    )
    with transaction() as session:
        forged.write(session)
    assert "is not the one that was anchored" in run("verify", ADA).stdout
    assert run("verify", GRACE).exit_code == 0
    with reader() as session:
        printed = json.loads(proof.PRINTERS[proof.JSON](proof.prove(session, subscriber_id(ADA))))["chain"]
    assert (printed["whole"], printed["faults"]) == (False, ["record 3: is not the one that was anchored"])
    tamper(f"UPDATE anchor_leaves SET head = '{forged.head}' WHERE subscriber_id = '{subscriber_id(ADA)}'")  # noqa: S608
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


def test_a_removal_that_waits_for_the_journal_is_told_by_it(ada_and_grace: None, run: Run) -> None:
    with later(days=800):
        while privacy.RULES["proof"]():
            pass

        assert run("verify", "--all").exit_code == 0


FORGED = """INSERT INTO removed_chains (subscriber_id, records, head, rule, at)
SELECT subscriber_id, 99, 'x', 'proof', at FROM evidence WHERE subscriber_id = '{}' AND seq = 1"""


def test_a_removal_that_only_the_database_tells_of_excuses_nothing(ada_and_grace: None, run: Run) -> None:
    grace = subscriber_id(GRACE)

    tamper(
        FORGED.format(grace),
        f"DELETE FROM evidence_values WHERE subscriber_id = '{grace}'",  # noqa: S608
        f"DELETE FROM evidence WHERE subscriber_id = '{grace}'",  # noqa: S608
        f"DELETE FROM subscriptions WHERE subscriber_id = '{grace}'",  # noqa: S608
        f"DELETE FROM subscribers WHERE id = '{grace}'",  # noqa: S608
    )

    told = run("verify", "--all")
    assert "was anchored, and the journal does not tell of its removal" in told.stdout
    assert told.exit_code == 1


def test_a_journal_that_cannot_be_read_is_no_proof(ada_and_grace: None, run: Run, folder: Path) -> None:
    [file] = folder.rglob("anchors.jsonl")
    file.unlink()
    file.mkdir()

    assert run("verify", "--all").exit_code == 1


def test_a_journal_that_is_away_is_no_proof(ada_and_grace: None, run: Run, folder: Path) -> None:
    a_day_s_work()
    assert run("verify").exit_code == 0
    folder.rename(folder.with_name("elsewhere"))

    for whose in ([], [ADA]):
        told = run("verify", *whose)

        assert told.exit_code == 1
        assert "The journal cannot be read" in told.stderr


def test_a_journal_that_is_begun_after_many_anchors_has_them_all(
    people: People, run: Run, folder: Path, make_app: Callable[..., Flask]
) -> None:
    with later(days=-40), make_app(journal=None).app_context():
        people.subscribe(ADA)
        anchor_all()
        with later(days=38):
            privacy.RULES["journal"]()
    people.subscribe(GRACE)

    a_day_s_work()

    assert [line["anchor"] for line in lines(folder)] == [1, 2]
    assert run("verify", "--all").exit_code == 0


@pytest.mark.parametrize(("address", "records"), [(ADA, 3), (GRACE, 4)])
def test_a_printed_proof_cites_its_anchor_and_the_path_there(
    ada_and_grace: None, folder: Path, address: str, records: int
) -> None:
    whose = subscriber_id(address)
    with reader() as session:
        found = json.loads(proof.PRINTERS[proof.JSON](proof.prove(session, whose)))["anchor"]
        page = proof.PRINTERS[proof.HTML](proof.prove(session, whose)).decode()

    leaf = leaf_hash(whose, found["leaf"]["records"], found["leaf"]["head"])
    path = [bytes.fromhex(hashed) for hashed in found["path"]]
    root = next(line["root"] for line in lines(folder) if line["anchor"] == found["number"])
    assert found["leaf"]["records"] == records
    assert holds(leaf, found["leaf"]["position"], found["size"], path, bytes.fromhex(root))
    assert root in page
    assert all(hashed in page for hashed in found["path"])


def test_a_proof_before_the_first_anchor_cites_none(people: People) -> None:
    people.subscribe(ADA)

    with reader() as session:
        assert proof.prove(session, subscriber_id(ADA)).anchor is None
        assert not journal.is_restored()
