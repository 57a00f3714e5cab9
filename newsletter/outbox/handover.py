"""Handing letters over to the relay, and writing down what it said.

A letter is settled before the next one leaves on its line. While it is settled, the relay already looks at the next
one's envelope: all that waits for it is the letter.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from email.utils import format_datetime
from fnmatch import fnmatchcase
from functools import lru_cache

from newsletter import clock, config, logs
from newsletter.db import reader
from newsletter.engine import OUTAGES
from newsletter.outbox import settlement
from newsletter.outbox.answer import Answer, Step
from newsletter.outbox.settlement import Envelope, Sent
from newsletter.outbox.smtp import Relay
from newsletter.outbox.smtp_line import Load
from newsletter.outbox.smtp_trunk import Trunk
from newsletter.outbox.verdict import Verdict, judge
from newsletter.outbox.version import LetterVersion, fill

FRESH = 0.05  # seconds after which a letter that may leave is asked about once more
log = logs.get("outbox")


class Handover:
    """One worker's talk with the relay. Its name marks its claims; `lease_holds` is asked before a letter leaves."""

    def __init__(self, name: str, sent_late: Callable[[str], None], lease_holds: Callable[[], bool]) -> None:
        self.name, self.sent_late, self.lease_holds = name, sent_late, lease_holds
        self.trunk = Trunk(self.write_down)
        self.relay_was_clean = True
        self.unsettled: list[Sent] = []
        self.free: Collection[str] = ()
        self.asked_at = clock.monotonic()

    def send_together(self, pairs: Sequence[tuple[Relay, Envelope]]) -> Iterator[Verdict]:
        """A letter a line. What the lines took before is settled while the relay looks at the envelopes."""
        for line, envelope in pairs:
            self.announce(line, envelope)
        self.settle([envelope.id for _, envelope in pairs])
        for line, envelope in pairs:
            if self.may_leave(envelope):
                yield self.send(line, envelope)

    def announce(self, line: Relay, envelope: Envelope) -> None:
        if may_be_mailed(envelope.recipient):
            line.announce(envelope.sender, envelope.recipient)

    def settle(self, next_ids: Sequence[str]) -> None:
        """Write down what was taken; which of these are still there, still ours, and not held back by anything."""
        settled = settlement.settle(self.unsettled, self.name, next_ids)
        self.unsettled, self.free, self.asked_at = [], settled.free, clock.monotonic()
        for letter_id in settled.late:
            self.sent_late(letter_id)

    def may_leave(self, envelope: Envelope) -> bool:
        """By what was asked just now. The other line's relay may have taken its time since."""
        if clock.monotonic() - self.asked_at > FRESH:
            self.settle([envelope.id])
        return envelope.id in self.free

    def write_down(self) -> None:
        """Called in the middle of talking to the relay, which must not suffer from it: `settle` meets a fault again."""
        if self.unsettled:
            try:
                self.settle([])
            except Exception:
                log.warning("not written down yet", letters=len(self.unsettled), exc_info=True)

    def send(self, line: Relay, envelope: Envelope) -> Verdict:
        try:
            return self.hand_over(line, envelope)
        except OUTAGES:
            raise
        except Exception:
            line.drop()
            settlement.set_aside(envelope.id, self.name)
            return Verdict.LATER

    def hand_over(self, line: Relay, envelope: Envelope) -> Verdict:
        if not may_be_mailed(envelope.recipient):
            settlement.withhold(envelope, self.name, "withheld: not among NEWSLETTER_ONLY_RECIPIENTS")
            return Verdict.REFUSED
        holes = {**envelope.holes, "date": format_datetime(clock.now())}
        letter = fill(version_text(envelope.version_id), holes)
        load = Load(sender=envelope.sender, recipient=envelope.recipient, letter=letter, attempts=envelope.attempts)
        answer = line.deliver(load, self.lease_holds)
        if answer.step is Step.CONNECT and line is self.trunk.second:
            return self.hand_over_by_the_first(envelope)
        if answer.accepted:
            sent = Sent(envelope=envelope, holes=holes, letter=letter, reply=reply(answer), at=clock.now())
            self.unsettled.append(sent)
        verdict = self.act_on(judge(answer), envelope, answer)
        if verdict is Verdict.TROUBLE:
            line.drop()  # it may be this connection's alone, and the probe begins with another
        return verdict

    def hand_over_by_the_first(self, envelope: Envelope) -> Verdict:
        """By the one line that the relay grants, once what it took is settled."""
        self.trunk.go_on_alone()
        self.settle([envelope.id])
        return self.hand_over(self.trunk.first, envelope) if envelope.id in self.free else Verdict.LATER

    def act_on(self, verdict: Verdict, envelope: Envelope, answer: Answer) -> Verdict:
        """Write down everything but success, which is settled together with the next look-up."""
        if verdict is Verdict.ACCEPTED and not self.relay_was_clean:
            settlement.relay_works()
            self.relay_was_clean = True
        elif verdict is Verdict.LATER:
            settlement.postpone(envelope, self.name, reply(answer))
        elif verdict is Verdict.REFUSED:
            self.relay_was_clean = False
            if settlement.refuse(envelope, self.name, reply(answer)):
                verdict = Verdict.TROUBLE
        elif verdict is Verdict.TROUBLE:
            settlement.blame_relay(envelope, self.name, answer)
        if verdict is not Verdict.ACCEPTED:
            log.warning("letter not accepted", letter=envelope.id, verdict=verdict, step=answer.step, code=answer.code)
        return verdict


@lru_cache(maxsize=1000)
def version_text(version_id: str) -> str:
    """A version never changes, so it is read once."""
    with reader() as session:
        return session.get_one(LetterVersion, version_id).mime


def may_be_mailed(recipient: str) -> bool:
    """Staging cannot mail real people: when patterns are set, only what matches one leaves (G6)."""
    patterns = config.current().only_recipients
    return not patterns or any(fnmatchcase(recipient.lower(), pattern) for pattern in patterns)


def reply(answer: Answer) -> str:
    return f"{answer.code} {answer.text}".strip()
