"""The person's own page: everything that is kept, in plain words, and a form for each thing to be done about it.

PRODUCT 4.6, 4.7, 4.9; A5.5, A8.2, B6.3.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from newsletter import catalog
from newsletter.config import SecretKey
from tests.conftest import EXAMPLE, Contents
from tests.people import Forms, Inbox, People, Tool, later

ADA, GRACE = "ada@example.org", "grace@example.com"


def fresh_link(people: People, inbox: Inbox, address: str = ADA) -> str:
    people.client.post("/manage", data={"email": address})
    return inbox.link(address, "me")


@pytest.fixture
def link(people: People, inbox: Inbox) -> str:
    """Ada's fresh link. She has a name, two topics, and did not agree to be followed."""
    people.subscribe(ADA, first_name="Augusta", topic=["events", "trends"], source="https://www.example.org/news")
    return fresh_link(people, inbox)


def form_of(people: People, link: str, name: str) -> dict[str, object]:
    """The fields of the first form whose id begins with this, as pressing its button would send them."""
    forms = Forms(people.client.get(link).text).forms
    return next(dict(form["fields"]) for form_id, form in forms.items() if form_id.startswith(name))


def post(people: People, link: str, form: str, **changes: object) -> TestResponse:
    return people.client.post(link, data={**form_of(people, link, form), **changes})


def box_of(people: People, link: str, form: str) -> dict[str, str]:
    forms = Forms(people.client.get(link).text).forms
    found = next(form_ for form_id, form_ in forms.items() if form_id.startswith(form))
    [box] = found["boxes"]
    return dict(box)


# Seeing


def test_everything_that_is_kept_is_shown(people: People, link: str) -> None:
    """A8.2"""
    page = people.client.get(link)

    wordings = people.client.get("/newsletters/nyhedsbrev/form.json").get_json()["purposes"]
    shown = page.text.replace("&#39;", "'")
    for personal in (ADA, "<dd>First name: Augusta</dd>", "127.0.0.1", "https://www.example.org/news", "Datatilsynet"):
        assert personal in shown
    for purpose in wordings:
        assert next(one["text"] for one in purpose["wordings"] if one["language"] == "en") in shown
    assert "You did not agree" in shown
    assert "The form was sent with your address" in shown
    assert "250 " in shown
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers


def test_what_lies_beside_subscriptions_and_acts_is_shown_as_well(people: People, inbox: Inbox, link: str) -> None:
    """A8.2: a sign-up that waits, silence that was asked for, a proof from before an erasure."""
    assert "What else is kept" not in people.client.get(link).text
    people.client.post(link, data=form_of(people, f"{link}/erase", "erase"))
    with later(minutes=11):
        people.subscribe(ADA)
        link = fresh_link(people, inbox)
        people.ask(ADA, slug="webshop")

        waiting = people.client.get(link).text
        people.inbox.app.test_cli_runner().invoke(args=["suppressions", "add", ADA, "--reason", "x", "--actor", "y"])
        silent = people.client.get(link).text

    assert "Your data was erased on" in waiting
    assert "waits to be confirmed" in waiting
    assert "waits to be confirmed" not in silent
    assert "not to be written to" in silent


