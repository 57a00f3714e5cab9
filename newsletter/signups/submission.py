"""What a form, a script or a server sent, made into something that can be trusted from here on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from newsletter import addresses, catalog, guard
from newsletter.addresses import EmailAddress
from newsletter.catalog import Newsletter, Wording
from newsletter.consent import Visit
from newsletter.errors import AddressInvalid, FieldsInvalid, NewsletterClosed
from newsletter.subscriptions import NOT_A_CHOICE, TOO_LONG

ADDRESS_SENTENCE = "Enter one e-mail address, like name@example.org."
LETTERS_SENTENCE = "Letters like ø or ü cannot stand before the @ here. Please enter another address."
UNTICKED_SENTENCE = "Tick the box to receive the newsletter."
LONGEST_SOURCE = 2000


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One valid request to be subscribed."""

    newsletter: Newsletter
    address: EmailAddress
    language: str
    fields: Mapping[str, str]
    topics: Sequence[str]
    wordings: Mapping[str, Wording]
    source: str | None
    visit: Visit


class Line(fields.String):
    """One line of text as people type it: no characters that cannot be seen, nothing trimmed away.

    It may be bounded in length, or be one of some choices.
    """

    def __init__(self, *, longest: int | None = None, choices: Sequence[str] | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.longest = longest
        self.choices = choices

    def _validate(self, value: str) -> None:
        if guard.has_invisible(value):
            raise ValidationError(guard.INVISIBLE_SENTENCE)
        if self.longest is not None and len(value) > self.longest:
            raise ValidationError(TOO_LONG)
        if self.choices is not None and value not in self.choices:
            raise ValidationError(NOT_A_CHOICE)


def address_of(typed: str) -> EmailAddress:
    try:
        found = addresses.parse(typed)
    except AddressInvalid as error:
        sentence = LETTERS_SENTENCE if addresses.has_other_letters(typed) else ADDRESS_SENTENCE
        raise ValidationError(sentence) from error
    if objection := guard.objection(found):
        raise ValidationError(objection)
    return found


def schema(newsletter: Newsletter) -> Schema:
    """The shape of a submission, made once per process for a newsletter as it stands.

    Whichever catalogue is in force by now: while a post arrives, another may come.
    """
    known: dict[str, tuple[Newsletter, Schema]] = current_app.extensions.setdefault("submissions", {})
    of, made = known.get(newsletter.slug, (None, None))
    if made is None or of is not newsletter:
        made = shape(newsletter)
        known[newsletter.slug] = newsletter, made
    return made


def shape(newsletter: Newsletter) -> Schema:
    """It checks; it does not query. What is wrong is told in this order, which is the form's (F3)."""
    made: dict[str, fields.Field[Any]] = {
        "email": Line(required=True, post_load=address_of, error_messages={"required": ADDRESS_SENTENCE}),
        "language": Line(choices=newsletter.languages),
        **{field.name: Line(longest=field.max_length) for field in newsletter.fields},
        "topics": fields.List(Line(choices=newsletter.topic_ids)),
        "consents": fields.List(Line(longest=64), validate=validate.Length(max=50, error=TOO_LONG)),
        "source": Line(longest=LONGEST_SOURCE),
    }
    return Schema.from_dict(made, name=f"Signup{newsletter.slug}")(unknown=RAISE)


def parse(
    newsletter: Newsletter, raw: Mapping[str, Any], *, language: str, source: str | None, visit: Visit
) -> Submission:
    """A submission from the fields that were sent; `language` is used when none was said.

    Raises FieldsInvalid, WordingRetired or NewsletterClosed; then nothing may be stored.
    """
    if newsletter.retired:
        raise NewsletterClosed
    loaded = load(newsletter, raw)
    ticked = loaded.get("consents", [])
    chosen_language = loaded.get("language") or language_of(newsletter, ticked) or language
    wordings = catalog.chosen(newsletter, chosen_language, ticked, source)
    if catalog.NEWSLETTER not in wordings:
        raise FieldsInvalid({"consents": [UNTICKED_SENTENCE]})
    return Submission(
        newsletter=newsletter,
        address=loaded["email"],
        language=chosen_language,
        fields=kept_fields(newsletter, loaded),
        topics=sorted(set(loaded.get("topics") or newsletter.topic_ids)),
        wordings=wordings,
        source=source,
        visit=visit,
    )


def language_of(newsletter: Newsletter, ticked: Sequence[str]) -> str | None:
    """The language of the wordings that were ticked, for a post that names none; retired ones tell it, too."""
    current = [wording for language in newsletter.languages for wording in newsletter.wordings_in(language).values()]
    found = [wording for wording in current if wording.id in ticked] or catalog.recorded(ticked).values()
    own = {wording.language for wording in found if wording.newsletter == newsletter.slug}
    return next((language for language in newsletter.languages if language in own), None)


def load(newsletter: Newsletter, raw: Mapping[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema(newsletter).load(raw)
    except ValidationError as error:
        faults = flat(error)
        if not raw.get("consents"):
            faults.setdefault("consents", [UNTICKED_SENTENCE])  # everything is told at once (F3)
        raise FieldsInvalid(faults) from error
    return loaded


def flat(error: ValidationError) -> dict[str, list[str]]:
    found: Any = error.messages
    return {name: sentences(nested) for name, nested in found.items()}


def sentences(found: Any) -> list[str]:
    """marshmallow nests the messages of a list by position; a reader wants them flat, each once."""
    if isinstance(found, dict):
        return list(dict.fromkeys(sentence for inner in found.values() for sentence in sentences(inner)))
    return [str(sentence) for sentence in found]


def kept_fields(newsletter: Newsletter, loaded: Mapping[str, Any]) -> dict[str, str]:
    """The voluntary fields, without blank ones and what looks like advertising (C3)."""
    cleaned = {field.name: guard.blanked(loaded.get(field.name, "")) for field in newsletter.fields}
    return {name: value for name, value in cleaned.items() if value.strip()}
