"""What the catalogue says in several languages."""

from collections.abc import Mapping

Texts = Mapping[str, str]
"""One text per language."""


def in_language(texts: Texts, language: str) -> str:
    """In that language, else in any; empty where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")
