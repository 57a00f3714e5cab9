"""The limit of one source: exact under a crowd, sliding, and only what is stored is counted (PRODUCT 4.11; C2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import text

from newsletter import config
from newsletter.config import SecretKey
from newsletter.db import transaction
from tests.conftest import SECRET, Contents
from tests.crowd import Crowd
from tests.people import People, at, later
from tests.verbs.limits.posting import HERE, Limited, Poster, hits
from tests.waiting import wait_for

PATH = "/newsletters/nyhedsbrev/signups"


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


def test_a_post_counts_for_a_whole_hour_however_early_in_its_minute_the_first_one_came(poster: Poster) -> None:
    with at(2027, 1, 1, 12, 0, 1):
        assert poster.post() == 202
    with at(2027, 1, 1, 12, 0, 50):
        assert poster.post_until_refused() == 19
    with at(2027, 1, 1, 13, 0, 20):
        assert poster.post() == 429
    with at(2027, 1, 1, 13, 0, 59):
        assert poster.post_until_refused() == 20


def test_it_makes_room_within_a_minute_of_its_hour_being_over_though_others_came_soon_after_it(poster: Poster) -> None:
    with at(2027, 1, 1, 12, 0, 30):
        assert poster.post() == 202
    with at(2027, 1, 1, 12, 1, 30):
        assert poster.post_until_refused() == 19

    with at(2027, 1, 1, 13, 1, 0):
        assert poster.post_until_refused() == 1


def test_what_a_machine_whose_clock_is_ahead_has_taken_counts_on_the_others_as_well(poster: Poster) -> None:
    with later(minutes=5):
        assert poster.post_until_refused() == 20

    assert poster.post() == 429


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


def test_a_limit_does_not_begin_anew_when_the_worker_tidies_up(people: People, poster: Poster) -> None:
    """C2: what still counts is no rubbish."""
    poster.post_until_refused()

    with later(minutes=30):
        people.client.application.test_cli_runner().invoke(args=["purge"])

        assert poster.post() == 429


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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("minute", "is_rotated"), [(5, False), (0, True)])
def test_the_last_of_twenty_is_one_whatever_minute_or_key_the_others_were_counted_under(
    minute: int, is_rotated: bool, make_app: Callable[..., Flask], people: People, poster: Poster
) -> None:
    """Also where somebody takes it at that very moment. SQLite has one writer: there nobody comes in between."""
    newest = (SecretKey(secret="the next" * 4), SECRET)
    last = Poster(make_app(secret_keys=newest), people) if is_rotated else poster

    with at(2027, 1, 1, 12, 0, 1):
        assert [poster.post() for _ in range(18)] == [202] * 18
    with at(2027, 1, 1, 12, minute, 2), ThreadPoolExecutor(1) as pool:
        assert last.post() == 202
        with transaction() as session:
            session.execute(text("UPDATE post_hits SET hits = 2 WHERE hits = 1"))
            answer = pool.submit(last.post)
            wait_for(1)
        assert answer.result() == 429


def test_no_limit_at_all_is_a_setting_too(limited: Limited, contents: Callable[[], Contents]) -> None:
    free = limited(source="")

    assert [free.post() for _ in range(25)] == [202] * 25
    assert hits(contents) == []
