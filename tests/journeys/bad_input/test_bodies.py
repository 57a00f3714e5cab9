"""Bodies, methods and headers that cannot be taken (PRODUCT 7)."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.conftest import Contents
from tests.journeys.bad_input.wrong import ADA, PATH, filled, is_problem, post
from tests.people import People, Tool

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
    for _ in range(7):
        deep = {"x": deep}

    assert is_problem(post(people, json=deep), 422), "of eight levels are its fields looked at"
    assert is_problem(post(people, json={"x": deep}), 400)


def test_only_forms_and_json_are_read(people: People) -> None:
    """C19"""
    for kind in ("text/plain", "application/xml", "text/html", "application/octet-stream", "text/json", "x", None):
        answer = post(people, data=json.dumps(filled(people)).encode(), content_type=kind)
        assert is_problem(answer, 415), kind


def test_a_body_that_is_squeezed_is_not_read_as_if_it_were_plain(people: People, tool: Tool) -> None:
    """RFC 9110 15.5.16; a provider that leaves for somebody must not take an answer for their leaving."""
    coded = {"Content-Encoding": "gzip"}
    people.subscribe("grace@example.org")

    for how in ({"json": filled(people)}, {"data": people.filled(ADA)}):
        assert is_problem(post(people, headers=coded, **how), 415)
        for plain in ("identity", "Identity"):
            assert post(people, headers={"Content-Encoding": plain}, **how).status_code in (202, 303)
    assert is_problem(post(people, data=people.filled(ADA), headers=coded, content_type="multipart/form-data"), 415)
    one_click = {"List-Unsubscribe": "One-Click"}
    leaving = tool.link("grace@example.org", "unsubscribe")
    assert is_problem(people.client.post(leaving, data=one_click, headers=coded), 415)


def test_a_body_over_sixteen_kibibytes_is_refused(people: People, contents: Callable[[], Contents]) -> None:
    """C19"""
    fields = people.filled(ADA)
    large = "x" * 16 * 1024

    assert is_problem(post(people, json={**fields, "first_name": large}), 413)
    assert post(people, data={**fields, "first_name": large}).status_code == 413
    assert post(people, data={**fields, "first_name": large}, content_type="multipart/form-data").status_code == 413
    for kind in ("application/json", "application/problem+json"):
        assert is_problem(post(people, data={**fields, "x": large}, headers={"Accept": kind}), 413)
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
    most, many = ("&".join(f"f{n}=1" for n in range(number)) for number in (100, 101))
    fields = people.filled(ADA)

    assert post(people, data=most, content_type="application/x-www-form-urlencoded").status_code == 422
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


def test_people_are_told_in_their_own_language_what_the_framework_refuses(people: People) -> None:
    """Never in the standard's words for machines, which know no language but English."""
    german = {"Accept-Language": "de"}

    refused = {
        "Das ist auf dieser Seite nicht möglich.": people.client.get(PATH, headers=german),
        "Der Inhalt der Anfrage ist zu groß.": post_much(people, german),
    }

    assert [answer.status_code for answer in refused.values()] == [405, 413]
    for sentence, answer in refused.items():
        assert answer.text.count(sentence) == 2, "in the title and on the page"


def post_much(people: People, headers: dict[str, str]) -> TestResponse:
    people.ask(ADA)
    return people.client.post(people.inbox.link(ADA), data={"nonce": "x" * 20_000}, headers=headers)


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
