"""Addresses: accepted widely, compared wisely, masked before they are shown (B3)."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from newsletter import addresses
from newsletter.addresses import EmailAddress
from newsletter.errors import AddressInvalid


@pytest.mark.parametrize(
    "typed",
    [
        "ada@example.org",
        "Ada.Lovelace+news@example.co.uk",
        "o'hara@example.org",
        "a=b@example.org",
        "!#$%&*/?^_`{|}~@example.org",
        "x" * 64 + "@example.org",
        "ada@xn--bcher-kva.example",
        "ada@1.example.org",
    ],
)
def test_an_ordinary_address_is_mailed_as_it_is(typed: str) -> None:
    """B3.3, B3.6"""
    found = addresses.parse(typed)

    assert found.typed == found.mailed == typed


def test_a_domain_is_mailed_in_lower_case_and_the_name_before_it_as_it_is() -> None:
    """B3.3"""
    assert addresses.parse("Ada.Lovelace@EXAMPLE.Org").mailed == "Ada.Lovelace@example.org"


def test_a_domain_in_other_letters_is_mailed_in_ascii() -> None:
    """B3.3"""
    found = addresses.parse("ada@Bücher.example")

    assert (found.typed, found.mailed) == ("ada@Bücher.example", "ada@xn--bcher-kva.example")
    assert found.key == addresses.parse("ada@xn--bcher-kva.example").key


@pytest.mark.parametrize(
    "typed",
    [
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@localhost",
        "ada@example.org.",
        " ada@example.org",
        "ada@example.org\n",
        "a b@example.org",
        "ada@exa mple.org",
        "ada@@example.org",
        "ada@[192.0.2.1]",
        '"a b"@example.org',
        "Ada <ada@example.org>",
        "a@example.org,b@example.org",
        "ada@-example.org",
        "ada..l@example.org",
        "ådå@example.org",
        "用户@example.org",
        "=1+1@example.org",
        "+ada@example.org",
        "-ada@example.org",
        "x" * 65 + "@example.org",
        "x@" + "y" * 64 + ".org",
        "a" * 64 + "@" + ".".join(["b" * 63] * 3),
        "ada@example.org\x00",
        "\ud800@example.org",
        "",
    ],
)
def test_what_is_not_one_plain_address_is_refused(typed: str) -> None:
    """B3.1, B3.2, B3.4"""
    with pytest.raises(AddressInvalid):
        addresses.parse(typed)


def test_254_octets_are_the_most() -> None:
    """B3.1"""
    fits = "x" * 64 + "@" + ".".join(["y" * 60, "y" * 60, "y" * 59]) + ".example"

    assert len(fits) == 254
    assert addresses.parse(fits).mailed == fits
    with pytest.raises(AddressInvalid):
        addresses.parse(fits.replace("@", "@y"))
    with pytest.raises(AddressInvalid):  # each ü is longer in ASCII than it looks
        addresses.parse("x" * 64 + "@" + ".".join(["ü" * 30] * 4) + ".example")


def test_one_mailbox_has_one_key_and_plus_tags_and_dots_make_others() -> None:
    """B3.3, B3.6"""

    def key(typed: str) -> str:
        return addresses.parse(typed).key

    assert key("ADA@Example.ORG") == key("ada@example.org")
    assert len({key("ada@gmail.com"), key("a.da@gmail.com"), key("ada+x@gmail.com"), key("ada@googlemail.com")}) == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG", True),
        ("ada@example.org", "ada+anything+more@example.org", True),
        ("a.d.a@example.org", "ada@example.org", False),
        ("a.d.a@gmail.com", "ada@gmail.com", True),
        ("a.da+x@googlemail.com", "ada@gmail.com", True),
        ("ada@gmail.com", "ada@example.org", False),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", True),
    ],
)
def test_the_limit_of_letters_folds_what_reaches_one_mailbox(one: str, other: str, same: bool) -> None:
    """B3.3: there alone."""
    assert (addresses.parse(one).limit_key == addresses.parse(other).limit_key) is same


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("ada@example.org", "a***@e***.org"),
        ("a@b.dk", "a***@b***.dk"),
        ("Grace.Hopper@mail.navy.example", "G***@m***.example"),
    ],
)
def test_a_mask_leaves_just_enough_for_its_owner(address: str, masked: str) -> None:
    assert addresses.mask(addresses.parse(address).mailed) == masked


def test_a_tools_hash_is_of_the_address_in_lower_case() -> None:
    expected = hashlib.sha256(b"ada@example.org").hexdigest()

    assert addresses.sha256("Ada@Example.org") == addresses.sha256("ada@example.org") == expected


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        found = addresses.parse(text)
    except AddressInvalid:
        return
    assert found.mailed.isascii()
    assert found.mailed.isprintable()
    assert len(found.mailed) <= 254
    assert not set(found.mailed) & set(' ,;<>()[]\\"\r\n')
    assert found.mailed.count("@") == 1
    assert addresses.parse(found.mailed).key == found.key


@given(st.from_regex(r"[ -~æ]{1,66}@[a-zA-Z0-9.æ\n-]{1,40}(\.[a-z]{2,3})?", fullmatch=True))
def test_a_plain_name_is_judged_as_the_library_judges_it(typed: str) -> None:
    assume(typed[0] not in addresses.FORMULA)

    assert judged(addresses.parse, typed) == judged(addresses.ascii_form, typed)


def judged(judge: Callable[[str], EmailAddress | str], typed: str) -> str | None:
    try:
        found = judge(typed)
    except AddressInvalid:
        return None
    return found if isinstance(found, str) else found.mailed
