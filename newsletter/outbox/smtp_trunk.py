"""A worker's lines to the relay: one, and a second one for as long as very many letters wait."""

from collections.abc import Callable, Sequence

from newsletter import clock
from newsletter.outbox.smtp import Relay

ALONE = 600.0  # seconds until a second line is asked for again, after the relay granted none
PATIENCE = 3.0  # seconds for each answer while it is opened: some relays let it wait until the first one ends


class Trunk:
    """One or two lines to the relay. What two took is settled by one commit, which takes as long as for one letter."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        """`meanwhile` is called before the relay may keep somebody waiting: nothing it took is in doubt for so long."""
        self.first, self.second = Relay.configured(), Relay.configured()
        self.first.meanwhile = self.second.meanwhile = meanwhile
        self.second.patience = PATIENCE
        self.alone_until = clock.monotonic()

    def lines(self, letters: int) -> Sequence[Relay]:
        """Those that the next of so many letters may take. A relay that is not there is asked for by one alone."""
        if letters < 2 or self.first.host is None or clock.monotonic() < self.alone_until:
            return [self.first]
        with self.second.talking():
            failed = self.second.connect()
        if failed:
            self.go_on_alone()
            return [self.first]
        return [self.first, self.second]

    def go_on_alone(self) -> None:
        self.second.drop()
        self.alone_until = clock.monotonic() + ALONE

    def withdraw(self) -> None:
        """What was announced does not leave."""
        self.first.withdraw()
        self.second.withdraw()

    def cut_short(self) -> None:
        """End a wait for the relay, if it is one."""
        self.first.cut_short()
        self.second.cut_short()

    def quit(self) -> None:
        self.first.quit()
        self.second.quit()
