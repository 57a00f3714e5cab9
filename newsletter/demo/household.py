"""The demo's processes: started one by one, watched, and ended together."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from newsletter import clock

ROOT = Path(__file__).parents[2]
LOOK_EVERY = 0.05  # seconds
PATIENCE = 60.0  # seconds for a step; a slow machine needs a few
LAST_WISH = 8.0  # seconds to end in peace
LAST_WORDS = 20  # lines


class Stopped(Exception):
    """Somebody told the demo to end."""


class Trouble(Exception):
    """A process ended, or never got ready. The message is for people."""


@dataclass(kw_only=True)
class Child:
    """A process, and the file that holds all it says."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def trouble(self) -> Trouble:
        words = self.log.read_text(errors="replace").splitlines()
        told = "\n".join(f"  {line}" for line in words[-LAST_WORDS:])
        return Trouble(f"{self.name} ended with {self.popen.returncode}. Its last words:\n{told}")


def made_by() -> tuple[int, bool] | None:
    """The make that is our parent, and whether it heeds interrupts.

    GNU make lets go of an interrupt's handler when it hears one, tells no child, as Ctrl-C reaches all of a terminal's
    group by itself, and waits. Where whoever started it interrupts it alone, that is all there is to see of it.
    """
    parent = os.getppid()
    try:
        status = Path(f"/proc/{parent}/status").read_text("utf-8")
    except OSError:
        return None
    told = dict(line.split(":\t", 1) for line in status.splitlines())
    heeds = bool(int(told["SigCgt"], 16) & 1 << (signal.SIGINT - 1))
    return (parent, heeds) if told["Name"] in ("make", "gmake") else None


@dataclass(kw_only=True)
class Household:
    """All children. They stay in the demo's process group, so that Ctrl-C reaches every one of them."""

    folder: Path
    environment: dict[str, str]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    made: tuple[int, bool] | None = field(default_factory=made_by)

    def heed_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Only a flag: an exception might come between a child's birth and our knowing of it."""
        self.stopping = True

    def start(self, name: str, arguments: Sequence[str], pass_fds: Sequence[int] = ()) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(  # noqa: S603 - our own programs
                arguments,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=pass_fds,
            )
        self.children.append(Child(name=name, popen=popen, log=log))

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        patience_ends = clock.monotonic() + PATIENCE
        while not ready():
            if clock.monotonic() > patience_ends:
                raise Trouble(f"Waited {PATIENCE:.0f} seconds for {what}.")
            self.pause()

    def watch(self) -> None:
        """Until somebody stops us, or a child ends by itself."""
        while True:
            self.pause()

    def pause(self) -> None:
        time.sleep(LOOK_EVERY)
        if self.stopping or (self.made and self.made != made_by()):
            raise Stopped
        for child in self.children:
            if child.popen.poll() is not None:
                raise child.trouble()

    def end(self) -> None:
        """Ask all of them first, so that they end side by side; then wait for each."""
        for child in self.children:
            child.popen.terminate()
        for child in self.children:
            try:
                child.popen.wait(LAST_WISH)
            except subprocess.TimeoutExpired:
                child.popen.kill()
                child.popen.wait()
