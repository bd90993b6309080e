"""A graded class as plain data: who got how much for what, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """What is worth points.

    Attributes:
        notebook: where it stands.
        name: its `grade_id`.
        most: the points that can be had.
        by_hand: whether a person gives them.
        cells: the `grade_id` of the cells with the answer: those between it and the question before.
    """

    notebook: str
    name: str
    most: float
    by_hand: bool = False
    cells: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What it is called in a class's points."""
        return f"{self.notebook}/{self.name}"

    @property
    def title(self) -> str:
        """What it is called on the page."""
        return self.name.removeprefix("test_").replace("_", " ")


@dataclass(frozen=True)
class Finding:
    """Something that cost points, as the judge found it.

    Attributes:
        question: the key of the question.
        what: what was checked; empty if the question ended before.
        words: what was found.
        hint: the question or pointer that the student got.
        mistake: its name, if it is a known one.
    """

    question: str
    what: str
    words: str
    hint: str = ""
    mistake: str = ""


@dataclass(frozen=True)
class Submission:
    """One student's.

    Attributes:
        student: the id.
        names: what else the student is known by: first and last name, e-mail address.
        points: by question; None where nobody has given any yet.
        waiting: the questions that a person has yet to look at.
        penalty: what lateness costs.
        late_by: seconds.
        pages: nbgrader's ids of the submitted notebooks, by notebook: where formgrader shows them.
        known: whether there is a record of how it was graded; what follows is empty if not.
        problems: what a person should look at, in words.
        repaired: what was done to it, in words.
        findings: what cost points.
        seconds: how long its notebooks took to execute and judge; None if that was not noted.
    """

    student: str
    names: tuple[str, ...] = ()
    points: Mapping[str, float | None] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    penalty: float = 0.0
    late_by: float = 0.0
    pages: Mapping[str, str] = field(default_factory=dict)
    known: bool = True
    problems: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    seconds: float | None = None

    @property
    def total(self) -> float:
        """All points that there are so far, before what lateness costs."""
        return sum(points or 0.0 for points in self.points.values())

    @property
    def graded(self) -> bool:
        """Whether there is any result yet."""
        return any(points is not None for points in self.points.values())


@dataclass(frozen=True)
class GradedClass:
    """A class in one assignment.

    Attributes:
        assignment: its name.
        questions: in the order of the notebooks.
        submissions: by student id, in order; graded ones alone.
        ungraded: who has handed in, and is not graded.
        absent: who is in the gradebook, and has handed in nothing.
        released: the code cells that students write in, as they got them, by notebook and `grade_id`.
        texts: all cells as students got them.
        others: names of students who have not handed in, which may stand in others' code all the same.
    """

    assignment: str
    questions: tuple[Question, ...]
    submissions: tuple[Submission, ...]
    ungraded: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    released: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def most(self) -> float:
        """The points that can be had."""
        return sum(question.most for question in self.questions)

    def question(self, key: str) -> Question:
        """Return a question by its key."""
        return next(question for question in self.questions if question.key == key)
