"""Purposes that somebody subscribed without being asked about: the catalogue gained them later, or had retired them.

Told from the catalogues as they were applied, so nobody's contact has to be written anew when one gains a purpose.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence

from newsletter.catalog.document import Catalog
from newsletter.catalog.rows import ALTERED

Unasked = Mapping[str, Sequence[str]]
"""By newsletter, the purposes that some of its people were never asked about; newsletters without any are left out."""


def unasked(catalog: Catalog, applied: Iterable[str]) -> Unasked:
    """What some people may not have been asked about, by all that was ever applied; anything if one was altered."""
    try:
        always = asked_about_always(applied)
    except ALTERED:
        always = {}
    found = {
        slug: [purpose.id for purpose in newsletter.purposes if purpose.id not in always.get(slug, ())]
        for slug, newsletter in catalog.newsletters.items()
    }
    return {slug: purposes for slug, purposes in found.items() if purposes}


def asked_about_always(applied: Iterable[str]) -> Mapping[str, set[str]]:
    """By newsletter, the purposes that every catalogue had which had the newsletter."""
    always: dict[str, set[str]] = {}
    for document in applied:
        for slug, newsletter in tomllib.loads(document)["newsletters"].items():
            living = {purpose["id"] for purpose in newsletter["purposes"] if not purpose.get("retired")}
            always[slug] = always.get(slug, living) & living
    return always
