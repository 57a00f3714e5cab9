"""A catalogue is put in force whole, its wordings never change, and every process follows (PRODUCT 4.1)."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from newsletter import catalog, clock, ids, privacy
from newsletter.catalog import Newsletter, WordingRow
from newsletter.consent import Visit
from newsletter.db import db, is_postgresql, snapshot, transaction
from newsletter.errors import CatalogInvalid, CatalogMissing, CatalogRefused, WordingRetired
from newsletter.subscriptions import Channel, Request, Subscriber, Subscription, Wishes, rectify
from tests.conftest import Contents
from tests.people import People, Tool

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "examples" / "catalog.toml").read_text()
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
PAGE = "https://www.example.org/news"
SURVEYS = 'id = "surveys"'
TRACKING = 'id = "tracking"'

pytestmark = pytest.mark.usefixtures("app")


def edited(old: str, new: str) -> str:
    """The example with the first occurrence changed, which is the newsletter's and not the web shop's."""
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


REWORDED = edited("which browser, which operating", "which browser and which operating")


def nyhedsbrev() -> Newsletter:
    return catalog.current().newsletter("nyhedsbrev")


def wording_ids(language: str = "en") -> dict[str, str]:
    return {purpose: wording.id for purpose, wording in nyhedsbrev().wordings_in(language).items()}


def retired_ids() -> set[str]:
    with snapshot() as connection:
        return set(connection.scalars(select(WordingRow.id).where(WordingRow.retired_at.is_not(None))))


def subscribe(topics: list[str], granted: Mapping[str, str], newsletter: str = "nyhedsbrev") -> None:
    at = clock.now()
    request = Request(
        newsletter=newsletter,
        language="da",
        fields={},
        topics=topics,
        granted=granted,
        offered=granted,
        source=None,
        signed_up_at=at,
    )
    with transaction() as session:
        ada = Subscriber(id=ids.new(), address="ada@example.org", address_key="ada@example.org", created_at=at)
        session.add(ada)
        session.flush()
        session.add(Subscription.begin(ada, request, at))


def without(begin: str, end: str) -> str:
    """The example without what lies between the two marks, the first included."""
    start = EXAMPLE.index(begin)
    return EXAMPLE[:start] + EXAMPLE[EXAMPLE.index(end, start + len(begin)) :]


WITHOUT_SURVEYS = without(f"[[newsletters.nyhedsbrev.topics]]\n{SURVEYS}", "# What people may tell")
WITHOUT_TRACKING = without(f"[[newsletters.nyhedsbrev.purposes]]\n{TRACKING}", "# ---- The web shop")
WITHOUT_WEBSHOP = EXAMPLE[: EXAMPLE.index("# ---- The web shop")]


def test_nothing_is_in_force_before_the_first_catalogue() -> None:
    with pytest.raises(CatalogMissing):
        catalog.current()


def test_an_applied_catalogue_is_in_force_and_its_wordings_are_on_record() -> None:
    applied = catalog.apply(EXAMPLE)

    assert applied.added == 12
    assert catalog.version() == applied.version
    assert catalog.recorded(wording_ids().values()) == {w.id: w for w in nyhedsbrev().wordings_in("en").values()}


def test_applying_the_same_catalogue_again_changes_nothing() -> None:
    first = catalog.apply(EXAMPLE)

    again = catalog.apply(EXAMPLE)

    assert again == catalog.Applied(version=first.version)


def test_a_catalogue_with_a_mistake_is_refused_and_the_running_one_stays() -> None:
    catalog.apply(EXAMPLE)

    with pytest.raises(CatalogInvalid):
        catalog.apply(edited('link_validity = "7 days"', 'link_validity = "70 days"'))

    assert nyhedsbrev().link_validity == timedelta(days=7)


def test_the_catalogue_is_parsed_once_however_often_it_is_asked_for() -> None:
    catalog.apply(EXAMPLE)

    assert catalog.current() is catalog.current()


def test_a_changed_wording_is_a_new_one_and_the_old_one_stays_on_record() -> None:
    """A1.5"""
    catalog.apply(EXAMPLE)
    old = nyhedsbrev().wordings_in("en")["tracking"]

    applied = catalog.apply(REWORDED)

    assert (applied.added, applied.retired, applied.returned) == (1, 1, 0)
    assert wording_ids()["tracking"] != old.id
    assert catalog.recorded([old.id]) == {old.id: old}
    assert retired_ids() == {old.id}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE wordings SET text = 'other'", "UPDATE wordings SET language = 'de'", "DELETE FROM wordings"],
)
def test_the_database_itself_refuses_to_change_or_delete_a_wording(statement: str) -> None:
    """A1.5"""
    catalog.apply(EXAMPLE)
    before = catalog.recorded(wording_ids().values())

    with pytest.raises(DBAPIError, match="a wording never changes"), db.engine.begin() as connection:
        connection.execute(text(statement))

    assert catalog.recorded(wording_ids().values()) == before


def test_the_database_itself_refuses_to_change_what_proof_is_told_with(
    people: People, contents: Callable[[], Contents]
) -> None:
    """A2.9"""
    people.subscribe("ada@example.org")
    before = contents()
    replacing = [
        "REPLACE INTO wordings SELECT id, newsletter, purpose, language, 'other', valid_from, NULL FROM wordings",
        "REPLACE INTO letter_versions SELECT id, kind, newsletter, language, 'other', created_at FROM letter_versions",
        "REPLACE INTO catalogs SELECT id, applied_at, sha256, 'other' FROM catalogs",
    ]
    changing = [
        "UPDATE letter_versions SET mime = 'other'",
        "UPDATE catalogs SET document = 'other'",
        "DELETE FROM letter_versions",
        "DELETE FROM catalogs",
        *(["TRUNCATE letter_versions", "TRUNCATE catalogs"] if is_postgresql() else replacing),
    ]

    for statement in changing:
        with pytest.raises(DBAPIError, match="never changes"), db.engine.begin() as connection:
            connection.execute(text(statement))

    assert contents() == before


def test_a_wording_that_returns_is_in_force_again() -> None:
    catalog.apply(EXAMPLE)
    catalog.apply(REWORDED)

    applied = catalog.apply(EXAMPLE)

    assert (applied.added, applied.retired, applied.returned) == (0, 1, 1)
    assert wording_ids()["tracking"] not in retired_ids()


@pytest.mark.parametrize("document", [WITHOUT_SURVEYS, WITHOUT_TRACKING, WITHOUT_WEBSHOP])
def test_what_nobody_has_subscribed_to_may_vanish(document: str) -> None:
    first = catalog.apply(EXAMPLE)

    assert catalog.apply(document).version > first.version


@pytest.mark.parametrize(
    ("document", "part"),
    [(WITHOUT_SURVEYS, "topic surveys of nyhedsbrev"), (WITHOUT_TRACKING, "purpose tracking of nyhedsbrev")],
)
def test_a_topic_or_purpose_in_use_cannot_vanish(document: str, part: str) -> None:
    catalog.apply(EXAMPLE)
    subscribe(["surveys"], wording_ids("da"))

    with pytest.raises(CatalogRefused) as refused:
        catalog.apply(document)

    assert refused.value.sentences == [f"{part} is in use, so it has to stay: keep it with retired = true."]
    assert nyhedsbrev().topic_ids[-1] == "surveys"


def test_what_evidence_alone_still_names_cannot_vanish_either(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org", topic=["products", "surveys"], tracking=True)
    ada = tool.contact("ada@example.org")["id"]

    rectify(ada, Wishes(topics=["products"]), channel=Channel.API, visit=Visit(ip=None))
    with pytest.raises(CatalogRefused):
        catalog.apply(WITHOUT_SURVEYS)

    privacy.erase(ada, channel=Channel.API, visit=Visit(ip=None))
    for document in (WITHOUT_SURVEYS, WITHOUT_TRACKING):
        with pytest.raises(CatalogRefused):
            catalog.apply(document)


def test_a_newsletter_in_use_cannot_vanish_and_is_named_once() -> None:
    catalog.apply(EXAMPLE)
    subscribe([], {}, newsletter="webshop")

    with pytest.raises(CatalogRefused) as refused:
        catalog.apply(WITHOUT_WEBSHOP)

    assert refused.value.sentences == ["newsletter webshop is in use, so it has to stay: keep it with retired = true."]


def test_a_topic_is_not_taken_for_another_of_similar_name() -> None:
    catalog.apply(edited(SURVEYS, 'id = "s_rveys"'))
    subscribe(["surveys", "s_rveys_2"], {})

    catalog.apply(WITHOUT_SURVEYS)

    assert "s_rveys" not in nyhedsbrev().topic_ids


def test_what_is_in_use_can_be_closed_with_retired() -> None:
    catalog.apply(EXAMPLE)
    subscribe(["surveys"], wording_ids("da"))
    tracking = wording_ids("da")["tracking"]
    closed = edited(SURVEYS, f"{SURVEYS}\nretired = true").replace(TRACKING, f"{TRACKING}\nretired = true", 1)

    catalog.apply(closed)

    assert "surveys" not in nyhedsbrev().topic_ids
    assert list(wording_ids("da")) == ["newsletter"]
    assert tracking in retired_ids()


def test_a_retired_newsletter_has_no_wording_in_force() -> None:
    catalog.apply(EXAMPLE)

    applied = catalog.apply(edited("[newsletters.webshop]", "[newsletters.webshop]\nretired = true"))

    assert applied.retired == 6
    assert catalog.current().newsletter("webshop").retired


def test_the_ticked_wordings_are_those_of_a_current_form() -> None:
    catalog.apply(EXAMPLE)
    current = nyhedsbrev().wordings_in("en")

    for ticked in (["newsletter", "tracking"], ["newsletter"], []):
        ids_sent = [current[purpose].id for purpose in ticked]
        assert catalog.chosen(nyhedsbrev(), "en", ids_sent, PAGE) == {purpose: current[purpose] for purpose in ticked}
    assert catalog.stale_pages() == []


@pytest.mark.parametrize("unknown", ["0123456789abcdef", "", "x" * 5000, "\x00", "newsletter"])
def test_an_unknown_wording_is_refused_and_the_current_ones_are_named(unknown: str) -> None:
    """A1.6"""
    catalog.apply(EXAMPLE)

    with pytest.raises(WordingRetired) as refused:
        catalog.chosen(nyhedsbrev(), "en", [wording_ids()["newsletter"], unknown], PAGE)

    assert refused.value.current == wording_ids()


def test_a_wording_of_another_language_or_newsletter_is_refused() -> None:
    """A1.6"""
    catalog.apply(EXAMPLE)
    webshop = catalog.current().newsletter("webshop").wordings_in("en")["newsletter"]

    for foreign in (wording_ids("de")["newsletter"], webshop.id):
        with pytest.raises(WordingRetired):
            catalog.chosen(nyhedsbrev(), "en", [foreign], PAGE)
    assert catalog.stale_pages() == []


def test_a_retired_wording_is_accepted_for_thirty_days_and_the_page_that_sends_it_is_known() -> None:
    with time_machine.travel(START, tick=False) as now:
        catalog.apply(EXAMPLE)
        old = nyhedsbrev().wordings_in("en")["tracking"]
        catalog.apply(REWORDED)
        sent = [wording_ids()["newsletter"], old.id]

        now.shift(timedelta(days=30) - timedelta(seconds=1))
        assert catalog.chosen(nyhedsbrev(), "en", sent, PAGE)["tracking"] == old

        now.shift(1)
        with pytest.raises(WordingRetired) as refused:
            catalog.chosen(nyhedsbrev(), "en", sent, PAGE)
        assert refused.value.current == wording_ids()

        [page] = catalog.stale_pages()
        assert (page.source, page.purpose, page.hits) == (PAGE, "tracking", 2)
        assert page.last_seen == (START + timedelta(days=30)).date()
        assert page.refused_from == START + timedelta(days=30)


def test_two_wordings_of_one_purpose_are_refused() -> None:
    catalog.apply(EXAMPLE)
    old = wording_ids()["tracking"]
    catalog.apply(REWORDED)

    with pytest.raises(WordingRetired):
        catalog.chosen(nyhedsbrev(), "en", [old, wording_ids()["tracking"]], None)


def test_the_wording_of_a_retired_purpose_breaks_no_form_and_grants_nothing() -> None:
    catalog.apply(EXAMPLE)
    sent = list(wording_ids().values())
    catalog.apply(edited(TRACKING, f"{TRACKING}\nretired = true"))

    assert list(catalog.chosen(nyhedsbrev(), "en", sent, None)) == ["newsletter"]
    assert [page.source for page in catalog.stale_pages()] == [""]


def test_made_up_sources_fill_no_table() -> None:
    catalog.apply(EXAMPLE)
    old = wording_ids()["tracking"]
    catalog.apply(REWORDED)

    for number in range(1005):
        catalog.chosen(nyhedsbrev(), "en", [old], f"{PAGE}/{number}")

    assert len(catalog.stale_pages()) == 1000


ELSEWHERE = """
import sys
from flask import Flask
from newsletter import catalog, db
app = Flask("elsewhere")
app.config["SQLALCHEMY_DATABASE_URI"] = sys.argv[1]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = db.engine_options(sys.argv[1])
db.db.init_app(app)
catalog.init_app(app)
with app.app_context():
    catalog.apply(sys.stdin.read())
