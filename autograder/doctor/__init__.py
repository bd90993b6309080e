"""`course doctor`: whether this machine can grade, whether the course is in order, and what to do if not."""

from autograder.doctor.examination import run

__all__ = ["run"]
