"""`course watch`: what has settled is graded, once; who is bad is shown, and nobody waits for them."""

import itertools

import pytest
from nbgrader.coursedir import CourseDirectory

from autograder.lms.refusal import Refused
from autograder.watching import collecting
from autograder.watching.collecting import Downloads
from autograder.watching.looking import Settling, handed_in, state
from autograder.watching.memory import Memory
from autograder.watching.rounds import Busy, Round, Stopped, Useless
from autograder.watching.stop import Stop
from autograder.watching.watch import MOST_AT_ONCE, Watch


class Heard:
    """What a watch says."""

    def __init__(self):
        self.said = []
        self.students = {}

    def say(self, words):
        self.said.append(words)

    def student(self, student, what, words=()):
        self.students[student] = (what, *words)


class Scene:
    """A watch over a folder, with a clock and a grader that the test moves."""

    def __init__(self, folder, downloads=None):
        self.folder = folder
        self.now = 0.0
        self.rounds = []
        self.bad = {}
        self.heard = Heard()
        self.stop = Stop()
        self.downloads = downloads
        self.restart()

    def restart(self):
        where = CourseDirectory(root=str(self.folder))
        memory = Memory(self.folder / ".grading" / "watch" / "ps1.json")
        self.watch = Watch(
            self.folder, "ps1", where, self._grade, memory, Settling(5, lambda: self.now), self.heard, self.stop,
            self.downloads,
        )  # fmt: skip

    def _grade(self, students, others, on_graded):
        self.rounds.append((list(students), list(others)))
        error = self.bad.get("everybody")
        if error:
            raise error
        good = [name for name in students if name not in self.bad]
        for name in good:
            on_graded(name)
        return Round({name: [] for name in good}, {name: ["bad"] for name in students if name in self.bad})

    def hand_in(self, student, words="x"):
        place = self.folder / "submitted" / student / "ps1" / "p1.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(words)

    def look(self, after=0):
        self.now += after
        return self.watch.look()

    @property
    def graded(self):
        return [students for students, _ in self.rounds]


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


def test_a_hand_in_is_graded_when_it_has_settled_and_once(scene):
    scene.hand_in("ada")
    assert scene.look() == ["ada"]
    assert scene.heard.students["ada"] == ("arriving",)
    assert scene.look(after=4) == ["ada"]
    assert scene.rounds == []
    assert scene.look(after=1) == []
    assert scene.heard.students["ada"] == ("graded",)
    assert scene.look(after=100) == []
    assert scene.graded == [["ada"]]


def test_a_hand_in_that_keeps_changing_is_waited_for(scene):
    scene.hand_in("ada")
    for number in range(5):
        scene.hand_in("ada", "x" * number)
        assert scene.look(after=4) == ["ada"]
    assert scene.look(after=5) == []
    assert scene.graded == [["ada"]]


def test_who_is_still_arriving_is_left_out_of_the_round(scene):
    scene.hand_in("ada")
    scene.look()
    scene.hand_in("emmy")
    assert scene.look(after=5) == ["emmy"]
    assert scene.rounds == [(["ada"], ["emmy"])]


def test_what_changes_is_graded_again(scene):
    scene.hand_in("ada")
    scene.look()
    scene.look(after=5)
    scene.hand_in("ada", "another answer")
    scene.look()
    scene.look(after=5)
    assert scene.graded == [["ada"], ["ada"]]


def test_what_changes_while_it_is_graded_is_graded_again(scene):
    scene.hand_in("ada")
    scene.look()
    whole = scene._grade

    def slow(students, others, on_graded):
        scene.hand_in("ada", "one more")
        return whole(students, others, on_graded)

    scene.watch.grader = slow
    scene.look(after=5)
    scene.watch.grader = whole
    assert scene.look() == ["ada"]
    assert scene.look(after=5) == []
    assert scene.graded == [["ada"], ["ada"]]


def test_a_bad_hand_in_stops_nobody_and_is_tried_again_when_it_changes(scene):
    scene.bad = {"kurt": True}
    for name in ("ada", "kurt"):
        scene.hand_in(name)
    scene.look()
    assert scene.look(after=5) == []
    assert scene.heard.students == {"ada": ("graded",), "kurt": ("not graded", "bad")}
    assert (scene.watch.graded, scene.watch.failed) == ({"ada"}, {"kurt"})
    assert scene.look(after=100) == []
    scene.bad = {}
    scene.hand_in("kurt", "better")
    scene.look()
    scene.look(after=5)
    assert scene.graded == [["ada", "kurt"], ["kurt"]]
    assert scene.watch.failed == set()


def test_a_new_start_remembers(scene):
    scene.hand_in("ada")
    scene.look()
    scene.look(after=5)
    scene.restart()
    scene.hand_in("emmy")
    scene.look()
    scene.look(after=5)
    assert scene.rounds[1:] == [(["emmy"], ["ada"])]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"ada": 3}', "\x00"])
def test_a_memory_that_cannot_be_read_costs_a_look_and_no_more(scene, content):
    scene.hand_in("ada")
    place = scene.folder / ".grading" / "watch" / "ps1.json"
    place.parent.mkdir(parents=True)
    place.write_text(content)
    scene.restart()
    scene.look()
    assert scene.look(after=5) == []
    assert scene.graded == [["ada"]]


def test_a_rush_is_graded_in_rounds(scene):
    names = [f"s{number:03}" for number in range(2 * MOST_AT_ONCE + 1)]
    for name in names:
        scene.hand_in(name)
    scene.look()
    left = scene.look(after=5)
    assert left == names[MOST_AT_ONCE:]
    assert scene.heard.students[left[0]] == ("waiting",)
    scene.look()
    assert scene.look() == []
    assert [len(students) for students in scene.graded] == [MOST_AT_ONCE, MOST_AT_ONCE, 1]
    assert sorted(itertools.chain(*scene.graded)) == names


