"""What listmonk says of a subscriber. Nothing of it is taken on trust (D4.6)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from newsletter.feed.connectors.calling import UNREADABLE, Spoken, list_of, mapping_of
from newsletter.feed.connectors.tool import Failed, Refused


def subscriber(answer: Spoken) -> Mapping[str, Any]:
    """Raises Refused for what listmonk will not take of this person."""
    if answer.status == 400:
        raise Refused("it does not take this address or name")
    if answer.status != 200:
        raise Failed(f"it answered {answer.status} and no subscriber")
    return data_of(answer, id=int)


def results_of(answer: Spoken) -> Sequence[Mapping[str, Any]]:
    """The subscribers of a look-up."""
    return list_of(data_of(answer).get("results") or [], id=int, email=str)


def data_of(answer: Spoken, **form: type) -> Mapping[str, Any]:
    return mapping_of(mapping_of(answer.json()).get("data"), **form)


def done(answer: Spoken) -> None:
    """Raises Failed for a "yes" that is not listmonk's: that of a page for logging in, which stands before it, say."""
    if "data" not in mapping_of(answer.json()):
        raise Failed(UNREADABLE)


def attribs_of(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of any form, as others may have written them."""
    attribs = found.get("attribs")
    return attribs if isinstance(attribs, Mapping) else {}


def ours(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What lies under our key, where it is anything that we may have put there."""
    own = attribs_of(found).get(key)
    return own if isinstance(own, Mapping) else {}


def lists_of(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return list_of(found.get("lists") or [], id=int)


def left_at(found: Mapping[str, Any], number: int) -> datetime:
    entry = next(one for one in lists_of(found) if one.get("id") == number)
    try:
        return datetime.fromisoformat(str(entry.get("subscription_updated_at"))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Failed("it does not say when somebody unsubscribed") from error


def status_of(found: Mapping[str, Any], number: int) -> str | None:
    """On this list; None where they are not on it."""
    return next((one.get("subscription_status") for one in lists_of(found) if one.get("id") == number), None)
