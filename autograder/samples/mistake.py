"""A mistake: what turns the solution of a cell into a wrong answer.

A mistake replaces whole definitions of the solution (those that its own code defines), or single pieces of text. So
it stays a change to the present solution, and says so if the two no longer fit.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mistake:
    """A way to get one cell wrong.

    Attributes:
        name: what it is called.
        cell: the `grade_id` of the solution cell that it changes.
        loses: the tests that must take points off for it. Others may too, where they rest on the same code.
        hint: a part of the hint that it must be met with, by which that one is told from the others.
        code: definitions that replace those of the same name.
        edits: pieces of the solution's text, and what stands there instead.
    """

    name: str
    cell: str
    loses: tuple[str, ...]
    hint: str = ""
    code: str = ""
    edits: dict[str, str] = field(default_factory=dict)

    def applied_to(self, solution: str) -> str:
        """Return the solution with this mistake in it.

        Raises:
            ValueError: if the solution does not hold what the mistake would change.
        """
        for old, new in self.edits.items():
            if old not in solution:
                raise ValueError(
                    f"The mistake {self.name} looks for {old!r}, which the solution of {self.cell} has not."
                )
            solution = solution.replace(old, new)
        if not self.code:
            return solution
        replaced = {node.name for node in ast.parse(self.code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        kept = [
            ast.get_source_segment(solution, node) or ""
            for node in ast.parse(solution).body
            if not (isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in replaced)
        ]
        return "\n\n\n".join([*kept, self.code.strip()]) + "\n"
