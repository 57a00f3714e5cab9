"""The retention table in words: what stands in each cell, in one language."""

from newsletter import languages
from newsletter.catalog.retention_table import Line
from newsletter.catalog.term import Term


def cells(line: Line, language: str) -> tuple[str, ...]:
    """What is kept, how long, why, and what then becomes of it."""
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
