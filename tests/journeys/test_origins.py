"""Which sites may post, who may read the answer, and what is kept of where a form stood (PRODUCT 4.2, 7; D3.5)."""

from collections.abc import Callable

from newsletter import catalog
from tests.conftest import EXAMPLE, Contents
from tests.people import Forms, Inbox, People

ADA = "ada@example.org"
PATH = "/newsletters/nyhedsbrev/signups"
SITE = "https://www.example.org"
FOREIGN = [
    "https://evil.example",
    "http://www.example.org",
    "https://www.example.org.evil.example",
    "https://evil.example/https://www.example.org",
    "https://www.example.org:8443",
    "https://example.org",
    "https://shop.example.org",
    "http://localhost:81",
    "https://localhost",
    "file://",
    "chrome-extension://abc",
    "nonsense",
]
OWN = [SITE, "HTTPS://WWW.EXAMPLE.ORG", "https://www.example.org:443", "http://localhost", "null", "", None]


def named(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Origin": origin}


def test_a_foreign_sites_script_is_refused_and_may_not_read_why(
    people: People, contents: Callable[[], Contents]
) -> None:
    fields = people.filled(ADA)
    for origin in FOREIGN:
        answer = people.client.post(PATH, json={"email": ADA, "consents": fields["consent"]}, headers=named(origin))
        assert answer.status_code == 403, origin
        assert answer.mimetype == "application/problem+json"
        assert "Access-Control-Allow-Origin" not in answer.headers

    assert contents()["signups"] == contents()["post_hits"] == []


def test_a_foreign_sites_form_gets_our_own_page_filled_in_and_unticked(
    people: People, contents: Callable[[], Contents]
) -> None:
    for origin in FOREIGN:
        fields = people.filled(ADA, tracking=True)
        answer = people.client.post(PATH, data={**fields, "first_name": "Ada"}, headers=named(origin))
        form = Forms(answer.text).forms[""]
        assert answer.status_code == 403, origin
        assert (form["fields"]["email"], form["fields"]["first_name"]) == (ADA, "Ada")
        assert not [box for box in form["boxes"] if "checked" in box]

    assert contents()["signups"] == []


def test_our_own_sites_and_those_that_name_none_may_post(people: People) -> None:
    for number, origin in enumerate(OWN):
        address = f"ada{number}@example.org"
        fields = people.filled(address)
        body = {"email": f"by-script-{address}", "consents": fields["consent"]}
        assert people.client.post(PATH, data=fields, headers=named(origin)).status_code == 303, origin
        assert people.client.post(PATH, json=body, headers=named(origin)).status_code == 202, origin


def test_a_browser_that_asks_first_is_told_yes_for_our_sites_alone(people: People) -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}

    allowed = people.client.options(PATH, headers={**named(SITE), **asking})
    foreign = people.client.options(PATH, headers={**named("https://evil.example"), **asking})
    without = people.client.options(PATH, headers={**named("null"), **asking})

    assert (allowed.status_code, allowed.headers["Allow"]) == (204, "POST, OPTIONS")
    assert allowed.headers["Access-Control-Allow-Origin"] == SITE
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    assert "content-type" in allowed.headers["Access-Control-Allow-Headers"].lower()
    for answer in (allowed, foreign, without):
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for answer in (foreign, without):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_scripts_of_our_sites_can_read_every_answer(people: People) -> None:
    fields = people.filled(ADA)
    good = {"email": ADA, "consents": fields["consent"]}
    posts = [
        {"json": good},
        {"json": {**good, "email": "nonsense"}},
        {"json": {**good, "consents": ["0123456789abcdef"]}},
        {"data": b"{", "content_type": "application/json"},
        {"data": b"x" * 20_000, "content_type": "application/json"},
        {"data": b"x", "content_type": "text/plain"},
        {"data": fields},
    ]

    answers = [people.client.post(PATH, **post, headers=named(SITE)) for post in posts]  # type: ignore[arg-type]
    for _ in range(20):
        answers.append(people.client.post(PATH, json=good, headers=named(SITE)))  # noqa: PERF401 - each is a post

    assert {answer.status_code for answer in answers} == {202, 303, 400, 409, 413, 415, 422, 429}
    assert "Retry-After" in answers[-1].headers
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert "Origin" in answer.headers["Vary"]
        assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


def test_a_retired_newsletters_refusal_can_be_read_too(people: People) -> None:
    retired = "[newsletters.nyhedsbrev]\nretired = true\n"
    catalog.apply(EXAMPLE.read_text().replace("[newsletters.nyhedsbrev]\n", retired))

    answer = people.client.post(PATH, json={"email": ADA}, headers=named(SITE))

    assert answer.status_code == 409
    assert answer.headers["Access-Control-Allow-Origin"] == SITE


