"""Whether the relay works, known to all workers: a pause begins with its trouble and ends with its first success."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column

from newsletter import keyring, logs
from newsletter.columns import Instant, Json
from newsletter.db import OneRow
from newsletter.outbox.verdict import PROBES, probe_after

LONGEST = timedelta(seconds=PROBES[-1])
STREAK = 5
"""So many different recipients refused in a row are the relay's doing, not theirs (PRODUCT 4.3)."""


class RelayState(OneRow):
    """One row. `probe_at` is when a paused outbox tries again; a pause by an operator has none."""

    __tablename__ = "relay"

    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    probe_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None]
    failures: Mapped[int]
    refused: Mapped[dict[str, str]] = mapped_column(Json)

    @property
    def is_clean(self) -> bool:
        return not (self.failures or self.refused)

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_paused_by_hand(self) -> bool:
        return self.is_paused and self.probe_at is None

    def may_send(self, at: datetime) -> bool:
        """Everything, or while paused one letter as a probe when its time has come.

        Also when that is twice as far away as any probe is put off: then a clock that was far ahead has set it.
        """
        return not self.is_paused or (self.probe_at is not None and not at < self.probe_at <= at + 2 * LONGEST)

    def trouble(self, reason: str, at: datetime) -> None:
        """The relay is at fault: pause, and try again by ourselves. An operator's pause stays theirs.

        Relays quote addresses, and the reason outlives the letter that met it.
        """
        self.failures += 1
        self.refused = {}
        if not self.is_paused_by_hand:
            self.paused_at = self.paused_at or at
            self.probe_at = at + probe_after(self.failures)
            self.reason = logs.masked(reason)

    def works(self) -> None:
        """It took a letter, so the pause that its trouble had brought is over."""
        self.failures = 0
        self.refused = {}
        if not self.is_paused_by_hand:
            self.paused_at = self.probe_at = self.reason = None

    def refuse(self, recipient: str, letter_id: str) -> list[str]:
        """Remember a refused letter; all of the streak when too many recipients in a row were refused, else none."""
        self.refused = {**self.refused, letter_id: keyring.keyed_hash("refused", recipient.lower())}
        return list(self.refused) if len(set(self.refused.values())) >= STREAK else []

    def pause(self, reason: str, at: datetime) -> None:
        """By hand, until resumed by hand."""
        self.paused_at, self.probe_at, self.reason = at, None, reason

    def resume(self) -> None:
        """By hand, whoever paused it."""
        self.paused_at = self.probe_at = self.reason = None
        self.works()
