"""A rule that looks back for longer than what it goes by is kept would do less than it says (PRODUCT 4.11, 5.2)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from newsletter import catalog
from newsletter.config import Limit
from tests.verbs.catalog.editing import edited

SHORT = edited("[retention]\n", "[retention]\nlimits_days = 7\n")
SENDER = "[newsletters.nyhedsbrev.sender]"


def run(app: Flask, verb: str, file: Path, text: str) -> tuple[int, str]:
    file.write_text(text)
    told = app.test_cli_runner().invoke(args=["catalog", verb, str(file)])
    return told.exit_code, told.stderr


@pytest.mark.parametrize("verb", ["check", "apply"])
def test_a_catalogue_that_keeps_for_less_time_than_a_setting_counts_is_refused(
    app: Flask, tmp_path: Path, verb: str
) -> None:
    file = tmp_path / "catalog.toml"

    exit_code, said = run(app, verb, file, SHORT)

    assert exit_code == 1
    line = SHORT[: SHORT.index("limits_days = 7")].count("\n") + 1
    told = "retention.limits_days must be at least 30: NEWSLETTER_LIMIT_ADDRESS counts over as many days."
    assert said == f"{file}:{line}: {told}\n"


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ("bounces_days = 29", "bounces_days must be at least 30: so long soft bounces are counted together."),
        (
            "journal_days = 20\nbackups_days = 21",
            "journal_days must be at least 21: so old a backup may be, and what happened since is done again.",
        ),
    ],
)
def test_so_is_one_that_keeps_for_less_time_than_something_needs(
    app: Flask, tmp_path: Path, terms: str, told: str
) -> None:
    """PRODUCT 5.2, A7.10"""
    file, text = tmp_path / "catalog.toml", edited("[retention]\n", f"[retention]\n{terms}\n")

    exit_code, said = run(app, "check", file, text)

    line = text[: text.index(terms)].count("\n") + 1
    assert (exit_code, said) == (1, f"{file}:{line}: retention.{told}\n")


def test_they_are_told_in_the_order_in_which_the_writer_meets_them(app: Flask, tmp_path: Path) -> None:
    terms = "journal_days = 5\nlimits_days = 7\nbounces_days = 3\n"

    _, said = run(app, "check", tmp_path / "catalog.toml", edited("[retention]\n", f"[retention]\n{terms}"))

    told = [sentence.split(": retention.")[1].split(" ")[0] for sentence in said.splitlines()]
    assert told == ["journal_days", "limits_days", "bounces_days"]


def test_they_are_told_with_all_else_that_is_wrong(app: Flask, tmp_path: Path) -> None:
    long = SHORT.replace("[retention]\n", "[retention]\npushes_days = 91\n")
    wrong = long.replace("limits_days = 7", "limits_days = 7\nfax_days = 7")

    _, said = run(app, "check", tmp_path / "catalog.toml", wrong)

    told = [sentence.split(": ")[1].split(" ")[0] for sentence in said.splitlines()]
    assert told == ["retention.pushes_days", "retention.limits_days", "retention.fax_days"]


def test_a_term_above_what_the_law_bears_is_told_once(app: Flask, tmp_path: Path) -> None:
    too_long = SHORT.replace("limits_days = 7", "limits_days = 31")

    _, said = run(app, "check", tmp_path / "catalog.toml", too_long)

    assert said.endswith(": retention.limits_days must be between 1 and 30.\n")
    assert said.count("\n") == 1


def test_a_journal_need_not_last_longer_than_backups(app: Flask, tmp_path: Path) -> None:
    both = edited("[retention]\n", "[retention]\njournal_days = 20\nbackups_days = 20\n")

    assert run(app, "check", tmp_path / "catalog.toml", both)[0] == 0


def test_it_is_sound_where_no_limit_counts_for_longer(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    weekly = make_app(limit_address=(Limit(most=3, seconds=7 * 86400),))

    with weekly.app_context():
        assert run(weekly, "check", tmp_path / "catalog.toml", SHORT)[0] == 0


def test_one_is_refused_whose_own_limits_count_for_longer(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    own = '[newsletters.nyhedsbrev.limits]\n"https://www.example.org" = "200/8days"\n'
    weekly = make_app(limit_address=(Limit(most=3, seconds=7 * 86400),))

    with weekly.app_context():
        _, said = run(weekly, "check", tmp_path / "catalog.toml", SHORT.replace(SENDER, own + SENDER))

    assert "must be at least 8: newsletters.nyhedsbrev.limits counts over as many days." in said


def test_the_doctor_tells_of_a_setting_that_came_later(make_app: Callable[..., Flask]) -> None:
    weekly = make_app(limit_address=(Limit(most=3, seconds=7 * 86400),))
    with weekly.app_context():
        catalog.apply(SHORT)
    monthly = make_app()

    with monthly.app_context():
        told = monthly.test_cli_runner().invoke(args=["doctor"]).stdout

    assert "FAIL  catalogue: retention.limits_days must be at least 30" in told
