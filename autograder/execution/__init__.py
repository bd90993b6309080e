"""Executing the notebooks of a class: many at a time, each behind walls, nothing lost and nothing done twice."""
