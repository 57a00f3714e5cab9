"""A service with limits of its own, and posts to it."""

from collections.abc import Callable

import pytest
from flask import Flask

from newsletter import config
from tests.people import People
from tests.verbs.limits.posting import Limited, Poster


@pytest.fixture
def poster(people: People) -> Poster:
    return Poster(people.client.application, people)


@pytest.fixture
def limited(make_app: Callable[..., Flask], people: People) -> Limited:
    """Somebody who posts to a process with these limits: `limited(domain="2/hour")`."""

    def make(**limits: str) -> Poster:
        settings = {f"limit_{name}": config.limits(raw) for name, raw in limits.items()}
        return Poster(make_app(**settings), people)

    return make
