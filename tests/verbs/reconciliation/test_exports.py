"""What a tool's export may look like when it is compared as a file (E8)."""

from hashlib import sha256
from pathlib import Path

from tests.conftest import Run
from tests.people import People


def test_rows_that_name_nobody_are_no_difference(run: Run, people: People, tmp_path: Path) -> None:
    """As spreadsheets leave them at a sheet's end, and tools of contacts whose address they do not know."""
    people.subscribe("ada@example.org")
    file = tmp_path / "theirs.csv"
    file.write_text("Id;E-Mail;Name\n;ada@example.org;Ada\n;;Grace\n;;\n")

    told = run("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")

    assert (told.exit_code, told.stdout) == (0, "")


def test_a_hash_in_capitals_and_an_address_kept_from_being_calculated_name_whom_they_name(
    run: Run, people: People, tmp_path: Path
) -> None:
    """As some databases write the one, and what guards spreadsheets the other."""
    people.subscribe("ada@example.org", "grace@example.org")
    file = tmp_path / "theirs.csv"
    ada = sha256(b"ada@example.org").hexdigest().upper()
    file.write_text(f"sha256,email\n{ada},\n,'grace@example.org\n")

    told = run("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")

    assert (told.exit_code, told.stdout) == (0, "")
