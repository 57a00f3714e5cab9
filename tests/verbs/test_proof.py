"""The proof of one person: complete or said not to be, in every format, and the same for ever (A2, E17)."""

import html
import json
import re
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from newsletter import access, addresses, catalog, proof, selfservice, subscriptions
from newsletter.access import Scope
from newsletter.consent import Act, Visit
from newsletter.db import reader
from newsletter.proof import Proof
from newsletter.proof.acts import ACTS
from newsletter.subscriptions import Channel, Subscriber
from tests.conftest import EXAMPLE, ROOT
from tests.people import People
from tests.servers import Relay
from tests.tampering import tamper

ADA, GRACE = "ada@example.org", "grace@example.org"


def prove(address: str = ADA) -> Proof:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return proof.prove(session, found.id)


def told(address: str = ADA) -> dict[str, Any]:
    return json.loads(proof.PRINTERS[proof.JSON](prove(address)))  # type: ignore[no-any-return]


def page(address: str = ADA) -> str:
    return proof.PRINTERS[proof.HTML](prove(address)).decode()


@pytest.fixture
def ada(people: People) -> str:
    """Ada, who agreed to both purposes in Danish, from an address of her own."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    form = {"language": "da", "topic": "events", "source": "https://www.example.org/news"}
    people.subscribe(ADA, tracking=True, first_name="Åse Ærø", **form)
    return ADA


# Complete


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
    subscriptions.grant(contact["contact"], {"tracking": wording}, channel=Channel.ME, visit=visit)
    text = catalog.recorded([wording])[wording].text
    catalog.apply(EXAMPLE.read_text().replace("clicked, and which areas", "pressed, and which areas"))

    [consent] = told()["consents"]

    assert consent["later"][0]["granted"] == [{"purpose": "tracking", "id": wording, "text": text}]
    assert text in html.unescape(page())
    assert wording in page()


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


# Incomplete


LACKING = [
    ("DELETE FROM evidence WHERE act = 'letter_sent'", "There is no record of the letter that asked for confirmation."),
    ("DELETE FROM evidence WHERE act = 'signed_up'", "The record of the sign-up is missing."),
    ("DELETE FROM evidence WHERE act = 'confirmed'", "The record of the confirmation is missing."),
    ("DELETE FROM evidence_values WHERE field = 'reply'", "The mail server's answer to the letter is missing."),
    ("DELETE FROM letter_versions", "The letter cannot be shown as it was sent."),
    ("UPDATE letter_versions SET mime = replace(mime, 'html', 'htm')", "The letter cannot be shown as it was sent."),
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


def test_the_letter_to_a_new_address_is_none_that_asked_for_the_consent(ada: str, people: People) -> None:
    """A2.5"""
    new = "augusta@example.org"
    [consent] = told()["consents"]
    address, visit = addresses.parse(new), Visit(ip="192.0.2.77")
    selfservice.change_address(consent["contact"], address, channel=Channel.ME, visit=visit)
    people.confirm(new)
    assert told(new)["consents"][0]["complete"]

    tamper("DELETE FROM evidence WHERE act = 'letter_sent' AND seq = 2")

    assert told(new)["consents"][0]["missing"] == ["There is no record of the letter that asked for confirmation."]


def test_a_consent_without_its_words_is_flagged_incomplete(ada: str) -> None:
    """A2.5. The words lie in a table of their own, which refuses to lose one; a dump may have left it out."""
    tamper('UPDATE evidence SET facts = replace(facts, \'"wordings":{\', \'"wordings":{"x":"0000000000000000",\')')

    [consent] = told()["consents"]

    assert consent["missing"] == ["The wording of the consent is missing."]


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


# For ever


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


# On paper


class Harmless(HTMLParser):
    """Collects what a page could do, and what it says."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_harmless_whatever_the_values_hold(ada: str) -> None:
    """PRODUCT 4.12: it is opened by somebody with access to everything."""
    evil = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\u202egpj.exe"
    tamper(f"UPDATE evidence_values SET value = '{evil}' WHERE field IN ('typed', 'address', 'ip', 'reply')")  # noqa: S608

    found = Harmless(page())

    assert not found.tags & {"script", "img", "a", "link", "iframe", "form", "object"}
    assert not {name for name in found.attributes if name.startswith("on") or name in ("src", "href")}
    assert "<script>alert(1)</script>" in found.text
    assert "\u202e" not in found.text
    assert "not whole" in found.text or "brudt" in found.text


