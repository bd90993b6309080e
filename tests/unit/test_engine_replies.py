"""Whatever the other side replies, a test has either a value of an exact type, or a failure."""

import base64
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.judge import wrong_walks
from autograder.judge.engine import Engine, Failed, Odd
from autograder.judge.hidden import HiddenTest, judge
from autograder.judge.score import Answer, Score
from autograder.judge.session import Session, taking_part
from autograder.judge.student import Student
from course_lib import answering
from course_lib.described import Outcome, Task
from course_lib.plain_data import pack

_NAN = json.dumps({"array": pack([np.array(np.nan)])})
_STEPS = [("leaf", "x"), ("exp", 0), ("mean", 0, 1)]
_TASK = Task(_STEPS, {"x": np.array(2.0)}, "float")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
_ARRAY = st.lists(st.floats(), max_size=3).map(lambda entries: pack([np.array(entries)]))
_THREE = st.lists(st.none() | st.floats(width=64), min_size=3, max_size=3).map(
    lambda entries: pack([None if entry is None else np.array(entry) for entry in entries])
)
_ODD_ARRAYS = st.fixed_dictionaries(
    {
        "shapes": st.lists(st.lists(st.integers(-1, 10**40), max_size=3), max_size=4),
        "doubles": st.just(base64.b64encode(bytes(24)).decode()) | st.text(max_size=9),
    }
)
_VALUE = (
    _JSON
    | st.fixed_dictionaries({"array": _ARRAY | _ODD_ARRAYS | _JSON})
    | st.fixed_dictionaries({"list": st.lists(_JSON, max_size=3)})
    | st.fixed_dictionaries({"fraction": st.lists(st.integers().map(str) | _JSON, min_size=2, max_size=2)})
)
_ENTRY = _JSON | st.fixed_dictionaries({"value": _VALUE}) | st.fixed_dictionaries({"odd": _JSON, "callable": _JSON})
# Replies in which each field is right, or nearly, or anything.
_REPLY = st.fixed_dictionaries(
    {},
    optional={
        "results": _THREE | _ODD_ARRAYS | _VALUE,
        "gradients": _THREE | _ODD_ARRAYS | _VALUE,
        "kinds": st.text("fba", max_size=9) | _JSON,
        "nodes": st.lists(st.integers(), max_size=9) | _JSON,
        "calls": st.integers() | _JSON,
        "sent": st.lists(st.tuples(st.integers() | _JSON, _THREE | _ODD_ARRAYS | _JSON).map(list), max_size=4) | _JSON,
        "value": _VALUE,
        "values": st.lists(_ENTRY, max_size=4) | _JSON,
    },
)
_FAILURE = st.fixed_dictionaries({"failed": _JSON, "raised": st.lists(_JSON, max_size=3) | _JSON, "hung": _JSON})
_LISTED = st.fixed_dictionaries({"replies": st.lists(_JSON | _REPLY | _FAILURE, max_size=3) | _JSON})
_TEXT = st.text(max_size=40) | (_JSON | _REPLY | _FAILURE | _LISTED).map(json.dumps)
# Of the right form, so that what is done with the contents is tried, too.
_WELL_FORMED = (
    st.integers(0, 12)
    .flatmap(
        lambda calls: st.fixed_dictionaries(
            {
                "results": _THREE,
                "gradients": _THREE,
                "kinds": st.text("fba", min_size=calls, max_size=calls),
                "nodes": st.lists(st.integers(0, 10**12) | st.integers(0, 3), min_size=calls, max_size=calls),
                "calls": st.integers(),
                "sent": st.lists(st.tuples(st.integers(-9, 10**9), _THREE).map(list), max_size=4),
            }
        )
    )
    .flatmap(lambda reply: st.integers(1, 3).map(lambda tasks: json.dumps({"replies": [reply] * tasks})))
)
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _engine(*texts):
    """Return an engine whose other side says this, whatever it is asked."""
    replies = iter(texts)
    return Engine(lambda _request, _callback, _seconds: next(replies, texts[-1]))


def _or_fails(ask):
    try:
        return ask()
    except Failed as failure:
        found = failure
    assert len(str(found)) < 2000
    str(found).encode()
    assert found.raised is None or all(type(part) is str for part in found.raised)
    return found


