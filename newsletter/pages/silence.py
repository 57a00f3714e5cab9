"""The box "never write to this address again", and the press of "this was not me" that it often goes with."""

from datetime import datetime

from flask import request

from newsletter import catalog, clock, visitor
from newsletter.signups import Denial


def denial() -> Denial:
    """What a press of "this was not me" brings along."""
    return Denial(nonce=request.form.get("nonce", ""), never_again=wanted(), visit=visitor.visit(request))


def wanted() -> bool:
    """Whether the person also wants no more letters at this address."""
    return request.form.get("never_again") == "yes"


def until() -> datetime | None:
    """Until when that holds which this press has just asked for; None where it has not."""
    return catalog.term("suppressions").after(clock.now()) if wanted() else None
