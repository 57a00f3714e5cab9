"""Every alarm has its paragraph in the runbook, and rings for something that the service tells (G1)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.callers import STATUS
from newsletter.privacy import RULES as DUTIES

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "deploy" / "alerts.yaml").read_text()
RUNBOOK = (ROOT / "docs" / "how-to" / "runbook.md").read_text()
PARTS = ("**What people notice:**", "**First command:**", "**Until morning?**")

alarms = re.findall(r"- alert: (\w+)\n", RULES)
sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))


@pytest.fixture
def exported(client: FlaskClient) -> str:
    return client.get("/metrics").text


def test_every_alarm_has_a_paragraph_and_no_paragraph_is_left_over() -> None:
    assert alarms
    assert sorted(sections) == sorted(alarms)


@pytest.mark.parametrize("alarm", alarms)
def test_the_paragraph_says_what_people_notice_what_to_do_first_and_whether_it_can_wait(alarm: str) -> None:
    assert all(part in sections[alarm] for part in PARTS)


@pytest.mark.parametrize("alarm", alarms)
def test_the_alarm_itself_leads_to_its_paragraph(alarm: str) -> None:
    assert f"runbook: docs/how-to/runbook.md#{alarm.lower()}\n" in RULES


def test_every_figure_that_the_service_tells_stands_in_the_reference(exported: str) -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()

    assert sorted(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == sorted(types_in(exported))


def types_in(exported: str) -> list[str]:
    return re.findall(r"^# TYPE (\w+) ", exported, re.MULTILINE)


def test_no_alarm_waits_for_a_figure_that_the_service_does_not_tell(exported: str) -> None:
    told = set(types_in(exported))

    named = {name.removesuffix("_bucket") for name in re.findall(r"\bnewsletter_\w+", RULES)}

    assert named <= told


@pytest.mark.parametrize("duty", ["signups", "journal writing"])
def test_the_duty_whose_silence_rings_is_one_that_the_worker_reports(
    duty: str, make_app: Callable[..., Flask], service: Flask, tmp_path: Path
) -> None:
    app = make_app(journal=str(tmp_path / "journal"))
    with app.app_context():
        app.test_cli_runner().invoke(args=["worker", "--once"])

    sample = f'newsletter_job_last_run_timestamp_seconds{{duty="{duty}"}}'

    assert sample in RULES
    assert sample in app.test_client().get("/metrics").text


def test_a_rule_that_has_never_been_done_is_told_of_so_that_it_can_ring(exported: str) -> None:
    """One that fails ever since a release brought it would else look like one that there is not."""
    for rule in DUTIES:
        assert f'newsletter_job_last_run_timestamp_seconds{{duty="{rule}"}} 0.0\n' in exported
        assert f'newsletter_deletions_total{{reason="{rule}"}} 0.0\n' in exported


def test_nobody_is_woken_by_a_stranger_whose_requests_cannot_be_read() -> None:
    faults = re.findall(r'status=~"(\S+?)"', RULES)

    assert faults
    assert not [status for status in STATUS.values() for fault in faults if re.fullmatch(fault, str(status))]


@pytest.mark.parametrize("slug", ["nyhedsbrev", "webshop"])
def test_a_newsletter_is_told_of_before_anybody_has_signed_up(exported: str, slug: str) -> None:
    """Prometheus sees no increase in a figure that has just come: the first confirmations would be none to an alarm."""
    assert f'newsletter_confirmations_total{{newsletter="{slug}"}} 0.0\n' in exported
    for result in ("signed_up", "confirmed", "expired", "not_me"):
        assert f'newsletter_signups_total{{newsletter="{slug}",result="{result}"}} 0.0\n' in exported
