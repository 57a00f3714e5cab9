"""listmonk's subscribers: how they are looked up and changed, and what it says of them. Nothing of that is taken on
trust (D4.6).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from newsletter.feed.connectors.calling import LONGEST_DEADLINE, UNREADABLE, Interface, Spoken, list_of, mapping_of
from newsletter.feed.connectors.tool import Failed, Misconfigured, Refused

GONE = {400, 404}
NO_PATCH = {404, 405}
NO_OPT_IN = {"preconfirm_subscriptions": True}
"""Without it a change also mails whoever has not confirmed another list. It confirms only the lists that are sent."""


class Taken(Failed):
    """The address is another subscriber's."""


class Subscribers:
    def __init__(self, api: Interface) -> None:
        self.api = api

    def by_address(self, address: str) -> Mapping[str, Any] | None:
        """Addresses are kept in lower case there."""
        wanted = address.lower()
        quoted = wanted.replace("'", "''")
        return next((one for one in self.found(f"subscribers.email = '{quoted}'") if one["email"] == wanted), None)

    def found(self, query: str) -> Sequence[Mapping[str, Any]]:
        asked = {"query": query, "per_page": "all", "order_by": "id", "order": "asc"}
        answer = self.api.call("GET", "/api/subscribers", params=asked, seconds=LONGEST_DEADLINE)
        if answer.status != 200:
            raise Misconfigured("it does not look up subscribers: the permission subscribers:sql_query is needed")
        return results_of(answer)

    def known(self, remote_id: Any) -> Mapping[str, Any] | None:
        """None for one who is gone."""
        answer = self.api.call("GET", f"/api/subscribers/{remote_id}")
        return None if answer.status in GONE else subscriber(answer)

    def change_lists(self, remote_id: Any, action: str, *numbers: int) -> None:
        asked = {"ids": [int(remote_id)], "action": action, "target_list_ids": numbers, "status": "confirmed"}
        answer = self.api.call("PUT", "/api/subscribers/lists", json=asked)
        if answer.status != 200:
            raise Misconfigured(f"it answered {answer.status} to a change of lists")
        done(answer)

    def changed(self, told: Mapping[str, Any], remote_id: str) -> Mapping[str, Any] | None:
        """None for one who is gone. Raises Taken.

        Before 6.1 there is no PATCH: then PUT gets back all that is there with what is new, so it clears nothing.
        """
        path = f"/api/subscribers/{remote_id}"
        answer = self.api.call("PATCH", path, json={**told, **NO_OPT_IN})
        if answer.status in GONE | NO_PATCH:
            found = self.known(remote_id)
            if found is None:
                return None
            if answer.status in NO_PATCH:
                answer = self.api.call("PUT", path, json=whole(found, told))
        if answer.status == 409:
            raise Taken
        return subscriber(answer)

    def extreme(self, number: int, order: str) -> int:
        """The lowest or highest id on this list; 0 when it is empty."""
        asked = {"order_by": "id", "order": order, "per_page": "1", "list_id": number}
        answer = self.api.call("GET", "/api/subscribers", params=asked, seconds=LONGEST_DEADLINE)
        results = results_of(answer)
        return int(results[0]["id"]) if results else 0


def whole(found: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    attribs = {**attribs_of(found), **told["attribs"]}
    return {**told, "attribs": attribs, "lists": [one["id"] for one in lists_of(found)], "status": found.get("status")}


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
