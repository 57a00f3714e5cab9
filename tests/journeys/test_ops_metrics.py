"""The figures for Prometheus: the names that E15 asks for, and no personal data."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time

from flask import Flask
from flask.testing import FlaskClient

from newsletter import access, clock
from newsletter.config import Limit, networks
from tests.people import People, later, post
from tests.servers import Relay

ADA = "ada@example.org"
NAMES = {
    "newsletter_signups_total",
    "newsletter_confirmations_total",
    "newsletter_time_to_confirm_seconds",
    "newsletter_mails_total",
    "newsletter_queue_oldest_age_seconds",
    "newsletter_relay_paused",
    "newsletter_unsubscribes_total",
    "newsletter_deletions_total",
    "newsletter_overdue_deletions",
    "newsletter_job_last_run_timestamp_seconds",
    "newsletter_rate_limited_total",
    "newsletter_http_requests_total",
    "newsletter_http_request_duration_seconds",
    "newsletter_forwarded_header_ignored_total",
    "newsletter_trapped_total",
    "newsletter_database_up",
    "newsletter_keys_held",
    "newsletter_feed_keys_last_used_timestamp_seconds",
    "newsletter_webhook_deliveries_total",
    "newsletter_webhook_lag_seconds",
    "newsletter_webhooks_gone",
    "newsletter_withdrawal_propagation_seconds",
    "newsletter_connector_deliveries_total",
    "newsletter_connector_withdrawal_seconds",
    "newsletter_connector_lag_seconds",
    "newsletter_connector_dead",
    "newsletter_connector_misconfigured",
    "newsletter_connector_drift",
    "newsletter_mails_aside",
    "newsletter_inbound_proven_timestamp_seconds",
    "newsletter_dsar_open",
    "newsletter_dsar_overdue",
    "newsletter_consents_lapse_stopped",
    "newsletter_consents_unused",
}
MakeApp = Callable[..., Flask]


def figure(client: FlaskClient, sample: str) -> float:
    """The value of one sample, written as Prometheus does."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_every_figure_has_its_name(client: FlaskClient) -> None:
    """E15"""
    named = set(re.findall(r"^# TYPE (\w+) ", client.get("/metrics").text, re.MULTILINE))

    assert named == NAMES


def test_what_robots_fill_in_is_counted_and_nothing_else_is(client: FlaskClient, people: People) -> None:
    """C9, on every way in."""
    key = access.create("the site", [access.Scope.SIGNUPS_WRITE], [], None)
    before = figure(client, "newsletter_trapped_total")

    people.ask(ADA, website="x")
    people.ask_by_script(ADA, website="x")
    client.post("/manage", data={"email": ADA, "website": "x"})
    by_key = {"json": {"email": ADA, "website": "x"}, "headers": {"Authorization": f"Bearer {key}"}}
    client.post("/api/v1/newsletters/nyhedsbrev/signups", **by_key)

    assert figure(client, "newsletter_trapped_total") == before + 4


def test_what_became_of_signups_is_counted(client: FlaskClient, people: People) -> None:
    """E15"""
    of_this_process = ('newsletter_unsubscribes_total{channel="page"}', "newsletter_time_to_confirm_seconds_count")
    before = [figure(client, sample) for sample in of_this_process]
    people.subscribe(ADA)
    people.leave(ADA)
    people.ask("grace@example.org")
    people.inbox.work()

    assert figure(client, 'newsletter_signups_total{newsletter="nyhedsbrev",result="signed_up"}') == 2
    assert figure(client, 'newsletter_signups_total{newsletter="nyhedsbrev",result="confirmed"}') == 1
    assert figure(client, 'newsletter_confirmations_total{newsletter="nyhedsbrev"}') == 1
    assert [figure(client, sample) for sample in of_this_process] == [count + 1 for count in before]


def test_limits_that_refused_nothing_yet_say_so(client: FlaskClient) -> None:
    """E15: of a series that begins at 1, nobody sees that it has risen."""
    told = client.get("/metrics").text

    for rule_class in ("posts", "address_changes", "own_page"):
        assert f'newsletter_rate_limited_total{{rule_class="{rule_class}"}} ' in told


def test_what_a_limit_refused_is_counted(client: FlaskClient, people: People, make_app: MakeApp) -> None:
    """E15"""
    sample = 'newsletter_rate_limited_total{rule_class="posts"}'
    before = figure(client, sample)
    strict = People(make_app(limit_source=(Limit(most=1, seconds=60),)).test_client(), people.inbox)

    assert [strict.ask(ADA).status_code for _ in range(2)] == [303, 429]

    assert figure(client, sample) == before + 1


def test_what_the_limit_of_address_changes_refused_is_counted_apart(client: FlaskClient, people: People) -> None:
    """E15"""
    sample = 'newsletter_rate_limited_total{rule_class="address_changes"}'
    before = figure(client, sample)
    people.subscribe(ADA)
    link = people.fresh_link(ADA)

    asked = [post(people, link, "address", email=f"grace{number}@example.com") for number in range(6)]

    assert [answer.status_code for answer in asked] == [200] * 5 + [429]
    assert figure(client, sample) == before + 1


