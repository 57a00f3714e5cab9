"""Operators hand out keys, take them back, and change them without a gap (D4.2)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from click.testing import Result
from flask import Flask

from newsletter import access, clock
from newsletter.access import ApiKey, Scope
from newsletter.errors import KeyMissing, ScopeMissing
from tests.conftest import Contents
from tests.people import later
from tests.statements import asked

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(service: Flask) -> Run:
    """`flask keys ...`"""
    return lambda *arguments: service.test_cli_runner().invoke(args=["keys", *arguments])


def made(run: Run, *options: str) -> str:
    return run("create", "crm", "--scope", "feed:read", *options).stdout.splitlines()[-1]


def id_of(key: str) -> str:
    return key.split("_")[1]


def opens(key: str, newsletter: str = "nyhedsbrev") -> ApiKey:
    return access.authenticate(key, Scope.FEED_READ, newsletter)


def test_a_key_is_printed_once_as_the_last_line_and_opens_what_it_was_made_for(run: Run) -> None:
    key = made(run, "--newsletter", "nyhedsbrev")

    assert opens(key).name == "crm"
    with pytest.raises(ScopeMissing):
        opens(key, "webshop")


def test_the_list_tells_of_every_key_and_shows_none(run: Run, contents: Callable[[], Contents]) -> None:
    """D4.2: not even the database could."""
    key = made(run, "--expires", "30", "--scope", "feed:read")

    listed = run("list").stdout

    assert id_of(key) in listed
    assert listed.count("feed:read") == 1
    assert "never used" in listed
    assert key.split("_", 2)[2] not in listed
    assert key.split("_", 2)[2] not in str(contents())
    made(run)
    opens(key)
    listed = run("list").stdout
    assert listed.count(f"last used {clock.now():%Y-%m-%d}") == listed.count("never used") == 1


def test_the_day_of_last_use_is_written_once_a_day(run: Run) -> None:
    """PRODUCT 4.12: one of the two effects that a GET may have. More often, those who ask would wait for each other."""
    key = made(run)

    with asked() as statements:
        for days in (0, 1):
            with later(days=days):
                for _ in range(3):
                    opens(key)
                assert opens(key).last_used_on == clock.now().date()

    assert len([statement for statement, _ in statements if statement.startswith("UPDATE api_keys")]) == 2


def test_a_name_cannot_steer_the_terminal_that_lists_it(run: Run) -> None:
    refused = run("create", "evil\x1b[2J", "--scope", "feed:read")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "cannot be shown" in refused.stderr
    assert "\x1b" not in refused.stderr
    assert run("list").stdout == ""


def test_a_key_for_a_newsletter_that_does_not_exist_is_not_made(run: Run) -> None:
    refused = run("create", "crm", "--scope", "feed:read", "--newsletter", "nyhedsbrevet")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "no newsletter of that name" in refused.stderr
    assert run("list").stdout == ""


def test_a_limit_of_its_own_is_listed_and_survives_a_rotation(run: Run) -> None:
    key = made(run, "--limit", "200/hour")

    new = run("rotate", id_of(key)).stdout.splitlines()[-1]

    assert opens(new).limits == "200/hour"
    assert "limit 200/hour" in run("list").stdout
    assert run("create", "crm", "--scope", "feed:read", "--limit", "many").exit_code == 2


def test_a_key_cannot_outlive_the_calendar(run: Run) -> None:
    key = made(run)

    assert run("create", "crm", "--scope", "feed:read", "--expires", "99999999999").exit_code == 2
    assert run("rotate", id_of(key), "--overlap", "99999999999").exit_code == 2


def test_a_key_ends_on_its_day(run: Run) -> None:
    with time_machine.travel(START, tick=False) as clock:
        key = made(run, "--expires", "30")
        clock.shift(timedelta(days=30))

        with pytest.raises(KeyMissing):
            opens(key)
        assert "expired 2026-12-23" in run("list").stdout


def test_a_key_that_has_ended_is_not_brought_back_by_a_rotation(run: Run) -> None:
    key = made(run, "--expires", "30")

    with later(days=30):
        assert run("rotate", id_of(key)).exit_code == 1


def test_after_a_rotation_both_keys_work_until_the_overlap_is_over(run: Run) -> None:
    with time_machine.travel(START, tick=False) as clock:
        old = made(run, "--newsletter", "nyhedsbrev")
        new = run("rotate", id_of(old), "--overlap", "2").stdout.splitlines()[-1]

        assert (opens(new).scopes, opens(new).newsletters) == (opens(old).scopes, opens(old).newsletters)
        clock.shift(timedelta(days=2))
        assert opens(new)
        with pytest.raises(KeyMissing):
            opens(old)


def test_a_rotated_key_lives_as_long_as_the_old_one_did(run: Run) -> None:
    with time_machine.travel(START, tick=False) as clock:
        old = made(run, "--expires", "30")
        clock.shift(timedelta(days=20))
        new = run("rotate", id_of(old)).stdout.splitlines()[-1]

        assert opens(new).expires_at == START + timedelta(days=50)
        assert opens(old).expires_at == START + timedelta(days=27)


@pytest.mark.parametrize(("options", "days"), [((), None), (("--expires", "365"), 365)])
def test_a_key_rotated_once_more_is_replaced_by_one_that_lives_as_long(
    run: Run, options: tuple[str, ...], days: int | None
) -> None:
    """Whoever has lost what the first rotation printed asks again, with the id that they know."""
    with time_machine.travel(START, tick=False) as clock:
        old = made(run, *options)
        clock.shift(timedelta(days=20))
        lost = run("rotate", id_of(old)).stdout.splitlines()[-1]
        clock.shift(timedelta(seconds=1))
        run("rotate", id_of(lost))
        clock.shift(timedelta(seconds=1))
        new = run("rotate", id_of(old)).stdout.splitlines()[-1]

        assert opens(new).expires_at == (START + timedelta(days=20 + days, seconds=2) if days else None)
        assert opens(old).expires_at == START + timedelta(days=27)


def test_a_rotated_key_does_not_live_as_long_as_another_of_its_name(run: Run) -> None:
    with time_machine.travel(START, tick=False) as clock:
        old = made(run, "--expires", "30")
        clock.shift(timedelta(hours=1))
        made(run)
        new = run("rotate", id_of(old), "--overlap", "60").stdout.splitlines()[-1]

        assert opens(new).expires_at == START + timedelta(days=30, hours=1)


def test_a_rotation_never_lengthens_the_old_key(run: Run) -> None:
    with time_machine.travel(START, tick=False):
        old = made(run, "--expires", "3")
        run("rotate", id_of(old), "--overlap", "7")

        assert opens(old).expires_at == START + timedelta(days=3)


def test_a_revoked_key_opens_nothing_and_cannot_be_rotated(run: Run) -> None:
    key = made(run)

    assert run("revoke", id_of(key)).exit_code == 0
    revoked_at = access.revoke(id_of(key)).revoked_at
    with later(days=1):
        assert run("revoke", id_of(key)).exit_code == 0
    assert access.revoke(id_of(key)).revoked_at == revoked_at

    with pytest.raises(KeyMissing):
        opens(key)
    assert run("rotate", id_of(key)).exit_code == 1
    assert "revoked" in run("list").stdout


def test_what_becomes_of_a_key_is_a_line_of_the_log(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """D4.11"""
    caplog.set_level("INFO")
    old = made(run)
    new = run("rotate", id_of(old)).stdout.splitlines()[-1]
    run("revoke", id_of(old))
    run("release", id_of(new))

    told = [record.msg for record in caplog.records if isinstance(record.msg, dict) and "key" in record.msg]
    assert [(line["event"], line["key"]) for line in told] == [
        ("key created", id_of(old)),
        ("key rotated", id_of(old)),
        ("key revoked", id_of(old)),
        ("key released", id_of(new)),
    ]
    assert (told[0]["scopes"], told[1]["by"]) == (["feed:read"], id_of(new))
    assert not [key for key in (old, new) if key.split("_", 2)[2] in caplog.text]


def test_a_key_that_never_was_is_told_on_standard_error(run: Run) -> None:
    refused = run("revoke", "nosuchkey")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "no API key with that id" in refused.stderr
