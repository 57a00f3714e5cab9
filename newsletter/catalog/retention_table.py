"""The retention table in words, as a catalogue leaves it: for the privacy page, the command line and the documents."""

from datetime import timedelta

from newsletter import languages
from newsletter.catalog.document import Catalog, Newsletter
from newsletter.catalog.retention import ENDED, ROWS, Row
from newsletter.catalog.term import Term, Unit

DAY = timedelta(days=1)


def table(catalog: Catalog, language: str) -> list[tuple[str, ...]]:
    """Of every class of data what is kept, how long, why, and what then becomes of it."""
    return [cells(catalog, row, language) for row in ROWS]


def cells(catalog: Catalog, row: Row, language: str) -> tuple[str, ...]:
    say = languages.translations(language).gettext
    basis = catalog.retention.bases.get(row.name, {}).get(language) or say(row.basis)
    return say(row.what), span(catalog, row, language), basis, say(action(catalog, row))


def span(catalog: Catalog, row: Row, language: str) -> str:
    """How long, and for which newsletters it is otherwise."""
    general = languages.translations(language).gettext(row.span)
    if row.term:
        general %= {"term": length(catalog.term(row.name), language)}
    own = [f"{newsletter.name_in(language)}: {length(term, language)}" for newsletter, term in differing(catalog, row)]
    return f"{general} ({'; '.join(own)})" if own else general


def differing(catalog: Catalog, row: Row) -> list[tuple[Newsletter, Term]]:
    """The link's validity for sign-ups; otherwise the newsletters' own terms, where they are not the general one."""
    newsletters = catalog.newsletters.values()
    if row.name == "signups":
        return [(newsletter, validity(newsletter)) for newsletter in newsletters]
    own = ((newsletter, newsletter.retention.terms.get(row.name)) for newsletter in newsletters)
    return [(newsletter, term) for newsletter, term in own if term and term != catalog.term(row.name)]


def validity(newsletter: Newsletter) -> Term:
    """In days where these are whole, else in hours."""
    unit = Unit.HOURS if newsletter.link_validity % DAY else Unit.DAYS
    return Term(number=newsletter.link_validity // timedelta(**{unit.value: 1}), unit=unit)


def length(term: Term, language: str) -> str:
    unit = term.unit.removesuffix("s")
    say = languages.translations(language).ngettext
    return say(f"%(count)s {unit}", f"%(count)s {unit}s", term.number) % {"count": term.number}


def action(catalog: Catalog, row: Row) -> str:
    ends = row.name == "unused" and any(catalog.ends_unused(slug) for slug in catalog.newsletters)
    return ENDED if ends else row.action
