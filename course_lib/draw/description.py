"""A diagram in words, for those who hear it rather than see it."""

from collections import defaultdict

from course_lib.draw.diagram import Diagram, DiagramNode
from course_lib.draw.lettering import printable

_MOST_NODES = 40
_MARKS = {"wrong": "wrong", "warned": "visited wrongly", "active": "active", "waiting": "waiting", "grey": "grey"}


def heading(diagram: Diagram) -> str:
    """One line that says what the picture is."""
    count = len(diagram.nodes)
    return f"Computation graph with {count} node{'' if count == 1 else 's'}"


def describe(diagram: Diagram) -> str:
    """Each node in a sentence: its name, how it is made and from what, its value and its gradient."""
    names = {node.key: _name(node) for node in diagram.nodes}
    inputs: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for edge in diagram.edges:
        inputs[edge.target].append((edge.slot, names[edge.source]))
    shown = [node for node in diagram.nodes if node.mark != "constant"]
    sentences = [_sentence(node, [name for _, name in sorted(inputs[node.key])]) for node in shown[:_MOST_NODES]]
    if len(shown) > _MOST_NODES:
        sentences.append(f"And {len(shown) - _MOST_NODES} more.")
    if diagram.caption:
        sentences.append(printable(diagram.caption))
    return " ".join(sentences)


def _name(node: DiagramNode) -> str:
    if node.mark == "constant":
        return printable(node.value) or "a constant"
    return printable(node.title) or printable(node.operation) or "a node"


def _sentence(node: DiagramNode, inputs: list[str]) -> str:
    operation = printable(node.operation)
    made = f" is {operation}" if node.title and operation else ""
    of = f" of {', '.join(inputs)}" if inputs else ""
    facts = [f" value {printable(node.value)}"] if node.value else []
    facts += [f" gradient {printable(node.gradient)}"] if node.gradient else []
    facts += [f" shape {printable(node.shape)}"] if node.shape and node.shape not in node.value else []
    facts += [f" {_MARKS[node.mark]}"] if node.mark in _MARKS else []
    return f"{_name(node)}{made}{of}{':' if facts else ''}{','.join(facts)}."
