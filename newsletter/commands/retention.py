"""`flask retention`: the table of what is kept how long, as the catalogue in force has it."""

from collections.abc import Iterable

import click

from newsletter import catalog, languages
from newsletter.catalog import Line, Term
from newsletter.commands.refusing import Group

HEAD = ("What", "How long", "Why", "Then")
group = Group("retention", help="How long what is kept, and why.")


@group.command()
@click.option("--language", default=languages.SOURCE, show_default=True, help="One that the service speaks.")
def show(language: str) -> None:
    """Print the retention table in force as Markdown, for a record of processing or a privacy notice."""
    click.echo(markdown(catalog.table(catalog.current()), language))


def markdown(lines: Iterable[Line], language: str) -> str:
    rows = [HEAD, ("---",) * len(HEAD), *(cells(line, language) for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cells(line: Line, language: str) -> tuple[str, ...]:
    say = languages.translations(language).gettext
    basis = (line.own_basis or {}).get(language) or say(line.basis)
    return say(line.what), span(line, language), basis, say(line.action)


def span(line: Line, language: str) -> str:
    """How long, and for which newsletters it is otherwise."""
    general = languages.translations(language).gettext(line.span)
    if line.term:
        general %= {"term": length(line.term, language)}
    own = [f"{newsletter.name_in(language)}: {length(term, language)}" for newsletter, term in line.differing]
    return f"{general} ({'; '.join(own)})" if own else general


def length(term: Term, language: str) -> str:
    unit = term.unit.removesuffix("s")
    say = languages.translations(language).ngettext
    return say(f"%(count)s {unit}", f"%(count)s {unit}s", term.number) % {"count": term.number}
