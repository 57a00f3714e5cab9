"""`make run`: a newcomer signs up, reads the letter, presses the button and finds themself in the list."""

import html
import json
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.conftest import ROOT
from tests.people import Forms
from tests.servers import PATIENCE, Process, run_process, wait_until

ADA = "ada@example.org"
OPEN = re.compile(r"sign up: (http\S+)/\n$")


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "100%41 temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def demo(temporary: Path) -> Iterator[Process]:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary)}
    with run_process([sys.executable, "-B", "-m", "newsletter.demo"], environment, cwd=ROOT) as process:
        wait_until(lambda: process.popen.poll() is not None or bool(OPEN.search(process.output())), "the demo's URL")
        yield process


def url_of(demo: Process) -> str:
    found = OPEN.search(demo.output())
    assert found, demo.output()
    return found[1]


def ask(method: str, url: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> str:
    """What a browser would be shown; it need not follow a redirect."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE)
    connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status < 400, text
    return text


def get(url: str, **headers: str) -> str:
    return ask("GET", url, headers=headers)


def post(url: str, fields: list[tuple[str, str]]) -> None:
    ask("POST", url, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})


def children(pid: int) -> list[int]:
    below = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*below, *(grandchild for child in below for grandchild in children(child))]


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}/cmdline").exists() or Path(f"/proc/{pid}/cmdline").read_bytes() == b""


def test_a_newcomer_goes_all_the_way_and_the_curl_that_it_prints_finds_them(demo: Process) -> None:
    page = url_of(demo)
    hosted = re.findall(r'href="(http\S+/newsletters/nyhedsbrev)"', get(f"{page}/"))[0]
    form = get(f"{hosted}?language=en")
    consent = re.findall(r'name="consent" value="(\w+)"', form)[0]

    post(f"{hosted}/signups", [("email", ADA), ("language", "en"), ("consent", consent)])
    wait_until(lambda: ADA in get(f"{page}/mailbox"), "the letter")
    letter = get(f"{page}/mailbox/0")
    assert "sandbox" in letter
    assert "Message-ID:" in letter
    assert "<!doctype html>" in get(f"{page}/mailbox/0/html")
    link = html.unescape(re.findall(r'href="(http\S+/confirm/\S+?)"', letter)[0])
    post(link, list(Forms(get(link)).forms["confirm"]["fields"].items()))

    contacts = html.unescape(get(f"{page}/contacts/nyhedsbrev"))
    assert f'"email": "{ADA}"' in contacts
    assert '"status": "subscribed"' in contacts
    key, printed = re.findall(r"curl -H 'Authorization: (Bearer \S+)' (http\S+)", demo.output())[0]
    assert [contact["email"] for contact in json.loads(get(printed, Authorization=key))["items"]] == [ADA]


@pytest.mark.parametrize(
    "stop",
    [lambda pid: os.killpg(pid, signal.SIGINT), lambda pid: os.kill(pid, signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_when_it_is_stopped_no_process_and_no_file_is_left(
    demo: Process, temporary: Path, stop: Callable[[int], None]
) -> None:
    everybody = children(demo.pid)
    assert len(everybody) >= 3

    stop(demo.pid)

    assert demo.popen.wait(PATIENCE) == 0
    wait_until(lambda: all(is_gone(pid) for pid in everybody), "every process to end")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("shell", "number"),
    [("", signal.SIGINT), ("", signal.SIGKILL), ("trap '' INT; ", signal.SIGKILL)],
    ids=["SIGINT", "SIGKILL", "SIGKILL in the background"],
)
def test_when_make_alone_is_told_to_end_no_process_and_no_file_is_left(
    temporary: Path, shell: str, number: int
) -> None:
    """Make passes no interrupt on, as a terminal tells everybody itself; and it waits for the demo.

    Whatever a shell starts in the background ignores interrupts, and so does all that comes of it.
    """
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary)}
    rule = f"--eval=run: ; @exec {shlex.quote(sys.executable)} -B -m newsletter.demo"
    made = ["sh", "-c", f'{shell}exec make "$@"', "sh", "--file=/dev/null", rule, "run"]
    with run_process(made, environment, cwd=ROOT) as process:
        wait_until(lambda: bool(OPEN.search(process.output())), "the demo's URL")
        everybody = children(process.pid)

        process.popen.send_signal(number)

        process.popen.wait(PATIENCE)
        wait_until(lambda: all(is_gone(pid) for pid in everybody), "every process to end")
        assert list(temporary.iterdir()) == []


def test_when_a_process_dies_the_demo_says_which_and_ends(demo: Process, temporary: Path) -> None:
    worker = next(pid for pid in children(demo.pid) if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes())

    os.kill(worker, signal.SIGKILL)

    assert demo.popen.wait(PATIENCE) == 1
    assert "flask worker ended with -9" in demo.output()
    assert list(temporary.iterdir()) == []
