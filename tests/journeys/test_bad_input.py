"""Bad input, line by line of PRODUCT section 7: refused in plain words, never stored, never a fault of ours."""

import json
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import make_url, text
from sqlalchemy.exc import InternalError
from werkzeug.test import TestResponse

from newsletter import db
from tests.conftest import Contents
from tests.people import Forms, People
from tests.servers import Postgres

ADA = "ada@example.org"
PATH = "/newsletters/nyhedsbrev/signups"
PROBLEM = "application/problem+json"
BAD_ADDRESSES = [
    "",
    " ",
    "ada",
    "ada@",
    "@example.org",
    "ada@localhost",
    "ada@example",
    "ada@@example.org",
    "ada@example..org",
    ".ada@example.org",
    " ada@example.org",
    "ada@example.org ",
    "ada@example.org,grace@example.org",
    "ada@example.org;grace@example.org",
    "ada@example.org grace@example.org",
    "Ada <ada@example.org>",
    '"ada"@example.org',
    "ada@[127.0.0.1]",
    "ada(comment)@example.org",
    "ada@example.org\r\nBcc: grace@example.org",
    "ada@example.org\n",
    "ada\x00@example.org",
    "ada\u202e@example.org",
    "ada\u200b@example.org",
    "adå@example.org",
    "=cmd@example.org",
    "+ada@example.org",
    "-ada@example.org",
    "x" * 65 + "@example.org",
    "x" * 64 + "@" + ".".join(["y" * 62] * 3) + ".org",
    "a" * 5000,
]


def post(people: People, **how: Any) -> TestResponse:
    return people.client.post(PATH, **how)


def filled(people: People, **changes: Any) -> dict[str, Any]:
    """The fields of a form that was filled in well but for these, as JSON has them."""
    fields = people.filled(ADA)
    return {"consents": fields.pop("consent"), **fields, **changes}


def is_problem(answer: TestResponse, *statuses: int) -> bool:
    told = answer.get_json()
    assert (answer.mimetype, answer.status_code) == (PROBLEM, told["status"]), answer.text
    assert told.keys() >= {"type", "title", "status", "detail"}
    return answer.status_code in statuses


# Fields


def test_an_address_that_is_none_is_refused_with_the_field_named(
    people: People, contents: Callable[[], Contents]
) -> None:
    """B3.2, E9, E20"""
    details = set()
    for address in BAD_ADDRESSES:
        by_script = people.ask_by_script(address)
        by_form = people.ask(address, first_name="Ada")
        assert is_problem(by_script, 422), address
        assert by_script.get_json()["errors"].keys() == {"email"}
        assert all(isinstance(sentence, str) for sentence in by_script.get_json()["errors"]["email"])
        details.add(by_script.get_json()["detail"])
        assert by_form.status_code == 422
        assert 'id="email-error"' in by_form.text

    assert len(details) == 1  # it quotes nobody
    assert contents()["signups"] == contents()["letters"] == contents()["post_hits"] == []


def test_everything_that_is_wrong_is_told_at_once(people: People) -> None:
    """F3: whoever has put one thing right is not told of the next."""
    page = people.client.post("/newsletters/nyhedsbrev/signups", data={"language": "en", "email": "ada@"})

    assert page.status_code == 422
    assert '<a href="#email">E-mail address: Enter one e-mail address' in page.text
    assert '<a href="#consent">Consent: Tick the box' in page.text


def test_a_missing_address_is_refused(people: People) -> None:
    fields = people.filled(ADA)
    del fields["email"]

    assert post(people, data=fields).status_code == 422
    assert is_problem(post(people, json={"consents": fields["consent"]}), 422)


def test_what_was_entered_stays_on_the_page_except_the_consent(people: People) -> None:
    answer = people.ask("ada@", first_name="Ada", last_name="<b>", topic=["events", "trends"], tracking=True)

    form = Forms(answer.text).forms[""]
    assert (form["fields"]["email"], form["fields"]["first_name"]) == ("ada@", "Ada")
    assert form["fields"]["last_name"] == "<b>"
    assert "<b>" not in answer.text
    ticked = [(box["name"], box["value"]) for box in form["boxes"] if "checked" in box]
    assert ticked == [("topic", "events"), ("topic", "trends")]


