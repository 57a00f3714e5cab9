"""Pages leak nothing and looking changes nothing, whatever the route (PRODUCT 4.12; A4.8, D1.2, D1.7, D2, D3.1)."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from newsletter import access, links, rendering
from newsletter.access import Scope
from newsletter.config import SecretKey
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Payload, Wanted
from newsletter.links import Purpose
from tests.conftest import Contents
from tests.people import Forms, Inbox, People, later

ADA, GRACE, EVE = "ada.lovelace@example.org", "grace@example.com", "eve@example.org"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
EXEMPT = ("reads", "api_keys")
"""The two effects that a GET may have: the journal of reads, and the day of a key's last use (PRODUCT 4.12)."""
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@pytest.fixture
def places(people: People, inbox: Inbox) -> dict[str, str]:
    """Somebody in every standing, and the paths of their links."""
    people.subscribe(ADA, first_name="Augusta", tracking=True)
    people.ask(GRACE, topic="events")
    people.ask(EVE)
    found = {
        "confirmed": inbox.link(ADA),
        "ending": inbox.link(ADA, "cancel"),
        "unsubscribe": people.unsubscribe_link(ADA),
        "confirm": inbox.link(GRACE),
        "cancel": inbox.link(GRACE, "cancel"),
        "gone": inbox.link(EVE),
        "gone cancel": inbox.link(EVE, "cancel"),
    }
    people.press(found["gone cancel"], "cancel")
    contact_id = links.read(Purpose.UNSUBSCRIBE, found["unsubscribe"].rpartition("/")[2])
    manage = f"/manage/{links.sign(Purpose.MANAGE, contact_id)}"
    people.client.post("/manage", data={"email": ADA})
    wanted = Wanted(newsletter="nyhedsbrev", url="https://tool.example.org/hook", kinds=None, payload=Payload.FULL)
    webhook, _ = webhooks.add(wanted, None)
    return {**found, "manage": manage, "me": inbox.link(ADA, "me"), "contact": contact_id, "webhook": webhook.id}


def spelt(rule: Rule, places: dict[str, str]) -> Iterator[str]:
    """The addresses that a rule has here, one for each link of its kind."""
    tokens = [path for path in places.values() if path.startswith(str(rule.rule).partition("<")[0])]
    if "<token>" in rule.rule:
        yield from tokens
        return
    filled = {"slug": "nyhedsbrev", "contact_id": places["contact"], "name": "style.css", "filename": "style.css"}
    filled |= {"accent": "0062a3", "webhook_id": places["webhook"]}
    filled["digest"] = rendering.static_digest("style.css")
    yield re.sub(r"<(?:\w+:)?(\w+)>", lambda hole: filled[hole[1]], rule.rule)


def test_looking_at_anything_changes_nothing(
    service: Flask, client: FlaskClient, places: dict[str, str], contents: Callable[[], Contents]
) -> None:
    key = access.create("tool", list(Scope), [], None)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    before = contents()
    seen = []

    for rule in service.url_map.iter_rules():
        for path in spelt(rule, places):
            for accepted in ("text/html", "application/json"):
                for method in sorted({"GET", "HEAD", "OPTIONS"} & (rule.methods or set())):
                    answer = client.open(
                        path, method=method, headers={"Accept": accepted, "X-Forwarded-For": "1.2.3.4"}
                    )
                    seen.append((path, method, answer.status_code))
                    answer.close()

    assert {status for path, _, status in seen if path not in (places["gone"], places["gone cancel"])} <= {
        200,
        204,
        403,
    }
    after = contents()
    assert {name: rows for name, rows in after.items() if name not in EXEMPT} == {
        name: rows for name, rows in before.items() if name not in EXEMPT
    }


def test_what_a_route_does_not_do_it_refuses(
    service: Flask, client: FlaskClient, places: dict[str, str], contents: Callable[[], Contents]
) -> None:
    before = contents()
    paths = {path for rule in service.url_map.iter_rules() for path in spelt(rule, places)}
    known = {path: set(service.url_map.bind("localhost").allowed_methods(path)) for path in paths}

    for path, methods in known.items():
        for method in METHODS - methods:
            answer = client.open(path, method=method)
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["Allow"].split(", ")) == methods

    assert contents() == before


# Headers


def all_pages(client: FlaskClient, places: dict[str, str]) -> dict[str, TestResponse]:
    pages = {name: client.get(path) for name, path in places.items() if path.startswith("/")}
    for name in ("confirm", "cancel", "unsubscribe"):
        pages[f"blind {name}"] = client.post(places[name])
        pages[f"dead {name}"] = client.post(f"/{name}/x", data={"nonce": "x"})
        pages[f"json {name}"] = client.get(f"/{name}/x", headers={"Accept": "application/json"})
    pages["405"] = client.put(places["confirm"])
    for name in ("confirm", "unsubscribe"):
        fields = Forms(client.get(places[name]).text).forms[name]["fields"]
        pages[f"pressed {name}"] = client.post(places[name], data=fields)
    pages["one-click"] = client.post(places["unsubscribe"], data={"List-Unsubscribe": "One-Click"})
    return pages


def test_token_pages_are_kept_by_nobody_and_say_nowhere_that_they_were_seen(
    client: FlaskClient, places: dict[str, str]
) -> None:
    """D2.1"""
    for name, answer in all_pages(client, places).items():
        for header, value in PRIVATE.items():
            assert answer.headers.get(header) == value, (name, header)
        assert "Set-Cookie" not in answer.headers


def test_token_pages_may_load_and_post_only_to_ourselves(client: FlaskClient, places: dict[str, str]) -> None:
    """A8.10, D2.4"""
    for name, answer in all_pages(client, places).items():
        if answer.mimetype != "text/html":
            continue
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["object-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'", name
        assert policy["form-action"] == policy["style-src"] == "'self'"
        assert "script-src" not in policy
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text)


def test_every_answer_has_the_headers_that_browsers_heed(
    service: Flask, client: FlaskClient, places: dict[str, str]
) -> None:
    """D2.4, D3.10: and none that tells what it runs on."""
    paths = [path for rule in service.url_map.iter_rules() for path in spelt(rule, places)]
    asked = [client.options(path) for path in paths]
    answers = [*asked, *(client.get(path) for path in paths)]
    answers += [client.get("/nowhere"), client.post("/newsletters/nyhedsbrev/signups", json={})]

    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        for telling in ("X-Powered-By", "Via", "X-Runtime"):
            assert telling not in answer.headers
        answer.close()
    for answer in asked:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Content-Type" not in answer.headers


def test_where_the_base_is_https_it_stays_so_for_a_year(make_app: Callable[..., Flask], service: Flask) -> None:
    """D2.4"""
    secure = make_app(public_url="https://news.example.org").test_client()

    for path in ("/", "/confirm/x", "/newsletters/nyhedsbrev", "/nowhere"):
        assert secure.get(path).headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in service.test_client().get("/").headers


def test_the_flow_is_without_cookies(people: People, inbox: Inbox) -> None:
    """D2.5"""
    browser = people.client.application.test_client()
    answers = [
        browser.get("/newsletters/nyhedsbrev"),
        browser.post("/newsletters/nyhedsbrev/signups", data=people.filled(ADA)),
    ]
    link = inbox.link(ADA)
    answers.append(browser.get(link))
    answers.append(browser.post(link, data=Forms(answers[-1].text).forms["confirm"]["fields"]))

    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]


# Dead links


def heard(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [(name, value) for name, value in answer.headers if name not in ("X-Request-Id", "Date")]
    return answer.status_code, headers, answer.data


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


# Logs


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
