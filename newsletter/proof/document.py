"""What the document says: the person, each consent from its request to its end, and the chain behind it."""

from collections.abc import Iterator

from newsletter.consent import Inclusion, Record
from newsletter.languages import SOURCE
from newsletter.proof.bundle import Bundle
from newsletter.proof.completeness import ASKING, missing
from newsletter.proof.later_acts import afterwards
from newsletter.proof.letter import SentLetter
from newsletter.proof.person import Proof
from newsletter.proof.sections import Line, Pen, Quote, Section, Sheet, instant, spelt
from newsletter.proof.words import ACTS, method, named, quoted, wordings

WHY_A_CHAIN = (
    "The hash of each record covers the record before it: nobody can alter, remove or reorder one without breaking "
    "the chain."
)


def sheet(proof: Proof) -> Sheet:
    pen = Pen.speaking(proof.language)
    sections = [summary(pen, proof)]
    for number, bundle in enumerate(proof.bundles, 1):
        sections += of_bundle(pen, number, bundle)
    closing = [chain(pen, proof), *([anchor(pen, proof.anchor)] if proof.anchor else [])]
    return Sheet(
        language=pen.language,
        title=pen.say("Proof of consent"),
        imprint=proof.controller.imprint,
        sections=[*sections, *closing],
    )


def summary(pen: Pen, proof: Proof) -> Section:
    addresses = [record.value("address") for record in proof.records if "address" in record.values]
    complete = bool(proof.bundles) and not any(missing(bundle) for bundle in proof.bundles)
    return Section(
        heading=pen.say("Whose consent"),
        lines=[
            *(pen.kept("E-mail address", address) for address in addresses[-1:]),
            pen.line("Person", proof.subscriber_id),
            pen.line("Printed", instant(proof.printed_at)),
            pen.line("Evidence", pen.say("complete") if complete else pen.say("incomplete, see below")),
            pen.line("Chain of records", pen.say("whole") if proof.is_whole else pen.say("not whole, see below")),
            *([pen.line("Acts in other newsletters, not shown here", str(proof.withheld))] if proof.withheld else []),
        ],
        is_part=False,
    )


def of_bundle(pen: Pen, number: int, bundle: Bundle) -> Iterator[Section]:
    yield Section(heading=f"{number}. {bundle.name}", lines=[pen.line("Contact", bundle.contact_id)], is_part=False)
    lacking = missing(bundle)
    if lacking:
        texts = [Quote(text=pen.say(sentence)) for sentence in lacking]
        yield Section(heading=pen.say("This evidence is incomplete"), texts=texts, is_alarming=True)
    if bundle.signed_up:
        yield request(pen, bundle, bundle.signed_up)
    yield from (letter(pen, sent) for sent in bundle.letters if sent.kind in ASKING)
    if bundle.confirmed:
        yield confirmation(pen, bundle, bundle.confirmed)
    yield from (letter(pen, sent) for sent in bundle.letters if sent.kind not in ASKING)
    if bundle.later:
        yield afterwards(pen, bundle)


def request(pen: Pen, bundle: Bundle, record: Record) -> Section:
    """The person's own request, in the words that the form said were ticked (A2.3)."""
    told_by = record.facts.get("ip_told_by")
    return Section(
        heading=pen.say("Signed up"),
        lines=[
            pen.line("When", instant(record.at)),
            pen.kept("Address as typed", record.value("typed")),
            pen.kept("Address as mailed", record.value("address")),
            *whence(pen, record),
            *([pen.line("IP address told by the server with the key", str(told_by))] if told_by else []),
            pen.line("Page of the form", bundle.source),
            pen.line("Language", bundle.language),
            *([pen.line("Topics", ", ".join(bundle.topics.values()))] if bundle.topics else []),
            *fields(pen, bundle, record),
            pen.line("Privacy notice", notice(pen, bundle)),
            *(
                pen.line("Wording ticked", f"{named(bundle, purpose)} [{name}]")
                for purpose, name in bundle.ticked.items()
            ),
            *(pen.line("Offered, not ticked", named(bundle, purpose)) for purpose in bundle.declined),
        ],
        texts=quoted(bundle, bundle.ticked.values()),
    )


