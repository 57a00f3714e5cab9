"""The masks that a line passes before it is written: the last resort against what a library may quote (D2.2)."""

from time import process_time

import pytest

from newsletter import logs

SIGNATURE = "C8vT799Zuln2RnXFWzxS0axJfT2E2R0FPwiAhO8lc60"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("to <ada@example.org>, grace@exämple.dk;x", "to <***@***>, ***@***;x"),
        ("GET /manage?email=ada%40example.org", "GET /manage?email=***@***"),
        (f"GET /confirm/346dc406h22nrmt00louigdebddjao.{SIGNATURE}", "GET /confirm/***"),
        (f"signup=06h22nrmt00louigdebddjao.awqXag.{SIGNATURE};", "signup=***;"),
        (f"rendered=.awqVeg.{SIGNATURE}&x", "rendered=***&x"),
        ("from 192.0.2.7 and 2001:db8::7", "from *.*.*.* and *:*"),
        ("not null\nDETAIL:  Failing row contains (1, Ada).\n[SQL: x]", "not null\nDETAIL: ***\n[SQL: x]"),
        ("contact 06h22nrmt00louigdebddjao, 09:00:00, newsletter.signups", None),
    ],
)
def test_nobody_is_named_in_a_line(line: str, masked: str | None) -> None:
    assert logs.masked(line) == (masked or line)


@pytest.mark.parametrize("piece", ["a", "a.", "a@", "1.", "f:", "%40", "0a.-", "DETAIL:\n"])
def test_a_long_line_of_a_strangers_takes_no_time(piece: str) -> None:
    began = process_time()

    logs.masked(piece * 30_000)

    assert process_time() - began < 2
