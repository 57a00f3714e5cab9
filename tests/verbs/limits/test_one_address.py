"""However often strangers ask for one address, they hold up nobody else's letters."""

from sqlalchemy import event

from newsletter.signups import Signup
from tests.people import Inbox, People

ADA = "ada@example.org"


def test_of_what_waits_for_an_address_a_round_looks_at_no_more_than_decides_on_its_letters(
    people: People, inbox: Inbox
) -> None:
    """C4"""
    for number in range(12):
        people.ask(ADA, first_name=f"Ada {'i' * number}")
        inbox.work()
    people.ask(ADA, first_name="Augusta")
    seen: list[Signup] = []

    event.listen(Signup, "load", note := lambda signup, _: seen.append(signup))
    inbox.work()

    event.remove(Signup, "load", note)
    assert len(seen) == 2  # this one, and the one whose letter was held back until now
    assert len(inbox.letters(ADA)) == 1
