"""What the catalogue came to ask for after somebody subscribed (PRODUCT 4.7)."""

from collections.abc import Callable

from newsletter import catalog, subscriptions
from newsletter.subscriptions import ConsentState
from tests.conftest import EXAMPLE, Contents
from tests.kept import kinds
from tests.people import People, later
from tests.purposes import profiling
from tests.verbs.preferences.changing import ADA, HER_PAGE, state


def ask_for_profiling() -> None:
    catalog.apply(EXAMPLE.read_text() + profiling("nyhedsbrev"))


def test_tracking_that_was_granted_before_is_told_once(ada: str, people: People) -> None:
    """PRODUCT 5.2: to a tool, `tracking_granted` is the beginning of it."""
    ask_for_profiling()

    subscriptions.grant(ada, {name: people.wordings()[name] for name in ("tracking", "profiling")}, HER_PAGE)

    assert state("profiling") == ConsentState.GRANTED
    assert kinds(ada) == ["confirmed", "updated"]


def test_so_it_is_where_another_signup_is_confirmed(ada: str, people: People) -> None:
    ask_for_profiling()
    with later(minutes=11):
        people.ask(ADA, consent=list(people.wordings().values()))
        people.confirm(ADA)

    assert state("profiling") == ConsentState.GRANTED
    assert kinds(ada) == ["confirmed", "updated"]


def test_whoever_has_left_is_not_asked_any_more(ada: str, people: People, contents: Callable[[], Contents]) -> None:
    people.leave(ADA)
    ask_for_profiling()
    before = contents()

    subscriptions.withdraw(ada, ["profiling"], HER_PAGE)

    assert contents() == before
