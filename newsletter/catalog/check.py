"""Reads a catalogue's text, and says everything that is wrong with it at once."""

import tomllib
from collections.abc import Callable, Iterable, Iterator

from newsletter.catalog import rules
from newsletter.catalog.controller import Controller, Recipient
from newsletter.catalog.document import Catalog, Newsletter
from newsletter.catalog.newsletters import read_newsletter
from newsletter.catalog.reading import Notes, Reader
from newsletter.catalog.retention_reading import read_general
from newsletter.catalog.toml_lines import Lines, Path, deepest, of_syntax_error
from newsletter.errors import CatalogInvalid, Mistake

Demand = Callable[[Catalog], Iterable[tuple[Path, str]]]
"""What others need of a catalogue: where it falls short, and a sentence that names the place and says why."""


def parse(text: str, *demands: Demand) -> Catalog:
    """The catalogue that this TOML text holds; raises CatalogInvalid with every mistake and its line."""
    try:
        return parsed(text, demands)
    except RecursionError as error:
        raise CatalogInvalid([Mistake(deepest(text), "is nested too deeply.")]) from error


def parsed(text: str, demands: Iterable[Demand]) -> Catalog:
    document = parse_toml(text)
    notes = Notes()
    catalog = read(Reader(document, (), notes))
    notes.add_unknown_keys()
    add_unsafe(notes, document)
    for demand in demands:
        notes.mistakes.extend(demand(catalog))
    if notes.mistakes:
        raise CatalogInvalid(with_lines(notes.mistakes, text))
    return catalog


def parse_toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise CatalogInvalid([Mistake(*of_syntax_error(error, text))]) from error


def with_lines(mistakes: Iterable[tuple[Path, str]], text: str) -> list[Mistake]:
    """Each mistake once, in the order in which the writer will meet them."""
    places = Lines(text)
    return sorted({Mistake(places.of(path), sentence) for path, sentence in mistakes})


def read(table: Reader) -> Catalog:
    controller = table.table("controller")
    newsletters = read_newsletters(table.table("newsletters"), legal_name(controller))
    languages = dict.fromkeys(language for found in newsletters.values() for language in found.languages)
    return Catalog(
        controller=read_controller(controller, tuple(languages)),
        newsletters=newsletters,
        retention=read_general(table.optional_table("retention"), tuple(languages)),
    )


def legal_name(controller: Reader) -> str:
    """Empty when it is missing, which is noted where the controller is read."""
    name = controller.content.get("name")
    return name if isinstance(name, str) else ""


def read_newsletters(table: Reader, controller: str) -> dict[str, Newsletter]:
    if not table.content and not table.absent:
        table.mistake("must hold at least one newsletter.")
    return {slug: read_newsletter(slug, table.table(slug), controller) for slug in table.content}


def read_controller(table: Reader, languages: tuple[str, ...]) -> Controller:
    return Controller(
        name=table.text("name"),
        address=table.text("address"),
        email=table.text("email", rules.email),
        phone=table.text("phone"),
        registration=table.text("registration"),
        representation=table.value("representation", rules.line),
        vat=table.value("vat", rules.line),
        website=table.text("website", rules.url),
        data_protection=table.text("data_protection"),
        anchors_to=table.value("anchors_to", rules.email),
        authorities=table.per_language("authorities", languages),
        recipients=read_recipients(table, languages),
    )


def read_recipients(table: Reader, languages: tuple[str, ...]) -> tuple[Recipient, ...]:
    """At least one: who sends the letters and who runs the marketing tool have to be named (A1.14)."""
    recipients = table.tables("recipients")
    if not recipients and not table.absent:
        table.mistake("must name at least one: the mail relay, the marketing tool.", "recipients")
    return tuple(read_recipient(recipient, languages) for recipient in recipients)


def read_recipient(table: Reader, languages: tuple[str, ...]) -> Recipient:
    """Outside the EEA, the ground of the transfer has to be told as well (GDPR 13(1)(f))."""
    country = table.text("country", rules.country)
    table.known.add("transfer")
    abroad = bool(country) and country not in rules.EEA
    return Recipient(
        name=table.text("name"),
        tasks=table.per_language("tasks", languages),
        country=country,
        transfer=table.per_language("transfer", languages) if abroad or "transfer" in table.content else {},
    )


def add_unsafe(notes: Notes, document: dict[str, object]) -> None:
    for path, text in texts(document, ()):
        for fault in rules.unsafe(text):
            notes.add(path, fault)


def texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text of the document, names of keys included."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), key
            yield from texts(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from texts(inner, (*path, position))