def test_the_sentences_are_in_the_readers_language(people: People) -> None:
    said = {"da": "Skriv én e-mailadresse", "de": "Geben Sie eine E-Mail-Adresse", "en": "Enter one e-mail address"}

    for language, sentence in said.items():
        answer = people.ask("ada@", language=language)
        assert f'<html lang="{language}">' in answer.text
        assert sentence in answer.text


def test_letters_that_mail_is_not_sent_to_are_named(people: People) -> None:
    """B3.4"""
    said = {"da": "Bogstaver som ø eller ü", "de": "Buchstaben wie ø oder ü", "en": "Letters like ø or ü"}

    for language, sentence in said.items():
        answer = people.ask("søren@example.org", language=language)
        assert answer.status_code == 422
        assert sentence in answer.text


def test_an_address_of_a_role_is_refused_whoever_asks(people: People, contents: Callable[[], Contents]) -> None:
    """C13: RFC 2142 names them. What trade uses, like info or sales, is read by people."""
    said = {"da": "hører til en funktion", "de": "gehört zu einer Funktion", "en": "belongs to a role"}

    for language, sentence in said.items():
        assert sentence in people.ask("Postmaster+news@example.org", language=language).text
    assert is_problem(people.ask_by_script("abuse@example.org"), 422)
    assert contents()["signups"] == contents()["post_hits"] == []

    assert people.ask("info@example.org").status_code == people.ask("abuse.jensen@example.org").status_code == 303


def test_characters_that_cannot_be_seen_are_refused_everywhere(
    people: People, contents: Callable[[], Contents]
) -> None:
    """B1.4: none of them ever comes near a header."""
    for bad in (
        "\x00",
        "\r\nBcc: eve@example.org",
        "\n",
        "\t",
        "\x7f",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\u2028",
        "\ue000",
    ):
        for field in ("email", "first_name", "last_name", "language", "source"):
            value = f"https://www.example.org/{bad}" if field == "source" else f"Ada{bad}"
            assert post(people, data={**people.filled(ADA), field: value}).status_code == 422, (field, bad)
            assert is_problem(post(people, json=filled(people, **{field: value})), 422)
        for lists in ("topics", "consents"):
            assert is_problem(post(people, json=filled(people, **{lists: [f"x{bad}"]})), 422)

    assert contents()["signups"] == contents()["letters"] == []


def test_half_a_character_is_refused(people: People, contents: Callable[[], Contents]) -> None:
    for field in ("email", "first_name", "language", "source", "rendered", "website", "unknown", "\ud800"):
        body = json.dumps(filled(people, **{field: "\ud800"}))
        answer = post(people, data=body, content_type="application/json")
        assert answer.status_code in ((202,) if field in ("website", "rendered") else (422,)), (field, answer.text)

    assert len(contents()["signups"]) == 1  # an odd render time is nobody's fault


def test_values_that_are_too_long_or_not_offered_are_refused(people: People) -> None:
    for bad in (
        {"first_name": "x" * 81},
        {"language": "fr"},
        {"language": ""},
        {"topics": ["nonsense"]},
        {"topics": [""]},
        {"consents": ["x"] * 51},
        {"consents": ["x" * 65]},
        {"source": "x" * 2001},
    ):
        answer = post(people, json=filled(people, **bad))
        assert is_problem(answer, 422)
        assert answer.get_json()["errors"].keys() == bad.keys()


NO_TEXTS: Sequence[Any] = (None, 5, True, 1.5, [], ["x"], {}, {"x": 1})
NO_LISTS: Sequence[Any] = (None, 5, True, "events", {}, [5], [None], [[]], [{}])


