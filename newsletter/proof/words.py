"""How the document says what a record has only by its id or in a shorthand of ours."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from newsletter.consent import Record
from newsletter.proof.bundle import Bundle
from newsletter.proof.sections import Pen, Quote, instant, spelt
from newsletter.subscriptions import Channel

ACTS = {
    "signed_up": "Signed up",
    "letter_sent": "Letter accepted by the mail server",
    "confirmed": "Confirmed",
    "unsubscribed": "Unsubscribed",
    "cancelled": "Said: “This was not me”",
    "complained": "Complained of a newsletter",
    "suspended": "Address suspended after mail came back",
    "rectified": "Data corrected",
    "granted": "Consent granted",
    "withdrawn": "Consent withdrawn",
    "restricted": "Processing restricted",
    "lifted": "Restriction lifted",
    "address_changed": "Address changed",
    "erased": "Data erased",
    "suppression_lifted": "Suppression lifted",
}
"""What acts are called; one that somebody put there under another name stands under that."""
METHODS = {
    "button": "the button of the page, pressed by hand",
    "same_browser": "the browser that had signed up",
    "code": "the code of the letter, typed by hand",
}
CHANNELS = {
    "one_click": "one click in the mail program",
    "page": "the unsubscribe page",
    "me": "the person's own page",
    "manage": "the link in a newsletter",
    "api": "another system of the company",
    "staff": "the company's staff",
    "mail": "a mail to the unsubscribe address",
    "not_me": "the link “This was not me”",
    "suppression": "a wish never to be written to again",
    "report": "the tool that sends the newsletter",
    "retention": "a term that was over",
    "journal": "once more, after a backup was restored",
}
"""By which way something was done. The sentences stand in `templates/sentences.txt`, too."""
REASONS = {
    "hard bounce": "mail cannot be delivered there",
    "soft bounces": "mail could not be delivered on several days",
    "the consent was not used for its term": "the consent was not used for its term",
}
OPENINGS = {
    "left through ": "left through {rest}",
    "done again after a restore, first on ": "done again after a restore, first on {rest}",
}
"""How reasons are recorded that this service gives by itself, whole and by how they begin."""
WRITTEN = {Channel.STAFF, Channel.API}
"""Through which doors reasons come that stand as somebody wrote them."""
STATES = {"granted": "given", "withdrawn": "withdrawn", "denied": "declined"}


def method(pen: Pen, name: str) -> str:
    return pen.say(METHODS[name]) if name in METHODS else name


def channel(pen: Pen, name: str) -> str:
    return pen.say(CHANNELS[name]) if name in CHANNELS else name


def reason(pen: Pen, record: Record, text: str, spell: Callable[[datetime], str] = instant) -> str:
    """Why it was done; `spell` writes an instant that it names."""
    if record.facts.get("channel") in WRITTEN:
        return text
    for opening, sentence in OPENINGS.items():
        if text.startswith(opening):
            return pen.say(sentence, rest=spelt(text.removeprefix(opening), spell))
    return pen.say(REASONS[text]) if text in REASONS else text


def named(bundle: Bundle, purpose: str) -> str:
    """A purpose by the name of that day."""
    names = {known.id: known.names for known in bundle.then.purposes} if bundle.then else {}
    return names.get(purpose, {}).get(bundle.language, purpose)


def quoted(bundle: Bundle, names: Iterable[str]) -> list[Quote]:
    """Wordings in full; one that is gone or was altered by its id."""
    found = {name: bundle.wordings.get(name) for name in names}
    return [Quote(text=one.text, language=one.language) if one else Quote(text=name) for name, one in found.items()]


def wordings(bundle: Bundle, chosen: Mapping[str, str]) -> str:
    return ", ".join(f"{named(bundle, purpose)} [{name}]" for purpose, name in chosen.items())


def states(pen: Pen, bundle: Bundle, found: Mapping[str, str]) -> str:
    """What became of consents."""
    told = {purpose: pen.say(STATES.get(str(state), str(state))) for purpose, state in found.items()}
    return ", ".join(f"{named(bundle, purpose)}: {state}" for purpose, state in told.items())


def moment(_: Pen, text: str) -> str:
    """An instant that a record tells beside its own."""
    return spelt(text)


def said(value: object) -> str:
    """A list or a table as a sentence has it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {said(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(said, value))
    return value if isinstance(value, str) else json.dumps(value)
