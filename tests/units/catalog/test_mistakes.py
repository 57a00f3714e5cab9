"""A catalogue with a mistake is refused with every mistake and its line (PRODUCT 4.1, 7; G4)."""

import pytest

from newsletter import catalog
from newsletter.errors import CatalogInvalid
from tests.units.catalog.document import SOUND, changed

LARGE_LOGO = f"data:image/png;base64,{'A' * 16_384}"


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(CatalogInvalid) as caught:
        catalog.parse(text)
    return [(mistake.line, mistake.sentence) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('phone = "+45 00 00 00 00"', "phone = 45", "controller.phone must be text in quotes."),
        ('"post@acme.example"', '"post@"', "controller.email must be one plain e-mail address."),
        ('"privacy@acme.example"', '""', "controller.data_protection is empty."),
        ('"https://acme.example"\ndata', '"acme.example"\ndata', "controller.website must be an absolute URL like"),
        ('country = "DK"', 'country = "Denmark"', "controller.recipients[0].country must be a country's two capital"),
        ('authorities = { en = "Datatilsynet",', "authorities = {", "controller.authorities.en is missing."),
        ('languages = ["en", "da"]', 'languages = ["en", "da", "da"]', "newsletters.news.languages[2] is da a second"),
        ('languages = ["en", "da"]', "languages = []", "newsletters.news.languages must name at least one."),
        ('names = { en = "News", da = "Nyt" }', 'names = { en = "News" }', "newsletters.news.names.da is missing."),
        ('da = "Nyt" }', 'da = "" }', "newsletters.news.names.da is empty."),
        ('da = "Nyt" }', 'da = "N\\nyt" }', "newsletters.news.names.da must be one line"),
        ('da = "Nyt" }', 'da = "N\\u001byt" }', "newsletters.news.names.da holds the control character U+001B."),
        ('da = "Nyt" }', 'da = "N\\u202eyt" }', "newsletters.news.names.da holds the control character U+202E."),
        ('da = "Nyt" }', 'da = "@{link}" }', "newsletters.news.names.da holds @{, which marks the holes of a letter."),
        ('link_validity = "7 days"', 'link_validity = "15 days"', "newsletters.news.link_validity must be between 20"),
        ('link_validity = "7 days"', 'link_validity = "19 hours"', "newsletters.news.link_validity must be between 20"),
        ('link_validity = "7 days"', 'link_validity = "a week"', "newsletters.news.link_validity must be like 7 days"),
        ('link_validity = "7 days"', 'link_validity = "٧ days"', "newsletters.news.link_validity must be like 7 days"),
        (
            '["https://acme.example"]',
            '["https://acme.example/news"]',
            "newsletters.news.origins[0] must be like https:",
        ),
        ('["https://acme.example"]', '["http://acme.example"]', "newsletters.news.origins[0] must begin with https://"),
        ('["https://acme.example"]', '["*"]', "newsletters.news.origins[0] must be like https://www.example.org"),
        (
            '["https://acme.example"]',
            '["https://a;sandbox"]',
            "newsletters.news.origins[0] must be like https://www.example.org",
        ),
        ('"news@acme.example"', '"Acme <news@acme.example>"', "newsletters.news.sender.address must be one plain"),
        ('version = "1"', "version = 1", "newsletters.news.privacy.version must be text in quotes."),
        ('acme.example/thanks"', 'evil.example/thanks"', "newsletters.news.redirects.confirmed leads to a site"),
        ('"https://acme.example/thanks"', '"/thanks"', "newsletters.news.redirects.confirmed must be an absolute URL"),
        ('"200/hour"', '"many"', 'newsletters.news.limits."https://acme.example" must be like 20/hour'),
        (
            '"https://acme.example" = ',
            '"https://b.example" = ',
            'newsletters.news.limits."https://b.example" is not one',
        ),
        ("#0062a3", "#ffcc00", "newsletters.news.colours.accent has a contrast of 1.51:1 with white; 4.5:1 is needed."),
        ("#0062a3", "blue", "newsletters.news.colours.accent must be like #0062a3."),
        ('link_validity = "7 days"', 'logo = "https://acme.example/logo.png"', "newsletters.news.logo must be a data:"),
        ('link_validity = "7 days"', f'logo = "{LARGE_LOGO}"', "newsletters.news.logo must be a data:image/...;base64"),
        ('country = "DK"', 'country = "US"', "controller.recipients[0].transfer is missing."),
        ("proof_months = 24", "proof_months = 60", "newsletters.news.retention.proof_months must be between 1 and 36."),
        ("proof_months = 24", "proof = 24", "newsletters.news.retention.proof is not known here; known are end_unused"),
        ("proof_months = 24", "ip_months = 6", "newsletters.news.retention.ip_months is not known here"),
        ("proof_months = 24", 'end_unused = "yes"', "newsletters.news.retention.end_unused must be true or false."),
        ('id = "events"', 'id = "products"', "newsletters.news.topics[1].id is products a second time."),
        ('id = "events"', 'id = "Events!"', "newsletters.news.topics[1].id must be of the letters a to z"),
        (
            'id = "events"',
            'id = "events"\nretired = "yes"',
            "newsletters.news.topics[1].retired must be true or false.",
        ),
        ('"first_name"', '"email"', "newsletters.news.fields[0].name must not be email"),
        ('"first_name"', '"contact"', "newsletters.news.fields[0].name must not be contact"),
        ('da = "Fornavn" }', 'da = "Fornavn" }\nmax_length = 81', "newsletters.news.fields[0].max_length must be betw"),
        ('"first_name"', '"first_name"\nrequired = true', "newsletters.news.fields[0].required is not known here"),
        ("required = true\n", "", "newsletters.news.purposes[0].required must be true for the purpose newsletter."),
        ('id = "tracking"', 'id = "tracking"\nrequired = true', "newsletters.news.purposes[1].required must not be"),
        ('id = "newsletter"', 'id = "letters"', 'newsletters.news.purposes must hold one whose id is "newsletter"'),
        ("news about anvils", "news about <b>anvils</b>", "newsletters.news.purposes[0].wordings.en holds HTML"),
        ("news about anvils", "news about a &amp; b", "newsletters.news.purposes[0].wordings.en holds HTML"),
        ("news about anvils", "news\\r about", "newsletters.news.purposes[0].wordings.en holds the control char"),
        ("news about anvils", "news" * 501, "newsletters.news.purposes[0].wordings.en is longer than 2000 characters."),
        ('I can withdraw this at any time."', '"', "newsletters.news.purposes[0].wordings.en must not be empty, nor"),
        (
            "e-mail me news",
            "send me news",
            "newsletters.news.purposes[0].wordings.en does not name the channel, e-mail",
        ),
        ("Acme a/s may e-mail", "Acme may e-mail", "newsletters.news.purposes[0].wordings.en does not name the contr"),
        ("Jeg kan altid trække det tilbage.", "Tak.", "newsletters.news.purposes[0].wordings.da does not say that"),
        ('name = "Tool"', 'name = "Tool"\ncolour = 1', "controller.recipients[0].colour is not known here; known are"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, sentence: str) -> None:
    """Also no consent, or a term longer than the law bears (A1.2, A1.4, A1.8, A1.11, A1.14, A4.1, A7.4, G4)."""
    text, line = changed(old, new)

    found = mistakes(text)

    assert any(said.startswith(sentence) for _, said in found), found
    assert {at for at, said in found if said.startswith(sentence)} <= set(range(line - 3, line + new.count("\n") + 2))


def test_every_mistake_is_named_at_once_in_the_order_of_the_lines() -> None:
    text = (
        SOUND.replace('phone = "+45 00 00 00 00"\n', "")
        .replace("#0062a3", "#ffffff")
        .replace('da = "Nyt"', 'dk = "Nyt"')
        .replace('id = "events"', 'id = "products"')
    )

    assert mistakes(text) == [
        (1, "controller.phone is missing."),
        (17, "newsletters.news.names.da is missing."),
        (17, "newsletters.news.names.dk is not known here; known are da, en."),
        (36, "newsletters.news.colours.accent has a contrast of 1.0:1 with white; 4.5:1 is needed."),
        (46, "newsletters.news.topics[1].id is products a second time."),
    ]


def test_a_language_needs_every_text_and_a_missing_table_is_named_once() -> None:
    text = SOUND.replace('languages = ["en", "da"]', 'languages = ["en", "da", "de"]')

    sentences = [sentence for _, sentence in mistakes(text)]

    assert len(sentences) == 11
    assert all(sentence.endswith(".de is missing.") for sentence in sentences)


def test_a_missing_table_is_one_mistake_not_one_for_each_of_its_keys() -> None:
    text = SOUND.replace('[newsletters.news.sender]\nname = "Acme"\naddress = "news@acme.example"\n', "")

    assert mistakes(text) == [(16, "newsletters.news.sender is missing.")]


def test_an_empty_file_lacks_the_company_and_its_newsletters() -> None:
    assert mistakes("") == [(1, "controller is missing."), (1, "newsletters is missing.")]


def test_a_company_names_whom_it_hands_data_to() -> None:
    """A1.14, GDPR 13(1)(e): the mail relay and the marketing tool at the least."""
    company, _, rest = SOUND.partition("[[controller.recipients]]")

    found = mistakes(company + rest[rest.index("[newsletters.news]") :])

    assert found == [(1, "controller.recipients must name at least one: the mail relay, the marketing tool.")]


def test_a_bad_slug_is_refused() -> None:
    found = mistakes(SOUND.replace("newsletters.news", 'newsletters."News 1"'))

    assert found == [
        (
            16,
            'newsletters."News 1" must be of the letters a to z, digits, _ and -, at most 40, '
            "and begin with a letter or digit.",
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('phone = "+45 00 00 00 00"', "phone = +45 00", 5),
        ("[newsletters.news.sender]", "[newsletters.news.sender", 22),
        ('phone = "+45 00 00 00 00"', 'name = "twice"', 5),
    ],
)
def test_a_text_that_is_not_toml_is_refused_with_its_line(old: str, new: str, line: int) -> None:
    text, _ = changed(old, new)

    assert [at for at, _ in mistakes(text)] == [line]


def test_a_header_that_stands_there_twice_is_told_what_to_do_about_its_lines() -> None:
    """Guides print samples with the header that they are about, and whoever pastes them writes it again."""
    text = f"{SOUND}\n[newsletters.news]\nwelcome = true\n"

    [(line, sentence)] = mistakes(text)

    assert text.splitlines()[line - 1] == "[newsletters.news]"
    assert sentence.startswith("[newsletters.news] stands there already: write its lines under that one")


def test_a_text_that_ends_too_early_is_refused_at_its_end() -> None:
    assert [line for line, _ in mistakes('\n\n[controller]\nname = """Acme')] == [4]


@pytest.mark.parametrize("value", ["[" * 2000 + "]" * 2000, "{a=" * 2000 + "1" + "}" * 2000])
def test_a_text_that_is_nested_without_end_is_refused_with_its_line(value: str) -> None:
    assert mistakes(f"[controller]\nname = {value}\n") == [(2, "is nested too deeply.")]


def test_lines_are_found_in_every_way_of_writing_toml() -> None:
    text = "\r\n".join(  # as Windows writes it
        [
            "# a comment with [brackets] and a = b",
            "controller.name = 'Acme a/s' # no [table]",
            'controller."address" = """one',
            'two = 2 # not a key"""',
            "controller.email = 1",
            "[newsletters]",
            "news = { names = { en = 1 }, topics = [",
            "  { id = 'a' },",
            "  # between",
            "  { id = 7 },",
            "] }",
        ]
    )

    found = {sentence: line for line, sentence in mistakes(text)}

    assert found["controller.email must be text in quotes."] == 5
    assert found["newsletters.news.names.en must be text in quotes."] == 7
    assert found["newsletters.news.topics[1].id must be text in quotes."] == 10


def test_a_wordings_id_is_made_of_its_content() -> None:
    """A1.5"""
    before = catalog.parse(SOUND).newsletter("news").wordings_in("en")
    after = catalog.parse(SOUND.replace("anvils", "hammers")).newsletter("news").wordings_in("en")

    assert before["newsletter"].id != after["newsletter"].id
    assert before["tracking"] == after["tracking"]
    assert before["newsletter"].id == catalog.wording_id("news", "newsletter", "en", before["newsletter"].text)
