"""Anchors: who could rebuild a whole chain is found out by a root that lies elsewhere (PRODUCT 4.8)."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter import consent, journal, privacy, proof
from newsletter.commands.duties import write_journal
from newsletter.consent import Chain
from newsletter.consent.tree import Tree, holds, leaf_hash
from newsletter.db import reader, transaction
from tests.kept import subscriber_id
from tests.people import People, later
from tests.tampering import tamper
from tests.verbs.anchors.evidence import ADA, GRACE, Run, lines


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


TOLD = """INSERT INTO removed_chains (subscriber_id, records, head, rule, at)
SELECT subscriber_id, seq, '{}', 'proof', at FROM evidence WHERE subscriber_id = '{}' ORDER BY seq DESC LIMIT 1"""


def test_a_removal_of_what_is_still_there_is_a_fault(ada_and_grace: None, run: Run) -> None:
    """The journal tells of it as well: its trigger does not ask who writes the row."""
    with transaction() as session:
        session.execute(text(TOLD.format("x", subscriber_id(GRACE))))

    told, of_grace = run("verify", "--all"), run("verify", GRACE)

    assert "is there, and its chain is told to have been removed" in told.stdout
    assert "is there, and its chain is told to have been removed" in of_grace.stdout
    assert (told.exit_code, of_grace.exit_code) == (1, 1)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [("DESC", "was removed as another than was anchored"), ("ASC", "was anchored, and is missing")],
    ids=["another", "shorter"],
)
def test_a_removal_of_another_chain_than_was_anchored_excuses_nothing(
    ada_and_grace: None, run: Run, order: str, sentence: str
) -> None:
    grace = subscriber_id(GRACE)
    with transaction() as session:
        session.execute(text(TOLD.format("x", grace).replace("DESC", order)))

    tamper(*(f"DELETE FROM {table} WHERE subscriber_id = '{grace}'" for table in OF_A_PERSON))  # noqa: S608
    tamper(f"DELETE FROM subscribers WHERE id = '{grace}'")  # noqa: S608

    told = run("verify", "--all")
    assert sentence in told.stdout
    assert told.exit_code == 1


OF_A_PERSON = ("evidence_values", "evidence", "subscriptions")
FORGED = """INSERT INTO removed_chains (subscriber_id, records, head, rule, at)
SELECT subscriber_id, 99, 'x', 'proof', at FROM evidence WHERE subscriber_id = '{}' AND seq = 1"""


def test_a_removal_that_only_the_database_tells_of_excuses_nothing(ada_and_grace: None, run: Run) -> None:
    grace = subscriber_id(GRACE)

    tamper(FORGED.format(grace), *(f"DELETE FROM {table} WHERE subscriber_id = '{grace}'" for table in OF_A_PERSON))  # noqa: S608
    tamper(f"DELETE FROM subscribers WHERE id = '{grace}'")  # noqa: S608

    told = run("verify", "--all")
    assert "was anchored, and the journal does not tell of its removal" in told.stdout
    assert told.exit_code == 1


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
