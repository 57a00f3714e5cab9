"""A database that goes away, and a person who confirms, while a letter is on its way (PRODUCT 4.3, 4.8)."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from newsletter import catalog, outbox, selfservice, signups
from newsletter.outbox import Courier, State
from tests.conftest import EXAMPLE, migrate
from tests.kept import faults, proof
from tests.people import Inbox, People, later
from tests.servers import own_postgres
from tests.verbs.claims.workers import ADA, GRACE, LINUS, Attentive


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_relay_took_while_the_database_went_away_is_not_sent_again(
    make_app: Callable[..., Flask], relay: Attentive
) -> None:
    with own_postgres() as server:
        url = server.create_database()
        migrate(url)
        app = make_app(database_url=url)
        with app.app_context():
            catalog.apply(EXAMPLE.read_text())
            People(app.test_client(use_cookies=False), Inbox(app, relay)).ask_each(ADA, GRACE, LINUS)
            courier, other = Courier(selfservice.Author()), Courier(selfservice.Author())

            relay.meanwhile["TAKEN"] = server.kill
            for _ in range(2):
                with pytest.raises(OperationalError):
                    courier.deliver_due()
            server.start()
            other.spare_others()  # as at its last look, every two seconds
            with later(seconds=45):  # all this took longer than a claim lasts, and the other is faster
                assert other.deliver_due() == 0
                while courier.deliver_due():
                    pass
            courier.close()

            assert relay.got == [ADA, GRACE, LINUS]
            assert outbox.standing().letters == {State.SENT: 3}


class Mortal(selfservice.Author):
    """An author that dies before it has written the proof."""

    def sent_late(self, letter_id: str) -> None:
        raise OperationalError("the proof", None, Exception("gone"))


@pytest.fixture
def confirms_meanwhile(
    make_app: Callable[..., Flask], people: People, inbox: Inbox, relay: Attentive
) -> Iterator[None]:
    """Ada asks again after a while; just as the second letter is taken, she presses the first one's button."""
    people.ask_each(ADA)
    first = inbox.link(ADA)
    browser = People(make_app().test_client(use_cookies=False), inbox)
    with later(minutes=11):
        people.ask_each(ADA)
        relay.meanwhile["TAKEN"] = lambda: browser.press(first, "confirm")
        yield


def acts() -> list[str]:
    """What Ada's evidence says, after looking whether it is whole."""
    assert faults(ADA) == []
    told = proof(ADA)
    assert len({one["contact"] for one in told}) == 1
    return [one["act"] for one in told]


@pytest.mark.usefixtures("confirms_meanwhile")
def test_a_letter_that_arrives_after_the_confirmation_is_evidence_too(
    inbox: Inbox, contents: Callable[[], dict[str, list[str]]]
) -> None:
    inbox.work()

    assert acts() == ["signed_up", "letter_sent", "confirmed", "letter_sent"]
    assert contents()["letters"] == []


@pytest.mark.usefixtures("confirms_meanwhile")
def test_a_worker_that_dies_before_it_wrote_that_evidence_leaves_it_to_the_others(
    contents: Callable[[], dict[str, list[str]]],
) -> None:
    courier = Courier(Mortal())
    with pytest.raises(OperationalError):
        courier.deliver_due()
        courier.deliver_due()
    courier.handover.trunk.quit()

    for _ in range(2):
        signups.forget_stray_letters()

    assert acts() == ["signed_up", "letter_sent", "confirmed", "letter_sent"]
    assert contents()["letters"] == []


@pytest.mark.usefixtures("confirms_meanwhile")
def test_a_letter_refused_after_the_confirmation_leaves_nothing_behind(
    inbox: Inbox, relay: Attentive, contents: Callable[[], dict[str, list[str]]]
) -> None:
    relay.answer("TAKEN", "550 5.1.1 No such user after all")

    inbox.work()
    with later(days=1, minutes=1):  # until then five in a row may show that it was the relay's trouble
        signups.forget_stray_letters()

    assert acts() == ["signed_up", "letter_sent", "confirmed"]
    assert contents()["letters"] == []
