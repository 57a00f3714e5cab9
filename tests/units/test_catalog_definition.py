"""A form's definition is all that a site needs, and shows nothing that is retired (PRODUCT 5.1)."""

from pathlib import Path

from newsletter import catalog
from newsletter.catalog import Newsletter

EXAMPLE = (Path(__file__).parents[2] / "examples" / "catalog.toml").read_text()


def nyhedsbrev(text: str = EXAMPLE) -> Newsletter:
    return catalog.parse(text).newsletter("nyhedsbrev")


def test_a_definition_has_the_public_shape() -> None:
    definition = catalog.form_definition(nyhedsbrev())

    assert list(definition) == ["slug", "name", "languages", "fields", "topics", "purposes", "privacy"]
    assert definition["slug"] == "nyhedsbrev"
    assert definition["languages"] == ["da", "de", "en"]
    assert definition["fields"] == [{"name": "first_name", "required": False}, {"name": "last_name", "required": False}]
    assert definition["privacy"] == {"url": "https://www.example.org/da/privatlivspolitik", "version": "2026-11"}


def test_the_privacy_notice_is_in_the_language_of_the_form() -> None:
    """Whoever reads the form in German is not sent to a Danish notice (GDPR 12(1))."""
    notices = [catalog.form_definition(nyhedsbrev(), language)["privacy"] for language in ("de", "xx", None)]

    german = {"url": "https://www.example.org/de/datenschutz", "version": "2026-11"}
    danish = {"url": "https://www.example.org/da/privatlivspolitik", "version": "2026-11"}
    assert notices == [german, danish, danish]


def test_a_definition_holds_each_wording_with_the_id_that_a_form_sends_back() -> None:
    """A1.6"""
    newsletter = nyhedsbrev()

    purposes = catalog.form_definition(newsletter)["purposes"]

    assert purposes == [
        {
            "id": purpose,
            "required": purpose == "newsletter",
            "wordings": [
                {"id": wording.id, "language": language, "text": wording.text}
                for language in ("da", "de", "en")
                for wording in [newsletter.wordings_in(language)[purpose]]
            ],
        }
        for purpose in ("newsletter", "tracking")
    ]


def test_a_least_age_is_told_where_there_is_one() -> None:
    """A1.13"""
    sender = "[newsletters.nyhedsbrev.sender]\n"
    text = EXAMPLE.replace(sender, f"[newsletters.nyhedsbrev.minimum_age]\nda = 15\n\n{sender}")

    assert catalog.form_definition(nyhedsbrev(text))["minimum_age"] == {"da": 15}


def test_a_retired_topic_or_purpose_is_not_offered() -> None:
    text = EXAMPLE.replace('id = "surveys"', 'id = "surveys"\nretired = true')
    text = text.replace('id = "tracking"', 'id = "tracking"\nretired = true', 1)

    definition = str(catalog.form_definition(nyhedsbrev(text)))

    assert "'surveys'" not in definition
    assert "'tracking'" not in definition
    assert "'trends'" in definition


def test_the_etag_changes_with_the_definition_and_only_then() -> None:
    tags = [
        catalog.etag(catalog.form_definition(nyhedsbrev(text)))
        for text in (EXAMPLE, "# a comment\n" + EXAMPLE, EXAMPLE.replace("Erfolgsgeschichten", "Erfolge"))
    ]

    assert tags[0] == tags[1] != tags[2]