def test_letters_are_counted_by_kind_and_by_what_the_relay_said(
    client: FlaskClient, people: People, relay: Relay
) -> None:
    people.subscribe(ADA)
    relay.answer("RCPT", "550 5.1.1 No such user here")
    people.ask("grace@example.org")
    people.inbox.work()

    sample = 'newsletter_mails_total{kind="confirmation",newsletter="nyhedsbrev",result="%s"}'
    assert figure(client, sample % "accepted") == 1
    assert figure(client, sample % "refused") == 1


def test_leavings_are_counted_by_their_door_also_by_one_that_no_web_process_opens(
    client: FlaskClient, people: People
) -> None:
    """E15."""
    people.subscribe(ADA, "grace@example.org")
    people.leave(ADA)
    left = ["contacts", "unsubscribe", "grace@example.org", "--reason", "phone", "--actor", "Hedy"]

    for _ in range(2):
        client.application.test_cli_runner().invoke(args=left)

    assert figure(client, 'newsletter_unsubscribes_total{channel="page"}') == 1
    assert figure(client, 'newsletter_unsubscribes_total{channel="staff"}') == 1


def test_a_letter_that_waits_grows_old_and_a_pause_shows(client: FlaskClient, people: People) -> None:
    client.application.test_cli_runner().invoke(args=["letters", "pause", "--reason", "moving"])
    people.ask(ADA)

    assert figure(client, "newsletter_queue_oldest_age_seconds") > 0
    assert figure(client, "newsletter_relay_paused") == 1


def test_letters_that_were_sent_or_are_held_back_do_not_grow_old(client: FlaskClient, people: People) -> None:
    people.ask(ADA)
    people.ask(ADA, language="da")
    people.inbox.work()

    with later(minutes=5):
        assert figure(client, "newsletter_queue_oldest_age_seconds") == 0


def test_requests_are_counted_by_route_and_never_by_path(client: FlaskClient, people: People) -> None:
    sample = 'newsletter_http_requests_total{method="GET",route="/confirm/<token>",status="200"}'
    before = figure(client, sample)
    people.ask(ADA)
    link = people.inbox.link(ADA)

    client.get(link)

    assert figure(client, sample) == before + 1
    assert link.rpartition("/")[2] not in client.get("/metrics").text


def test_when_a_tool_last_came_for_its_list_shows_as_long_as_it_may_come(client: FlaskClient) -> None:
    """A6.6: one that has stopped to ask goes on mailing those who have left since."""
    for scope in (access.Scope.FEED_READ, access.Scope.SIGNUPS_WRITE):
        key = access.create("the tool", [scope], [], None)
        sample = f'newsletter_feed_keys_last_used_timestamp_seconds{{key="{key.split("_")[1]}"}}'
        assert figure(client, sample) == 0

        client.get("/api/v1/newsletters/nyhedsbrev/changes", headers={"Authorization": f"Bearer {key}"})

        today = datetime.combine(clock.now().date(), time(), UTC).timestamp()
        assert figure(client, sample) == (today if scope is access.Scope.FEED_READ else 0)
        access.revoke(key.split("_")[1])
        assert figure(client, sample) == 0


def test_strangers_cannot_make_up_labels(client: FlaskClient) -> None:
    """E15, A4.5: labels are bounded, and nobody's address."""
    client.open("/no/such/path/ada@example.org", method="FROBNICATE")

    told = client.get("/metrics").text

    assert "FROBNICATE" not in told
    assert "ada@example.org" not in told
    assert 'method="other",route="none"' in told


def test_every_forwarding_header_that_is_ignored_is_counted(make_app: MakeApp) -> None:
    """PRODUCT 4.11: whatever is asked, and whatever comes of it; never a trusted proxy's."""
    client, behind_proxy = make_app().test_client(), make_app(trusted_proxies=networks("127.0.0.0/8")).test_client()
    before = figure(client, "newsletter_forwarded_header_ignored_total")
    for asker in (client, behind_proxy):
        asker.get("/newsletters/nyhedsbrev", headers={"X-Forwarded-For": "203.0.113.9"})
        asker.post("/manage", data="x", headers={"Forwarded": "for=203.0.113.9", "Content-Type": "text/plain"})
        asker.get("/newsletters/nyhedsbrev")

    assert figure(client, "newsletter_forwarded_header_ignored_total") == before + 2


def test_a_scrape_without_a_database_tells_just_that(make_app: MakeApp) -> None:
    client = make_app(database_url="sqlite:////nowhere/at/all.db").test_client()

    assert client.get("/metrics").status_code == 200
    assert "newsletter_database_up 0.0" in client.get("/metrics").text
