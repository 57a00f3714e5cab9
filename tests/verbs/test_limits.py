"""Limits of posts: exact under a crowd, sliding, and only what is stored is counted (PRODUCT 4.11; C2)."""

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter import catalog, config, links
from newsletter.config import SecretKey
from newsletter.mail_settings import Policy
from tests.conftest import EXAMPLE, SECRET, Contents
from tests.crowd import Crowd
from tests.people import People, later

PATH = "/newsletters/nyhedsbrev/signups"
HERE = "192.0.2.1"


class Poster:
    """Somebody who posts for one new address after another."""

    def __init__(self, app: Flask, people: People) -> None:
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.consents = [people.wordings()["newsletter"]]
        self.numbers = count()

    def post(self, ip: str = HERE, *, domain: str = "example.org", slug: str = "nyhedsbrev", **more: Any) -> int:
        body = {"email": f"p{next(self.numbers)}@{domain}", "consents": self.consents, **more}
        return self.client.post(
            f"/newsletters/{slug}/signups", json=body, environ_overrides={"REMOTE_ADDR": ip}
        ).status_code

    def post_until_refused(self, ip: str = HERE, **more: Any) -> int:
        """How many were taken."""
        taken = 0
        while self.post(ip, **more) == 202:
            taken += 1
        return taken


@pytest.fixture
def poster(people: People) -> Poster:
    return Poster(people.client.application, people)


Limited = Callable[..., Poster]


@pytest.fixture
def limited(make_app: Callable[..., Flask], people: People) -> Limited:
    """Somebody who posts to a process with these limits: `limited(domain="2/hour")`."""

    def make(**limits: str) -> Poster:
        settings = {f"limit_{name}": config.limits(raw) for name, raw in limits.items()}
        return Poster(make_app(**settings), people)

    return make


def hits(contents: Callable[[], Contents]) -> list[str]:
    return contents()["post_hits"]


# One source


def test_twenty_an_hour_is_exact_however_many_post_at_once(
    make_app: Callable[..., Flask], people: People, crowd: Crowd, contents: Callable[[], Contents]
) -> None:
    processes = [Poster(make_app(), people) for _ in range(2)]

    answers = crowd.do(*[one.post for one in processes * 20])

    assert sorted(answers) == [202] * 20 + [429] * 20
    assert len(contents()["signups"]) == len(contents()["letters"]) == 20


def test_who_is_over_the_limit_learns_no_more_than_to_come_back(people: People, poster: Poster) -> None:
    """C18"""
    poster.post_until_refused()
    people.client.environ_base["REMOTE_ADDR"] = HERE

    by_script, by_form = people.ask_by_script("ada@example.org"), people.ask("ada@example.org")

    for answer in (by_script, by_form):
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "3600"
        for telling in ("source", "address", "20", "limit_", HERE):
            assert telling not in answer.get_data(as_text=True).replace('value="', "") or answer is by_form
    assert by_script.get_json().keys() == {"type", "title", "status", "detail"}


def test_the_hour_slides(poster: Poster) -> None:
    for _ in range(10):
        assert poster.post() == 202
    with later(minutes=30):
        assert poster.post_until_refused() == 10
    for minutes in (58, 59, 59.5, 59.9):
        with later(minutes=minutes):
            assert poster.post() == 429
    with later(minutes=61):
        assert poster.post_until_refused() == 10
    with later(minutes=91):
        assert poster.post_until_refused() == 10


def test_what_is_refused_counts_against_nothing(poster: Poster, contents: Callable[[], Contents]) -> None:
    assert poster.post_until_refused() == 20
    before = contents()

    for _ in range(5):
        assert poster.post() == 429

    assert contents() == before


def test_neither_looking_nor_mistakes_count(people: People, poster: Poster, contents: Callable[[], Contents]) -> None:
    for _ in range(25):
        assert poster.client.get("/newsletters/nyhedsbrev", environ_overrides={"REMOTE_ADDR": HERE}).status_code == 200
        assert poster.post(email="nonsense") == 422
        assert poster.post(consents=["0123456789abcdef"]) == 409
        assert poster.post(website="spam") == 202

    assert hits(contents) == []
    assert poster.post_until_refused() == 20


def test_one_source_does_not_use_up_another(poster: Poster) -> None:
    poster.post_until_refused("192.0.2.1")

    assert poster.post("192.0.2.2") == 202


