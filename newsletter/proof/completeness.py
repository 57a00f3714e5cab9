"""Does a bundle prove what it has to? An address, two instants and two IPs alone do not (A2.5)."""

from collections.abc import Iterator, Sequence

from newsletter.proof.bundle import Bundle
from newsletter.proof.letter import SentLetter
from newsletter.signups import LetterKind

ASKING = {LetterKind.CONFIRMATION, LetterKind.ADDITION}
"""Other letters may be on record as well: to a new address, say."""
NO_SIGNUP = "The record of the sign-up is missing."
NO_ADDRESS = "The address that was signed up is not kept any more."
NO_WORDING = "The wording of the consent is missing."
NO_NOTICE = "The version of the privacy notice is missing."
NO_LETTER = "There is no record of the letter that asked for confirmation."
NO_ANSWER = "The mail server's answer to the letter is missing."
LETTER_REDUCED = "The letter's recipient and links are not kept any more, so it cannot be shown as it was sent."
LETTER_DIFFERS = "The letter cannot be shown as it was sent."
NO_CONFIRMATION = "The record of the confirmation is missing."
NOT_DISPLAYED = "What the page of the confirmation displayed is not on record."


def missing(bundle: Bundle) -> list[str]:
    """What this bundle lacks, in sentences; nothing when it is complete."""
    return list(dict.fromkeys([*of_request(bundle), *of_letters(bundle.letters), *of_confirmation(bundle)]))


def of_request(bundle: Bundle) -> Iterator[str]:
    if bundle.signed_up is None:
        yield NO_SIGNUP
        return
    if bundle.signed_up.value("address").text is None:
        yield NO_ADDRESS
    if not all(bundle.text(wording_id) for wording_id in bundle.ticked.values()) or not bundle.ticked:
        yield NO_WORDING
    if not bundle.claimed.get("privacy_version"):
        yield NO_NOTICE


def of_letters(letters: Sequence[SentLetter]) -> Iterator[str]:
    """One that asked for this, can be shown as it was, and that the mail server took, is enough."""
    asking = [letter for letter in letters if letter.kind in ASKING]
    if not asking:
        yield NO_LETTER
    elif not any(letter.matches and letter.reply.text for letter in asking):
        yield fault(asking[-1])


def fault(letter: SentLetter) -> str:
    if letter.holes.text is None:
        return LETTER_REDUCED
    return NO_ANSWER if letter.matches else LETTER_DIFFERS


def of_confirmation(bundle: Bundle) -> Iterator[str]:
    if bundle.confirmed is None:
        yield NO_CONFIRMATION
        return
    shown = bundle.displayed.get("wordings", {})
    if not shown:
        yield NOT_DISPLAYED
    if not bundle.granted or not all(bundle.text(wording_id) for wording_id in bundle.agreed.values()):
        yield NO_WORDING
