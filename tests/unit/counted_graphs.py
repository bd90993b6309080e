"""Graphs whose operations are easy to count on paper."""

from course_lib import Leaf, Mean
from course_lib.counting import Counted


def cosh(x):
    return Mean(x.exp(), (-x).exp())


def network(n, b, d, value=Counted):
    x = Leaf(value(d, b), "x")
    for layer in range(n):
        x = (Leaf(value(d, d), f"W{layer + 1}") @ x).exp()
    return (x**2).sum()
