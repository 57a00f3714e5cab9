"""How the ring of secret keys is spelt: newest first, divided by commas, `reduce:` before those that only let leave."""

from dataclasses import dataclass

SHORTEST_KEY = 32  # characters
REDUCE = "reduce:"


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One key of the ring. A reducing key only verifies what lets people leave."""

    secret: str
    reduces: bool = False


def secret_keys(raw: str) -> tuple[SecretKey, ...]:
    """Newest first. The first one signs, so it may not be a reducing one."""
    keys = tuple(secret_key(part.strip()) for part in raw.split(","))
    if keys[0].reduces:
        raise ValueError("must begin with a key that is not marked reduce:, because the first one signs.")
    if len({key.secret for key in keys}) != len(keys):
        raise ValueError("names a key twice.")
    return keys


def secret_key(raw: str) -> SecretKey:
    secret = raw.removeprefix(REDUCE).strip()
    if len(secret) < SHORTEST_KEY:
        raise ValueError(f"holds a key of fewer than {SHORTEST_KEY} characters.")
    return SecretKey(secret=secret, reduces=raw.startswith(REDUCE))