def whence(pen: Pen, record: Record) -> Iterator[Line]:
    """The IP address; the network that is left of it, once it was shortened (A2.12)."""
    ip, network = record.value("ip"), record.value("ip_network")
    yield pen.kept("IP address", ip)
    if network.text and not ip.text:
        yield pen.line("Network", network.text)


def fields(pen: Pen, bundle: Bundle, record: Record) -> Iterator[Line]:
    """Voluntary fields, if any were filled in."""
    kept = record.values.get("fields")
    if kept and (entries := kept.entries(bundle.labels)):
        yield pen.line("Fields", entries)
    elif kept:
        yield pen.kept("Fields", kept)


def notice(pen: Pen, bundle: Bundle) -> str:
    version = pen.say("version {version}", version=bundle.claimed.get("privacy_version"))
    return f"{version}, {bundle.privacy_url}" if bundle.privacy_url else version


def letter(pen: Pen, sent: SentLetter) -> Section:
    """The exact letter, and that the mail server took it (A2.4)."""
    return Section(
        heading=pen.say("Letter accepted by the mail server"),
        lines=[
            pen.line("When", instant(sent.at)),
            pen.kept("The mail server's answer", sent.reply),
            *([] if sent.mime else [pen.kept("Recipient and links", sent.holes)]),
            *headers(pen, sent),
            pen.line("SHA-256 of the whole letter", sent.sha256),
            pen.line("Shown as it was sent", pen.say("yes, the hash matches") if sent.matches else pen.say("no")),
            pen.line("Version of the letter", sent.version),
        ],
        texts=[Quote(text=sent.text, language=sent.language)] if sent.text else [],
    )


def headers(pen: Pen, sent: SentLetter) -> Iterator[Line]:
    if sent.matches:
        yield from (pen.line(name, sent.header(name)) for name in ("From", "To", "Subject", "Date", "Message-ID"))


def confirmation(pen: Pen, bundle: Bundle, record: Record) -> Section:
    """That a human pressed, and what our own page had displayed before (B6)."""
    delay = record.facts.get("seconds_after_letter")
    displayed = bundle.displayed
    return Section(
        heading=pen.say("Confirmed"),
        lines=[
            pen.line("When", instant(record.at)),
            *whence(pen, record),
            pen.line("How", method(pen, str(record.facts.get("method")))),
            pen.line("After the letter", None if delay is None else f"{delay} s"),
            pen.line("Page displayed", spelt(str(displayed.get("at", "")))),
            pen.line("Privacy notice", displayed.get("privacy_version")),
            pen.line("Wordings displayed", wordings(bundle, displayed.get("wordings", {}))),
            pen.line("Wordings agreed to", wordings(bundle, bundle.granted)),
            *(pen.line("Seal of the receipt", seal) for seal in bundle.seals),
            *(pen.line("Left out", named(bundle, purpose)) for purpose in record.facts.get("dropped", [])),
        ],
        texts=quoted(bundle, (name for name in bundle.granted.values() if name not in bundle.ticked.values())),
    )


def chain(pen: Pen, proof: Proof) -> Section:
    """Each record's hash covers the one before it; who knows the last knows them all."""
    return Section(
        heading=pen.say("Chain of records"),
        lines=[
            Line(label=f"{record.seq} {pen.say(ACTS.get(record.act, record.act))}", text=record.hash)
            for record in proof.records
        ],
        texts=[Quote(text=pen.say(WHY_A_CHAIN)), *(Quote(text=str(fault), language=SOURCE) for fault in proof.faults)],
        is_part=False,
        is_alarming=bool(proof.faults),
    )


def anchor(pen: Pen, found: Inclusion) -> Section:
    """What a copy of the root, from elsewhere, proves: that the chain stood so on that day."""
    day = pen.say("no. {number} of {day}", number=found.number, day=found.at.date().isoformat())
    return Section(
        heading=pen.say("Anchor"),
        lines=[
            pen.line("Anchor", f"{day}, {pen.say('holds') if found.holds else pen.say('does not hold')}"),
            pen.line("Root", found.root),
            pen.line("Records covered", str(found.seq)),
            pen.line("Leaf", pen.say("{position} of {size}", position=found.position, size=found.size)),
            *(pen.line("Path to the root", hashed) for hashed in found.path),
        ],
        is_part=False,
        is_alarming=not found.holds,
    )
