"""The house keeps its own rules: where what may stand, how long it may be, and that every refusal has its answer."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from statistics import median

import click
import pytest

from newsletter import errors
from newsletter.commands import COMMANDS, refusing
from newsletter.errors import NewsletterError
from newsletter.refusals import STATUS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "newsletter"
SOURCES = sorted([*PACKAGE.rglob("*.py"), ROOT / "wsgi.py"])
BESIDE = sorted(source for folder in ("tests", "bench") for source in (ROOT / folder).rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 250, 40  # lines
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
VAGUE = {"utils", "util", "helpers", "common", "misc", "core", "base", "service", "services", "manager", "models"}


def name_of(source: Path) -> str:
    return str(source.relative_to(ROOT))


@cache
def tree_of(source: Path) -> ast.Module:
    return ast.parse(source.read_text())


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, and every name that is imported from one, with its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def who_imports(*modules: str) -> set[str]:
    return {
        name_of(source)
        for source in SOURCES
        if any(
            name == module or name.startswith(f"{module}.") for name in imported(tree_of(source)) for module in modules
        )
    }


def who_says(*names: str) -> set[str]:
    """The modules in which something like `os.environ`, or of any owner like `.commit`, is named."""
    return {
        name_of(source)
        for source in SOURCES
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.Attribute) and {f".{node.attr}", ast.unparse(node)} & set(names)
    }


def functions(sources: Iterable[Path]) -> Iterator[tuple[str, int]]:
    """Every function's name and length: from its first statement to its last line, what explains it left out."""
    for source in sources:
        for node in ast.walk(tree_of(source)):
            if isinstance(node, FUNCTIONS):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                yield f"{name_of(source)}:{node.name}", int(node.end_lineno or 0) - body[0].lineno + 1


# Where what may stand


def test_only_the_database_module_commits() -> None:
    assert who_says(".commit") == {"newsletter/db.py"}


def test_only_the_configuration_reads_the_environment() -> None:
    found = who_imports("environs") | who_says("os.environ", "os.getenv")
    assert {Path(name).parent.name for name in found} == {"config"}


def test_there_is_one_clock() -> None:
    """G2"""
    of_the_wall = {f"{owner}.{name}" for owner in ("datetime", "date") for name in ("now", "utcnow", "today")}
    others = {f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime")}

    assert who_says(*of_the_wall, *others) | who_imports(*others) == {"newsletter/clock.py"}


def test_only_the_links_sign() -> None:
    assert who_imports("itsdangerous") == {"newsletter/links.py"}


def test_only_the_outbox_speaks_to_the_relay() -> None:
    assert who_imports("smtplib", "flask_mail") == {"newsletter/outbox/smtp_line.py", "newsletter/outbox/smtp.py"}


def test_only_a_form_asks_and_only_a_press_makes_a_subscriber() -> None:
    """No import, no act of staff and no worker does, nor do they ask anybody by letter to consent (A1.12)."""
    assert who_says("signups.ask") == {"newsletter/api/signups.py", "newsletter/pages/signup.py"}
    assert who_says("Subscription.begin") == {"newsletter/signups/confirmation_plan.py"}
    assert who_says("signups.confirm") == {"newsletter/pages/confirmation.py"}
    assert who_says("signups.confirm_by_code") == {"newsletter/pages/inbox.py"}


def test_every_exception_is_caught_only_where_work_must_go_on_and_the_log_is_told() -> None:
    catches = {
        name_of(source)
        for source in SOURCES
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    }

    assert catches == {
        "newsletter/commands/worker.py",  # the loop
        "newsletter/db.py",  # rolls back, and lets it go on
        "newsletter/feed/connectors/threads.py",  # the loop of each connector
        "newsletter/feed/webhooks/lane.py",  # the loop of each webhook, and one push's fault is not the others'
        "newsletter/feedback/inbound.py",  # one mail's fault is not the others'
        "newsletter/feed/webhooks/pushing.py",  # the loop that begins lanes
        "newsletter/outbox/delivery.py",  # one letter that cannot be written is not the others'
        "newsletter/outbox/handover.py",  # one letter's fault is not the others'
        "newsletter/outbox/smtp.py",  # closes, and lets it go on
    }


def test_what_somebody_presents_is_compared_in_constant_time() -> None:
    """D1.7; what pages carry is compared by itsdangerous, which does the same."""
    assert who_says("hmac.compare_digest") == {
        "newsletter/access/keys.py",
        "newsletter/links.py",
        "newsletter/mailboxes/address.py",
        "newsletter/ops/scrape.py",
        "newsletter/signups/code.py",
    }


def test_the_package_itself_imports_nothing() -> None:
    assert list(imported(tree_of(PACKAGE / "__init__.py"))) == []


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_no_function_imports(source: Path) -> None:
    inside = [
        f"{function.name}: {name}"
        for function in ast.walk(tree_of(source))
        if isinstance(function, FUNCTIONS)
        for name in imported(function)
    ]

    assert inside == []


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_package_is_imported_through_its_face(source: Path) -> None:
    home = source.relative_to(ROOT).with_suffix("").parts[:2]
    past = [
        name
        for name in imported(tree_of(source))
        if len(parts := name.split(".")) > 2
        and tuple(parts[:2]) != home
        and parts[0] == "newsletter"
        and (PACKAGE / parts[1] / f"{parts[2]}.py").exists()
        and not is_said_by_face(parts[1], parts[2])
    ]

    assert past == []


def is_said_by_face(package: str, name: str) -> bool:
    """Whether the package's own `__init__` offers something of that name, which then need not be the module."""
    return name in {found.rpartition(".")[2] for found in imported(tree_of(PACKAGE / package / "__init__.py"))}


# How long it may be


def test_no_module_is_longer_than_250_lines() -> None:
    lengths = {name_of(source): len(source.read_text().splitlines()) for source in [*SOURCES, *BESIDE]}

    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    lengths = sorted(length for _, length in functions(SOURCES))

    assert median(lengths) <= 6
    assert lengths[len(lengths) * 9 // 10] <= 15
    assert [name for name, length in functions([*SOURCES, *BESIDE]) if length > LONGEST_FUNCTION] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name_of(source) for source in SOURCES if source.stem in VAGUE or source.parent.name in VAGUE] == []


# Refusals


def refusals(above: type[NewsletterError] = NewsletterError) -> Iterator[type[NewsletterError]]:
    for refusal in above.__subclasses__():
        yield refusal
        yield from refusals(refusal)


def test_every_refusal_has_a_status_and_every_status_a_refusal() -> None:
    assert set(refusals()) == set(STATUS)


def test_every_refusal_is_one_of_a_handful_of_statuses_that_clients_know() -> None:
    assert set(STATUS.values()) <= {400, 401, 403, 404, 409, 413, 415, 422, 429, 503}


@pytest.mark.parametrize("refusal", sorted(refusals(), key=lambda refusal: refusal.__name__))
def test_a_refusals_docstring_is_the_sentence_that_people_read(refusal: type[NewsletterError]) -> None:
    sentence = refusal.__doc__ or ""

    assert refusal.__module__ == errors.__name__
    assert re.fullmatch(r"[A-Z].*\.", sentence)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_tells_refusals_and_outages_in_a_sentence(command: click.Command) -> None:
    assert isinstance(command, refusing.Group | refusing.Command)
