"""The person's own page: everything that is kept, in plain words (PRODUCT 4.6, 4.9; A8.2, B6.3)."""

from collections.abc import Callable
from datetime import timedelta

from newsletter import access, catalog, clock, languages
from newsletter.access import Scope
from tests.conftest import EXAMPLE, Contents
from tests.journeys.me.pressing import ADA, GRACE, form_of, post
from tests.people import Forms, Inbox, People, later


def test_everything_that_is_kept_is_shown(people: People, link: str) -> None:
    """A8.2"""
    page = people.client.get(link)

    wordings = people.client.get("/newsletters/nyhedsbrev/form.json").get_json()["purposes"]
    shown = page.text.replace("&#39;", "'")
    for personal in (ADA, "<dd>First name: Augusta</dd>", "127.0.0.1", "https://www.example.org/news", "Datatilsynet"):
        assert personal in shown
    for recipient in catalog.current().controller.recipients:
        assert f"<dt>{recipient.name} ({recipient.country})</dt>\n<dd>{recipient.tasks['en']}" in shown
    for purpose in wordings:
        assert next(one["text"] for one in purpose["wordings"] if one["language"] == "en") in shown
    assert "You did not agree" in shown
    assert "The form was sent with your address" in shown
    assert "250 " in shown
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers


def test_why_and_how_long_is_told_as_the_privacy_page_tells_it(people: People, link: str) -> None:
    """A7.1, A8.2, GDPR 15(1)(d) and (e): the address for as long as the proof; and how to object."""
    own = '[retention.basis]\nproof = { da = "Fordi", de = "Darum", en = "Because we say so" }\n'
    catalog.apply(own + EXAMPLE.read_text().replace("proof_months = 24 ", "proof_months = 36 "))

    why, privacy = people.client.get(link).text, people.client.get("/privacy?language=en").text

    why = why[why.index("Why this is kept") : why.index("<footer")]
    for kept in ("A subscription with what was entered for it", "The IP addresses used for", "The proof of consent:"):
        told = privacy[privacy.index(f"<dt>{kept}") :].partition("</dd>")[0]
        assert told in why
    assert "As long as a newsletter is received, and 36 months after that." in why
    assert "Because we say so" in why
    assert "to direct marketing without giving reasons (Article 21 GDPR)" in why
    assert catalog.current().controller.data_protection in why
    assert 'href="/privacy?language=en"' in why


def test_what_lies_beside_subscriptions_and_acts_is_shown_as_well(people: People, link: str) -> None:
    """A8.2: a sign-up that waits, silence that was asked for, a proof from before an erasure."""
    assert "What else is kept" not in people.client.get(link).text
    people.client.post(link, data=form_of(people, f"{link}/erase", "erase"))
    with later(minutes=11):
        people.subscribe(ADA)
        link = people.fresh_link(ADA)
        people.ask(ADA, slug="webshop")

        waiting = people.client.get(link).text
        people.inbox.app.test_cli_runner().invoke(args=["suppressions", "add", ADA, "--reason", "x", "--actor", "y"])
        silent = people.client.get(link).text

    assert "Your data was erased on" in waiting
    assert "waits to be confirmed" in waiting
    assert "waits to be confirmed" not in silent
    assert "not to be written to" in silent


def test_that_silence_was_asked_for_and_taken_back_before_is_shown(people: People) -> None:
    """A7.9, A8.2: by a keyed hash alone, until the person confirmed."""
    for act in ("add", "lift"):
        why = ("--reason", "she <phoned>", "--actor", "Hedy")
        people.inbox.app.test_cli_runner().invoke(args=["suppressions", act, GRACE, *why])
    people.subscribe(GRACE)

    page = people.client.get(people.fresh_link(GRACE)).text

    assert "not to be written to was removed on" in page
    assert "she &lt;phoned&gt;" in page


def test_what_came_back_and_what_is_held_in_a_dispute_is_shown(people: People) -> None:
    """A4.7, A8.2"""
    headers = {"Authorization": f"Bearer {access.create('tool', [Scope.REPORTS_WRITE], [], None)}"}
    people.subscribe(ADA)
    people.ask(ADA, slug="webshop")
    last_day = f"{clock.now() + timedelta(days=90):%Y-%m-%d}"
    people.inbox.app.test_cli_runner().invoke(args=["signups", "hold", ADA, "--until", last_day])
    with later(days=1):
        link, told = people.fresh_link(ADA), {"newsletter": "nyhedsbrev", "email": ADA, "at": clock.iso(clock.now())}
        items = [{**told, "kind": kind} for kind in ("used", "soft_bounce")]
        people.client.post("/api/v1/reports", json={"items": items}, headers=headers)
        today = languages.day(clock.now(), "en")

        page = people.client.get(link).text

    assert "is kept as evidence in a dispute" in page
    assert "waits to be confirmed" not in page
    assert f"The last newsletter that we know of was sent to you on {today}." in page
    assert f"On {today} an e-mail to you could not be delivered." in page


