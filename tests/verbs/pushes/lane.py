"""A worker's lane, and receivers that are the tests themselves: they say how a push was answered."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter import clock, feed, signups, subscriptions
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Payload, Wanted, Webhook
from newsletter.feed.webhooks.settlement import Landed
from newsletter.feed.webhooks.turn import Envelope, take_turn
from newsletter.outbox import PushState
from newsletter.outgoing import Answer
from newsletter.subscriptions import Cause, Channel, Wishes

ADA, GRACE, KATHERINE = "ada@example.org", "grace@example.org", "katherine@example.org"
URL = "http://127.0.0.1:9/hook"
OK, BROKEN, REFUSED, SILENT = (
    Answer(status=204),
    Answer(status=500),
    Answer(status=422),
    Answer(status=None, error="timeout"),
)
SLOTS = 16


@dataclass
class Worker:
    """One worker's lane, with somebody's answers instead of a network."""

    webhook_id: str
    name: str = "a worker"

    def take(self, free: int = SLOTS) -> list[Envelope]:
        return list(take_turn(self.webhook_id, self.name, [], free).leaving)

    def land(self, answer: Answer | None, *envelopes: Envelope) -> None:
        take_turn(self.webhook_id, self.name, [landed(envelope, answer) for envelope in envelopes], 0)

    def push_all(self, answer: Callable[[Any], Answer] = lambda _: OK) -> list[Any]:
        """Until nothing is due; every push, in the order in which it left."""
        sent = []
        while taken := self.take(1):
            sent.append(told(taken[0]))
            self.land(answer(sent[-1]), *taken)
        return sent


def landed(envelope: Envelope, answer: Answer | None) -> Landed:
    return Landed(push_id=envelope.push_id, attempt=envelope.attempt, answer=answer, latency=3, at=clock.now())


def told(envelope: Envelope) -> Any:
    return json.loads(envelope.body)


def who(pushes: Sequence[Any]) -> list[tuple[str, str]]:
    """Kind and name of each."""
    return [(push["data"]["kind"], push["data"]["contact"]["email"].partition("@")[0]) for push in pushes]


def made(**wishes: Any) -> Webhook:
    asked = {"newsletter": "nyhedsbrev", "url": URL, "kinds": None, "payload": Payload.FULL, **wishes}
    return webhooks.add(Wanted(**asked), None)[0]


def id_of(address: str) -> str:
    return feed.contacts_of(address)[0].id


def leave(address: str) -> None:
    signups.leave(id_of(address), Cause(Channel.STAFF))


def rename(address: str, name: str) -> None:
    wishes = Wishes(fields={"first_name": name}, language=None, topics=None)
    subscriptions.rectify(id_of(address), wishes, Cause(Channel.API))


def deliveries(webhook: Webhook, state: PushState | None = None) -> Sequence[Any]:
    return webhooks.deliveries(webhook.id, state, None, 100).items
