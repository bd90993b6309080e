"""The computation graph: nodes that know their inputs, and an order in which to visit them.

Every node stands for one value, computed from the values of its inputs. The whole graph is held by its output node,
since everything else can be reached from there. Building a graph computes nothing: `result` and `gradient` are filled
in by the forward and backward pass, which the student writes.

The classes `Add`, `Mul` and `Matmul` are the student's too. `x + y` looks up the class that is called "Add" at that
moment, so that a cell that defines it anew takes effect at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from numbers import Number
from typing import Any

from course_lib import rules, tree
from course_lib.errors import GraphError, MissingOperation
from course_lib.values import Shape, Value, shape_of

# Which exercise asks for a class that is not there yet.
_ASKED_FOR = {"Add": "Step 3", "Mul": "Step 3", "Matmul": "Step 6"}

# Who wants to know of each new node class.
on_new_class: list[Callable[[type[ComputationNode]], None]] = []

_node_types: dict[str, type[ComputationNode]] = {}
_building_graph = False


class ComputationNode:
    """A value in a computation graph, and how it follows from its inputs.

    Attributes:
        name: what the node is called in pictures and by `get`; None for most inner nodes.
        input_nodes: the nodes whose values this one is computed from, in order. The same node may stand here twice.
        result: the node's value; None before the forward pass.
        gradient: the derivative of the output with respect to this value; None before the backward pass.
    """

    __array_ufunc__ = None  # makes `numpy_array * node` ask the node, rather than each entry of the array

    def __init__(self, *input_nodes: Value, name: str | None = None) -> None:
        """Connect the node to its inputs. What is not a node yet becomes a constant `Leaf`."""
        self.name = name
        self.input_nodes = [n if isinstance(n, ComputationNode) else Leaf(n, constant=True) for n in input_nodes]
        self.result: Value = None
        self.gradient: Value = None

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - whatever a subclass hands on
        """Make the newest class of a name the one that operators use, and hold its methods to the rules."""
        super().__init_subclass__(**options)
        _node_types[cls.__name__] = cls
        if "forward" in cls.__dict__:
            cls.forward = rules.checked_forward(cls.forward)  # type: ignore[method-assign, assignment]
        if "backward" in cls.__dict__:
            cls.backward = rules.checked_backward(cls.backward)  # type: ignore[method-assign, assignment]
        for tell in on_new_class:
            tell(cls)

    # --- What each kind of node must say for itself ---------------------------------------------------------------

    def forward(self) -> None:
        """Compute `self.result` from `self.input(0)`, `self.input(1)`, …: one step of the forward pass."""
        raise GraphError(f"{self.title} has no forward(): write one that sets self.result from self.input(0), ….")

    def backward(self) -> list[Value]:
        """Return, for each input in order, the gradient that this node sends to it: one step of the backward pass.

        What is sent is the derivative of this node's value with respect to that input, times `self.gradient`.
        """
        raise GraphError(f"{self.title} has no backward(): write one that returns a list with a gradient per input.")

    # --- Values ---------------------------------------------------------------------------------------------------

    def input(self, i: int) -> Value:
        """Return the value of input `i`; within `build_graph()` the input node itself."""
        if not 0 <= i < len(self.input_nodes):
            raise GraphError(
                f"{self.title} has {len(self.input_nodes)} inputs, counted from 0; there is no input({i})."
            )
        node = self.input_nodes[i]
        if _building_graph:
            return node
        if node.result is None:
            raise GraphError(
                f"{self.title} needs the value of its input {node.title}, which has not been computed yet. "
                "Inputs come before outputs: in which order does your forward pass visit the nodes?"
            )
        return node.result

    def output(self) -> Value:
        """Return this node's own value; within `build_graph()` the node itself, since its value depends on its inputs.

        A derivative that uses the node's own result, as that of exp does, must take it from here: `self.result` is a
        mere number, and a number's derivative is zero.
        """
        return self if _building_graph else self.result

    def accumulate_gradient(self, upstream_gradient: Value) -> None:
        """Add one more contribution to `self.gradient`: gradients that arrive along several paths are summed."""
        rules.check_contribution(self, upstream_gradient)
        if self.gradient is None:
            self.gradient = upstream_gradient
        else:
            self.gradient = self.gradient + upstream_gradient

    @property
    def shape(self) -> Shape:
        """The shape of the result, which is `()` for a number, and for a node that has not been computed."""
        return shape_of(self.result)

    @property
    def title(self) -> str:
        """What to call this node when speaking to a person, such as `Leaf x` or `Mul`."""
        return f"{type(self).__name__} {self.name}" if self.name else type(self).__name__

    # --- Walking --------------------------------------------------------------------------------------------------

    def sorted_nodes(self) -> list[ComputationNode]:
        """Return all nodes of the graph that ends here, each once, inputs before the nodes that use them, self last.

        This is a depth-first search with a list as its stack. It takes time proportional to nodes and edges, and a
        chain may be longer than Python's recursion limit.

        Raises:
            GraphError: if the graph has a cycle, so that no such order exists.
        """
        order: list[ComputationNode] = []
        open_nodes, done = {self}, set()
        stack = [(self, iter(self.input_nodes))]
        while stack:
            node, inputs = stack[-1]
            for child in inputs:
                if child in open_nodes:
                    path = " → ".join(n.title for n, _ in stack[[n for n, _ in stack].index(child) :])
                    raise GraphError(f"The graph has a cycle: {path} → {child.title}. No node can be computed first.")
                if child not in done:
                    open_nodes.add(child)
                    stack.append((child, iter(child.input_nodes)))
                    break
            else:
                stack.pop()
                open_nodes.remove(node)
                done.add(node)
                order.append(node)
        return order

    def get(self, name: str) -> ComputationNode:
        """Return the one node of this graph that is called `name`.

        Raises:
            GraphError: if there is none of that name, or more than one.
        """
        nodes = self.sorted_nodes()
        found = [node for node in nodes if node.name == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(sorted({str(node.name) for node in nodes if node.name})) or "none"
        number = f"{len(found)} nodes" if found else "No node"
        raise GraphError(f"{number} in this graph {'are' if found else 'is'} called {name!r}. Names in it: {names}.")

    def __repr__(self) -> str:
        """Return the graph as an indented tree; a node that was printed before appears as `@[its number]`."""
        return tree.text(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        """Return what Jupyter shows for a node: a picture that steps through what was done to it, and the tree."""
        from course_lib.stepper import display  # noqa: PLC0415 - only those who look at a picture pay for it

        return display.mimebundle(self)

    # --- Formulas build graphs ------------------------------------------------------------------------------------

    def exp(self) -> ComputationNode:
        """Return the node e^self."""
        return node_type("Exp")(self)

    def sum(self) -> ComputationNode:
        """Return the node that sums all entries of this one."""
        return node_type("Matsum")(self)

    def expand(self, target_shape: Sequence[int]) -> ComputationNode:
        """Return the node that copies this one to a larger shape."""
        return node_type("Matexpand")(self, target_shape)

    def sum_to(self, target_shape: Sequence[int]) -> ComputationNode:
        """Return the node that sums this one over the axes along which `target_shape` was copied."""
        return node_type("SumTo")(self, target_shape)

    @property
    def T(self) -> ComputationNode:  # noqa: N802 - as numpy and torch call it
        """The node for this matrix with rows and columns exchanged."""
        return node_type("Transpose")(self)

    def __neg__(self) -> ComputationNode:
        return node_type("Negate")(self)

    def __pow__(self, int_power: int) -> ComputationNode:
        return node_type("IntPow")(self, int_power)

    def __add__(self, other: Value) -> ComputationNode:
        return node_type("Add")(self, other)

    def __radd__(self, other: Value) -> ComputationNode:
        return node_type("Add")(other, self)

    def __sub__(self, other: Value) -> ComputationNode:
        return node_type("Add")(self, -other)

    def __rsub__(self, other: Value) -> ComputationNode:
        return node_type("Add")(other, -self)

    def __mul__(self, other: Value) -> ComputationNode:
        return node_type("Mul")(self, other)

    def __rmul__(self, other: Value) -> ComputationNode:
        return node_type("Mul")(other, self)

    def __truediv__(self, other: Value) -> ComputationNode:
        return node_type("Mul")(self, other**-1 if isinstance(other, ComputationNode) else 1 / other)

    def __rtruediv__(self, other: Value) -> ComputationNode:
        return node_type("Mul")(other, self**-1)

    def __matmul__(self, other: Value) -> ComputationNode:
        return node_type("Matmul")(self, other)

    def __rmatmul__(self, other: Value) -> ComputationNode:
        return node_type("Matmul")(other, self)


class Leaf(ComputationNode):
    """An input of the graph: it holds a value instead of computing one.

    Attributes:
        value: a number, numpy array or torch tensor.
        constant: whether this is a number that was written into a formula, such as the 2 of `2 * x`. Nobody asks for
            the gradient of a constant, so none is checked or shown.
    """

    def __init__(self, value: Value, name: str | None = None, *, constant: bool = False) -> None:
        """Hold `value`.

        Raises:
            GraphError: if `value` is not something that can be added and multiplied.
        """
        if not isinstance(value, Number) and not hasattr(value, "shape"):
            raise GraphError(
                f"A Leaf holds a number, a numpy array or a torch tensor, not {value!r:.60} "
                f"({type(value).__name__}). Is a torch.tensor(…) missing around it?"
            )
        super().__init__(name=name)
        self.value = value
        self.constant = constant

    def forward(self) -> None:
        """Take the value as the result."""
        self.result = self.value

    def backward(self) -> list[Value]:
        """Send nothing: a leaf has no inputs."""
        return []


def node_type(name: str) -> type[ComputationNode]:
    """Return the newest node class of that name.

    Raises:
        MissingOperation: if nobody has defined one; the message names the step that asks for it.
    """
    if name not in _node_types:
        step = f"{_ASKED_FOR[name]} asks you to write it" if name in _ASKED_FOR else "import it from course_lib"
        raise MissingOperation(
            f"This formula needs a node class called {name}, and there is none yet: {step}. "
            f"(Is it written as `class {name}(ComputationNode):`, and has its cell been run?)"
        )
    return _node_types[name]


@contextmanager
def build_graph(build: bool = True) -> Iterator[None]:
    """Within this block, `backward()` computes with nodes instead of numbers, so that gradients are graphs themselves.

    A gradient that is a graph can be run forward, and differentiated again.
    """
    global _building_graph  # noqa: PLW0603 - a mode of the whole engine, as `torch.no_grad()` is
    before, _building_graph = _building_graph, build
    try:
        yield
    finally:
        _building_graph = before
