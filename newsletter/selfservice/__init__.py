"""What people do for themselves: by a link that is mailed to them on request and dies within the hour."""

from newsletter.selfservice.asking import address_of, ask
from newsletter.selfservice.author import Author, letter_keys
from newsletter.selfservice.fresh import FreshLink, Person, by_link, forget, forget_expired
from newsletter.selfservice.kinds import Kind

__all__ = [
    "Author",
    "FreshLink",
    "Kind",
    "Person",
    "address_of",
    "ask",
    "by_link",
    "forget",
    "forget_expired",
    "letter_keys",
]
