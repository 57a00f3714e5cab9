"""What bots do and people do not: filling a hidden field, posting at once, and advertising in the name field."""

import re
import unicodedata
from typing import Any

from newsletter import metrics

HONEYPOT = "website"
"""A field that no person sees. Whoever fills it gets the usual answer, and nothing is stored (C9)."""

ADVERTISING = re.compile(
    r"""://|www\.|@|https?|\d{5,}
    |\.(?:com|net|org|info|biz|ru|cn|top|xyz|io|de|dk|se|eu|uk|ly|app|site|shop|online|club|live|link|click|example)\b
    |\w\w\.(?:ai|at|be|bet|bid|blog|br|by|ca|cam|casino|cc|cf|ch|chat|co|cz|deals|dev|es|fi|fm|fr|fun|ga|games|gg|gl|gq
        |icu|invalid|jp|loan|me|ml|mobi|money|news|nl|no|pl|porn|press|pro|pt|pw|sex|sk|space|store|su|tech|test|tk|to|tv
        |ua|us|vip|website|win|work|world|ws|xxx)\b  # some are people's names, behind the dot of an initial
    |\w\.[^\W\d_]{2,}/
    |\b\d{1,3}(?:\.\d{1,3}){3}\b""",
    re.IGNORECASE | re.VERBOSE,
)
MARKUP = re.compile(r"[<>]|\{\{|\}\}|\{%|\$\{|\*\||\|\*|%%|\[\[|#\{")
UNSEEN = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Marks that take no room of their own. Some names and signs are written with them, links never."""
FORMULA = re.compile(r"[\t\r\0]|\s*[=+\-@＝＋－＠]")
"""What a spreadsheet would run."""
FORMULA_WITHIN = re.compile(r"([,;][\s\"]*)(?=[=+\-@＝＋－＠])")
"""And what it would run where it parts a sheet by its country's separator: then quotes hold nothing together."""
LOST = "\ufffd"
INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories: control, format (bidi and zero-width), private use, surrogates, line and paragraph separators."""
STEERING = INVISIBLE - {"Co"}
"""Those of them that change how other text is read, on a terminal or on paper."""
JOINERS = "\u200c\u200d"
VIRAMA = 9
"""The class of the signs that join Indic letters."""
INVISIBLE_SENTENCE = "This contains characters that cannot be shown."


def caught(fields: dict[str, Any]) -> bool:
    """Whether the hidden field was filled in; it is taken out, and nothing is kept of it but the count (C9)."""
    filled = bool(fields.pop(HONEYPOT, ""))
    if filled:
        metrics.TRAPPED.inc()
    return filled


def has_invisible(value: str) -> bool:
    """Control, bidi and zero-width characters, lone surrogates, and what stands for a character that got lost.

    Nobody types these, and headers break on them. Joiners are typed where a script needs them.
    """
    if value.isprintable():
        return LOST in value
    unseen = [at for at, character in enumerate(value) if unicodedata.category(character) in INVISIBLE]
    return LOST in value or not all(joins(value, at) for at in unseen)


def joins(text: str, at: int) -> bool:
    """Whether a joiner stands here where names are written with it: between Arabic letters, or beside a virama.

    A little wider than RFC 5892, A.1 and A.2: people type it between Arabic letters that are apart in any case.
    """
    beside = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    is_arabic = [unicodedata.bidirectional(character) for character in beside] == ["AL", "AL"]
    return text[at] in JOINERS and (is_arabic or VIRAMA in map(unicodedata.combining, beside))


def visible(text: str) -> str:
    """The text with a mark wherever something invisible would steer how it is read: a relay says what it likes."""
    unseen = {at for at, c in enumerate(text) if unicodedata.category(c) in STEERING and c != "\n"}
    return "".join(LOST if at in unseen and not joins(text, at) else c for at, c in enumerate(text))


def as_cell(value: str | None) -> str:
    """A cell of a sheet that nothing takes for a formula; empty for what is not known (D4.4)."""
    if not value:
        return ""
    guarded = FORMULA_WITHIN.sub(r"\1'", value)
    return f"'{guarded}" if FORMULA.match(guarded) else guarded


def is_advertising(value: str) -> bool:
    """Criminals put links into the name, so that a company's own mail carries their spam (C3).

    Mail programs and browsers read full-width letters and the ideographic full stop as they read the plain ones, and
    readers see nothing of what takes no room.
    """
    plain = UNSEEN.sub("", unicodedata.normalize("NFKC", value)).replace("。", ".")
    return bool(ADVERTISING.search(plain) or MARKUP.search(plain))


def blanked(value: str) -> str:
    """A voluntary field as it may be kept: nothing at all instead of advertising, markup or template syntax."""
    return "" if is_advertising(value) else value
