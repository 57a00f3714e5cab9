"""Each consent by itself: granted, declined, withdrawn, unknown (PRODUCT 4.7; A5)."""

import re
from collections.abc import Callable

import pytest

from newsletter import catalog, privacy, subscriptions
from newsletter.errors import FieldsInvalid, WordingRetired
from newsletter.subscriptions import ConsentState
from tests.conftest import EXAMPLE, Contents
from tests.kept import contact, kinds, last_act
from tests.people import People, Tool, later
from tests.verbs.preferences.changing import ADA, HER_PAGE, state


def test_what_was_offered_and_not_ticked_is_denied_from_the_first(people: People) -> None:
    """A1.3, A5.1, PRODUCT 4.7: a first decline is stored as a decline."""
    people.subscribe(ADA)

    assert state() == ConsentState.DENIED
    assert contact().consents["tracking"]["wording"] is None
    assert '"tracking_allowed":false' in contact().contact


def test_an_unticked_box_on_a_repeated_form_is_no_withdrawal(ada: str, people: People) -> None:
    """PRODUCT 4.7."""
    with later(minutes=11):
        people.ask(ADA, first_name="Somebody Else", topic="events")
    with later(minutes=22):
        people.ask(ADA, language="de")
        people.inbox.work()

    assert state() == ConsentState.GRANTED
    assert kinds(ada) == ["confirmed"]


def test_an_unticked_box_on_a_confirmed_repeated_form_is_no_withdrawal_either(people: People) -> None:
    people.subscribe(ADA, tracking=True, topic="events")
    with later(minutes=11):
        people.ask(ADA, topic="trends")
        people.confirm(ADA)

    assert (contact().topics, state()) == (["events", "trends"], ConsentState.GRANTED)


def test_withdrawn_comes_after_granted_and_the_subscription_goes_on(ada: str) -> None:
    """A5.5."""
    done = subscriptions.withdraw(ada, ["tracking"], HER_PAGE)

    assert done.consents["tracking"]["state"] == ConsentState.WITHDRAWN
    assert done.consents["tracking"]["wording"]
    assert done.granted == ["newsletter"]
    assert done.status == "subscribed"
    assert '"tracking_allowed":false' in done.contact
    assert kinds(ada) == ["confirmed", "tracking_withdrawn"]
    assert last_act()["facts"] == {"channel": "me", "consents": {"tracking": "withdrawn"}}
    assert last_act()["values"]["ip"] == "192.0.2.7"


