"""The retention table as a catalogue leaves it: for the privacy page, the command line and the documents."""

from dataclasses import dataclass
from datetime import timedelta

from newsletter.catalog.document import Catalog, Newsletter
from newsletter.catalog.retention import ENDED, ROWS, Row
from newsletter.catalog.term import Term, Unit
from newsletter.catalog.texts import Texts

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One class of data as it is kept under a catalogue.

    What is said of it is English, and what translations go by; `own_basis` is the catalogue's text, per language,
    and stands instead of `basis`. `differing` names the newsletters that have a term of their own.
    """

    name: str
    what: str
    span: str
    term: Term | None
    basis: str
    own_basis: Texts | None
    action: str
    differing: tuple[tuple[Newsletter, Term], ...]


def table(catalog: Catalog) -> tuple[Line, ...]:
    """Every class of data, in the order in which the table declares them."""
    return tuple(line(catalog, row) for row in ROWS)


def line(catalog: Catalog, row: Row) -> Line:
    return Line(
        name=row.name,
        what=row.what,
        span=row.span,
        term=catalog.term(row.name) if row.term else None,
        basis=row.basis,
        own_basis=catalog.retention.bases.get(row.name),
        action=action(catalog, row),
        differing=differing(catalog, row),
    )


def action(catalog: Catalog, row: Row) -> str:
    ends = row.name == "unused" and any(catalog.ends_unused(slug) for slug in catalog.newsletters)
    return ENDED if ends else row.action


def differing(catalog: Catalog, row: Row) -> tuple[tuple[Newsletter, Term], ...]:
    """The link's validity for sign-ups; otherwise the newsletters' own terms, where they are not the general one."""
    newsletters = catalog.newsletters.values()
    if row.name == "signups":
        return tuple((newsletter, validity(newsletter)) for newsletter in newsletters)
    own = ((newsletter, newsletter.retention.terms.get(row.name)) for newsletter in newsletters)
    return tuple((newsletter, term) for newsletter, term in own if term and term != catalog.term(row.name))


def validity(newsletter: Newsletter) -> Term:
    """In days where these are whole, else in hours."""
    unit = Unit.HOURS if newsletter.link_validity % DAY else Unit.DAYS
    return Term(number=newsletter.link_validity // timedelta(**{unit.value: 1}), unit=unit)
