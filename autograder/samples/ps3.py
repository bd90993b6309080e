"""Problem set 3: graphs."""

from __future__ import annotations

from autograder.samples.manifest import ProblemSet

PROBLEM_SET = ProblemSet("ps3", exercises=[], mistakes=[])
