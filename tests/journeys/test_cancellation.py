"""This was not me: gone at once, never again if so wished, and good for ever (PRODUCT 4.4; A4.6, A7.8)."""

from collections.abc import Callable

from newsletter import catalog, clock, languages
from tests.conftest import EXAMPLE, Contents
from tests.people import Forms, Inbox, People, Tool, later

ADA, GRACE = "ada.lovelace@example.org", "grace@example.com"


def test_one_press_deletes_what_was_entered(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    """A4.6, C20: without an account, a cookie or a script."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people.ask(ADA, first_name="Augusta")
    confirm, cancel = inbox.link(ADA), inbox.link(ADA, "cancel")

    answer = people.press(cancel, "cancel")

    assert "Done: nothing will be sent" in answer.text
    left = str(contents()).lower()
    assert [trace for trace in ("lovelace", "augusta", "192.0.2.77") if trace in left] == []
    assert people.client.get(confirm).status_code == people.client.get(cancel).status_code == 404


def test_looking_deletes_nothing(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    """It offers silence, unticked (A4.6)."""
    people.ask(ADA)
    cancel = inbox.link(ADA, "cancel")
    before = contents()

    for _ in range(3):
        page = people.client.get(f"{cancel}?never_again=yes")
        people.client.head(cancel)

    assert page.status_code == 200
    assert [(box["name"], "checked" in box) for box in Forms(page.text).forms["cancel"]["boxes"]] == [
        ("never_again", False)
    ]
    assert contents() == before


def test_a_blind_press_deletes_nothing(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    people.ask(ADA)
    cancel, confirm = inbox.link(ADA, "cancel"), inbox.link(ADA)
    of_confirm = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]["nonce"]
    before = contents()

    for fields in ({}, {"never_again": "yes"}, {"nonce": of_confirm}, {"List-Unsubscribe": "One-Click"}):
        answer = people.client.post(cancel, data=fields)
        assert answer.status_code == 200
        assert "cancel" in Forms(answer.text).forms

    assert contents() == before


def test_a_page_that_was_open_for_too_long_comes_again(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    cancel = inbox.link(ADA, "cancel")
    stale = Forms(people.client.get(cancel).text).forms["cancel"]["fields"]

    with later(hours=1, seconds=2):
        again = people.client.post(cancel, data={**stale, "never_again": "yes"})
        fields = Forms(again.text).forms["cancel"]["fields"]
        done = people.client.post(cancel, data=fields)

    assert "open for too long" in again.text
    assert fields["never_again"] == "yes"
    assert "Done: nothing will be sent" in done.text


def test_a_page_that_comes_again_ticks_nothing_that_nobody_ticked_on_it(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    cancel = inbox.link(ADA, "cancel")
    stale = Forms(people.client.get(cancel).text).forms["cancel"]["fields"]

    with later(hours=1, seconds=2):
        unticked = people.client.post(cancel, data=stale)
        blind = people.client.post(cancel, data={"never_again": "yes"})

    for again in (unticked, blind):
        assert "never_again" not in Forms(again.text).forms["cancel"]["fields"]


def test_the_confirmation_page_leads_there_too(people: People, inbox: Inbox) -> None:
    """C20: without an account, a cookie or a script."""
    people.ask(ADA)

    page = people.client.get(inbox.link(ADA)).text
    path = page.split('href="/cancel/')[1].split('"')[0]

    assert "Done: nothing will be sent" in people.press(f"/cancel/{path}", "cancel").text


def test_never_again_is_not_asked_for_by_default(people: People, inbox: Inbox) -> None:
    people.ask(ADA)

    people.press(inbox.link(ADA, "cancel"), "cancel")
    people.ask(ADA, topic="events")

    with later(minutes=11):
        assert len(inbox.letters(ADA)) == 2


def test_never_again_deletes_every_signup_and_waiting_letter_of_the_address(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA)
    inbox.work()
    people.ask(ADA, topic="events")
    people.ask(ADA, slug="webshop")
    inbox.work()

    people.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    after = contents()
    assert after["signups"] == after["letters"] == []
    assert "lovelace" not in str(after).lower()
    with later(days=1):
        assert len(inbox.letters(ADA)) == 1


def test_never_again_is_kept_for_24_months_and_only_as_a_keyed_hash(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA)
    answer = people.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    last = languages.day(catalog.term("suppressions").after(clock.now()), "en")
    assert f"This note is deleted on {last}." in answer.text
    with later(days=729):
        people.ask(ADA)
        assert len(inbox.letters(ADA)) == 1
    with later(days=731):
        people.ask(ADA, topic="events")
        assert len(inbox.letters(ADA)) == 2

    assert len(contents()["suppressions"]) == 1


def test_never_again_holds_for_that_address_and_no_other(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    people.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    for address in (GRACE, "ada.lovelace+news@example.org"):
        people.ask(address)
    with later(minutes=11):
        assert len(inbox.letters(GRACE)) == len(inbox.letters("ada.lovelace+news@example.org")) == 1


# After a confirmation


def test_after_confirming_the_same_link_ends_the_subscription_and_disputes_its_proof(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    cancel = inbox.link(ADA, "cancel")
    assert "press the button: it ends at once" in people.client.get(cancel).text

    answer = people.press(cancel, "cancel")

    assert "Done: nothing will be sent" in answer.text
    assert "You left" in people.client.get(inbox.link(ADA)).text
    act = contents()["evidence"][-1]
    assert "cancelled" in act
    assert '"channel":"not_me"' in act
    assert '"disputed":true' in act


def test_that_link_does_not_expire(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)

    with later(days=3000):
        people.press(inbox.link(ADA, "cancel"), "cancel")
        assert "You left" in people.client.get(inbox.link(ADA)).text


def test_pressing_it_twice_ends_it_once(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    people.subscribe(ADA)
    cancel = inbox.link(ADA, "cancel")
    people.press(cancel, "cancel")
    before = contents()

    again = people.press(cancel, "cancel")

    assert again.status_code == 200
    assert contents() == before


def test_who_has_left_can_still_say_that_it_was_not_them_and_that_is_on_record_once(
    people: People, inbox: Inbox, contents: Callable[[], Contents], tool: Tool
) -> None:
    """Mail programs offer to leave before anybody looks for the first letter. Others may have said so, too."""
    for address in (GRACE, ADA):
        people.subscribe(address)
        people.leave(address)
    people.press(inbox.link(GRACE, "cancel"), "cancel")
    cancel, changes = inbox.link(ADA, "cancel"), tool.kinds()
    assert "and no longer is" in people.client.get(cancel).text

    people.press(cancel, "cancel")
    people.press(cancel, "cancel")

    *_, left, act = contents()["evidence"]
    assert '"disputed":false' in left
    assert '"channel":"not_me","disputed":true' in act
    assert tool.kinds() == changes


def test_never_again_ends_every_subscription_of_the_person(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    cancel = inbox.link(ADA, "cancel")
    newsletter = people.unsubscribe_link(ADA)
    people.subscribe(ADA, slug="webshop")
    webshop = people.unsubscribe_link(ADA)

    people.press(cancel, "cancel", never_again="yes")

    assert "You left" in people.client.get(newsletter).text
    assert "You left" in people.client.get(webshop).text


def test_ending_it_deletes_what_else_waits_for_that_newsletter(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA, topic="events")
    cancel = inbox.link(ADA, "cancel")
    people.ask(ADA, topic="products")
    addition = inbox.link(ADA)

    people.press(cancel, "cancel")

    assert "You left" in people.client.get(addition).text


def test_where_the_catalogue_says_so_people_are_sent_on(people: People, inbox: Inbox) -> None:
    redirects = '[newsletters.nyhedsbrev.redirects]\ncancelled = "https://www.example.org/ok"\n'
    sender = "[newsletters.nyhedsbrev.sender]"
    catalog.apply(EXAMPLE.read_text().replace(sender, redirects + sender))
    people.ask(ADA)

    answer = people.press(inbox.link(ADA, "cancel"), "cancel")

    assert (answer.status_code, answer.location) == (303, "https://www.example.org/ok")
