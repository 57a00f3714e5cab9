"""After a restore nobody is back under an address from which they had moved before they left (A7.10)."""

from collections.abc import Callable
from typing import Any

import pytest

from newsletter import privacy, signups
from newsletter.commands.duties import write_journal
from newsletter.subscriptions import Cause, Channel
from tests.people import Forms, People
from tests.tools import move
from tests.verbs.journal.restoring import ADA, contact_of

NEW = "ada@new.example.com"


@pytest.mark.parametrize("go", [signups.leave, privacy.erase])
def test_who_confirmed_moved_and_left_after_the_backup_is_not_asked_again(
    people: People, back_up: Callable[[], str], restored: Any, go: Callable[[str, Cause], object]
) -> None:
    """PRODUCT 4.6: the signup that waits in the backup is deleted, and its link confirms nothing."""
    people.ask(ADA)
    link = people.inbox.link(ADA)
    backup = back_up()
    people.confirm(ADA)
    move(people, ADA, NEW)
    go(contact_of(NEW), Cause(Channel.STAFF))
    write_journal()

    with restored(backup) as app:
        assert app.test_cli_runner().invoke(args=["purge", "--after-restore"]).exit_code == 0

        assert "confirm" not in Forms(app.test_client().get(link).text).forms
