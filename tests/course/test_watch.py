"""`course watch` grades what arrives by `nbgrader autograde`, outlives bad hand-ins, and ends when it is asked to."""

import os
import shutil
import signal
import time

from small_course import FULL
from typer.testing import CliRunner

from autograder import cli

_PATIENCE = 400
_PROGRAM = """
import sys
from autograder.cli import main
sys.argv = ["course", "watch", "ps1", "--every", "0.2", "--settle", "0.2", *{options!r}]
main()
"""


def watching(course, *options):
    """Start to watch."""
    return course.start(program=_PROGRAM.format(options=options))


def waited_for(condition):
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def test_once_collects_grades_what_is_new_and_survives_a_bad_hand_in(course, tmp_path):
    course.hand_in("ada")
    bad = course.submitted("kurt")
    bad.mkdir(parents=True)
    (bad / "p1.ipynb").write_text("{ no notebook")
    downloads = tmp_path / "downloads"
    shutil.copytree(course.submitted("ada"), downloads / "emmy" / "ps1")
    once = watching(course, "--once", "--downloads", str(downloads))
    assert once.wait(_PATIENCE) == 0, once.said
    for words in ("Collected: 1 new.", "p2.ipynb was not handed in", "Graded 3 hand-ins of ps1."):
        assert words in once.said, once.said
    assert course.points("ada") == course.points("emmy") == FULL
    assert sum(course.points("kurt").values()) == 0
    before = (course.folder / "gradebook.db").stat().st_mtime_ns
    again = watching(course, "--once", "--downloads", str(downloads))
    assert again.wait(_PATIENCE) == 0, again.said
    assert again.said == "Graded 0 hand-ins of ps1.\n"
    assert (course.folder / "gradebook.db").stat().st_mtime_ns == before


def test_it_grades_who_arrives_and_ctrl_c_lets_the_round_come_to_its_end(course):
    watch = watching(course)
    watch.wait_until_said("Watching ", _PATIENCE)
    course.hand_in(".ada", answer_x="import time; time.sleep(0.5); x = 2")
    course.submitted(".ada").parent.rename(course.submitted("ada").parent)  # whole, at once
    waited_for(lambda: any("nbgrader autograde" in line for line in course.processes().values()))
    os.kill(watch.process, signal.SIGINT)
    assert watch.wait(_PATIENCE) == 0, watch.said
    assert "ada: graded, 6 of 13 points" in watch.said
    assert "Graded 1 hand-in of ps1." in watch.said
    assert course.points("ada") == FULL


def test_what_is_stopped_at_once_is_begun_anew(course):
    course.configure("c.Grading.cell_seconds = 1000")
    course.hand_in("ada", answer_x="import time; time.sleep(600); x = 2")
    watch = watching(course)
    waited_for(lambda: any("inside.zygote" in line for line in course.processes().values()))
    os.kill(watch.process, signal.SIGTERM)
    assert watch.wait(_PATIENCE) == 0, watch.said
    assert "Graded 0 hand-ins of ps1.\nLeft for the next time: ada." in watch.said
    waited_for(lambda: not course.processes())
    assert not (course.folder / "autograded" / "ada" / "ps1").exists()
    course.hand_in("ada")
    once = watching(course, "--once")
    assert once.wait(_PATIENCE) == 0, once.said
    assert course.points("ada") == FULL


def test_an_assignment_that_is_not_generated_is_said(course):
    done = CliRunner().invoke(cli.app, ["watch", "ps9", "--once", "--course", str(course.folder)])
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "The gradebook does not know ps9. First run: nbgrader generate_assignment ps9" in said
