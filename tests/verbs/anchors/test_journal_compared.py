"""The anchors of the database are those of the journal, on other storage (PRODUCT 4.8)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from newsletter import privacy
from newsletter.commands.duties import anchor_all, write_journal
from tests.people import People, later
from tests.tampering import tamper
from tests.verbs.anchors.evidence import ADA, GRACE, Run, a_day_s_work, lines


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


@pytest.mark.parametrize("rest", ["", ',"anchor":"1"'])
def test_a_restore_s_line_that_somebody_has_edited_into_none_is_passed_over(
    ada_and_grace: None, run: Run, folder: Path, rest: str
) -> None:
    [file] = folder.rglob("anchors.jsonl")
    with file.open("a") as journal:
        journal.write(f'{{"at":"2026-11-23T09:00:00+00:00","kind":"restored","number":9{rest}}}\n')

    told = run("verify", "--all")

    assert told.exit_code == 0, told.stdout


def test_a_restore_takes_away_no_anchor_that_was_in_the_backup(ada_and_grace: None, run: Run, folder: Path) -> None:
    [file] = folder.rglob("anchors.jsonl")
    with file.open("a") as journal:
        journal.write(
            '{"at":"2026-11-23T09:00:00+00:00","kind":"restored","number":9,"after":8,"until":8,"anchor":2}\n'
        )

    told = run("verify", "--all")

    assert told.exit_code == 0, told.stdout


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
