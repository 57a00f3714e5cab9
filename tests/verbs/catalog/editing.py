"""The example's catalogue, edited."""

from pathlib import Path

from sqlalchemy import select

from newsletter import catalog
from newsletter.catalog import Newsletter, WordingRow
from newsletter.db import snapshot

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "examples" / "catalog.toml").read_text()
PAGE = "https://www.example.org/news"
TRACKING = 'id = "tracking"'


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
