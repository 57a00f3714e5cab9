"""Colours, logo and texts of a newsletter are on its pages, from the catalogue, within the policy (PRODUCT 4.1)."""

import base64

import pytest
from flask.testing import FlaskClient

from newsletter import catalog, rendering
from tests.conftest import EXAMPLE
from tests.people import Inbox, People, text_of

ADA = "ada@example.org"
LOGO = f"data:image/png;base64,{base64.b64encode(b'a picture').decode()}"
OWN = f"""
[newsletters.nyhedsbrev]
logo = "{LOGO}"
texts.intro = {{ da = "Nyt hver måned.", de = "Jeden Monat Neues.", en = "News every month." }}
texts.thanks = {{ da = "Vi ses!", de = "Bis bald!", en = "See you <soon>!" }}
texts.goodbye = {{ da = "Hav det godt.", de = "Alles Gute.", en = "All the best." }}
minimum_age = {{ da = 15, de = 16 }}
"""


@pytest.fixture
def branded(people: People) -> People:
    catalog.apply(EXAMPLE.read_text().replace("\n[newsletters.nyhedsbrev]\n", OWN).replace("#0062a3", "#8A1538"))
    return people


def test_each_page_of_a_newsletter_has_its_colour_in_a_sheet_of_its_own(branded: People, inbox: Inbox) -> None:
    branded.subscribe(ADA)
    paths = ["/newsletters/nyhedsbrev", "/newsletters/nyhedsbrev/inbox", inbox.link(ADA), branded.unsubscribe_link(ADA)]

    for path in paths:
        assert '<link rel="stylesheet" href="/brand/8a1538.css">' in branded.client.get(path).text
    sheet = branded.client.get("/brand/8a1538.css")
    assert sheet.mimetype == "text/css"
    assert "--act:#8a1538" in sheet.text
    assert "max-age=31536000" in sheet.headers["Cache-Control"]
    assert "immutable" in sheet.headers["Cache-Control"]
    known = {"If-None-Match": sheet.headers["ETag"]}
    assert branded.client.get("/brand/8a1538.css", headers=known).status_code == 304


def test_a_sheet_is_for_colours_alone(client: FlaskClient) -> None:
    for name in ("xyz", "8A1538", "8a15380", "8a1538;x", "fff"):
        assert client.get(f"/brand/{name}.css").status_code == 404


def test_a_file_of_ours_is_found_by_the_digest_of_its_content_alone(client: FlaskClient) -> None:
    """It may be kept for ever, so what an older page asks for must not be answered with what is newer."""
    digest = rendering.static_digest("style.css")

    with client.get(f"/static/{digest}/style.css") as found:
        assert found.status_code == 200
    assert client.get("/static/0123456789ab/style.css").status_code == 404
    assert client.get(f"/static/{digest}/frame.js").status_code == 404
    assert client.get(f"/static/{digest}/{'x' * 1000}").status_code == 404, "no file system has such names"


def test_the_newsletters_own_words_are_where_they_belong_and_are_only_text(branded: People, inbox: Inbox) -> None:
    assert "Nyt hver måned." in branded.client.get("/newsletters/nyhedsbrev?language=da").text
    confirmed = branded.subscribe(ADA).text
    left = branded.leave(ADA).text

    assert "See you &lt;soon&gt;!" in confirmed
    assert "All the best." in left
    assert f'<img src="{LOGO}" alt="">' in confirmed
    letter = inbox.letters(ADA)[0].as_string()
    for word in ("News every month", "See you", "All the best", "a picture"):
        assert word not in letter


def test_the_form_says_how_old_one_should_be(branded: People) -> None:
    """A1.13"""
    for language, sentence in {
        "da": "personer, der er fyldt 15 år",
        "de": "Personen ab 16 Jahren",
        "en": "not meant for children",
    }.items():
        for path in ("", "/form.html", "/embed"):
            assert sentence in branded.client.get(f"/newsletters/nyhedsbrev{path}?language={language}").text


def test_consents_are_told_in_the_order_of_the_form_and_not_of_their_names(people: People, inbox: Inbox) -> None:
    """What the letter is about comes first."""
    catalog.apply(EXAMPLE.read_text().replace('id = "tracking"', 'id = "analysis"'))
    both = people.wordings()
    people.ask(ADA, consent=[both["analysis"], both["newsletter"]])
    letter = text_of(inbox.letters(ADA)[0])

    for told in (letter, people.client.get(inbox.link(ADA)).text, people.confirm(ADA).text):
        assert 0 < told.index("may send me the newsletter") < told.index("may record and evaluate")
