"""The proof of one person: complete or said not to be, and the same for ever (A2)."""

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask

from newsletter import addresses, catalog, languages, selfservice, subscriptions
from newsletter.consent import Visit
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.conftest import EXAMPLE
from tests.people import Inbox, People, later
from tests.servers import Relay
from tests.tampering import tamper
from tests.tools import contact_of
from tests.verbs.proof.proving import ADA, GRACE, page, prove, told


def test_a_proof_holds_everything_that_the_law_wants_to_see_together(ada: str, relay: Relay, people: People) -> None:
    """A2.1, A2.2, A2.3, A2.4, A2.7."""
    [consent] = told()["consents"]
    asked, [letter], confirmed = consent["signed_up"], consent["letters"], consent["confirmed"]
    texts = [wording["text"] for wording in asked["wordings"]]

    assert (consent["complete"], consent["missing"]) == (True, [])
    assert (asked["typed"], asked["address"], asked["ip"], asked["language"]) == (ADA, ADA, "192.0.2.77", "da")
    assert asked["source"] == "https://www.example.org/news"
    assert asked["topics"] == {"events": "Invitationer til arrangementer, messer og webinarer"}
    assert asked["privacy"]["version"] == "2026-11"
    assert asked["privacy"]["url"].startswith("https://")
    assert [text[:2] for text in texts] == ["Ja", "Ja"]
    assert letter["mime"].encode() == relay.letters[0].raw
    assert (letter["matches"], letter["reply"]) == (True, "250 2.0.0 Taken")
    assert letter["message_id"] == relay.letters[0].message["Message-ID"]
    assert all(text[:40] in letter["text"].replace("\n", " ") for text in texts)
    assert (confirmed["method"], confirmed["ip"]) == ("button", "192.0.2.77")
    assert confirmed["seconds_after_letter"] >= 0
    assert confirmed["displayed"]["wordings"] == confirmed["granted"] == asked["wordings"]
    for act in (asked, letter, confirmed):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", act["at"])


def test_every_later_act_is_told_and_signing_up_again_begins_a_proof_of_its_own(ada: str, people: People) -> None:
    """A2.2, A2.10, A6.7: neither leaving nor a second sign-up rewrites the earlier proof."""
    before = told()["consents"]
    people.leave(ADA)
    people.subscribe(ADA, language="en")

    first, second = told()["consents"]

    assert {**first, "later": []} == before[0]
    assert [(act["act"], act["facts"]["channel"]) for act in first["later"]] == [("unsubscribed", "page")]
    assert first["contact"] != second["contact"]
    assert second["complete"]


def test_what_was_agreed_to_later_is_told_in_full_for_ever(people: People) -> None:
    """A2.2, A2.9: on the person's own page, say."""
    people.subscribe(ADA)
    wording = people.wordings()["tracking"]
    [contact] = told()["consents"]
    visit = Visit(ip="192.0.2.77")
    subscriptions.grant(contact["contact"], {"tracking": wording}, Cause(Channel.ME, visit))
    text = catalog.recorded([wording])[wording].text
    catalog.apply(EXAMPLE.read_text().replace("clicked, and which areas", "pressed, and which areas"))

    [consent] = told()["consents"]

    assert consent["later"][0]["granted"] == [{"purpose": "tracking", "id": wording, "language": "en", "text": text}]
    assert text in html.unescape(page())
    assert wording in page()
    tamper(f"UPDATE evidence SET facts = replace(facts, '{wording}', '0000000000000000') WHERE act = 'granted'")  # noqa: S608
    assert told()["consents"][0]["missing"] == ["The wording of the consent is missing."]


def test_what_was_added_later_is_proven_by_the_letter_that_asked_for_it(ada: str, people: People, inbox: Inbox) -> None:
    """A2.2, A2.10: and how long after it somebody pressed."""
    with later(hours=1):
        people.ask(ADA, language="da", topic="products")
        link = inbox.link(ADA)
    with later(hours=1, seconds=90):
        people.press(link, "confirm")

    first, added = told()["consents"]

    assert (first["complete"], added["complete"]) == (True, True)
    assert [letter["kind"] for letter in added["letters"]] == ["addition"]
    assert 85 <= added["confirmed"]["seconds_after_letter"] <= 100
    assert (len(first["confirmed"]["receipt_seals"]), added["confirmed"]["receipt_seals"]) == (1, [])


def test_the_notice_on_record_is_the_one_that_the_page_led_to(people: People) -> None:
    """A1.7: it may have changed since the form was filled in, and again before the press."""
    shown, changed, later = "2026-11", "2027-01|å", "2027-02"
    people.ask(ADA)
    catalog.apply(EXAMPLE.read_text().replace(shown, changed))
    link = people.inbox.link(ADA)
    fields = people.opened(link, "confirm")
    catalog.apply(EXAMPLE.read_text().replace(shown, later))

    people.client.post(link, data=fields)

    [consent] = told()["consents"]
    assert consent["signed_up"]["privacy"]["version"] == shown
    assert consent["confirmed"]["displayed"]["privacy_version"] == changed
    assert changed in page()