"""


def test_a_catalogue_applied_by_another_process_is_in_force_within_five_seconds() -> None:
    catalog.apply(EXAMPLE)
    before = catalog.version()
    url = db.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", ELSEWHERE, url], input=REWORDED, text=True, check=True, cwd=ROOT)

    deadline = clock.monotonic() + 5
    while catalog.version() == before and clock.monotonic() < deadline:
        pass

    assert catalog.version() > before
    assert "which browser and which operating" in nyhedsbrev().wordings_in("en")["tracking"].text


def test_the_commands_explain_apply_and_list(app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """D4.11: what was put in force is a line of the log, too."""
    caplog.set_level("INFO")
    runner = app.test_cli_runner()
    file = tmp_path / "catalog.toml"

    file.write_text(edited("#0062a3", "#ffffff"))
    refused = runner.invoke(args=["catalog", "check", str(file)])
    assert refused.exit_code == 1
    assert refused.stdout == ""
    line = EXAMPLE[: EXAMPLE.index("#0062a3")].count("\n") + 1
    assert refused.stderr.startswith(f"{file}:{line}: newsletters.nyhedsbrev.colours.accent has a contrast of 1.0:1")

    file.write_text(EXAMPLE)
    assert runner.invoke(args=["catalog", "check", str(file)]).exit_code == 0
    assert runner.invoke(args=["catalog", "apply", str(file)]).stdout.endswith("12 new, 0 retired, 0 back again.\n")
    assert "catalogue in force" in caplog.text

    old = wording_ids()["tracking"]
    catalog.apply(REWORDED)
    catalog.chosen(nyhedsbrev(), "en", [old], PAGE)
    assert runner.invoke(args=["catalog", "forms"]).stdout.startswith(f"{PAGE}  nyhedsbrev  tracking (en)  1 times")


def test_a_file_that_cannot_be_read_is_a_sentence_not_a_traceback(app: Flask, tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# one\n# bl\xe5\n")
    runner = app.test_cli_runner()

    assert runner.invoke(args=["catalog", "check", str(latin)]).stderr == f"{latin}:2: is not UTF-8 here.\n"
    missing = runner.invoke(args=["catalog", "check", str(tmp_path / "none.toml")])
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
