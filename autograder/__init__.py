"""What instructors run. Never given to students.

A hidden test needs three names from here: `student`, which calls into the student's engine; `Score`, which adds up
partial credit; and `mean`, for formulas with a mean of two values.
"""

from autograder.judge.description import mean
from autograder.judge.score import Answer, Score
from autograder.judge.student import student

__all__ = ["Answer", "Score", "mean", "student"]
