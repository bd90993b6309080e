"""Problem set 4: what it costs in practice."""

from __future__ import annotations

from autograder.samples.manifest import ProblemSet

PROBLEM_SET = ProblemSet("ps4", exercises=[], mistakes=[])
