"""On the own page: take it along, have it left alone, have it erased (PRODUCT 4.9; A7.6, A8.5, A8.7, F5)."""

import csv
import io
from collections.abc import Callable

import pytest

from tests.conftest import Contents
from tests.people import Forms, Inbox, People, Tool, later, post

ADA, NEW, GRACE = "ada@example.org", "ada@new.example.com", "grace@example.com"


@pytest.fixture
def link(people: People) -> str:
    people.subscribe(ADA, first_name="Augusta", tracking=True)
    return people.fresh_link(ADA)


# Taking along


def test_everything_can_be_taken_along_for_machines(people: People, link: str) -> None:
    """A8.7"""
    answer = people.client.get(f"{link}/data.json")

    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert ADA not in answer.headers["Content-Disposition"]
    told = answer.get_json()
    assert told["address"] == ADA
    assert told["contacts"][0]["fields"] == {"first_name": "Augusta"}
    assert [act["act"] for act in told["evidence"]] == ["signed_up", "letter_sent", "confirmed"]
    assert all(told[part] for part in ("purposes", "recipients", "retention", "origin", "rights"))


def test_everything_can_be_taken_along_as_a_table(people: People, link: str) -> None:
    answer = people.client.get(f"{link}/data.csv")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert ("first_name", "Augusta") in [(row["name"], row["value"]) for row in rows]


@pytest.mark.parametrize("path", ["data.json", "data.csv", "erase"])
def test_a_dead_link_hands_out_nothing(people: People, link: str, path: str) -> None:
    with later(hours=1):
        assert people.client.get(f"{link}/{path}").status_code == 404
    assert people.client.get(f"/me/forged/{path}").status_code == 404


# Restricting


def test_restricting_is_one_press_and_lifting_another(people: People, tool: Tool, link: str) -> None:
    """A8.5"""
    answer = post(people, link, "restrict")

    assert "nothing is used or sent" in answer.text
    assert tool.contact(ADA)["status"] == "restricted"
    assert not tool.contact(ADA)["tracking_allowed"]

    post(people, link, "lift")

    assert tool.contact(ADA)["status"] == "subscribed"
    assert tool.kinds() == ["confirmed", "restricted", "updated"]


def test_who_is_restricted_still_gets_the_link_to_lift_it(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    post(people, link, "restrict")

    with later(minutes=11):
        post(people, people.fresh_link(ADA), "lift")

        assert tool.contact(ADA)["status"] == "subscribed"
        assert not [subject for subject in inbox.subjects(ADA) if "used again" in subject]


def test_what_was_confirmed_during_a_restriction_can_be_restricted_too(people: People, tool: Tool, link: str) -> None:
    """docs/decisions/0020: who restricts again restricts the new contact, too."""
    post(people, link, "restrict")
    people.subscribe(ADA, slug="webshop")

    answer = post(people, link, "restrict")

    assert tool.contact(ADA, "webshop")["status"] == "restricted"
    assert "restrict" not in Forms(answer.text).forms
    assert "lift" in Forms(answer.text).forms


def test_while_restricted_the_address_does_not_change(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    post(people, link, "address", email=NEW)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]
    post(people, link, "restrict")

    assert people.client.get(confirm).status_code == 404
    assert people.client.post(confirm, data=fields).status_code == 404
    assert "address" not in Forms(people.client.get(link).text).forms
    post(people, link, "lift")
    assert "is confirmed" in people.press(confirm, "confirm").text


def test_no_letter_asks_for_what_a_restriction_forbids(people: People, inbox: Inbox, link: str) -> None:
    """A8.5: its link would be dead. The notice to the old address warns all the same."""
    post(people, link, "address", email=NEW)
    post(people, link, "restrict")

    assert inbox.letters(NEW) == []
    assert "Your address is to be changed" in inbox.subjects(ADA)[-1]


# Erasing


def test_erasing_asks_once_and_then_everything_is_gone(
    people: People, inbox: Inbox, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    """F5, A7.6"""
    question = people.client.get(f"{link}/erase")
    assert "cannot be undone" in question.text
    assert tool.contact(ADA)["status"] == "subscribed"

    answer = post(people, f"{link}/erase", "erase")

    assert "Your data is erased" in answer.text
    assert "2028" in answer.text
    assert "Article 17(3)(e)" in answer.text
    assert "complain to the supervisory authority: Datatilsynet" in answer.text
    assert tool.contact(ADA) == {}
    assert tool.kinds()[-1] == "erased"
    assert people.client.get(link).status_code == 404
    assert "Augusta" not in str(contents())
    with later(minutes=11):
        people.client.post("/manage", data={"email": ADA})
        assert inbox.links(ADA, "me") == [link]


def test_the_question_cannot_be_skipped(
    people: People, link: str, tool: Tool, contents: Callable[[], Contents]
) -> None:
    """The page's own nonce does not erase: only that of the question."""
    before = contents()

    answer = post(people, link, "restrict", act="erase", never_again="yes")

    assert "erase" in Forms(answer.text).forms
    assert contents() == before


def test_never_again_can_be_asked_for_with_it(people: People, inbox: Inbox, link: str) -> None:
    """A7.6: what is kept for it is said with its end."""
    answer = post(people, f"{link}/erase", "erase", never_again="yes")

    assert "do not want to be written to again" in answer.text
    assert "This note is deleted on " in answer.text
    before = len(inbox.letters(ADA))
    with later(minutes=11):
        people.ask(ADA)
        assert len(inbox.letters(ADA)) == before


def test_an_erasure_stops_a_change_of_address(
    people: People, inbox: Inbox, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    post(people, link, "address", email=NEW)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]

    post(people, f"{link}/erase", "erase")

    assert people.client.post(confirm, data=fields).status_code == 404
    assert "new.example.com" not in str(contents())
    assert tool.contact(NEW) == {}


def test_who_is_erased_is_no_longer_named_by_others(
    people: People, link: str, contents: Callable[[], Contents]
) -> None:
    """Grace is erased; that Ada had once typed her address goes with her."""
    people.subscribe(GRACE)
    grace = people.fresh_link(GRACE)
    post(people, link, "address", email=GRACE)

    post(people, f"{grace}/erase", "erase")

    assert contents()["address_changes"] == []
