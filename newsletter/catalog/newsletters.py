"""Reads a newsletter of the catalogue."""

from dataclasses import replace
from datetime import timedelta

from newsletter.catalog import rules
from newsletter.catalog.document import (
    NEWSLETTER,
    Colours,
    Field,
    Newsletter,
    OwnTexts,
    Privacy,
    Purpose,
    Redirects,
    Sender,
    Shortcuts,
    Topic,
    Wording,
    wording_id,
)
from newsletter.catalog.origins import origin_of
from newsletter.catalog.reading import Reader
from newsletter.catalog.retention_reading import read_own
from newsletter.config import Limit

LINK_VALIDITY = timedelta(days=7)  # A4.1
LONGEST_FIELD = 80  # characters
PLACES = ("intro", "thanks", "goodbye")
OLDEST = 21  # years that a form may ask for


def read_newsletter(slug: str, table: Reader, controller: str) -> Newsletter:
    """The newsletter of that slug, whose wordings have to name that controller."""
    table.ruled(slug, rules.slug)
    languages = table.texts("languages", rules.language)
    if not languages and not table.absent and table.content.get("languages") == []:
        table.mistake("must name at least one.", "languages")
    origins = table.texts("origins", rules.origin)
    return Newsletter(
        slug=slug,
        names=table.per_language("names", languages),
        languages=languages,
        sender=read_sender(table.table("sender")),
        topics=read_topics(table, languages),
        fields=read_fields(table, languages),
        purposes=read_purposes(slug, table, languages, controller),
        privacy=read_privacy(table.table("privacy"), languages),
        link_validity=table.value("link_validity", rules.validity) or LINK_VALIDITY,
        origins=origins,
        limits=read_limits(table.optional_table("limits"), origins),
        redirects=read_redirects(table.optional_table("redirects"), origins),
        colours=Colours(accent=table.optional_table("colours").value("accent", rules.accent)),
        logo=table.value("logo", rules.logo),
        retention=read_own(table.optional_table("retention")),
        texts=read_texts(table.optional_table("texts"), languages),
        minimum_age=read_minimum_age(table.optional_table("minimum_age"), languages),
        shortcuts=read_shortcuts(table.optional_table("shortcuts")),
        welcome=table.flag("welcome"),
        goodbye=table.flag("goodbye"),
        retired=table.flag("retired"),
    )


def read_sender(table: Reader) -> Sender:
    address = table.text("address", rules.email)
    return Sender(name=table.text("name"), address=address, reply_to=table.value("reply_to", rules.email) or address)


def read_topics(table: Reader, languages: tuple[str, ...]) -> tuple[Topic, ...]:
    topics = table.tables("topics")
    table.no_twins(topics, "id")
    return tuple(
        Topic(
            id=topic.text("id", rules.slug), names=topic.per_language("names", languages), retired=topic.flag("retired")
        )
        for topic in topics
    )


def read_fields(table: Reader, languages: tuple[str, ...]) -> tuple[Field, ...]:
    fields = table.tables("fields")
    table.no_twins(fields, "name")
    return tuple(
        Field(
            name=field.text("name", rules.field_name),
            labels=field.per_language("labels", languages),
            max_length=field.number("max_length", LONGEST_FIELD, LONGEST_FIELD),
        )
        for field in fields
    )


def read_purposes(slug: str, table: Reader, languages: tuple[str, ...], controller: str) -> tuple[Purpose, ...]:
    purposes = table.tables("purposes")
    table.no_twins(purposes, "id")
    if not table.absent and NEWSLETTER not in [purpose.content.get("id") for purpose in purposes]:
        table.mistake(f'must hold one whose id is "{NEWSLETTER}": nobody is mailed without that consent.', "purposes")
    return tuple(read_purpose(slug, purpose, languages, controller) for purpose in purposes)


def read_purpose(slug: str, table: Reader, languages: tuple[str, ...], controller: str) -> Purpose:
    purpose = Purpose(
        id=table.text("id", rules.slug),
        required=table.flag("required"),
        names=table.per_language("names", languages),
        wordings={},
        retired=table.flag("retired"),
    )
    check_required(table, purpose)
    wordings = read_wordings(slug, purpose.id, table.table("wordings"), languages, controller)
    return replace(purpose, wordings=wordings)


def check_required(table: Reader, purpose: Purpose) -> None:
    """Being mailed is what a newsletter is about; no other consent may be a condition of it (A1.2)."""
    if purpose.id == NEWSLETTER and not purpose.required:
        table.mistake("must be true for the purpose newsletter.", "required")
    if purpose.id == NEWSLETTER and purpose.retired:
        table.mistake("must not be true for the purpose newsletter; retire the newsletter itself.", "retired")
    if purpose.id not in (NEWSLETTER, "") and purpose.required:
        table.mistake("must not be true: only the purpose newsletter is required (A1.2).", "required")


def read_wordings(
    slug: str, purpose: str, table: Reader, languages: tuple[str, ...], controller: str
) -> dict[str, Wording]:
    wordings: dict[str, Wording] = {}
    for language in languages or table.content:
        text = table.needed(language, str)
        if text is not None and language in rules.WITHDRAWING:
            for fault in rules.consent_text(text, language, controller):
                table.mistake(fault, language)
            name = wording_id(slug, purpose, language, text)
            wordings[language] = Wording(id=name, newsletter=slug, purpose=purpose, language=language, text=text)
    return wordings


def read_privacy(table: Reader, languages: tuple[str, ...]) -> Privacy:
    return Privacy(urls=table.per_language("urls", languages, rules.url), version=table.text("version"))


def read_limits(table: Reader, origins: tuple[str, ...]) -> dict[str, tuple[Limit, ...]]:
    """What single origins may do, where the general limit of a source is not theirs."""
    found: dict[str, tuple[Limit, ...]] = {}
    for key in table.content:
        limits = table.value(key, rules.limit_source)
        origin = origin_of(key)
        if origin not in origins:
            table.mistake("is not one of the newsletter's origins.", key)
        elif limits:
            found[str(origin)] = limits
    return found


def read_redirects(table: Reader, origins: tuple[str, ...]) -> Redirects:
    steps = ("signed_up", "confirmed", "cancelled", "unsubscribed")
    targets = {step: table.value(step, rules.url) for step in steps}
    for step, target in targets.items():
        if target and origin_of(target) not in origins:
            table.mistake("leads to a site that is not one of the newsletter's origins.", step)
    return Redirects(**targets)


def read_texts(table: Reader, languages: tuple[str, ...]) -> OwnTexts:
    """Each may be left out; one that is there is there in every language."""
    table.known.update(PLACES)
    given = {place: table.per_language(place, languages) for place in PLACES if place in table.content}
    return OwnTexts(**given)


def read_minimum_age(table: Reader, languages: tuple[str, ...]) -> dict[str, int]:
    """Countries differ (15 in Denmark, 16 in Germany), and of a form's visitor only the language is known (A1.13)."""
    table.known.update(languages)
    return {code: table.number(code, 0, OLDEST) for code in languages if code in table.content}


def read_shortcuts(table: Reader) -> Shortcuts:
    return Shortcuts(same_browser=table.flag("same_browser"), code=table.flag("code"))
