"""File drop: the whole list, every so often, for tools that read files (CONNECTORS 6).

The file comes first and its manifest last, each whole from the moment that it has its name: who waits for the
manifest never reads half a list. Who is not in the newest file may not be mailed.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from newsletter import catalog, clock, logs
from newsletter.db import reader, transaction
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors.drop_places import PART, Folder, Place
from newsletter.feed.connectors.tool import Misconfigured
from newsletter.feed.export import Export, Form, export
from newsletter.feed.lines import Lines
from newsletter.feed.selection import Selection
from newsletter.feed.sheet import Layout

EVERY = 24  # hours
KEEP = 3  # files; more would be copies of people who have left
FORMATS = ("csv", "ndjson")
EXCEL = "excel"
MANIFEST = ".json"
log = logs.get("connectors")


class Drop:
    """One connector's files."""

    def __init__(self, name: str, newsletter: str, options: Mapping[str, Any]) -> None:
        self.name, self.newsletter = name, newsletter
        self.format = options.get("format", "csv")
        self.with_links = options.get("links", False)
        self.dialect = options.get("dialect")
        self.every = timedelta(hours=options.get("every", EVERY))
        self.keep = int(options.get("keep", KEEP))
        self.place = place_of(options)

    def check(self) -> None:
        if self.format not in FORMATS:
            raise Misconfigured(f"format has to be one of {', '.join(FORMATS)}")
        if self.dialect not in (None, EXCEL):
            raise Misconfigured(f"dialect has to be {EXCEL}, or left out")
        self.place.check()

    def step(self) -> int:
        """Drop one file when it is time, or where it was to be more seldom; how many."""
        at = clock.now()
        with reader() as session:
            next_at = session.get_one(ConnectorState, self.name).next_at
        if next_at and at < next_at <= at + self.every:
            return 0
        name = self.name_of(at)
        cursor = self.drop(name, at)
        log.info("file dropped", connector=self.name, file=name)
        try:
            self.clear()
        finally:  # where nothing may be removed, the next file is due no sooner for that
            self.settle(at, cursor)
        return 1

    def drop(self, name: str, at: datetime) -> str:
        """Write file and manifest; the position in the changes at which the file was made."""
        digest, size = hashlib.sha256(), 0
        made = export(Selection(newsletter=self.newsletter), self.form())
        with closing(made.blocks) as blocks, self.place.writing(name) as write:
            for block in blocks:
                digest.update(block)
                size += len(block)
                write(block)
        told = {"file": name, "bytes": size, "sha256": digest.hexdigest(), **self.described(made, at)}
        with self.place.writing(f"{name}{MANIFEST}") as write:
            write(json.dumps(told, indent=2).encode() + b"\n")
        return str(made.began)

    def described(self, made: Export, at: datetime) -> dict[str, Any]:
        return {
            "newsletter": self.newsletter,
            "format": self.format,
            "count": made.count,
            "changes_after": made.began.told,
            "made_at": clock.iso(at),
        }

    def form(self) -> Form:
        if self.format == "ndjson":
            return Lines(links=self.with_links)
        fields = [field.name for field in catalog.current().newsletter(self.newsletter).fields]
        return Layout(fields=fields, links=self.with_links, excel=self.dialect == EXCEL)

    def name_of(self, at: datetime) -> str:
        return f"{self.newsletter}-{at:%Y%m%dT%H%M%SZ}.{self.format}"

    def clear(self) -> None:
        """Remove what is older than the newest files, or was made by a clock that was ahead, or left half-written.

        Another worker may have dropped a newer one, while this one stood still.
        """
        names, newest = self.place.names(), self.name_of(clock.now())
        files = sorted(name for name in names if self.is_ours(name) and not name.endswith(MANIFEST))
        kept = [name for name in files if name <= newest][-self.keep :]
        old = [each for name in files if name not in kept for each in (f"{name}{MANIFEST}", name) if each in names]
        parts = [name for name in names if name[:1] == "." and self.is_ours(name[1:].removesuffix(PART))]
        for name in (*old, *parts):
            self.place.remove(name)

    def is_ours(self, name: str) -> bool:
        """Others may drop files there, too, and of a newsletter whose name begins like this one's."""
        ours = rf"{re.escape(self.newsletter)}-\d{{8}}T\d{{6}}Z\.{self.format}({re.escape(MANIFEST)})?"
        return re.fullmatch(ours, name) is not None

    def settle(self, at: datetime, cursor: str) -> None:
        with transaction() as session:
            state = ConnectorState.locked(session, self.name)
            state.cursor, state.filled_to, state.next_at = cursor, None, at + self.every
            state.done, state.done_at = state.done + 1, clock.now()


def place_of(options: Mapping[str, Any]) -> Place:
    """The library for SFTP is loaded when a connector wants it: 15 MB that most services do not need (decision 13)."""
    if "folder" in options:
        return Folder(options["folder"])
    sftp = import_module("newsletter.feed.connectors.sftp")
    place: Place = sftp.Sftp(options["url"], options["known_hosts"], options.get("key_file"), options["secret"])
    return place
