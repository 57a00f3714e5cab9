"""A form's definition: all that a site needs to draw the form, and nothing that is retired (PRODUCT 5.1)."""

import hashlib
from collections.abc import Mapping

from newsletter.catalog.document import Newsletter, Purpose
from newsletter.columns import canonical


def form_definition(newsletter: Newsletter, language: str | None = None) -> dict[str, object]:
    """Public, so it holds nothing but what the form shows. The privacy notice is the one in that language."""
    return {
        "slug": newsletter.slug,
        "name": dict(newsletter.names),
        "languages": list(newsletter.languages),
        "fields": [{"name": field.name, "required": False} for field in newsletter.fields],
        "topics": [{"id": topic.id, "name": dict(topic.names)} for topic in newsletter.topics if not topic.retired],
        "purposes": [purpose_definition(purpose, newsletter.languages) for purpose in newsletter.living_purposes],
        "privacy": {
            "url": newsletter.privacy.urls[newsletter.language_for(language)],
            "version": newsletter.privacy.version,
        },
        **({"minimum_age": dict(newsletter.minimum_age)} if newsletter.minimum_age else {}),
    }


def purpose_definition(purpose: Purpose, languages: tuple[str, ...]) -> dict[str, object]:
    wordings = (purpose.wordings[language] for language in languages)
    return {
        "id": purpose.id,
        "required": purpose.required,
        "wordings": [{"id": each.id, "language": each.language, "text": each.text} for each in wordings],
    }


def etag(definition: Mapping[str, object]) -> str:
    """The same for equal definitions; without the quotes that HTTP puts around it."""
    return hashlib.sha256(canonical(definition).encode()).hexdigest()[:32]
