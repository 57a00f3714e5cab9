"""What bots do and people do not: names that advertise, and characters that nobody types (C3)."""

import unicodedata

import pytest

from newsletter import guard


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "Anne-Marie O'Neil",
        "Søren Æbelø",
        "José María",
        "Нина",
        "李小龙",
        "Jean Luc, jr.",
        "Dr. med. K. Ångström",
        "d'Artagnan & Co",
        "Nguyễn",
        "Infante",
        "Conrad Comte",
        "Peter 2nd",
        "J.R.R. Tolkien",
        "St.Clair",
        "Dr.med.dent. Müller",
        "cand.it. Ærø",
        "Y.Su",
        "Ada ❤\ufe0f",
        "葛\U000e0100城",
        "علی\u200cرضا",
        "نادر\u200cپور",
        "ශ්\u200dරීලාල්",
        "शर्मा क्\u200dष",
        "র\u200d্যাচেল",
        "രാജന്\u200d",
        "",
    ],
)
def test_a_name_is_kept_as_it_is(name: str) -> None:
    assert guard.blanked(name) == name
    assert not guard.has_invisible(name)


@pytest.mark.parametrize(
    "name",
    [
        "https://casino.example",
        "HTTP://casino.example",
        "http casino",
        "irc://casino",
        "www.nettavis",
        "t.me/casino",
        "call 12345",
        "win www.casino.example now",
        "casino.com",
        "Win at casino.ru!",
        "visit casino.example",
        "Casino.SHOP",
        "write to eve@example.org",
        "@eve",
        "<b>Ada</b>",
        "a < b",
        "a > b",
        "a }} b",
        "a |* b",
        "{{ config }}",
        "${jndi:ldap://x}",
        "{% raw %}",
        "*|FNAME|*",
        "%%name%%",
        "[[name]]",
        "#{7*7}",
        "call 0045123456",
        "bit.ly/abc",
        "casino.bet",
        "win at casino.co!",
        "192.0.2.1:8080",
        "win at casino。com",
        "\uff57\uff57\uff57\uff0ecasino\uff0exyz",
        "\uff1cb\uff1eAda",
        "casino.c\ufe0fom",
        "w\u034fww.casino",
        "h\U000e0100ttp casino",
        "{\ufe00{name}}",
    ],
)
def test_a_name_that_advertises_or_is_code_is_blanked(name: str) -> None:
    assert guard.blanked(name) == ""


@pytest.mark.parametrize(
    "code", [0x00, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0xAD, 0x200B, 0x200D, 0x200E, 0x202A, 0x202E]
)
def test_control_and_direction_and_zero_width_characters_are_found(code: int) -> None:
    assert guard.has_invisible(f"Ada{chr(code)}Lovelace")


@pytest.mark.parametrize("code", [0x2028, 0x2029, 0x2066, 0x2069, 0xD800, 0xDFFF, 0xE000, 0xFEFF, 0xFFF9, 0xE0041])
def test_so_are_those_beyond(code: int) -> None:
    assert guard.has_invisible(chr(code))


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize(
    "around", ["Ada{}Lovelace", "{}علی", "علی{}", "ع{}a", "a{}ع", "क{}ष", "क्{0}{0}ष", "👩{}💻", "{}"]
)
def test_a_joiner_joins_nothing_elsewhere(around: str, joiner: str) -> None:
    assert guard.has_invisible(around.format(joiner))


def test_every_visible_character_may_be_typed() -> None:
    visible = [chr(code) for code in range(0x20, 0x3000) if unicodedata.category(chr(code))[0] in "LMNPS"]

    assert not [character for character in visible if guard.has_invisible(character)]


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\0", "\u3000"])
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(before: str, sign: str) -> None:
    """D4.4"""
    assert guard.as_cell(f"{before}{sign}1") == f"'{before}{sign}1"


@pytest.mark.parametrize("first", ["\t", "\r", "\0"])
def test_so_does_one_that_begins_with_what_a_spreadsheet_passes_over(first: str) -> None:
    """D4.4: whatever stands behind it."""
    assert guard.as_cell(f"{first}1") == f"'{first}1"


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
@pytest.mark.parametrize("parting", [",", ";", "; ", ";;", ',"', ';" "'])
def test_so_does_what_would_be_a_cell_of_its_own_by_another_separator(parting: str, sign: str) -> None:
    """D4.4: a spreadsheet may part the sheet where it was not parted."""
    assert guard.as_cell(f"Ada{parting}{sign}1{parting}2") == f"Ada{parting}'{sign}1{parting}2"


@pytest.mark.parametrize("text", ["Lovelace, Ada", "a;b", "1, 2", "Ada;'=1", "a,b=1", "Ada; 1-1"])
def test_what_may_be_parted_without_harm_is_as_it_was(text: str) -> None:
    assert guard.as_cell(text) == text


@pytest.mark.parametrize("text", ["Ada", "a=1", "1-1", "Anne-Marie", "ada@example.org"])
def test_any_other_cell_is_as_it_was(text: str) -> None:
    assert guard.as_cell(text) == text
    assert guard.as_cell("") == guard.as_cell(None) == ""


def test_what_steers_how_other_text_is_read_leaves_a_mark() -> None:
    """PRODUCT 4.12: on a terminal and on paper."""
    assert guard.visible("250 \x1b[2JOK\u202e\u200b\u2028\ud800") == "250 \ufffd[2JOK\ufffd\ufffd\ufffd\ufffd"
    assert guard.visible("250 Søren\n\ue000 علی\u200cرضا") == "250 Søren\n\ue000 علی\u200cرضا"
