"""Changes to what somebody wants, as each door makes them."""

from newsletter.consent import Visit
from newsletter.subscriptions import Cause, Channel
from tests.kept import contact

ADA = "ada@example.org"
HER_PAGE = Cause(Channel.ME, Visit(ip="192.0.2.7"))


def state(purpose: str = "tracking", address: str = ADA) -> str:
    return contact(address).state_of(purpose)
