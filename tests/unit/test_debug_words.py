"""What the gradient debugger says and shows: in words, as a picture, and never the line of code."""

import re

import pytest
from debugger_cases import CASES, cosh, find, run

from course_lib import ComputationNode, Leaf, graph
from course_lib.debugger import debug
from course_lib.errors import GraphError


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


CODE = re.compile(
    r"self\.|\.T\b|\+=|\[::-1\]|\w+\.\w+\(|\w+\.gradient\b|accumulate_gradient|sum_to|\breturn\b|for \w+ in "
)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.mistake}, {case.build.__name__}")
def test_no_finding_gives_the_line_of_code(case, again, solutions, monkeypatch):
    monkeypatch.setattr("course_lib.debugger.rerun._SECONDS", 0.3)
    try:
        words = repr(find(case, solutions["engine"], again=again))
    except GraphError as error:
        words = str(error)
    assert not CODE.search(words), words
    lines = {line.strip() for line in solutions["engine"].splitlines()}
    assert not [line for line in lines if len(line) > 5 and line in words]


def test_what_looks_like_code_is_recognised(solutions):
    lines = [line for line in solutions["engine"].splitlines() if "gradient" in line or "result" in line]
    assert lines
    assert all(CODE.search(line) for line in lines if "def " not in line)


def test_two_nodes_are_told_apart_by_how_they_are_made(engine):
    class Twice(ComputationNode):
        def forward(self):
            self.result = 2 * self.input(0)

        def backward(self):
            return [self.gradient]

    x = Leaf(3.0, "x")
    finding = debug(run(engine, Twice((-x * 1.0).exp())))
    assert finding.words.startswith("Twice(Exp) sent 1 to its first input, Exp(Mul); it should send 2.")
    finding = debug(run(engine, Twice(Twice(Twice(x)))))
    assert finding.words.startswith("Twice(Twice(Twice)) sent 1 to its first input, Twice(Twice(x));")


def test_of_many_contributions_a_few_are_named(engine):
    x = Leaf(1.0, "x")
    total = x
    for _ in range(60):
        total = total + x * 2.0
    z = run(engine, total)
    x.gradient = 5.0
    assert len(repr(debug(z))) < 400
    assert debug(z).equation == "∂z/∂x = 2 + 1 + 2 + 2 + 2 + … + 2 = 121"


def test_bad_input_is_refused_in_words(engine):
    with pytest.raises(TypeError, match="give it the node at its end"):
        debug(3.0)
    with pytest.raises(GraphError, match="run the forward pass on z"):
        debug(cosh())
    z = cosh()
    engine["forward_algorithm"](z)
    with pytest.raises(GraphError, match="run the backward pass on z"):
        debug(z)


def test_jupyter_shows_the_words_and_marks_the_node(engine):
    z = run(engine, cosh())
    z.get("x").gradient = 1.0
    bundle = debug(z)._repr_mimebundle_()
    assert bundle["text/plain"].startswith("✗ x received 1 and −0.25 but holds 1")
    assert "two paths arrive here" in bundle["text/html"]
    assert "data:image/svg+xml" in bundle["text/html"]
    assert set(debug(run(engine, z))._repr_mimebundle_()) == {"text/plain"}
