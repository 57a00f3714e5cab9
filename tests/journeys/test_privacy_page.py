"""The privacy page tells what the catalogue says, in the reader's language (A1.14, A7.1, C17)."""

import re

import pytest
from flask.testing import FlaskClient

from newsletter import catalog, languages
from newsletter.catalog import ROWS
from tests.conftest import EXAMPLE
from tests.people import Forms, Inbox, People

OBJECTION = "You can object to the processing, to direct marketing without giving reasons (Article 21 GDPR)."
TWO_YEARS = {"da": "24 måneder derefter", "de": "24 Monate danach", "en": "24 months after that"}


def text_of(client: FlaskClient, language: str) -> str:
    page = client.get("/privacy", headers={"Accept-Language": language})
    assert page.status_code == 200
    return page.text.replace("&#39;", "'")


@pytest.mark.parametrize("language", ["da", "de", "en"])
def test_every_class_of_data_is_told_with_its_term_its_basis_and_what_becomes_of_it(
    client: FlaskClient, language: str
) -> None:
    """A1.14, C17: what limits count by is one of them."""
    say = languages.translations(language).gettext

    page = text_of(client, language)

    for row in ROWS:
        assert say(row.what) in page
        assert say(row.basis) in page
        assert say(row.action) in page
    assert TWO_YEARS[language] in page


def test_what_the_catalogue_says_is_what_the_page_says(client: FlaskClient) -> None:
    """One source: the term that deletes is the term that is promised."""
    own = '[retention.basis]\nreads = { da = "Fordi", de = "Darum", en = "Because we say so" }\n'
    ours = "[newsletters.webshop.retention]\nproof_months = 36\nend_unused = true\n\n[newsletters.webshop.sender]"
    changed = (
        EXAMPLE.read_text().replace("ip_months = 12 ", "ip_months = 1 ").replace("[newsletters.webshop.sender]", ours)
    )

    catalog.apply(own + changed)
    page = text_of(client, "en")

    assert "<dd>\n1 month after each act.\n" in page
    assert "24 months after that (News from the web shop: 36 months)." in page
    assert "Because we say so" in page
    assert "Ended, after a mark at half the time." in page


def test_the_company_its_recipients_the_rights_and_the_authority_are_named(client: FlaskClient) -> None:
    """A1.14, A2.12, A8.8: also why IP addresses are kept, and that it costs nothing to use the rights."""
    controller = catalog.current().controller

    page = text_of(client, "en")

    assert f'<a href="{controller.website}"' in page
    for told in (*controller.imprint, controller.data_protection, controller.authorities["en"], "It costs nothing."):
        assert told in page
    for recipient in controller.recipients:
        assert recipient.name in page
    for article in ("6(1)(a)", "7(3)", "15", "16", "17", "18", "20", "21"):
        assert f"Article {article} GDPR" in page
    for newsletter in catalog.current().newsletters.values():
        assert [wording for wording in newsletter.wordings_in("en").values() if wording.text not in page] == []
    assert "The legal basis is your consent (Article 6(1)(a) GDPR), in these words:" in page
    assert "of sign-up and confirmation, of changes and of leaving, and the IP addresses used for them" in page
    assert "to prove your consent (Article 7(1) GDPR) and to defend against abuse (Article 6(1)(f) GDPR)." in page
    rights = page[page.index("Your rights") : page.index("supervisory authority")]
    assert '<a href="/manage?language=en">' in rights, "and where they are used without asking anybody (GDPR 12(2))"
    assert "You are not obliged to tell us anything. Without an e-mail address no newsletter can be sent" in page


@pytest.mark.parametrize(
    ("language", "heading"),
    [("da", "Din ret til at gøre indsigelse"), ("de", "Ihr Widerspruchsrecht"), ("en", "Your right to object")],
)
def test_the_right_to_object_stands_by_itself(client: FlaskClient, language: str, heading: str) -> None:
    """A1.14, GDPR 21(4): clearly, and apart from all else that is told, with where to send the objection."""
    page = text_of(client, language)

    told = page[page.index(f'<h2 id="objection">{heading}</h2>') :]
    told = told[: told.index("<h2", 1)]
    assert languages.translations(language).gettext(OBJECTION) in told
    assert f"mailto:{catalog.current().controller.data_protection}" in told
    assert "<ul>" not in told
    assert page.count(languages.translations(language).gettext(OBJECTION)) == 1


