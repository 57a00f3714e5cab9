"""What people do in a restored database before it has caught up with its journal (A7.10, PRODUCT 4.9)."""

from collections.abc import Callable
from typing import Any

from newsletter import addresses, privacy, selfservice
from newsletter.commands.worker import write_journal
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
