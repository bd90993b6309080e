"""What the grader wrote down about a submission: problems, repairs, and what cost points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autograder.execution.store import Record
from autograder.reporting.graded_class import Finding, Submission


def add(submission: Submission, record: Record | None) -> Submission:
    """Return a submission with what its record says; the record is missing if somebody else's grader was at work."""
    if record is None:
        return replace(submission, known=False)
    return replace(
        submission,
        problems=tuple(dict.fromkeys(record.problems)),
        repaired=tuple(dict.fromkeys(record.repaired)),
        findings=tuple(_findings(record.verdicts)),
        seconds=sum(record.seconds.values()) if record.seconds else None,
    )


def _findings(verdicts: dict[str, list[dict[str, Any]]]) -> Iterator[Finding]:
    for notebook, judged in verdicts.items():
        for test in judged:
            question = f"{notebook}/{test['name']}"
            for part in test["parts"]:
                if part["earned"] < part["points"]:
                    yield Finding(question, part["what"], part["words"], part["hint"], part["mistake"])
            if test["words"] and test["points"] is not None and test["points"] < test["most"]:
                yield Finding(question, "", test["words"])
