"""Another address is asked for at the old one, and changes nothing yet (PRODUCT 4.6; A8.4, C5)."""

from collections.abc import Callable

import pytest

from tests.conftest import Contents
from tests.journeys.moving.moving import ADA, EVE, GRACE, NEW, move
from tests.people import Forms, Inbox, People, Tool, later, text_of


def test_nothing_changes_before_the_new_address_confirms(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    answer = move(people, link)

    assert "is on its way" in answer.text
    assert "<title>Check your inbox – What is kept about you" in answer.text, "F8"
    assert NEW in answer.text
    assert inbox.links(NEW)
    assert tool.contact(ADA)["status"] == "subscribed"
    assert tool.contact(NEW) == {}
    assert tool.kinds() == ["confirmed"]


def test_who_is_restricted_anywhere_is_promised_no_letter(people: People, inbox: Inbox, link: str) -> None:
    """A8.5: the restricted newsletter could not follow, though another was confirmed since (decision 20)."""
    address = Forms(people.client.get(link).text).forms["address"]["fields"]
    restrict = Forms(people.client.get(link).text).forms["restrict"]["fields"]
    people.client.post(link, data=restrict)
    people.subscribe(ADA, slug="webshop")

    answer = people.client.post(link, data={**address, "email": NEW})

    assert answer.status_code == 422
    assert "the address cannot be changed" in answer.text
    assert "address" not in Forms(answer.text).forms
    assert inbox.letters(NEW) == []


def test_the_letter_to_the_new_address_says_nothing_of_the_person(people: People, inbox: Inbox, link: str) -> None:
    """A3, C3: should the address be a stranger's, they learn nothing of who typed it."""
    move(people, link)

    [letter] = inbox.letters(NEW)
    html = letter.get_body(("html",))
    assert html is not None
    for personal in (ADA, "Augusta", "127.0.0.1"):
        assert personal not in text_of(letter) + html.get_content()
    assert letter["List-Unsubscribe"] is None
    page = people.client.get(inbox.link(NEW))
    assert "a***@n***.com" in page.text
    assert NEW not in page.text
    assert ADA not in page.text
    assert "Augusta" not in page.text


def test_the_old_address_is_told_and_can_stop_it(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link)
    confirm, stop = inbox.link(NEW), inbox.link(ADA, "cancel")
    assert "never_again" not in people.client.get(stop).text

    answer = people.press(stop, "cancel")

    assert "the change is stopped" in answer.text
    assert people.client.get(confirm).status_code == 404
    assert people.client.get(link).status_code == 404  # somebody else had opened the page
    assert tool.contact(ADA)["status"] == "subscribed"


@pytest.mark.parametrize(("stopped_by", "forged"), [(NEW, {}), (ADA, {}), (ADA, {"never_again": "yes"})])
def test_a_change_that_is_stopped_silences_no_address_but_on_its_owner_s_wish(
    people: People, inbox: Inbox, link: str, stopped_by: str, forged: dict[str, str]
) -> None:
    """The new address alone can say "never again" of itself."""
    move(people, link)

    people.press(inbox.link(stopped_by, "cancel"), "cancel", **forged)

    before = len(inbox.letters(NEW))
    with later(days=2):
        people.ask(NEW)
        assert len(inbox.letters(NEW)) > before


@pytest.mark.parametrize("language", ["da", "de", "en"])
def test_both_letters_are_in_the_persons_language(people: People, inbox: Inbox, language: str) -> None:
    people.subscribe(ADA, language=language)

    move(people, people.fresh_link(ADA))

    subjects = {"da": ("Bekræft", "Din adresse"), "de": ("Bitte", "Ihre Adresse"), "en": ("Please", "Your address")}
    assert inbox.subjects(NEW)[-1].startswith(subjects[language][0])
    assert inbox.subjects(ADA)[-1].startswith(subjects[language][1])


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nonsense",
        "ada@example.org",
        "ADA@example.org",
        "=x@example.org",
        "abuse@example.org",
        "eve%c.d@example.org",
    ],
)
def test_what_cannot_be_an_address_of_theirs_is_said(
    people: People, link: str, contents: Callable[[], Contents], wrong: str
) -> None:
    before = contents()

    answer = move(people, link, wrong)

    assert answer.status_code == 422
    assert contents() == before


