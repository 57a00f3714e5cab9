"""A press on the person's own page that has to wait (PRODUCT 4.6)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from newsletter.db import transaction
from newsletter.subscriptions import person_lock
from tests.people import Forms, People, later
from tests.verbs.races.pressing import on_postgresql, story
from tests.waiting import wait_for

ADA = "ada@example.org"


@on_postgresql
def test_a_press_that_came_in_time_is_answered_although_the_link_runs_out_meanwhile(people: People) -> None:
    people.subscribe(ADA)
    link = people.fresh_link(ADA)
    fields = Forms(people.client.get(link).text).forms["restrict"]["fields"]

    with ThreadPoolExecutor(1) as pool, ExitStack() as clock:
        with transaction() as session:
            person_lock(session, ADA)
            pressed = pool.submit(people.client.post, link, data=fields)
            wait_for(1)
            clock.enter_context(later(hours=2))
        answer = pressed.result()
        assert (answer.status_code, "Saved. This takes effect at once." in answer.text) == (200, True)
        assert people.client.get(link).status_code == 404
    assert story(ADA) == ["confirmed", "restricted"]
