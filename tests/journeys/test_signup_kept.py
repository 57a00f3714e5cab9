"""Signing up: what is agreed to, and what is kept of it (PRODUCT 4.2; A1)."""

from collections.abc import Callable

from newsletter import catalog
from tests.conftest import EXAMPLE, Contents
from tests.people import Forms, Inbox, People, Tool, heard, later, text_of

ADA, GRACE = "ada@example.org", "grace@example.com"


def test_without_the_newsletters_own_wording_nothing_is_stored(
    people: People, contents: Callable[[], Contents]
) -> None:
    """Neither for a person nor for a company's mailbox (A1.1, A1.10)."""
    for address in (ADA, "sales@company.example"):
        for consent in ([], [""], ["yes"], ["0123456789abcdef"]):
            for answer in (people.ask(address, consent=consent), people.ask_by_script(address, consents=consent)):
                assert 400 <= answer.status_code < 500

    assert contents()["signups"] == contents()["letters"] == contents()["post_hits"] == []


def test_the_tracking_wording_alone_is_no_signup(people: People, contents: Callable[[], Contents]) -> None:
    tracking = people.wordings()["tracking"]

    assert people.ask(ADA, consent=[tracking]).status_code == 422
    assert contents()["signups"] == []


def test_a_wording_of_another_language_or_newsletter_is_refused(
    people: People, contents: Callable[[], Contents]
) -> None:
    """A1.6"""
    danish, webshop = people.wordings(language="da")["newsletter"], people.wordings("webshop")["newsletter"]

    for wrong in (danish, webshop):
        answer = people.ask_by_script(ADA, consents=[wrong])
        assert answer.status_code == 409
        assert answer.get_json()["current"] == people.wordings()
    script = {"email": ADA, "consents": [webshop]}
    answer = people.client.post("/newsletters/nyhedsbrev/signups", json=script, headers={"Accept-Language": "de"})
    assert answer.get_json()["current"] == people.wordings(language="de"), "and tells nothing of the reader's language"
    assert contents()["signups"] == []


def test_an_unknown_wording_brings_the_form_back_filled_in_and_unticked(people: People) -> None:
    answer = people.ask(ADA, consent=["0123456789abcdef"], first_name="Ada")
    form = Forms(answer.text).forms[""]

    assert answer.status_code == 409
    assert (form["fields"]["email"], form["fields"]["first_name"]) == (ADA, "Ada")
    assert [box["value"] for box in form["boxes"] if box["name"] == "consent"] == list(people.wordings().values())
    assert not [box for box in form["boxes"] if "checked" in box]


def test_a_retired_wording_is_accepted_for_thirty_days(people: People, contents: Callable[[], Contents]) -> None:
    old = people.wordings()["newsletter"]
    catalog.apply(EXAMPLE.read_text().replace("Yes, Konica", "Yes please, Konica"))
    assert people.wordings()["newsletter"] != old

    with later(days=29.99):
        assert people.ask(ADA, consent=[old]).status_code == 303
    with later(days=30.01):
        assert people.ask(GRACE, consent=[old]).status_code == 409
        answer = people.ask_by_script(GRACE, consents=[old])
        assert (answer.status_code, answer.get_json()["current"]) == (409, people.wordings())

    assert len(contents()["signups"]) == 1


def test_the_letter_shows_the_wording_that_was_ticked_even_if_it_was_retired_since(
    people: People, inbox: Inbox
) -> None:
    people.ask(ADA)
    catalog.apply(EXAMPLE.read_text().replace("Yes, Konica", "Yes please, Konica"))

    letter = text_of(inbox.letters(ADA)[0])

    assert "“Yes, Konica" in letter
    assert "Yes please" not in letter


def test_no_topics_named_means_all_of_them(people: People, inbox: Inbox) -> None:
    people.ask(ADA)

    page = people.client.get(inbox.link(ADA)).text

    for topic in ("News about products", "Invitations to events", "Customer statements", "Market trends", "surveys"):
        assert topic in page


def test_a_topic_named_twice_is_one(people: People, tool: Tool) -> None:
    people.ask_by_script(ADA, topics=["events", "products", "events"])
    people.confirm(ADA)

    assert tool.contact(ADA)["topics"] == ["events", "products"]