def test_the_page_speaks_the_person_s_language_and_the_words_are_there_in_full(ada: str) -> None:
    found = Harmless(page())

    assert "Bevis for samtykke" in found.text
    assert "Åse Ærø" in found.text
    for wording in told()["consents"][0]["signed_up"]["wordings"]:
        assert found.text.count(wording["text"]) == 2, "as it was ticked, and as the page displayed it"
    assert told()["consents"][0]["letters"][0]["text"] in found.text


def test_the_pdf_is_a_document_with_fonts_of_its_own(ada: str) -> None:
    printed = proof.PRINTERS[proof.PDF](prove())

    assert printed.startswith(b"%PDF-")
    assert printed.rstrip().endswith(b"%%EOF")
    assert b"/FontFile2" in printed
    assert 1 <= printed.count(b"/Type /Page\n") <= 2


def test_no_character_is_lost_on_paper(people: People, caplog: pytest.LogCaptureFixture) -> None:
    """What the font has no picture of stands there by its number."""
    people.subscribe(ADA, first_name="王")

    assert proof.PRINTERS[proof.PDF](prove())

    assert "missing the following glyphs" not in caplog.text


def test_nothing_on_paper_is_printed_over_something_else(people: People) -> None:
    """A label may take more lines than what stands beside it, German ones above all."""
    people.subscribe(ADA, language="de")

    printed = proof.PRINTERS[proof.PDF](prove())

    for drawn in map(decompressed, re.findall(rb"stream\n(.*?)endstream", printed, re.DOTALL)):
        places = re.findall(rb"BT ([\d.]+ [\d.]+) Td", drawn)
        assert len(places) == len(set(places))


def decompressed(stream: bytes) -> bytes:
    """What is drawn on a page; nothing where the stream is something else, and not compressed."""
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_every_act_has_a_name_on_paper_and_on_the_persons_own_page() -> None:
    own_page = (ROOT / "newsletter/templates/pages/me/evidence.html").read_text()

    assert set(ACTS) == set(Act)
    assert [act for act in set(Act) - {Act.ERASED} if f'"{act}": _(' not in own_page] == []
    assert [channel for channel in Channel if f'"{channel}": _(' not in own_page] == []


# For machines


def test_the_command_prints_every_format(ada: str, service: Flask) -> None:
    """A2.6"""
    runner = service.test_cli_runner()
    show = ["evidence", "show", ADA, "--format"]

    printed = {form: runner.invoke(args=[*show, form]).stdout_bytes for form in ("json", "html", "pdf", "jsonld")}

    assert json.loads(printed["json"])["consents"][0]["complete"]
    assert printed["html"].startswith(b"<!doctype html>")
    assert printed["pdf"].startswith(b"%PDF-")
    assert json.loads(printed["jsonld"])["@graph"][0]["@type"] == "dpv:ConsentRecord"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/pdf", "application/pdf"),
        ("application/ld+json", "application/ld+json"),
        ("text/plain", "application/json"),
    ],
)
def test_the_machine_interface_prints_what_is_accepted(ada: str, service: Flask, accept: str, media_type: str) -> None:
    """A2.6"""
    with_key = {"Authorization": f"Bearer {access.create('dpo', [Scope.EVIDENCE_READ], [], None)}", "Accept": accept}
    contact = told()["consents"][0]["contact"]

    answer = service.test_client().get(f"/api/v1/contacts/{contact}/evidence", headers=with_key)

    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Accept" in answer.headers["Vary"]
    if media_type == "text/html":
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")


# Checked and sealed


def test_everybody_s_evidence_is_checked_with_a_bar_on_standard_error(ada: str, service: Flask) -> None:
    checked = service.test_cli_runner().invoke(args=["evidence", "verify", "--all"])

    assert checked.stdout == "1 checked, all whole.\n"
    assert "Checking evidence" in checked.stderr


def test_the_receipt_bears_a_seal_that_only_what_it_says_has_and_the_proof_names_it(people: People) -> None:
    """E18."""
    pages = [people.subscribe(address, topic="events").text for address in (ADA, GRACE)]

    seals = [re.search(r"<dd>([0-9a-f]{6}(?: [0-9a-f]{4}){8})</dd>", found) for found in pages]

    assert seals[0] and seals[1]
    assert seals[0][1] != seals[1][1]
    assert people.client.get(people.inbox.link(ADA)).text.count(seals[0][1]) == 1
    people.leave(ADA)
    assert [consent["confirmed"]["receipt_seals"] for consent in told()["consents"]] == [[seals[0][1]]]
    assert seals[0][1] in page()
