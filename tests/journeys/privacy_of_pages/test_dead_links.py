"""Dead links are one page, and no log line names a person or a link (PRODUCT 4.12; A4.8, D2)."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter import links
from newsletter.config import SecretKey
from newsletter.links import Purpose
from tests.conftest import Contents
from tests.journeys.privacy_of_pages.places import ADA, GRACE
from tests.people import Inbox, People, heard, later


def dead_tokens(places: dict[str, str], purpose: str, elsewhere: str) -> dict[str, str]:
    """What is no link of this purpose, for every reason there is."""
    living = places[purpose].rpartition("/")[2]
    foreign = places["unsubscribe" if purpose == "confirm" else "confirm"].rpartition("/")[2]
    body, _, signature = living.rpartition(".")
    return {
        "nonsense": "x",
        "foreign purpose": foreign,
        "foreign purpose's signature": f"{body}.{foreign.rpartition('.')[2]}",
        "another service's": elsewhere,
        "truncated": living[:-5],
        "cut at the dot": body,
        "cut behind the dot": f"{body}.",
        "doubled": living + living,
        "longer": f"{living}A",
        "another object": f"{living[:6]}{'0' * 24}.{signature}",
        "unknown key": f"ffffff{living[6:]}",
        "upper case": living.upper(),
        "deleted": places["gone"].rpartition("/")[2],
        "long": "a" * 4000,
        "zeros": "%00%00",
        "letters of elsewhere": "%C3%A6%F0%9F%92%A9%ff",
        "dots": "....",
        "blank": "%20",
    }


@pytest.mark.parametrize("accepted", ["text/html", "application/json"])
def test_every_dead_link_is_answered_alike(
    client: FlaskClient,
    people: People,
    places: dict[str, str],
    make_app: Callable[..., Flask],
    contents: Callable[[], Contents],
    accepted: str,
) -> None:
    """A4.8, B2.5, D1.2, D1.7: whatever is wrong with it, one answer; another service's link is one of them."""
    before = contents()
    staging = make_app(secret_keys=(SecretKey(secret="the secret of quite another service"),))
    with staging.app_context():
        elsewhere = {purpose.value: links.sign(purpose, "0" * 24) for purpose in Purpose}

    answers = set()
    for purpose in ("confirm", "cancel", "unsubscribe", "manage"):
        for reason, token in dead_tokens(places, purpose, elsewhere[purpose]).items():
            asked = {"headers": {"Accept": accepted}}
            got = client.get(f"/{purpose}/{token}", **asked)
            assert got.status_code == 404, (purpose, reason)
            answers.add(str(heard(got)))
            if purpose != "manage":
                fields = {"nonce": "x", "List-Unsubscribe": "One-Click", "never_again": "yes"}
                answers.add(str(heard(client.post(f"/{purpose}/{token}", data=fields, **asked))))
    with later(days=7, seconds=1):
        for purpose in ("confirm", "cancel"):
            answers.add(str(heard(client.get(places[purpose], headers={"Accept": accepted}))))
            answers.add(str(heard(client.post(places[purpose], headers={"Accept": accepted}))))

    assert len(answers) == 1
    assert contents() == before


def test_a_dead_links_page_names_nobody(client: FlaskClient, places: dict[str, str]) -> None:
    page = client.get(places["gone"]).text.lower()

    for trace in ("eve@", "e***@", "gone", places["gone"].lower(), "expired", "deleted", "confirmed", "unknown"):
        assert trace not in page


def test_no_log_line_of_a_whole_visit_names_a_person_or_a_link(
    service: Flask, make_app: Callable[..., Flask], inbox: Inbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """D2.2, A4.5, A7.11: what is not in them need not be deleted."""
    app = make_app(log_level="DEBUG")
    client = app.test_client(use_cookies=False)
    client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people = People(client, inbox)
    people.ask("nonsense@")
    people.ask(GRACE, source="https://www.example.org/x?email=grace@example.com")
    inbox.relay.answer("RCPT", "550 5.1.1 <grace@example.com>: no such user at 192.0.2.77", to=GRACE)
    people.subscribe(ADA, first_name="Augusta")
    paths = [inbox.link(ADA), inbox.link(ADA, "cancel"), people.unsubscribe_link(ADA)]
    people.leave(ADA)
    for path in paths:
        client.get(path)
        client.get(f"{path}x")
    client.get(f"/newsletters/nyhedsbrev?email={ADA}")
    inbox.work()

    logged = capsys.readouterr().err
    assert '"route":"/confirm/<token>"' in logged
    assert "letter not accepted" in logged
    tokens = [path.rpartition("/")[2] for path in paths]
    for trace in (
        "lovelace",
        "grace",
        "augusta",
        "192.0.2.77",
        "example.com",
        *tokens,
        *(t.partition(".")[0] for t in tokens),
    ):
        assert trace not in logged.lower(), trace
