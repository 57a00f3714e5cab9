"""Workers that can be stopped in the middle of anything."""

from collections.abc import Callable, Sequence

from tests.servers import Fate, Relay

ADA, GRACE, LINUS = "ada@example.org", "grace@example.org", "linus@example.org"


class Attentive(Relay):
    """A relay at which something happens while it is busy: just before it answers a verb for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: dict[str, Callable[[], object]] = {}

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
        self.meanwhile.pop(verb, lambda: None)()
        return super().reply_to(verb, argument, recipients)


class Noting(Attentive):
    """A relay that looks, each time it has read a letter, how many are settled."""

    def __init__(self) -> None:
        super().__init__()
        self.settled: list[int] = []
        self.look: Callable[[], int] = lambda: 0

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
        if verb == "DATA":
            self.settled.append(self.look())
        return super().reply_to(verb, argument, recipients)
