"""A change of address, at the links of its letters: the new address says yes, either says that it was not theirs."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Self

from flask import Response, request

from newsletter import addresses, links, selfservice, visitor
from newsletter.catalog import Wording
from newsletter.errors import AddressTaken
from newsletter.links import Purpose
from newsletter.pages import contact, silence
from newsletter.rendering import base_path
from newsletter.selfservice import Moving
from newsletter.subscriptions import Subscription


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """One newsletter that moves along: its name in the contact's language, and the words that were agreed to."""

    name: str
    language: str
    wordings: Collection[Wording]

    @classmethod
    def of(cls, subscription: Subscription) -> Self:
        name, language = contact.name_of(subscription), contact.language_of(subscription)
        return cls(name=name, language=language, wordings=contact.granted(subscription).values())


def show(token: str, *, again: bool) -> Response:
    """What would be sent to the new address, and the button; after it was pressed, that it was."""
    moving = selfservice.look(Purpose.MOVE, token)
    if moving.confirmed_at:
        return page_about(moving, "moved.html")
    return page_about(
        moving,
        "move.html",
        masked=addresses.mask(moving.address or ""),
        token=token,
        nonce=links.nonce(Purpose.MOVE, moving.id, moving.displayed),
        cancel_url=f"{base_path()}/cancel/{links.sign(Purpose.DENY, moving.id)}",
        again=again,
    )


def confirm(token: str) -> Response:
    """Before this is answered somebody may have ended what has just moved; the press has done what it was for."""
    moving = selfservice.look(Purpose.MOVE, token)
    try:
        confirmed_at = selfservice.arrive(token, request.form.get("nonce", ""), visitor.visit(request))
    except AddressTaken as taken:
        return page_about(moving, "problem.html", HTTPStatus.CONFLICT, sentence=str(taken))
    return page_about(replace(moving, confirmed_at=confirmed_at), "moved.html")


def show_denial(purpose: Purpose, token: str, *, again: bool) -> Response:
    moving = selfservice.look(purpose, token)
    return page_about(
        moving,
        "stop.html",
        token=token,
        nonce=links.nonce(purpose, moving.id),
        may_suppress=purpose is Purpose.DENY and not moving.confirmed_at,
        again=again,
        ticked=again and silence.wanted(),
    )


def deny(purpose: Purpose, token: str) -> Response:
    """The change may have been confirmed since the page was opened, and even since this press came."""
    moving = selfservice.look(purpose, token)
    confirmed_at = selfservice.refuse(purpose, token, silence.denial())
    until = silence.until() if purpose is Purpose.DENY and not confirmed_at else None
    return page_about(replace(moving, confirmed_at=confirmed_at), "stopped.html", silent_until=until)


def page_about(moving: Moving, template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """In the language, and in the newsletter's name, of the newest subscription."""
    agreed = [Agreed.of(one) for one in moving.subscriptions]
    return contact.page_for(moving.subscriptions[-1], template, status, moving=moving, agreed=agreed, **context)
