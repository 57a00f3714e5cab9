"""What counts double against its source (PRODUCT 4.11; C2)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from newsletter import links
from newsletter.config import Policy
from tests.people import People, later
from tests.verbs.limits.posting import Poster


@pytest.mark.parametrize(("seconds", "taken"), [(1.9, 10), (2, 20), (24 * 3600, 20), (24 * 3600 + 1, 10)])
def test_a_form_sent_too_early_or_too_late_counts_double(
    poster: Poster, service: Flask, seconds: float, taken: int
) -> None:
    """C10"""
    shown_at = datetime(2027, 1, 1, tzinfo=UTC)
    with time_machine.travel(shown_at, tick=False):
        rendered = links.stamp()

    with time_machine.travel(shown_at + timedelta(seconds=seconds), tick=False):
        assert poster.post_until_refused(rendered=rendered) == taken


def test_a_forged_render_time_counts_double(poster: Poster) -> None:
    assert poster.post_until_refused(rendered="forged") == 10


def test_without_a_render_time_a_post_counts_once(poster: Poster) -> None:
    assert poster.post_until_refused(rendered="") == 20


def test_what_counts_double_needs_room_for_two(poster: Poster) -> None:
    for _ in range(19):
        poster.post()

    for minutes in (0, 2):
        with later(minutes=minutes):
            assert poster.post(rendered="forged") == 429
    assert poster.post() == 202


def test_a_mailbox_of_a_role_is_refused_or_counts_double_or_is_taken(
    make_app: Callable[..., Flask], people: People
) -> None:
    """C13: refused unless the operator says otherwise; those of trade are as good as any."""
    for number, (policy, taken) in enumerate({"refuse": 0, "suspect": 10, "take": 20}.items(), 1):
        poster = Poster(make_app(role_addresses=Policy(policy)), people)
        assert poster.post_until_refused(f"192.0.2.{number}", email="No-Reply+news@example.org") == taken
        assert poster.post_until_refused(f"198.51.100.{number}", email="info@example.org") == 20


def test_a_throw_away_mailbox_counts_double_or_is_refused_or_taken(
    make_app: Callable[..., Flask], people: People, tmp_path: Path
) -> None:
    """C12: a shipped list, or the operator's own; suspected unless the operator says otherwise."""
    own = tmp_path / "domains.txt"
    own.write_text("# ours\nExample.NET \n")
    how = {"suspect": 10, "refuse": 0, "take": 20}

    for number, (policy, taken) in enumerate(how.items(), 1):
        poster = Poster(make_app(disposable_addresses=Policy(policy)), people)
        assert poster.post_until_refused(f"192.0.2.{number}", domain="eu.mailinator.com") == taken
        assert poster.post_until_refused(f"198.51.100.{number}") == 20
    listed = Poster(make_app(disposable_domains=str(own)), people)
    assert listed.post_until_refused("192.0.2.4", domain="example.net") == 10
    assert listed.post_until_refused("192.0.2.5", domain="mailinator.com") == 20
