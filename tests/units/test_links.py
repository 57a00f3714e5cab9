"""Links: short, unforgeable, bound to one purpose; keys can change under them (D1.1, D1.2, D1.5)."""

import string
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from newsletter import clock, ids, keyring, links
from newsletter.app import create_app
from newsletter.config import SecretKey
from newsletter.errors import LinkDead, NonceStale
from newsletter.links import Purpose
from tests.conftest import SECRET, settings_for
from tests.people import later

NEWER = SecretKey(secret="another secret for tests, newer than it")
REDUCED = SecretKey(secret=SECRET.secret, reduces=True)
BASE64 = set(string.ascii_letters + string.digits + "-_")
EVERY_PURPOSE = pytest.mark.parametrize("purpose", Purpose)
LEAVING = {Purpose.CANCEL, Purpose.UNSUBSCRIBE, Purpose.MANAGE, Purpose.DENY, Purpose.STOP}
Ring = Callable[..., Flask]


@pytest.fixture
def ring() -> Ring:
    """A process with these keys, newest first."""

    def make(*keys: SecretKey) -> Flask:
        return create_app(replace(settings_for("sqlite://"), secret_keys=keys))

    return make


@pytest.fixture(autouse=True)
def process(ring: Ring) -> Iterator[None]:
    with ring(SECRET).app_context():
        yield


@EVERY_PURPOSE
def test_a_link_leads_to_its_object(purpose: Purpose) -> None:
    object_id = ids.new()

    assert links.read(purpose, links.sign(purpose, object_id)) == object_id


@EVERY_PURPOSE
def test_a_link_is_short_and_ends_in_no_dot(purpose: Purpose) -> None:
    for _ in range(200):
        token = links.sign(purpose, ids.new())
        link = links.url(purpose, token)
        assert len(link) < 120
        assert link[-1] in BASE64
        assert set(token) <= BASE64 | {"."}


def test_a_link_means_nothing_for_another_purpose() -> None:
    """B2.4, D1.2"""
    object_id = ids.new()
    for purpose in Purpose:
        for other in set(Purpose) - {purpose}:
            with pytest.raises(LinkDead):
                links.read(other, links.sign(purpose, object_id))


@EVERY_PURPOSE
def test_no_other_object_can_be_put_into_it(purpose: Purpose) -> None:
    """B2.4"""
    token, other = links.sign(purpose, ids.new()), ids.new()

    for forged in (token[:6] + other + token[30:], token[:6] + token[7:], token[:6] + "0" + token[6:]):
        with pytest.raises(LinkDead):
            links.read(purpose, forged)


def test_every_part_of_a_link_counts() -> None:
    """D1.1: it is a MAC of 256 bits."""
    token = links.sign(Purpose.CONFIRM, ids.new())

    assert len(token.rpartition(".")[2]) == 43
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(LinkDead):
            links.read(Purpose.CONFIRM, token[:place] + other + token[place + 1 :])


def test_a_link_has_one_spelling() -> None:
    """Whoever changes anything about it holds a forged one, also where base64 has bits to spare."""
    token = links.sign(Purpose.CONFIRM, ids.new())

    others = {f"{token[-1]}{more}" for more in ("=", "\uff0e", "\udc80")}
    for letter in BASE64 | others | {"=", ".", " ", ""}:
        if letter != token[-1]:
            with pytest.raises(LinkDead):
                links.read(Purpose.CONFIRM, token[:-1] + letter)
    with pytest.raises(LinkDead):
        links.read(Purpose.CONFIRM, token.replace(".", "\udc80."))


@given(st.text(max_size=200))
def test_no_text_whatever_is_a_link(text: str) -> None:
    for purpose in Purpose:
        with pytest.raises(LinkDead):
            links.read(purpose, text)


# Keys


def test_links_outlive_the_rotation_of_keys(ring: Ring) -> None:
    """D1.5"""
    object_id = ids.new()
    tokens = {purpose: links.sign(purpose, object_id) for purpose in Purpose}

    with ring(NEWER, SECRET).app_context():
        for purpose, token in tokens.items():
            assert links.read(purpose, token) == object_id
            assert links.sign(purpose, object_id) != token


def test_a_reducing_key_verifies_only_what_reduces(ring: Ring) -> None:
    object_id = ids.new()
    tokens = {purpose: links.sign(purpose, object_id) for purpose in Purpose}

    with ring(NEWER, REDUCED).app_context():
        for purpose in (Purpose.CANCEL, Purpose.UNSUBSCRIBE, Purpose.MANAGE):
            assert links.read(purpose, tokens[purpose]) == object_id
        with pytest.raises(LinkDead):
            links.read(Purpose.CONFIRM, tokens[Purpose.CONFIRM])


