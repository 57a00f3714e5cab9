"""A change of address and something else at one moment: exactly one story comes of it (D3.7)."""

from concurrent.futures import ThreadPoolExecutor

from newsletter.db import transaction
from newsletter.subscriptions import person_lock
from tests.people import Forms, Inbox, People, later
from tests.servers import wait_until
from tests.verbs.races.pressing import in_line, on_postgresql, pressing, story

OLD, NEW = "ada@example.org", "ada@new.example.com"


@on_postgresql
def test_who_moves_as_somebody_presses_never_again_is_written_to_no_more(people: People, inbox: Inbox) -> None:
    """Both wait for the person, and the move comes first. SQLite has one writer."""
    people.subscribe(OLD)
    never = pressing(people, inbox.link(OLD, "cancel"), "cancel", never_again="yes")
    with later(minutes=11):
        people.subscribe(OLD, slug="webshop")
        own = people.fresh_link(OLD)
        asked = Forms(people.client.get(own).text).forms["address"]["fields"]
        people.client.post(own, data={**asked, "email": NEW})
        move = pressing(people, inbox.link(NEW), "confirm")

        with ThreadPoolExecutor(2) as pool:
            with transaction() as session:
                person_lock(session, OLD)
                moved = pool.submit(move)
                wait_until(lambda: in_line() == 1, "the move to wait for the person")
                cancelled = pool.submit(never)
                wait_until(lambda: in_line() == 2, "the press to wait behind it")

            assert (moved.result().status_code, cancelled.result().status_code) == (200, 200)

    assert story(NEW).count("unsubscribed") == 2
