"""What a part of a test asks of an engine is asked together, and judged as if it were asked one after the other."""

import json

import pytest

from autograder.judge.engine import Engine, Failed, InThisProcess
from autograder.judge.hidden import Abandoned, HiddenTest, judge
from autograder.judge.score import Score
from autograder.judge.session import Session, taking_part
from autograder.judge.student import Student, student
from course_lib.limits import TimeLimit


class Asked:
    """An exchange with an engine in this process, which keeps what was asked: the number of tasks, or the deed."""

    def __init__(self, names):
        self.names, self.requests, self.seconds = names, [], []

    def __call__(self, request, callback, seconds):
        asked = json.loads(request)
        self.requests.append(len(asked["tasks"]) if asked["do"] == "run" else asked["do"])
        self.seconds.append(seconds)
        return InThisProcess(lambda: self.names)(request, callback, seconds)


@pytest.fixture
def names(engine):
    return {**engine, "a": 7, "square": lambda x: x * x}


@pytest.fixture
def asked(names):
    return Asked(names)


@pytest.fixture
def session(asked):
    made = Session(Engine(asked), given_seed=5)
    with taking_part(made):
        yield made


@pytest.fixture
def score(session):  # noqa: ARG001 - the tests' questions belong to it
    return Score()


def _wrong_for(names, *leaves):
    """Let gradients of these leaves be twice what they should be."""
    right = names["backward_algorithm"]

    def backward_algorithm(graph, one=1.0):
        right(graph, one)
        for node in graph.sorted_nodes():
            if node.name in leaves:
                node.gradient = 2 * node.gradient

    names["backward_algorithm"] = backward_algorithm


def _stopped_for(names, leaf, error):
    """Let graphs of this leaf raise an error."""
    right = names["forward_algorithm"]
    seen = []

    def forward_algorithm(graph):
        seen.append([node.name for node in graph.sorted_nodes() if node.name])
        if leaf in seen[-1]:
            raise error
        right(graph)

    names["forward_algorithm"] = forward_algorithm
    return seen


def _gradients(*leaves):
    for leaf in leaves:
        student.gradients(lambda **x: next(iter(x.values())) ** 2, kind="float", **{leaf: ()})


def _earned(score):
    return [part.earned for part in score.parts]


def test_a_part_asks_once_and_has_the_time_of_all(score, asked):
    with score.part("one"):
        student.results(lambda x: -x, kind="float", x=())
        student.gradients(lambda x: x * x, kind="float", times=2, x=())
        student.derivative(lambda x: x**3, 2, kind="float", x=())
    with score.part("two"):
        _gradients("x")
    assert asked.requests == [3, 1]
    assert asked.seconds == [5 * (2 + 4 + 4) + 3, 5 * 2 + 3]
    assert _earned(score) == [1, 1]


@pytest.mark.usefixtures("session")
def test_outside_of_a_part_each_is_asked_at_once(asked):
    _gradients("x", "y")
    assert asked.requests == [1, 1]


def test_inputs_are_those_of_checks_one_by_one(score, session):
    with score.part("one"):
        _gradients("x", "y")
        student.gradients(lambda x: -x, one=2.0, x=(2,))
    alone = Session(session.engine, given_seed=5)
    with taking_part(alone):
        _gradients("x", "y")
        student.gradients(lambda x: -x, one=2.0, x=(2,))
    drawn, expected = (str([(e.inputs, e.one) for e in each.known.evidence]) for each in (session, alone))
    assert drawn == expected


@pytest.mark.parametrize("deed", ["value", "values", "call", "named", "probe"])
def test_before_anything_else_is_asked_the_checks_are(score, asked, deed):
    with score.part("one"):
        _gradients("x")
        match deed:
            case "value":
                assert student.value("a") == 7
            case "values":
                assert student.values(["a"]) == {"a": 7}
            case "call":
                assert student.call("square", 3) == 9
            case "named":
                assert student.named("a") == 7
            case "probe":
                student.probe(lambda x: x * x, x=())
    kind = {"value": "values", "named": "values", "probe": 1}.get(deed, deed)
    assert asked.requests[:2] == [1, kind]
    assert _earned(score) == [1]


def test_of_two_that_are_wrong_the_first_is_told(score, names, session):
    _wrong_for(names, "y", "z")
    with score.part("one"):
        _gradients("x", "y", "z")
    assert _earned(score) == [0]
    assert "y**2" in score.parts[0].words
    assert [list(e.inputs) for e in session.known.evidence] == [["x"], ["y"]]


def test_what_is_wrong_is_told_before_an_error_behind_it(score, names, session):
    _wrong_for(names, "x")
    seen = _stopped_for(names, "y", ValueError("broken"))
    with score.part("one"):
        _gradients("x", "y", "z")
    assert "x**2" in score.parts[0].words
    assert seen == [["x"], ["y"]]  # what is behind the error is not run
    assert session.known.searches == 1


