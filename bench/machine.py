"""Who keeps the machine busy, and how much memory a server has. Linux only: elsewhere these figures are zero."""

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1024  # KiB


@dataclass(frozen=True, kw_only=True)
class Memory:
    """MiB of all processes of a server: as each sees it, and with what they share counted once."""

    rss: float
    pss: float


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in read(task).split():
            found += family(int(child))
    return found


def read(file: Path) -> str:
    """Processes come and go; one that is gone has nothing to tell."""
    try:
        return file.read_text()
    except OSError:
        return ""


def memory(pid: int) -> Memory:
    rollups = [read(Path(f"/proc/{one}/smaps_rollup")) for one in family(pid)]
    return Memory(rss=sum(figure("Rss", text) for text in rollups), pss=sum(figure("Pss", text) for text in rollups))


def peak(pid: int) -> float:
    """The most that any process of a server ever had, in MiB."""
    return max(figure("VmHWM", read(Path(f"/proc/{one}/status"))) for one in family(pid))


def figure(name: str, text: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) / MIB if found else 0.0


class Cores:
    """How many cores each of some servers, and everybody else, kept busy since this was made."""

    def __init__(self, roots: Mapping[str, Sequence[int]]) -> None:
        self.roots = roots
        self.began, self.start = time.monotonic(), self.now()

    def now(self) -> dict[str, float]:
        times = os.times()
        own = times.children_user + times.children_system + times.user + times.system
        found = {name: sum(cpu(pid) for root in roots for pid in family(root)) for name, roots in self.roots.items()}
        return {**found, "others": busy() - own - sum(found.values())}

    def used(self) -> dict[str, float]:
        seconds = time.monotonic() - self.began
        return {name: round((value - self.start[name]) / seconds, 2) for name, value in self.now().items()}


def wait_for_quiet(most: float, patience: float) -> None:
    """Return when the machine has little else to do, or when patience ends."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before = busy()
        time.sleep(1)
        if busy() - before < most:
            return


def busy() -> float:
    """CPU seconds that the whole machine has spent."""
    fields = read(Path("/proc/stat")).split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq = (int(field) for field in (fields or "0" * 7)[:7])
    return (user + nice + system + irq + softirq) / TICKS


def cpu(pid: int) -> float:
    """CPU seconds of one process and of its children that have ended."""
    fields = read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS
