"""The welcome and the goodbye: letters that a catalogue may ask for, and that nobody gets otherwise (A6.9, E18)."""

from collections.abc import Callable

import pytest

from newsletter import access, addresses, catalog, clock, privacy, selfservice, signups
from newsletter.access import Scope
from newsletter.subscriptions import Cause, Channel
from tests.conftest import EXAMPLE, Contents
from tests.people import LINK, Inbox, People, Tool, later, text_of
from tests.servers import Relay
from tests.tools import move

ADA = "ada@example.org"
WHY = ("--reason", "asked by phone", "--actor", "grace")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def polite(people: People) -> People:
    """The catalogue asks for both letters."""
    asked = "\n[newsletters.nyhedsbrev]\nwelcome = true\ngoodbye = true\n"
    catalog.apply(EXAMPLE.read_text().replace("\n[newsletters.nyhedsbrev]\n", asked))
    return people


def test_neither_a_goodbye_nor_the_notice_of_another_address_is_held_back_by_any_cap(
    polite: People, inbox: Inbox, tool: Tool
) -> None:
    """PRODUCT 4.11: who has had their letters of the month is told of both all the same."""
    polite.subscribe(ADA)
    for day in range(4):
        with later(days=day, hours=1):
            polite.ask(ADA, first_name=f"Ada {'I' * day}")
            inbox.work()
    with later(days=4):
        full = len(inbox.letters(ADA))
        new = addresses.parse("augusta@example.com")
        selfservice.change_address(contact_id(polite), new, Cause(Channel.STAFF))
        assert len(inbox.letters(ADA)) == full + 1
        polite.client.post(tool.link(ADA, "unsubscribe"), data=ONE_CLICK)

        assert full == 2 + 3
        assert len(inbox.letters(ADA)) == full + 2
        assert inbox.subjects(ADA)[-1].startswith("You are unsubscribed")


def contact_id(people: People) -> str:
    return str(Tool(people.client).contact(ADA)["id"])


def test_nobody_gets_them_unless_the_catalogue_says_so(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    people.leave(ADA)

    assert inbox.subjects(ADA) == ["Please confirm: Konica Minolta newsletter"]
    assert contents()["letters"] == []


def test_from_the_welcome_to_the_goodbye(polite: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    """A6.4, A6.9"""
    polite.subscribe(ADA, language="de")
    _, welcome = inbox.letters(ADA)
    leave = inbox.link(ADA, "unsubscribe")

    polite.press(leave, "unsubscribe")
    polite.client.post(leave, data=ONE_CLICK)

    *_, goodbye = inbox.letters(ADA)
    assert inbox.subjects(ADA)[1:] == [
        "Bestätigt: Konica-Minolta-Newsletter",
        "Sie sind abgemeldet: Konica-Minolta-Newsletter",
    ]
    assert welcome["List-Unsubscribe"].endswith(f"{leave}>")
    assert "List-Unsubscribe" not in goodbye
    assert "geht „Konica-Minolta-Newsletter“ von Konica Minolta" in text_of(goodbye)
    assert [link for link in LINK.findall(text_of(goodbye)) if "localhost" in link] == []
    signups.forget_stray_letters()
    assert contents()["letters"] == []
    assert not any(ADA in row for row in contents()["letter_hits"])


@pytest.mark.parametrize("channel", [Channel.ME, Channel.MANAGE, Channel.API, Channel.STAFF, Channel.MAIL])
def test_whichever_door_people_leave_by(polite: People, inbox: Inbox, channel: Channel) -> None:
    polite.subscribe(ADA)

    signups.leave_all(contact_id(polite), Cause(channel))

    assert inbox.subjects(ADA)[-1] == "You are unsubscribed: Konica Minolta newsletter"


def test_no_welcome_to_an_address_that_bounced_before_the_relay_took_it(
    polite: People, inbox: Inbox, relay: Relay
) -> None:
    """B4.2"""
    polite.subscribe(ADA)
    relay.answer("RCPT", "450 4.2.0 Greylisted", times=1)
    inbox.work()
    reported(polite, contact_id(polite), "hard_bounce")

    with later(minutes=5):
        assert inbox.subjects(ADA) == ["Please confirm: Konica Minolta newsletter"]


def test_no_goodbye_to_the_address_that_somebody_has_given_up_meanwhile(
    polite: People, inbox: Inbox, relay: Relay
) -> None:
    polite.subscribe(ADA)
    leave = polite.unsubscribe_link(ADA)
    with later(minutes=11):
        polite.subscribe(ADA, slug="webshop")
        polite.client.post(leave, data=ONE_CLICK)
        relay.answer("RCPT", "450 4.2.0 Greylisted", to=ADA, times=1)
        inbox.work()
        move(polite, ADA, "ada@new.example.com")

    with later(minutes=16):
        told = [*inbox.subjects(ADA), *inbox.subjects("ada@new.example.com")]
        assert not any(subject.startswith("You are unsubscribed") for subject in told)


def not_me(people: People) -> None:
    people.press(people.inbox.link(ADA, "cancel"), "cancel")


def left_and_not_me(people: People, **more: str) -> None:
    leave, refusal = people.unsubscribe_link(ADA), people.inbox.link(ADA, "cancel")
    people.client.post(leave, data=ONE_CLICK)
    people.press(refusal, "cancel", **more)


def left_and_never_again(people: People) -> None:
    left_and_not_me(people, never_again="yes")


def restricted(people: People) -> None:
    privacy.restrict(contact_id(people), Cause(Channel.STAFF))
    signups.leave(contact_id(people), Cause(Channel.STAFF))


def bounced(people: People) -> None:
    contact = contact_id(people)
    reported(people, contact, "hard_bounce")
    signups.leave(contact, Cause(Channel.ONE_CLICK))


def left_and_erased(people: People) -> None:
    signups.leave(contact_id(people), Cause(Channel.ME))
    privacy.erase(contact_id(people), Cause(Channel.ME))


def left_and_complained(people: People) -> None:
    contact = contact_id(people)
    signups.leave(contact, Cause(Channel.ONE_CLICK))
    reported(people, contact, "complaint")


def left_and_restricted(people: People) -> None:
    contact = contact_id(people)
    signups.leave(contact, Cause(Channel.ONE_CLICK))
    privacy.restrict(contact, Cause(Channel.STAFF))


def left_and_silenced(people: People) -> None:
    signups.leave(contact_id(people), Cause(Channel.ONE_CLICK))
    people.client.application.test_cli_runner().invoke(args=["suppressions", "add", ADA, *WHY])


def left_in_the_tool(people: People) -> None:
    reported(people, contact_id(people), "unsubscribed")


def reported(people: People, contact: str, kind: str) -> None:
    key = access.create("tool", [Scope.REPORTS_WRITE], [], None)
    item = {"newsletter": "nyhedsbrev", "id": contact, "kind": kind, "at": clock.iso(clock.now())}
    answer = people.client.post("/api/v1/reports", json={"items": [item]}, headers={"Authorization": f"Bearer {key}"})
    assert answer.get_json()["items"][0]["result"] == "done"


@pytest.mark.parametrize(
    "end",
    [
        not_me,
        left_and_not_me,
        left_and_never_again,
        restricted,
        bounced,
        left_and_erased,
        left_and_complained,
        left_and_restricted,
        left_and_silenced,
        left_in_the_tool,
    ],
)
def test_no_goodbye_to_whom_it_would_only_bother(polite: People, inbox: Inbox, end: Callable[[People], None]) -> None:
    polite.subscribe(ADA)
    received = inbox.subjects(ADA)

    end(polite)

    assert inbox.subjects(ADA) == received


def test_whoever_wants_no_goodbye_takes_nobody_elses_away(polite: People, inbox: Inbox) -> None:
    for address in ("grace@example.org", ADA):
        polite.subscribe(address)
    refusal = inbox.link(ADA, "cancel")
    for address in ("grace@example.org", ADA):
        signups.leave(str(Tool(polite.client).contact(address)["id"]), Cause(Channel.ONE_CLICK))

    polite.press(refusal, "cancel")

    assert inbox.subjects("grace@example.org")[-1].startswith("You are unsubscribed")


def test_neither_letter_of_before_follows_somebody_who_is_back(polite: People, inbox: Inbox, relay: Relay) -> None:
    polite.subscribe(ADA)
    relay.answer("RCPT", "451 4.7.1 Greylisted", times=2)
    inbox.work()
    polite.leave(ADA)
    inbox.work()

    with later(minutes=1):
        polite.subscribe(ADA)
    with later(minutes=5):
        assert [subject.split(":")[0] for subject in inbox.subjects(ADA)] == [
            "Please confirm",
            "Please confirm",
            "Confirmed",
        ]


@pytest.mark.parametrize(("hours", "arrives"), [(167, True), (169, False)])
def test_either_is_tried_for_a_week_and_no_longer(polite: People, inbox: Inbox, hours: int, arrives: bool) -> None:
    polite.subscribe("grace@example.org", ADA)
    signups.leave(contact_id(polite), Cause(Channel.ME))
    with later(hours=hours):
        for address in ("grace@example.org", ADA):
            assert len(inbox.subjects(address)[1:]) == arrives


def test_no_welcome_to_who_is_restricted_before_it_could_leave(polite: People, inbox: Inbox) -> None:
    """A8.5"""
    polite.subscribe(ADA)
    privacy.restrict(contact_id(polite), Cause(Channel.STAFF))

    assert len(inbox.letters(ADA)) == 1
