"""What people do in a restored database before it has caught up with its journal (A7.10, PRODUCT 4.9)."""

from collections.abc import Callable
from typing import Any

from newsletter import addresses, privacy, selfservice, signups
from newsletter.commands.duties import write_journal
from newsletter.db import reader
from newsletter.subscriptions import Cause, Channel
from tests.people import People
from tests.verbs.journal.restoring import ADA, EDITH, GRACE, MARY, contact_of, status_of

MARY_S_NEW = "mary@new.example.com"


def test_no_link_that_was_dropped_since_the_backup_brings_anybody_back(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """Whether somebody has left, cancelled or wants silence is not known yet; who has not presses again later."""
    for address in (ADA, GRACE, EDITH):
        people.ask(address)
    people.subscribe(MARY)
    selfservice.change_address(contact_of(MARY), addresses.parse(MARY_S_NEW), Cause(Channel.ME))
    links = {address: people.inbox.link(address) for address in (ADA, GRACE, EDITH, MARY_S_NEW)}
    backup = back_up()
    people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    people.confirm(GRACE)
    people.leave(GRACE)
    people.press(people.inbox.link(MARY, "cancel"), "cancel")
    write_journal()

    with restored(backup) as app:
        again = People(app.test_client(), people.inbox)
        meanwhile = [again.press(link, "confirm").status_code for link in links.values()]
        privacy.redo()
        assert again.press(links[EDITH], "confirm").status_code == 200
        dead = [app.test_client().get(links[address]).status_code for address in (ADA, GRACE, MARY_S_NEW)]
        assert (meanwhile, dead) == ([503] * 4, [404] * 3)
        assert (status_of(EDITH), status_of(MARY)) == ("subscribed", "subscribed")


def test_who_signs_up_again_in_a_restored_database_waits_on_although_they_had_left_or_were_erased(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """PRODUCT 4.2: their posts are answered as always, so nothing that they asked for before then takes these away."""
    people.subscribe(ADA, GRACE, MARY)
    people.ask(MARY, topic=["events"])
    backup = back_up()
    people.leave(ADA)
    people.press(people.inbox.links(MARY, "cancel")[0], "cancel")
    privacy.erase(contact_of(GRACE), Cause(Channel.STAFF))
    write_journal()

    with restored(backup) as app:
        again = People(app.test_client(), people.inbox)
        for address in (ADA, GRACE, MARY):
            assert again.ask(address).status_code == 303
        privacy.redo()

        with reader() as session:
            assert sorted(signup.address for signup in session.query(signups.Signup)) == [ADA, GRACE, MARY]
        for address in (ADA, GRACE, MARY):
            assert again.confirm(address).status_code == 200
        assert (status_of(ADA), status_of(GRACE)) == ("unsubscribed subscribed", "subscribed")
