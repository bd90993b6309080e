"""What a student calls in a cell to look at an answer, and what it says back.

A visible check knows no solution: it compares with what the exercise states openly, and with the student's own other
answers. Passing all of them does not mean full marks.
"""

from course_lib.check import by_hand, cost
from course_lib.check.engine import gradient, result, value
from course_lib.report import public

__all__ = ["by_hand", "cost", "gradient", "public", "result", "value"]
