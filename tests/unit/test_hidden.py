"""Hidden tests: cut out of cells, run beside the student's code; and what becomes of mistakes of their own."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.execution.judging import judge_for
from autograder.judge.engine import Engine, Failed, InThisProcess
from autograder.judge.hidden import HiddenTest, Judged, judge, split
from autograder.judge.session import Session

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


@pytest.fixture
def session():
    names = {"square": lambda x: x * x, "a": 7, "text": "seven", "thing": object(), "broken": lambda: 1 / 0}
    return Session(Engine(InThisProcess(lambda: names)), given_seed=3)


@pytest.fixture
def run(session):
    """Judge the hidden lines of a cell that is worth 4 points."""
    return lambda *lines: judge(HiddenTest("test_x", "\n".join(lines), 4), session)


# --- Cutting --------------------------------------------------------------------------------------------------------


def test_hidden_lines_stay_in_their_places():
    visible, hidden = split(f"x = 1\n{BEGIN}\nassert x\n{END}\ny = 2\n  {BEGIN} twice\nassert y\n  {END}", BEGIN, END)
    assert visible == "x = 1\ny = 2"
    assert hidden.split("\n") == ["", "", "assert x", "", "", "", "assert y", ""]


def test_a_region_without_an_end_reaches_to_the_end():
    assert split(f"x = 1\n{BEGIN}\nassert x\n", BEGIN, END) == ("x = 1", "\n\nassert x\n")


@pytest.mark.parametrize("source", ["", "x = 1", f"x = 1\n{BEGIN}\n   \n{END}", f"{END}\nx = 1"])
def test_a_cell_without_hidden_lines_has_no_hidden_test(source):
    assert split(source, BEGIN, END)[1] == ""


_LINE = st.sampled_from(["", "x = 1", "    y", BEGIN, f"  {END}  ", "# é"])


@given(st.lists(_LINE, max_size=12))
def test_each_line_is_on_one_side_and_numbers_stay(lines):
    visible, hidden = split("\n".join(lines), BEGIN, END)
    if hidden:
        assert len(hidden.split("\n")) == len(lines)
        for here, there in zip(hidden.split("\n"), lines, strict=True):
            assert here in ("", there)
    assert BEGIN not in visible + hidden
    assert END not in visible + hidden
    kept = [line for line in lines if line.strip() and "HIDDEN" not in line]
    assert sorted(kept) == sorted(line for line in (visible + "\n" + hidden).split("\n") if line.strip())


# --- Points ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "points"),
    [("assert True", 4), ("1.5", 1.5), ("0", 0), ("4", 4), ("'text'", 4), ("None", 4), ("True", 4), ("x = 9", 4)],
)
def test_the_last_line_says_the_points(run, last, points):
    judged = run("y = 1", last)
    assert (judged.points, judged.most, judged.fault, judged.words) == (points, 4, "", "")


@pytest.mark.parametrize("last", ["4.5", "-1", "float('nan')", "float('inf')"])
def test_points_that_there_are_not_are_a_bug_in_the_test(run, last):
    judged = run(last)
    assert judged.points is None
    assert "the cell is worth 4" in judged.fault


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("assert square(3) == 10, 'Three times three?'", "Three times three?"),
        ("assert square(3) == 10", "The answer is not as expected."),
        ("raise AssertionError", "The answer is not as expected."),
        ("assert cube(3) == 27", "There is no variable called cube. Has the cell that defines it been run?"),
        ("broken()", "Your code raised ZeroDivisionError: division by zero"),
        ("thing + 1", "thing is <object object"),
    ],
)
def test_an_answer_that_is_not_right_gets_no_points_and_words(run, line, words):
    judged = run("", line)
    assert (judged.points, judged.fault) == (0, "")
    assert words in judged.words


def test_parts_are_reported_with_what_they_bring(run):
    judged = run(
        "from autograder import Score",
        "score = Score()",
        "with score.part('one', 3): assert square(2) == 4",
        "with score.part('two', 1, hint='Which way?'): assert square(2) == 5, 'No.'",
        "score.total()",
    )
    assert judged.points == 3
    assert [(p.what, p.earned, p.points, p.words, p.hint) for p in judged.parts] == [
        ("one", 3, 3, "", ""),
        ("two", 0, 1, "No.", "Which way?"),
    ]
    assert Judged.from_json(judged.to_json()) == judged


def test_one_test_does_not_see_what_another_found_or_defined(run):
    run("from autograder import Score", "x = 1", "score = Score()", "with score.part('one'): assert 0", "score.total()")
    judged = run("assert x == 1")
    assert judged.parts == []
    assert judged.words.startswith("There is no variable called x")


def test_a_test_may_call_an_exit(run):
    judged = run("raise SystemExit(3)")
    assert judged.points is None
    assert "line 1 of the cell: SystemExit: 3" in judged.fault


# --- Names ----------------------------------------------------------------------------------------------------------


def test_names_of_the_student_are_asked_for_only_where_the_test_has_none(run, session):
    asked = []
    ask = session.engine._exchange
    session.engine._exchange = lambda request, *more: asked.append(request) or ask(request, *more)
    assert run("from math import sqrt", "text = 'own'", "assert len(text) == 3", "float(sqrt(4)) + a - 7").points == 2
    assert len(asked) == 1
    assert '"a"' in asked[0]


def test_names_of_the_student_are_found_from_within_functions(run):
    assert run("def check():", "    return square(a) == 49 and text == 'seven'", "assert check()").points == 4


def test_what_a_test_prints_is_told_to_the_student(run, capsys):
    judged = run("print('Well', 'done', sep='-', end='!', flush=True)", "print(3)", "assert False, 'But:'")
    assert judged.words == "But:\nWell-done\n3"
    assert capsys.readouterr() == ("", "")


def test_words_come_to_an_end(run):
    assert len(run("for n in range(10**4): print('x' * 99)").words) == 4000


# --- Bugs in tests --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["", "x = 1", "x / 0"], "line 3 of the cell: ZeroDivisionError: division by zero"),
        (["def f():", "    return {}['k']", "", "f()"], "line 2 of the cell: KeyError: 'k'"),
        (["x = (", ""], "line 1 of the cell: SyntaxError"),
        (["import no_such_module"], "line 1 of the cell: ModuleNotFoundError"),
        (["square(object())"], "line 1 of the cell: NotPlain"),
        (
            ["from autograder import student", "", "student.gradients(lambda x: 3, x=())"],
            "line 3 of the cell: TypeError",
        ),
    ],
)
def test_a_bug_in_a_test_costs_nobody_points_and_is_reported_with_its_line(run, lines, said):
    judged = run(*lines)
    assert judged.points is None
    assert said in judged.fault
    assert judged.fault.startswith("The hidden test of test_x stopped")
    assert judged.words == "This test could not be carried out. It is not your fault; a person will look at it."


def test_what_a_test_stumbled_on_is_shown_to_the_instructor(run):
    judged = run("text - 1")
    assert judged.points is None
    assert judged.fault.endswith("The student's code had given: text = 'seven'.")
    assert "seven" not in judged.words


def test_a_test_after_a_faulty_one_runs_as_always(run):
    run("1 / 0")
    assert run("assert square(3) == 9").points == 4


# --- Seeds ----------------------------------------------------------------------------------------------------------


def test_the_seed_is_known_if_anything_was_drawn(run):
    assert run("assert square(2) == 4").seed is None
    judged = run("from autograder import student", "student.seed")
    assert judged.seed == 3


def test_the_same_seed_draws_the_same(session):
    drawn = [Session(session.engine, given_seed=seed).random.random() for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]


# --- Time -----------------------------------------------------------------------------------------------------------


def _judge_for(session, source, seconds=0.2):
    return judge_for(seconds, HiddenTest("test_x", source, 4), session)


def test_a_test_in_time_gives_what_it_gives_elsewhere(session):
    assert _judge_for(session, "assert square(3) == 9", 20).points == 4


@pytest.mark.parametrize(
    "source", ["while True: pass", "from autograder import Score\nwith Score().part('x'):\n    while True: pass"]
)
def test_a_test_without_an_end_is_abandoned(session, source):
    start = time.monotonic()
    judged = _judge_for(session, source)
    assert time.monotonic() - start < 60
    assert judged.points is None
    assert judged.fault.endswith("of the cell: takes too long.")


def test_a_single_call_is_waited_for_and_then_the_test_is_abandoned(session):
    judged = _judge_for(session, "import time\ntime.sleep(0.5)\nwhile True: pass", 0.1)
    assert judged.points is None
    assert "takes too long" in judged.fault


def test_a_failure_of_the_student_is_one_within_a_limit_too(session):
    def exchange(*_):
        raise Failed("Nobody is there.")

    session.engine = Engine(exchange)
    assert _judge_for(session, "assert square(3) == 9", 20).words == "Nobody is there."
