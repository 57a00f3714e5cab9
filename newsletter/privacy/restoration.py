"""After a restore from a backup: whatever reduced since is done again, and nobody comes back (A7.10).

The journal tells it by ids and keyed hashes. Each act is the product's own verb, safe to repeat, so a run that died is
simply run again; only its end makes the database current.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import exists, select

from newsletter import clock, consent, guard, journal, logs, selfservice, signups, subscriptions
from newsletter.consent import Act, Evidence
from newsletter.db import reader, transaction
from newsletter.errors import ContactUnknown, JournalUnfit, NewsletterError
from newsletter.journal import Entry, EntryKind, JournalEntry, JournalState
from newsletter.privacy.erasure import erase
from newsletter.privacy.restored_signups import drop_silenced, let_go_again
from newsletter.privacy.restriction import restrict
from newsletter.subscriptions import Cause, Channel, Subscription, Wishes

log = logs.get("restoration")


def redo(*, despite_gaps: bool = False) -> Mapping[str, int]:
    """Do again what the journal tells of the time after the backup; how often each kind of act.

    Nothing when the database is as new as its journal. Raises JournalUnfit.
    """
    state, entries = read_journal()
    if not entries and state.restored_at is None:
        return {}
    if not despite_gaps:
        refuse_gaps(state.reserved, entries)
    done = Counter(entry.kind for entry in still_holding(entries) if redone(entry))
    done += restate_suppressions(entries)
    done += Counter({kind.value: sum(verb(e) for e in entries if e.kind == kind) for kind, verb in LET_GO.items()})
    drop_silenced(entries)
    finish(state.reserved, entries)
    return done


def read_journal() -> tuple[JournalState, Sequence[Entry]]:
    """How far this database knows, and what its journal tells beyond.

    The database is asked once more: what a worker writes while the files are read is in its numbers by then.
    """
    if not journal.is_kept():
        raise JournalUnfit("NEWSLETTER_JOURNAL is not set: without it nobody knows what happened since the backup.")
    before = JournalState.now()
    with journal.readable():
        entries = journal.folder(before).entries(after=before.reserved)
    state = JournalState.now()
    return state, [entry for entry in entries if entry.number > state.reserved]


def refuse_gaps(reserved: int, entries: Sequence[Entry]) -> None:
    """A backup from before the journal's oldest file, or a file that was lost: somebody would come back unseen."""
    expected = reserved + 1
    for entry in entries:
        if entry.number > expected:
            raise JournalUnfit(
                f"The journal lacks the entries {expected} to {entry.number - 1}, so some who have left would come "
                "back. Find its files, or go on with --despite-gaps."
            )
        expected = entry.number + 1


def still_holding(entries: Sequence[Entry]) -> list[Entry]:
    """Without restrictions that were lifted again: of the person, who may have left some newsletter meanwhile."""
    lifted = {entry.body["subscriber"]: entry.number for entry in entries if entry.kind == Act.LIFTED}
    return [e for e in entries if e.kind != Act.RESTRICTED or lifted.get(e.body["subscriber"], 0) < e.number]


def redone(entry: Entry) -> bool:
    """Whether there was something to do again. Who is not known here came after the backup, and is gone with it."""
    verb = VERBS.get(entry.kind)
    if verb is None or entry.contact_id is None or is_known(entry):
        return False
    note = {"reason": f"done again after a restore, first on {clock.iso(entry.at)}"}
    disputed = bool(entry.body["facts"].get("disputed"))
    try:
        verb(entry, entry.contact_id, Cause(Channel.JOURNAL, note=note, was_dispute=disputed, first=entry.at))
    except ContactUnknown:
        return False
    except NewsletterError as refusal:
        log.error("not done again", kind=entry.kind, contact=entry.contact_id, refusal=str(refusal))
        return False
    return True


def is_known(entry: Entry) -> bool:
    """Whether the backup has this act, which the journal had only later: then it has what reversed it, too."""
    this = Evidence.subscriber_id == entry.body["subscriber"], Evidence.contact_id == entry.contact_id
    with reader() as session:
        return bool(session.scalar(select(exists().where(*this, Evidence.act == entry.kind, Evidence.at == entry.at))))


