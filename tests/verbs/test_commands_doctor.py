"""The doctor says in one line each what is well, what to look into, and what keeps the service from working."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from newsletter import config
from newsletter.config import SecretKey, Socket
from tests.conftest import SECRET, settings_for
from tests.people import People, later
from tests.servers import Relay
from tests.tools import Tools

MakeApp = Callable[..., Flask]


def examine(app: Flask) -> tuple[int, dict[str, str]]:
    """The exit code, and each check's line."""
    with app.app_context():
        told = app.test_cli_runner().invoke(args=["doctor"])
    lines = [line.split(maxsplit=1) for line in told.stdout.splitlines()]
    return told.exit_code, {rest.partition(":")[0]: f"{level} {rest}" for level, rest in lines}


def test_a_service_with_all_it_needs_is_well(service: Flask) -> None:
    code, lines = examine(service)

    assert code == 0
    assert list(lines) == [
        "settings",
        "database",
        "rights",
        "durability",
        "catalogue",
        "relay",
        "dns",
        "clock",
        "keys",
        "forwarding",
        "webhooks",
        "connectors",
        "journal",
    ]
    doubted = {name for name, line in lines.items() if not line.startswith("ok")}
    assert doubted <= {"dns", "journal", "rights", "durability"}  # it has none of these


def test_a_relay_that_cannot_be_reached_is_a_failure(service: Flask, relay: Relay, make_app: MakeApp) -> None:
    app = make_app(smtp_url=settings_for("sqlite://", "smtp://127.0.0.1:1/?tls=none").smtp_url)

    code, lines = examine(app)

    assert code == 1
    assert lines["relay"].startswith("FAIL relay: The relay 127.0.0.1:1 did not let us in")


def test_looking_at_the_relay_sends_no_letter(service: Flask, relay: Relay) -> None:
    examine(service)

    assert [line.split()[0] for line in relay.heard] == ["CONNECT", "EHLO"]


def test_a_paused_outbox_is_worth_a_warning(service: Flask) -> None:
    service.test_cli_runner().invoke(args=["letters", "pause", "--reason", "moving"])

    code, lines = examine(service)

    assert code == 0
    assert "The outbox is paused" in lines["relay"]


def test_a_service_without_a_catalogue_is_not_well(app: Flask) -> None:
    code, lines = examine(app)

    assert code == 1
    assert lines["catalogue"] == "FAIL catalogue: No catalogue has been applied yet."
    assert lines["database"].startswith("ok")


@pytest.mark.parametrize(
    ("place", "level"),
    [
        ("me@0.0.0.0:1/newsletter", "warn"),
        ("me@0.0.0.0:1/newsletter?sslmode=require", "warn"),
        ("me@/newsletter?host=0.0.0.0&port=1", "warn"),
        ("me@0.0.0.0:1/newsletter?sslmode=verify-full", "ok"),
        ("me@127.0.0.1:1/newsletter", "ok"),
        ("me@/newsletter?host=127.0.0.1:1&host=127.0.0.1:2", "ok"),
        ("/newsletter?host=/nowhere/run", "ok"),
    ],
)
def test_a_database_elsewhere_whose_certificate_nobody_looks_at_is_worth_a_warning(
    make_app: MakeApp, place: str, level: str
) -> None:
    """D4.9. 0.0.0.0 is an address of no machine's own, and refuses at once."""
    _, lines = examine(make_app(database_url=f"postgresql+psycopg://{place}"))

    assert lines["settings"].startswith(level)
    assert ("sslmode=verify-full" in lines["settings"]) == (level == "warn")


def test_mail_that_comes_back_in_clear_or_by_a_door_open_to_all_is_worth_a_warning(make_app: MakeApp) -> None:
    """D4.9"""
    _, clear = examine(make_app(inbound_imap=config.imap("imap://ada:word@mail.example.org/?tls=none")))
    _, ajar = examine(make_app(inbound_lmtp=Socket(host="mail.example.org", port=8024)))

    assert "INBOUND_IMAP says tls=none" in clear["settings"]
    assert "INBOUND_LMTP listens beyond this machine" in ajar["settings"]


def test_an_empty_database_is_told_as_one(tmp_path: Path, make_app: MakeApp) -> None:
    code, lines = examine(make_app(database_url=f"sqlite:///{tmp_path}/empty.db"))

    assert code == 1
    assert "run `flask db upgrade`" in lines["database"]


def test_a_database_that_cannot_be_reached_fails_and_the_rest_is_still_looked_at(make_app: MakeApp) -> None:
    code, lines = examine(make_app(database_url="sqlite:////nowhere/at/all.db"))

    assert (code, lines["settings"][:2]) == (1, "ok")
    assert lines["database"] == "FAIL database: The database cannot be used: unable to open database file"
    assert lines["catalogue"] == "FAIL catalogue: The reason is told with database."


