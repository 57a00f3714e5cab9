"""What may be asked of the machine interface: the parameters of its addresses, and the bodies of its posts."""

import ipaddress
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates, validates_schema

from newsletter import addresses, clock, guard
from newsletter.api.field_types import Day, Instant, Line, Number, Truth
from newsletter.errors import AddressInvalid
from newsletter.feedback import ReportKind
from newsletter.signups import ADDRESS_SENTENCE
from newsletter.subscriptions import Status

PAGE, LARGEST_PAGE = 100, 1000  # items, unless said otherwise; at most
USUAL_SPAN = timedelta(days=29)
LONGEST_AGENT = 2000  # characters
LONGEST_NAME = 200  # characters
MOST_REPORTS = 1000


def is_address(value: str) -> None:
    try:
        addresses.parse(value)
    except AddressInvalid as error:
        raise ValidationError(ADDRESS_SENTENCE) from error


def is_plain_ip(value: str) -> None:
    """Without a zone, which means something on one machine only."""
    try:
        ipaddress.ip_address(value.replace("%", " "))
    except ValueError as error:
        raise ValidationError("This is not an IP address.") from error


class Nothing(Schema):
    """No parameters."""


class SelectionQuery(Schema):
    """Which contacts are meant."""

    status = fields.Enum(
        Status, by_value=True, load_default=Status.SUBSCRIBED, metadata={"description": "Only contacts of this status."}
    )
    topic = Line(metadata={"description": "Only who chose this topic."})
    consent = Line(metadata={"description": "Only who has granted this purpose."})
    changed_since = Instant(
        metadata={"description": "Only what changed at or after this instant, which has an offset."}
    )


class ListQuery(SelectionQuery):
    cursor = fields.String(
        metadata={"description": "`next` of the page before, with the same filters; none for the first."}
    )
    limit = Number(load_default=PAGE, validate=validate.Range(1, LARGEST_PAGE))


class SheetQuery(SelectionQuery):
    dialect = fields.String(
        validate=validate.OneOf(["excel"]), metadata={"description": "`excel` gives semicolons and a byte order mark."}
    )
    links = fields.String(
        validate=validate.OneOf(["none"]),
        metadata={"description": "`none` leaves out the columns that let people leave without another question."},
    )


class LinesQuery(SelectionQuery):
    end = fields.String(
        validate=validate.OneOf(["1"]),
        metadata={"description": '`1` closes with `{"end": true, "count": N}`: without it the stream broke off.'},
    )


class ChangesQuery(Schema):
    after = fields.String(
        metadata={
            "description": "The cursor of the last change that was dealt with; without one, or 0: from the beginning."
        }
    )
    limit = Number(load_default=PAGE, validate=validate.Range(1, LARGEST_PAGE))


class StatsQuery(Schema):
    """Days in UTC, both included."""

    first = Day(data_key="from", metadata={"description": "The first day; 29 days before the last one."})
    last = Day(data_key="to", metadata={"description": "The last day; today."})

    @post_load
    def usual_span(self, data: dict[str, date], **_: Any) -> dict[str, date]:
        last = data.get("last") or clock.now().date()
        return {"last": last, "first": data.get("first") or max(last, date.min + USUAL_SPAN) - USUAL_SPAN}


def is_said(text: str) -> None:
    if fault := guard.fault_of_word(text):
        raise ValidationError(fault)


def word(example: str) -> fields.String:
    """A reason, or a name."""
    told = {"minLength": 1, "maxLength": guard.LONGEST_WORD, "examples": [example]}
    return fields.String(required=True, validate=is_said, metadata=told)


class LeavingBody(Schema):
    """Why somebody is unsubscribed, and who says so."""

    reason = word("asked for it by phone")
    actor = word("support: Grace")


class ErasingBody(LeavingBody):
    """Why somebody is erased, and who says so."""

    never_again = Truth(
        load_default=False,
        metadata={"description": "Also never write to the address again, which is known by a keyed hash from then on."},
    )


class WithdrawingBody(LeavingBody):
    """Which consents are withdrawn while the subscription goes on, why, and who says so."""

    purposes = fields.List(
        Line(), required=True, validate=validate.Length(1, 50), metadata={"examples": [["tracking"]]}
    )


class RectifyingBody(LeavingBody):
    """What is to be put right, and why, and who says so. What is left out stays as it is."""

    fields_ = fields.Dict(
        keys=Line(),
        values=Line(allow_none=True),
        data_key="fields",
        metadata={"description": "Only those named change; an empty one, or null, is removed."},
    )
    language = Line()
    topics = fields.List(Line(), validate=validate.Length(max=200), metadata={"description": "All that shall be left."})
    email = Line(
        validate=is_address,
        metadata={"description": "Starts a second opt-in at this address; the old one stays until then. Sent alone."},
    )
    consents = fields.Raw(metadata={"description": "Refused: a consent is granted by its person alone."})

    @validates("consents")
    def nobody_grants_for_somebody(self, _value: Any, **_: Any) -> None:
        raise ValidationError(
            "Only the person grants a consent: on a form and by mail, or on their own page. "
            "To withdraw one, post to withdraw or unsubscribe."
        )

    @validates_schema
    def moves_alone(self, data: Mapping[str, Any], **_: Any) -> None:
        if "email" in data and {"fields_", "language", "topics"} & data.keys():
            raise ValidationError("Send a new address by itself: it waits for its owner.", "email")

    def handle_error(self, error: ValidationError, data: object, **_: Any) -> None:
        """A person's fields are named as the catalogue names them, whoever finds the mistake."""
        found = error.messages_dict
        if isinstance(inner := found.get("fields"), dict):
            others = {name: sentences for name, sentences in found.items() if name != "fields"}
            raise ValidationError({name: sum(by_part.values(), []) for name, by_part in inner.items()} | others)


class LockedBody(LeavingBody):
    """Whose locked proof is to be read, why, and who reads it."""

    email = Line(required=True, validate=is_address, metadata={"examples": ["ada@example.org"]})


class ExportQuery(Schema):
    format = fields.String(
        load_default="json",
        validate=validate.OneOf(["json", "portable", "csv"]),
        metadata={
            "description": "`json` is everything there is to tell (Article 15 GDPR); `portable` and `csv` are what the "
            "person may take elsewhere (Article 20 GDPR)."
        },
    )


class SearchBody(Schema):
    """Whom to look for. The address is in the body, because paths end up in logs."""

    email = Line(required=True, validate=is_address, metadata={"examples": ["ada@example.org"]})
    newsletter = Line(metadata={"examples": ["nyhedsbrev"]})


class VisitorBody(Schema):
    """Who stands behind a sign-up that a server passes on."""

    ip = fields.String(required=True, validate=is_plain_ip)
    user_agent = Line(allow_none=True, validate=validate.Length(max=LONGEST_AGENT))


class ReportBody(Schema):
    """What happened to one contact, named by id or by address."""

    newsletter = Line(required=True, metadata={"examples": ["nyhedsbrev"]})
    id = Line(validate=validate.Length(max=LONGEST_NAME))
    email = Line(validate=validate.Length(max=addresses.LONGEST), metadata={"examples": ["ada@example.org"]})
    kind = fields.Enum(ReportKind, by_value=True, required=True)
    at = Instant(required=True, metadata={"description": "When it happened."})

    @validates_schema
    def names_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("id" in data) == ("email" in data):
            raise ValidationError("Name the contact by id or by email, and not by both.", "id")


class ReportsBody(Schema):
    items = fields.List(fields.Nested(ReportBody), required=True, validate=validate.Length(max=MOST_REPORTS))