def test_no_other_page_can_be_read_by_a_script_of_another_site(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    for path in (inbox.link(ADA), inbox.link(ADA, "cancel"), people.unsubscribe_link(ADA), "/newsletters/nyhedsbrev"):
        answer = people.client.get(path, headers=named(SITE))
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_forms_definition_can_be_read_by_anybody(people: People) -> None:
    answer = people.client.get("/newsletters/nyhedsbrev/form.json", headers=named("https://evil.example"))

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    again = people.client.get("/newsletters/nyhedsbrev/form.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_cache_can_tell_the_forms_definition_from_the_page(people: People) -> None:
    definition = people.client.get("/newsletters/nyhedsbrev", headers={"Accept": "application/json"})
    page = people.client.get("/newsletters/nyhedsbrev", headers={"Accept": "text/html"})

    assert definition.is_json
    assert page.mimetype == "text/html"
    assert "Accept" in definition.headers["Vary"]
    assert "Accept" in page.headers["Vary"]


PAGES = {
    "https://www.example.org/news": "https://www.example.org/news",
    "https://www.example.org/news?utm_source=x&email=ada@example.org": "https://www.example.org/news",
    "https://www.example.org/news#ada": "https://www.example.org/news",
    "https://www.example.org/?a=/../b": "https://www.example.org/",
    "https://ada:secret@www.example.org/news": "https://www.example.org/news",
    "HTTPS://WWW.Example.org:443/News": "https://www.example.org/News",
    "https://www.example.org": "https://www.example.org",
    "https://www.example.org/tilmelding/børn?ø=1": "https://www.example.org/tilmelding/b%C3%B8rn",
    "https://www.example.org/b%c3%b8rn": "https://www.example.org/b%c3%b8rn",
}


def test_of_the_forms_page_only_scheme_host_and_path_are_kept(people: People, contents: Callable[[], Contents]) -> None:
    for number, (stated, kept) in enumerate(PAGES.items()):
        people.ask(f"ada{number}@example.net", source=stated)
        row = next(row for row in contents()["signups"] if f"ada{number}@" in row)
        assert f"'{kept}'" in row
        for dropped in ("utm_source", "secret", "#", "?", "HTTPS"):
            assert dropped not in row


def test_nothing_is_kept_of_a_page_elsewhere(people: People, contents: Callable[[], Contents]) -> None:
    for stated in ("https://evil.example/news", "javascript:alert(1)", "/news", "//www.example.org/x", "nonsense", ""):
        people.ask(ADA, source=stated)

    rows = str(contents()["signups"])
    assert len(contents()["signups"]) == 6
    for trace in ("https:", "evil.example", "javascript", "/news", "//", "nonsense"):
        assert trace not in rows


def test_where_the_form_says_nothing_the_browser_may(people: People, contents: Callable[[], Contents]) -> None:
    fields = people.filled(ADA)

    people.client.post(PATH, data=fields, headers={"Referer": f"{SITE}/news?x=1", "Origin": SITE})
    assert f"'{SITE}/news'" in contents()["signups"][0]

    other = people.filled("grace@example.org")
    people.client.post(PATH, data=other, headers={"Origin": SITE})
    assert len([row for row in contents()["signups"] if f"'{SITE}'" in row]) == 1


def test_a_very_long_page_is_kept_in_part(people: People, contents: Callable[[], Contents]) -> None:
    people.ask(ADA, source=f"{SITE}/{'x' * 1500}")

    assert len(contents()["signups"][0]) < 1500


def test_nobody_is_ever_sent_to_an_address_from_the_request(people: People) -> None:
    """D3.4"""
    for name in ("next", "return_url", "redirect", "url"):
        answer = people.client.post(f"{PATH}?{name}=https://evil.example", data=people.filled(ADA))
        assert answer.location is not None
        assert answer.location.startswith("/newsletters/nyhedsbrev/inbox?")
    answer = people.client.post(PATH, data=people.filled(ADA), headers={"Host": "evil.example"})
    assert "evil.example" not in str(answer.headers)


def test_no_answer_names_the_host_that_a_request_named(people: People) -> None:
    """PRODUCT 4.12: also where slashes stand twice, or not at all."""
    for path in ("", "//", "/newsletters//nyhedsbrev", "/confirm//a.b", "/api//v1/openapi.json", "/nowhere", PATH):
        answer = people.client.get(environ_overrides={"PATH_INFO": path, "HTTP_HOST": "evil.example"})

        assert answer.status_code in (200, 404, 405), path
        assert "evil.example" not in f"{answer.headers}{answer.text}"
