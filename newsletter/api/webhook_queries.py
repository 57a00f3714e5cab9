"""What may be asked about webhooks: the bodies of posts, and the parameters of the list of deliveries."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from newsletter.api.field_types import Line, Number, Truth
from newsletter.api.queries import LARGEST_PAGE, PAGE
from newsletter.changes import ChangeKind
from newsletter.feed.webhooks import LONGEST_OVERLAP, OVERLAP, Format, Payload, WebhookState
from newsletter.outbox import PushState

ID = validate.Regexp(r"^[0-9a-z]{1,24}$", error="This is not an id.")
SETTABLE = [WebhookState.ENABLED.value, WebhookState.DISABLED.value]


def kinds(**more: Any) -> fields.List[str]:
    named = fields.String(validate=validate.OneOf([kind.value for kind in ChangeKind]))
    said = {"description": "Which kinds of changes it is told; null for all."}
    return fields.List(named, allow_none=True, validate=validate.Length(1, len(ChangeKind)), metadata=said, **more)


def payload(**more: Any) -> fields.String:
    said = {"description": "`full`: the contact as it stands when sent. `thin`: ids and state, nothing personal."}
    return fields.String(validate=validate.OneOf([one.value for one in Payload]), metadata=said, **more)


def format_of(**more: Any) -> fields.String:
    said = {"description": "`standard`, or the same in an envelope of CloudEvents 1.0: `cloudevents`."}
    return fields.String(validate=validate.OneOf([one.value for one in Format]), metadata=said, **more)


class WebhookBody(Schema):
    """What a new webhook is to be."""

    url = Line(required=True, metadata={"examples": ["https://tool.example.org/hook"]})
    newsletter = Line(required=True, metadata={"examples": ["nyhedsbrev"]})
    kinds = kinds(load_default=None)
    payload = payload(load_default=Payload.FULL.value)
    format = format_of(load_default=Format.STANDARD.value)


class AlteredBody(Schema):
    """What is to be different."""

    url = Line(metadata={"examples": ["https://tool.example.org/hook"]})
    kinds = kinds()
    payload = payload()
    format = format_of()
    state = fields.String(validate=validate.OneOf(SETTABLE))


class DeliveriesQuery(Schema):
    state = fields.String(
        validate=validate.OneOf([state.value for state in PushState]), metadata={"description": "Only these."}
    )
    cursor = fields.String(metadata={"description": "`next` of the page before; none for the first."})
    limit = Number(load_default=PAGE, validate=validate.Range(1, LARGEST_PAGE))


class ReplayBody(Schema):
    """One of `delivery`, `dead` and `after`."""

    delivery = fields.String(validate=ID, metadata={"description": "The id of one delivery."})
    dead = Truth(validate=validate.Equal(True), metadata={"description": "true: all that was given up."})
    after = fields.String(metadata={"description": "Everything behind this cursor of the changes."})
    until = fields.String(metadata={"description": "Up to this cursor; up to now when left out."})

    @validates_schema
    def one_thing(self, data: dict[str, Any], **_: Any) -> None:
        if len({"delivery", "dead", "after"} & data.keys()) != 1 or ("until" in data and "after" not in data):
            raise ValidationError("Name one of delivery, dead and after; until goes with after.", "after")


class RotateBody(Schema):
    """How long the old secret still signs."""

    overlap_hours = fields.Integer(strict=True, load_default=OVERLAP, validate=validate.Range(0, LONGEST_OVERLAP))
