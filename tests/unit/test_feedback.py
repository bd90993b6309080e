"""A traceback in a feedback page tells students about their own code and not about the hidden tests."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder.feedback_pages.hiding import without_tests

MARKER = "BEGIN HIDDEN TESTS"
TEST = """
def theirs(x):
    return x.nothing

{above}
### BEGIN HIDDEN TESTS
def _hidden_tests():
    secret = 42
    {inside}

_hidden_tests()
### END HIDDEN TESTS
"""


def traceback_of(**lines):
    """Return the traceback that IPython shows for a test cell with these lines in it."""
    shell = InteractiveShell.instance()
    shown = []
    shell._showtraceback = lambda _kind, _value, traceback: shown.extend(traceback)
    try:
        shell.run_cell(TEST.format(**{"above": "", "inside": "pass", **lines}))
    finally:
        del shell._showtraceback
        InteractiveShell.clear_instance()
    return shown


@pytest.mark.parametrize(
    "lines",
    [{"above": "theirs(1)"}, {"inside": "theirs(1)"}, {"inside": "assert secret == 43"}, {"inside": "1 / 0"}],
)
def test_hidden_lines_are_cut_out(lines):
    before = "\n".join(traceback_of(**lines))
    assert "_hidden_tests" in before
    after = "\n".join(without_tests(traceback_of(**lines), MARKER))
    assert "secret" not in after
    assert "_hidden_tests" not in after
    assert "Error" in after.splitlines()[-1]


def test_the_students_own_frames_stay():
    assert "x.nothing" in "\n".join(without_tests(traceback_of(above="theirs(1)"), MARKER))
