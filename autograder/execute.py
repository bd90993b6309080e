"""Running a submission's cells with patience that comes to an end, and without minding warnings."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import Execute
from traitlets import Integer


class PatientExecute(Execute):  # type: ignore[misc]
    """nbgrader's `Execute`, which waits long once, and then only briefly, and takes a warning for no more than it is.

    An endless loop in a function is met again by every cell that calls it. The first such cell may take the full
    `timeout`; from then on the cells of that notebook get `timeout_after_hang` seconds. Each is given an error that
    says what happened.
    """

    timeout_after_hang = Integer(
        2, help="Seconds for each cell of a notebook in which one cell has run into the timeout"
    ).tag(config=True)

    _hung = False

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:  # noqa: ANN401 - nbclient's own
        """Execute one notebook."""
        self._hung = False
        limit = f"{self.timeout} s ({self.timeout_after_hang} s, once a cell of this notebook has run into it)"
        words = f"This cell did not come to an end within {limit} and was stopped. Is there a loop without an end?"
        self.error_on_timeout = {
            "ename": "TimeLimit",
            "evalue": words,
            "traceback": [f"\x1b[1;31mTimeLimit\x1b[0m: {words}"],
        }
        executed: tuple[Any, Any] = super().preprocess(nb, resources, km)
        return executed

    def timeout_func(self, _cell: Any) -> int | None:  # noqa: ANN401 - a notebook cell
        """Return the seconds that the next cell may take."""
        if self._hung:
            return int(self.timeout_after_hang)
        return None if self.timeout is None else int(self.timeout)

    def on_cell_executed(self, **kwargs: Any) -> None:  # noqa: ANN401 - nbclient's own
        """Remember whether the cell ran into its limit, and keep warnings from costing points.

        nbgrader gives no points to a test that wrote anything to stderr, and a warning of torch is enough for that.
        What a test finds, it says by an error or by points.
        """
        super().on_cell_executed(**kwargs)
        for output in kwargs["cell"].outputs:
            if output.output_type == "stream":
                output.name = "stdout"
        self._hung = self._hung or kwargs["execute_reply"]["content"].get("ename") == "TimeLimit"
