"""Which of the languages that a newsletter speaks a reader gets."""

import pytest

from newsletter import languages


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("da", "da"),
        ("de-CH, en;q=0.9", "de"),
        ("en;q=0.3, da;q=0.9", "da"),
        ("en; q=0.3, da; q=0.9", "da"),  # blanks may stand around the semicolon (RFC 9110 12.4.2)
        ("fr, en ; q=0.5, da;q=0", "en"),
        ("da;q=x, en;q=0.1", "en"),
        ("fr", None),
        ("", None),
    ],
)
def test_the_reader_gets_the_language_that_the_browser_prefers(header: str, found: str | None) -> None:
    assert languages.negotiate(header, ("da", "de", "en")) == found
