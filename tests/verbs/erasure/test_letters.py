"""Letters that wait when their person is erased do not leave, nor stay (A7.6)."""

from newsletter import addresses, privacy, selfservice
from tests.people import Inbox, People
from tests.servers import Relay
from tests.verbs.erasure.searching import GRACE, STAFF, found

NEW = "ada@new.example.com"


def test_the_letter_that_asks_another_address_to_confirm_goes_too(ada: str, inbox: Inbox, relay: Relay) -> None:
    selfservice.change_address(ada, addresses.parse(NEW), STAFF)

    privacy.erase(ada, STAFF)

    assert found([NEW]) == []
    inbox.work()
    assert NEW not in relay.got


def test_what_an_address_asked_for_of_which_nothing_else_is_kept_goes_too(people: People) -> None:
    """However it was spelt."""
    people.client.post("/manage", data={"email": GRACE.replace("grace", "Grace")})
    assert found([GRACE]) == ["letters.address"]

    privacy.erase_address(GRACE, STAFF)

    assert found([GRACE]) == []