def test_a_recipient_abroad_is_named_with_the_ground_of_the_transfer(client: FlaskClient) -> None:
    """A1.14, A8.11, GDPR 13(1)(f): the catalogue cannot leave it out."""
    abroad = (
        'country = "US"\ntransfer = { da = "Standardkontrakt", de = "Klauseln", en = "Standard clauses (46(2)(c))" }'
    )

    catalog.apply(EXAMPLE.read_text().replace('country = "DK"  # EXAMPLE\n', f"{abroad}\n", 1))

    page = text_of(client, "en")
    assert "Markomi (US)" in page
    assert "Standard clauses (46(2)(c))" in page


def test_whoever_chose_a_language_keeps_it_on_the_pages_of_no_newsletter(client: FlaskClient) -> None:
    danish = {"Accept-Language": "da"}
    for path in ("/", "/privacy", "/manage"):
        page = client.get(f"{path}?language=de", headers=danish)
        assert page.headers["Content-Language"] == "de"
        assert f'href="{path}?language=en"' in page.text
        assert 'href="/privacy?language=de"' in page.text
        assert client.get(f"{path}?language=xx", headers=danish).headers["Content-Language"] == "da"

    action = Forms(client.get("/manage?language=de").text).forms["ask"]["action"]
    assert "Bitte prüfen Sie Ihre Eingaben" in client.post(action, data={"email": "ada@"}, headers=danish).text


def test_what_a_newsletter_says_in_another_language_than_the_page_is_marked_as_such(
    people: People, inbox: Inbox
) -> None:
    """F8 (WCAG 2.2, 3.1.2): a screen reader would read Danish as if it were German."""
    catalog.apply(with_a_danish_shop())
    people.subscribe("ada@example.org", slug="webshop", language="da")
    people.subscribe("ada@example.org", language="de")
    people.client.post("/manage", data={"email": "ada@example.org"})
    own = people.client.get(inbox.link("ada@example.org", "me")).text
    index, privacy = (people.client.get(f"{path}?language=de").text for path in ("/", "/privacy"))

    assert '<html lang="de">' in own
    assert '<h2 lang="da">Nyt fra webshoppen</h2>' in own
    assert '<span lang="da">Fornavn</span>' in own
    assert re.search(r'<li><a href="#part-\w+" lang="da">Nyt fra webshoppen</a></li>', own)
    assert "<h2>Konica-Minolta-Newsletter</h2>" in own
    assert 'language=da" lang="da">Nyt fra webshoppen</a>' in index
    assert '<h3 lang="da">Nyt fra webshoppen</h3>' in privacy
    assert privacy.count('<div class="panel" lang="da">') == 2
    assert privacy.count('<div class="panel">') == 2


def test_people_of_a_closed_newsletter_still_read_of_it_in_their_language(client: FlaskClient) -> None:
    """PRODUCT 4.1: `retired` closes the sign-up, and keeps rights."""
    catalog.apply(
        with_a_danish_shop().replace("[newsletters.nyhedsbrev]\n", "[newsletters.nyhedsbrev]\nretired = true\n")
    )

    page = client.get("/privacy?language=de", headers={"Accept-Language": "da"})

    assert page.headers["Content-Language"] == "de"
    assert "Datenschutzhinweise zu „Konica-Minolta-Newsletter“" in page.text
    assert client.get("/manage?language=en", headers={"Accept-Language": "da"}).headers["Content-Language"] == "en"


def with_a_danish_shop() -> str:
    """The example's catalogue, whose second newsletter is in Danish alone."""
    ours, shop = EXAMPLE.read_text().split("[newsletters.webshop]\n")
    shop = re.sub(r', de = "[^"]*", en = "[^"]*"', "", shop.replace('["da", "de", "en"]', '["da"]'))
    shop = re.sub(r'^(de|en) = (""".*?"""|".*?")\n?', "", shop, flags=re.MULTILINE | re.DOTALL)
    return f"{ours}[newsletters.webshop]\n{shop}"
