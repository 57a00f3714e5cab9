"""Workers and crowds among the presses: exactly one story comes of it (D3.7)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from werkzeug.test import TestResponse

from newsletter import privacy, selfservice, signups
from newsletter.db import reader, transaction
from newsletter.outbox import Courier, Letter
from newsletter.privacy import Erased
from newsletter.signups import Signup
from newsletter.subscriptions import Cause, Channel, Subscriber
from tests.crowd import Crowd
from tests.people import Inbox, People, later
from tests.verbs.races.pressing import ROUNDS, Deed, on_postgresql, pressing, story, waiting
from tests.waiting import wait_for


@ROUNDS
def test_two_workers_and_a_double_click_send_one_letter(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    fields = people.filled(address)

    def post() -> TestResponse:
        return people.client.application.test_client().post("/newsletters/nyhedsbrev/signups", data=fields)

    deeds: list[Deed] = [post, inbox.work, post, inbox.work, post]

    crowd.do(*deeds)

    assert len(inbox.letters(address)) == 1


@ROUNDS
def test_of_many_spellings_of_one_mailbox_posted_at_once_one_gets_a_letter(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    """C4: whichever workers decide on them."""
    spellings = [f"{local}@gmail.com" for local in ("ada", "a.da", "ad.a", "ada+1", "ada+2", "a.d.a+3", "ADA+4", "Ada")]
    filled = [people.filled(address) for address in spellings]

    def post(fields: dict[str, Any]) -> TestResponse:
        return people.client.application.test_client().post("/newsletters/nyhedsbrev/signups", data=fields)

    crowd.do(*[deed for fields in filled for deed in (partial(post, fields), inbox.work)])

    inbox.work()
    assert len(inbox.relay.letters) == 1


@on_postgresql
@pytest.mark.parametrize("which", ["the one pressed", "another"])
def test_a_press_waits_for_whoever_writes_to_a_letter_at_that_moment(people: People, inbox: Inbox, which: str) -> None:
    """Among a thousand letters, where the server joins otherwise than among a few. SQLite has one writer."""
    people.ask("ada@example.org", topic="events")
    press = pressing(people, inbox.link("ada@example.org"), "confirm")
    with reader() as session:
        first = session.scalars(select(Signup.id)).one()
    people.ask("ada@example.org")
    busy = Letter.signup_id == first if which == "the one pressed" else Letter.signup_id != first
    with transaction() as session:
        letter = dict(session.execute(select(Letter.__table__).where(busy)).mappings().one())
        crowd = [{**letter, "id": f"{n:024}", "signup_id": None} for n in range(1000)]
        session.execute(insert(Letter), crowd)
        session.execute(text("ANALYZE letters"))

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            session.execute(update(Letter).where(busy).values(attempts=Letter.attempts + 1))
            answer = pool.submit(press)
            wait_for(1)

        assert answer.result().status_code == 200
    assert story("ada@example.org") == ["confirmed"]
    assert waiting() == 0


@ROUNDS
def test_signing_up_again_while_confirming(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    address = f"ada{number}@example.org"
    people.ask(address, topic="events")
    fields = people.filled(address)
    deeds: list[Deed] = [
        pressing(people, inbox.link(address), "confirm"),
        lambda: people.client.application.test_client().post("/newsletters/nyhedsbrev/signups", data=fields),
        inbox.work,
    ]

    crowd.do(*deeds)
    with later(minutes=11):
        subjects = inbox.subjects(address)

    assert story(address) == ["confirmed"]
    assert len(subjects) <= 2
    assert subjects[0].startswith("Please confirm:")


@ROUNDS
def test_many_people_do_everything_at_once(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    """Nobody waits in a circle: no deadlock, no error, and everybody's story is whole."""
    names = [f"p{number}-{n}@example.org" for n in range(4)]
    for name in names:
        people.ask(name)
    inbox.work()
    deeds: list[Deed] = []
    for name in names:
        confirm = pressing(people, inbox.link(name), "confirm")
        cancel = pressing(people, inbox.link(name, "cancel"), "cancel", never_again="yes")
        deeds += [confirm, confirm, cancel]

    crowd.do(*deeds, inbox.work, partial(signups.expire, privacy.BATCH), signups.forget_stray_letters)

    for name in names:
        assert story(name) in ([], ["confirmed", "unsubscribed"])
    assert waiting() == 0


@on_postgresql
@pytest.mark.parametrize("change_claims", [Courier.renew, Courier.catch_up])
def test_who_is_erased_as_a_worker_keeps_or_gives_back_their_letters_is_gone(
    people: People, inbox: Inbox, change_claims: Callable[[Courier], None]
) -> None:
    """The worker waits for nobody, or both would in the end: it for a letter that is deleted, they for the next one."""
    people.subscribe("ada@example.org", topic="events")
    people.client.post("/manage", data={"email": "ada@example.org"})
    people.ask("ada@example.org")
    courier = Courier(selfservice.Author())
    courier.claim()

    def erase() -> Erased:
        with people.client.application.app_context():
            return privacy.erase_address("ada@example.org", Cause(Channel.STAFF))

    def work() -> None:
        with people.client.application.app_context():
            change_claims(courier)

    with ThreadPoolExecutor(2) as pool:
        with transaction() as session:
            session.scalars(select(Subscriber).with_for_update()).one()
            erased = pool.submit(erase)
            wait_for(1)
            pool.submit(work).result()

        assert len(erased.result().contact_ids) == 1
    assert waiting() == 0