def test_all_newsletters_stand_on_one_page_the_left_ones_too(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    people.subscribe(ADA, slug="webshop")

    page = people.client.get(fresh_link(people, inbox))

    assert "You left on" in page.text
    assert len([form for form in Forms(page.text).forms if form.startswith("rectify-")]) == 1


def test_what_had_to_go_is_said_to_be_gone(people: People, inbox: Inbox) -> None:
    """A7.5: the name, a day after leaving."""
    people.subscribe(ADA, language="de", first_name="Augusta")
    people.leave(ADA)
    with later(days=1, minutes=1):
        inbox.app.test_cli_runner().invoke(args=["purge"])

        page = people.client.get(fresh_link(people, inbox))

    assert "entfernt nach der Regel subscriptions am" in page.text
    assert "Augusta" not in page.text


def test_it_is_in_the_persons_language(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA, language="de")

    page = people.client.get(fresh_link(people, inbox), headers={"Accept-Language": "en"})

    assert '<html lang="de">' in page.text
    assert "Was über Sie gespeichert ist" in page.text


def test_looking_and_blind_posts_change_nothing(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    """B6.3: a nonce of another person's page is none, either."""
    people.subscribe(GRACE)
    foreign = form_of(people, fresh_link(people, inbox, GRACE), "unsubscribe")["nonce"]
    own = form_of(people, link, "unsubscribe")
    before = contents()

    people.client.get(link)
    for nonce in (None, "", "x", foreign):
        for act in ("rectify", "grant", "withdraw", "leave", "leave_all", "restrict", "erase", "address"):
            sent = {**own, "act": act, "nonce": nonce, "first_name": "Eve", "purpose": "newsletter"}
            fields = {name: value for name, value in sent.items() if value is not None}
            assert people.client.post(link, data=fields).status_code == 200

    assert contents() == before


def test_nobody_acts_for_another(people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]) -> None:
    people.subscribe(GRACE)
    hers = form_of(people, fresh_link(people, inbox, GRACE), "unsubscribe")["contact"]
    before = contents()

    for form in ("rectify", "grant", "unsubscribe"):
        assert post(people, link, form, contact=hers, first_name="Eve").status_code == 404

    assert contents() == before


# Changing


def test_name_language_and_topics_can_be_changed(people: People, tool: Tool, link: str) -> None:
    answer = post(people, link, "rectify", first_name="Ada", language="da", topic=["events", "products"])

    assert "Gemt" in answer.text
    assert '<html lang="da">' in answer.text
    contact = tool.contact(ADA)
    assert contact["fields"] == {"first_name": "Ada"}
    assert (contact["language"], contact["topics"]) == ("da", ["events", "products"])
    assert tool.kinds() == ["confirmed", "updated"]


def test_a_form_sent_as_it_is_changes_nothing(people: People, link: str, contents: Callable[[], Contents]) -> None:
    before = contents()
    fields = {**form_of(people, link, "rectify"), "topic": ["events", "trends"]}

    assert people.client.post(link, data=fields).status_code == 200
    assert contents() == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_name": "x" * 200}, "This is too long."),
        ({"first_name": "A\u202eda"}, "cannot be shown"),
        ({"language": "fr"}, "not one of the choices"),
        ({"topic": ["events", "nonsense"]}, "not one of the choices"),
    ],
)
def test_what_cannot_be_is_said_and_kept_in_the_form(
    people: People, link: str, contents: Callable[[], Contents], changes: dict[str, object], sentence: str
) -> None:
    """A8.8: and where to complain."""
    before = contents()

    answer = post(people, link, "rectify", **{"topic": ["events", "trends"], **changes})

    assert answer.status_code == 422
    assert sentence in answer.text
    if "first_name" in changes:
        assert str(changes["first_name"]) in answer.text
        assert 'aria-invalid="true"' in answer.text
    assert contents() == before


def test_a_name_cannot_carry_advertising_or_markup(people: People, tool: Tool, link: str) -> None:
    post(people, link, "rectify", first_name="<b>www.example.com</b>", topic=["events", "trends"])

    assert tool.contact(ADA)["fields"] == {}


def test_a_name_is_shown_as_text(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA, first_name="O\"Hara & 'x")

    page = people.client.get(fresh_link(people, inbox))

    assert "O&#34;Hara &amp; &#39;x" in page.text


# Consents


def test_the_box_is_unticked_and_beside_it_stands_the_full_wording(people: People, link: str) -> None:
    """A1.1, A5.1"""
    box = box_of(people, link, "grant-tracking")

    assert "checked" not in box
    assert box["value"] == people.wordings()["tracking"]


