"""The letters about a signup, and about what came of it."""

from enum import StrEnum


class LetterKind(StrEnum):
    CONFIRMATION = "confirmation"
    ADDITION = "addition"  # somebody subscribed asks for more: its link adds just that
    ALREADY_SUBSCRIBED = "already_subscribed"  # nothing new: told by mail, never on the page
    WELCOME = "welcome"  # after confirming, where the catalogue asks for it
    GOODBYE = "goodbye"  # after leaving, where the catalogue asks for it
