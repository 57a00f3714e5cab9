"""The code of a letter: typed on the waiting page, it confirms without the link (PRODUCT 4.4).

It is made of the signup's id by a key of ours and stored nowhere. Five tries for each signup, whoever makes them:
with 32 letters and 8 places, one in two hundred thousand million.
"""

import hmac
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, guard, keyring
from newsletter.db import transaction
from newsletter.errors import CodeWrong
from newsletter.keyring import Key
from newsletter.outbox import Letter

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: none that is taken for another."""
TAKEN_FOR = str.maketrans("OIL", "011", "- ")
LENGTH = 8
TRIES = 5
COUNTED_FOR = 15 * 86400  # seconds; no link lives longer than 14 days (A4.1)


def code_of(signup_id: str) -> str:
    """As the letter shows it, in two halves."""
    code = spelt(keyring.newest(), signup_id)
    return f"{code[:4]}-{code[4:]}"


def spelt(key: Key, signup_id: str) -> str:
    digest = hmac.digest(key.derived("code"), signup_id.encode(), "sha256")
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:LENGTH])


def signup_with(signup_ids: Sequence[str], typed: str) -> str:
    """The one of a browser's signups that this is the code of. Every try counts against each of them, also the right.

    Nothing that it answers tells whether a signup exists. Raises CodeWrong.
    """
    with transaction() as session:
        at = clock.now()
        spent = {one: guard.tally(session, "code", one, COUNTED_FOR, at) for one in came_to(session, signup_ids)}
    code = typed.upper().translate(TAKEN_FOR)
    found = next((one for one in spent if spent[one] <= TRIES and is_code(code, one)), None)
    if found is None:
        raise CodeWrong
    return found


def came_to(session: Session, signup_ids: Sequence[str]) -> list[str]:
    """The signups whose letters these posts have brought: each its own, or the earlier one that it repeats."""
    repeats = select(Letter.id, Letter.signup_id).where(Letter.id.in_(signup_ids), Letter.signup_id.is_not(None))
    earlier = {letter.id: letter.signup_id for letter in session.execute(repeats)}
    return sorted({earlier.get(one) or one for one in signup_ids})


def is_code(code: str, signup_id: str) -> bool:
    return any(hmac.compare_digest(code.encode(), spelt(key, signup_id).encode()) for key in keyring.unreduced())
