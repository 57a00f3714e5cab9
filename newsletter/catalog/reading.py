"""Reads a parsed TOML document piece by piece, and gathers what is wrong instead of stopping at it."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from newsletter.catalog import rules
from newsletter.catalog.toml_lines import Path

T = TypeVar("T")
Rule = Callable[[str], T]

KINDS: Mapping[type, str] = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "a table",
}
BARE = re.compile(r"[A-Za-z0-9_-]+")


class Notes:
    """The mistakes found so far, and which keys somebody has asked for."""

    def __init__(self) -> None:
        self.mistakes: list[tuple[Path, str]] = []
        self.readers: list[Reader] = []

    def add(self, path: Path, fault: str) -> None:
        self.mistakes.append((path, f"{dotted(path)} {fault}" if path else fault))

    def add_unknown_keys(self) -> None:
        """A key that nobody asked for is a mistake of its writer's."""
        for reader in self.readers:
            for key in reader.content.keys() - reader.known:
                self.add((*reader.path, key), f"is not known here; known are {', '.join(sorted(reader.known))}.")


class Reader:
    """One table of the document. Whatever cannot be used is noted, and read as empty."""

    def __init__(self, content: Mapping[str, object] | None, path: Path, notes: Notes) -> None:
        self.absent = content is None  # noted once already, so its keys are not missed one by one
        self.content = content or {}
        self.path = path
        self.notes = notes
        self.known: set[str] = set()
        notes.readers.append(self)

    def mistake(self, fault: str, *keys: str | int) -> None:
        self.notes.add((*self.path, *keys), fault)

    def optional(self, key: str, kind: type[T]) -> T | None:
        self.known.add(key)
        value = self.content.get(key)
        if value is None or type(value) is kind:
            return value
        self.mistake(f"must be {KINDS[kind]}.", key)
        return None

    def needed(self, key: str, kind: type[T]) -> T | None:
        if key not in self.content and not self.absent:
            self.mistake("is missing.", key)
        return self.optional(key, kind)

    def ruled(self, value: str, rule: Rule[T], *keys: str | int) -> T | None:
        try:
            return rule(value)
        except ValueError as error:
            self.mistake(str(error), *keys)
            return None

    def text(self, key: str, rule: Rule[str] = rules.line) -> str:
        """A text that has to be there."""
        value = self.needed(key, str)
        return "" if value is None else self.ruled(value, rule, key) or ""

    def value(self, key: str, rule: Rule[T]) -> T | None:
        """A text that may be left out, as what its rule makes of it."""
        value = self.optional(key, str)
        return None if value is None else self.ruled(value, rule, key)

    def flag(self, key: str) -> bool:
        return self.optional(key, bool) or False

    def number(self, key: str, default: int, most: int) -> int:
        value = self.optional(key, int)
        if value is None:
            return default
        if not 1 <= value <= most:
            self.mistake("must be 1." if most == 1 else f"must be between 1 and {most}.", key)
            return default
        return value

    def texts(self, key: str, rule: Rule[str]) -> tuple[str, ...]:
        """A list of texts, none twice."""
        found: list[str] = []
        for position, item in enumerate(self.needed(key, list) or []):
            text = self.item(key, position, item, rule)
            if text and text in found:
                self.mistake(f"is {text} a second time.", key, position)
            elif text:
                found.append(text)
        return tuple(found)

    def item(self, key: str, position: int, item: object, rule: Rule[str]) -> str | None:
        if isinstance(item, str):
            return self.ruled(item, rule, key, position)
        self.mistake(f"must be {KINDS[str]}.", key, position)
        return None

    def per_language(self, key: str, languages: Iterable[str], rule: Rule[str] = rules.line) -> dict[str, str]:
        """One text for each language; for those that are there, when the languages could not be read."""
        table = self.table(key)
        return {language: table.text(language, rule) for language in languages or table.content}

    def table(self, key: str) -> "Reader":
        return Reader(self.needed(key, dict), (*self.path, key), self.notes)

    def optional_table(self, key: str) -> "Reader":
        return Reader(self.optional(key, dict), (*self.path, key), self.notes)

    def tables(self, key: str) -> "list[Reader]":
        """A list of tables, which may be left out."""
        found: list[Reader] = []
        for position, item in enumerate(self.optional(key, list) or []):
            if isinstance(item, dict):
                found.append(Reader(item, (*self.path, key, position), self.notes))
            else:
                self.mistake(f"must be {KINDS[dict]}.", key, position)
        return found

    def no_twins(self, tables: "Iterable[Reader]", key: str) -> None:
        """Each of the tables calls itself something else."""
        seen: set[object] = set()
        for table in tables:
            name = table.content.get(key)
            if isinstance(name, str) and name in seen:
                table.mistake(f"is {name} a second time.", key)
            elif isinstance(name, str):
                seen.add(name)


def dotted(path: Path) -> str:
    """A path as TOML would write it, harmless on a terminal."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{quoted(part)}" for part in path]
    return "".join(parts).removeprefix(".")


def quoted(key: str) -> str:
    return key if BARE.fullmatch(key) else json.dumps(key)
