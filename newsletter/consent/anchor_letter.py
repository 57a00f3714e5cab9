"""The day's anchor as a letter to whoever keeps it for the company: a copy that nobody at the database can change.

It goes through the outbox, written in the transaction that makes the anchor, so there is one for each.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter import catalog, outbox
from newsletter.catalog import Sender
from newsletter.consent.anchor import Anchor
from newsletter.outbox import Draft, Letter

KIND, LANGUAGE = "anchor", "en"
SUBJECT = "Anchor of the evidence of consent"
TEXT = """\
Keep this letter. It holds one hash over the evidence of everybody's consents, as it stood
when it was made, and nothing about anybody.

anchor: @{anchor}
made:   @{made}
leaves: @{size}
root:   @{root}

With it, evidence and a printed proof can be checked years later: whoever changed, rebuilt
or removed evidence since cannot arrive at this root again (RFC 6962). To check, run

flask evidence verify --all --anchor @{anchor}=@{root}
"""
HTML = """\
<!doctype html>
<html lang="en">
<head><title>{subject}</title></head>
<body><pre>{text}</pre></body></html>
"""


def announce(session: Session, anchor: Anchor) -> None:
    """Put the letter into the outbox, where the catalogue names somebody who keeps it."""
    to = catalog.current().controller.anchors_to
    if to:
        session.add(written(session, anchor, to))


def written(session: Session, anchor: Anchor, to: str) -> Letter:
    sender = next(iter(catalog.current().newsletters.values())).sender
    draft = Draft(kind=KIND, newsletter=outbox.NO_NEWSLETTER, language=LANGUAGE, source=None, address=to, at=anchor.at)
    letter = draft.letter()
    own = {"anchor": str(anchor.number), "made": anchor.at.isoformat(), "size": str(anchor.size), "root": anchor.root}
    letter.write(version(session, sender, anchor.at), sender.address, own)
    return letter


def version(session: Session, sender: Sender, at: datetime) -> str:
    html = HTML.format(subject=SUBJECT, text=TEXT)
    mime_text = outbox.mime(
        subject=SUBJECT, sender=(sender.name, sender.address), reply_to=sender.reply_to, text=TEXT, html=html
    )
    about = {"kind": KIND, "newsletter": outbox.NO_NEWSLETTER, "language": LANGUAGE}
    return outbox.store(session, **about, mime_text=mime_text, at=at)
