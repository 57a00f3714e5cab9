"""What people do for themselves, by links that are mailed to them: their own page, and another address."""

from newsletter.selfservice.address_change import AddressChange
from newsletter.selfservice.arrival import Moving, arrive, look, refuse
from newsletter.selfservice.asking import address_of, ask
from newsletter.selfservice.author import Author
from newsletter.selfservice.buckets import change_keys, letter_keys
from newsletter.selfservice.fresh import FreshLink, Person, by_link, forget, forget_expired
from newsletter.selfservice.kinds import Kind
from newsletter.selfservice.moving import (
    change_address,
    drop_pending,
    drop_pending_to,
    expire_changes,
    forget_letters,
    keep_address,
    let_change_go_again,
    tell_lifted,
    waiting,
)

__all__ = [
    "AddressChange",
    "Author",
    "FreshLink",
    "Kind",
    "Moving",
    "Person",
    "address_of",
    "arrive",
    "ask",
    "by_link",
    "change_address",
    "change_keys",
    "drop_pending",
    "drop_pending_to",
    "expire_changes",
    "forget",
    "forget_expired",
    "forget_letters",
    "keep_address",
    "let_change_go_again",
    "letter_keys",
    "look",
    "refuse",
    "tell_lifted",
    "waiting",
]