def test_the_page_says_the_same_whatever_is_known_of_the_new_address(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """C5, C6: another subscriber's, a suppressed and an unknown one."""
    people.subscribe(GRACE)
    people.ask(EVE)
    people.press(inbox.link(EVE, "cancel"), "cancel", never_again="yes")
    answers = set()
    for number, to in enumerate((GRACE, EVE, NEW)):
        people.subscribe(f"ada{number}@example.org")
        link = people.fresh_link(f"ada{number}@example.org")
        answer = move(people, link, to)
        answers.add((answer.status_code, "is on its way" in answer.text))

    assert answers == {(200, True)}


def test_asking_again_tells_nothing_of_the_new_address_either(people: People, inbox: Inbox) -> None:
    """C5: neither by a refusal nor by the notices; a suppressed address counts like any other."""
    people.ask(EVE)
    people.press(inbox.link(EVE, "cancel"), "cancel", never_again="yes")
    told = []
    with later(minutes=11):
        for asker, to in (("ada0@example.org", EVE), ("ada1@example.org", NEW)):
            people.subscribe(asker)
            link = people.fresh_link(asker)
            statuses = [(move(people, link, to).status_code, inbox.work())[0] for _ in range(6)]
            told.append((statuses, len(inbox.letters(asker))))

    assert told[0] == told[1]


def test_a_suppressed_address_gets_no_letter(people: People, inbox: Inbox, link: str) -> None:
    """A7.8: also when no limit holds one back any more."""
    people.ask(EVE)
    people.press(inbox.link(EVE, "cancel"), "cancel", never_again="yes")
    before = len(inbox.letters(EVE))

    with later(minutes=11):
        move(people, link, EVE)

        assert len(inbox.letters(EVE)) == before


def test_the_letter_counts_like_what_strangers_cause(people: People, inbox: Inbox, link: str) -> None:
    """C4: one per ten minutes and address, whoever typed it; the notice is uncapped."""
    people.ask(NEW)
    assert len(inbox.letters(NEW)) == 1

    move(people, link)

    assert len(inbox.letters(NEW)) == 1
    assert inbox.link(ADA, "cancel")
    with later(minutes=11):
        assert len(inbox.letters(NEW)) == 2


def test_one_person_can_ask_five_times_a_day(people: People, inbox: Inbox, link: str) -> None:
    for number in range(5):
        assert move(people, link, f"grace{number}@example.com").status_code == 200

    people.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "da"
    refused = move(people, link, "one.too.many@example.com")

    assert (refused.status_code, refused.headers["Content-Language"]) == (429, "en")
    assert inbox.letters("one.too.many@example.com") == []


@pytest.mark.parametrize("before", ["suppressed", "left", "unknown"])
def test_nor_does_it_where_strangers_have_had_letters_sent_there(people: People, inbox: Inbox, before: str) -> None:
    """C5: a sign-up counts for no suppressed address, a fresh link for who has left alone; neither is to be seen."""
    if before == "suppressed":
        people.ask(EVE)
        people.press(inbox.link(EVE, "cancel"), "cancel", never_again="yes")
    elif before == "left":
        people.subscribe(EVE)
        people.leave(EVE)
    with later(days=31):
        people.subscribe(ADA)
        for number in range(3):
            with later(minutes=11 * number):
                people.ask(EVE, first_name="Ada"[: number + 1])
                people.client.post("/manage", data={"email": EVE})
                inbox.work()
        for minutes in (40, 60):
            with later(minutes=minutes):
                move(people, people.fresh_link(ADA), EVE)
                inbox.work()

        notices = [subject for subject in inbox.subjects(ADA) if subject.startswith("Your address")]
        assert len(notices) == 2