@given(_TEXT | _WELL_FORMED)
@example('{"replies": [{"results": {"shapes": [[0, 1e30]], "doubles": ""}}]}')
@example('{"values": [{"value": {"array": {"shapes": [[0, 1' + "0" * 30 + ']], "doubles": ""}}}, {}, {}]}')
@example('{"failed": "\\ud800"}')
@example('{"failed": ' + "[" * 900 + "]" * 900 + "}")
@example('{"replies": [{"failed": ' + "[" * 900 + "]" * 900 + "}]}")
@example("[" * 100_000)
@example('{"value": 1e999}')
@example('{"value": {"fraction": ["1", "-1"]}}')
@_PATIENT
def test_an_engine_gives_plain_data_or_fails(text):
    outcome = _or_fails(lambda: _engine(text).run(_TASK))
    assert isinstance(outcome, Outcome | Failed)
    if isinstance(outcome, Outcome):
        assert all(v is None or v.dtype == np.float64 for v in [*outcome.results, *outcome.gradients])
        assert len(outcome.results) == len(outcome.gradients) == 3
    values = _or_fails(lambda: _engine(text).values(["a", "b", "c"]))
    assert isinstance(values, Failed) or set(values) <= {"a", "b", "c"}
    if isinstance(values, dict):
        for value in values.values():
            assert type(value) in (type(None), bool, int, float, str, Fraction, np.ndarray, list, dict, Odd)
    called = _or_fails(lambda: _engine(text).call("f", [1.0], {}, 1.0))
    assert type(called) in (type(None), bool, int, float, str, Fraction, np.ndarray, list, dict, Failed)


@given(_TEXT | _WELL_FORMED)
@_PATIENT
def test_fractions_are_fractions_or_it_fails(text):
    task = Task(_STEPS, {"x": np.array(2.0)}, "fraction")
    outcome = _or_fails(lambda: _engine(text).run(task))
    if isinstance(outcome, Outcome):
        assert all(v is None or type(v) is Fraction for v in [*outcome.results, *outcome.gradients])


# --- Several tasks in one request -------------------------------------------------------------------------------------


def _right_reply(task):
    """Return what honest work replies to a task, as JSON."""
    walk = wrong_walks.Walk()
    engine = {
        "forward_algorithm": wrong_walks.forward,
        "backward_algorithm": lambda graph, one=1.0: walk(graph, one),
    }
    request = json.dumps({"do": "run", "tasks": [answering.encode_task(task)]})
    return json.loads(answering.answer(request, engine, lambda _: ""))["replies"][0]


_RIGHT = _right_reply(_TASK)
_BROKEN = {"failed": "It broke.", "raised": ["ValueError", "broke"], "hung": False}


@pytest.mark.parametrize(
    ("replies", "outcomes", "failure"),
    [
        ([_RIGHT, _RIGHT, _RIGHT], 3, None),
        ([_RIGHT, _BROKEN], 1, "It broke."),
        ([_RIGHT, _BROKEN, _RIGHT], 1, "It broke."),
        ([_BROKEN, _RIGHT, _RIGHT], 0, "It broke."),
        ([_RIGHT, _RIGHT], 2, "not a reply for each task"),
        ([], 0, "not a reply for each task"),
        ([_RIGHT, None, _RIGHT], 1, "not a reply for each task"),
        ([_RIGHT, [_RIGHT], _RIGHT], 1, "not a reply for each task"),
        ([_RIGHT, {}, _RIGHT], 1, "not the outcome of a run"),
        ([{"replies": [_RIGHT] * 3}], 0, "not the outcome of a run"),
    ],
)
def test_no_task_is_skipped_without_a_failure_in_its_place(replies, outcomes, failure):
    came = _engine(json.dumps({"replies": replies})).run_all([_TASK] * 3)
    assert all(isinstance(outcome, Outcome) for outcome in came[:outcomes])
    assert [failure in str(failed) for failed in came[outcomes:]] == [True] * (failure is not None)


@pytest.mark.parametrize("replies", [[_RIGHT] * 4, {"0": _RIGHT, "1": _RIGHT, "2": _RIGHT}, "abc", None, 3, True])
def test_what_is_no_list_of_so_many_replies_fails_as_a_whole(replies):
    with pytest.raises(Failed, match="not a reply for each task"):
        _engine(json.dumps({"replies": replies})).run_all([_TASK] * 3)


def test_replies_without_their_list_fail():
    for reply in (_RIGHT, {"replies": [_RIGHT] * 3, "failed": "all of it"}):
        with pytest.raises(Failed):
            _engine(json.dumps(reply)).run_all([_TASK] * 3)


@given(_TEXT | _WELL_FORMED, st.integers(1, 4))
@_PATIENT
def test_there_is_an_outcome_for_each_task_or_a_failure_at_the_end(text, tasks):
    came = _or_fails(lambda: _engine(text).run_all([_TASK] * tasks))
    if isinstance(came, list):
        assert all(isinstance(outcome, Outcome) for outcome in came[:-1])
        assert len(came) == tasks or isinstance(came[-1], Failed)


# --- Whole tests ------------------------------------------------------------------------------------------------------


