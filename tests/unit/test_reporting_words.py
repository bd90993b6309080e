"""Names are taken out of what students wrote, and of their code the part is shown in which a mistake is."""

import json

import pytest
from reporting_class import COLAB, EMPTY, KNOWN, X, sign, submission

from autograder.execution.store import Record
from autograder.reporting import clusters, records, work
from autograder.reporting.graded_class import Finding
from autograder.reporting.redaction import BLACK, Redaction

CODE = '''\
def backward(graph):  # by Max Müller, u123456
    """Ask ada@example.org or max."""
    total = max(1, 2)
    ada_lovelace = Leaf(3)  # Ada's, with Mueller
    return total, "max"
'''


@pytest.fixture
def redaction():
    names = ["u123456", "Max", "Müller", "ada", "Ada Lovelace", "ada@example.org", "Leaf", "student12", "Li"]
    return Redaction(names, ["x = Leaf(1)"])


def test_names_go_out_of_comments_and_texts_and_what_the_exercise_uses_stays_in_code(redaction):
    assert redaction.code(CODE).splitlines() == [
        f"def backward(graph):  # by {BLACK} {BLACK}, {BLACK}",
        f'    """Ask {BLACK} or {BLACK}."""',
        "    total = max(1, 2)",
        f"    {BLACK}_{BLACK} = Leaf(3)  # {BLACK}'s, with Mueller",  # another spelling is not known
        f'    return total, "{BLACK}"',
    ]


def test_code_without_names_stays_as_it_is(redaction):
    code = 'def f(x):\n\n    s = f"{x!r} {{}} {x:>{3}}"  # α ≤ β\n\treturn s\n'
    for text in (code, code.replace("\t", "    ")):  # the first is not Python
        assert redaction.code(text) == text
    assert redaction.code("") == ""


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("MULLER wrote it", f"{BLACK} wrote it"),  # without accents and in any case
        ("folder student12/x", f"folder {BLACK}/x"),
        ("12 students", "12 students"),
        ("the student's own", "the student's own"),
        ("mail someone@else.org", f"mail {BLACK}"),
        ("Max of x", "Max of x"),  # in the judge's words it may be the function
        ("Li is too short to be told from code", "Li is too short to be told from code"),
    ],
)
def test_words_without_names(redaction, words, shown):
    assert redaction.text(words) == shown


def test_everybody_who_is_known_is_blackened():
    of = Redaction.of(KNOWN, ["Grace Hopper"])
    assert of.text("ada Eve ADAMS fay gus hopper") == " ".join([BLACK] * 6)
    assert of.text("raise") == "raise"


# --- Examples -----------------------------------------------------------------------------------------------------

RIGHT = "import math\n\n\ndef f(x):\n    return x + 1\n\n\ndef g(x):\n    return x\n"


def test_what_is_as_in_the_solution_is_left_out():
    written = RIGHT.replace("x + 1", "x - 1").replace("def g(x):\n", "def g(x):  # mine\n\n")
    assert work.excerpt(written, RIGHT) == "…\ndef f(x):\n    return x - 1"
    assert work.excerpt(f"{written}\n\n@cache\ndef h():\n    pass", RIGHT).endswith("…\n@cache\ndef h():\n    pass")


def test_all_is_shown_where_nothing_differs_or_nothing_parses():
    assert work.excerpt(RIGHT, RIGHT) == RIGHT.rstrip("\n")
    assert work.excerpt("def f(:", RIGHT) == "def f(:"
    assert work.excerpt("x = 1", "") == "x = 1"


def test_long_code_is_cut():
    shown = work.excerpt("\n".join(f"x{n} = {'1' * 200}" for n in range(50)), "x = 1").splitlines()
    assert len(shown) == work.MOST_LINES + 1
    assert shown[-1] == f"… ({99 - work.MOST_LINES} more lines)"
    assert len(shown[0]) == 121


def test_a_typical_answer_is_like_the_others_and_short():
    loop = "for x in y:\n    z += x"
    assert work.typical([loop, loop + "  # sum", "print('something quite different')"]) == loop
    assert work.typical(["bb", "aa"]) == "aa"
    assert work.typical(["", " \n"]) == work.typical([]) == ""


def test_examples_are_of_those_who_made_few_other_mistakes():
    faults = {f"s{n}": 9 - n for n in range(9)}
    assert work.candidates(sorted(faults), faults) == ["s8", "s7", "s6", "s5", "s4", "s3", "s2"]


