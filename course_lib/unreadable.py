"""The one error of the answer readers: what could be read, and where it stopped."""

import re
from collections.abc import Iterable
from typing import Self

from course_lib.errors import CourseError


class Unreadable(CourseError, ValueError):  # noqa: N818 - the name says what the answer is
    """An answer that cannot be read as a formula.

    Attributes:
        text: The answer, as the student wrote it.
        position: Where in the text the reading stopped, counted from 0.
        missing: There is nothing to read: the question was not attempted, which is not the same as wrong.
    """

    def __init__(self, message: str, text: str = "", position: int = 0, *, missing: bool = False) -> None:
        """Keep the message for the student, and the place that it is about."""
        super().__init__(message)
        self.text = text
        self.position = position
        self.missing = missing

    @classmethod
    def after(cls, text: str, position: int, reason: str = "") -> Self:
        """Say what could be read up to the position, what comes next and, where it is known, why that does not fit.

        Args:
            text: The whole answer.
            position: The first place that does not fit.
            reason: A sentence that helps to mend it.
        """
        known, rest = text[:position].strip(), text[position:].strip()
        if not rest:
            message = f"I can read `{known}`, but then it stops"
            return cls(f"{message}: {reason or 'something is missing at the end.'}", text, position)
        if known:
            message = f"I can read `{known}` but not what comes after it: `{_shortened(rest)}`."
        else:
            message = f"I cannot read the beginning: `{_shortened(rest)}`."
        return cls(f"{message} {reason}".strip(), text, position)

    @classmethod
    def unknown(cls, text: str, position: int, name: str, known: Iterable[str]) -> Self:
        """Say which name is not known, in which word it stands, and which names are known."""
        before = re.search(r"[A-Za-z_]*$", text[:position])
        after = re.match(r"\w*", text[position:])
        word = (before.group() if before else "") + (after.group() if after else "")
        within = f" in `{word}`" if len(word) > len(name) else ""
        names = list(known)
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
        advice = (
            f"Names that I know here: {listed}." if names else "No letter stands for anything here: write the value."
        )
        return cls(f"I do not know `{name}`{within}. {advice}", text, position)


def _shortened(rest: str, longest: int = 30) -> str:
    """Cut a long remainder, so that the message stays one line."""
    return rest if len(rest) <= longest else rest[: longest - 1] + "…"
