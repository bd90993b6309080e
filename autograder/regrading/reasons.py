"""Why points changed, in a line: the parts of the test that came out otherwise, and what the new one found."""

from __future__ import annotations

from autograder.judge.hidden import Judged
from autograder.judge.score import PartResult
from autograder.regrading.changes import Change

_MOST = 240


def reason(change: Change) -> str:
    """Return why a test gives other points than before, as far as the two verdicts tell; in one line, printable."""
    old, new = change.answer.todo.verdict_before(change.answer.question), change.answer.judged
    if change.answer.trouble:
        words = change.answer.trouble
    elif new is None:
        words = ""
    elif new.fault:
        words = new.fault
    elif (change.after or 0) > (change.before or 0):
        words = _now_right(old, new) or "right now"
    else:
        words = _lost(old, new)
    return _line(words)


def _now_right(old: Judged | None, new: Judged) -> str:
    failed = {part.what for part in (old.parts if old else []) if part.earned < part.points}
    mended = [part.what for part in new.parts if part.earned == part.points and part.what in failed]
    if mended:
        return f"now right: {'; '.join(mended)}"
    if old and old.fault:
        return "the test stopped before, and does not now"
    if old and old.words:
        return f"before: {old.words}"
    return ""


def _lost(old: Judged | None, new: Judged) -> str:
    earned = {part.what: part.earned for part in (old.parts if old else [])}
    lost = [part for part in new.parts if part.earned < min(part.points, earned.get(part.what, part.points))]
    return "; ".join(map(_told, lost)) or new.words


def _told(part: PartResult) -> str:
    words = [f"{part.what}: {part.words}" if part.words else part.what, part.hint and f"Hint: {part.hint}"]
    return " ".join(filter(None, words))


def _line(words: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    short = " ".join(plain.split())
    return short if len(short) <= _MOST else f"{short[: _MOST - 1]}…"
