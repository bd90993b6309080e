"""From what a student wrote to a formula, or to a sentence that says where the reading stopped.

What goes together is said in `formula.lark`; what it means, and what has two readings, in `formula_building.py`.
"""

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from course_lib.formula import Formula
from course_lib.formula_building import Builder
from course_lib.unreadable import Unreadable

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

LONGEST = 200
# The rules that answers are compared with are read again and again.
_REMEMBERED = 1024

_NATURAL = "Here log is the natural logarithm, to the base e: write log 2 or log(2)."
# What is better explained than parsed: a pattern, and the sentence that helps.
_TRAPS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"[=≈]", "Give only the right-hand side, without the equals sign."),
        (r"(\w+\.)?\\?(log|ln)\s*_|(\w+\.)?log(10|1p|2(?=\s*\())|\w+\.log2|\\?lg(?![a-z])", _NATURAL),
        (r"\d[eE][-−+]?\d", "An e between digits could mean several things: write 0.001, or 10^(-3), or 2·e."),
        (r"\d,\d(?!.*\))", "Write decimals with a point: 0.5."),
        (r"∂|\\partial", "Give its value: a number, or a formula of the nodes."),
        (
            r"\bo(?=\()|ω|\\omega|Ω|\\Omega|Omega",
            "Give one formula that is right up to a constant factor: O(…) or Θ(…).",
        ),
    )
)

_SHOUTED = re.compile(r"(?<![A-Za-z])(?:L(?:og|n|OG|N)|E(?:xp|XP)|S(?:qrt|QRT))(?![a-z])")
# In an ordinary Python string "\\frac" is a form feed and "rac". These LaTeX commands begin with such an escape.
_SWALLOWED = tuple(
    (re.compile(f"{control}(?={'|'.join(rests)})"), f"\\\\{letter}")
    for control, letter, rests in (("\f", "f", ("rac",)), ("\t", "t", ("imes", "frac", "ext")), ("\r", "r", ("ight",)))
)


@cache
def _parser() -> "Lark":
    """Build the parser once, when the first answer is read."""
    from lark import Lark  # noqa: PLC0415 - importing the course must stay quick

    grammar = files(__package__).joinpath("formula.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", propagate_positions=True)


@lru_cache(_REMEMBERED)
def read_formula(text: str) -> Formula:
    """Read one line of mathematics.

    Args:
        text: Plain text, Python or LaTeX.

    Returns:
        The formula, as it was written.

    Raises:
        Unreadable: The message says how far it could be read.
    """
    for pattern, command in _SWALLOWED:
        text = pattern.sub(command, text)
    text = _SHOUTED.sub(lambda function: function[0].lower(), text)
    if not text.strip(" \t\r\n$.…?_"):
        raise Unreadable("There is no answer here yet.", text, missing=True)
    if len(text) > LONGEST:
        raise Unreadable(f"That is {len(text)} characters long; an answer fits in {LONGEST}.", text, LONGEST)
    for pattern, reason in _TRAPS:
        if trap := pattern.search(text):
            raise Unreadable.after(text, trap.start(), reason)
    return Builder(text).build(_parse(text))


def _parse(text: str) -> "Tree[Token]":
    """Parse, and turn the parser's complaint into a sentence."""
    from lark import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415 - as above

    try:
        return _parser().parse(text)
    except UnexpectedToken as error:
        position = len(text) if error.token.type == "$END" else error.token.start_pos or 0
    except UnexpectedCharacters as error:
        position = error.pos_in_stream or 0
    raise Unreadable.after(text, position, _reason(text, position)) from None


def _reason(text: str, position: int) -> str:
    """Guess, from the place where the parser stopped, what would help."""
    rest = text[position:].lstrip()
    opened = sum(text[:position].count(b) for b in "([{") - sum(text[:position].count(b) for b in ")]}")
    if not rest:
        return "a bracket is opened and not closed." if opened > 0 else ""
    if rest[0] in ")]}":
        return "Something is missing before the bracket." if opened > 0 else "That bracket was never opened."
    if rest[0] == "\\":
        return "I do not know that LaTeX command."
    return ""
