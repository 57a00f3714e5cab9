"""Text as it is drawn from left to right: what is written from right to left turned round, Arabic letters joined.

The library that draws does this with a shaping engine in C, if it has one; names are all that needs it here.
"""

import re
import unicodedata
from itertools import pairwise

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

TURNED = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
"""What belongs to a script that is written from right to left."""
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def forms() -> dict[tuple[str, str], str]:
    """Each Arabic letter's shapes, by letter and place in a word, as Unicode has them for printers of this kind."""
    found = {}
    for number in [*range(0xFB50, 0xFDFF), *range(0xFE70, 0xFEFD)]:
        place, *letters = unicodedata.decomposition(chr(number)).split()[:3] or [""]
        if len(letters) == 1:
            found[chr(int(letters[0], 16)), place.strip("<>")] = chr(number)
    return found


FORMS = forms()
PLACES = {(False, False): "isolated", (True, False): "final", (False, True): "initial", (True, True): "medial"}
"""By whether the letter before reaches to this one, and this one to the next."""


def drawn(text: str) -> str:
    """The text in the order of the page, line by line; what has no letter of such a script stays as it is."""
    if not TURNED.search(text):
        return text
    return "\n".join(map(turned, text.split("\n")))


def turned(line: str) -> str:
    ordered = BidiParagraph(joined(line), TextDirection.LTR).get_reordered_characters()
    return "".join(one.character.translate(MIRRORED) if one.embedding_level % 2 else one.character for one in ordered)


def joined(text: str) -> str:
    """Arabic letters in the shapes that their places in a word give them. Marks stand on letters and part none."""
    shaped = list(text)
    places = [place for place, letter in enumerate(text) if not unicodedata.combining(letter)]
    reaching = {after: reaches(text[before], text[after]) for before, after in pairwise(places)}
    for place, following in zip(places, [*places[1:], -1], strict=True):
        form = PLACES[reaching.get(place, False), reaching.get(following, False)]
        shaped[place] = FORMS.get((text[place], form), text[place])
    return "".join(shaped)


def reaches(letter: str, following: str) -> bool:
    return (letter, "initial") in FORMS and (following, "final") in FORMS