def test_a_name_that_advertises_is_left_out(people: People, inbox: Inbox) -> None:
    people.ask(ADA, first_name="Win at www.casino.example", last_name="Lovelace")

    page = people.client.get(inbox.link(ADA)).text

    assert "casino" not in page
    assert "Lovelace" in page


def test_a_name_that_is_written_with_joiners_is_kept_as_it_was_typed(people: People, tool: Tool) -> None:
    people.subscribe(ADA, first_name="علی\u200cرضا", last_name="ශ්\u200dරීලාල්")

    assert tool.contact(ADA)["fields"] == {"first_name": "علی\u200cرضا", "last_name": "ශ්\u200dරීලාල්"}
    assert people.ask(GRACE, first_name="Grace\u200d").status_code == 422


def test_the_browser_is_not_kept(people: People, contents: Callable[[], Contents]) -> None:
    """A2.13"""
    people.client.environ_base["HTTP_USER_AGENT"] = "Mosaic/0.9 (unusual)"

    people.ask(ADA)
    people.subscribe(GRACE)

    assert "Mosaic" not in str(contents())


def test_a_filled_honeypot_gets_the_usual_answer_and_nothing_is_stored(
    people: People, contents: Callable[[], Contents]
) -> None:
    """C9"""
    before = contents()

    caught = people.ask(ADA, website="https://spam.example"), people.ask_by_script(ADA, website="https://spam.example")

    assert contents() == before
    assert heard(caught[0]) == heard(people.ask(ADA))
    assert heard(caught[1]) == heard(people.ask_by_script(ADA))


def test_a_newsletter_that_is_retired_takes_no_signup(people: People, contents: Callable[[], Contents]) -> None:
    fields = people.filled(ADA)
    catalog.apply(
        EXAMPLE.read_text().replace("[newsletters.nyhedsbrev]\n", "[newsletters.nyhedsbrev]\nretired = true\n")
    )

    by_form = people.client.post("/newsletters/nyhedsbrev/signups", data=fields)
    by_script = people.client.post("/newsletters/nyhedsbrev/signups", json={"email": ADA})

    assert (by_form.status_code, by_script.status_code) == (409, 409)
    assert contents()["signups"] == []
    shown = people.client.get("/newsletters/nyhedsbrev?language=en")
    for page in (by_form, shown):
        assert "takes no new sign-ups" in page.text
        assert 'href="/?language=en">Go to the newsletters</a>' in page.text, "on to the others"


def test_who_signed_up_before_a_newsletter_is_retired_may_still_confirm(
    people: People, inbox: Inbox, tool: Tool
) -> None:
    """PRODUCT 4.2: the link confirms exactly what its sign-up said."""
    people.ask(ADA)
    link = inbox.link(ADA)
    catalog.apply(
        EXAMPLE.read_text().replace("[newsletters.nyhedsbrev]\n", "[newsletters.nyhedsbrev]\nretired = true\n")
    )

    people.press(link, "confirm")

    assert tool.contact(ADA)["status"] == "subscribed"


def test_the_language_is_that_of_the_form_else_of_the_words_else_of_the_browser(people: People, inbox: Inbox) -> None:
    fields = people.filled(ADA, language="de")
    del fields["language"]

    people.client.post("/newsletters/nyhedsbrev/signups", data=fields, headers={"Accept-Language": "da"})

    assert inbox.subjects(ADA)[0].startswith("Bitte bestätigen")


def test_retired_words_tell_the_language_for_as_long_as_they_are_accepted(people: People, inbox: Inbox) -> None:
    """A static page without a field for the language goes on working, whatever its visitors' browsers prefer."""
    old = people.wordings(language="de")["newsletter"]
    catalog.apply(EXAMPLE.read_text().replace("Ja, die Konica", "Ja bitte, die Konica"))
    asked = {"email": ADA, "consents": [old]}

    with later(days=29.99):
        people.client.post("/newsletters/nyhedsbrev/signups", json=asked, headers={"Accept-Language": "da"})
        assert inbox.subjects(ADA)[0].startswith("Bitte bestätigen")
    with later(days=30.01):
        refused = people.client.post("/newsletters/nyhedsbrev/signups", json=asked, headers={"Accept-Language": "da"})
        assert refused.get_json()["current"] == people.wordings(language="de")