def _whole_test(student):
    """Do all that hidden tests do."""
    score = Score()
    for kind in ("float", "torch"):
        with score.part("results"):
            student.results(lambda x: (x + x.exp()) / 2, kind=kind, x=())
        with score.part("gradients"):
            student.gradients(lambda x: x.exp() + x, kind=kind, x=())
            student.gradients(lambda x: x * x, kind=kind, x=())
    with score.part("derivative"):
        student.derivative(lambda x: x * x * x, 2, x=())
    with score.part("a value"):
        assert type(student.value("a")) is list
    with score.part("a call"):
        assert type(student.call("f", lambda x: x, 3.0)) is list
    answers = [Answer("a", "2", "2", "?", exact=True), Answer("b", "log 3", "log(a + 1)", "?")]
    with score.part("answers"):
        score.answers(student, answers, {}, ())
    with score.part("growth"):
        score.growth(student, "cost", "n b d^2 + log d")
    student.probe(lambda x: x * x, x=())
    return score


@given(st.lists(_TEXT | _WELL_FORMED, min_size=1, max_size=3))
@_PATIENT
def test_no_reply_stops_a_test_or_gives_it_points(texts):
    session = Session(_engine(*texts), given_seed=1)
    with taking_part(session):
        score = _whole_test(Student())
    assert sum(part.earned for part in score.parts if part.what in ("results", "gradients", "derivative")) == 0
    for part in score.parts:
        part.line().encode()
        assert len(part.line()) < 10_000


@pytest.mark.parametrize(
    ("cell", "reply"),
    [
        ("assert f(3) == 9", '{"values": [{"odd": "a function", "type": "f", "callable": true}], "value": 8}'),
        ("assert a == 9", '{"values": [{"value": NaN}]}'),
        ("assert not abs(f(3) - 9) > 1e-9", '{"values": [{"odd": "?", "callable": true}], "value": ' + _NAN + "}"),
    ],
    ids=["wrong", "not JSON", "not a number"],
)  # fmt: skip
def test_odd_replies_get_no_points_and_no_mercy(cell, reply):
    judged = judge(HiddenTest("t", cell, 2), Session(_engine(reply)))
    assert (judged.points, judged.fault) == (0, "")


# --- Functions that are called from the other side --------------------------------------------------------------------


def _asking(*questions):
    """Return an engine whose other side asks this when a function is called there, and what it is told."""
    told = []

    def exchange(_request, callback, _seconds):
        told.extend(json.loads(callback(question)) for question in questions)
        return '{"value": 1}'

    return Engine(exchange), told


def _secret(x):
    if type(x) is not float:
        raise TypeError("the hidden test's own words")
    return x + 1


def test_a_function_is_called_where_it_is():
    engine, told = _asking('{"callback": 0, "arguments": [1.5]}')
    assert engine.call("f", [_secret], {}, 1) == 1
    assert told == [{"value": 2.5}]


@pytest.mark.parametrize("argument", ['"text"', "true", '{"list": []}', '{"fraction": ["1", "3"]}', "{}", "[]"])
def test_of_an_error_in_a_function_only_the_kind_is_told(argument):
    engine, told = _asking('{"callback": 0, "arguments": [' + argument + "]}")
    engine.call("f", [_secret], {}, 1)
    assert list(told[0]) == ["failed"]
    assert "hidden" not in told[0]["failed"]
    assert "_secret" not in told[0]["failed"]


@given(
    _TEXT
    | st.fixed_dictionaries({"callback": _JSON, "arguments": st.lists(_VALUE, max_size=2) | _JSON}).map(json.dumps)
)
@_PATIENT
def test_whatever_is_asked_a_function_answers_or_it_fails(question):
    engine, told = _asking(question)
    _or_fails(lambda: engine.call("f", [_secret], {"key": _secret}, 1))
    assert all(set(answer) <= {"value", "failed"} for answer in told)


def test_a_function_may_be_called_so_and_so_often(monkeypatch):
    monkeypatch.setattr("autograder.judge.engine._MOST_CALLBACKS", 3)
    engine, _ = _asking(*['{"callback": 0, "arguments": [1.5]}'] * 4)
    with pytest.raises(Failed, match="more than 3 times"):
        engine.call("f", [_secret], {}, 1)


@given(_TEXT)
@_PATIENT
def test_the_other_side_can_read_what_it_is_asked(text):
    """What goes over is JSON for `answering`, whatever the names are."""
    asked = []

    def exchange(request, callback, _seconds):
        asked.append(request)
        return answering.answer(request, {}, callback)

    _or_fails(lambda: Engine(exchange).call(text, [text, 1.5, np.ones(2)], {"key": None}, 1))
    assert json.loads(asked[0])["name"] == text
