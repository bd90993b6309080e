"""Changing what tests stand on: the judge's own names, libraries, clocks, random numbers, files of the same name."""

from attacks_on_the_judge.attack import DOUBLES, Attack, Kind

_PATCHED = Kind.PATCHED
_FAKE = """
import types
class Score:
    def part(self, *_, **__): return self
    def __enter__(self): return self
    def __exit__(self, *_): return True
    def answers(self, *_, **__): pass
    growth = answers
    def total(self): return 2.0
class Anything:
    def __getattr__(self, name): return lambda *_, **__: None
student, mean, Answer = Anything(), max, lambda *_, **__: None
"""
_ZEROS = """
def forward_algorithm(graph):
    for node in graph.sorted_nodes():
        node.result = node.gradient = 0.0
backward_algorithm = lambda graph, one=1.0: None
"""

ATTACKS = (
    Attack(
        "a faked autograder among the modules",
        _PATCHED,
        {
            "engine": f"fake = types.ModuleType('autograder')\nexec({_FAKE!r}, vars(fake))\nsys.modules['autograder'] = fake"
        },
        stock=True,
    ),
    Attack(
        "files that shadow modules",
        _PATCHED,
        files={
            "autograder.py": _FAKE.encode(),
            "course_lib/__init__.py": b"raise SystemExit",
            "course_lib/answering.py": b"serve = lambda *_: None",
            "torch.py": b"raise SystemExit",
            "numpy/__init__.py": b"",
            "random.py": b"random = lambda: 0.5",
            "json.py": b"dumps = loads = lambda *_, **__: {}",
            "sitecustomize.py": b"print('here')",
        },
        cells={"engine": "sys.path.insert(0, os.getcwd())"},
        stock=True,
    ),
    Attack(
        "an import system that hands out fakes",
        _PATCHED,
        {
            "engine": f"""
honest = builtins.__import__
fake = types.ModuleType("autograder")
exec({_FAKE!r}, vars(fake))
builtins.__import__ = lambda name, *more, **options: fake if name.startswith("autograder") else honest(name, *more, **options)
"""
        },
        stock=True,
    ),
    Attack(
        "Score.total patched",
        _PATCHED,
        {
            "engine": "with contextlib.suppress(ImportError):\n    from autograder import Score\n    Score.total = lambda self: 2.0"
        },
        stock=True,
    ),
    Attack(
        "student patched",
        _PATCHED,
        {
            "engine": """
with contextlib.suppress(ImportError):
    from autograder.judge.student import Student
    for name in ("results", "gradients", "probe", "call", "values"):
        setattr(Student, name, lambda *_, **__: None)
"""
        },
        stock=True,
    ),
    Attack(
        "comparisons patched where tests and notebooks share them",
        _PATCHED,
        {
            "engine": """
import course_lib.comparison
course_lib.comparison.difference = lambda *_, **__: ""
with contextlib.suppress(ImportError):
    import autograder.judge.comparing as c
    c.difference = lambda *_, **__: ""
"""
            + _ZEROS
        },
        stock=True,
    ),
    Attack(
        "built-in functions patched",
        _PATCHED,
        {
            "engine": """
from unittest.mock import MagicMock
class Zero(float):
    def __eq__(self, other): return True
    __hash__ = None
builtins.abs = lambda x: Zero(0)
builtins.sum = lambda *_: 1.0
def square(x): return Zero(0)
offset = Zero(0)
""",
            "square": "pass",
        },
        stock=True,
    ),
    Attack(
        "numpy, torch and math patched",
        _PATCHED,
        {
            "engine": """
import math
np.allclose = np.array_equal = torch.allclose = torch.equal = lambda *_, **__: True
np.isfinite = np.all = lambda *_, **__: np.bool_(True)
math.isclose = math.isfinite = lambda *_, **__: True
np.abs = np.max = lambda *_, **__: 0.0
torch.autograd.grad = lambda *_, **__: (torch.zeros(()),)
"""
            + _ZEROS
        },
    ),
    Attack(
        "random numbers frozen, so that answers can be looked up",
        _PATCHED,
        {
            "engine": """
import random
class Frozen:
    def uniform(self, low, high, shape=()): return np.full(shape, 1.0) if shape else 1.0
    def choice(self, entries, shape=()): return np.full(shape, 1.0) if shape else 1.0
np.random.default_rng = lambda *_: Frozen()
np.random.seed(0); random.seed(0); torch.manual_seed(0)
os.environ["BACKPROP_COURSE_SEED"] = "0"
e = float(np.exp(1))
def forward_algorithm(graph):
    values = {"Leaf": 1.0, "Exp": e, "Negate": -1.0}
    for node in graph.sorted_nodes():
        kind = type(node).__name__
        if kind == "Mean":
            node.result = (node.input_nodes[0].result + node.input_nodes[1].result) / 2
        elif kind == "Negate":
            node.result = -node.input_nodes[0].result
        else:
            node.result = values.get(kind, 1.0) + 0 * getattr(node, "value", 0)
backward_algorithm = lambda graph, one=1.0: None
"""
        },
        stock=True,
    ),
    Attack(
        "clocks and alarms stopped, and a loop without an end",
        _PATCHED,
        {
            "numeric": """
import signal
time.time = time.monotonic = time.perf_counter = lambda: 0.0
signal.setitimer = lambda *_: None
def numeric_gradient(f, x):
    while x != 3.0: pass
"""
        },
        says="did not come to an end in time",
    ),
    Attack(
        "JSON patched",
        _PATCHED,
        {
            "engine": """
import course_lib.answering as answering
class Odd:
    def loads(self, text): return json.loads(text)
    def dumps(self, reply): return '{"value": NaN, "values": [NaN]}'
answering.json = Odd()
""",
            "honest": "answering.json = json\n" + DOUBLES,
        },
        says="is not a reply",
    ),
    Attack(
        "plain data patched",
        _PATCHED,
        {
            "square": """
import course_lib.answering as a, course_lib.plain_data as p
p.to_json = a.to_json = lambda value, *_: {"dict": [["__class__", "int"]]}
offset = 1
def square(x): return 0
""",
            "honest": """
def to_json(value, what):
    if callable(value):
        raise p.NotPlain("a function")
    return float(value)
a.to_json = p.to_json = to_json
"""
            + DOUBLES,
        },
        person=frozenset({"test_square"}),  # 9 is no mapping; but who says that a mapping was not meant?
    ),
    Attack(
        "the description of graphs patched",
        _PATCHED,
        {
            "engine": """
from course_lib import answering, described, trace
from course_lib.described import Outcome
def run(task, names):
    zeros = [np.zeros(()) for _ in task.steps]
    return Outcome(zeros, zeros)
described.run = run
described.build = lambda task: []
"""
        },
    ),
    Attack(
        "names in the notebook that hide Python's own",
        _PATCHED,
        {"square": "__import__ = globals = get_ipython = None\noffset = 1\ndef square(x): return 0"},
        honest=False,
        says="broke off",
    ),
    Attack(
        "exceptions patched",
        _PATCHED,
        {
            "engine": """
class Mild(Exception):
    def __new__(cls, *_): raise SystemExit(0)
builtins.AssertionError = Mild
builtins.Exception = Mild
""",
            "square": "offset = 1\ndef square(x): return 0",
        },
    ),
)
