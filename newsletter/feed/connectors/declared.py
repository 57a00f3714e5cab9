"""The connectors that the operator has declared in the file that NEWSLETTER_CONNECTORS names."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsletter.config import Settings, is_host
from newsletter.errors import ConnectorsInvalid
from newsletter.feed.connectors.kinds import KINDS, NUMBER, SFTP, SWITCH, TABLE, TEXTS, WHOLE, ToolKind

Options = Mapping[str, Any]
LARGEST = 10**7  # of any number
NAME = "letters of a to z, digits and hyphens"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One connector. Its secret comes from the environment, and is in no file and no table."""

    name: str
    kind: str
    newsletter: str
    options: Options = field(repr=False)

    @property
    def drops_files(self) -> bool:
        return KINDS[self.kind].make is None

    @property
    def account(self) -> str:
        """Two connectors of one account lead to the same people there, however their address is spelt."""
        return f"{self.kind} {str(self.options.get('url', self.name)).rstrip('/').lower()}"


def declared(settings: Settings) -> dict[str, Declared]:
    """Every connector by its name. Raises ConnectorsInvalid with every mistake of the file."""
    if not settings.connectors:
        return {}
    tables = read(Path(settings.connectors))
    mistakes = [f"{settings.connectors}: {told}" for name, table in tables.items() for told in wrong(name, table)]
    mistakes += [
        f"NEWSLETTER_CONNECTOR_SECRETS names {name}, which is no connector."
        for name, _ in settings.connector_secrets
        if name not in tables
    ]
    mistakes += [
        f"NEWSLETTER_CONNECTOR_SECRETS lacks {name}."
        for name, table in tables.items()
        if not mistakes and KINDS[table["kind"]].needs_secret and name not in dict(settings.connector_secrets)
    ]
    if mistakes:
        raise ConnectorsInvalid("\n".join(mistakes))
    return {name: one(name, table, settings) for name, table in tables.items()}


def read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConnectorsInvalid(f"NEWSLETTER_CONNECTORS: {file}: {error}") from error


def one(name: str, table: Mapping[str, Any], settings: Settings) -> Declared:
    secret = dict(settings.connector_secrets).get(name)
    options = {key: value for key, value in table.items() if key not in ("kind", "newsletter")}
    return Declared(
        name=name, kind=table["kind"], newsletter=table["newsletter"], options={**options, "secret": secret}
    )


def wrong(name: str, table: Any) -> Iterator[str]:
    """What is wrong with one connector, in sentences."""
    if not isinstance(table, Mapping):
        yield f"{name} has to be a table: [{name}]."
        return
    if not re.fullmatch("[a-z0-9-]+", name):
        yield f"[{name}]: the name has to consist of {NAME}."
    kind = KINDS.get(str(table.get("kind")))
    if kind is None:
        yield f"[{name}]: kind has to be one of {', '.join(KINDS)}."
    else:
        yield from (f"[{name}]: {told}" for told in wrong_options(kind, table))


def wrong_options(kind: ToolKind, table: Mapping[str, Any]) -> Iterator[str]:
    known = {"kind": "a text", "newsletter": "a text", **kind.required, **kind.optional}
    yield from (f"{key} is missing." for key in ("newsletter", *kind.required) if key not in table)
    yield from (f"{key} is not known; known are {', '.join(known)}." for key in table if key not in known)
    yield from (
        f"{key} has to be {known[key]}." for key, value in table.items() if key in known and not fits(value, known[key])
    )


def fits(value: Any, form: str) -> bool:
    if form in (NUMBER, WHOLE):
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return (is_whole or form == NUMBER and isinstance(value, float)) and 0 < value < LARGEST
    if form == SFTP:
        return isinstance(value, str) and is_sftp(value)
    if form == SWITCH:
        return isinstance(value, bool)
    if form == TEXTS:
        return is_texts(value)
    if form == TABLE:
        return isinstance(value, Mapping) and is_texts(list(value.values()))
    return isinstance(value, str) and bool(value)


def is_sftp(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "sftp" and bool(parts.hostname) and is_host(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is no number
        return False


def is_texts(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value)
