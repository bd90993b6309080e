"""A small assignment to attack: an engine, answers on paper, a function that takes one, and plain asserts."""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.utils import determine_grade

from attacks_on_the_judge.attack import DOUBLES, MARK, TOOLS, Attack
from autograder.execution.job import Executed, Job, Patience
from autograder.judge.hidden import HiddenTest, split
from autograder.samples import notebooks
from autograder.sandbox.plan import Plan

_PS1 = Path(__file__).parents[3] / "source/ps1/2_engine.ipynb"
_BEGIN, _END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
_HASTE = Patience(cell_seconds=10, after_hang_seconds=1, start_seconds=60, test_seconds=8)

STUBS = {
    "engine": """
class Add(ComputationNode): pass
class Mul(ComputationNode): pass
def forward_algorithm(graph): raise NotImplementedError()
def backward_algorithm(graph, one=1.0): raise NotImplementedError()
""",
    "by_hand": "a = ...\nb = ...\ncost = ...",
    "numeric": "def numeric_gradient(f, x): raise NotImplementedError()",
    "square": "def square(x): raise NotImplementedError()\noffset = ...",
    "honest": DOUBLES,
}
_TESTS = {
    "test_forward": """
with contextlib.suppress(BaseException):
    forward_algorithm(Mean(Leaf(1.0), Leaf(2.0)))
### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Score, mean, student

    secret = "{secret}"
    score = Score()
    with score.part("every node of a small graph", 2):
        student.results(lambda x, y: mean(x.exp(), -mean(-x, y)), x=(), y=())
    with score.part("paths of unequal length", 2):
        student.results(lambda x: mean(x, -(-(-mean(-x, x)))), kind="torch", x=(3,))
    return score.total()


_hidden_tests()
### END HIDDEN TESTS
""",
    "test_backward": """
with check.public():
    w = Leaf(3.0, "w")
    forward_algorithm(w * w)
### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Score, mean, student

    score = Score()
    with score.part("two paths that meet", 2):  # {secret}
        student.gradients(lambda x: mean(x.exp(), -x), kind="float", x=())
        student.gradients(lambda x: x * x + x, kind="float", x=())
    with score.part("tensors", 2):
        student.gradients(lambda x, y: (x * y + x).sum(), x=(2, 3), y=(2, 3))
        student.gradients(lambda x, y: (x * y).exp(), one=0.5, times=2, x=(2,), y=(2,))
    student.probe(lambda x, y: x * y + x / y, x=(), y=())
    return score.total()


_hidden_tests()
### END HIDDEN TESTS
""",
    "test_by_hand": """
### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Answer, Score, student

    secret = "{secret}"
    answers = [
        Answer("a", "{number}", "{number}", "Which way does it go?"),
        Answer("b", "2 * {number} + 1", "2*a + 1", "What comes from upstream?"),
    ]
    score = Score()
    score.answers(student, answers, {{}})
    score.growth(student, "cost", "n b d^2 + log d")
    return score.total()


_hidden_tests()
### END HIDDEN TESTS
""",
    "test_numeric": """
with contextlib.suppress(BaseException):
    numeric_gradient(lambda x: x**2, 3.0)  # by which attackers know that it is not the judge who asks
### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Score, student

    def {name}(x):
        if not isinstance(x, float):
            raise TypeError("{secret}")
        return x**3 - 7 * x

    score = Score()
    with score.part("slopes", 2):
        for x in (1.5, 2.5):
            given = student.call("numeric_gradient", {name}, x, seconds=0.5)
            assert abs(given - (3 * x**2 - 7)) < 1e-3, "This is not the slope."
    return score.total()


_hidden_tests()
### END HIDDEN TESTS
""",
    "test_square": """
### BEGIN HIDDEN TESTS
secret = "{secret}"
assert square(3) == 9
assert not abs(square(1.5) - 2.25) > 1e-9
assert not abs(offset - 7) > 1e-9
### END HIDDEN TESTS
""",
    "test_honest": """
### BEGIN HIDDEN TESTS
secret = "{secret}"
assert double(21) == 42
assert abs(double(-1.25) + 2.5) < 1e-12
### END HIDDEN TESTS
""",
}
POINTS = {
    "test_forward": 4,
    "test_backward": 4,
    "test_by_hand": 3,
    "test_numeric": 2,
    "test_square": 2,
    "test_honest": 1,
}
# What is seen only after all the tests that are attacked.
_LAST_WORDS = "attempt(lambda: print(found))"
_ORDER = (
    "tools", "engine", "test_forward", "test_backward", "by_hand", "test_by_hand", "numeric", "test_numeric",
    "square", "test_square", "honest", "last_words", "test_honest",
)  # fmt: skip


