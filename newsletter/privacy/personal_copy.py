"""A copy of whatever is kept of a person, by kind (Article 15(3) GDPR, A8.2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from newsletter import changes, clock, consent, guard, selfservice
from newsletter.changes import Change
from newsletter.guard import LetterHit
from newsletter.outbox import Letter, Push, PushState
from newsletter.privacy.locked_proof import LockedProof, locked_proofs
from newsletter.selfservice import AddressChange, FreshLink
from newsletter.signups import Hold, Signup, disputes
from newsletter.subscriptions import SoftBounce, Subscriber, Subscription

Told = dict[str, Any]


def all_kept(session: Session, person: Subscriber, contacts: Sequence[Subscription]) -> Told:
    """All of it but the contacts themselves."""
    ids = [contact.id for contact in contacts]
    link = FreshLink.of(session, person)
    return {
        "person": {
            "address": person.address,
            "confirmed_at": clock.iso(person.created_at),
            "restricted_since": clock.iso(person.restricted_at) if person.restricted_at else None,
        },
        **beside(session, person, contacts),
        "fresh_link": link_told(link) if link else None,
        "letters": [letter_told(one) for one in letters(session, person, ids)],
        "letters_counted": [clock.iso(at) for at in counted(session, person)],
        "evidence": consent.proof(session, person.id),
        "told_to_the_tool": list(told_to_the_tool(session, ids)),
    }


def beside(session: Session, person: Subscriber, contacts: Sequence[Subscription]) -> Told:
    """What stands neither in the contacts nor in evidence. All of it is found quickly."""
    change = AddressChange.pending(session, person.id)
    return {
        "last_used": {one.id: one.last_used_on.isoformat() for one in contacts if one.last_used_on},
        "signups": waiting(session, person.address_key),
        "address_change": change_told(change) if change else None,
        "address_changes": wished_for(session, person.address_key),
        "bounces": [day.isoformat() for day in bounces(session, [contact.id for contact in contacts])],
        "suppressed": suppressed(session, person.address_key),
        "suppressions_lifted": lifted(session, person.address_key),
        "locked_proofs": [proof_told(proof) for proof in locked_proofs(session, person.address_key)],
    }


def waiting(session: Session, address_key: str) -> list[Told]:
    """The signups of an address that nobody has confirmed, those that are held in a dispute among them (A4.7)."""
    found = Signup.of_address(session, address_key)
    noted: dict[str, list[Hold]] = defaultdict(list)
    for hold in disputes.all_holds_of(session, found):
        noted[hold.signup_id].append(hold)
    return [signup_told(signup, noted[signup.id]) for signup in found]


def signup_told(signup: Signup, holds: Sequence[Hold]) -> Told:
    """With when it will be gone, which is what the person has to know."""
    held_until = disputes.latest_end(holds)
    return {
        "newsletter": signup.newsletter,
        "address": signup.typed,
        "language": signup.language,
        "fields": signup.fields,
        "topics": signup.topics,
        "wordings": signup.wordings,
        "offered": signup.offered,
        "privacy_version": signup.privacy_version,
        "source": signup.source,
        "ip": signup.ip,
        "ip_told_by": signup.told_by,
        "signed_up_at": clock.iso(signup.signed_up_at),
        "confirmable_until": clock.iso(signup.deadline),
        "held_until": clock.iso(held_until) if held_until else None,
        "deleted_at": clock.iso(max(signup.deadline, held_until or signup.deadline)),
        "holds": [hold_told(hold) for hold in holds],
    }


def hold_told(hold: Hold) -> Told:
    """Who had it kept in a dispute, why, and until when."""
    said = {"reason": hold.reason, "by": hold.actor, "ended_because": hold.ended_because, "ended_by": hold.ended_by}
    return {"at": clock.iso(hold.placed_at), "until": clock.iso(hold.until), **said}


def letters(session: Session, person: Subscriber, contact_ids: Sequence[str]) -> Sequence[Letter]:
    theirs = or_(func.lower(Letter.address) == person.address_key, Letter.contact_id.in_(contact_ids))
    return session.scalars(select(Letter).where(theirs).order_by(Letter.created_at)).all()


def letter_told(letter: Letter) -> Told:
    sent = clock.iso(letter.sent_at) if letter.sent_at else None
    what = {"kind": letter.kind, "newsletter": letter.newsletter, "address": letter.address, "state": letter.state}
    return {**what, "created_at": clock.iso(letter.created_at), "sent_at": sent}


def counted(session: Session, person: Subscriber) -> Sequence[Any]:
    """When letters to the address were counted; the address itself stands there as a keyed hash (A7.9)."""
    keys = [*selfservice.counted_under(person.address), *selfservice.change_keys(person.id)]
    mine = select(LetterHit.at).where(LetterHit.key.in_(keys))
    return session.scalars(mine.order_by(LetterHit.at)).all()


def suppressed(session: Session, address_key: str) -> Told | None:
    found = guard.suppression_of(session, address_key, clock.now())
    if found is None:
        return None
    return {"since": clock.iso(found.at), "until": clock.iso(found.expires_at), "reason": found.reason}


def lifted(session: Session, address_key: str) -> list[Told]:
    """When staff allowed letters again, and why: kept by a keyed hash, which is personal data (A7.9)."""
    found = guard.liftings(session, address_key)
    return [{"at": clock.iso(lifting.at), "reason": lifting.reason, "by": lifting.actor} for lifting in found]


def change_told(change: AddressChange) -> Told:
    """Another address that waits to be confirmed: by which door it was asked for, and from where."""
    return {
        "address": change.typed,
        "channel": change.channel,
        "ip": change.ip,
        "ip_told_by": change.told_by,
        "note": change.note,
        "asked_at": clock.iso(change.asked_at),
        "deleted_at": clock.iso(change.deadline),
    }


def wished_for(session: Session, address_key: str) -> list[Told]:
    """That others asked for this address in the place of theirs; who they are is theirs (Article 15(4) GDPR)."""
    wishes = map(change_told, AddressChange.pending_to(session, address_key))
    return [{name: wish[name] for name in ("address", "asked_at", "deleted_at")} for wish in wishes]


def link_told(link: FreshLink) -> Told:
    """The link to the person's own page, for as long as it opens that."""
    return {"issued_at": clock.iso(link.issued_at), "expires_at": clock.iso(link.expires_at)}


