"""What a company's site is given to embed the form (PRODUCT 5.1): small, cacheable, framed by its own sites alone."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from newsletter import catalog
from newsletter.pages import embedding
from tests.conftest import EXAMPLE, ROOT, Contents
from tests.people import Forms, Inbox, People

SITE = "https://www.example.org"
HOME = "http://localhost/newsletters/nyhedsbrev"
PLUGIN = ROOT / "examples" / "wordpress" / "newsletter.php"
ADA = "ada@example.org"
NONE_IS_ALL = {
    "da": "Vælger du intet, får du dem alle.",
    "de": "Wenn Sie nichts wählen, erhalten Sie alle.",
    "en": "If you choose nothing, you get all of them.",
}

needs_php = pytest.mark.skipif(shutil.which("php") is None, reason="no PHP here; the plug-in is read by its users' own")


def directives(policy: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.strip().partition(" ") for part in policy.split(";"))}


def test_the_script_is_small_cacheable_and_for_every_site(client: FlaskClient) -> None:
    answer = client.get("/embed.js")

    assert answer.mimetype == "text/javascript"
    assert len(answer.data) < 6 * 1024
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    again = client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_script_is_the_same_for_everybody_and_knows_no_cookie(client: FlaskClient) -> None:
    text = client.get("/embed.js", headers={"Host": "evil.example"}).text

    assert "evil.example" not in text
    for word in ("document.cookie", "localStorage", "sessionStorage", "innerHTML", "eval("):
        assert word not in text


@pytest.mark.parametrize("language", ["da", "de", "en"])
def test_the_form_that_the_script_fetches_is_signed_and_unticked(client: FlaskClient, language: str) -> None:
    """And the privacy notice is before the consents (A1.1, A1.7)."""
    answer = client.get(
        f"/newsletters/nyhedsbrev/form.html?language={language}", headers={"Origin": "https://x.example"}
    )
    form = Forms(answer.text).forms[""]

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert form["action"] == f"{HOME}/signups"
    assert form["fields"]["rendered"]
    assert form["fields"]["language"] == language
    assert [box for box in form["boxes"] if "checked" in box] == []
    assert f'href="https://www.example.org/{language}/' in answer.text.partition('name="consent"')[0]
    assert NONE_IS_ALL[language] in answer.text.partition('name="topic"')[0]


def test_a_newsletter_that_is_closed_offers_no_form(client: FlaskClient) -> None:
    retired = "[newsletters.nyhedsbrev]\nretired = true\n"
    catalog.apply(EXAMPLE.read_text().replace("[newsletters.nyhedsbrev]\n", retired))

    for path in ("form.html", "embed"):
        assert client.get(f"/newsletters/nyhedsbrev/{path}").status_code == 409
        assert client.get(f"/newsletters/nowhere/{path}").status_code == 404


def test_the_page_to_copy_from_names_this_service_and_the_sites_that_may_post(client: FlaskClient) -> None:
    page = html.unescape(client.get("/newsletters/nyhedsbrev/embed?language=en", headers={"Host": "evil.example"}).text)

    assert f'<a href="{HOME}?language=en">' in page
    assert '<script src="http://localhost/embed.js" async></script>' in page
    assert f'<iframe src="{HOME}?language=en&amp;frame=1"' in page
    assert f'[newsletter url="{HOME}" language="en"]' in page
    assert "connect-src http://localhost" in page
    assert SITE in page
    assert "evil.example" not in page


def test_the_embed_page_shows_its_code_and_runs_none_of_it(client: FlaskClient) -> None:
    page = client.get("/newsletters/nyhedsbrev/embed").text

    for tag in ("<script", "<iframe", "<form", "<input"):
        assert tag not in page


def test_the_plug_in_hides_its_trap_as_the_policy_beside_it_allows(client: FlaskClient) -> None:
    page = html.unescape(client.get("/newsletters/nyhedsbrev/embed").text)
    policies = [page.partition(f'id="{way}-policy" tabindex="0"><code>')[2] for way in ("plain", "wordpress")]

    assert f'style="{embedding.HIDING}" aria-hidden' in PLUGIN.read_text()
    assert all(embedding.hashed(embedding.HIDING) in policy.partition("</code>")[0] for policy in policies)


def test_the_plain_form_to_copy_is_a_form_that_works(people: People, inbox: Inbox) -> None:
    page = people.client.get("/newsletters/nyhedsbrev/embed?language=da").text
    code = html.unescape(page.partition('id="plain" tabindex="0"><code>')[2].partition("</code>")[0])
    form = Forms(code).forms[""]
    ticked = [box["value"] for box in form["boxes"] if "required" in box]

    fields = {**form["fields"], "email": ADA, "consent": ticked}
    answer = people.client.post(form["action"], data=fields, headers={"Origin": SITE})

    assert answer.status_code == 303
    assert "rendered" not in fields
    assert inbox.subjects(ADA) == ["Bekræft venligst: Konica Minoltas nyhedsbrev"]


# Frames


def test_only_the_newsletters_own_sites_may_frame_the_form(client: FlaskClient) -> None:
    """D2.4"""
    for path in ("/newsletters/nyhedsbrev?frame=1", "/newsletters/nyhedsbrev/inbox?frame=1"):
        policy = directives(client.get(path).headers["Content-Security-Policy"])
        assert policy["frame-ancestors"] == SITE
        assert policy["script-src"] == "'self'"
    for path in ("/newsletters/nyhedsbrev", "/newsletters/nyhedsbrev/inbox", "/privacy?frame=1", "/confirm/x?frame=1"):
        policy = directives(client.get(path).headers["Content-Security-Policy"])
        assert policy["frame-ancestors"] == "'none'", path
        assert "script-src" not in policy


def test_a_frame_stays_a_frame_until_the_mail_is_awaited(people: People) -> None:
    client = people.client
    form = Forms(client.get("/newsletters/nyhedsbrev?frame=1&language=en").text).forms[""]
    refused = client.post(form["action"], data={**form["fields"], "email": "nonsense"})
    taken = client.post(form["action"], data=people.filled(ADA))

    assert refused.status_code == 422
    assert directives(refused.headers["Content-Security-Policy"])["frame-ancestors"] == SITE
    assert taken.headers["Location"].endswith("&frame=1")


def test_where_the_frame_stands_is_kept_as_the_source(people: People, contents: Callable[[], Contents]) -> None:
    address = "/newsletters/nyhedsbrev?frame=1&language=en"
    for number, referrer in enumerate([f"{SITE}/news?x=1", "https://evil.example/news"]):
        page = people.client.get(address, headers={"Referer": referrer})
        form = Forms(page.text).forms[""]
        fields = {**form["fields"], **people.filled(f"ada{number}@example.org")}
        people.client.post(form["action"], data=fields)

    kept, other = contents()["signups"]
    assert f"'{SITE}/news'" in kept + other
    assert "evil.example" not in kept + other


# WordPress


def wordpress(form: Path, language: str, url: str = HOME, times: str = "1") -> str:
    """What the plug-in writes into a page."""
    stubs = Path(__file__).with_name("wordpress.php")
    told = ["-d", "error_reporting=E_ALL", "-d", "display_errors=stderr"]
    ran = subprocess.run(
        ["php", *told, stubs, PLUGIN, form, url, language, times], capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    return ran.stdout


@needs_php
@pytest.mark.parametrize("language", ["da", "de", "en"])
def test_the_wordpress_form_signs_up(people: People, inbox: Inbox, tmp_path: Path, language: str) -> None:
    definition = tmp_path / "form.json"
    definition.write_text(people.client.get("/newsletters/nyhedsbrev/form.json").text)

    markup = wordpress(definition, language)
    form = Forms(markup).forms[""]
    ticked = [box["value"] for box in form["boxes"] if "required" in box]
    answer = people.client.post(form["action"], data={**form["fields"], "email": ADA, "consent": ticked})

    assert answer.status_code == 303
    assert form["fields"]["language"] == language
    assert {"first_name", "last_name", "website"} <= form["fields"].keys()
    assert NONE_IS_ALL[language] in markup
    assert len(inbox.links(ADA)) == 1


@needs_php
def test_the_wordpress_form_says_for_whom_the_newsletter_is(people: People, tmp_path: Path) -> None:
    """A1.13: as the hosted one does."""
    sender = "[newsletters.nyhedsbrev.sender]\n"
    age = f"[newsletters.nyhedsbrev.minimum_age]\nda = 15\n\n{sender}"
    catalog.apply(EXAMPLE.read_text().replace(sender, age))
    definition = tmp_path / "form.json"
    definition.write_text(people.client.get("/newsletters/nyhedsbrev/form.json").text)

    for language, sentence in (("da", "der er fyldt 15 år."), ("en", "This newsletter is not meant for children.")):
        assert sentence in wordpress(definition, language)
        assert sentence in people.client.get(f"/newsletters/nyhedsbrev?language={language}").text


@needs_php
def test_two_wordpress_forms_on_one_page_are_strangers(people: People, tmp_path: Path) -> None:
    definition = tmp_path / "form.json"
    definition.write_text(people.client.get("/newsletters/nyhedsbrev/form.json").text)

    ids = re.findall(r' id="([^"]+)"', wordpress(definition, "en", times="2"))

    assert len(ids) == len(set(ids)) > 20


@needs_php
def test_the_wordpress_form_escapes_what_the_service_says(people: People, tmp_path: Path) -> None:
    definition = json.loads(people.client.get("/newsletters/nyhedsbrev/form.json").text)
    evil = "\"><script>alert(1)</script>'"
    definition["slug"] = definition["fields"][0]["name"] = evil
    definition["topics"][0] = {"id": evil, "name": {"en": evil}}
    definition["purposes"][1]["wordings"][2] = {"id": evil, "language": "en", "text": evil}
    definition["privacy"]["url"] = f"javascript:{evil}"
    file = tmp_path / "form.json"
    file.write_text(json.dumps(definition))

    written = wordpress(file, "en")

    assert "<script" not in written
    assert "javascript:" not in written
    assert "alert(1)" in written


@needs_php
def test_the_wordpress_form_is_a_link_while_nothing_is_known(tmp_path: Path) -> None:
    assert wordpress(tmp_path / "none", "da") == f'<p><a href="{HOME}">Newsletter</a></p>'
    assert wordpress(tmp_path / "none", "da", url="javascript:alert(1)//newsletters/x") == ""
