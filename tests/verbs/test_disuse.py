"""Consents that nobody uses are marked, and end only where that is wished and silence means something (A2.14)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from newsletter import catalog, feed
from newsletter.changes import Cursor
from newsletter.config import Settings
from newsletter.privacy import disuse
from tests.conftest import EXAMPLE, Run
from tests.people import People, at
from tests.receivers import Hooks, Receiver

ADA, GRACE, ALAN, LINUS = "ada@example.org", "grace@example.com", "alan@example.org", "linus@example.org"
HERE = "[newsletters.nyhedsbrev.sender]"
ENDING = {
    "everywhere": ("end_unused = false", "end_unused = true "),
    "here": (HERE, f"[newsletters.nyhedsbrev.retention]\nend_unused = true\n\n{HERE}"),
}
"""What makes the example's catalogue say that unused consents end."""
SUMMARY = "nyhedsbrev: {} for 12 months, {} of them for 24 months; {}\n"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A crowd signs up here from one address."""
    return replace(settings, limit_source=())


@pytest.fixture
def ending(service: Flask) -> Iterator[None]:
    """The catalogue says that unused consents end."""
    catalog.apply(EXAMPLE.read_text().replace(*ENDING["everywhere"]))
    yield


@pytest.fixture
def report(run: Run, service: Flask) -> Callable[..., None]:
    """The tool says that it has just mailed somebody, or something else of them."""
    key = run("keys", "create", "tool", "--scope", "reports:write").stdout.splitlines()[-1]

    def told(address: str, slug: str = "nyhedsbrev", kind: str = "used") -> None:
        now = datetime.now(UTC).isoformat()
        item = {"newsletter": slug, "email": address, "kind": kind, "at": now}
        headers = {"Authorization": f"Bearer {key}"}
        answer = service.test_client().post("/api/v1/reports", json={"items": [item]}, headers=headers)
        assert answer.get_json()["items"][0]["result"] == "done", answer.text

    return told


def unused(run: Run) -> str:
    return run("retention", "unused", "--newsletter", "nyhedsbrev").stdout


def ended() -> list[str]:
    found = [json.loads(change) for change in feed.changes_after("nyhedsbrev", Cursor(), 1000).documents]
    return [change["contact"]["email"] for change in found if change["kind"] == "unsubscribed"]


def test_a_consent_is_marked_after_twelve_and_twenty_four_months_and_stays(
    run: Run, people: People, report: Callable[..., None], service: Flask
) -> None:
    """A2.14: whatever the tool reports of others."""
    with at(2027, 1, 31, 12):
        people.subscribe(ADA)
    with at(2028, 1, 31, 11):
        assert unused(run) == SUMMARY.format(0, 0, "they stay")
    with at(2028, 1, 31, 13):
        assert unused(run) == SUMMARY.format(1, 0, "they stay")
    with at(2029, 1, 31, 13):
        people.subscribe(GRACE)
        report(GRACE)
        assert unused(run) == SUMMARY.format(1, 1, "they stay")
        assert "unused: 0\n" in run("purge").stdout
        told = service.test_client().get("/metrics").text

        assert 'newsletter_consents_unused{newsletter="nyhedsbrev",term="full"} 1.0' in told
        assert len(run("retention", "unused", "--ids").stdout.splitlines()) == 1
    assert ended() == []


def of_two_one_is_written_to(people: People, report: Callable[..., None]) -> None:
    """Ada's consent comes of age unused; of Grace's the tool has told."""
    with at(2027, 1, 1):
        people.subscribe(ADA, GRACE)
    with at(2028, 12, 3):
        report(GRACE)


@pytest.mark.parametrize("where", ENDING)
def test_it_ends_where_the_catalogue_says_so_and_the_tool_reports_what_it_uses(
    run: Run, people: People, report: Callable[..., None], where: str
) -> None:
    catalog.apply(EXAMPLE.read_text().replace(*ENDING[where]))
    of_two_one_is_written_to(people, report)
    with at(2029, 1, 2):
        assert unused(run) == SUMMARY.format(1, 1, "they end")
        assert "unused: 1\n" in run("purge").stdout
        assert "unused: 0\n" in run("purge").stdout

        assert ended() == [ADA]
        acts = json.loads(run("evidence", "show", ADA).stdout)["evidence"]

    assert acts[-1]["act"] == "unsubscribed"
    assert acts[-1]["facts"]["channel"] == "retention"


@pytest.mark.usefixtures("ending")
def test_whoever_is_restricted_is_let_be(run: Run, people: People, report: Callable[..., None]) -> None:
    """A8.5: jobs skip what may only be stored."""
    of_two_one_is_written_to(people, report)
    with at(2028, 12, 20):
        run("contacts", "restrict", ADA, "--reason", "by letter", "--actor", "grace")
    with at(2030, 12, 30):
        report(GRACE)
        assert unused(run) == SUMMARY.format(0, 0, "they end")
        assert "unused: 0\n" in run("purge").stdout
    assert ended() == []


@pytest.mark.usefixtures("ending")
def test_what_ends_in_one_round_of_a_worker_is_pushed_in_that_round(
    run: Run, people: People, report: Callable[..., None], hooks: Hooks, receiver: Receiver
) -> None:
    of_two_one_is_written_to(people, report)
    with at(2028, 12, 15):
        hooks.add(receiver)
    with at(2029, 1, 2):
        assert run("worker", "--once").exit_code == 0

    assert receiver.types() == ["contact.unsubscribed"]


@pytest.mark.usefixtures("ending")
def test_nothing_ends_while_the_tool_is_silent(run: Run, people: People, report: Callable[..., None]) -> None:
    with at(2027, 1, 1):
        people.subscribe(ADA, GRACE)
    with at(2028, 12, 2):
        report(GRACE)
    with at(2029, 1, 2):
        assert "the tool has not reported any use within 30 days" in unused(run)
        assert "unused: 0\n" in run("purge").stdout
    assert ended() == []


@pytest.mark.usefixtures("ending")
def test_what_is_used_of_another_newsletter_ends_nothing_of_this_one(
    run: Run, people: People, report: Callable[..., None]
) -> None:
    with at(2027, 1, 1):
        people.subscribe(ADA)
        people.subscribe(GRACE, ALAN, slug="webshop")
    with at(2028, 12, 15):
        report(GRACE, "webshop")
    with at(2029, 1, 2):
        assert unused(run).startswith(SUMMARY.format(1, 1, "they stay").rstrip())
        assert "unused: 1\n" in run("purge").stdout
    assert ended() == []


@pytest.mark.usefixtures("ending")
def test_so_does_the_consent_of_whom_no_mail_reaches(run: Run, people: People, report: Callable[..., None]) -> None:
    """Who was suspended would be written to again once the address is confirmed anew."""
    with at(2027, 1, 1):
        people.subscribe(ADA, GRACE)
        report(ADA, kind="hard_bounce")
    with at(2029, 1, 2):
        report(GRACE)
        assert "unused: 1\n" in run("purge").stdout
    assert ended() == [ADA]


@pytest.mark.usefixtures("ending")
def test_whoever_changed_something_or_came_lately_keeps_their_consent(
    run: Run, people: People, report: Callable[..., None]
) -> None:
    with at(2027, 1, 1):
        people.subscribe(ADA, topic="events")
        people.subscribe(GRACE)
        people.subscribe(LINUS)
    with at(2027, 1, 2):
        report(LINUS)
    with at(2028, 6, 1):
        people.ask(ADA, topic="products")
        people.confirm(ADA)
        people.subscribe(ALAN)
    with at(2029, 1, 2):
        report(GRACE)
        assert "unused: 0\n" in run("purge").stdout
    assert ended() == []


@pytest.mark.usefixtures("ending")
def test_a_run_that_would_end_too_many_ends_none_and_tells_until_somebody_allows_it(
    run: Run, people: People, report: Callable[..., None], service: Flask
) -> None:
    """Unconfirmed sign-ups are deleted all the same."""
    stopped = 'newsletter_consents_lapse_stopped{newsletter="nyhedsbrev"}'
    with at(2027, 1, 1):
        people.subscribe(*(f"person{number}@example.org" for number in range(disuse.MOST + 2)))
        people.subscribe(GRACE)
        people.subscribe(ALAN, slug="webshop")
    with at(2028, 12, 20):
        people.leave(GRACE)
        report("person0@example.org")
        people.ask(ADA)
        assert disuse.living("nyhedsbrev") == disuse.MOST + 2
    with at(2029, 1, 2):
        done = run("purge").stdout
        assert "unused: 0\n" in done
        assert "signups: 1\n" in done
        assert f"{stopped} 101.0" in service.test_client().get("/metrics").text

        assert run("purge", "--end-unused", "nyhedsbref").exit_code == 1
        assert f"unused: {disuse.MOST + 1}\n" in run("purge", "--end-unused", "nyhedsbrev").stdout

        assert len(set(ended()) - {GRACE}) == disuse.MOST + 1
        assert f"{stopped} 0.0" in service.test_client().get("/metrics").text


@pytest.mark.parametrize(("due", "living", "stops"), [(100, 100, False), (101, 2020, False), (101, 2019, True)])
def test_too_many_are_more_than_a_hundred_and_more_than_five_percent(due: int, living: int, stops: bool) -> None:
    assert disuse.is_too_many(due, living) is stops


def test_a_use_that_is_reported_at_the_last_moment_counts(
    run: Run, people: People, report: Callable[..., None]
) -> None:
    """Although others go on being unused."""
    with at(2027, 1, 1):
        people.subscribe(ADA, GRACE)
    with at(2029, 1, 2):
        [contact_id, _] = run("retention", "unused", "--ids").stdout.split()
        report(ADA)

        assert not disuse.end_one(contact_id, catalog.term("unused").before(datetime.now(UTC)))
    assert ended() == []