def test_an_error_is_told_before_what_is_wrong_behind_it(score, names):
    _stopped_for(names, "x", ValueError("broken"))
    _wrong_for(names, "y")
    with score.part("one"):
        _gradients("x", "y")
    assert score.parts[0].words == "Your code raised ValueError: broken"


@pytest.mark.parametrize(("wrong", "told"), [((), "three is not four"), (("x",), "x**2")])
def test_a_part_fails_by_its_own_assert_unless_it_had_failed_before(score, names, wrong, told):
    _wrong_for(names, *wrong)
    with score.part("one"):
        _gradients("x")
        assert 3 == 4, "three is not four"  # noqa: PLR0133 - what a test says
    assert _earned(score) == [0]
    assert told in score.parts[0].words


def test_a_mistake_of_the_test_counts_unless_the_part_had_failed_before(score, names):
    with pytest.raises(KeyError), score.part("one"):  # noqa: PT012 - the part is what is tested
        _gradients("x")
        raise KeyError("typo")
    _wrong_for(names, "x")
    with score.part("two"):
        _gradients("x")
        raise KeyError("typo")
    assert _earned(score) == [0]


def test_a_test_that_is_abandoned_asks_nothing_more(score, asked):
    with pytest.raises(Abandoned), score.part("one"):  # noqa: PT012 - the part is what is tested
        _gradients("x")
        raise Abandoned
    assert asked.requests == []
    _gradients("x")
    assert asked.requests == [1]


def test_a_part_within_a_part_does_not_take_over_its_failure(score, names):
    _wrong_for(names, "x")
    with score.part("outer"):
        _gradients("x")
        with score.part("inner"):
            _gradients("y")
    assert [(part.what, part.earned) for part in score.parts] == [("outer", 0)]
    with score.part("outer"):
        _gradients("y")
        with score.part("inner"):
            _gradients("x")
        _gradients("z")
    assert [(part.what, part.earned) for part in score.parts[1:]] == [("inner", 0), ("outer", 1)]


def test_students_with_names_of_their_own_are_asked_in_turn(score, names, asked):
    wrong = dict(names)
    _wrong_for(wrong, "x")
    seen = _stopped_for(wrong, "nothing", ValueError())
    other = Student(lambda: wrong, seed=1)
    with score.part("one"):
        _gradients("x", "y")
        other.results(lambda x: -x, kind="float", x=())
        other.results(lambda y: -y, kind="float", y=())
        _gradients("z")
    assert asked.requests == [2, 1]
    assert seen == [["x"], ["y"]]
    with score.part("two"):
        _gradients("x")
        other.gradients(lambda x: -x, kind="float", x=())
        _gradients("z")
    assert asked.requests == [2, 1, 1]
    assert _earned(score) == [1, 0]


# --- What does not come to an end -------------------------------------------------------------------------------------


def test_a_hang_counts_once_and_then_each_is_asked_alone(score, names, asked, session):
    seen = _stopped_for(names, "x", TimeLimit("forward_algorithm had not finished"))
    for _ in range(4):
        with score.part("hangs"):
            _gradients("x", "y", "z")
    assert asked.requests == [3, 1, 1]
    assert seen == [["x"]] * 3
    assert session.known.hangs == 3
    assert "Not tried, since 3 tests" in score.parts[-1].words


def test_a_hang_behind_what_is_wrong_is_waited_for_once(score, names, asked, session):
    _wrong_for(names, "x")
    seen = _stopped_for(names, "y", TimeLimit("forward_algorithm had not finished"))
    for _ in range(3):
        with score.part("wrong"):
            _gradients("x", "y")
    with score.part("right"):
        _gradients("z")
    assert asked.requests == [2, 1, 1, 1]
    assert seen == [["x"], ["y"], ["x"], ["x"], ["z"]]
    assert (session.known.hangs, session.known.hung) == (0, True)
    assert _earned(score) == [0, 0, 0, 1]


def test_where_nothing_comes_back_the_part_fails(score, session):
    def nobody(*_):
        raise Failed("Nobody is there.", hung=True)

    session.engine = Engine(nobody)
    with score.part("one"):
        _gradients("x", "y")
    assert score.parts[0].words == "Nobody is there."
    assert session.known.hangs == 1


def test_the_lines_of_a_test_that_is_wrong_itself_are_told(session):
    lines = ["from autograder import Score, student", "score = Score()", "with score.part('one'):", "    pass"]
    for what in ("results(lambda x, y: x @ y", "gradients(lambda x, y: x @ y", "derivative(lambda x, y: x @ y, 2"):
        judged = judge(HiddenTest("t", "\n".join([*lines, f"    student.{what}, x=(2, 3), y=(2, 3))"]), 1), session)
        assert "line 5 of the cell" in judged.fault
