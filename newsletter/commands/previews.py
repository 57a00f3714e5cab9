"""Letters to look at: composed as they are for people, their holes filled with examples."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from newsletter import catalog, clock, languages, links, outbox, signups
from newsletter.catalog import Newsletter
from newsletter.selfservice import LetterKind
from newsletter.signups import Offer

ENDING = ".subject.txt"
PARTS = {"html": "html", "plain": "txt"}
ADDRESS = "ada@example.org"
HOUR = timedelta(hours=1)


def write(folder: Path) -> int:
    """How many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for newsletter in catalog.current().newsletters.values():
        for language in newsletter.languages:
            for kind in kinds():
                keep(folder / f"{newsletter.slug}-{kind}-{language}", letter(kind, newsletter, language))
                written += 1
    return written


def kinds() -> Iterator[str]:
    """Every letter that there is a template for."""
    names = languages.environment(languages.SOURCE).list_templates()
    return (name.removeprefix("letters/").removesuffix(ENDING) for name in names if name.endswith(ENDING))


def keep(stem: Path, raw: bytes) -> None:
    stem.with_suffix(".eml").write_bytes(raw)
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    for subtype, suffix in PARTS.items():
        part = message.get_body((subtype,))
        if part is not None:
            stem.with_suffix(f".{suffix}").write_text(part.get_content(), encoding="utf-8")


def letter(kind: str, newsletter: Newsletter, language: str) -> bytes:
    """As somebody gets it who has asked for everything."""
    mime_text = signups.compose(kind, everything(newsletter, language))
    validity = HOUR if kind == LetterKind.FRESH_LINK else newsletter.link_validity
    deadline = languages.moment(clock.now() + validity, language)
    holes = {hole: example(hole, newsletter, language) for hole in outbox.holes_of(mime_text)}
    return outbox.fill(mime_text, {**holes, "deadline": deadline})


def everything(newsletter: Newsletter, language: str) -> Offer:
    return Offer(
        newsletter=newsletter,
        language=language,
        topics=newsletter.topic_ids,
        wordings=newsletter.wordings_in(language),
        fields={},
        masked=ADDRESS,
    )


def example(hole: str, newsletter: Newsletter, language: str) -> str:
    """What is no fact of the letter's own is one of its links."""
    facts = {
        "recipient": ADDRESS,
        "sender": newsletter.sender.address,
        "message_id": "example@example.org",
        "date": format_datetime(clock.now()),
        "ended": languages.moment(clock.now(), language),
        "code": "ABCD-2345",
    }
    return facts.get(hole, f"{links.base_url()}/{hole}/EXAMPLE")
