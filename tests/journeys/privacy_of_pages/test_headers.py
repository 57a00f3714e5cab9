"""Every answer has the headers that browsers heed, and none a cookie (PRODUCT 4.12; D2, D3.1)."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.journeys.privacy_of_pages.places import ADA, spelt
from tests.people import Forms, Inbox, People

PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


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


def test_the_open_page_may_be_found_and_its_form_may_say_where_it_stands(client: FlaskClient) -> None:
    """Else no sign-up on it would be counted under its page, nor known again by its browser."""
    answer = client.get("/newsletters/nyhedsbrev")

    assert "X-Robots-Tag" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "same-origin"


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


def test_every_page_says_whose_it_is_and_whom_to_write_to(
    service: Flask, client: FlaskClient, places: dict[str, str]
) -> None:
    """A3.7, C20: the dead ones and those that refuse as well. A form for other sites stands on a page of theirs."""
    paths = [path for rule in service.url_map.iter_rules() for path in spelt(rule, places)]
    pages = {**{path: client.get(path) for path in paths}, **all_pages(client, places), "none": client.get("/none")}

    for path, answer in pages.items():
        if answer.mimetype == "text/html" and not path.endswith("/form.html") and not path.startswith("/api/"):
            for told in ("Lautrupvang 2B, 2750 Ballerup", "CVR 00000000", "nyhedsbrev@example.org"):
                assert told in answer.text, path
        answer.close()


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
