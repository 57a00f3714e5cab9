"""A press whose page is older than its nonce, or that has none, does nothing: the page comes again (B6.3)."""

from collections.abc import Callable
from functools import wraps

from flask import Response, request

from newsletter.errors import NonceStale

View = Callable[[str], Response]


def when_stale(show: Callable[..., Response]) -> Callable[[View], View]:
    """Show the link's page once more, with a new nonce; it says why to whoever sent one, and nothing to others."""

    def decorate(press: View) -> View:
        @wraps(press)
        def pressed(token: str) -> Response:
            try:
                return press(token)
            except NonceStale:
                return show(token, again="nonce" in request.form)

        return pressed

    return decorate
