"""A class that nbgrader has graded, with an essay that nobody has read yet, as `course report` shows it."""

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.reporting import gather, items

WRONG = "x = 5  # Carl and Ada did this together"


@pytest.fixture
def graded(course):
    course.hand_in("ada")
    course.hand_in("bob", answer_x=WRONG)
    course.hand_in("carl", answer_x="x = 5", answer_y="y = 1", timestamp="2030-01-01 01:00:00 UTC")
    course.autograde()
    course.hand_in("dora")
    course.grade_by_hand("ada", "essay", 4.0)
    course.grade_by_hand("ada", "task", 2.0)
    return course


def test_a_graded_class_is_reported(graded):
    found = gather.gather(graded.folder, "ps1")
    assert [(q.key, q.most, q.by_hand, q.cells) for q in found.questions] == [
        ("p1/test_x", 3.0, False, ("answer_x",)),
        ("p1/test_y", 2.0, False, ("answer_y",)),
        ("p2/test_z", 1.0, False, ("answer_z",)),
        ("p2/essay", 5.0, True, ("essay",)),
        ("p2/task", 2.0, True, ("task",)),
    ]
    totals = {one.student: one.total for one in found.submissions}
    assert totals == {"ada": 12.0, "bob": 3.0, "carl": 1.5}
    with graded.book() as book:
        assert totals == {s.student.id: s.score for s in book.assignment_submissions("ps1")}
    assert [one.late_by for one in found.submissions] == [0.0, 0.0, 3600.0]
    assert [one.known for one in found.submissions] == [True] * 3
    assert all(one.seconds > 0 for one in found.submissions)
    assert found.ungraded == ("dora",)
    about = {item.question.name: (item.full, item.some, item.none, item.waiting) for item in items.items(found)}
    assert about == {
        "test_x": (1, 0, 2, 0),
        "test_y": (2, 1, 0, 0),
        "test_z": (3, 0, 0, 0),
        "essay": (0, 1, 0, 2),
        "task": (1, 0, 0, 2),
    }

    said = CliRunner().invoke(cli.app, ["report", "ps1", "--course", str(graded.folder)])
    assert said.exit_code == 0, said.output
    page = (graded.folder / "reports" / "ps1.html").read_text(encoding="utf-8")
    assert "1 student handed in and not graded" in said.output
    assert "2 students with answers that wait for a person" in said.output
    assert '<span class="share">67 %</span>' in page  # two of three have x wrong
    assert "x = 5" in page
    assert "Ada did this" not in page
    ids = [one.pages["p2"] for one in found.submissions if one.waiting]
    assert all(f"http://localhost:8888/formgrader/submissions/{one}" in page for one in ids)

    said = CliRunner().invoke(cli.app, ["report", "ps1", "--for-jplag", "--course", str(graded.folder)])
    assert said.exit_code == 0, said.output
    folder = graded.folder / "reports" / "ps1_jplag"
    written = sorted(path.read_text() for path in folder.glob("submissions/*/p1.py"))
    assert written == ["x = 2\n\ny = 3\n", "x = 5\n\ny = 1\n", "x = 5  # ▮▮▮ and ▮▮▮ did this together\n\ny = 3\n"]
    assert "NotImplementedError" in (folder / "base" / "p1.py").read_text()
    assert not list(folder.rglob("*essay*"))
