"""Processes that do not start, and say why (PRODUCT 4.12, 5.3)."""

import os
import re
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import SECRET
from tests.journeys.processes.running import ADA, FLASK, GUNICORN, NEW_KEY, Service, on_sqlite, ran
from tests.people import People
from tests.servers import HOST, PATIENCE, Relay, wait_until

REFUSED = (*GUNICORN, "--bind", f"{HOST}:0")
"""It looks at its port, too, and somebody may be at home on the usual one."""


@on_sqlite
@pytest.mark.parametrize("command", [(*FLASK, "worker"), REFUSED], ids=lambda command: command[2:4])
def test_half_set_settings_refuse_to_start_with_every_mistake_in_one_message(
    installed: Service, command: Sequence[str]
) -> None:
    """G4"""
    wrong = {
        "NEWSLETTER_CATALOG": None,
        "NEWSLETTER_SECRET_KEYS": "short",
        "NEWSLETTER_PUBLIC_URL": "http://news.example.org",
        "NEWSLETTER_SMTP_URL": "smtp://relay.example.org/?tls=maybe",
        "NEWSLETTER_LIMIT_SOURCE": "often",
        "NEWSLETTER_TRUSTED_PROXIES": "everybody",
    }

    code, said = ran(command, installed.environment, wrong)

    assert code != 0
    assert "Traceback" not in said
    [message] = re.findall(r"The service does not start:\n(?:  NEWSLETTER_.*\n?)+", said)
    assert re.findall(r"^  (\w+):", message, re.MULTILINE) == sorted(wrong)


@on_sqlite
def test_a_port_and_a_number_of_processes_that_are_wrong_are_named_with_the_settings(
    installed: Service, relay: Relay
) -> None:
    taken = (*GUNICORN, "--bind", f"{HOST}:{relay.port}")
    wrong = {"NEWSLETTER_LOG_LEVEL": "loud", "PORT": "http", "WEB_CONCURRENCY": "0"}

    code, said = ran(taken, installed.environment, wrong)

    assert code == 1
    [message] = re.findall(r"The service does not start:\n(?:  .*\n?)+", said)
    assert re.findall(r"^  (\w+): ", message, re.MULTILINE) == ["NEWSLETTER_LOG_LEVEL", "WEB_CONCURRENCY", "PORT"]
    assert f"{HOST}:{relay.port}: Address already in use." in message


@on_sqlite
def test_a_port_that_there_cannot_be_is_named(installed: Service) -> None:
    code, said = ran(GUNICORN, installed.environment, {"PORT": "99999"})

    assert (code, said[said.index("The service") :]) == (1, "The service does not start:\n  99999 is no port.\n")


@on_sqlite
def test_a_start_that_dies_as_it_looks_whether_it_may_says_so(installed: Service) -> None:
    with socket.create_server((HOST, 0)) as silent:  # so the look lasts
        url = f"postgresql://newsletter@{HOST}:{silent.getsockname()[1]}/newsletter"
        installed.environment["NEWSLETTER_DATABASE_URL"] = url
        master = installed.start(REFUSED)
        looking = Path(f"/proc/{master.pid}/task/{master.pid}/children")
        wait_until(lambda: looking.read_text() != "", "the look")

        os.kill(int(looking.read_text()), signal.SIGKILL)

        assert master.popen.wait(PATIENCE) == 1
    assert "The service does not start:\n  Signal 9 ended" in master.output()


@on_sqlite
@pytest.mark.parametrize("command", [(*FLASK, "worker", "--once"), REFUSED], ids=lambda command: command[2:4])
def test_nothing_starts_without_a_key_that_a_living_link_needs(
    installed: Service, people: People, command: Sequence[str]
) -> None:
    """D1.5"""
    people.subscribe(ADA)

    refuses_without_its_key(installed, command)


@on_sqlite
@pytest.mark.parametrize("command", [(*FLASK, "worker", "--once"), REFUSED], ids=lambda command: command[2:4])
def test_nothing_starts_without_a_key_that_a_suppression_needs(
    installed: Service, people: People, command: Sequence[str]
) -> None:
    people.ask(ADA)
    people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    refuses_without_its_key(installed, command)


def refuses_without_its_key(installed: Service, command: Sequence[str]) -> None:
    code, said = ran(command, installed.environment, {"NEWSLETTER_SECRET_KEYS": NEW_KEY.secret})

    assert code != 0
    assert said.count("NEWSLETTER_SECRET_KEYS: lacks a key") == 1
    assert "Traceback" not in said
    assert SECRET.secret not in said
