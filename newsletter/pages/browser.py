"""The browser that signed up, known again for minutes: for the shortcuts of confirming, and for nothing else.

The one cookie of the service, strictly necessary for what its newsletter has switched on. It is set by a form that
leads to a page of ours, names the browser's own signups under a signature, and every accepted post sets one of the same
kind, whosever address it was (C5). Of a form on another site, whose visitor may not know what it sent, it lets the
letter's code be typed, and nothing happen by itself.
"""

from flask import Response, request

from newsletter import catalog, config, links
from newsletter.catalog import Newsletter
from newsletter.rendering import is_framed

MOST = 10
"""The impatient send the form again and again; each makes a signup, and the one letter is the first one's."""
ELSEWHERE = "~"
"""Before a signup whose form stood on another site."""
LINGERS = 60  # seconds


def name() -> str:
    return "__Host-signup" if is_https() else "signup"


def is_https() -> bool:
    return config.current().is_https


def signups() -> list[str]:
    """The ids of the signups that this browser made in the last minutes."""
    return [one.removeprefix(ELSEWHERE) for one in marked()]


def is_of_our_page(signup_id: str) -> bool:
    """Whether this browser made it in the last minutes, on a page of ours."""
    return signup_id in marked()


def marked() -> tuple[str, ...]:
    return links.read_mark(request.cookies.get(name(), ""))


def remember(answer: Response, newsletter: Newsletter, signup_id: str) -> None:
    """Where the newsletter has a shortcut on that this form may lead to; on no site that frames it."""
    if newsletter.shortcuts.any and not is_framed():
        is_ours = is_from_our_page()
        if is_ours or newsletter.shortcuts.code:
            known = [*marked(), signup_id if is_ours else ELSEWHERE + signup_id][-MOST:]
            keep(answer, links.mark(known), links.MARK_AGE)


def is_from_our_page() -> bool:
    """Browsers name the origin of every post; one that another site's page made says so, or `null`."""
    own = catalog.origin_of(links.base_url())
    told = request.headers.get("Sec-Fetch-Site", "same-origin")
    return catalog.origin_of(request.headers.get("Origin", "")) == own and told == "same-origin"


def forget(answer: Response) -> None:
    """What is confirmed needs no shortcut any more."""
    if name() in request.cookies:
        keep(answer, "", 0)


def forget_soon(answer: Response) -> None:
    """Confirmed by the code, which is right here alone: whoever goes back and types it again is told so again."""
    keep(answer, request.cookies[name()], LINGERS)


def keep(answer: Response, value: str, age: int) -> None:
    answer.set_cookie(name(), value, max_age=age, path="/", secure=is_https(), httponly=True, samesite="Lax")
