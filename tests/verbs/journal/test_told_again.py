"""What is done again after a restore is done whole, and says what it said the first time (A7.10)."""

from collections.abc import Callable
from typing import Any

from newsletter import privacy
from newsletter.commands.worker import write_journal
from newsletter.privacy import restoration
from tests.people import People
from tests.verbs.evidence.chains import acts, faults, proof
from tests.verbs.journal.restoring import ADA, GRACE, MARY, status_of


def is_disputed(address: str) -> list[bool]:
    """What each later act of this person says, where it says anything about it."""
    return [record["facts"]["disputed"] for record in proof(address) if "disputed" in record["facts"]]


def test_proof_that_was_disputed_is_disputed_after_a_restore(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """PRODUCT 4.4: also of who had left before the backup, however often it is done again."""
    for address in (ADA, GRACE, MARY):
        people.subscribe(address)
    people.leave(GRACE)
    backup = back_up()
    for address in (ADA, GRACE):
        people.press(people.inbox.link(address, "cancel"), "cancel")
    people.leave(MARY)
    write_journal()

    with restored(backup):
        for entry in restoration.told()[1]:
            restoration.redone(entry)
        privacy.redo()

        assert (is_disputed(ADA), is_disputed(GRACE), is_disputed(MARY)) == ([True], [False, True], [False])
        assert (acts(ADA)[-1], status_of(ADA)) == ("cancelled", "unsubscribed")
        assert [fault for address in (ADA, GRACE, MARY) for fault in faults(address)] == []
