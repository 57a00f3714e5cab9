"""The machine's locale decides nothing about the files of ours and of operators: they are UTF-8 everywhere."""

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "newsletter"
BY_LOCALE = re.compile(r"\.read_text\(\)|\.write_text\((?!.*utf-8)")


def test_no_file_is_read_or_written_as_the_locale_would_have_it() -> None:
    assert [file for file in sorted(PACKAGE.rglob("*.py")) if BY_LOCALE.search(file.read_text("utf-8"))] == []
