"""What is kept of a person beside their subscriptions and the record of acts (A8.2), for their own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from newsletter import catalog, privacy
from newsletter.catalog import Newsletter

Told = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Span:
    """Something that began, and goes by itself; `name` is that of a newsletter, where it is about one."""

    name: str
    begun: datetime
    over: datetime

    @classmethod
    def of(cls, told: Told, begun: str, over: str, name: str = "") -> Self:
        return cls(name=name, begun=datetime.fromisoformat(told[begun]), over=datetime.fromisoformat(told[over]))


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """That staff allowed letters again, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Also:
    """All of it is empty for most people."""

    signups: Sequence[Span]
    held: Sequence[Span]
    wished_for: Sequence[Span]
    suppression: Span | None
    lifted: Sequence[Lifted]
    locked_proofs: Sequence[Span]
    last_used: datetime | None
    bounces: Sequence[datetime]

    def __bool__(self) -> bool:
        waiting, noted = self.signups or self.held or self.wished_for, self.suppression or self.lifted
        return bool(waiting or noted or self.locked_proofs or self.last_used or self.bounces)


def kept(contact_id: str, language: str) -> Also:
    """What is kept beside, of the person behind a contact; newsletters by their names in this language."""
    told = privacy.kept_beside(contact_id)
    suppressed, newsletters = told["suppressed"], catalog.current().newsletters
    used = [day_of(text) for text in told["last_used"].values()]
    named = [(one, name_of(newsletters, one["newsletter"], language)) for one in told["signups"]]
    return Also(
        signups=[Span.of(one, "signed_up_at", "deleted_at", name) for one, name in named if not one["held_until"]],
        held=[Span.of(one, "signed_up_at", "deleted_at", name) for one, name in named if one["held_until"]],
        wished_for=[Span.of(one, "asked_at", "deleted_at") for one in told["address_changes"]],
        suppression=Span.of(suppressed, "since", "until") if suppressed else None,
        lifted=[
            Lifted(at=datetime.fromisoformat(one["at"]), reason=one["reason"]) for one in told["suppressions_lifted"]
        ],
        locked_proofs=[Span.of(one, "erased_at", "until") for one in told["locked_proofs"]],
        last_used=max(used, default=None),
        bounces=[day_of(text) for text in told["bounces"]],
    )


def day_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def name_of(newsletters: Mapping[str, Newsletter], slug: str, language: str) -> str:
    return newsletters[slug].name_in(language) if slug in newsletters else slug
