"""`flask retention`: the table of what is kept how long as the catalogue in force has it; consents nobody uses."""

from collections.abc import Iterable

import click

from newsletter import catalog, clock, languages, privacy
from newsletter.commands.refusing import Group
from newsletter.db import reader

HEAD = ("What", "How long", "Why", "Then")
group = Group("retention", help="How long what is kept, and why.")


@group.command()
@click.option("--language", type=click.Choice(languages.SPOKEN), default=languages.SOURCE, show_default=True)
def show(language: str) -> None:
    """Print the retention table in force as Markdown, for a record of processing or a privacy notice."""
    click.echo(markdown(catalog.table(catalog.current(), language), language))


@group.command()
@click.option("--newsletter", "slug", help="Of this newsletter alone.")
@click.option("--ids", is_flag=True, help="The contacts' ids, one a line, instead of how many they are.")
def unused(slug: str | None, ids: bool) -> None:
    """Tell which consents nobody uses, and what becomes of them (A2.14)."""
    for each in catalog.slugs() if slug is None else [catalog.current().newsletter(slug).slug]:
        for line in contacts(each) if ids else [summary(each)]:
            click.echo(line)


def contacts(slug: str) -> list[str]:
    with reader() as session:
        return list(session.scalars(privacy.unused(slug, clock.now())))


def summary(slug: str) -> str:
    at, term = clock.now(), catalog.term("unused", slug)
    found = privacy.count_unused(slug, at)
    marked = f"{found.half} for {privacy.half_of(term)}, {found.full} of them for {term}"
    if not catalog.current().ends_unused(slug):
        return f"{slug}: {marked}; they stay"
    return f"{slug}: {marked}; {'they end' if privacy.reports_use(slug, at) else NOT_REPORTED}"


NOT_REPORTED = "they stay, because the tool has not reported any use within 30 days"


def markdown(table: Iterable[tuple[str, ...]], language: str) -> str:
    head = tuple(map(languages.translations(language).gettext, HEAD))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(HEAD), *table))