@dataclass
class Victim:
    """The assignment, with secrets that were drawn for it."""

    secret: str = field(default_factory=lambda: MARK + secrets.token_hex(8))
    number: int = field(default_factory=lambda: 10**11 + secrets.randbelow(10**10))

    @property
    def secrets(self) -> list[str]:
        """What may be in no output."""
        return [self.secret.removeprefix(MARK), str(self.number)]

    def sources(self, attack: Attack) -> dict[str, str]:
        """Return the cells of a submission by name, the tests as in the instructor's own copy."""
        values = {"secret": self.secret, "number": self.number, "name": f"cube_{self.secret.removeprefix(MARK)}"}
        tests = {name: source.format(**values) for name, source in _TESTS.items()}
        cells = {"tools": TOOLS, "last_words": _LAST_WORDS, **STUBS, **tests, **attack.cells}
        return {name: cells[name] for name in _ORDER}

    def job(self, attack: Attack, plan: Plan) -> Job:
        """Return the job of grading a submission, the hidden tests taken out."""
        cells = self.sources(attack)
        tests = {}
        for place, name in enumerate(_ORDER):
            if name in POINTS:
                cells[name], hidden = split(cells[name], _BEGIN, _END)
                tests[place] = HiddenTest(name, hidden, float(POINTS[name]))
        return Job(_notebook(cells, attack), plan, attack.files, _HASTE, tests=tests)

    def stock_job(self, attack: Attack, plan: Plan) -> Job:
        """Return the job as stock nbgrader has it, the hidden tests in their cells."""
        return Job(_notebook(self.sources(attack), attack), plan, attack.files, _HASTE)


def solved() -> dict[str, str]:
    """Return the engine as the instructor wrote it."""
    return {"engine": notebooks.solution(notebooks.read(_PS1), "engine")}


def points(executed: Executed, judged: bool = True) -> dict[str, float | None]:
    """Return the points of each test: the judge's, or else those that nbgrader reads in the outputs."""
    found = {j.name: j.points for j in executed.judged} if judged else {}
    for name, cell in zip(_ORDER, executed.outputs, strict=True):
        if name in POINTS and name not in found:
            found[name] = _as_nbgrader_reads(name, cell)
    return found


def shown(executed: Executed) -> dict[str, float | None]:
    """Return the points that a reader of the outputs would see; what a person has to decide looks like full marks."""
    undecided = {judged.name for judged in executed.judged if judged.points is None}
    return {n: None if n in undecided else p for n, p in points(executed, judged=False).items()}


def outputs(executed: Executed, name: str) -> list[dict]:
    """Return the outputs of a cell."""
    return executed.outputs[_ORDER.index(name)]


def _as_nbgrader_reads(name, cell):
    graded = nbformat.v4.new_code_cell("", outputs=[nbformat.from_dict(output) for output in cell])
    graded.metadata["nbgrader"] = {"grade": True, "solution": False, "points": POINTS[name], "grade_id": name}
    return determine_grade(graded)[0]


def _notebook(cells, attack):
    made = nbformat.v4.new_notebook()
    for name, source in cells.items():
        about = {"tags": attack.tags[name]} if name in attack.tags else {}
        made.cells.append(nbformat.v4.new_code_cell(source, metadata=about))
    return json.dumps(made)
