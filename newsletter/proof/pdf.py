"""The document as PDF: A4, with fonts of its own, so that it looks the same wherever it is opened or printed."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from newsletter.proof import right_to_left
from newsletter.proof.document import sheet
from newsletter.proof.person import Proof
from newsletter.proof.sections import Line, Section, Sheet

FONTS = Path(__file__).parent / "fonts"
FACE = "DejaVu Sans Condensed"
MARGIN, LABEL = 16.0, 46.0  # mm
TEXT, SMALL, LARGE = 7.6, 6.6, 15.0  # points
LEADING = 0.48  # mm of a line per point
BLACK, GREY, RED, SHADE = (20, 20, 20), (90, 90, 90), (176, 0, 32), (244, 244, 244)


class Paper(FPDF):
    """A page with the company's name at its foot, and its number."""

    def __init__(self, document: Sheet) -> None:
        super().__init__(format="A4")
        self.document = document
        self.add_font(FACE, "", FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FACE, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_font(FACE)
        self.drawn = cast(TTFFont, self.current_font).cmap.keys() | {ord("\n")}
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        self.set_lang(document.language)
        self.set_title(document.title)
        self.set_author(document.imprint[0])

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.say(f"{self.document.imprint[0]} · {self.document.title} · {self.page_no()}/{{nb}}", SMALL, GREY)

    def say(self, text: str, size: float = TEXT, colour: tuple[int, int, int] = BLACK, style: str = "") -> None:
        """A paragraph over the whole width."""
        self.set_font(FACE, style, size)
        self.set_text_color(*colour)
        self.multi_cell(0, size * LEADING, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def labelled(self, line: Line) -> None:
        """The label in grey, and beside it what belongs to it; never torn apart by the end of a page."""
        height = TEXT * LEADING
        label, text = self.broken(LABEL, line.label), self.broken(self.epw - LABEL, line.text)
        if self.will_page_break(min(max(len(label), len(text)) * height, self.eph)):
            self.add_page()
        self.set_text_color(*GREY)
        self.multi_cell(LABEL, height, line.label, align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
        self.set_text_color(*BLACK)
        for row in text:
            self.cell(0, height, row, new_x=XPos.LEFT, new_y=YPos.NEXT)
        self.ln(max(len(label) - len(text), 0) * height)

    def broken(self, width: float, text: str) -> list[str]:
        self.set_font(FACE, "", TEXT)
        return cast(list[str], self.multi_cell(width, TEXT * LEADING, text, dry_run=True, output="LINES"))

    def quoted(self, text: str) -> None:
        """A text that stands as it was."""
        self.ln(0.8)
        self.set_font(FACE, "", TEXT)
        self.set_text_color(*BLACK)
        self.set_fill_color(*SHADE)
        self.multi_cell(0, TEXT * LEADING, text, align="L", fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT, padding=1)

    def part(self, section: Section) -> None:
        self.ln(1.6 if section.is_part else 2.6)
        if self.will_page_break(14):
            self.add_page()
        self.say(section.heading, TEXT if section.is_part else TEXT + 2, RED if section.is_alarming else BLACK, "B")
        for line in section.lines:
            self.labelled(replace(line, text=self.drawable(line.text)))
        for text in section.texts:
            self.quoted(self.drawable(text.text))

    def drawable(self, text: str) -> str:
        """The text with the number of each character that the font has no picture of: none is lost without a trace."""
        return "".join(c if ord(c) in self.drawn else f"[U+{ord(c):04X}]" for c in right_to_left.drawn(text))


def pdf(proof: Proof) -> bytes:
    document = sheet(proof)
    paper = Paper(document)
    paper.set_creation_date(proof.printed_at)
    paper.add_page()
    paper.say(document.title, LARGE, style="B")
    paper.say(" · ".join(document.imprint), SMALL, GREY)
    for section in document.sections:
        paper.part(section)
    return bytes(paper.output())
