"""Each line of law and standards is held by tests that cite its number, or by a document, or has its reason."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MATRIX = ROOT / "docs" / "reference" / "requirements.md"
ROW = re.compile(r"^\| ([A-H]\d+(?:\.\d+)?) \| .+? \| (.+) \|$", re.MULTILINE)
CITED = re.compile(r"(?<![\w#.])(?:[ABD]\d\.\d{1,2}|[CEFG][1-9]\d?)(?![\w.]*\w)")
OURS = ("newsletter/**/*.py", "tests/**/*.py", "docs/**/*.md", "deploy/*", "*.py")
HELD = dict(ROW.findall(MATRIX.read_text()))


def cited(*patterns: str) -> Iterator[str]:
    for pattern in patterns:
        for file in ROOT.glob(pattern):
            if file.is_file() and file != MATRIX:
                yield from CITED.findall(file.read_text())


def test_a_line_that_tests_hold_is_cited_by_one() -> None:
    held_by_tests = {number for number, held in HELD.items() if held.startswith("tests")}

    assert sorted(held_by_tests - set(cited("tests/**/*.py"))) == []


def test_a_line_that_tests_do_not_hold_has_a_document_or_a_reason() -> None:
    assert [number for number, held in HELD.items() if not re.match(r"tests|\[|otherwise: .", held)] == []


def test_nobody_cites_a_line_that_there_is_not() -> None:
    assert sorted(set(cited(*OURS)) - HELD.keys()) == []