def test_a_wrong_type_is_refused_with_the_field_named(people: People) -> None:
    """D3.6"""
    texts = [(field, wrong) for field in ("email", "first_name", "language", "source") for wrong in NO_TEXTS]
    lists = [(field, wrong) for field in ("topics", "consents") for wrong in NO_LISTS]

    for field, wrong in (*texts, *lists):
        answer = post(people, json=filled(people, **{field: wrong}))
        assert is_problem(answer, 422), (field, wrong)
        assert field in answer.get_json()["errors"]


def test_an_unknown_field_is_refused(people: People, contents: Callable[[], Contents]) -> None:
    """Nor is a consent granted by any other name (A1.3, A1.8, D3.6)."""
    for unknown in ("phone", "tracking", "id", "status", "confirmed", "visitor", "__class__", "topic", "Email", ""):
        answer = post(people, json=filled(people, **{unknown: "x"}))
        assert is_problem(answer, 422), unknown
        assert unknown in answer.get_json()["errors"]
    assert people.ask(ADA, phone="555").status_code == 422
    assert is_problem(post(people, data={**people.filled(ADA), "x": "1"}, headers={"Accept": "application/json"}), 422)

    assert contents()["signups"] == []


def test_a_field_that_comes_twice_is_refused(people: People) -> None:
    """C19"""
    fields = people.filled(ADA)

    for twice in ("email", "language", "first_name", "website", "rendered", "source"):
        answer = post(people, data={**fields, "last_name": "Lovelace", twice: ["a", "b"]})
        assert answer.status_code == 422
        assert 'value="Lovelace"' in answer.text
        assert ADA in answer.text or twice == "email"
    asked = people.client.post("/manage", data={"email": [ADA, ADA]})
    assert (asked.status_code, f'value="{ADA}"' in asked.text) == (422, True)
    twice_in_json = '{"email": "ada@example.org", "email": "grace@example.org"}'
    assert is_problem(post(people, data=twice_in_json, content_type="application/json"), 400)


# Bodies


UNREADABLE = [
    b"",
    b"{",
    b"[]",
    b"5",
    b"null",
    b'"x"',
    b"{'email': 1}",
    b'{"email": NaN}',
    b'{"email": 1e999}',
    b'{"email": ' + b"1" * 5000 + b"}",
    b'{"email": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    b'{"a": ' * 2000 + b"1" + b"}" * 2000,
    b"\xff\xfe\x00",
    b'{"email": "\xff"}',
    b"email=ada@example.org",
]


def test_json_that_cannot_be_read_is_refused(people: People) -> None:
    for body in UNREADABLE:
        assert is_problem(post(people, data=body, content_type="application/json"), 400, 422), body


def test_json_is_in_utf_8_as_its_standard_says(people: People) -> None:
    """RFC 8259 8.1"""
    body = json.dumps(filled(people))

    assert is_problem(post(people, data=body.encode("utf-16"), content_type="application/json"), 400)
    assert post(people, data=body.encode("utf-8-sig"), content_type="application/json").status_code == 202


def test_json_that_is_deep_is_refused(people: People) -> None:
    """C19"""
    deep: Any = "x"
    for _ in range(9):
        deep = {"x": deep}

    assert is_problem(post(people, json=deep), 400)


def test_only_forms_and_json_are_read(people: People) -> None:
    """C19"""
    for kind in ("text/plain", "application/xml", "text/html", "application/octet-stream", "text/json", "x", None):
        answer = post(people, data=json.dumps(filled(people)).encode(), content_type=kind)
        assert is_problem(answer, 415), kind


def test_a_body_over_sixteen_kibibytes_is_refused(people: People, contents: Callable[[], Contents]) -> None:
    """C19"""
    fields = people.filled(ADA)
    large = "x" * 16 * 1024

    assert is_problem(post(people, json={**fields, "first_name": large}), 413)
    assert post(people, data={**fields, "first_name": large}).status_code == 413
    assert post(people, data={**fields, "first_name": large}, content_type="multipart/form-data").status_code == 413
    assert is_problem(post(people, data={**fields, "x": large}, headers={"Accept": "application/json"}), 413)
    assert contents()["signups"] == []


def test_a_body_of_unstated_length_is_bounded_too(people: People, contents: Callable[[], Contents]) -> None:
    """To the octet, and not by reading what fits of one that could be read whole."""
    unstated = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}

    def send(body: bytes, kind: str, path: str = PATH) -> int:
        stream = BytesIO(body)
        return people.client.post(path, input_stream=stream, content_type=kind, environ_overrides=unstated).status_code

    form = urlencode(people.filled(ADA), doseq=True).encode()
    part = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nada@example.org\r\n--x--'
    for size, accepted in ((16 * 1024, True), (16 * 1024 + 1, False), (100_000, False)):
        assert send(json.dumps(filled(people)).encode().ljust(size), "application/json") == (202 if accepted else 413)
        assert send(form.ljust(size, b"&"), "application/x-www-form-urlencoded") == (303 if accepted else 413)
        if not accepted:
            assert send(part.ljust(size), "multipart/form-data; boundary=x") == 413
    assert len(contents()["signups"]) == 2

    people.subscribe("grace@example.org")
    link, leave = people.unsubscribe_link("grace@example.org"), b"List-Unsubscribe=One-Click"
    for size, answered in ((100_000, 413), (16 * 1024 + 1, 413), (16 * 1024, 200)):
        before = len(contents()["evidence"])
        assert send(leave.ljust(size, b"&"), "application/x-www-form-urlencoded", link) == answered
        assert (len(contents()["evidence"]) > before) == (answered == 200)