def test_of_ipv6_a_source_is_the_64_that_a_subscriber_has(poster: Poster) -> None:
    for number in range(20):
        assert poster.post(f"2001:db8:1:2:{number:x}::{number:x}") == 202

    assert poster.post("2001:db8:1:2:ffff:ffff:ffff:ffff") == 429
    assert poster.post("2001:db8:1:3::1") == 202


def test_an_ipv4_address_is_one_source_however_it_is_written(poster: Poster) -> None:
    for number in range(20):
        assert poster.post("::ffff:192.0.2.1" if number % 2 else "192.0.2.1") == 202

    assert poster.post("192.0.2.1") == poster.post("::ffff:192.0.2.1") == 429


def test_a_forged_header_is_no_way_around(people: People, poster: Poster) -> None:
    poster.post_until_refused()
    fields = people.filled("ada@example.org")

    for forged in ("1.2.3.4", "127.0.0.1"):
        answer = people.client.post(
            PATH, data=fields, headers={"X-Forwarded-For": forged}, environ_overrides={"REMOTE_ADDR": HERE}
        )
        assert answer.status_code == 429


def test_behind_a_trusted_proxy_the_address_that_counts_is_the_one_on_record(
    make_app: Callable[..., Flask], people: People, contents: Callable[[], Contents]
) -> None:
    """D3.3"""
    client = make_app(trusted_proxies=config.networks(HERE)).test_client(use_cookies=False)
    client.environ_base["REMOTE_ADDR"] = HERE

    def post(number: int, seen: str) -> int:
        fields = people.filled(f"p{number}@example.org")
        return client.post(PATH, data=fields, headers={"X-Forwarded-For": f"203.0.113.9, {seen}"}).status_code

    assert [post(number, "198.51.100.7") for number in range(21)] == [303] * 20 + [429]
    assert post(21, "198.51.100.8") == 303
    rows = str(contents()["signups"])
    assert [rows.count(ip) for ip in ("198.51.100.7", "198.51.100.8", "203.0.113.9", HERE)] == [20, 1, 0, 0]


def test_both_newsletters_share_the_source(people: People, poster: Poster) -> None:
    poster.post_until_refused()
    webshop = [people.wordings("webshop")["newsletter"]]

    assert poster.post(slug="webshop", consents=webshop) == 429


def test_a_source_is_kept_as_a_keyed_hash_and_not_for_long(
    people: People, poster: Poster, contents: Callable[[], Contents]
) -> None:
    """C17"""
    poster.post()
    assert len(hits(contents)) == 1
    assert HERE not in hits(contents)[0]

    with later(hours=2, minutes=2):
        people.client.application.test_cli_runner().invoke(args=["purge"])

    assert hits(contents) == []


def test_a_limit_does_not_begin_anew_when_the_keys_are_rotated(
    make_app: Callable[..., Flask], people: People, poster: Poster
) -> None:
    """PRODUCT 4.12: look-ups try the whole ring."""
    elder, newer = SecretKey(secret="an elder secret of this very service"), SecretKey(secret="the next" * 4)
    before, after = (Poster(make_app(secret_keys=ring), people) for ring in ((SECRET, elder), (newer, SECRET, elder)))
    oldest = Poster(make_app(secret_keys=(elder,)), people)

    assert [one.post() for one in (oldest, poster, before) for _ in range(4)] == [202] * 12
    assert after.post_until_refused() == 8
    assert before.post_until_refused("192.0.2.2") == after.post_until_refused("192.0.2.3") == 20


def test_no_limit_at_all_is_a_setting_too(limited: Limited, contents: Callable[[], Contents]) -> None:
    free = limited(source="")

    assert [free.post() for _ in range(25)] == [202] * 25
    assert hits(contents) == []


# Suspicious posts


@pytest.mark.parametrize(
    ("aged", "taken"), [({"seconds": 0}, 10), ({"seconds": 3}, 20), ({"hours": 23}, 20), ({"hours": 25}, 10)]
)
def test_a_form_sent_too_early_or_too_late_counts_double(
    poster: Poster, service: Flask, aged: dict[str, float], taken: int
) -> None:
    """C10"""
    with later(seconds=0):
        rendered = links.stamp()

        with later(**aged):
            accepted = 0
            while poster.post(rendered=rendered if aged != {"seconds": 0} else links.stamp()) == 202:
                accepted += 1

    assert accepted == taken


def test_a_forged_render_time_counts_double(poster: Poster) -> None:
    assert poster.post_until_refused(rendered="forged") == 10


