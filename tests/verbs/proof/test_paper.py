"""The proof on paper: harmless, legible, in fonts of its own (A2, E17)."""

import io
import json
import re
import unicodedata
import zlib
from html.parser import HTMLParser

import pytest
from pypdf import PdfReader

from newsletter import addresses, languages, privacy, proof, selfservice, subscriptions
from newsletter.consent import Act, Visit
from newsletter.db import reader
from newsletter.proof.document import sheet
from newsletter.proof.later_acts import FACTS, VALUES
from newsletter.proof.words import ACTS, CHANNELS, METHODS, OPENINGS, REASONS, STATES
from newsletter.signups import Method
from newsletter.subscriptions import Cause, Channel
from tests.conftest import ROOT
from tests.people import People, later
from tests.tampering import tamper
from tests.verbs.proof.proving import ADA, page, prove, told


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


def test_nothing_that_a_relay_or_staff_said_steers_the_terminal(ada: str) -> None:
    """PRODUCT 4.12: it is printed there unless it is sent elsewhere."""
    contact_id = prove().records[0].contact_id
    privacy.restrict(contact_id, Cause(Channel.STAFF, note={"reason": "\x1b[2Jphoned\u202e", "actor": "Grace"}))
    tamper("UPDATE evidence_values SET value = '250 \x9b2Jtaken\u202e\x7f\U000e0041' WHERE field = 'reply'")

    printed = [proof.PRINTERS[form](prove()).decode() for form in (proof.JSON, proof.JSON_LD, proof.HTML)]
    printed.append(privacy.portable_csv(contact_id).replace("\r\n", "\n"))

    assert not [character for paper in printed for character in paper if unseen(character)]
    assert "\ufffd[2Jphoned\ufffd" in printed[2]
    assert "\ufffd[2Jphoned\ufffd" in printed[3]
    assert json.loads(printed[0])["consents"][0]["letters"][0]["reply"] == "250 \x9b2Jtaken\u202e\x7f\U000e0041"


def unseen(character: str) -> bool:
    return unicodedata.category(character)[0] == "C" and character != "\n"


def test_the_page_speaks_the_person_s_language_and_the_words_are_there_in_full(ada: str) -> None:
    found = Harmless(page())

    assert "Bevis for samtykke" in found.text
    assert "Åse Ærø" in found.text
    for wording in told()["consents"][0]["signed_up"]["wordings"]:
        assert found.text.count(wording["text"]) == 2, "as it was ticked, and as the page displayed it"
    assert told()["consents"][0]["letters"][0]["text"] in found.text


def test_what_was_left_out_when_confirming_stands_under_its_name(people: People) -> None:
    people.ask(ADA, language="da", tracking=True)
    people.confirm(ADA, drop="tracking")

    assert re.search(r"Udeladt\s*Personlig analyse\s", Harmless(page()).text)


def test_what_came_later_is_told_in_the_same_language(people: People) -> None:
    people.subscribe(ADA, slug="webshop", language="de", first_name="Ada")
    assert "Vorname: Ada" in Harmless(page()).text
    people.leave(ADA)
    with later(days=400):
        people.client.application.test_cli_runner().invoke(args=["purge"])
        found = Harmless(page())

    assert "Vorname: Ada" not in found.text, "gone a day after leaving"
    assert re.search(r"; Weg: die Abmeldeseite; IP-Adresse: entfernt nach der Regel ip am 20\d\d-", found.text)
    assert re.search(r"Seite angezeigt\s*20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+00:00 \(UTC\)", found.text)
    assert "Themen" not in found.text, "this newsletter has none to choose from"


