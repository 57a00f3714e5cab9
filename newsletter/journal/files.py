"""The journal's files: lines of JSON in a folder on other storage, only ever appended to, and synced.

A process may die in the middle of a line, so the next one begins on a new line, and what cannot be read is passed over:
the entry that it was going to be is still in the database, and is written again.
"""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from newsletter import clock
from newsletter.columns import canonical
from newsletter.journal.entry import FOR_EVER, Entry

ANCHORS = "anchors.jsonl"
ACTS = "acts-{day}.jsonl"
TAIL = 64 * 1024  # bytes in which the last line is looked for


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The files of one database."""

    path: Path

    def last(self) -> int:
        """The number of the last entry written; 0 when there is none. Raises OSError.

        It may be in any file: one whose day is to come was begun by a clock that was ahead for a while.
        """
        return max(map(last_number, self.files()), default=0)

    def append(self, entries: Sequence[Entry], day: date) -> None:
        """Durable when it returns. Raises OSError.

        By turns where both files have a part, so that whatever dies when leaves no number out.
        """
        for is_kept, chosen in groupby(entries, key=lambda entry: entry.kind in FOR_EVER):
            name = ANCHORS if is_kept else ACTS.format(day=day)
            append(self.path / name, "".join(f"{line_of(entry)}\n" for entry in chosen))

    def try_writing(self) -> None:
        """A file comes and goes. Raises OSError where the storage is full, or may only be read."""
        trial = self.path / f"trial-{secrets.token_hex(4)}"
        try:
            append(trial, "\n")
        finally:
            trial.unlink(missing_ok=True)

    def entries(self, after: int) -> list[Entry]:
        """What was written after that number, in order."""
        found = (entry for file in self.files() for entry in entries_of(file) if entry.number > after)
        return sorted(found, key=lambda entry: entry.number)

    def anchors(self) -> Iterator[Entry]:
        """What is kept for ever, as it was written."""
        file = self.path / ANCHORS
        if file.exists():
            yield from entries_of(file)

    def files(self) -> list[Path]:
        return [file for file in (self.path / ANCHORS, *self.acts()) if file.exists()]

    def acts(self) -> list[Path]:
        """By day, and so in order."""
        return sorted(self.path.glob(ACTS.format(day="*")))

    def forget(self, before: date) -> int:
        """Delete the acts of days before that one; how many files. The newest stays."""
        oldest = ACTS.format(day=before)
        outdated = [file for file in self.acts()[:-1] if file.name < oldest]
        for file in outdated:
            file.unlink(missing_ok=True)
        return len(outdated)


def append(file: Path, text: str) -> None:
    """After a line that was cut short, on a line of its own.

    The folder is synced each time: who began a file may have died before it came to that.
    """
    with file.open("ab") as out:
        out.write(("\n" if is_cut_short(file) else "").encode() + text.encode())
        out.flush()
        os.fsync(out.fileno())
    sync_folder(file.parent)


def is_cut_short(file: Path) -> bool:
    with file.open("rb") as written:
        size = written.seek(0, os.SEEK_END)
        written.seek(max(size - 1, 0))
        return size > 0 and written.read(1) != b"\n"


def sync_folder(folder: Path) -> None:
    """So that a new file's name survives as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def last_number(file: Path) -> int:
    with file.open("rb") as written:
        written.seek(max(written.seek(0, os.SEEK_END) - TAIL, 0))
        lines = written.read().splitlines()
    return next((entry.number for line in reversed(lines) if (entry := read(line))), 0)


def entries_of(file: Path) -> Iterator[Entry]:
    with file.open("rb") as written:
        for line in written:
            entry = read(line)
            if entry:
                yield entry


def line_of(entry: Entry) -> str:
    told = {"number": entry.number, "kind": entry.kind, "at": clock.iso(entry.at), **entry.body}
    named = {"contact": entry.contact_id, "who": entry.who}
    return canonical({**told, **{name: value for name, value in named.items() if value}})


def read(line: bytes) -> Entry | None:
    """None for what is no whole line of ours."""
    try:
        told: dict[str, Any] = json.loads(line)
        at = datetime.fromisoformat(told.pop("at")).astimezone(UTC)
        number, kind = int(told.pop("number")), str(told.pop("kind"))
        return Entry(
            number=number, kind=kind, at=at, contact_id=told.pop("contact", None), who=told.pop("who", None), body=told
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
