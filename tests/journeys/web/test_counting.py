"""What web processes count lies in files that all of them share, for as long as they are up."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.web.serving import get, web
from tests.servers import PATIENCE, Process, free_port, wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here depends on its kind
MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux has it


def lives(port: int) -> int:
    told = re.search(r'newsletter_http_requests_total\{.*"/health/live".*\} (\S+)', get(port, "/metrics"))
    return int(float(told[1])) if told else 0


def live(port: int) -> None:
    for _ in range(20):
        get(port, "/health/live")


def children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def replace_workers(process: Process, how: signal.Signals, pids: set[int]) -> None:
    before = children(process.pid)
    for pid in pids:
        os.kill(pid, how)
    wait_until(lambda: len(children(process.pid)) == 2 and not before & children(process.pid), "new workers")


@pytest.fixture
def served(environment: dict[str, str]) -> Iterator[tuple[Process, int]]:
    port = free_port()
    with web(environment, port) as process:
        wait_until(lambda: len(children(process.pid)) == 2, "two workers")
        yield process, port


def counted_in(process: Process) -> list[Path]:
    return list(MEMORY.glob(f"newsletter-metrics-{process.pid}-*"))


def test_the_figures_of_all_workers_add_up_and_outlive_any_worker(served: tuple[Process, int]) -> None:
    process, port = served
    before = lives(port)
    live(port)
    assert lives(port) == before + 20

    replace_workers(process, signal.SIGKILL, children(process.pid))

    assert lives(port) == before + 20
    live(port)
    assert lives(port) == before + 40


def test_workers_that_are_replaced_leave_no_more_files_however_often_that_happens(served: tuple[Process, int]) -> None:
    process, port = served
    live(port)
    replace_workers(process, signal.SIGHUP, {process.pid})
    live(port)
    [folder] = counted_in(process)
    before, counted = set(folder.iterdir()), lives(port)

    replace_workers(process, signal.SIGKILL, children(process.pid))
    replace_workers(process, signal.SIGHUP, {process.pid})
    live(port)

    assert set(folder.iterdir()) == before
    assert counted_in(process) == [folder]
    assert lives(port) == counted + 20


def test_no_disk_that_is_full_ends_a_worker_that_counts(
    served: tuple[Process, int], environment: dict[str, str]
) -> None:
    """What is mapped from there would."""
    process, port = served

    live(port)

    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    assert counted_in(process)


def test_nothing_is_left_in_memory(served: tuple[Process, int]) -> None:
    process, port = served
    get(port, "/health/live")
    assert counted_in(process)

    process.popen.terminate()

    assert process.popen.wait(PATIENCE) == 0
    assert counted_in(process) == []


@pytest.fixture
def trap() -> Iterator[Path]:
    """What any user of the machine may put where everybody's memory is."""
    pipe = MEMORY / f"newsletter-metrics-{os.getpid()}-trap"
    os.mkfifo(pipe)
    os.utime(pipe, (0, 0))
    yield pipe
    pipe.unlink()


def test_no_pipe_there_keeps_a_service_from_starting(trap: Path, environment: dict[str, str]) -> None:
    port = free_port()
    with web(environment, port):
        assert lives(port) == 0

    assert trap.exists()


def test_what_a_master_that_was_killed_has_left_there_goes_with_the_next_start(
    served: tuple[Process, int], environment: dict[str, str]
) -> None:
    """And nothing of one that lives: several services may share a machine."""
    living, _ = served
    with web(environment, free_port()) as killed:
        killed.kill()
    [left], [kept] = counted_in(killed), counted_in(living)
    for folder in (left, kept):
        os.utime(folder, (0, 0))

    with web(environment, free_port()):
        assert not left.exists()
        assert kept.exists()
