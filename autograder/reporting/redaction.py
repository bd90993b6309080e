"""Names and ids taken out of what students wrote, so that a page can be shown to others."""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Collection, Iterable

from autograder.lms.names import without_accents
from autograder.reporting.graded_class import GradedClass

BLACK = "▮▮▮"
_SHORTEST = 3  # letters of a name that is looked for: two are too often something else
_LETTERS = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\w(?:[\w.@+-]*\w)?")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_COMMENT_OR_TEXT = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
_PYTHON = {word.casefold() for word in (*keyword.kwlist, *dir(builtins))}


class Redaction:
    """Knows who is in a class, and blackens them.

    In code, words that the exercise itself uses stay: a `max` is a function, and no student called Max. In comments
    and texts everybody goes. What nobody knows, such as a nickname, stays.
    """

    def __init__(self, names: Iterable[str], vocabulary: Collection[str] = ()) -> None:
        """Take whatever students are known by: ids, names, e-mail addresses.

        Args:
            names: all of them, in any order.
            vocabulary: texts of the exercise, whose words are nobody's name in code.
        """
        self._whole: set[str] = set()
        self._words: set[str] = set()
        for name in names:
            plain = _plain(name)
            if len(plain) >= _SHORTEST:
                self._whole.add(plain)
            local = plain.partition("@")[0]
            if not re.search(r"\d", local):  # `student12` is one name, and `ada_lovelace` two
                self._words |= {word for word in _LETTERS.findall(local) if len(word) >= _SHORTEST}
        self._spared = _PYTHON | {_plain(word) for text in vocabulary for word in _LETTERS.findall(text)}

    @classmethod
    def of(cls, graded: GradedClass, more: Iterable[str] = ()) -> Redaction:
        """Return what blackens everybody in a class.

        Args:
            graded: the class.
            more: further names, such as from a roster.
        """
        people = [name for one in graded.submissions for name in (one.student, *one.names)]
        return cls([*people, *graded.ungraded, *graded.absent, *graded.others, *more], graded.texts)

    def text(self, text: str, *, spare: bool = True) -> str:
        """Return a text without names.

        Args:
            text: what to look through.
            spare: whether words of the exercise stay.
        """
        text = _ADDRESS.sub(BLACK, text)
        text = _TOKEN.sub(lambda match: self._black(match[0], self._whole, spare), text)
        return _LETTERS.sub(lambda match: self._black(match[0], self._words, spare), text)

    def code(self, code: str) -> str:
        """Return Python without names; what does not parse is taken for text."""
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
        except (tokenize.TokenError, SyntaxError, ValueError):
            return self.text(code, spare=False)
        starts = [0]
        for line in code.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        made, end = [], 0
        for token in tokens:
            if token.type in _COMMENT_OR_TEXT:
                first, last = (starts[row - 1] + column for row, column in (token.start, token.end))
                made += [self.text(code[end:first]), self.text(code[first:last], spare=False)]
                end = last
        return "".join([*made, self.text(code[end:])])

    def _black(self, word: str, known: set[str], spare: bool) -> str:
        plain = _plain(word)
        return BLACK if plain in known and not (spare and plain in self._spared) else word


def _plain(name: str) -> str:
    return without_accents(name.casefold())
