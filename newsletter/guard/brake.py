"""How many a tool, or a key, may take off a newsletter within an hour: past that it has gone mad or lost its list."""

MOST_GONE = 100
"""Contacts, however small the newsletter is ..."""
ONE_IN = 50
"""... and one in so many, which is 2 %, where it is large. Past both it is stopped."""
GONE_WITHIN = 3600  # seconds


def least_left(gone: int) -> int:
    """Where fewer are left than this, those who are gone were no small part."""
    return gone * (ONE_IN - 1)
