"""`student`: what a hidden test talks to. It asks the student's engine, and compares with torch.

Inputs are drawn anew for each run. Set the environment variable `BACKPROP_COURSE_SEED` to a number to draw the same
again.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from autograder.judge.checks import Check, carry_out, settle
from autograder.judge.comparing import all_same, require_same
from autograder.judge.description import Symbol, describe, short_formula
from autograder.judge.engine import Engine, Failed, InThisProcess, Odd, finite
from autograder.judge.session import Session, current
from course_lib.described import Array, Kind, Outcome, Step, Task
from course_lib.values import Shape

__all__ = ["Failed", "Student", "student"]

_SECONDS = 5.0
_SHOWN_LETTERS = 200

_Given = TypeVar("_Given")


class Student:
    """The student's engine and answers, seen from a test.

    Each method raises `Failed` if what comes back is not right. Within a part of a score, `results`, `gradients` and
    `derivative` are asked together, so they raise it when the part ends or something else is asked.
    """

    def __init__(self, namespace: Callable[[], Mapping[str, Any]] | None = None, seed: int | None = None) -> None:
        """Ask the judge's session, or that of the notebook that this runs in; or else names in this process.

        Args:
            namespace: returns the names to look up.
            seed: where random inputs start, if there is a namespace.
        """
        self._own = Session(Engine(InThisProcess(namespace)), seed) if namespace is not None else None

    # --- The engine -----------------------------------------------------------------------------------------------

    def results(self, expression: Callable[..., Symbol], *, kind: Kind = "float", **inputs: Shape) -> None:
        """Check the forward pass: the value of every node of the expression's graph.

        Args:
            expression: a formula in the named inputs.
            kind: what the leaves hold: `"float"`, `"numpy"` or `"torch"`.
            inputs: the shape of each input; `()` for a number.
        """
        steps, drawn = self._draw(expression, inputs)
        true = self._reference.arrays(self._reference.values(steps, drawn))

        def compare(outcome: Outcome) -> None:
            require_same(steps, outcome.results, true, "result")

        self._check(Task(steps, drawn, kind, backward=False, device=self._session.device), compare)

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
        seed = (
            None if one is None else np.asarray(one * (self._session.random.uniform(0.5, 1.5, shape) if shape else 1.0))
        )

        def compare(outcome: Outcome) -> None:
            true = self._reference.arrays(values)
            require_same(steps, outcome.results, true, "result")
            require_same(steps, outcome.gradients, self._reference.gradients(values, seed), "gradient", true)

        self._check(Task(steps, drawn, kind, one=seed, times=times, device=self._session.device), compare)

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
        task = Task(steps, drawn, kind, order=order, device=self._session.device)
        true = self._reference.derivative(steps, drawn, order)

        def compare(outcome: Outcome) -> None:
            from autograder.judge.first_wrong import in_derivative  # noqa: PLC0415 - it needs torch, too

            if words := in_derivative(task, outcome.gradients, true):
                raise Failed(words)

        self._check(task, compare)

    def probe(self, expression: Callable[..., Symbol], **inputs: Shape) -> None:
        """Have a person look if gradients are not the student's own work. No points hang on it.

        It runs both passes with exact fractions, which torch's autograd cannot differentiate and no finite difference
        hits, and looks at the record of what the student's functions called. It can be deceived, as all that happens
        on the student's side; what a person sees is the evidence.

        Args:
            expression: a formula of sums, products and quotients in the named inputs.
            inputs: the shape of each input, `()`.
        """
        steps, drawn = self._draw(expression, inputs)
        try:
            outcome = self._run(Task(steps, drawn, "float"))
        except Failed:
            return  # what is wrong anyway is no suspicion
        true = self._reference.values(steps, drawn)
        if not all_same(steps, outcome.gradients, self._reference.gradients(true)):
            return
        flag, whole = self._session.found.flags.append, short_formula(steps, len(steps) - 1)
        if "b" not in outcome.trace.kinds:
            flag(f"The gradients of {whole} are right, though backward() of none of its nodes was called.")
        try:
            exact = self._run(Task(steps, drawn, "fraction", one=np.array(1.0))).gradients
        except Failed as failure:
            flag(f"The gradients of {whole} are right for floats, but for fractions: {failure}")
            return
        fractions = self._exact.gradients(steps, drawn)
        if any(e != g for e, g, step in zip(exact, fractions, steps, strict=True) if step[0] != "number"):
            flag(f"The gradients of {whole} are right for floats, and not exact for fractions.")

    # --- Anything else --------------------------------------------------------------------------------------------

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever the student wrote
        """Return what the student's variable holds: text or a number; arrays and tensors as arrays."""
        found = self._look_up([name])
        if name not in found:
            raise Failed(f"There is no variable called {name}. Has the cell that defines it been run?")
        if isinstance(found[name], Odd):
            raise Failed(found[name].words)
        if not finite(found[name]):
            raise Failed(f"{name} is not finite.")
        return self._handed_over(name, _text(found[name]))

    def values(self, names: Sequence[str]) -> dict[str, Any]:
        """Return what the student's variables hold; None for those that are missing, `<its type>` for what is odd."""
        found = self._look_up(names)
        # What is not there was not attempted; what is odd is shown, so that it can be said what is wrong.
        given = {name: found.get(name) for name in names}
        return {name: f"<{v.kind}>" if isinstance(v, Odd) else _text(v) for name, v in given.items()}

    def call(self, name: str, *arguments: Any, seconds: float = _SECONDS, **options: Any) -> Any:  # noqa: ANN401
        """Return what the student's function `name` gives.

        Args:
            name: of the function.
            arguments: numbers, text, arrays, tensors (which arrive on the CPU, wherever the student's torch computes),
                lists of these; and functions, which stay on this side and are
                called from there.
            seconds: how long it may take.
            options: arguments by name.
        """
        return self._handed_over(
            f"{name}(…)", self._asking(lambda engine: engine.call(name, arguments, options, seconds))
        )

    def named(self, name: str) -> Any:  # noqa: ANN401
        """Return what the student calls so: a value, or a stand-in for a function, which calls it where it is."""
        try:
            return self.value(name)
        except Failed:
            odd = self._look_up([name]).get(name)
            if isinstance(odd, Odd) and odd.callable:
                return partial(self.call, name)
            raise

    @property
    def seed(self) -> int:
        """Where the random inputs start."""
        return self._session.seed

    # --- Below ----------------------------------------------------------------------------------------------------

    @property
    def _session(self) -> Session:
        return current() if self._own is None else self._own

    @property
    def _reference(self) -> ModuleType:
        """The true values, by torch: it takes seconds to import, and not every notebook needs it."""
        return importlib.import_module("autograder.judge.reference")

    @property
    def _exact(self) -> ModuleType:
        return importlib.import_module("autograder.judge.exact_reference")

    def _draw(
        self, expression: Callable[..., Symbol], inputs: Mapping[str, Shape]
    ) -> tuple[list[Step], dict[str, Array]]:
        """Trace the expression and draw its inputs: of size 0.5 to 1.5, so that dividing by them is harmless."""
        steps = describe(expression, inputs)
        random = self._session.random
        drawn = {
            name: random.uniform(0.5, 1.5, shape) * random.choice([-1.0, 1.0], shape) for name, shape in inputs.items()
        }
        return steps, {name: np.asarray(value) for name, value in drawn.items()}

    def _check(self, task: Task, compare: Callable[[Outcome], None]) -> None:
        carry_out(Check(self._session, task, compare))

    def _run(self, task: Task) -> Outcome:
        return self._asking(lambda engine: engine.run(task))

    def _asking(self, ask: Callable[[Engine], _Given]) -> _Given:
        settle()
        return self._session.asking(ask)

    def _look_up(self, names: Sequence[str]) -> dict[str, Any]:
        settle()
        return self._session.engine.values(names)

    def _handed_over(self, what: str, value: Any) -> Any:  # noqa: ANN401
        self._session.found.seen.append(f"{what} = {value!r:.{_SHOWN_LETTERS}}")
        return value


def _text(value: Any) -> Any:  # noqa: ANN401
    """Return fractions as text, as an answer on paper is read."""
    return str(value) if isinstance(value, Fraction) else value


student = Student()
