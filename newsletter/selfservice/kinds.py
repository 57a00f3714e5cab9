"""The letters that are about a person and not about a signup."""

from enum import StrEnum


class Kind(StrEnum):
    FRESH_LINK = "fresh_link"  # the way to the person's own page, for an hour