def leave(_entry: Entry, contact_id: str, cause: Cause) -> None:
    signups.leave(contact_id, cause)


def renounce(_entry: Entry, contact_id: str, cause: Cause) -> None:
    with transaction() as session:
        signups.renounce(session, subscriptions.locked(session, contact_id), cause)


def in_backup(contact_id: str) -> Subscription:
    with reader() as session:
        found = session.get(Subscription, contact_id)
    if found is None:
        raise ContactUnknown
    return found


def withdraw(entry: Entry, contact_id: str, cause: Cause) -> None:
    """But what the catalogue came to ask for after the backup."""
    purposes = sorted(entry.body["facts"].get("consents", {}))
    subscriptions.withdraw(contact_id, subscriptions.refusable(in_backup(contact_id), purposes), cause)


def drop_topics(entry: Entry, contact_id: str, cause: Cause) -> None:
    """Of what was put right only what was dropped: names are not in the journal."""
    subscription, left = in_backup(contact_id), entry.body["facts"].get("topics")
    if not subscription.is_over and left is not None:
        subscriptions.rectify(contact_id, Wishes(dropped=set(subscription.topics) - set(left)), cause)


def erase_again(entry: Entry, contact_id: str, cause: Cause) -> None:
    """The whole person, as it was: the journal has an entry for each contact, and the first one is enough."""
    erase(contact_id, cause, never_again=bool(entry.body["facts"].get("never_again")))


def restrict_again(_entry: Entry, contact_id: str, cause: Cause) -> None:
    restrict(contact_id, cause)


def suspend_again(_entry: Entry, contact_id: str, cause: Cause) -> None:
    """The address that the person moved to is lost, and nobody is to write to the one that they gave up."""
    with transaction() as session:
        subscriptions.suspend(session, subscriptions.locked(session, contact_id), cause)


VERBS: Mapping[str, Callable[[Entry, str, Cause], None]] = {
    Act.UNSUBSCRIBED: leave,
    Act.CANCELLED: renounce,
    Act.COMPLAINED: leave,
    Act.WITHDRAWN: withdraw,
    Act.RECTIFIED: drop_topics,
    Act.ADDRESS_CHANGED: suspend_again,
    Act.RESTRICTED: restrict_again,
    Act.ERASED: erase_again,
}


def restate_suppressions(entries: Sequence[Entry]) -> Counter[str]:
    """Suppressed is who was last said to be; how many of each kind. A lifting is an act of a contact, too."""
    ours = [
        e for e in entries if e.kind in (EntryKind.SUPPRESSED, EntryKind.SUPPRESSION_LIFTED) and e.contact_id is None
    ]
    last = {entry.body["hash"]: entry for entry in ours}
    with transaction() as session:
        for hashed, entry in sorted(last.items()):
            if entry.kind == EntryKind.SUPPRESSED:
                until = instant(entry.body["expires_at"])
                guard.restore_suppression(session, hashed, entry.body["key"], since=entry.at, until=until)
            else:
                guard.drop_suppression(session, hashed)
    return Counter(entry.kind for entry in last.values())


def instant(text: str) -> datetime:
    """As either database writes it; SQLite forgets the zone."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def change_let_go_again(entry: Entry) -> bool:
    """Whether a wish for another address waits here that somebody dropped after the backup."""
    return selfservice.let_change_go_again(entry.body["address_change"])


LET_GO: Mapping[EntryKind, Callable[[Entry], bool]] = {
    EntryKind.LET_GO: let_go_again,
    EntryKind.ADDRESS_CHANGE_LET_GO: change_let_go_again,
}


def finish(reserved: int, entries: Sequence[Entry]) -> None:
    """From here on the database is current, and says in the journal which of its time is lost."""
    last = entries[-1].number if entries else reserved
    with transaction() as session:
        JournalState.locked(session).caught_up(last)
        anchor = consent.newest_anchor(session)
        body = {"after": reserved, "until": last, "anchor": anchor.number if anchor else 0}
        session.add(JournalEntry(at=clock.now(), kind=EntryKind.RESTORED, contact_id=None, body=body))
    journal.look_again()
