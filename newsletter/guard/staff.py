"""What staff say of an act or a reading, by command or through another system: it is kept, so nothing is no answer."""

from newsletter.guard.traps import INVISIBLE_SENTENCE, has_invisible

LONGEST_WORD = 200  # characters


def fault_of_word(text: str) -> str | None:
    """What keeps a reason, or a name, from being one: it is one line that says something."""
    if not text.strip():
        return "This may not be empty."
    if len(text) > LONGEST_WORD:
        return f"This may have {LONGEST_WORD} characters at most."
    return INVISIBLE_SENTENCE if has_invisible(text) else None
