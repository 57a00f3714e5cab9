"""Evidence to anchor, and the anchors that were written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

from newsletter.commands.duties import anchor_all, write_journal

ADA, GRACE = "ada@example.org", "grace@example.org"
Run = Callable[..., Result]


def a_day_s_work() -> None:
    anchor_all()
    write_journal()


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.rglob("anchors.jsonl") for line in file.read_text().splitlines()]
