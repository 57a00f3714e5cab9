"""What a tool reported or a term ended, on paper: in the reader's words (A2.2, A2.7, A3.8)."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from newsletter import subscriptions
from newsletter.proof.document import sheet
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.people import People, at, later
from tests.tools import contact_of, move
from tests.verbs.proof.proving import ADA, GRACE, prove, told
from tests.verbs.reports.reporting import Tool, item

INSTANT = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+00:00 \(UTC\)"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("da", f"Begrundelse: e-mails kan ikke leveres dertil; Af: the tool; API-nøgle: KEY; Indberettet: {INSTANT}"),
        ("de", f"dorthin nicht zugestellt werden; Von: the tool; API-Schlüssel: KEY; Gemeldet: {INSTANT}"),
        ("en", f"Reason: mail cannot be delivered there; By: the tool; API key: KEY; Reported: {INSTANT}"),
    ],
)
def test_what_a_tool_reported_is_said_in_the_reader_s_words(
    people: People, service: Flask, language: str, said: str
) -> None:
    people.subscribe(ADA, language=language)
    tool = Tool(service)
    tool.report(item("hard_bounce"))

    *_, acts, _ = [found.lines for found in sheet(prove()).sections if found.lines]

    assert re.search(said.replace("KEY", tool.key_id) + "$", acts[-1].text)


def test_the_reader_s_words_are_in_the_language_that_they_have_chosen_since(people: People) -> None:
    people.subscribe(ADA, language="de")
    contact_id = prove().records[0].contact_id
    assert sheet(prove()).language == "de"

    subscriptions.rectify(contact_id, Wishes(language="da"), Cause(Channel.ME))
    assert sheet(prove()).language == "da"
    subscriptions.withdraw(contact_id, ["tracking"], Cause(Channel.ME))
    assert sheet(prove()).language == "da"

    with later(days=31):
        people.subscribe(ADA, slug="webshop", language="en")
    assert sheet(prove()).language == "en"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("da", "e-mails kan ikke leveres dertil"),
        ("de", "E-Mails können dorthin nicht zugestellt werden"),
        ("en", "mail cannot be delivered there"),
    ],
)
def test_so_is_it_on_the_person_s_own_page(people: People, service: Flask, language: str, said: str) -> None:
    """A8.2"""
    people.subscribe(ADA, language=language)
    Tool(service).report(item("hard_bounce"))

    with later(minutes=11):
        page = people.client.get(people.fresh_link(ADA)).text

    assert f"<dd>{said}</dd>" in page


@pytest.mark.parametrize("written", ["yes", "hard bounce", "left through the shop"])
def test_what_staff_wrote_is_shown_as_they_wrote_it(people: People, service: Flask, written: str) -> None:
    """Also where it is a word that we would say otherwise."""
    people.subscribe(ADA, language="da")
    run = service.test_cli_runner()
    run.invoke(args=["contacts", "restrict", ADA, "--reason", written, "--actor", "complete"])

    *_, acts, _ = [found.lines for found in sheet(prove()).sections if found.lines]

    assert f"Begrundelse: {written}; Af: complete" in acts[-1].text
    assert f"<dd>{written}</dd>" in people.client.get(people.fresh_link(ADA)).text


@pytest.mark.parametrize("language", ["da", "de", "en"])
def test_how_long_after_the_letter_is_right_for_one_second_as_well(people: People, language: str) -> None:
    people.ask(ADA, language=language)
    people.inbox.work()
    with later(seconds=1):
        people.confirm(ADA)

    seconds = told()["consents"][0]["confirmed"]["seconds_after_letter"]

    assert f"{seconds} s" in [line.text for part in sheet(prove()).sections for line in part.lines]


def test_nor_is_it_left_out_where_a_new_address_was_confirmed_within_the_same_second(people: People) -> None:
    with at(2027, 1, 31):
        people.subscribe(ADA)
    with time_machine.travel(datetime(2027, 2, 1, tzinfo=UTC), tick=False):
        move(people, ADA, GRACE)

    *_, acts, _ = [found.lines for found in sheet(prove(GRACE)).sections if found.lines]

    assert "After the letter: 0 s;" in acts[-1].text


TOLD = [("da", "Emner: ingen"), ("de", "Themen: keine"), ("en", "Topics: none")]


@pytest.mark.parametrize(("language", "said"), TOLD)
def test_that_no_topic_is_left_is_said(people: People, language: str, said: str) -> None:
    people.subscribe(ADA, language=language, topic=["events", "trends"])
    subscriptions.rectify(contact_of(ADA)["id"], Wishes(dropped={"events", "trends"}), Cause(Channel.MANAGE))

    *_, acts, _ = [found.lines for found in sheet(prove()).sections if found.lines]

    assert said in acts[-1].text


def test_nothing_is_said_of_topics_where_there_are_none(people: People) -> None:
    people.subscribe(ADA, slug="webshop", language="de")
    subscriptions.rectify(contact_of(ADA)["id"], Wishes(language="en"), Cause(Channel.STAFF))

    *_, acts, _ = [found.lines for found in sheet(prove()).sections if found.lines]

    assert "Language: en" in acts[-1].text
    assert "Topics" not in acts[-1].text
