"""`student`: what a hidden test talks to. It asks the student's engine, and compares with torch.

Inputs are drawn anew for each run. Set the environment variable `BACKPROP_COURSE_SEED` to a number to draw the same
again.
"""

from __future__ import annotations

import importlib
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from autograder.judge.description import Symbol, describe, formula
from course_lib.comparison import difference
from course_lib.described import Array, Kind, Outcome, Step, Task, plain, run
from course_lib.errors import CourseError
from course_lib.limits import TimeLimit, time_limit
from course_lib.values import Shape

# Double precision leaves about 1e-16; formulas of a few dozen operations lose some digits, a wrong rule loses all.
_RELATIVE, _ABSOLUTE = 1e-9, 1e-12
_SECONDS = 5.0
# A loop without an end hangs in every test; so many are waited for before the rest is given up.
_MOST_HANGS = 3

Namespace = Callable[[], Mapping[str, Any]]
_Result = TypeVar("_Result")


class Failed(AssertionError):  # noqa: N818 - it is what became of a test, not an error in it
    """The student's code did not do what the test asks for; the message says what it did."""


class Student:
    """The student's engine and answers, seen from a test.

    Each method raises `Failed` if what comes back is not right.
    """

    def __init__(self, namespace: Namespace, seed: int | None = None) -> None:
        """Look up the student's names in what `namespace()` returns; draw inputs from `seed`."""
        self._namespace = namespace
        self._given_seed = seed
        self._hangs = 0

    # --- The engine -----------------------------------------------------------------------------------------------

    def results(self, expression: Callable[..., Symbol], *, kind: Kind = "float", **inputs: Shape) -> None:
        """Check the forward pass: the value of every node of the expression's graph.

        Args:
            expression: a formula in the named inputs.
            kind: what the leaves hold: `"float"`, `"numpy"` or `"torch"`.
            inputs: the shape of each input; `()` for a number.
        """
        steps, drawn = self._draw(expression, inputs)
        outcome = self._run(Task(steps, drawn, kind, backward=False))
        self._same(steps, outcome.results, self._reference.values(steps, drawn), "result")

    def gradients(
        self,
        expression: Callable[..., Symbol],
        *,
        kind: Kind = "torch",
        one: float | None = None,
        times: int = 1,
        **inputs: Shape,
    ) -> None:
        """Check forward and backward pass: the value and the gradient of every node of the expression's graph.

        Args:
            expression: a formula in the named inputs, whose value is a number (or a tensor, if `one` fits it).
            kind: what the leaves hold: `"float"`, `"numpy"` or `"torch"`.
            one: the gradient to start from, if not 1; for an output that is a tensor, one with random entries of about
                that size.
            times: how often to run both passes before looking; the gradients must be those of a single run.
            inputs: the shape of each input; `()` for a number.
        """
        steps, drawn = self._draw(expression, inputs)
        values = self._reference.values(steps, drawn)
        shape = tuple(values[-1].shape)
        seed = None if one is None else np.asarray(one * (self._random.uniform(0.5, 1.5, shape) if shape else 1.0))
        outcome = self._run(Task(steps, drawn, kind, one=seed, times=times))
        self._same(steps, outcome.results, values, "result")
        self._same(steps, outcome.gradients, self._reference.gradients(values, seed), "gradient")

    def derivative(
        self, expression: Callable[..., Symbol], order: int, *, kind: Kind = "torch", **inputs: Shape
    ) -> None:
        """Check the derivative of some order with respect to the first input, by graphs of gradients.

        Args:
            expression: a formula in the named inputs that treats each entry of a tensor alike.
            order: 2 for the second derivative.
            kind: what the leaves hold.
            inputs: the shape of each input.
        """
        steps, drawn = self._draw(expression, inputs)
        outcome = self._run(Task(steps, drawn, kind, order=order))
        at = next(i for i, step in enumerate(steps) if step[0] == "leaf")
        true = self._reference.derivative(steps, drawn, order)
        problem = _difference(outcome.gradients[at], true)
        if problem:
            earlier = [self._reference.derivative(steps, drawn, lower) for lower in range(order)]
            stale = next((k for k, d in enumerate(earlier) if not _difference(outcome.gradients[at], d)), None)
            extra = f" That is the derivative of order {stale}." if stale else ""
            raise Failed(f"The derivative of order {order} of {formula(steps, len(steps) - 1)} {problem}.{extra}")

    # --- Anything else --------------------------------------------------------------------------------------------

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever the student wrote
        """Return what the student's variable holds: text or a number; arrays and tensors as arrays."""
        namespace = self._namespace()
        if name not in namespace:
            raise Failed(f"There is no variable called {name}. Has the cell that defines it been run?")
        return _plain(namespace[name], name)

    def values(self, names: Sequence[str]) -> dict[str, Any]:
        """Return what the student's variables hold; None for those that are missing, `<its type>` for what is odd."""
        found: dict[str, Any] = {}
        for name in names:
            try:
                found[name] = self.value(name)
            except Failed:
                # What is not there was not attempted; what is odd is shown, so that it can be said what is wrong.
                odd = self._namespace().get(name)
                found[name] = None if odd is None else f"<{type(odd).__name__}>"
        return found

    def call(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
        """Return what the student's function `name` gives for `arguments`."""
        function = self._namespace().get(name)
        if not callable(function):
            raise Failed(f"There is no function called {name}. Has the cell that defines it been run?")

        def limited() -> object:
            with time_limit(_SECONDS, name):
                return function(*arguments)

        return _plain(self._in_words(limited), f"{name}(…)")

    @cached_property
    def seed(self) -> int:
        """Where the random inputs start. Chosen when it is first needed: a process may be forked before that."""
        if self._given_seed is not None:
            return self._given_seed
        text = os.environ.get("BACKPROP_COURSE_SEED")
        return int(text) if text else secrets.randbits(32)

    # --- Below ----------------------------------------------------------------------------------------------------

    @cached_property
    def _random(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @cached_property
    def _reference(self) -> ModuleType:
        """The true values, by torch: it takes seconds to import, and not every notebook needs it."""
        return importlib.import_module("autograder.judge.reference")

    def _draw(
        self, expression: Callable[..., Symbol], inputs: Mapping[str, Shape]
    ) -> tuple[list[Step], dict[str, Array]]:
        """Trace the expression and draw its inputs: of size 0.5 to 1.5, so that dividing by them is harmless."""
        steps = describe(expression, inputs)
        drawn = {
            name: self._random.uniform(0.5, 1.5, shape) * self._random.choice([-1.0, 1.0], shape)
            for name, shape in inputs.items()
        }
        return steps, {name: np.asarray(value) for name, value in drawn.items()}

    def _run(self, task: Task) -> Outcome:
        if self._hangs >= _MOST_HANGS:
            raise Failed(f"Not tried, since {self._hangs} tests before it did not come to an end.")
        engine = self._namespace()
        return self._in_words(lambda: run(task, engine))

    def _in_words(self, call: Callable[[], _Result]) -> _Result:
        """Run the student's code; whatever it raises becomes a `Failed` that says so in words."""
        try:
            return call()
        except TimeLimit as stopped:
            self._hangs += 1
            raise Failed(str(stopped)) from None
        except NotImplementedError:
            raise Failed("Not written yet: there is still a `raise NotImplementedError()`.") from None
        except CourseError as error:
            raise Failed(str(error)) from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - student code raises anything
            raise Failed(f"Your code raised {type(error).__name__}: {error}") from None

    def _same(self, steps: list[Step], given: Sequence[Array | None], true: Sequence[Any], what: str) -> None:
        """Compare step by step, in the order of the pass, so that the first difference is where it went wrong."""
        if _all_same(steps, given, true):
            return
        order = range(len(steps)) if what == "result" else range(len(steps) - 1, -1, -1)
        for index in order:
            if steps[index][0] == "number":
                continue  # nobody asks for the gradient of a constant
            problem = _difference(given[index], _array(true[index]))
            if problem:
                where = "the output" if index == len(steps) - 1 else _bare(formula(steps, index))
                whole = _bare(formula(steps, len(steps) - 1))
                raise Failed(f"For {whole}, the {what} of {where} {problem}.")


def _bare(text: str) -> str:
    """Return a formula without the brackets around the whole of it."""
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def _all_same(steps: list[Step], given: Sequence[Array | None], true: Sequence[Any]) -> bool:
    """Return whether nothing differs, by one comparison of all entries; that is quick where there are many steps."""
    asked = [(g, _array(t)) for step, g, t in zip(steps, given, true, strict=True) if step[0] != "number"]
    pairs = [(g, t) for g, t in asked if g is not None and g.shape == t.shape]
    if len(pairs) < len(asked):
        return False
    ours, theirs = (np.concatenate([np.ravel(pair[side]) for pair in pairs]) for side in (0, 1))
    return not _difference(ours, theirs)


def _array(value: Any) -> Array:  # noqa: ANN401 - a number, array or tensor
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def _difference(given: Array | None, true: Array) -> str:
    return difference(given, true, _RELATIVE, _ABSOLUTE)


def _plain(value: Any, what: str) -> Any:  # noqa: ANN401 - whatever the student wrote
    """Return a value as plain data; refuse objects that would bring behaviour of their own along."""
    if value is None or type(value) in (str, bool, int, float):
        return value
    if value is Ellipsis:
        return None
    if isinstance(value, (Fraction, Decimal)) or type(value).__module__.startswith("sympy."):
        return str(value)
    if type(value) in (list, tuple):
        return [_plain(entry, what) for entry in value]
    if type(value) is dict:
        return {str(key): _plain(entry, what) for key, entry in value.items()}
    try:
        array = plain(value, what)
    except CourseError as error:
        raise Failed(str(error)) from None
    return array if array is None or array.ndim else float(array)


def _main_module() -> Mapping[str, Any]:
    """Return the names of the notebook that this runs in."""
    import __main__  # noqa: PLC0415 - only in a kernel does it hold a student's names

    return vars(__main__)


student = Student(_main_module)
