"""`flask retention`: the table of what is kept how long, as the catalogue in force has it."""

from collections.abc import Iterable

import click

from newsletter import catalog, languages
from newsletter.catalog import Line
from newsletter.commands.refusing import Group

HEAD = ("What", "How long", "Why", "Then")
group = Group("retention", help="How long what is kept, and why.")


@group.command()
@click.option("--language", default=languages.SOURCE, show_default=True, help="One that the service speaks.")
def show(language: str) -> None:
    """Print the retention table in force as Markdown, for a record of processing or a privacy notice."""
    click.echo(markdown(catalog.table(catalog.current()), language))


def markdown(lines: Iterable[Line], language: str) -> str:
    rows = [HEAD, ("---",) * len(HEAD), *(catalog.cells(line, language) for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
