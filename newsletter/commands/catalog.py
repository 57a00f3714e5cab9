"""`flask catalog`: check a catalogue, put it in force, show what was, find the forms that lag behind it."""

from pathlib import Path
from typing import NoReturn

import click

from newsletter import catalog, config
from newsletter.catalog import Catalog
from newsletter.commands.refusing import Group, harmless
from newsletter.commands.terms_kept import too_short
from newsletter.errors import CatalogInvalid, CatalogRefused

group = Group("catalog", help="The file that says which newsletters exist.")


@group.command()
@click.argument("file", required=False)
def check(file: str | None) -> None:
    """Explain every mistake in FILE with its line. Without FILE, in the one that NEWSLETTER_CATALOG names."""
    path = default_file() if file is None else file
    found = sound(path, text_of(path))
    click.echo(f"{path} is a sound catalogue: {', '.join(found.newsletters)}.")


@group.command()
@click.argument("file", required=False)
def apply(file: str | None) -> None:
    """Put FILE in force, in every process within 5 seconds."""
    path = default_file() if file is None else file
    text = text_of(path)
    sound(path, text)
    try:
        applied = catalog.apply(text)
    except CatalogRefused as error:
        give_up([f"{path}: {sentence}" for sentence in error.sentences])
    counts = f"{applied.added} new, {applied.retired} retired, {applied.returned} back again"
    click.echo(f"{path} is in force as version {applied.version}. Wordings: {counts}.")


@group.command()
@click.argument("version", type=click.IntRange(0, 2**31 - 1), required=False)
def show(version: int | None) -> None:
    """Print the catalogue that was applied as VERSION, byte by byte; without VERSION, the one in force."""
    found = catalog.as_applied(catalog.version() if version is None else version)
    if found is None:
        give_up([f"There is no catalogue {version}."])
    click.echo(found.document.encode(), nl=False)


@group.command()
def forms() -> None:
    """List the pages that still send consent texts which are no longer current."""
    for page in catalog.stale_pages():
        click.echo(described(page))


def default_file() -> str:
    return config.current().catalog


def text_of(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        give_up([f"{path}: cannot be read: {error.strerror}."])
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        give_up([f"{path}:{line}: is not UTF-8 here."])


def sound(path: str, text: str) -> Catalog:
    """The catalogue that this text holds, if it is one that can be put in force here."""
    try:
        return catalog.parse(text, too_short)
    except CatalogInvalid as error:
        give_up(invalid(path, error))


def invalid(path: str, error: CatalogInvalid) -> list[str]:
    return [f"{path}:{mistake.line}: {mistake.sentence}" for mistake in error.mistakes]


def give_up(sentences: list[str]) -> NoReturn:
    for sentence in sentences:
        click.echo(sentence, err=True)
    raise click.exceptions.Exit(1)


def described(page: catalog.StalePage) -> str:
    return (
        f"{harmless(page.source) or '(no page named)'}  {page.newsletter}  {page.purpose} ({page.language})  "
        f"{page.hits} times, last on {page.last_seen}; refused from {page.refused_from:%Y-%m-%d}"
    )
