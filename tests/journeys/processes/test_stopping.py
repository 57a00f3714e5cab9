"""A worker that is told to stop, with what only it does still to be done."""

from pathlib import Path

from tests.journeys.processes.running import ADA, GRACE, Service
from tests.people import People
from tests.servers import PATIENCE, wait_until


def test_whoever_left_before_the_last_worker_was_stopped_is_in_the_journal(
    installed: Service, people: People, tmp_path: Path
) -> None:
    """A7.10. What follows may be a restore, after which nothing else knows of it."""
    installed.environment["NEWSLETTER_JOURNAL"] = str(tmp_path / "journal")
    people.subscribe(ADA, GRACE)
    people.leave(ADA)
    worker = installed.worker()
    wait_until(lambda: len(left(tmp_path)) == 1, "the journal to be written")

    people.leave(GRACE)
    worker.popen.terminate()

    assert worker.popen.wait(PATIENCE) == 0
    assert len(left(tmp_path)) == 2


def left(folder: Path) -> list[str]:
    return [line for file in folder.rglob("acts-*.jsonl") for line in file.read_text().splitlines()]
