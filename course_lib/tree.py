"""A graph as an indented tree of text: what `print(node)` shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from course_lib.values import device_of, shape_of

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode

# Past this many lines nobody reads on, and the indentation of a long chain would fill the memory.
MOST_LINES = 200
# Of a tensor with more entries numpy and torch print only some, and we only the shape.
MOST_ENTRIES = 1000


def text(output: ComputationNode, most_lines: int = MOST_LINES) -> str:
    """Return the graph that ends in `output` as text, a line a node, inputs indented below the node that uses them.

    Nodes are numbered in the order of their first lines. A node that was printed already is referred to by its number,
    as `Leaf x @[3]`.
    """
    lines: list[str] = []
    number: dict[ComputationNode, int] = {}
    stack = [(output, 0)]
    while stack:
        if len(lines) == most_lines:
            lines.append(f"… and more nodes (shown: the first {most_lines} lines)")
            break
        node, depth = stack.pop()
        indent = "  " * depth
        if node in number:
            lines.append(f"{indent}{node.title} @[{number[node]}]")
            continue
        number[node] = len(number) + 1
        lines.append(f"{indent}{node.title} result={_short(node.result)} gradient={_short(node.gradient)}")
        stack.extend((child, depth + 1) for child in reversed(node.input_nodes))
    return "\n".join(lines)


def _short(value: object) -> str:
    """Return a value in one line; a gradient that is a graph by its title, since its own tree is for its own print."""
    if hasattr(value, "input_nodes"):
        return f"<{value.title}>"  # type: ignore[attr-defined]
    return " ".join(_text(value).split())


def _text(value: object) -> str:
    """Return a value as it prints itself; a tensor of another device comes from there in one piece, or not at all."""
    shape, device = shape_of(value), device_of(value)
    if math.prod(shape) > MOST_ENTRIES:
        return f"tensor {'×'.join(map(str, shape))}" + ("" if device in (None, "cpu") else f" on {device}")
    if device in (None, "cpu", "meta") or not hasattr(value, "detach"):
        return str(value)
    return f"{str(value.detach().cpu())[:-1]}, device='{device}')"
