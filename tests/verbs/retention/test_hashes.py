"""What is known by hash alone goes in its time, too (A7.1, G1, G2)."""

from collections.abc import Callable

from flask import Flask

from newsletter import catalog, privacy
from tests.conftest import EXAMPLE, Contents
from tests.people import Inbox, People, at
from tests.tools import move
from tests.verbs.retention.terms import ADA, purge, with_term


def test_a_suppression_ends_with_the_term_that_the_catalogue_gives_it(service: Flask, people: People) -> None:
    """A7.8: an end is mandatory."""
    catalog.apply(with_term("suppressions_months = 24", "suppressions_months = 6"))
    with at(2027, 8, 31, 12):
        people.ask(ADA)
        people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    with at(2028, 2, 29, 11):
        assert purge(service)["suppressions"] == 0
    with at(2028, 3, 1):
        assert purge(service)["suppressions"] == 1


def test_a_shorter_term_holds_for_whom_silence_was_promised_before(service: Flask, people: People) -> None:
    """A7.1: what the table says is what deletes, also of what is stored already."""
    with at(2027, 1, 1, 12):
        people.ask(ADA)
        people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    with at(2027, 8, 1):
        assert purge(service)["suppressions"] == 0
        catalog.apply(with_term("suppressions_months = 24", "suppressions_months = 6"))
        assert purge(service)["suppressions"] == 1


def test_a_longer_term_holds_nobody_longer_than_was_said(service: Flask, people: People) -> None:
    with at(2027, 1, 1, 12):
        catalog.apply(with_term("suppressions_months = 24", "suppressions_months = 6"))
        people.ask(ADA)
        people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")
        catalog.apply(EXAMPLE.read_text())
    with at(2027, 7, 1, 13):
        assert purge(service)["suppressions"] == 1


def test_the_match_of_a_change_is_kept_for_thirty_five_days(
    service: Flask, people: People, contents: Callable[[], Contents]
) -> None:
    """A7.9: also that of the address before."""
    with at(2027, 1, 27, 12):
        people.subscribe(ADA)
        way_out = people.unsubscribe_link(ADA)
        move(people, ADA, "ada@new.example.com")
        people.press(way_out, "unsubscribe")
    with at(2027, 3, 3, 11, 59):
        assert purge(service)["matches"] == 0
    with at(2027, 3, 3, 12, 1):
        assert purge(service)["matches"] == 2
        assert purge(service)["matches"] == 0

    assert "email_sha256" not in str(contents()["changes"])
    assert len(contents()["changes"]) == 3


def test_the_journal_of_reads_is_kept_for_ninety_days(service: Flask, people: People) -> None:
    with at(2027, 1, 1, 12):
        people.subscribe(ADA)
        service.test_cli_runner().invoke(args=["evidence", "show", ADA])
    with at(2027, 4, 1, 11, 59):
        assert purge(service)["reads"] == 0
    with at(2027, 4, 1, 12, 1):
        assert purge(service)["reads"] == 1


def test_hashes_that_limits_count_by_go_after_thirty_days(service: Flask, people: People, inbox: Inbox) -> None:
    """A4.4, C17."""
    with at(2027, 1, 31, 12):
        people.ask(ADA)
        inbox.work()
    with at(2027, 2, 1, 12):
        assert purge(service)["limits"] == 1  # the post, by its source
    with at(2027, 3, 2, 11, 59):
        assert purge(service)["limits"] == 0
    with at(2027, 3, 2, 12, 1):
        assert purge(service)["limits"] == 1


def test_the_table_works_before_there_is_a_catalogue(app: Flask) -> None:
    assert set(purge(app)) == set(privacy.RULES)
