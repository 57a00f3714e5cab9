"""The documentation says what is: every setting, every command, no link into nothing, nobody's own folders."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

import click
import pytest
from flask import Flask

from bench.__main__ import MEASURES
from newsletter import config, logs
from newsletter.commands import COMMANDS
from newsletter.config import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "tests").glob("*.md")])
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
DEPLOYED = sorted(file for file in (ROOT / "deploy").rglob("*") if file.is_file())
LONGEST_DECISION = 40  # lines
SETTING = re.compile(r"^\| `NEWSLETTER_(\w+)` \| .+? \| (?P<default>[^|]+) \| .+ \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
OWN_FOLDER = re.compile(r"/(?:home|root|Users|workspace|work|mnt)/\w+|/tmp/\w+")
REQUIRED = {
    "NEWSLETTER_DATABASE_URL": "sqlite:///newsletter.db",
    "NEWSLETTER_SECRET_KEYS": "k" * 32,
    "NEWSLETTER_PUBLIC_URL": "https://news.example.org",
    "NEWSLETTER_CATALOG": "catalog.toml",
    "NEWSLETTER_SMTP_URL": "smtp://relay.example.org",
}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def documented_settings() -> dict[str, str]:
    return {
        found[1].lower(): found["default"] for found in SETTING.finditer((DOCS / "reference/settings.md").read_text())
    }


def commands(known: click.Command, *above: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    name = [*above, str(known.name)]
    if isinstance(known, click.Group):
        for inner in known.commands.values():
            yield from commands(inner, *name)
    else:
        yield " ".join(name), known


def sections(text: str) -> dict[str, str]:
    """The parts of the commands' page by the name of the command, which stands before all that may follow it."""
    parts = re.split(r"^### `flask ", text, flags=re.MULTILINE)[1:]
    return {re.match(r"[a-z ]*[a-z]", part)[0]: part for part in parts}  # type: ignore[index]


ALL_COMMANDS = dict(found for known in COMMANDS for found in commands(known))


def test_the_table_of_settings_has_exactly_the_settings_that_there_are() -> None:
    assert list(documented_settings()) == [field.name for field in fields(Settings)]


def test_the_table_marks_as_required_what_is_required() -> None:
    required = [name for name, default in documented_settings().items() if default == "required"]

    assert required == [field.name for field in fields(Settings) if field.default is MISSING]


def test_the_defaults_in_the_table_are_those_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    in_force = config.load()

    for name, default in documented_settings().items():
        if default != "required":
            value = "" if default.startswith("empty") else default.strip("`")
            monkeypatch.setenv(f"NEWSLETTER_{name.upper()}", value)

    assert config.load() == in_force


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_is_described_with_all_its_options(name: str) -> None:
    described = sections((DOCS / "reference/commands.md").read_text())

    options = [text for option in ALL_COMMANDS[name].params for text in option.opts if text.startswith("--")]

    assert name in described
    assert [option for option in options if option not in described[name]] == []


