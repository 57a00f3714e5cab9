"""The person's own page: name, language, topics, and leaving (PRODUCT 4.6, 4.9; A8.2, B6.3)."""

import re
from collections.abc import Callable

import pytest

from newsletter import catalog
from tests.conftest import EXAMPLE, Contents
from tests.journeys.me.pressing import ADA, form_of, post
from tests.people import People, Tool


def test_name_language_and_topics_can_be_changed(people: People, tool: Tool, link: str) -> None:
    answer = post(people, link, "rectify", first_name="Ada", language="da", topic=["events", "products"])

    assert "Gemt" in answer.text
    assert '<html lang="da">' in answer.text
    contact = tool.contact(ADA)
    assert contact["fields"] == {"first_name": "Ada"}
    assert (contact["language"], contact["topics"]) == ("da", ["events", "products"])
    assert tool.kinds() == ["confirmed", "updated"]


def test_a_form_sent_as_it_is_changes_nothing(people: People, link: str, contents: Callable[[], Contents]) -> None:
    before = contents()
    fields = {**form_of(people, link, "rectify"), "topic": ["events", "trends"]}

    assert people.client.post(link, data=fields).status_code == 200
    assert contents() == before


def test_a_field_that_the_page_had_not_yet_stays_as_it_is(people: People, link: str, tool: Tool) -> None:
    """The catalogue may ask for one more while the page is open."""
    form = form_of(people, link, "rectify")
    del form["first_name"]

    answer = people.client.post(link, data={**form, "language": "da", "topic": ["events", "trends"]})

    assert "Gemt" in answer.text
    assert tool.contact(ADA)["fields"] == {"first_name": "Augusta"}


@pytest.mark.parametrize("now", [('name = "first_name"', 'name = "company"'), ("max_length = 80", "max_length = 1")])
def test_what_is_kept_is_in_nobodys_way_though_the_catalogue_takes_it_no_more(
    people: People, tool: Tool, link: str, now: tuple[str, str]
) -> None:
    """The form has it, and sends it along with whatever is to be changed."""
    catalog.apply(EXAMPLE.read_text().replace(*now, 1))

    answer = post(people, link, "rectify", language="da", topic=["events"])

    assert "Gemt" in answer.text
    contact = tool.contact(ADA)
    assert (contact["language"], contact["topics"]) == ("da", ["events"])
    assert contact["fields"] == {"first_name": "Augusta"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_name": "x" * 200}, "This is too long."),
        ({"first_name": "A\u202eda"}, "cannot be shown"),
        ({"language": "fr"}, "not one of the choices"),
        ({"topic": ["events", "nonsense"]}, "not one of the choices"),
    ],
)
def test_what_cannot_be_is_said_and_kept_in_the_form(
    people: People, link: str, contents: Callable[[], Contents], changes: dict[str, object], sentence: str
) -> None:
    """A8.8, F3: and of what it is said; the list of mistakes leads to the field."""
    before = contents()

    answer = post(people, link, "rectify", **{"topic": ["events", "trends"], **changes})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "You can also go to court, or complain to the supervisory authority: Datatilsynet" in answer.text
    if "first_name" in changes:
        assert str(changes["first_name"]) in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert re.search(
            rf'<li><a href="#(first_name-\w+)"><span>First name</span>: .*{sentence}.*</a></li>', answer.text
        )
    else:
        assert re.search(rf"<li>(Language|Topics): .*{sentence}", answer.text)
    assert contents() == before


def test_a_name_cannot_carry_advertising_or_markup(people: People, tool: Tool, link: str) -> None:
    post(people, link, "rectify", first_name="<b>www.example.com</b>", topic=["events", "trends"])

    assert tool.contact(ADA)["fields"] == {}


def test_a_name_is_shown_as_text(people: People) -> None:
    people.subscribe(ADA, first_name="O\"Hara & 'x")

    page = people.client.get(people.fresh_link(ADA))

    assert "O&#34;Hara &amp; &#39;x" in page.text


def test_a_retired_topic_is_offered_to_whoever_has_it_and_to_nobody_else(people: People, link: str, tool: Tool) -> None:
    retired = EXAMPLE.read_text()
    for topic in ("events", "products"):
        retired = retired.replace(f'id = "{topic}"\n', f'id = "{topic}"\nretired = true\n')
    catalog.apply(retired)

    offered = re.findall(r'name="topic" value="(\w+)"', people.client.get(link).text)
    post(people, link, "rectify", topic=["events"])

    assert offered == ["events", "stories", "trends", "surveys"]
    assert tool.contact(ADA)["topics"] == ["events"]
