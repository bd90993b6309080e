"""Arrays that have a shape but no entries, and count what is done with them (by the rules of the package)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Number
from typing import Any, NoReturn

import numpy as np

from course_lib.counting import shapes
from course_lib.counting.operations import ADDITION, DIVISION, FUNCTION, MULTIPLICATION, note_product, spend
from course_lib.counting.shapes import CannotCount
from course_lib.values import Shape, Value, shape_of

# One evaluation for each entry of what comes out. (torch and numpy call some of them by different names.)
FUNCTIONS = frozenset(
    [
        "abs",
        "absolute",
        "arccos",
        "arcsin",
        "arctan",
        "asin",
        "acos",
        "atan",
        "ceil",
        "clamp",
        "clip",
        "cos",
        "cosh",
        "erf",
        "exp",
        "exp2",
        "expm1",
        "fabs",
        "floor",
        "gelu",
        "heaviside",
        "log",
        "log10",
        "log1p",
        "log2",
        "logaddexp",
        "maximum",
        "minimum",
        "relu",
        "round",
        "sigmoid",
        "sign",
        "sin",
        "sinh",
        "softplus",
        "sqrt",
        "tan",
        "tanh",
        "where",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
    ]
)


class Storage:
    """Where entries would lie. A transpose, and a copy to a larger shape, lie where the original does.

    Attributes:
        size: how many scalars there are.
    """

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        """Make room for `size` scalars."""
        self.size = size


class Counted:
    """An array of a certain shape: `Counted(3, 2)`, or a single number: `Counted()`.

    Attributes:
        shape: the shape.
        storage: where its entries would lie.
    """

    __slots__ = ("shape", "storage")
    shape: Shape
    storage: Storage

    def __init__(self, *sizes: int) -> None:
        """Make an array with axes of these lengths.

        Raises:
            CannotCount: if a length is no whole number of at least 0.
        """
        if not all(isinstance(size, (int, np.integer)) and size >= 0 for size in sizes):
            raise CannotCount(f"Counted({', '.join(map(repr, sizes))}): the length of each axis is a whole number.")
        self.shape = tuple(int(size) for size in sizes)
        self.storage = Storage(math.prod(self.shape))

    def __repr__(self) -> str:
        """Return how to make one like it."""
        return f"Counted({', '.join(map(str, self.shape))})"

    # --- What computes --------------------------------------------------------------------------------------------

    def __add__(self, other: Value) -> Counted:
        return _entrywise(ADDITION, self, other)

    def __mul__(self, other: Value) -> Counted:
        return _entrywise(MULTIPLICATION, self, other)

    def __truediv__(self, other: Value) -> Counted:
        return _entrywise(DIVISION, self, other)

    __radd__ = __sub__ = __rsub__ = __add__
    __rmul__ = __mul__
    __rtruediv__ = __truediv__

    def __neg__(self) -> Counted:
        return _entrywise(ADDITION, self)

    def __matmul__(self, other: Value) -> Counted:
        return _product(self, other)

    def __rmatmul__(self, other: Value) -> Counted:
        return _product(other, self)

    def __pow__(self, exponent: Value) -> Counted:
        if not (isinstance(exponent, (int, np.integer)) or (isinstance(exponent, float) and exponent.is_integer())):
            return _entrywise(FUNCTION, self, exponent)
        size, times = math.prod(self.shape), abs(int(exponent))
        spend(MULTIPLICATION, size * max(0, times.bit_length() + times.bit_count() - 2))
        spend(DIVISION, size * bool(exponent < 0))
        return _array(self.shape)

    def __rpow__(self, base: Value) -> Counted:
        return _entrywise(FUNCTION, self, base)

    def __abs__(self) -> Counted:
        return _entrywise(FUNCTION, self)

    def __gt__(self, other: Value) -> Counted:
        return _entrywise(FUNCTION, self, other)

    __lt__ = __ge__ = __le__ = __gt__

    def __eq__(self, other: object) -> Any:  # noqa: ANN401 - entry by entry, as arrays compare
        return False if other is None else _entrywise(FUNCTION, self, other)

    def __ne__(self, other: object) -> Any:  # noqa: ANN401
        return True if other is None else _entrywise(FUNCTION, self, other)

    __hash__ = object.__hash__

    def sum(self, axis: int | Sequence[int] | None = None, *, keepdims: bool = False, **names: Any) -> Counted:  # noqa: ANN401
        """Return the sum over all axes, or some; torch calls the arguments `dim` and `keepdim`."""
        axis, keep = names.get("dim", axis), names.get("keepdim", keepdims)
        result = _array(shapes.without_axes(self.shape, axis, keep=keep))
        spend(ADDITION, max(0, math.prod(self.shape) - result.storage.size))
        return result

    def mean(self, axis: int | Sequence[int] | None = None, **names: Any) -> Counted:  # noqa: ANN401
        """Return the mean over all axes, or some: a sum and a division."""
        return self.sum(axis, **names) / 1

    # --- What copies, or merely looks at the same entries otherwise -----------------------------------------------

    @property
    def T(self) -> Counted:  # noqa: N802 - as numpy and torch call it
        """The array with its axes in reverse order."""
        return _array(self.shape[::-1], self.storage)

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    def transpose(self) -> Counted:
        """Return the array with its axes in reverse order."""
        return self.T

    def reshape(self, *shape: Any) -> Counted:  # noqa: ANN401 - lengths, or a tuple of them
        """Return the same entries in another shape."""
        return _array(shapes.reshaped(self.shape, _lengths(shape)), self.storage)

    def expand(self, *shape: Any) -> Counted:  # noqa: ANN401
        """Return the same entries, seen several times in a larger shape."""
        target = _lengths(shape)
        if shapes.broadcast(self.shape, target) != target:
            raise CannotCount(f"A tensor of shape {self.shape} cannot be copied to the shape {target}.")
        return _array(target, self.storage)

    def copy(self) -> Counted:
        """Return an array of its own with the same entries."""
        return _array(self.shape)

    clone = copy
    view = reshape

    # --- What numpy, torch and Python ask -------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Callable[..., Counted]:
        """Refuse what is not there; the functions that compute entry by entry are (see below)."""
        raise CannotCount(f"Counting knows only shapes, and cannot tell what `.{name}` does. {_KNOWN}")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Value, **options: Any) -> Counted:  # noqa: ANN401
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return _named(f"np.{name}", inputs, options)

    def __array_function__(self, function: Any, _types: Any, inputs: Any, options: Any) -> Counted:  # noqa: ANN401
        return _named(f"np.{function.__name__}", inputs, options)

    @classmethod
    def __torch_function__(cls, function: Any, _types: Any, inputs: Any = (), options: Any = None) -> Counted:  # noqa: ANN401
        return _named(f"torch.{function.__name__}", inputs, options or {})

    def __bool__(self) -> bool:
        raise CannotCount(f"An `if` asks for a value. {_ONLY_SHAPES}")

    def __float__(self) -> float:
        raise CannotCount(f"float(…) and the functions of `math` ask for a value. {_ONLY_SHAPES} {_KNOWN}")

    def __len__(self) -> int:
        raise CannotCount(f"len(…) counts the entries of a list; of a tensor, ask for its shape. {_ONLY_SHAPES}")

    def __getitem__(self, _index: object) -> Counted:
        raise CannotCount(f"A loop over a tensor, or an index such as x[0], asks for entries. {_ONLY_SHAPES}")

    def __floordiv__(self, _other: object) -> Counted:
        raise CannotCount(f"Counting does not know the operators // and %. {_KNOWN}")

    __rfloordiv__ = __mod__ = __rmod__ = __floordiv__

    def __array__(self, *_: object, **__: object) -> NoReturn:
        raise CannotCount(f"np.array(…) asks for entries. {_ONLY_SHAPES}")


_ONLY_SHAPES = "What is counted has a shape, but no entries."
_KNOWN = (
    "It can count + − * / ** @, .T, .sum(), .mean(), .reshape(), .expand(), and functions such as .exp() or np.tanh()."
)


def _array(shape: Shape, storage: Storage | None = None) -> Counted:
    """Return an array of that shape; without a storage, one that nothing else shares."""
    made = object.__new__(Counted)
    made.shape = shape
    made.storage = storage or Storage(math.prod(shape))
    return made


def _entrywise(kind: int, first: Counted, *others: Value) -> Counted:
    """Return what one operation for each entry makes of arrays and numbers."""
    shape = first.shape
    for other in others:
        if type(other) is Counted and other.shape == shape:
            continue  # by far the most frequent case, and quick
        if hasattr(other, "input_nodes"):
            return NotImplemented  # type: ignore[no-any-return]  # nodes know themselves what to make of this
        if not isinstance(other, (Number, Counted)) and not hasattr(other, "shape"):
            raise CannotCount(f"{type(other).__name__} is no number, array or tensor that can be computed with.")
        if (its := shape_of(other)) != shape:
            shape = shapes.broadcast(shape, its)
    made = _array(shape)
    spend(kind, made.storage.size)
    return made


def _product(first: Value, second: Value) -> Counted:
    """Return a matrix product."""
    if any(type(one) is not Counted and hasattr(one, "input_nodes") for one in (first, second)):
        return NotImplemented  # type: ignore[no-any-return]
    shape, terms = shapes.product(shape_of(first), shape_of(second))
    made = _array(shape)
    note_product()
    spend(MULTIPLICATION, made.storage.size * terms)
    spend(ADDITION, made.storage.size * max(0, terms - 1))
    return made


def _function(self: Counted, *others: Value, **_: object) -> Counted:
    """Return what a function makes of each entry."""
    return _entrywise(FUNCTION, self, *others)


for _name in FUNCTIONS:
    setattr(Counted, _name, _function)


def _lengths(shape: Sequence[Any]) -> Shape:
    """Return a shape that was given as a tuple or as lengths one by one."""
    return tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else tuple(shape)


# What numpy and torch call the operations: what to do, by name. The first array may be one of theirs.
_NAMED: dict[str, Callable[..., Counted]] = {
    **dict.fromkeys(("add", "radd", "subtract", "sub", "rsub"), Counted.__add__),
    **dict.fromkeys(("multiply", "mul", "rmul"), Counted.__mul__),
    **dict.fromkeys(("divide", "true_divide", "truediv", "rtruediv", "div", "rdiv"), Counted.__truediv__),
    **dict.fromkeys(("negative", "neg"), Counted.__neg__),
    **dict.fromkeys(("matmul", "mm", "bmm", "dot"), _product),
    "rmatmul": lambda first, second: _product(second, first),
    **dict.fromkeys(("power", "pow"), Counted.__pow__),
    **dict.fromkeys(("rpow", "float_power"), Counted.__rpow__),
    "square": lambda array: array**2,
    "reciprocal": lambda array: 1 / array,
    "sum": Counted.sum,
    "mean": Counted.mean,
    **dict.fromkeys(("transpose", "t"), Counted.transpose),
    **dict.fromkeys(("reshape", "view"), Counted.reshape),
    **dict.fromkeys(("broadcast_to", "expand"), Counted.expand),
    **dict.fromkeys(("copy", "clone", "zeros_like", "ones_like", "full_like", "empty_like"), Counted.copy),
}


def _named(name: str, inputs: Sequence[Value], options: dict[str, Any]) -> Counted:
    """Do what numpy or torch know by a name."""
    bare = name.split(".", 1)[1].strip("_")
    if options.get("out") is None:
        first = inputs[0] if isinstance(inputs[0], Counted) or bare == "rmatmul" else _array(shape_of(inputs[0]))
        if bare in FUNCTIONS:
            return _entrywise(FUNCTION, first, *inputs[1:])
        if bare in _NAMED:
            known = {key: value for key, value in options.items() if key in ("axis", "keepdims", "dim", "keepdim")}
            return _NAMED[bare](first, *inputs[1:], **known)
    raise CannotCount(f"Counting knows only shapes, and cannot tell what `{name}` does. {_KNOWN}")