LACKING = [
    ("DELETE FROM evidence WHERE act = 'letter_sent'", "There is no record of the letter that asked for confirmation."),
    ("DELETE FROM evidence WHERE act = 'signed_up'", "The record of the sign-up is missing."),
    ("DELETE FROM evidence WHERE act = 'confirmed'", "The record of the confirmation is missing."),
    ("DELETE FROM evidence_values WHERE field = 'reply'", "The mail server's answer to the letter is missing."),
    ("DELETE FROM letter_versions", "The letter cannot be shown as it was sent."),
    ("UPDATE evidence_values SET value = '[]' WHERE field = 'holes'", "The letter cannot be shown as it was sent."),
    ("UPDATE letter_versions SET mime = replace(mime, 'html', 'htm')", "The letter cannot be shown as it was sent."),
    ("DELETE FROM evidence_values WHERE field = 'address'", "The address that was signed up is not kept any more."),
    (
        'UPDATE evidence SET facts = replace(facts, \'"privacy_version":"2026-11"\', \'"privacy_version":""\')',
        "The version of the privacy notice is missing.",
    ),
    (
        "UPDATE evidence SET facts = replace(facts, '\"displayed\"', '\"unseen\"')",
        "What the page of the confirmation displayed is not on record.",
    ),
    ("UPDATE evidence SET facts = replace(facts, '\"granted\"', '\"x\"')", "The wording of the consent is missing."),
    ("UPDATE evidence SET facts = replace(facts, '\"wordings\"', '\"x\"')", "The wording of the consent is missing."),
    (
        "UPDATE evidence_values SET value = NULL, salt = NULL, removed_rule = 'ip', removed_at = '2026-11-23 09:00:00'"
        " WHERE field = 'holes'",
        "The letter's recipient and links are not kept any more, so it cannot be shown as it was sent.",
    ),
]


@pytest.mark.parametrize(("statement", "sentence"), LACKING)
def test_what_lacks_the_letter_or_the_act_is_flagged_incomplete(ada: str, statement: str, sentence: str) -> None:
    """A2.5: two instants and two IPs prove nothing."""
    tamper(statement)

    [consent] = told()["consents"]

    assert not consent["complete"]
    assert sentence in consent["missing"]
    said = languages.translations(prove().language or "en").gettext(sentence)
    assert f"<pre>{said}</pre>" in html.unescape(page())


def test_where_no_act_is_left_nothing_is_called_complete(ada: str) -> None:
    """A2.5"""
    tamper("DELETE FROM evidence_values", "DELETE FROM evidence")

    printed = page()

    assert "<dd>incomplete, see below</dd>" in printed
    assert "<dd>complete</dd>" not in printed


def test_the_letter_to_a_new_address_is_none_that_asked_for_the_consent(ada: str, people: People) -> None:
    """A2.5"""
    new = "augusta@example.org"
    [consent] = told()["consents"]
    address, visit = addresses.parse(new), Visit(ip="192.0.2.77")
    selfservice.change_address(consent["contact"], address, Cause(Channel.ME, visit))
    people.confirm(new)
    assert told(new)["consents"][0]["complete"]

    tamper("DELETE FROM evidence WHERE act = 'letter_sent' AND seq = 2")

    assert told(new)["consents"][0]["missing"] == ["There is no record of the letter that asked for confirmation."]


def test_a_consent_without_its_words_is_flagged_incomplete(ada: str) -> None:
    """A2.5. The words lie in a table of their own, which refuses to lose one; a dump may have left it out."""
    tamper('UPDATE evidence SET facts = replace(facts, \'"wordings":{\', \'"wordings":{"x":"0000000000000000",\')')

    [consent] = told()["consents"]

    assert consent["missing"] == ["The wording of the consent is missing."]
    assert "0000000000000000" in page()


def test_a_removed_value_is_told_as_such_and_by_which_rule(ada: str) -> None:
    tamper(
        "UPDATE evidence_values SET value = NULL, salt = NULL, removed_rule = 'ip', removed_at = '2026-11-23 09:00:00'"
        " WHERE field = 'ip'"
    )

    found = told()

    assert found["consents"][0]["signed_up"]["ip"] == "removed by rule ip on 2026-11-23"
    assert found["consents"][0]["complete"]
    assert found["chain"] == {"whole": True, "faults": []}
    assert "fjernet efter reglen ip den 2026-11-23" in page()
    assert "192.0.2.0/24" in page()


def test_old_evidence_reads_the_same_after_wordings_brand_and_letters_have_changed(
    ada: str, people: People, make_app: Callable[..., Flask]
) -> None:
    """A2.9: two versions of the catalogue, and of the letter."""
    before, printed = told(), page()
    changed = EXAMPLE.read_text().replace("Ja, Konica", "Ja tak, Konica").replace("messer og webinarer", "og andet")
    catalog.apply(changed.replace("Konica Minolta nyhedsbrev", "Nyt navn").replace("2026-11", "2027-01"))
    people.subscribe(GRACE, tracking=True, language="da", topic="events")

    with make_app(public_url="https://elsewhere.example.org").app_context():
        after, printed_later = told(), page()

    assert {**after, "printed_at": 0} == {**before, "printed_at": 0}
    assert without_instant(printed_later) == without_instant(printed)
    assert told(GRACE)["consents"][0]["letters"][0]["version"] != before["consents"][0]["letters"][0]["version"]
    assert told(GRACE)["consents"][0]["signed_up"]["privacy"]["version"] == "2027-01"


def without_instant(printed: str) -> str:
    return re.sub(r"<dt>Udskrevet</dt>\s*<dd>.*?</dd>", "", printed)


def test_what_became_of_one_newsletter_is_not_told_of_another(people: People) -> None:
    """A2.2: also where somebody asked for the other before they left this one."""
    people.subscribe(ADA)
    way_out = people.unsubscribe_link(ADA)
    people.subscribe(ADA, slug="webshop")
    people.press(way_out, "unsubscribe")

    left, kept = told()["consents"]

    assert ([act["act"] for act in left["later"]], kept["later"]) == (["unsubscribed"], [])
    assert (left["complete"], kept["complete"]) == (True, True)


def test_it_is_printed_in_the_language_that_the_person_chose_last(people: People) -> None:
    people.subscribe(ADA, language="de")
    subscriptions.rectify(contact_of(ADA)["id"], Wishes(language="da"), Cause(Channel.ME))

    assert prove().language == "da"
