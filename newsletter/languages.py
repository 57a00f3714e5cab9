"""Languages: which one a person gets, and the service's own words in it.

The messages are read from their `.po` files as they are; nothing has to be compiled before the service runs.
"""

import gettext
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from babel import dates
from babel.messages import mofile, pofile
from jinja2 import nodes
from jinja2.ext import InternationalizationExtension
from jinja2.parser import Parser
from markupsafe import Markup

from newsletter.inlining import inlined

SOURCE = "en"
"""The language that the messages are written in."""
HOME = Path(__file__).parent
FOLDER = HOME / "translations"
MESSAGES = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.po"))}
TEMPLATES = {
    path.relative_to(HOME / "templates").as_posix(): path.read_text("utf-8") for path in HOME.glob("templates/**/*.*")
}
"""Files by language, and by name. All are read when a process starts: an upgrade puts those of another release in their
place while it goes on."""
SPOKEN = (SOURCE, *MESSAGES)
TIMES = {"da": "' kl. 'HH.mm", "de": "', 'HH:mm' Uhr'"}
"""How a time follows a date in a sentence, where a comma alone would not do."""
LOCALES = {"en": "en_GB"}
"""Whose dates a language's are, where it is spoken in several ways: the company's neighbours read 30 November."""


@lru_cache
def translations(language: str) -> gettext.NullTranslations:
    if language not in MESSAGES:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    mofile.write_mo(compiled, pofile.read_po(io.BytesIO(MESSAGES[language]), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Translated(InternationalizationExtension):
    """Translates a template's texts once, when it is read: an environment speaks one language. Plurals stay calls."""

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        found = super().parse(parser)
        match found:
            case nodes.Output(nodes=[nodes.Call(node=nodes.Name(name="gettext"), args=[text], kwargs=named)]):
                return nodes.Output([self.translated(text.as_const(), named)], lineno=found.lineno)
        return found

    def translated(self, text: str, named: list[nodes.Keyword]) -> nodes.Expr:
        """The text with its placeholders, filled where it is shown, and escaped as `gettext` itself would."""
        values = nodes.Dict([nodes.Pair(nodes.Const(one.key), one.value) for one in named])
        spoken = translations(str(self.environment.globals["language"]))
        return nodes.Mod(nodes.TemplateData(spoken.gettext(text)), values)


class Loaded(jinja2.BaseLoader):
    """Templates as they were when the process started. One that fails is told by its name."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:
        return TEMPLATES[template], template, None

    def list_templates(self) -> list[str]:
        return sorted(TEMPLATES)


@lru_cache
def environment(language: str) -> jinja2.Environment:
    """The templates in one language. Autoescaped, strict, and never built from input (D3.8)."""
    made = jinja2.Environment(
        loader=Loaded(),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        extensions=[Translated],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters["instant"] = instant
    made.filters["moment"] = lambda instant: moment(instant, language)
    made.filters["inlined"] = lambda markup, accent: Markup(inlined(str(markup), accent))  # noqa: S704 - our own template
    made.filters["day"] = lambda instant: day(instant, language)
    made.globals["language"] = language
    return made


def render(template: str, language: str, **context: Any) -> str:
    return environment(language).get_template(template).render(**context)


def said(errors: Mapping[str, Sequence[str]], language: str) -> dict[str, list[str]]:
    """What is wrong with each field, in that language."""
    say = translations(language).gettext
    return {name: [say(sentence) for sentence in sentences] for name, sentences in errors.items()}


def instant(text: str) -> datetime:
    """As it was told in ISO 8601; of a day its beginning."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def moment(instant: datetime, language: str) -> str:
    """Date and time for people, with its zone: `30. november 2026 kl. 09.00 (UTC)`."""
    return minute(instant.astimezone(UTC).replace(second=0, microsecond=0), language)


@lru_cache(maxsize=1000)
def minute(instant: datetime, language: str) -> str:
    """Spelt once for all whom the same minute concerns."""
    time_of_it = dates.format_time(instant, TIMES.get(language, "', 'HH:mm"), tzinfo=UTC, locale=language)
    return f"{day(instant, language)}{time_of_it} (UTC)"


def day(instant: datetime, language: str) -> str:
    return dates.format_date(instant.astimezone(UTC).date(), "long", locale=LOCALES.get(language, language))


@lru_cache(maxsize=1000)
def negotiate(header: str, available: tuple[str, ...]) -> str | None:
    """The best of the available languages for an `Accept-Language` header, by the reader's weights.

    `de-CH` is served by `de` at its full weight; werkzeug would rather take an exact tag of lower weight.
    """
    for tag in preferred(header):
        found = next((language for language in available if language == tag or language == tag.partition("-")[0]), None)
        if found:
            return found
    return None


def preferred(header: str) -> list[str]:
    weighted = [weigh(part) for part in header.lower().split(",")[:20]]
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def weigh(part: str) -> tuple[float, str]:
    tag, _, quality = "".join(part.split()).partition(";q=")
    try:
        return (float(quality) if quality else 1.0), tag
    except ValueError:
        return 0.0, tag
