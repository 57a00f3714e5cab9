"""A post whose answer from the database was lost is made once more, by the same words, and stored once."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from newsletter import clock, guard, outbox
from newsletter.outbox import Draft, Letter
from tests.conftest import Contents


def waiting(address: str) -> dict[str, object]:
    draft = Draft(
        kind="fresh_link", newsletter=outbox.NO_NEWSLETTER, language="en", source=None, address=address, at=clock.now()
    )
    return draft.row()


def test_what_was_stored_although_nobody_heard_is_not_stored_again(
    service: Flask, contents: Callable[[], Contents]
) -> None:
    rows = {Letter: [waiting("ada@example.org")]}

    assert guard.write_within([], rows)
    assert guard.write_within([], rows)

    assert len(contents()["letters"]) == 1


def test_what_clashes_with_anything_else_is_a_fault(service: Flask, contents: Callable[[], Contents]) -> None:
    first, second = waiting("ada@example.org"), waiting("grace@example.org")
    guard.write_within([], {Letter: [first]})

    with pytest.raises(IntegrityError):
        guard.write_within([], {Letter: [second, first]})

    assert len(contents()["letters"]) == 1
