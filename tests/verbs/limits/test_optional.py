"""Limits that the operator sets: of a domain, a newsletter, all (PRODUCT 4.11; C2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import text

from newsletter import catalog
from newsletter.db import reader, transaction
from tests.conftest import EXAMPLE, Contents
from tests.crowd import Crowd
from tests.people import People, later
from tests.verbs.limits.posting import Limited, Poster, hits
from tests.waiting import wait_for


def test_a_domain_can_be_limited(limited: Limited) -> None:
    poster = limited(domain="2/hour")

    assert [poster.post(f"192.0.2.{n}", domain="Example.COM") for n in range(3)] == [202, 202, 429]
    assert poster.post(domain="example.net") == 202
    assert poster.ask_for_link("192.0.2.9") == 202
    assert [poster.ask_for_link(f"192.0.2.{n}", domain="example.com") for n in range(2)] == [429, 429]


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
    assert poster.ask_for_link("192.0.2.9") == 429


def test_several_windows_hold_at_once(limited: Limited) -> None:
    poster = limited(source="2/minute;9/60seconds;3/hour")  # one of them twice: the stricter one holds

    assert poster.post_until_refused() == 2
    assert poster.told_to_come_back_in() == "60", "whichever of them it was (C18)"
    with later(minutes=2):
        assert poster.post_until_refused() == 1
    with later(minutes=5):
        assert poster.told_to_come_back_in() == "60"
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


@pytest.mark.parametrize("post", [Poster.post, Poster.ask_for_link])
def test_a_post_that_loses_a_race_for_one_limit_counts_in_no_other(
    post: Callable[[Poster], int], limited: Limited, crowd: Crowd
) -> None:
    poster = limited(source="20/hour", domain="5/hour")

    answers = crowd.do(*[partial(post, poster)] * 15)

    assert sorted(answers) == [202] * 5 + [429] * 10
    assert poster.post_until_refused(domain="example.com") == 5
    assert poster.post_until_refused(domain="example.net") == 5
    assert poster.post_until_refused(domain="example.edu") == 5


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_post_that_finds_the_last_room_taken_at_that_very_moment_is_refused_and_counts_nowhere(
    limited: Limited, contents: Callable[[], Contents]
) -> None:
    """SQLite has one writer: there nobody comes in between."""
    poster = limited(source="20/hour", domain="3/hour")
    for domain in ("example.org", "example.net"):
        assert poster.post(domain=domain) == 202

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            session.execute(text("UPDATE post_hits SET hits = 3 WHERE hits = 1"))  # both domains, not the source
            last = pool.submit(poster.post)
            wait_for(1)

        assert last.result() == 429
    with reader() as session:
        assert session.scalars(text("SELECT hits FROM post_hits ORDER BY hits")).all() == [2, 3, 3]
    assert len(contents()["signups"]) == 2


def test_an_origin_of_the_catalogue_may_have_a_limit_of_its_own(poster: Poster) -> None:
    limits = '[newsletters.nyhedsbrev.limits]\n"https://www.example.org" = "3/hour"\n'
    sender = "[newsletters.nyhedsbrev.sender]"
    catalog.apply(EXAMPLE.read_text().replace(sender, limits + sender))

    assert poster.post_until_refused("192.0.2.1", source="https://www.example.org/news") == 3
    assert poster.post_until_refused("192.0.2.2") == 20
