"""Which mistakes a class made: findings that are alike, counted by student."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autograder.reporting.graded_class import Finding, GradedClass, Submission

# What the checks of `course_lib` say where a student has written nothing, and the judge about what it did not try.
_NOTHING = ("Not written yet", "There is no answer here yet")
_NOT_TRIED = "Not tried, since"
_NUMBER = re.compile(r"[-−]?\d[\d,.]*(?:e[+-]?\d+)?")


@dataclass(frozen=True)
class Cluster:
    """Students who made the same mistake.

    Attributes:
        title: the mistake's name, or what was found.
        named: whether it is a mistake that the course knows by name.
        students: who made it.
        questions: where it cost points, by key, most frequent first.
        words: what the judge found, in the words that most of the students got, or the first of them.
        hint: what most of them were asked.
        share: of the students with a record.
    """

    title: str
    named: bool
    students: tuple[str, ...]
    questions: tuple[str, ...]
    words: str
    hint: str
    share: float


def clusters(graded: GradedClass) -> list[Cluster]:
    """Return the mistakes that a class made, the most frequent first.

    A mistake that the judge knows by name is one, wherever it shows. Other findings are alike if they are about the
    same question and differ in numbers alone, as inputs are drawn at random.
    """
    groups: dict[tuple[str, str], list[tuple[str, Finding]]] = defaultdict(list)
    for submission in graded.submissions:
        for finding in submission.findings:
            if not _says_nothing(finding):
                key = ("", finding.mistake) if finding.mistake else (finding.question, _alike(finding))
                groups[key].append((submission.student, finding))
    known = sum(submission.known for submission in graded.submissions)
    found = [_cluster(where == "", members, known) for (where, _), members in groups.items()]
    return sorted(found, key=lambda cluster: (-len(cluster.students), not cluster.named, cluster.title))


def unanswered(submission: Submission) -> set[str]:
    """Return the questions in which a student has written nothing, as far as the judge has said so."""
    found: dict[str, list[bool]] = defaultdict(list)
    for finding in submission.findings:
        found[finding.question].append(finding.words.startswith(_NOTHING))
    return {question for question, said in found.items() if all(said)}


def _says_nothing(finding: Finding) -> bool:
    return finding.words.startswith((*_NOTHING, _NOT_TRIED))


def _alike(finding: Finding) -> str:
    return _NUMBER.sub("#", finding.words) or finding.what


def _cluster(named: bool, members: list[tuple[str, Finding]], known: int) -> Cluster:
    findings = [finding for _, finding in members]
    students = tuple(sorted({student for student, _ in members}))
    words = _most(findings, lambda finding: finding.words)
    questions = Counter(finding.question for finding in findings)
    return Cluster(
        title=findings[0].mistake if named else _title(findings, words),
        named=named,
        students=students,
        questions=tuple(sorted(questions, key=lambda question: (-questions[question], question))),
        words=words,
        hint=_most(findings, lambda finding: finding.hint),
        share=len(students) / known,
    )


def _title(findings: list[Finding], words: str) -> str:
    """Return what was checked, if that is the same for all, and the first line of what was found."""
    first = (words.splitlines() or [""])[0]
    checked = {finding.what for finding in findings}
    return ": ".join(filter(None, [checked.pop() if len(checked) == 1 else "", first]))


def _most(findings: Iterable[Finding], of: Callable[[Finding], str]) -> str:
    """Return the most frequent text, of several the shortest, and of those the first in the alphabet."""
    texts = Counter(map(of, findings))
    return min(texts, key=lambda text: (-texts[text], len(text), text))