def test_without_a_render_time_a_post_counts_once(poster: Poster) -> None:
    assert poster.post_until_refused(rendered="") == 20


def test_what_counts_double_needs_room_for_two(poster: Poster) -> None:
    for _ in range(19):
        poster.post()

    assert poster.post(rendered="forged") == 429
    assert poster.post() == 202


def test_a_throw_away_mailbox_counts_double_or_is_refused_or_taken(
    make_app: Callable[..., Flask], people: People, tmp_path: Path
) -> None:
    """C12: a shipped list, or the operator's own; suspected unless the operator says otherwise."""
    own = tmp_path / "domains.txt"
    own.write_text("# ours\nExample.NET\n")
    how = {"suspect": 10, "refuse": 0, "take": 20}

    for number, (policy, taken) in enumerate(how.items(), 1):
        poster = Poster(make_app(disposable_addresses=Policy(policy)), people)
        assert poster.post_until_refused(f"192.0.2.{number}", domain="eu.mailinator.com") == taken
    listed = Poster(make_app(disposable_domains=str(own)), people)
    assert listed.post_until_refused("192.0.2.4", domain="example.net") == 10
    assert listed.post_until_refused("192.0.2.5", domain="mailinator.com") == 20


# Optional limits


def test_a_domain_can_be_limited(limited: Limited) -> None:
    poster = limited(domain="2/hour")

    assert [poster.post(f"192.0.2.{n}", domain="Example.COM") for n in range(3)] == [202, 202, 429]
    assert poster.post(domain="example.net") == 202


def test_a_newsletter_can_be_limited(limited: Limited, people: People) -> None:
    poster = limited(newsletter="2/hour")
    webshop = [people.wordings("webshop")["newsletter"]]

    assert [poster.post(f"192.0.2.{n}") for n in range(3)] == [202, 202, 429]
    assert poster.post(slug="webshop", consents=webshop) == 202


def test_all_can_be_limited(limited: Limited, people: People) -> None:
    poster = limited(**{"global": "2/hour"})
    webshop = [people.wordings("webshop")["newsletter"]]

    assert [poster.post(f"192.0.2.{n}") for n in range(3)] == [202, 202, 429]
    assert poster.post("192.0.2.9", slug="webshop", consents=webshop, domain="example.net") == 429


def test_several_windows_hold_at_once(limited: Limited) -> None:
    poster = limited(source="2/minute;9/60seconds;3/hour")  # one of them twice: the stricter one holds

    assert poster.post_until_refused() == 2
    with later(minutes=2):
        assert poster.post_until_refused() == 1
    with later(minutes=5):
        assert poster.post() == 429
    with later(hours=1, minutes=5):
        assert poster.post() == 202


def test_what_one_limit_refuses_counts_in_no_other(limited: Limited, contents: Callable[[], Contents]) -> None:
    poster = limited(source="20/hour", domain="1/hour", newsletter="10/hour", **{"global": "10/hour"})
    poster.post()
    before = hits(contents)

    for _ in range(5):
        assert poster.post() == 429

    assert hits(contents) == before


def test_each_of_several_limits_is_exact_in_a_crowd(
    limited: Limited, crowd: Crowd, contents: Callable[[], Contents]
) -> None:
    poster = limited(source="20/hour", **{"global": "5/hour"})

    answers = crowd.do(*[partial(poster.post, f"192.0.2.{n}") for n in range(30)])

    assert sorted(answers) == [202] * 5 + [429] * 25
    assert len(contents()["signups"]) == 5


def test_a_post_that_loses_a_race_for_one_limit_counts_in_no_other(limited: Limited, crowd: Crowd) -> None:
    poster = limited(source="20/hour", domain="5/hour")

    answers = crowd.do(*[poster.post] * 15)

    assert sorted(answers) == [202] * 5 + [429] * 10
    assert poster.post_until_refused(domain="example.com") == 5
    assert poster.post_until_refused(domain="example.net") == 5
    assert poster.post_until_refused(domain="example.edu") == 5


def test_an_origin_of_the_catalogue_may_have_a_limit_of_its_own(poster: Poster) -> None:
    limits = '[newsletters.nyhedsbrev.limits]\n"https://www.example.org" = "3/hour"\n'
    sender = "[newsletters.nyhedsbrev.sender]"
    catalog.apply(EXAMPLE.read_text().replace(sender, limits + sender))

    assert poster.post_until_refused("192.0.2.1", source="https://www.example.org/news") == 3
    assert poster.post_until_refused("192.0.2.2") == 20