def test_somebody_else_who_grades_is_waited_for(scene):
    scene.hand_in("ada")
    scene.look()
    scene.bad = {"everybody": Busy()}
    for _ in range(3):
        assert scene.look(after=5) == ["ada"]
    assert ["another nbgrader autograde" in words for words in scene.heard.said] == [True]
    assert scene.heard.students["ada"] == ("waiting",)
    scene.bad = {}
    assert scene.look() == []
    assert scene.watch.graded == {"ada"}


@pytest.mark.parametrize("error", [Useless("no walls"), Stopped()])
def test_after_a_round_that_came_to_nothing_nobody_counts_as_graded(scene, error):
    scene.hand_in("ada")
    scene.look()
    scene.bad = {"everybody": error}
    with pytest.raises(type(error)):
        scene.look(after=5)
    assert scene.watch.grading == ["ada"]
    scene.bad = {}
    scene.restart()
    scene.look()
    assert scene.look(after=5) == []
    assert scene.watch.graded == {"ada"}


def test_folders_without_files_and_hidden_ones_are_no_hand_ins(scene, tmp_path):
    (tmp_path / "submitted" / "ada" / "ps1" / "deep").mkdir(parents=True)
    (tmp_path / "submitted" / ".collecting" / "ps1").mkdir(parents=True)
    (tmp_path / "submitted" / ".collecting" / "ps1" / "p1.ipynb").touch()
    (tmp_path / "submitted" / "emmy" / "ps2").mkdir(parents=True)
    (tmp_path / "submitted" / "emmy" / "ps2" / "p1.ipynb").touch()
    assert scene.look() == []


def test_whom_the_settings_leave_out_stays_out(tmp_path):
    for name in ("ada", "tutor"):
        (tmp_path / "submitted" / name / "ps1").mkdir(parents=True)
        (tmp_path / "submitted" / name / "ps1" / "p1.ipynb").touch()
    assert list(handed_in(CourseDirectory(root=str(tmp_path), student_id_exclude="tutor"), "ps1")) == ["ada"]


def test_a_state_changes_with_what_is_in_a_folder(tmp_path):
    seen = {state(tmp_path)}
    (tmp_path / "a").write_text("1")
    seen.add(state(tmp_path))
    (tmp_path / "a").write_text("22")
    seen.add(state(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    seen.add(state(tmp_path))
    (tmp_path / "dangling").symlink_to("nowhere")
    seen.add(state(tmp_path))
    assert len(seen) == 5
    assert state(tmp_path) == state(tmp_path)
    assert state(tmp_path / "not there") == ""


# --- Once, and until stopped ------------------------------------------------------------------------------------------


class Clock(Stop):
    """Waits by moving the scene's clock."""

    def __init__(self, scene, most=50):
        super().__init__()
        self.scene, self.left = scene, most

    def wait(self, seconds):
        self.scene.now += seconds
        self.left -= 1
        if not self.left:
            self.ask()


def test_once_grades_all_that_settles_and_leaves_what_does_not(scene):
    class StillWriting(Clock):
        def wait(self, seconds):
            super().wait(seconds)
            scene.hand_in("slow", f"{self.left}")

    scene.hand_in("ada")
    scene.hand_in("slow")
    scene.watch.stop = StillWriting(scene)
    assert scene.watch.once(2, patience=6) == ["slow"]
    assert scene.graded == [["ada"]]


def test_once_does_not_wait_where_nothing_is_new(scene):
    scene.watch.stop = Clock(scene, most=1)
    assert scene.watch.once(2, patience=6) == []
    assert not scene.watch.stop.asked


def test_until_stopped_goes_from_round_to_round_without_a_pause(scene):
    for number in range(3 * MOST_AT_ONCE):
        scene.hand_in(f"s{number}")
    scene.watch.stop = Clock(scene, most=3)
    scene.watch.until_stopped(5)
    assert [len(students) for students in scene.graded] == [MOST_AT_ONCE] * 3


# --- Collecting first -------------------------------------------------------------------------------------------------


def test_downloads_are_collected_when_they_have_settled_and_once(tmp_path, monkeypatch):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    scene = Scene(tmp_path / "course", Downloads([downloads]))
    collected = []

    def collect(_course, _assignment, _downloads):
        collected.append(sorted(path.name for path in downloads.iterdir()))
        scene.hand_in("ada", str(len(collected)))
        return ["Collected: 1 new."]

    monkeypatch.setattr(collecting, "run", collect)
    assert scene.look() == []
    (downloads / "submissions.zip").write_bytes(b"half")
    assert scene.look() == [str(downloads)]
    (downloads / "submissions.zip").write_bytes(b"whole zip")
    assert scene.look(after=5) == [str(downloads)]
    scene.look(after=5)
    assert scene.heard.said == ["Collected: 1 new."]
    scene.look(after=5)
    assert scene.graded == [["ada"]]
    scene.restart()
    scene.look(after=50)
    scene.look(after=50)
    assert collected == [["submissions.zip"]]


def test_downloads_that_cannot_be_read_are_said_once_and_grading_goes_on(tmp_path, monkeypatch):
    def refuse(*_):
        raise Refused("This is no zip.")

    monkeypatch.setattr(collecting, "run", refuse)
    (tmp_path / "a.zip").touch()
    scene = Scene(tmp_path / "course", Downloads([tmp_path / "a.zip"]))
    scene.hand_in("ada")
    for _ in range(4):
        scene.look(after=5)
    assert scene.heard.said == ["Not collected: This is no zip."]
    assert scene.graded == [["ada"]]
