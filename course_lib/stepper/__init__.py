"""Pictures that step through what a student's own code did: recorded calls → `Story` (plain data) → a cell's output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode


def show(node: ComputationNode, *, predict: bool = False) -> None:
    """Show the graph that ends in a node, and step through what your code did with it.

    Args:
        node: the output of the graph.
        predict: whether to begin at the first step and to hide each new number until it is asked for, so that it can
            be predicted first.
    """
    from course_lib.stepper import display  # noqa: PLC0415 - only those who look at a picture pay for it

    display.show(node, predict=predict)
