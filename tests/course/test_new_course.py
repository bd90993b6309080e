"""A course that `course new` has made runs through nbgrader, and knows who is late."""

import shutil

import pytest
from small_course import SmallCourse
from typer.testing import CliRunner

from autograder import cli
from course_files import ROOT

DUE = "2026-03-01 12:00 Europe/Berlin"


@pytest.fixture(scope="module")
def made(new_course, tmp_path_factory):
    """A course made from the small one."""
    parent = new_course()
    shutil.copy(ROOT / "source" / "header.ipynb", parent.folder / "source")
    folder = tmp_path_factory.mktemp("courses") / "spring"
    options = ["--course", str(parent.folder), "--repository", "ada/spring", "--due", f"ps1={DUE}"]
    done = CliRunner().invoke(cli.app, ["new", str(folder), *options])
    assert done.exit_code == 0, done.output
    return SmallCourse(folder, parent._server)


def test_a_new_course_is_released_generated_and_graded(made):
    made.configure('c.Grading.imports = ["ipykernel.kernelapp"]\nc.Grading.warm_up = []\nc.Grading.workers = 1')
    assert "github/ada/spring/blob/students/release/ps1/p1.ipynb" in (made.folder / "release/ps1/p1.ipynb").read_text()
    checked = CliRunner().invoke(cli.app, ["release", "--check", "--course", str(made.folder)])
    assert checked.exit_code == 0, checked.output
    made.hand_in("ada", timestamp="2026-03-01 10:59:00.000000 UTC")
    made.hand_in("emmy", timestamp="2026-03-01 11:01:00.000000 UTC", answer_x="x = 5")
    made.nbgrader("generate_assignment", "ps1")
    made.autograde()
    assert made.points("ada") == {"test_x": 3.0, "test_y": 2.0, "test_z": 1.0}
    assert made.points("emmy") == {"test_x": 0.0, "test_y": 2.0, "test_z": 1.0}
    late = {student: about["late"][0] for (student, _), about in made.gradebook().items()}
    assert late == {"ada": 0, "emmy": 60}


def test_a_due_date_that_moves_in_the_settings_moves_in_the_gradebook(made):
    config = made.folder / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(before.replace(DUE, "2026-03-08 12:00 Europe/Berlin"))
    made.nbgrader("generate_assignment", "ps1")
    with made.book() as book:
        assert f"{book.find_assignment('ps1').duedate}" == "2026-03-08 11:00:00"
    config.write_text(before.replace(DUE, "soon"))
    assert "'soon' is no due date" in made.nbgrader("generate_assignment", "ps1", status=1)
    config.write_text(before)