@pytest.mark.parametrize(
    ("language", "left", "withdrawn", "kept"),
    [
        (
            "da",
            "Via: ét klik i mailprogrammet",
            "Personlig analyse: trukket tilbage",
            "Begrundelse: settled; Af: Grace",
        ),
        ("de", "Weg: ein Klick im Mailprogramm", "Persönliche Auswertung: widerrufen", "Grund: settled; Von: Grace"),
        (
            "en",
            "By way of: one click in the mail program",
            "Personal evaluation: withdrawn",
            "Reason: settled; By: Grace",
        ),
    ],
)
def test_what_happened_later_is_said_in_its_order_and_in_no_shorthand_of_ours(
    people: People, language: str, left: str, withdrawn: str, kept: str
) -> None:
    """A2.2, A2.7: the letter to a new address came after the confirmation, and the person has that address now."""
    new, visit = "augusta@example.org", Visit(ip="192.0.2.9")
    people.subscribe(ADA, tracking=True, language=language)
    [contact], link = told()["consents"], people.unsubscribe_link(ADA)
    with later(days=2):
        subscriptions.withdraw(contact["contact"], ["tracking"], Cause(Channel.ME, visit))
        selfservice.change_address(contact["contact"], addresses.parse(new), Cause(Channel.ME, visit))
        people.confirm(new)
        for act in (privacy.restrict, privacy.lift):
            act(contact["contact"], Cause(Channel.STAFF, visit, {"reason": "settled", "actor": "Grace"}))
        people.client.post(link, data={"List-Unsubscribe": "One-Click"})

        printed = sheet(prove(new))

    whose, _, asked, asking, confirmed, moving, *_, acts, _ = [found.lines for found in printed.sections if found.lines]
    assert new in [line.text for line in whose]
    assert [asked[0].text, asking[0].text, confirmed[0].text] < [moving[0].text]
    assert new in [line.text for line in moving]
    text = "\n".join(line.text for line in acts)
    assert [said for said in (left, withdrawn, kept) if said not in text] == []
    assert re.findall(r"\b[a-z]+_[a-z]+\b|\d{4}-\d\d-\d\dT", text) == []
    assert len(re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00", text, re.MULTILINE)) == 5


def test_what_a_key_does_not_reach_is_said_to_be_withheld(people: People) -> None:
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")
    with reader() as session:
        found = proof.prove(session, prove().subscriber_id, lambda newsletter: newsletter == "webshop")

    said = {line.label: line.text for line in sheet(found).sections[0].lines}

    assert said["Acts in other newsletters, not shown here"] == "3"


def test_what_was_offered_and_not_ticked_stands_there_as_well(people: People) -> None:
    """A1.2: nobody can take one consent for two."""
    people.subscribe(ADA)

    lines = {line.label: line.text for section in sheet(prove()).sections for line in section.lines}

    assert lines["Offered, not ticked"] == "Personal evaluation"


def test_it_says_why_a_chain_proves_something(ada: str) -> None:
    """Whoever reads it in court has never seen one."""
    assert "uden at bryde kæden" in page()


def test_the_pdf_is_a_document_with_fonts_of_its_own(ada: str) -> None:
    printed = proof.PRINTERS[proof.PDF](prove())

    assert printed.startswith(b"%PDF-")
    assert printed.rstrip().endswith(b"%%EOF")
    assert b"/FontFile2" in printed
    assert 1 <= printed.count(b"/Type /Page\n") <= 2


def test_the_pdf_says_all_that_the_page_says(ada: str) -> None:
    """Each in its own way; so whoever reads the print has read the proof."""
    document = sheet(prove())

    pages = PdfReader(io.BytesIO(proof.PRINTERS[proof.PDF](prove()))).pages
    foot = letters(f"{document.imprint[0]} · {document.title} · ")
    printed = "".join(letters(page.extract_text()).rpartition(foot)[0] for page in pages)

    for section in document.sections:
        lines = [word for line in section.lines for word in (line.label, line.text)]
        for said in (section.heading, *lines, *(quote.text for quote in section.texts)):
            assert letters(said) in printed


def letters(text: str) -> str:
    """Without what a line's end adds or takes away."""
    return re.sub(r"\s+", "", text)


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

    assert (set(ACTS), set(CHANNELS), set(METHODS)) == (set(Act), set(Channel), set(Method))
    german = languages.translations("de").gettext
    told = {**ACTS, **CHANNELS, **METHODS, **STATES, **REASONS, **OPENINGS, **FACTS, **VALUES}.values()
    assert [text for text in told if german(text) == text] == []
    assert [act for act in set(Act) - {Act.ERASED} if f'"{act}": _(' not in own_page] == []
    assert [known for known in Channel if f'"{known}": _(' not in own_page] == []