def test_code_is_read_from_graded_notebooks(tmp_path):
    path = tmp_path / "autograded" / "ada" / "ps1" / "p1.ipynb"
    path.parent.mkdir(parents=True)
    labels = {"grade_id": "answer", "solution": True}
    cells = [
        {"cell_type": "code", "metadata": {"nbgrader": labels}, "source": ["x = 1\n", "y = 2"]},
        {"cell_type": "markdown", "metadata": {"nbgrader": {**labels, "grade_id": "essay"}}, "source": "words"},
        {"cell_type": "code", "metadata": {}, "source": "z = 3"},
    ]
    path.write_text(json.dumps({"cells": cells}))
    assert work.solutions(tmp_path, "ps1", "ada", "p1") == {"answer": "x = 1\ny = 2"}
    path.write_text("{")
    assert work.solutions(tmp_path, "ps1", "ada", "p1") == work.solutions(tmp_path, "ps1", "ada", "p2") == {}


# --- Findings -----------------------------------------------------------------------------------------------------


def part(earned, words="", mistake=""):
    return {"what": "w", "earned": earned, "points": 1, "words": words, "hint": "h", "mistake": mistake}


def test_what_a_record_says():
    judged = [
        {"name": "test_x", "points": 1.0, "most": 3.0, "parts": [part(1), part(0, "no", "m")], "words": ""},
        {"name": "test_y", "points": 0.0, "most": 2.0, "parts": [], "words": "It stopped."},
        {"name": "test_z", "points": None, "most": 2.0, "parts": [], "words": "A person will look at this."},
        {"name": "test_w", "points": 2.0, "most": 2.0, "parts": [part(1, "a remark")], "words": "Fine."},
    ]
    record = Record("digest", ["p", "p"], [COLAB], "walls", {"p1": judged}, {"p1": 1.5, "p2": 2.0})
    found = records.add(submission("ada", 1.0, 0.0, None), record)
    assert (found.problems, found.repaired, found.known) == (("p",), (COLAB,), True)
    assert found.findings == (
        Finding("p1/test_x", "w", "no", "h", "m"),
        Finding("p1/test_y", "", "It stopped."),
    )
    assert found.seconds == 3.5
    assert not records.add(found, None).known


def test_what_was_not_written_or_not_tried_is_no_mistake():
    untried = Finding("p1/test_y", "y", "Not tried, since 3 tests before it did not come to an end.")
    one = submission("ada", 0.0, 0.0, None, findings=(EMPTY, untried))
    assert clusters.clusters(KNOWN.__class__("ps1", KNOWN.questions, (one,))) == []
    assert clusters.unanswered(one) == {X.key}
    assert clusters.unanswered(submission("bob", 0.0, 0.0, None, findings=(EMPTY, sign(1)))) == set()


def test_the_words_that_most_got_stand_for_a_cluster():
    class_of = [submission(n, 0.0, 0.0, None, findings=(sign(v),)) for n, v in (("a", 12), ("b", 5), ("c", 12))]
    (found,) = clusters.clusters(KNOWN.__class__("ps1", KNOWN.questions, tuple(class_of)))
    assert found.words == "The sign of 12 is wrong."
    assert found.share == 1


# --- What students may also write ---------------------------------------------------------------------------------

ODD = {
    "a form feed": "x = 1\x0c\nada = 2  # ada\n",
    "a line separator": "x = '\u2028'\nada = 2  # ada\n",
    "half a letter": "x = '\ud800'\nada = 2  # ada\n",
    "a zero": "x = 1\0\nada = 2  # ada\n",
    "deep brackets": "x = " + "[" * 5000 + "\n# ada",
    "deep signs": "x = " + "-" * 50000 + "1\n# ada",
    "a long chain": "x = 1" + " + 1" * 20000 + "\n# ada",
    "an odd backslash": "x = '\\d'  # ada",
    "an open text": "x = '''ada",
}


@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
def test_odd_code_loses_its_names_and_stops_nothing(redaction, code):
    assert "ada" not in redaction.code(code)
    assert isinstance(work.excerpt(code, "x = 1"), str)
    assert work.typical([code, "x = 1"])


def test_very_long_words_take_no_time(redaction):
    """What is tried anew from each letter takes hours here."""
    word = "a" * 1_000_000
    assert redaction.text(word) == word
    assert work.typical([word, word + "b", "c"]) == word
