"""What a tool has to be able to do, and the ways in which it can answer anything but "done".

A new tool is one module beside this one: a class with these few methods, and a line in `kinds.py`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from newsletter import clock


class ToolError(Exception):
    """The tool did not do it. The text is ours, and names nobody: it is kept and shown.

    `remote_id` is the tool's own id of the person, where it came to be known before it failed.
    """

    remote_id: str | None = None


class Trouble(ToolError):
    """The tool is away or busy: nobody is to blame, and everything waits for a while."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Misconfigured(ToolError):
    """Wrong credentials, a missing list or field: everything waits until the operator has mended it."""


class Denied(Misconfigured):
    """Not permitted: to nobody, or only as far as this person is concerned. `check` tells."""


class Failed(ToolError):
    """This request failed, perhaps because of this person: others go on, this one is tried again later."""


class Refused(ToolError):
    """The tool will never take this person as things are; their next change is told to it again."""


class LeftThere(ToolError):
    """The person has left through the tool itself, after confirming here: that is a withdrawal, and not undone."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A contact as the tool shall hold it: the document of the feed (PRODUCT 5.2).

    `held_back` where the tool was told before to stop: that they left there was our doing until now.
    """

    contact: Mapping[str, Any]
    held_back: bool

    @property
    def email(self) -> str:
        return str(self.contact["email"])

    def left_since(self, at: datetime) -> bool:
        """Whether having left there at this instant is a withdrawal: after they confirmed here, by themselves.

        Or, where a clock that was far ahead has dated that, at any instant.
        """
        confirmed_at = datetime.fromisoformat(self.contact["confirmed_at"])
        return not self.held_back and (at > confirmed_at or clock.is_far_ahead(confirmed_at))

    def value(self, path: str) -> Any:
        """What stands at `fields.first_name`, `consents.tracking.at` or the like; None where nothing does."""
        found: Any = self.contact
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def words(self, paths: Sequence[str]) -> str:
        """Several of these as one text: a full name, say."""
        return " ".join(str(value) for path in paths if (value := self.value(path)))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the tool says that it holds. Without our own id in it, the address's hash says who it is."""

    remote_id: str
    email_sha256: str
    is_mailed: bool
    contact_id: str | None = None
    version: int | None = None


class Tool(Protocol):
    """A tool that holds people one by one. Each method may be repeated, and raises one of the above."""

    def check(self) -> None:
        """Whether credentials, list and fields are as they must be, before anybody is sent (E8)."""

    def hold(self, person: Person, remote_id: str | None) -> str:
        """Make the tool hold and mail this person exactly so; the tool's own id of them."""

    def leave(self, remote_id: str, *, forget: bool = False) -> None:
        """Make the tool stop mailing this person on our list; and forget all but what it holds for others' lists."""

    def erase(self, remote_id: str) -> None:
        """Make the tool forget this person. One whom it does not know any more is erased."""

    def find(self, contact_id: str, email_sha256: Collection[str]) -> str | None:
        """The tool's own id of somebody whose first push may have arrived although its answer did not."""

    def roster(self) -> Iterator[Entry]:
        """Everybody on our list there, whether mailed or left, in constant memory."""


@runtime_checkable
class BulkTool(Tool, Protocol):
    """A tool that also takes many people at once."""

    at_once: int
    """How many `fill` takes."""

    def fill(self, people: Sequence[Person]) -> None:
        """Many at once whom it has not been told of; those it knows already may be left as they are."""


@runtime_checkable
class TellingTool(Tool, Protocol):
    """A tool that can be asked who has left through it."""

    def left(self, since: datetime) -> Sequence[str]:
        """Its own ids of those who have left our list since this instant, by whomever's doing."""