def bounces(session: Session, contact_ids: Sequence[str]) -> Sequence[Any]:
    """Days on which mail could not be delivered."""
    mine = select(SoftBounce.day).where(SoftBounce.contact_id.in_(contact_ids))
    return session.scalars(mine.order_by(SoftBounce.day)).all()


def proof_told(proof: LockedProof) -> Told:
    """That a proof is locked of whom the same address belonged to before an erasure. Only a claim opens it (A7.5)."""
    return {"erased_at": clock.iso(proof.erased_at), "until": clock.iso(proof.until)}


def told_to_the_tool(session: Session, contact_ids: Sequence[str]) -> Iterable[Told]:
    """Article 19 GDPR: what the feed has told, and which webhook has acknowledged it when (A8.6)."""
    told = changes.of_contacts(session, contact_ids)
    acknowledged = acknowledgements(session, told)
    for change in told:
        at = {"at": clock.iso(change.at), "newsletter": change.newsletter, "kind": change.kind}
        yield {**at, "acknowledged": acknowledged.get(change.id, [])}


def acknowledgements(session: Session, told: Iterable[Change]) -> Mapping[int, list[Told]]:
    """By change, for as long as the journal of pushes is kept."""
    found: dict[int, list[Told]] = defaultdict(list)
    arrived = select(Push.change_id, Push.webhook_id, Push.finished_at).where(
        Push.change_id.in_([change.id for change in told]), Push.state == PushState.DELIVERED
    )
    for push in session.execute(arrived.order_by(Push.finished_at)):
        found[push.change_id].append({"webhook": push.webhook_id, "at": clock.iso(push.finished_at)})
    return found
