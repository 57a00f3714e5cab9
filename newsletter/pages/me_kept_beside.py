"""What is kept of a person beside their subscriptions and the record of acts (A8.2), for their own page."""

from collections.abc import Mapping
from typing import Any

from newsletter import catalog, privacy

AS_TOLD = ("address_changes", "suppressed", "suppressions_lifted", "locked_proofs", "bounces")


def kept(contact_id: str, language: str) -> Mapping[str, Any]:
    """Of the person behind a contact, with newsletters by their names in this language. Empty for most people."""
    told = privacy.kept_beside(contact_id)
    signups = [{**one, "name": name_of(one["newsletter"], language)} for one in told["signups"]]
    also = {
        **{name: told[name] for name in AS_TOLD},
        "held": [one for one in signups if one["held_until"]],
        "waiting": [one for one in signups if not one["held_until"]],
        "last_used": max(told["last_used"].values(), default=None),
    }
    return also if any(also.values()) else {}


def name_of(slug: str, language: str) -> str:
    newsletter = catalog.current().newsletters.get(slug)
    return newsletter.name_in(language) if newsletter else slug
