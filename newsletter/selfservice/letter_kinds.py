"""The letters that are not about a signup."""

from enum import StrEnum


class LetterKind(StrEnum):
    FRESH_LINK = "fresh_link"  # the way to the person's own page, for an hour
    ANCHOR = "anchor"  # the day's anchor, to whoever keeps it for the company
    NEW_ADDRESS = "new_address"  # to the new address: is it yours?
    ADDRESS_NOTICE = "address_notice"  # to the old one: was it you?
    RESTRICTION_LIFTED = "restriction_lifted"  # the use of somebody's data is restricted no longer