def test_tracking_is_granted_by_a_tick_and_what_the_page_displayed_is_recorded(
    people: People, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    wording = people.wordings()["tracking"]
    ticked = {**form_of(people, link, "grant-tracking"), "consent": wording}

    for _ in range(2):  # a double click
        answer = people.client.post(link, data=ticked)

        assert "Saved" in answer.text
    assert tool.kinds() == ["confirmed", "tracking_granted"]
    contact = tool.contact(ADA)
    assert contact["tracking_allowed"]
    assert contact["consents"]["tracking"]["wording"] == wording
    [record] = [record for record in contents()["evidence"] if "granted'" in record and "'confirmed'" not in record]
    assert '"displayed":{"at":' in record
    assert f'"page":"{wording}|2026-11"' in record
    assert '"channel":"me"' in record


def test_without_a_tick_nothing_is_granted(people: People, link: str, contents: Callable[[], Contents]) -> None:
    before = contents()

    answer = post(people, link, "grant-tracking")

    assert "tick the box" in answer.text
    assert contents() == before


@pytest.mark.parametrize("language", ["da", "de"])
def test_words_that_the_page_did_not_show_cannot_be_agreed_to(
    people: People, link: str, contents: Callable[[], Contents], language: str
) -> None:
    before = contents()

    answer = post(people, link, "grant-tracking", consent=people.wordings(language=language)["tracking"])

    assert "tick the box" in answer.text
    assert contents() == before


@pytest.mark.parametrize(
    ("old", "new", "notice"),
    [
        ("clicked, and which areas", "pressed, and which areas", "2026-11"),
        ('version = "2026-11"', 'version = "2027-01,|å"', "2027-01,|å"),
    ],
    ids=["wording", "privacy notice"],
)
def test_what_changed_while_the_page_was_open_is_to_be_read_before_it_is_agreed_to(
    people: People, link: str, contents: Callable[[], Contents], old: str, new: str, notice: str
) -> None:
    """A1.6, A1.7: the evidence names the words and the notice that the page displayed."""

    def agree(wording: str) -> TestResponse:
        return people.client.post(link, data={**fields, "consent": wording})

    def granted() -> list[str]:
        return [record for record in contents()["evidence"] if "'granted'" in record]

    fields, displayed = form_of(people, link, "grant-tracking"), people.wordings()["tracking"]
    catalog.apply(EXAMPLE.read_text().replace(old, new))
    with later(seconds=6):
        answer = agree(displayed)

        assert (answer.status_code, granted()) == (409, [])
        assert "Please read both again" in answer.text

        fields = form_of(people, link, "grant-tracking")
        assert "Saved" in agree(people.wordings()["tracking"]).text
    [record] = granted()
    assert f'"privacy_version":"{notice}"' in record


def test_tracking_is_withdrawn_alone(people: People, inbox: Inbox, tool: Tool) -> None:
    """A5.5"""
    people.subscribe(ADA, tracking=True)
    link = fresh_link(people, inbox)

    answer = post(people, link, "withdraw-tracking")

    assert "You withdrew your consent on" in answer.text
    assert tool.kinds() == ["confirmed", "tracking_withdrawn"]
    assert tool.contact(ADA)["status"] == "subscribed"


# Leaving


def test_leaving_is_one_press_and_the_page_goes_on_telling(people: People, tool: Tool, link: str) -> None:
    answer = post(people, link, "unsubscribe")

    assert "You are unsubscribed" in answer.text
    assert tool.kinds() == ["confirmed", "unsubscribed"]
    assert "You left on" in people.client.get(link).text


def test_leaving_all_is_one_press(people: People, inbox: Inbox, tool: Tool) -> None:
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")

    post(people, fresh_link(people, inbox), "unsubscribe-all")

    assert tool.kinds()[-1] == tool.kinds("webshop")[-1] == "unsubscribed"


def test_what_is_over_is_not_changed(people: People, link: str, contents: Callable[[], Contents]) -> None:
    fields = form_of(people, link, "rectify")
    people.leave(ADA)
    before = contents()

    answer = people.client.post(link, data={**fields, "first_name": "Eve"})

    assert answer.status_code == 409
    assert contents() == before


def test_a_superseded_link_does_nothing_any_more(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    fields = form_of(people, link, "unsubscribe")
    with later(minutes=11):
        fresh_link(people, inbox)
        before = contents()

        answer = people.client.post(link, data=fields)

        assert answer.status_code == 404
        assert "ask" in Forms(answer.text).forms
        assert contents() == before


def test_another_key_alone_does_not_open_the_page(make_app: Callable[..., Flask], link: str) -> None:
    other = make_app(secret_keys=(SecretKey(secret="the secret of quite another service"),))

    assert other.test_client().get(link).status_code == 404
