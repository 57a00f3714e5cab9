"""What people do for themselves, by links that are mailed to them: their own page, and another address."""

from newsletter.selfservice.address_change import AddressChange
from newsletter.selfservice.address_change_feedback import contacts_of, give_up, object_to, still_waits
from newsletter.selfservice.arrival import Moving, arrive, look, refuse
from newsletter.selfservice.asking import address_of, ask
from newsletter.selfservice.fresh import FreshLink, Person, by_link, forget_expired
from newsletter.selfservice.letter_kinds import LetterKind
from newsletter.selfservice.letter_limits import change_keys, counted_under
from newsletter.selfservice.letters import Author
from newsletter.selfservice.moving import (
    change_address,
    drop_pending_to,
    expire_changes,
    forget_letters,
    keep_address,
    let_change_go_again,
    tell_lifted,
    waiting,
)
from newsletter.selfservice.pace import keep_pace

__all__ = [
    "AddressChange",
    "Author",
    "FreshLink",
    "LetterKind",
    "Moving",
    "Person",
    "address_of",
    "arrive",
    "ask",
    "by_link",
    "change_address",
    "change_keys",
    "contacts_of",
    "counted_under",
    "drop_pending_to",
    "expire_changes",
    "forget_expired",
    "forget_letters",
    "give_up",
    "keep_address",
    "keep_pace",
    "let_change_go_again",
    "look",
    "object_to",
    "refuse",
    "still_waits",
    "tell_lifted",
    "waiting",
]
