"""Mailman 3: members of a mailing list. It has no attributes, so no consent, and publishes no limit.

Its traps: "already subscribed" is a 409 and good, "already pending" a 409 and not; 202 is a request that a moderator
may refuse, for leaving too; who leaves stays behind as an address and a user; and it mails welcomes and goodbyes of
its own where the list is set to.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from newsletter import addresses
from newsletter.feed.connectors.calling import Interface, Spoken, list_of, mapping_of
from newsletter.feed.connectors.tool import Entry, Failed, LeftThere, Misconfigured, Person, Refused, ToolError
from newsletter.outgoing import Client

PAGE = 500  # members of the roster at once
UNASKED = {"pre_confirmed": "true", "pre_approved": "true"}
OURS = {"pre_verified": "true", **UNASKED}
"""The person has confirmed here: Mailman asks nobody again."""
MEMBER: Mapping[str, type] = {"email": str, "member_id": str, "user": str}
NO_MEMBER = "-"
"""Stands for the membership in the id of a user who has none."""


class Mailman:
    """It takes people one by one: its way to take many would ask them all again."""

    def __init__(self, _newsletter: str, options: Mapping[str, Any], client: Client) -> None:
        self.api = Interface(client, options, below="/3.1")
        self.list = options["list"]
        self.name = options.get("name", ["fields.first_name", "fields.last_name"])

    def check(self) -> None:
        if self.api.call("GET", f"/lists/{quote(self.list)}").status != 200:
            raise Misconfigured(f"there is no list {self.list}; its id is like news.lists.example.org")

    def hold(self, person: Person, remote_id: str | None) -> str:
        """The tool's own id is that of the membership and that of the user, who stays when the membership ends."""
        member = self.member(remote_id) if remote_id else None
        if member and str(member["email"]).lower() == person.email.lower():
            return self.named(person, member)
        if remote_id is None:
            return self.joined(person)
        if member is None and not person.held_back and self.has_left(person, remote_id):
            raise LeftThere("they have left the list in Mailman")
        return self.joined_anew(person, remote_id)

    def joined_anew(self, person: Person, remote_id: str) -> str:
        """The new address joins before the old one goes, which would else look like having left there."""
        try:
            joined = self.joined(person)
        except Refused:
            self.erase(remote_id)
            raise
        except Failed as error:
            error.remote_id = None  # the old one is not to be lost
            raise
        self.erase(remote_id)
        return joined

    def has_left(self, person: Person, remote_id: str) -> bool:
        """Not whoever never joined, nor whose new address did before a worker died."""
        joined_once = not remote_id.startswith(f"{NO_MEMBER} ")
        return joined_once and self.has_user(remote_id) and self.by_address(person.email) is None

    def member(self, remote_id: str) -> Mapping[str, Any] | None:
        answer = self.api.call("GET", f"/members/{remote_id.partition(' ')[0]}")
        found = mapping_of(answer.json(), **MEMBER) if answer.status == 200 else None
        if found is None:
            self.check()  # a proxy says "not found" of everything while Mailman is away
        return found if found and found.get("list_id") == self.list else None

    def has_user(self, remote_id: str) -> bool:
        return self.api.call("GET", f"/users/{remote_id.partition(' ')[2]}").status == 200

    def joined(self, person: Person) -> str:
        asked = {"list_id": self.list, "subscriber": person.email, "display_name": person.words(self.name)}
        answer = self.api.call("POST", "/members", data={**asked, **OURS, "send_welcome_message": "false"})
        if answer.status not in (201, 409) or answer.says("pending"):
            error = refusal(answer)
            error.remote_id = self.known_as(person.email)
            raise error
        found = self.by_address(person.email)
        if found is None:
            raise Failed("it says that somebody is a member who is none")
        return self.named(person, found)

    def known_as(self, address: str) -> str | None:
        """Whom it does not let join it knows all the same, as a user."""
        answer = self.api.call("GET", f"/users/{quote(address, safe='@')}")
        found = mapping_of(answer.json(), self_link=str) if answer.status == 200 else None
        return f"{NO_MEMBER} {last_part(found['self_link'])}" if found else None

    def by_address(self, address: str) -> Mapping[str, Any] | None:
        asked = {"list_id": self.list, "subscriber": address, "role": "member"}
        found = entries(self.api.call("POST", "/members/find", data=asked), **MEMBER)
        return next((one for one in found if str(one.get("email")).lower() == address.lower()), None)

    def named(self, person: Person, member: Mapping[str, Any]) -> str:
        name = person.words(self.name)
        if name != member.get("display_name"):
            path = f"/addresses/{quote(str(member['email']), safe='@')}"
            self.done(self.api.call("PATCH", path, data={"display_name": name}))
        return id_of(member)

    def leave(self, remote_id: str, *, forget: bool = False) -> None:
        """A membership is all that it holds for one list."""
        if self.member(remote_id):
            self.done(self.api.call("DELETE", f"/members/{remote_id.partition(' ')[0]}", data=UNASKED))

    def erase(self, remote_id: str) -> None:
        """Whose address is on other lists of that Mailman stays known for those."""
        self.leave(remote_id)
        user = remote_id.partition(" ")[2]
        known = self.api.call("GET", f"/users/{user}/addresses")
        if known.status == 200 and not any(self.is_on_a_list(str(one["email"])) for one in entries(known)):
            self.done(self.api.call("DELETE", f"/users/{user}"))

    def is_on_a_list(self, address: str) -> bool:
        return bool(entries(self.api.call("GET", f"/addresses/{quote(address, safe='@')}/memberships")))

    def done(self, answer: Spoken) -> None:
        """204; or 404 for what is gone already. A 202 waits for a moderator."""
        if answer.status not in (204, 404):
            raise refusal(answer)

    def find(self, contact_id: str, email_sha256: Collection[str]) -> str | None:
        return next((one.remote_id for one in self.roster() if one.email_sha256 in email_sha256), None)

    def roster(self) -> Iterator[Entry]:
        page, before = 1, None
        while found := self.page(page):
            if found == before:
                raise Failed("its list does not end: it answers one page again and again")
            yield from (
                Entry(remote_id=id_of(one), email_sha256=addresses.sha256(str(one["email"])), is_mailed=True)
                for one in found
            )
            page, before = page + 1, found

    def page(self, number: int) -> Sequence[Mapping[str, Any]]:
        asked = {"count": PAGE, "page": number}
        return entries(self.api.call("GET", f"/lists/{quote(self.list)}/roster/member", params=asked), **MEMBER)


def entries(answer: Spoken, **form: type) -> Sequence[Mapping[str, Any]]:
    if answer.status != 200:
        raise Failed(f"it answered {answer.status} to a look-up")
    return list_of(mapping_of(answer.json()).get("entries") or [], **{"email": str, **form})


def id_of(member: Mapping[str, Any]) -> str:
    return f"{member['member_id']} {last_part(member['user'])}"


def last_part(path: object) -> str:
    return str(path).rpartition("/")[2]


def refusal(answer: Spoken) -> ToolError:
    if answer.status == 202 or answer.says("pending"):
        return Failed("it waits for a moderator, or for the person")
    if answer.says("no such list"):
        return Misconfigured("the list is gone")
    if answer.status == 400:
        return Refused("it has banned this address, or takes none like it")
    return Failed(f"it answered {answer.status}")
