"""`flask contacts ...` of who is gone: what is kept all the same (A7.6, A7.8)."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from tests.verbs.contacts.looking import ADA, WHO


@pytest.mark.parametrize("whose", [ADA, "nobody@example.org"])
def test_of_whom_only_a_proof_or_a_keyed_hash_stays_that_is_told(
    ada: str, contacts: Callable[..., Result], service: Flask, whose: str
) -> None:
    """A7.6, A7.8, A8.2: nobody is told that less is kept."""
    contacts("erase", ADA, *WHO)
    service.test_cli_runner().invoke(args=["suppressions", "add", whose, *WHO])

    shown, again = contacts("show", whose, *WHO).stderr, contacts("erase", whose, *WHO).stdout

    for told in (shown, again):
        assert "; a keyed hash says until 20" in told
        assert "Nothing is kept" not in told
        assert "Only" not in told
        assert ("locked proof" in told) == (whose == ADA)
        assert ("Nobody had confirmed" in told) == (told == again and whose != ADA)
