"""How wide words will be, without asking a browser: estimates in the metric that Arial, Helvetica and Liberation share.

Boxes are sized from these estimates before anything is drawn, so they lean a little to the wide side.
"""

import unicodedata

FONT = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans','Nimbus Sans',sans-serif"
ELLIPSIS = "…"

# Widths in thousandths of the font's size.
_LETTER_WIDTHS = {
    letter: width
    for width, letters in (
        (210, "'ijl|"),
        (285, " !,./:;I[\\]ft"),
        (345, '"()*-`r{}·'),
        (500, "Jckszvxy^"),
        (590, "+<=>~−×÷"),
        (670, "ABEKPSVXY&"),
        (740, "CDHNRUw"),
        (790, "GOQ"),
        (850, "Mm"),
        (960, "W%"),
        (1020, "@…"),
    )
    for letter in letters
}
_ORDINARY, _CAPITAL, _FULL = 560, 700, 1100
_BOLD = 1.08
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str) -> str:
    """The text on one line, without characters that XML forbids or that would turn the line around."""
    one_line = " ".join(text.split())
    return "".join(letter for letter in one_line if unicodedata.category(letter) not in _UNPRINTABLE)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The estimated width in pixels of a line of text."""
    return sum(map(_letter_width, text)) * size / 1000 * (_BOLD if bold else 1)


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text itself if it fits into `room` pixels, or else as much of its start as fits before an ellipsis."""
    if text_width(text, size, bold=bold) <= room:
        return text
    room -= text_width(ELLIPSIS, size, bold=bold)
    kept = 0
    for letter in text:
        room -= text_width(letter, size, bold=bold)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + ELLIPSIS


def _letter_width(letter: str) -> int:
    known = _LETTER_WIDTHS.get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0
    if letter.isascii():
        return _CAPITAL if letter.isupper() else _ORDINARY
    return _FULL if unicodedata.east_asian_width(letter) in "WF" else _CAPITAL