@EVERY_PURPOSE
def test_a_key_that_is_gone_verifies_nothing(ring: Ring, purpose: Purpose) -> None:
    """D1.2: nor does one of staging, which has keys of its own."""
    token = links.sign(purpose, ids.new())

    with ring(NEWER).app_context(), pytest.raises(LinkDead):
        links.read(purpose, token)


def test_a_link_cannot_claim_another_key(ring: Ring) -> None:
    token = links.sign(Purpose.CONFIRM, ids.new())

    with ring(NEWER, SECRET).app_context(), pytest.raises(LinkDead):
        links.read(Purpose.CONFIRM, keyring.newest().id + token[6:])


def test_each_purpose_has_a_key_of_its_own() -> None:
    """D1.6"""
    key = keyring.newest()

    purposes = ("link confirm", "link cancel", "page", "stamp", "suppression", "letter limit")

    derived = {key.derived(purpose) for purpose in purposes}

    assert len(derived) == len(purposes)
    assert all(len(one) == 32 and one != key.secret for one in derived)
    assert key.id not in SECRET.secret


# Pages


def test_a_nonce_brings_back_what_its_page_displayed() -> None:
    value = links.nonce(Purpose.CONFIRM, "signup", "digest")

    assert links.read_nonce(Purpose.CONFIRM, "signup", value).what == "digest"


def test_a_nonce_is_good_for_one_page_and_an_hour() -> None:
    value = links.nonce(Purpose.CONFIRM, "signup")

    for purpose, object_id in ((Purpose.CANCEL, "signup"), (Purpose.CONFIRM, "other"), (Purpose.CONFIRM, "signup ")):
        with pytest.raises(NonceStale):
            links.read_nonce(purpose, object_id, value)
    with later(minutes=59, seconds=58):
        links.read_nonce(Purpose.CONFIRM, "signup", value)
    with later(minutes=60, seconds=2), pytest.raises(NonceStale):
        links.read_nonce(Purpose.CONFIRM, "signup", value)


def test_a_page_of_a_machine_whose_clock_is_ahead_can_be_pressed_at_another() -> None:
    with later(seconds=50):
        value, mark = links.nonce(Purpose.CONFIRM, "signup"), links.mark(["signup"])
    with later(minutes=2):
        from_the_future = links.nonce(Purpose.CONFIRM, "signup")

    assert links.read_nonce(Purpose.CONFIRM, "signup", value).at <= clock.now()
    assert links.read_mark(mark) == ("signup",)
    with pytest.raises(NonceStale):
        links.read_nonce(Purpose.CONFIRM, "signup", from_the_future)


def test_neither_link_nor_stamp_is_a_nonce() -> None:
    for value in (links.sign(Purpose.CONFIRM, "signup"), links.stamp(), "", ".", "..", "\ud800", "x" * 9999):
        with pytest.raises(NonceStale):
            links.read_nonce(Purpose.CONFIRM, "signup", value)


def test_a_page_shown_before_the_keys_changed_can_still_be_pressed(ring: Ring) -> None:
    value = links.nonce(Purpose.CONFIRM, "signup")

    with ring(NEWER, SECRET).app_context():
        links.read_nonce(Purpose.CONFIRM, "signup", value)


def test_what_a_reduced_key_signed_still_lets_people_leave_and_does_nothing_else(ring: Ring) -> None:
    """Whoever the key leaked to would confirm others with a mark or a code of their own making (PRODUCT 4.12)."""
    nonces = {purpose: links.nonce(purpose, "object") for purpose in Purpose}
    mark, stamp = links.mark(["signup"]), links.stamp()

    with ring(NEWER, REDUCED).app_context():
        assert links.read_mark(mark) == ()
        assert links.stamp_age(stamp) is None
        for purpose in LEAVING:
            assert links.read_nonce(purpose, "object", nonces[purpose])
        for purpose in set(Purpose) - LEAVING:
            with pytest.raises(NonceStale):
                links.read_nonce(purpose, "object", nonces[purpose])


def test_a_browser_is_known_again_for_half_an_hour() -> None:
    """PRODUCT 4.4: minutes."""
    mark = links.mark(["signup", "another"])

    with later(minutes=29):
        assert links.read_mark(mark) == ("signup", "another")
    with later(minutes=31):
        assert links.read_mark(mark) == ()


def test_a_stamp_tells_its_age() -> None:
    stamp = links.stamp()

    with later(minutes=5):
        age = links.stamp_age(stamp)

    assert age is not None
    assert 299 <= age <= 303


def test_what_is_no_stamp_has_no_age() -> None:
    for value in ("", "x", links.nonce(Purpose.CONFIRM, "signup"), links.stamp()[:-3], "\ud800", "." * 5000):
        assert links.stamp_age(value) is None