def test_a_database_that_may_only_be_read_is_a_failure(migrated_sqlite: Path, make_app: MakeApp) -> None:
    code, lines = examine(make_app(database_url=f"sqlite:///file:{migrated_sqlite}?mode=ro&uri=true"))

    assert code == 1
    assert lines["database"] == "FAIL database: The database cannot be used: attempt to write a readonly database"


def test_a_disk_that_takes_no_more_is_a_failure(
    service: Flask, make_app: MakeApp, database_url: str, tmp_path: Path
) -> None:
    """What may be read and locked may still have no room for a row, or for a line."""
    app = make_app(journal=str(tmp_path / "journal"))
    assert examine(app)[0] == 0
    with no_room():
        code, lines = examine(app)

    assert code == 1
    assert lines["journal"].startswith("FAIL journal: The journal cannot be used: [Errno 27] File too large")
    if database_url.startswith("sqlite"):
        assert lines["database"] == "FAIL database: The database cannot be used: disk I/O error"


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process may grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("command", ["catalog apply", "purge"])
def test_a_command_without_its_database_ends_with_a_sentence(command: str, make_app: MakeApp) -> None:
    told = make_app(database_url="sqlite:////nowhere/at/all.db").test_cli_runner().invoke(args=command.split())

    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.splitlines()[-1] == (
        "Error: The database cannot be used: unable to open database file. `flask doctor` tells more."
    )


def test_a_key_that_is_still_needed_and_gone_is_a_failure(people: People, make_app: MakeApp) -> None:
    people.subscribe("ada@example.org")
    another = SecretKey(secret="another secret that nobody else has either")
    lacks = examine(make_app(secret_keys=(another,)))[1]["keys"]
    has = examine(make_app(secret_keys=(another, SecretKey(secret=SECRET.secret, reduces=True))))[1]["keys"]

    assert lacks.startswith("FAIL keys: NEWSLETTER_SECRET_KEYS lacks")
    assert has.startswith("ok keys: ") and has.endswith(f", reduce:{lacks.partition('(')[2][:6]}.")


def test_an_ignored_forwarding_header_is_worth_a_warning(service: Flask) -> None:
    service.test_client().post("/newsletters/nyhedsbrev/signups", headers={"X-Forwarded-For": "203.0.113.9"})

    code, lines = examine(service)

    assert code == 0
    assert lines["forwarding"].startswith("warn forwarding: A forwarding header from a peer that is not trusted")


def test_a_setting_that_holds_letters_back_is_named(service: Flask, make_app: MakeApp) -> None:
    code, lines = examine(make_app(only_recipients=("*@example.org",)))

    assert code == 0
    assert lines["settings"] == "warn settings: NEWSLETTER_ONLY_RECIPIENTS is set: nobody else is mailed."


def test_a_misspelt_setting_is_worth_a_warning(service: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may as well be a platform's own, like Kubernetes' `NEWSLETTER_PORT`, so it keeps nothing from starting."""
    monkeypatch.setenv("NEWSLETTER_ONLY_RECIPIENT", "*@example.org")

    code, lines = examine(service)

    assert code == 0
    assert lines["settings"].startswith("warn settings: Not settings of this service")
    assert "NEWSLETTER_ONLY_RECIPIENT." in lines["settings"]


DROP = """
[files]
kind = "folder"
newsletter = "{newsletter}"
folder = "{folder}"
"""


def test_mistakes_in_the_file_of_connectors_are_failures(service: Flask, tools: Tools) -> None:
    tools.declare('[files]\nkind = "folder"\nnewsletter = "nyhedsbrev"\n[mail]\nkind = "pigeon"\n')

    told = tools.flask("doctor")

    assert told.exit_code == 1
    assert "FAIL  connectors: " in told.stdout
    assert "[files]: folder is missing." in told.stdout
    assert "[mail]: kind has to be one of" in told.stdout


def test_a_connector_of_no_newsletter_is_a_failure(service: Flask, tools: Tools, tmp_path: Path) -> None:
    tools.declare(DROP.format(newsletter="nyhedsbref", folder=tmp_path))

    told = tools.flask("doctor")

    assert told.exit_code == 1
    assert "FAIL  connectors: files is for the newsletter nyhedsbref, and there is none of that name." in told.stdout


def test_a_connector_that_does_not_get_through_is_worth_a_warning(service: Flask, tools: Tools, tmp_path: Path) -> None:
    tools.declare(DROP.format(newsletter="nyhedsbrev", folder=tmp_path / "gone"))
    assert "warn  connectors: files has not been served by any worker yet" in tools.flask("doctor").stdout
    tools.push()
    assert "warn  connectors: files does not work: " in tools.flask("doctor").stdout

    (tmp_path / "gone").mkdir()
    with later(hours=1):
        tools.push()
        assert "ok    connectors: 1 of 1 work." in tools.flask("doctor").stdout

    tools.declare("")
    assert "warn  connectors: files is in the file no more" in tools.flask("doctor").stdout