def test_that_somebody_else_asked_for_the_address_is_shown(people: People, link: str) -> None:
    """A8.2"""
    people.subscribe(GRACE)
    post(people, link, "address", email=GRACE)

    page = people.client.get(people.fresh_link(GRACE)).text

    assert "somebody asked for your address to take the place of theirs" in page
    assert ADA not in page


def test_all_newsletters_stand_on_one_page_the_left_ones_too(people: People) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    people.subscribe(ADA, slug="webshop")

    page = people.client.get(people.fresh_link(ADA))

    assert "Ended on" in page.text
    assert len([form for form in Forms(page.text).forms if form.startswith("rectify-")]) == 1


def test_whoever_has_not_left_is_not_told_that_they_have(people: People) -> None:
    """Who ended it stands with the act: the tool, staff, or a term; the person may never have heard of it."""
    people.subscribe(ADA, tracking=True)
    reported = {"newsletter": "nyhedsbrev", "email": ADA, "kind": "complaint", "at": clock.iso(clock.now())}
    key = access.create("tool", [Scope.REPORTS_WRITE], [], None)
    people.client.post("/api/v1/reports", json={"items": [reported]}, headers={"Authorization": f"Bearer {key}"})

    page = people.client.get(people.fresh_link(ADA)).text

    assert "<dd>Ended on " in page
    assert page.count("The consent ended on ") == 2
    assert "You left" not in page
    assert "You withdrew" not in page.partition('id="record"')[0]


def test_what_had_to_go_is_said_to_be_gone(people: People, inbox: Inbox) -> None:
    """A7.5: the name, a day after leaving."""
    people.subscribe(ADA, language="de", first_name="Augusta")
    people.leave(ADA)
    with later(days=1, minutes=1):
        inbox.app.test_cli_runner().invoke(args=["purge"])

        page = people.client.get(people.fresh_link(ADA))

    assert "entfernt nach der Regel subscriptions am" in page.text
    assert "Augusta" not in page.text


def test_it_is_in_the_persons_language(people: People) -> None:
    people.subscribe(ADA, language="de")

    page = people.client.get(people.fresh_link(ADA), headers={"Accept-Language": "en"})

    assert '<html lang="de">' in page.text
    assert "Was über Sie gespeichert ist" in page.text


def test_of_several_languages_it_is_in_that_of_the_newest_subscription_that_lives(people: People) -> None:
    people.subscribe(ADA, language="de")
    people.subscribe(ADA, slug="webshop", language="da")

    assert '<html lang="da">' in people.client.get(people.fresh_link(ADA)).text

    people.leave(ADA)
    with later(minutes=11):
        assert '<html lang="de">' in people.client.get(people.fresh_link(ADA)).text


def test_looking_and_blind_posts_change_nothing(people: People, link: str, contents: Callable[[], Contents]) -> None:
    """B6.3: a nonce of another person's page is none, either."""
    people.subscribe(GRACE)
    foreign = form_of(people, people.fresh_link(GRACE), "unsubscribe")["nonce"]
    own = form_of(people, link, "unsubscribe")
    before = contents()

    people.client.get(link)
    for nonce in (None, "", "x", foreign):
        for act in ("rectify", "grant", "withdraw", "leave", "leave_all", "restrict", "erase", "address"):
            sent = {**own, "act": act, "nonce": nonce, "first_name": "Eve", "purpose": "newsletter"}
            fields = {name: value for name, value in sent.items() if value is not None}
            assert people.client.post(link, data=fields).status_code == 200

    assert contents() == before


def test_nobody_acts_for_another(people: People, link: str, contents: Callable[[], Contents]) -> None:
    people.subscribe(GRACE)
    hers = form_of(people, people.fresh_link(GRACE), "unsubscribe")["contact"]
    before = contents()

    for form in ("rectify", "grant", "unsubscribe"):
        assert post(people, link, form, contact=hers, first_name="Eve").status_code == 404

    assert contents() == before


def test_the_person_is_spoken_to_as_in_what_they_still_get(people: People) -> None:
    """Not as in what they have left, though that is newer."""
    people.subscribe(ADA, language="da")
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
        people.leave(ADA)

        assert '<html lang="da">' in people.client.get(people.fresh_link(ADA)).text
