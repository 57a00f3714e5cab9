"""The line that each key of a TOML text stands on, which `tomllib` does not tell.

Only for texts that tomllib has accepted: what is not needed to find keys is skipped, not checked.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

Path = tuple[str | int, ...]
"""Where something stands in a document: keys, and positions in lists."""

TOKEN = re.compile(
    r'''
      (?P<blank>[ \t\r]+ | \#[^\n]*)
    | (?P<string>"""(?:\\.|[^\\])*?"""+ | \'\'\'.*?\'\'\'+ | "(?:\\.|[^"\\])*" | '[^']*')
    | (?P<mark>[\n\[\]{}=,.])
    | (?P<bare>[^\s\[\]{}=,."'\#]+)
    ''',
    re.VERBOSE | re.DOTALL,
)
SYNTAX = re.compile(r"(?P<sentence>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)
HEADER_AGAIN = re.compile(r"Cannot declare (?P<key>\(.+\)) twice")
VALUE_ENDS = {",", "]", "}", "\n", ""}


@dataclass(frozen=True)
class Token:
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    line = 1
    for found in TOKEN.finditer(text):
        if found.lastgroup != "blank":
            yield Token(found[0], line)
        line += found[0].count("\n")
    yield Token("", line)


def of_syntax_error(error: ValueError, text: str) -> tuple[int, str]:
    """The line and the sentence of what tomllib says in one string."""
    found = SYNTAX.fullmatch(str(error))
    if not found:
        return 1, str(error)
    return int(found["line"] or text.count("\n") + 1), HEADER_AGAIN.sub(of_header_again, found["sentence"])


def of_header_again(found: re.Match[str]) -> str:
    header = ".".join(re.findall(r"'([^']+)'", found["key"]))
    return f"[{header}] stands there already: write its lines under that one; one more of a list is [[{header}]]."


def deepest(text: str) -> int:
    """The line on which the most lists and tables are open inside of each other."""
    steps = {"[": 1, "{": 1, "]": -1, "}": -1}
    found = list(tokens(text))
    depths = accumulate(steps.get(token.text, 0) for token in found)
    return max(zip(depths, found, strict=True), key=lambda reached: reached[0])[1].line


class Lines:
    """A scanner that notes where every key and every item of a list stands."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self.at = 0
        self.found: dict[Path, int] = {(): 1}
        self.counts: dict[Path, int] = {}
        self.document()

    def of(self, path: Path) -> int:
        """The line of the key; of the table that lacks it, when it is missing."""
        while path not in self.found:
            path = path[:-1]
        return self.found[path]

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.next
        self.at += 1
        return token

    def skip(self, *texts: str) -> None:
        while self.next.text in texts:
            self.at += 1

    def document(self) -> None:
        table: Path = ()
        self.skip("\n")
        while self.next.text:
            if self.next.text == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip("\n")

    def header(self) -> Path:
        """`[table]`, or `[[table]]`, which begins one more item of a list."""
        line = self.take().line
        repeated = self.next.text == "["
        self.skip("[")
        path = self.note((), self.key(), line)
        self.skip("]")
        return self.item(path, line) if repeated else path

    def item(self, path: Path, line: int) -> Path:
        self.counts[path] = self.counts.get(path, 0) + 1
        item = (*path, self.counts[path] - 1)
        self.found[item] = line
        return item

    def note(self, path: Path, keys: list[str], line: int) -> Path:
        """Walk down the keys; one that names a list of tables means the last of them."""
        for key in keys:
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
            path = (*path, key)
            self.found.setdefault(path, line)
        return path

    def key(self) -> list[str]:
        keys = [plain(self.take().text)]
        while self.next.text == ".":
            self.take()
            keys.append(plain(self.take().text))
        return keys

    def pair(self, table: Path) -> None:
        line = self.next.line
        path = self.note(table, self.key(), line)
        self.skip("=")
        self.value(path)

    def value(self, path: Path) -> None:
        if self.next.text == "[":
            self.items(path)
        elif self.next.text == "{":
            self.inline_table(path)
        else:
            while self.next.text not in VALUE_ENDS:
                self.take()

    def items(self, path: Path) -> None:
        self.take()
        self.skip("\n")
        position = 0
        while self.next.text not in ("]", ""):
            self.found[(*path, position)] = self.next.line
            self.value((*path, position))
            self.skip("\n", ",")
            position += 1
        self.take()

    def inline_table(self, path: Path) -> None:
        self.take()
        self.skip("\n")
        while self.next.text not in ("}", ""):
            self.pair(path)
            self.skip("\n", ",")
        self.take()


def plain(key: str) -> str:
    """A key without its quotes and escapes."""
    if key[:1] not in ('"', "'"):
        return key
    return next(iter(tomllib.loads(f"{key} = 0")))
