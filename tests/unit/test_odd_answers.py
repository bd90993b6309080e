"""Whatever a student's functions return, nodes compute or names hold is an answer, and not a fault of the test."""

import ast

import pytest

from autograder.samples import manifest
from course_files import books

COMMON = [
    "None", "'text'", "[1, [2]]", "[[1.0] * 6]", "{}", "float('nan')", "np.full(6, np.nan)", "np.float64(3)",
    "np.ones((2, 3))", "1j", "[None] * 6", "['0']", "np.array([], dtype=object)", "print", "1 / 0", "[True, 10**30]",
]  # fmt: skip
# What is odd for what a notebook asks.
OWN = {
    "ps2/1_numerical": [
        "1j * np.ones(6)", "f(None)", "f('text')", "f([1, [2]])", "f(np.ones(3))", "f(2.0)", "f(np.full(6, np.nan))",
        "f(f)", "f()",
    ],
    "ps2/2_analytic": ["[]", "np.full(3, np.nan)", "[None] * 3", "['0'] * 3", "[True, 10**30, 2]", "Leaf(2.0)"],
    "ps2/3_network": [
        "[True, 10**400]", "(10**400, [], [])", "[10**400] * 2", "[[None, 'a'], {}]", "(None, None)", "([], [])",
        "(1.0, 2.0)", "([[]], [[[]]])", "(0.5, None, {'a': 1})", "(1.0, [np.ones((2, 2, 2))] * 4)",
        "(np.ones((3, 3)), np.ones(3), [])",
    ],
    "ps2/4_training": [
        "[True, 10**400]", "(10**400, [], [])", "[10**400] * 2", "[[None, 'a'], {}]", "(None, None)", "([], [])",
        "(1.0, 2.0)", "([[]], [[[]]])", "(0.5, None, {'a': 1})", "(1.0, [np.ones((2, 2, 2))] * 4)",
        "(np.ones((3, 3)), np.ones(3), [])",
    ],
    "ps3/1_order": ["['y1']", "True", "1.0", "([], [])", "{'x'}", "[float('inf')] * 2"],
    "ps3/2_black_and_grey": ["['y1']", "True", "1.0", "([], [])", "{'x'}", "[float('inf')] * 2"],
    "ps3/3_architectures": [
        "1j * np.ones(6)", "[1, 2, None, 4]", "([None], [None], 1)", "([], [], 1)", "([np.ones(3)], [np.ones(3)], 1)",
        "(1, 2, 3, 'a')", "Leaf(1.0)", "Leaf(np.ones((4, 5)))",
    ],
    "ps3/4_jacobians": [
        "1j * np.ones(6)", "(5, (1, (2,)))", "(-1.5, [[]])", "(0, True)", "[1, 2, None]", "[2, 'a', 1]",
        "[5, 10**400, 1]", "[3, 0, 1]",
    ],
    "ps4/1_subsets": [],
    "ps4/2_checkpointing": [],
    "ps4/3_hardware": ["[None] * 2", "(1, 2)", "(np.ones(3), 2)", "-(10**30)"],
}  # fmt: skip
CASES = [(path, value) for path, own in OWN.items() for value in [*COMMON, *own]]
WITH_NODES = {"ps2/2_analytic", "ps3/2_black_and_grey"}


def spoilt(solution, value, *, forward):
    """Return a solution that gives this value wherever it gives one.

    Args:
        solution: the source of a solution cell.
        value: an expression, as text.
        forward: whether a node's result is spoilt, too, and not only what it sends.
    """
    tree = ast.parse(solution)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            if node.name == "forward" and not forward:
                continue
            node.body = ast.parse(f"self.result = {value}" if node.name == "forward" else f"return {value}").body
    for node in tree.body:
        if isinstance(node, ast.Assign):
            node.value = ast.parse(value, mode="eval").body
    return ast.unparse(ast.fix_missing_locations(tree))


@pytest.mark.parametrize(
    ("path", "value", "forward"),
    [(path, value, forward) for path, value in CASES for forward in ((True, False) if path in WITH_NODES else (True,))],
)
def test_an_odd_answer_is_an_answer(path, value, forward):
    name, notebook = path.split("/")
    found = books(manifest.of(name))
    exercises = [exercise for exercise in manifest.of(name).exercises if exercise.notebook == notebook]
    cells = [cell for exercise in exercises for cell in exercise.cells]
    answers = {cell: spoilt(found.solution(cell), value, forward=forward) for cell in cells}
    attempts = found.attempts(notebook, answers, seed=0)
    assert {test: attempt.judged.fault for test, attempt in attempts.items()} == {e.test: "" for e in exercises}
    assert [test for test, attempt in attempts.items() if attempt.judged.points == attempt.judged.most] == []
