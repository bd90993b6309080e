"""What nodes are called in mathematics, and how each value follows from those before it: `z = (b + e)/2`."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.draw import short
from course_lib.draw.lettering import printable
from course_lib.graph import ComputationNode

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LONGEST_NAME, _MOST_INPUTS = 24, 8
# By the operation's name: `{0}` and `{1}` stand for the inputs, `n` is the node's own constant, `^[…]` a superscript.
_FORMULAS = {
    "Negate": ("−{0}", 1),
    "Exp": ("e^[{0}]", 1),
    "Mean": ("({0} + {1})/2", 2),
    "Add": ("{0} + {1}", 2),
    "Mul": ("{0} · {1}", 2),
    "Matmul": ("{0} {1}", 2),
    "IntPow": ("{0}^[n]", 1),
    "Matsum": ("Σ {0}", 1),
    "Transpose": ("{0}^[T]", 1),
}


def names(nodes: Sequence[ComputationNode]) -> list[str]:
    """Return a name for each node: its own, the number that a constant is, or v₁, v₂, …; the last may be called z."""
    taken = {node.name for node in nodes}
    free = (name for number in range(1, 10**9) if (name := f"v{number}".translate(_SUBSCRIPTS)) not in taken)
    found = []
    for one in nodes:
        if one.name:
            found.append(printable(str(one.name))[:_LONGEST_NAME])
        elif getattr(one, "constant", False):
            found.append(short.value(getattr(one, "value", None)))
        elif one is nodes[-1] and "z" not in taken:
            found.append("z")
        else:
            found.append(next(free))
    return found


def formula(node: ComputationNode) -> str:
    """Return how a node's value follows from its inputs, `{0}`, `{1}`, …; nothing for a leaf."""
    kind, count = type(node).__name__, len(node.input_nodes)
    pattern, inputs = _FORMULAS.get(kind, ("", -1))
    if inputs == count:
        return pattern.replace("[n]", f"[{short.value(getattr(node, 'int_power', ''))}]")
    places = ", ".join(f"{{{place}}}" for place in range(min(count, _MOST_INPUTS)))
    return f"{kind[:_LONGEST_NAME].lower()}({places})" if count else ""
