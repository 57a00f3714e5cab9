"""Another address is confirmed at the new one, and only then so (PRODUCT 4.6; A8.4)."""

import hashlib
from collections.abc import Callable

from newsletter import catalog
from tests.conftest import EXAMPLE, Contents
from tests.journeys.moving.moving import ADA, GRACE, NEW, move
from tests.people import Forms, Inbox, People, Tool, later
from tests.servers import Relay
from tests.servers.fates import Fate


def sha256(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def test_the_new_address_takes_the_place_of_the_old(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    before = tool.contact(ADA)
    move(people, link)

    answer = people.press(inbox.link(NEW), "confirm")

    assert "your new address is confirmed" in answer.text
    assert tool.contact(ADA) == {}
    contact = tool.contact(NEW)
    assert contact["id"] == before["id"]
    assert (contact["fields"], contact["topics"]) == (before["fields"], before["topics"])
    assert contact["tracking_allowed"]
    assert contact["version"] == before["version"] + 1


def test_tools_that_know_only_addresses_are_told_both(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    """PRODUCT 5.2"""
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    change = tool.changes()[-1]
    contact_id = change["id"]
    assert change["kind"] == "updated"
    assert change["match"] == {"id": contact_id, "email_sha256": sha256(NEW)}
    assert change["previous_match"] == {"id": contact_id, "email_sha256": sha256(ADA)}
    assert change["contact"]["email"] == NEW


def test_every_newsletter_moves(people: People, inbox: Inbox, tool: Tool) -> None:
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")
    move(people, people.fresh_link(ADA))

    people.press(inbox.link(NEW), "confirm")

    assert tool.contact(NEW)["status"] == tool.contact(NEW, "webshop")["status"] == "subscribed"
    assert tool.kinds("webshop") == ["confirmed", "updated"]


def test_the_page_shows_the_words_of_both_newsletters_that_have_one_name(people: People, inbox: Inbox) -> None:
    both = EXAMPLE.read_text().replace('"News from the web shop" }', '"Konica Minolta newsletter" }')
    catalog.apply(both)
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")
    move(people, people.fresh_link(ADA))

    page = people.client.get(inbox.link(NEW)).text

    assert page.count("<h2>Konica Minolta newsletter</h2>") == page.count('class="wording"') == 2
    assert people.press(inbox.link(NEW), "confirm").text.count("<li>Konica Minolta newsletter</li>") == 2


def test_the_pages_mark_a_name_in_another_language(people: People, inbox: Inbox) -> None:
    """WCAG 2.2, 3.1.2"""
    people.subscribe(ADA, slug="webshop", language="de")
    people.subscribe(ADA)
    move(people, people.fresh_link(ADA))

    assert '<h2 lang="de">Neues aus dem Webshop</h2>' in people.client.get(inbox.link(NEW)).text
    assert '<li lang="de">Neues aus dem Webshop</li>' in people.press(inbox.link(NEW), "confirm").text


def test_the_evidence_is_whole_and_tells_of_both_acts(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    """A2.2: who asked, the letter and the relay's answer, who confirmed; whatever was tidied up in between."""
    move(people, link)
    confirm = inbox.link(NEW)
    people.client.application.test_cli_runner().invoke(args=["purge"])
    people.press(confirm, "confirm")

    page = people.client.get(people.fresh_link(NEW))
    assert "Your address was changed" in page.text
    assert page.text.count("An e-mail was sent to you") == 2
    [record] = [record for record in contents()["evidence"] if "'address_changed'" in record]
    assert '"channel":"me"' in record
    assert '"method":"button"' in record


def test_whoever_moves_makes_room_for_no_letter_to_anybody_else(people: People, inbox: Inbox, link: str) -> None:
    people.ask(GRACE)
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    people.ask(GRACE, slug="webshop")

    assert len(inbox.letters(GRACE)) == 1


def test_looking_and_blind_posts_do_not_confirm(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    confirm, deny, stop = inbox.link(NEW), inbox.link(NEW, "cancel"), inbox.link(ADA, "cancel")
    before = contents()

    for path in (confirm, deny, stop):
        people.client.get(path)
        for fields in ({}, {"nonce": ""}, {"nonce": "x", "never_again": "yes"}):
            assert people.client.post(path, data=fields).status_code == 200

    assert contents() == before


def test_a_second_press_changes_nothing(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]
    people.client.post(confirm, data=fields)
    before = contents()

    assert "your new address is confirmed" in people.client.post(confirm, data=fields).text
    assert "your new address is confirmed" in people.client.get(confirm).text
    assert contents() == before


def test_the_old_mailbox_opens_nothing_any_more(people: People, inbox: Inbox, link: str) -> None:
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    assert people.client.get(link).status_code == 404
    with later(hours=1):
        people.client.post("/manage", data={"email": ADA})
        people.client.post("/manage", data={"email": NEW})
        assert inbox.links(ADA, "me") == [link]
        assert people.client.get(inbox.link(NEW, "me")).status_code == 200


def test_the_letter_goes_though_it_was_refused_when_it_was_sent_once_more(
    people: People, inbox: Inbox, relay: Relay, link: str, contents: Callable[[], Contents]
) -> None:
    """It had arrived the first time; the relay only had not said so."""
    relay.answer("TAKEN", Fate.DROP, to=NEW, times=1)
    move(people, link)
    confirm = inbox.link(NEW)
    relay.answer("RCPT", "550 5.1.1 No such user", to=NEW)
    with later(minutes=5):
        inbox.work()
        people.press(confirm, "confirm")

    with later(days=1, hours=1):
        people.client.application.test_cli_runner().invoke(args=["purge"])

    assert contents()["letters"] == []


def test_it_expires_to_the_second_and_without_a_trace(
    people: People, inbox: Inbox, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    confirm = inbox.link(NEW)

    with later(days=7):
        assert people.client.get(confirm).status_code == 404
        people.client.application.test_cli_runner().invoke(args=["purge"])

    kept = contents()
    assert "new.example.com" not in str(kept)
    assert kept["address_changes"] == []
    assert tool.contact(ADA)["status"] == "subscribed"


def test_a_page_that_was_open_for_too_long_comes_again(people: People, inbox: Inbox, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    stale = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]

    with later(hours=1, seconds=2):
        again = people.client.post(confirm, data=stale)
        done = people.client.post(confirm, data=Forms(again.text).forms["confirm"]["fields"])

    assert "open for too long" in again.text
    assert "your new address is confirmed" in done.text


def test_who_reads_the_old_mailbox_may_silence_that_one_and_not_the_new(
    people: People, inbox: Inbox, tool: Tool, link: str
) -> None:
    """What its letter was about ends all the same, wherever it has moved to (PRODUCT 4.4)."""
    cancel = inbox.link(ADA, "cancel")
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    assert "a***@e***.org" in people.client.get(cancel).text
    people.press(cancel, "cancel", never_again="yes")

    assert tool.contact(NEW)["status"] == "unsubscribed"
    with later(minutes=11):
        people.ask(ADA)
        people.subscribe(NEW)
        assert len(inbox.links(ADA)) == 1
        assert tool.contact(NEW)["status"] == "subscribed"


def test_nor_may_they_because_a_clock_was_ahead_when_they_confirmed(people: People, inbox: Inbox, tool: Tool) -> None:
    with later(hours=1):
        people.subscribe(ADA)
    cancel = inbox.link(ADA, "cancel")
    move(people, people.fresh_link(ADA))
    people.press(inbox.link(NEW), "confirm")

    assert "a***@e***.org" in people.client.get(cancel).text
    people.press(cancel, "cancel", never_again="yes")

    with later(minutes=11):
        people.subscribe(NEW)
        assert tool.contact(NEW)["status"] == "subscribed"


def test_who_reads_the_new_mailbox_may_silence_that_one_and_not_the_old(
    people: People, inbox: Inbox, tool: Tool, link: str
) -> None:
    move(people, link)
    people.press(inbox.link(NEW), "confirm")
    with later(minutes=11):
        people.subscribe(NEW, slug="webshop")
        people.press(inbox.link(NEW, "cancel"), "cancel", never_again="yes")

    assert tool.contact(NEW)["status"] == tool.contact(NEW, "webshop")["status"] == "unsubscribed"
    with later(minutes=22):
        people.subscribe(ADA)
        people.ask(NEW)
        assert len(inbox.links(NEW)) == 2
        assert tool.contact(ADA)["status"] == "subscribed"