def test_withdrawing_what_was_never_granted_leaves_it_denied(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(ADA)
    before = contents()

    subscriptions.withdraw(contact().id, ["tracking"], HER_PAGE)

    assert state() == ConsentState.DENIED
    assert contents() == before


def test_withdrawing_twice_is_withdrawing_once(ada: str, contents: Callable[[], Contents]) -> None:
    subscriptions.withdraw(ada, ["tracking"], HER_PAGE)
    before = contents()

    subscriptions.withdraw(ada, ["tracking"], HER_PAGE)

    assert contents() == before


def test_the_person_grants_in_the_words_that_are_current(people: People) -> None:
    people.subscribe(ADA)
    wording = people.wordings()["tracking"]

    done = subscriptions.grant(contact().id, {"tracking": wording}, HER_PAGE)

    assert done.consents["tracking"]["state"] == ConsentState.GRANTED
    assert done.consents["tracking"]["wording"] == wording
    assert '"tracking_allowed":true' in done.contact
    assert kinds(done.id) == ["confirmed", "tracking_granted"]
    assert last_act()["facts"]["granted"] == {"tracking": wording}


def test_granting_again_keeps_the_words_first_agreed_to(
    ada: str, contents: Callable[[], Contents], people: People
) -> None:
    before = contents()

    subscriptions.grant(ada, {"tracking": people.wordings()["tracking"]}, HER_PAGE)

    assert contents() == before


def test_what_was_withdrawn_can_be_granted_anew(ada: str, people: People) -> None:
    subscriptions.withdraw(ada, ["tracking"], HER_PAGE)
    subscriptions.grant(ada, {"tracking": people.wordings()["tracking"]}, HER_PAGE)

    assert state() == ConsentState.GRANTED
    assert kinds(ada) == ["confirmed", "tracking_withdrawn", "tracking_granted"]


def test_words_of_another_language_purpose_newsletter_or_time_grant_nothing(
    people: People, contents: Callable[[], Contents]
) -> None:
    """A1.6: never silently mapped to the latest."""
    people.subscribe(ADA)
    old = people.wordings()["tracking"]
    others = [people.wordings(language="da")["tracking"], people.wordings()["newsletter"], "nothing"]
    others.append(people.wordings("webshop")["tracking"])
    changed = EXAMPLE.read_text().replace("evaluate which", "look at which").replace("I agree", "I do agree")
    catalog.apply(changed)
    others += [old] if people.wordings()["tracking"] != old else []
    before = contents()

    for wording in others:
        with pytest.raises(WordingRetired):
            subscriptions.grant(contact().id, {"tracking": wording}, HER_PAGE)
    with pytest.raises(WordingRetired):
        subscriptions.grant(contact().id, {"profiling": people.wordings()["tracking"]}, HER_PAGE)

    assert contents() == before


RETIRED = 'id = "tracking"\nretired = true'
PURPOSE = 'id = "tracking"'


def test_tracking_ends_and_people_leave_though_the_purpose_was_retired(ada: str, people: People) -> None:
    """PRODUCT 4.7: leaving works even where the purpose was removed from the catalogue."""
    people.subscribe("grace@example.com", tracking=True)
    link = people.unsubscribe_link("grace@example.com")
    catalog.apply(EXAMPLE.read_text().replace(PURPOSE, RETIRED))

    subscriptions.withdraw(ada, ["tracking"], HER_PAGE)
    people.press(link, "unsubscribe")

    assert state() == ConsentState.WITHDRAWN
    assert state(address="grace@example.com") == ConsentState.WITHDRAWN
    assert kinds(contact("grace@example.com").id)[-1] == "unsubscribed"


def test_a_retired_purpose_is_not_granted(people: People) -> None:
    people.subscribe(ADA)
    wording = people.wordings()["tracking"]
    catalog.apply(EXAMPLE.read_text().replace(PURPOSE, RETIRED))

    with pytest.raises(WordingRetired):
        subscriptions.grant(contact().id, {"tracking": wording}, HER_PAGE)


def without_tracking() -> str:
    """The example as it would be had its writers never thought of tracking."""
    purpose = re.compile(r'\[\[newsletters\.\w+\.purposes]]\nid = "tracking"(?:.+?""".+?"""){3}', re.DOTALL)
    return purpose.sub("", EXAMPLE.read_text())


def with_purpose(name: str) -> str:
    """The example with one more purpose, in the words of tracking."""
    purpose = re.compile(r'\[\[newsletters\.nyhedsbrev\.purposes]]\nid = "tracking"(?:.+?""".+?"""){3}', re.DOTALL)
    return purpose.sub(lambda found: found[0] + "\n" + found[0].replace("tracking", name, 1), EXAMPLE.read_text())


def test_a_purpose_that_came_later_is_unknown_until_somebody_says_something(people: People, tool: Tool) -> None:
    """PRODUCT 4.7: and then a no is a decline, for nothing had been granted (A1.3)."""
    catalog.apply(without_tracking())
    people.subscribe(ADA)
    stored = contact().contact
    catalog.apply(EXAMPLE.read_text())
    people.subscribe("grace@example.org", tracking=True)
    assert state() == ConsentState.UNKNOWN
    assert contact().contact == stored
    for ada, grace in (tool.read("nyhedsbrev/contacts"), tool.stream("nyhedsbrev/contacts.ndjson")):
        assert ada["consents"]["newsletter"]["state"] == grace["consents"]["tracking"]["state"] == "granted"
        assert ada["consents"]["tracking"] == {"state": "unknown", "at": None, "wording": None}
        assert ada["tracking_allowed"] is False
    assert tool.changes()[0]["contact"]["consents"]["tracking"]["state"] == "unknown"
    assert "consent,tracking,unknown,\r\n" in privacy.portable_csv(contact().id)

    subscriptions.withdraw(contact().id, ["tracking"], HER_PAGE)

    assert state() == tool.contact(ADA)["consents"]["tracking"]["state"] == ConsentState.DENIED
    assert kinds(contact().id) == ["confirmed", "updated"]


@pytest.mark.parametrize(("asked", "dropped"), [({}, []), ({"tracking": True}, ["tracking"])])
def test_a_subscribers_first_no_is_a_decline_too(people: People, asked: dict[str, bool], dropped: list[str]) -> None:
    """PRODUCT 4.7: it was offered for the first time, with the topic that the same press adds."""
    catalog.apply(without_tracking())
    people.subscribe(ADA, topic="events")
    catalog.apply(EXAMPLE.read_text())
    with later(minutes=11):
        people.ask(ADA, topic="trends", **asked)
        people.confirm(ADA, drop=dropped)

    assert (contact().topics, state()) == (["events", "trends"], ConsentState.DENIED)
    assert kinds(contact().id) == ["confirmed", "updated", "updated"]
    assert last_act()["facts"]["declined"] == ["tracking"]


def test_only_tracking_is_told_as_tracking(people: People, tool: Tool) -> None:
    """PRODUCT 5.2: a catalogue may define other purposes."""
    catalog.apply(with_purpose("profiling"))
    people.subscribe(ADA)
    with later(minutes=11):
        consents = [people.wordings()[purpose] for purpose in ("newsletter", "profiling")]
        people.ask(ADA, consent=consents)
        people.confirm(ADA)

    assert (state("profiling"), state()) == (ConsentState.GRANTED, ConsentState.DENIED)
    assert tool.kinds() == ["confirmed", "updated"]


def test_the_newsletter_itself_is_left_and_not_withdrawn_by_halves(ada: str) -> None:
    for purposes in (["newsletter"], ["tracking", "newsletter"], ["profiling"]):
        with pytest.raises(FieldsInvalid):
            subscriptions.withdraw(ada, purposes, HER_PAGE)

    assert state("newsletter") == state("tracking") == ConsentState.GRANTED


def test_leaving_withdraws_tracking_as_well_and_withdrawing_afterwards_is_no_mistake(ada: str, people: People) -> None:
    """A6.10, A5.5."""
    people.leave(ADA)

    subscriptions.withdraw(ada, ["tracking"], HER_PAGE)

    assert state() == state("newsletter") == ConsentState.WITHDRAWN
    assert kinds(ada) == ["confirmed", "unsubscribed"]
    assert {purpose: kept["wording"] for purpose, kept in contact().consents.items()} == people.wordings()


def test_how_it_came_is_stamped_by_the_service_whatever_a_form_says(people: People) -> None:
    """PRODUCT 4.7: the method is stamped by the server."""
    people.ask(ADA)
    people.confirm(ADA, method="code", channel="staff", at="2020-01-01T00:00:00Z", seconds_after_letter="0")
    link = people.unsubscribe_link(ADA)
    assert last_act()["facts"]["method"] == "button"

    people.press(link, "unsubscribe", channel="mail", method="mail")

    assert last_act()["facts"]["channel"] == "page"
