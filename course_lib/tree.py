"""A graph as an indented tree of text: what `print(node)` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode

# Past this many lines nobody reads on, and the indentation of a long chain would fill the memory.
MOST_LINES = 200


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
    return " ".join(str(value).split())
