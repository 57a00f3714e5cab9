"""A sound catalogue says what was written, and has defaults for what may be left out (PRODUCT 4.1)."""

from datetime import timedelta
from pathlib import Path

import pytest

from newsletter import catalog
from newsletter.catalog import Term, Unit
from newsletter.catalog.document import wording_id
from newsletter.config import Limit
from newsletter.errors import NewsletterUnknown
from tests.units.catalog.document import SOUND, changed

EXAMPLE = Path(__file__).parents[3] / "examples" / "catalog.toml"


def test_the_imprint_names_who_acts_for_the_company_where_it_has_to() -> None:
    """A3.7; DDG 5(1)."""
    german = 'representation = "Vertreten durch Ada Lovelace"\nvat = "USt-IdNr. DE000000000"\nwebsite = '

    imprint = catalog.parse(SOUND.replace("website = ", german)).controller.imprint

    assert catalog.parse(SOUND).controller.imprint == (*imprint[:2], *imprint[3:-1])
    assert (imprint[2], imprint[-1]) == ("Vertreten durch Ada Lovelace", "USt-IdNr. DE000000000")


def test_the_first_users_catalogue_is_sound_and_offers_what_its_policy_promises() -> None:
    """Its consents say what the newsletter is about (A1.4)."""
    found = catalog.parse(EXAMPLE.read_text())

    assert set(found.newsletters) == {"nyhedsbrev", "webshop"}
    assert found.newsletter("nyhedsbrev").topic_ids == ("products", "events", "stories", "trends", "surveys")
    for newsletter in found.newsletters.values():
        assert newsletter.languages == ("da", "de", "en")
        assert [purpose.id for purpose in newsletter.purposes] == ["newsletter", "tracking"]
        assert newsletter.link_validity == timedelta(days=7)
        assert not newsletter.welcome
        assert not newsletter.goodbye
        assert newsletter.redirects == catalog.Redirects()
    for slug, named in {
        "nyhedsbrev": "the company's products and solutions",
        "webshop": "the web shop's range",
    }.items():
        assert named in found.newsletter(slug).wordings_in("en")["newsletter"].text


TRACKED = {
    "da": ["browser", "styresystem", "internetforbindelse", "modtaget og læst", "links", "områder", "apps", "profil"],
    "de": ["Browser", "Betriebssystem", "Internetverbindung", "erhalten und gelesen", "Links", "Bereiche", "Apps"],
    "en": ["browser", "operating system", "internet connection", "received and read", "links", "areas", "apps"],
}


@pytest.mark.parametrize("slug", ["nyhedsbrev", "webshop"])
@pytest.mark.parametrize("language", list(TRACKED))
def test_the_tracking_wording_lists_every_class_of_data(slug: str, language: str) -> None:
    """A5.2"""
    wording = catalog.parse(EXAMPLE.read_text()).newsletter(slug).wordings_in(language)["tracking"]

    assert [word for word in TRACKED[language] if word not in wording.text] == []


def test_a_sound_catalogue_says_what_was_written() -> None:
    news = catalog.parse(SOUND).newsletter("news")

    assert news.name_in("da") == "Nyt"
    assert news.name_in("fr") == "News"
    assert news.sender.reply_to == "news@acme.example"
    assert news.limits == {"https://acme.example": (Limit(most=200, seconds=3600),)}
    assert news.retention.terms == {"proof": Term(number=24, unit=Unit.MONTHS)}
    assert news.fields[0].max_length == 80
    assert news.wordings_in("en")["tracking"].text.count("\n") == 1
    assert news.wordings_in("fr") == {}


def test_one_text_is_another_wording_wherever_else_it_stands() -> None:
    """A1.5: evidence names a wording by its id alone."""
    wording = ("news", "tracking", "en", "Yes.")
    others = ("shop", "profiling", "de", "Yes!")
    moved = [(*wording[:n], other, *wording[n + 1 :]) for n, other in enumerate(others)]

    assert len({wording_id(*one) for one in (wording, *moved)}) == 5


def test_a_newsletter_that_is_not_in_the_catalogue_is_unknown() -> None:
    with pytest.raises(NewsletterUnknown):
        catalog.parse(SOUND).newsletter("olds")


def test_what_may_be_left_out_has_a_default() -> None:
    """A4.1"""
    text, _ = changed('link_validity = "7 days"\n', "")

    assert catalog.parse(text).newsletter("news").link_validity == timedelta(days=7)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://acme.example", True),
        ("https://ACME.example:443", True),
        ("http://acme.example", False),
        ("https://acme.example:8443", False),
        ("https://acme.example.evil.example", False),
        ("https://evil.example\\@acme.example", False),
        ("https://[", False),
        ("null", False),
    ],
)
def test_only_a_listed_origin_is_allowed(origin: str, allowed: bool) -> None:
    assert catalog.parse(SOUND).newsletter("news").allows(origin) is allowed
