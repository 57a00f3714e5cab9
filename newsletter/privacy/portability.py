"""What a person may take elsewhere, as a sheet: no programmer is needed to read it (Article 20 GDPR; A8.7)."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from newsletter import guard
from newsletter.columns import canonical
from newsletter.guard import as_cell
from newsletter.privacy.access import portable

COLUMNS = ("newsletter", "contact", "what", "name", "value", "at")
Row = tuple[str | None, ...]


def portable_csv(contact_id: str) -> str:
    """One line for each thing: RFC 4180, in UTF-8, nothing in it that a spreadsheet would run or a terminal obey."""
    told = portable(contact_id)
    text = io.StringIO(newline="")
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    sheet.writerows([as_cell(guard.visible(cell or "")) for cell in row] for row in rows(told))
    return text.getvalue()


def rows(told: dict[str, Any]) -> Iterator[Row]:
    for contact in told["contacts"]:
        yield from contact_rows(contact, told["wordings"])
    for act in told["evidence"]:
        yield from act_rows(act)
    for signup in told["signups"]:
        yield from signup_rows(signup, told["wordings"])
    if told["address_change"]:
        yield from wish_rows(told["address_change"])
    yield from (("", id, "observed", "last_used", day, day) for id, day in told["last_used"].items())
    yield from (("", "", "observed", "bounced", day, day) for day in told["bounces"])


def contact_rows(contact: dict[str, Any], wordings: dict[str, str]) -> Iterator[Row]:
    whose = (contact["newsletter"], contact["id"])
    for name in ("email", "status", "language", "source"):
        yield (*whose, "contact", name, contact[name], contact["changed_at"])
    for name, value in contact["fields"].items():
        yield (*whose, "field", name, value, contact["changed_at"])
    for topic in contact["topics"]:
        yield (*whose, "topic", topic, "chosen", contact["changed_at"])
    for purpose, consent in contact["consents"].items():
        yield (*whose, "consent", purpose, consent["state"], consent["at"])
        if consent["wording"]:
            yield (*whose, "wording", purpose, wordings.get(consent["wording"]), consent["at"])


def act_rows(act: dict[str, Any]) -> Iterator[Row]:
    """Evidence is personal data too."""
    whose = (act["newsletter"], act["contact"])
    yield (*whose, "evidence", act["act"], None, act["at"])
    for name, value in {**act["facts"], **act["values"]}.items():
        yield (*whose, "evidence", f"{act['act']} {name}", spelt(value), act["at"])


def signup_rows(signup: dict[str, Any], wordings: dict[str, str]) -> Iterator[Row]:
    """What was entered, and waits to be confirmed."""
    for name in ("address", "language", "source", "ip", "privacy_version"):
        yield (signup["newsletter"], "", "signup", name, signup[name], signup["signed_up_at"])
    for name, value in signup["fields"].items():
        yield (signup["newsletter"], "", "signup field", name, value, signup["signed_up_at"])
    for topic in signup["topics"]:
        yield (signup["newsletter"], "", "signup topic", topic, "chosen", signup["signed_up_at"])
    for purpose, wording in signup["wordings"].items():
        yield (signup["newsletter"], "", "signup wording", purpose, wordings.get(wording), signup["signed_up_at"])


def wish_rows(wish: dict[str, Any]) -> Iterator[Row]:
    """The address that was entered to take the place of this one, and waits to be confirmed."""
    yield from (("", "", "address_change", name, wish[name], wish["asked_at"]) for name in ("address", "ip"))


def spelt(value: Any) -> str | None:
    """A list or a table as JSON."""
    return value if value is None or isinstance(value, str) else canonical(value)