def test_no_command_is_described_that_is_not_there() -> None:
    described = sections((DOCS / "reference/commands.md").read_text())

    assert set(described) - {"db upgrade"} == set(ALL_COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = [target for target, _ in LINK.findall(page.read_text()) if target and not (page.parent / target).exists()]

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_into_a_page_finds_its_heading(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        if anchor:
            text = (page.parent / target).read_text() if target else page.read_text()
            headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
            assert anchor[1:] in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("decision", DECISIONS, ids=name_of)
def test_a_decision_is_short_dated_and_says_context_decision_and_consequences(decision: Path) -> None:
    lines = decision.read_text().splitlines()

    assert len(lines) <= LONGEST_DECISION
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", lines[2])
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(decision.name[:4]) for decision in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


def test_the_readme_begins_with_the_two_commands_and_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text()

    unnamed = [page for page in DOCS.rglob("*.md") if name_of(page) not in readme and page not in DECISIONS]

    assert readme.index("make run") < readme.index("make test") < readme.index("## ")
    assert unnamed == []


def test_both_maps_of_the_package_place_every_module_as_the_layers_do() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rank = {name: n for n, layer in enumerate(rules[0]["layers"]) for name in layer.split(" | ")}
    readme = (ROOT / "README.md").read_text().partition("\nnewsletter/\n")[2].partition("migrations/")[0]
    package = (ROOT / "newsletter/__init__.py").read_text().partition("point down:")[2].partition('"""')[0]

    paths = re.findall(r"(\w+(?:\.py|/))(?=\s)", readme)

    assert [path for path in paths if not (ROOT / "newsletter" / path).exists()] == []
    for drawn in (
        [path.removesuffix(".py").removesuffix("/") for path in paths],
        " ".join(line[4:44] for line in package.splitlines()).split(),
    ):
        assert sorted(drawn) == sorted(rank)
        assert drawn == sorted(drawn, key=lambda name: rank[name])


def test_no_log_keeps_what_follows_the_address_of_a_link(app: Flask) -> None:
    """D2.2: neither ours nor the sample proxy's."""
    pages = {str(rule.rule).split("/")[1] for rule in app.url_map.iter_rules() if "<token>" in rule.rule}
    proxy = re.findall(r"/\((?:\?:)?([a-z|]+)\)/", (ROOT / "deploy/nginx/newsletter.conf").read_text())

    assert [set(masked.split("|")) for masked in proxy] == [pages, pages]
    assert {logs.masked(f"/{page}/any") for page in pages} == {f"/{page}/***" for page in pages}


def test_the_sample_proxies_write_nobodys_whole_address() -> None:
    """nginx's error log would, of every request that fails; Caddy tells the address twice since 2.7."""
    nginx, caddy = ((ROOT / "deploy" / name).read_text() for name in ("nginx/newsletter.conf", "caddy/Caddyfile"))

    assert nginx.count("error_log /var/log/nginx/error.log alert;") == nginx.count("\nserver {")
    assert {"remote_ip ip_mask", "client_ip delete"} <= set(re.findall(r"request>(\w+_ip \w+)", caddy))


def test_the_sample_for_caddy_refuses_what_is_too_large_and_nothing_smaller() -> None:
    """It answers 502 itself where a body turns out to be larger than it lets through."""
    caddy = (ROOT / "deploy/caddy/Caddyfile").read_text()
    of_people, of_machines = re.findall(r"header_regexp Content-Length (\S+)", caddy)

    for least, size, pattern in ((0, 16 * 1024, of_people), (400_000, 576 * 1024, of_machines)):
        assert not [n for n in range(least, size + 1) if re.search(pattern, str(n))]
        assert [n for n in range(size + 1, 1_100_000, 7) if not re.search(pattern, str(n))] == []
    assert re.findall(r"@machines path /api/\*\s+request_body @machines \{\s+max_size (\w+)", caddy) == ["576KiB"]


@pytest.mark.parametrize("page", ["back-up-and-restore", "upgrade"])
def test_roles_get_their_rights_once_the_schema_is_the_newest(page: str) -> None:
    """A backup may be of an earlier release, which lacks tables that roles.sql speaks of."""
    text = (DOCS / f"how-to/{page}.md").read_text()

    assert re.search(r"newsletter db upgrade\n[^`\n]*psql [^`\n]*roles\.sql", text)


def test_the_users_of_the_roles_have_no_home_folder_that_they_may_not_look_into() -> None:
    """PostgreSQL's library looks for certificates there, and takes a refusal for a fault of the connection."""
    made = re.findall(r"useradd .*", (DOCS / "how-to/install-systemd.md").read_text())

    assert [re.search(r"--home-dir (\S+) .* (newsletter\S*)", line).groups() for line in made] == [  # type: ignore[union-attr]
        ("/var/lib/newsletter", "newsletter"),
        ("/nonexistent", "newsletter_$role"),
    ]


@pytest.mark.parametrize("page", ["install-systemd", "upgrade"])
def test_what_root_checks_out_can_be_read_by_the_services_users(page: str) -> None:
    """Also where root's own umask is 077."""
    text = (DOCS / f"how-to/{page}.md").read_text()

    assert re.search(r"^umask 022\b[^`]*git (clone|fetch)[^`]*make setup", text, re.MULTILINE)
    assert "chmod -R a+rX ." in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("page", [*PAGES, *DEPLOYED, ROOT / "Dockerfile", ROOT / "compose.yaml"], ids=name_of)
def test_no_page_names_a_folder_that_only_its_writer_has(page: Path) -> None:
    assert OWN_FOLDER.findall(page.read_text()) == []


def test_every_measure_of_the_bench_is_described_with_its_bar() -> None:
    described = re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", (DOCS / "reference/benchmarks.md").read_text(), re.MULTILINE)

    assert sorted(described) == sorted(MEASURES)


def test_the_form_to_paste_shows_the_privacy_notice_before_it_asks_for_anything_to_be_ticked() -> None:
    """A1.7, A1.1: whoever pastes it has to do no worse than our own page."""
    page = (DOCS / "how-to" / "embed-the-form.md").read_text()
    form = page.partition("## Plain HTML")[2].partition("```html")[2].partition("```")[0]

    assert form.index('<a href="URL_OF_THE_PRIVACY_NOTICE"') < form.index('name="consent"')
    assert "checked" not in form