def test_a_form_of_an_old_page_is_read_in_its_own_alphabet(people: People, contents: Callable[[], Contents]) -> None:
    """Browsers post in the page's charset, and do not say so. What cannot be read is refused, and not kept mangled."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for number, name in enumerate((b"S%F8ren", b"S\xf8ren", b"S%C3%B8ren", "Søren".encode())):
        body = urlencode(people.filled(f"p{number}@example.org"), doseq=True).encode() + b"&first_name=" + name
        assert post(people, data=body, headers=form).status_code == 303
    assert len([row for row in contents()["signups"] if "Søren" in row]) == 4

    assert post(people, data=b"email=%81", headers=form).status_code == 400
    assert people.ask("p9@example.org", first_name="S\ufffdren").status_code == 422


def test_forms_that_are_not_what_they_claim_are_refused(people: People) -> None:
    """C19: so are those with too many fields."""
    many = "&".join(f"f{n}=1" for n in range(101))
    fields = people.filled(ADA)

    assert post(people, data=many, content_type="application/x-www-form-urlencoded").status_code == 400
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=æ"):
        assert post(people, data=b"garbage", content_type=kind).status_code in (400, 422)
    part = b"--x\r\nContent-Disposition: form-data%s\r\n\r\na\r\n"
    nameless = {"data": part % b"" + part % b"; name=foo" + b"--x--", "content_type": "multipart/form-data; boundary=x"}
    assert [people.client.post(path, **nameless).status_code for path in (PATH, "/manage")] == [400, 400]
    with_file = {**fields, "first_name": (BytesIO(b"Ada"), "name.txt")}
    assert post(people, data=with_file, content_type="multipart/form-data").status_code in (400, 413, 422)
    assert post(people, data=b"%ff%fe=%00&email=%", content_type="application/x-www-form-urlencoded").status_code == 422


def test_every_other_method_is_refused(people: People) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"):
        answer = people.client.open(PATH, method=method)
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


def test_an_unknown_newsletter_is_not_found(people: People) -> None:
    fields = people.filled(ADA)

    for slug in ("nonsense", "NYHEDSBREV", "nyhedsbrev%00", "..", "%2e%2e", "nyhedsbrev'--", "x" * 5000):
        path = f"/newsletters/{slug}/signups"
        assert people.client.post(path, data=fields).status_code == 404
        assert is_problem(people.client.post(path, json={"email": ADA}), 404)
        assert people.client.get(f"/newsletters/{slug}").status_code == 404
        assert people.client.get(f"/newsletters/{slug}/inbox").status_code == 404
        assert is_problem(people.client.get(f"/newsletters/{slug}/form.json", headers={"Accept": "*/*"}), 404)


def test_odd_headers_are_nobodys_fault(people: People) -> None:
    for name, value in (
        ("Accept-Language", "da;q=nan, de;q=inf, ;;q=, " + "x," * 3000),
        ("Accept", "*/*;q=nonsense, text/html;level=æ"),
        ("Origin", "\x00"),
        ("Referer", "http://[::1"),
        ("Host", "æøå:nonsense"),
        ("X-Forwarded-For", ", , 999.1.1.1, [::"),
        ("Authorization", "Bearer \xff"),
        ("Cookie", "a=b; \x01;;;"),
        ("X-Request-Id", "\xff" * 500),
        ("Content-Encoding", "gzip"),
    ):
        answer = people.client.post(PATH, data=people.filled(ADA), headers={name: value})
        assert answer.status_code < 500, (name, answer.text)


def test_the_waiting_page_shows_nothing_of_what_its_address_says(people: People) -> None:
    for query in ("mail=<script>alert(1)</script>", "language=<script>", "language=da&language=de", "mail=gmail%00"):
        answer = people.client.get(f"/newsletters/nyhedsbrev/inbox?{query}")
        assert answer.status_code == 200
        assert "script" not in answer.text


# Outages


@pytest.fixture
def lose_database(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Flask], None]:
    """Take the database away under a running service."""

    def lose(app: Flask) -> None:
        if database_url.startswith("sqlite"):
            with app.app_context():
                db.db.engine.dispose()
            for file in tmp_path.glob("newsletter.db*"):
                file.unlink()
            (tmp_path / "newsletter.db").mkdir()
        else:
            server: Postgres = request.getfixturevalue("server")
            server.drop_database(str(make_url(database_url).database))

    return lose


@pytest.mark.parametrize("knows_the_catalogue", [True, False])
def test_a_database_outage_is_told_and_never_a_false_done(
    people: People,
    make_app: Callable[..., Flask],
    lose_database: Callable[[Flask], None],
    knows_the_catalogue: bool,
) -> None:
    """D3.9"""
    fields = people.filled(ADA)
    app = people.client.application if knows_the_catalogue else make_app()
    client = app.test_client(use_cookies=False)
    link = "/unsubscribe/x"
    lose_database(people.client.application)

    by_form = client.post(PATH, data=fields)
    by_script = client.post(PATH, json={"email": ADA, "consents": fields["consent"]})

    assert (by_form.status_code, by_script.status_code) == (503, 503)
    assert by_form.headers["Retry-After"] == by_script.headers["Retry-After"]
    assert int(by_form.headers["Retry-After"]) > 0
    assert is_problem(by_script, 503)
    assert by_form.mimetype == "text/html"
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code in (404, 503)


def test_a_transaction_that_the_database_ended_is_an_outage_and_no_fault(app: Flask) -> None:
    @app.get("/stalled")
    def stalled() -> str:
        with db.transaction() as session:
            if db.is_postgresql():
                session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
                sleep(0.1)
                session.execute(text("SELECT 1"))
            else:  # SQLite ends none; the answer is the same for what a database calls its own fault
                raise InternalError("", None, Exception())
        return ""

    assert app.test_client().get("/stalled").status_code == 503


def test_without_a_catalogue_nothing_is_a_fault(app: Flask) -> None:
    client = app.test_client(use_cookies=False)

    by_form, by_script = client.post(PATH, data={"email": ADA}), client.post(PATH, json={"email": ADA})

    assert (by_form.status_code, by_script.status_code) == (503, 503)
    assert "Retry-After" in by_form.headers
    assert client.get("/newsletters/nyhedsbrev").status_code == 503
    assert client.get("/confirm/x").status_code == 404
