"""Answers worked out by hand, step by step: right, right but rounded, or following rightly from an earlier slip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log

from autograder.judge.hints import ON_PAPER
from course_lib.expressions import Reading, close, read, same
from course_lib.unreadable import Unreadable

# How well a decimal must agree where no exact value is asked for: 1.9997 is 2, 2.004 is not.
_DIGITS = 4
_NEAR = 1e-3  # how near a logarithm to base ten must be to be recognised as one
_ROUNDED = 0.5  # the share that a right but rounded answer earns where an exact one was asked for


@dataclass(frozen=True)
class Answer:
    """One answer that is asked for.

    Attributes:
        name: the variable that holds it.
        truth: the right value, as text.
        follows: how it follows from the answers before it, as text with their names: `"exp(a)"`.
        rule: the step that is taken here, as a question to ask when it went wrong. Answers that take the same step
            share it: getting it wrong twice is one slip.
        exact: whether a rounded value is not enough.
        points: what it is worth.
        slips: wrong steps that students take here, as text with the names of answers before it, and which mistake
            (of `hints.ON_PAPER`) each of them is: `{"dz_dd": "sign lost at the negation"}`.
    """

    name: str
    truth: str
    follows: str
    rule: str
    exact: bool = False
    points: float = 1
    slips: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What an answer earns, and why.

    Attributes:
        name: the answer's name.
        share: the share of its points that it earns, 0 to 1.
        points: what it could earn.
        found: what was found; empty if all is right.
        hint: a question or pointer; empty if there is none.
        mistake: the name of the mistake, as in `hints.ON_PAPER`; empty if it is not a known one.
    """

    name: str
    share: float
    points: float
    found: str = ""
    hint: str = ""
    mistake: str = ""

    @property
    def words(self) -> str:
        """What was found, and the hint."""
        return "\n".join(filter(None, (self.found, self.hint and f"Hint: {self.hint}")))


def judge(
    answers: Sequence[Answer], given: Mapping[str, object], known: Mapping[str, str], letters: Sequence[str] = ()
) -> list[Verdict]:
    """Judge a chain of answers.

    An answer counts if it is right. After a slip, an answer that follows rightly from the student's own earlier ones
    counts too; but only where all slips are of one kind, since two wrong steps are not one accident.

    Args:
        answers: what is asked for, in the order in which it is worked out.
        given: what the student wrote, by name; None where there is nothing.
        known: the right values of what the exercise gives, and of what was asked earlier, by name.
        letters: those of the known names that answers may use. They stand for the student's own values, as far as
            these can be read.

    Raises:
        ValueError: if an answer's `follows` does not lead to its own truth from the right values.
    """
    _check_steps(tuple((a.name, a.truth, a.follows) for a in answers), tuple(known.items()))
    truths = {name: read(text) for name, text in known.items()}
    usable = {name: _read(given.get(name), {})[0] or truths[name] for name in letters}
    own = truths | usable
    outcomes, mistakes = [], []
    for answer in answers:
        truths[answer.name] = read(answer.truth, truths)
        reading, problem = _read(given.get(answer.name), usable)
        outcome = problem or _compare(answer, reading, truths, own)
        outcomes.append(outcome)
        mistakes.append(_mistake(answer, outcome, reading, own))
        # What cannot be read cannot be built upon: what follows is then compared with the truth alone.
        own[answer.name] = reading or truths[answer.name]
    slips = {answer.rule for answer, outcome in zip(answers, outcomes, strict=True) if outcome == "slip"}
    return [
        _verdict(answer, outcome, str(given.get(answer.name)), len(slips), mistake)
        for answer, outcome, mistake in zip(answers, outcomes, mistakes, strict=True)
    ]


@lru_cache  # the same for all submissions
def _check_steps(steps: tuple[tuple[str, str, str], ...], known: tuple[tuple[str, str], ...]) -> None:
    truths = {name: read(text) for name, text in known}
    for name, truth, follows in steps:
        truths[name] = read(truth, truths)
        reached, problem = _read(follows, truths)
        if reached is None or not same(reached, truths[name]):
            why = f"{follows!r} does not give that from the right values before it. {problem}"
            raise ValueError(f"{name} should be {truth}; {why}")


def _read(given: object, names: Mapping[str, Reading]) -> tuple[Reading | None, str]:
    try:
        return read(given, names), ""
    except Unreadable as problem:
        return None, str(problem)


def _compare(answer: Answer, reading: Reading | None, truths: Mapping[str, Reading], own: Mapping[str, Reading]) -> str:
    """Return "right", "rounded", "follows" or "slip"."""
    if reading is None:
        return "slip"
    truth = truths[answer.name]
    if same(reading, truth):
        return "right"
    follows = _follows(answer, reading, own, truth)
    if close(reading, truth) and answer.exact:
        # A rounded value that is handed on as it is was rounded only once.
        return "follows" if follows == "exactly" else "rounded"
    if close(reading, truth, _DIGITS):
        return "right"
    return "follows" if follows else "slip"


def _follows(answer: Answer, reading: Reading, own: Mapping[str, Reading], truth: Reading) -> str:
    """Tell how an answer follows from earlier ones that are wrong: "exactly", "nearly", or "" for not at all.

    Where the earlier ones are right there is nothing to excuse. And from nothing, nothing follows: a chain of zeros
    takes no step.
    """
    try:
        expected = read(answer.follows, own)
    except Unreadable:  # such as the logarithm of an earlier answer that is negative
        return ""
    if expected.exact_value == 0 or same(expected, truth):
        return ""
    return "exactly" if same(reading, expected) else "nearly" if close(reading, expected) else ""


def _mistake(answer: Answer, outcome: str, reading: Reading | None, own: Mapping[str, Reading]) -> str:
    """Return the name of the mistake that an answer shows; empty if it is none that is known."""
    if outcome == "rounded":
        return "a rounded decimal"
    if outcome != "slip" or reading is None:
        return ""
    for wrong, mistake in answer.slips.items():
        reached, _ = _read(wrong, own)
        if reached and (same(reading, reached) or close(reading, reached, _DIGITS)):
            return mistake
    truth = read(answer.truth, own)
    in_base_ten = "log" in answer.truth and abs(reading.value * log(10) - truth.value) < _NEAR * abs(truth.value)
    return "the logarithm to base ten" if in_base_ten else ""


def _verdict(answer: Answer, outcome: str, written: str, slips: int, mistake: str) -> Verdict:
    hint = ON_PAPER.get(mistake, "")
    match outcome:
        case "right":
            return Verdict(answer.name, 1, answer.points)
        case "rounded":
            return Verdict(answer.name, _ROUNDED, answer.points, f"{written} is right but rounded.", hint, mistake)
        case "follows" if slips <= 1:
            words = f"{written} follows rightly from your earlier answer, so it counts."
            return Verdict(answer.name, 1, answer.points, words)
        case "slip" | "follows":
            return Verdict(answer.name, 0, answer.points, f"{written} is not right.", hint or answer.rule, mistake)
        case problem:
            return Verdict(answer.name, 0, answer.points, problem)
