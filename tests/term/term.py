"""The term, step by step, as `docs/instructors.md` tells it."""

from __future__ import annotations

import csv
import re
import statistics
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import systems
from checked import Lecturer
from expected import ESSAY_POINTS, ESSAYS, LATE_SHARE, Class, Deserved
from lms_downloads import gradebook
from nbformat.v4 import new_markdown_cell
from people import Person

from autograder import grades
from autograder.samples import manifest, notebooks

ROOT = Path(__file__).resolve().parents[2]
POLICY = """
# --- added by the lecturer
from nbgrader.plugins import LateSubmissionPlugin


class TenthADay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.1 * score * -(-total_seconds_late // 86400)


c.AssignLatePenalties.plugin_class = TenthADay
c.Grading.cell_seconds = 10  # somebody always loops
"""
BROKEN = "test_memory_cost"
NO_ESSAYS: Mapping[str, float] = MappingProxyType({})


class Term:
    """Two problem sets, published, collected, graded, looked at and given back."""

    def __init__(self, lecturer: Lecturer, everybody: Class) -> None:
        self.lecturer = lecturer
        self.folder = lecturer.folder
        self.course = lecturer.course
        self.everybody = everybody

    def play(self) -> None:
        """Play all of it."""
        self.before_the_first_lecture()
        self.first_problem_set()
        self.second_problem_set()

    def before_the_first_lecture(self) -> None:
        """Make the course, with a late policy, two essay questions, and one hidden test that is broken."""
        lecturer = self.lecturer
        due = f"{systems.DUE:%Y-%m-%d %H:%M} {systems.ZONE.key}"
        lecturer.types(
            f'course new "{self.course}" --id deep-learning --repository some/course '
            f'--set ps1 --set ps2 --due "ps1={due}" --due "ps2={due}"',
            at=ROOT,
        )
        with (self.course / "nbgrader_config.py").open("a", encoding="utf-8") as config:
            config.write(POLICY)
        for name, notebook in ESSAYS.items():
            self._add_essay(name, notebook)
        self.mended = self._break_a_test("3_cost", BROKEN)
        lecturer.types("course release")
        lecturer.types("course doctor")
        (self.folder / "roster.csv").write_text(systems.roster(self.everybody.people), encoding="utf-8")

    def _add_essay(self, name: str, notebook: str) -> None:
        path = self.course / "source/ps2" / f"{notebook}.ipynb"
        book = notebooks.read(path)
        settings = {
            "grade": True, "grade_id": name, "locked": False, "points": ESSAY_POINTS, "schema_version": 3,
            "solution": True, "task": False,
        }  # fmt: skip
        text = "### BEGIN SOLUTION\nRounding against curvature.\n### END SOLUTION"
        book.cells.append(new_markdown_cell(text, metadata={"nbgrader": settings}))
        notebooks.write(book, path)

    def _break_a_test(self, notebook: str, test: str) -> tuple[Path, str]:
        """Let a hidden test give half of what it should; return its file and what that was before."""
        path = self.course / "source/ps1" / f"{notebook}.ipynb"
        before = path.read_text(encoding="utf-8")
        book = notebooks.read(path)
        cell = notebooks.cell_named(book, test)
        assert cell.source.count("return score.total()") == 1
        cell.source = cell.source.replace("return score.total()", "return score.total() / 2")
        notebooks.write(book, path)
        return path, before

    # --- ps1: Canvas ----------------------------------------------------------------------------------------------

    def first_problem_set(self) -> None:
        lecturer = self.lecturer
        handed_in = self._published("ps1")
        download = self.folder / "submissions.zip"
        download.write_bytes(systems.canvas_zip({person: work.handin for person, work in handed_in.items()}))
        said = lecturer.types(f'course collect ps1 "{download}" --roster "{self.folder}/roster.csv"')
        self._collected("ps1", handed_in, said)
        lecturer.types("nbgrader autograde ps1")
        deserved = {person: work.points for person, work in self._graded(handed_in).items()}
        halved = {who: points | {BROKEN: points[BROKEN] / 2} for who, points in deserved.items()}
        self._points("ps1, with a broken test", "ps1", halved)
        path, before = self.mended
        path.write_text(before, encoding="utf-8")
        lecturer.types("nbgrader generate_assignment ps1 --force")
        said = lecturer.types("course regrade ps1 --question memory_cost --yes")
        up = sum(points[BROKEN] > 0 for points in deserved.values())
        lecturer.expect("ps1, said of regrading", said, f"{up} up, 0 down, {len(deserved) - up} unchanged")
        self._points("ps1, with the test mended", "ps1", deserved)
        self._report("ps1", handed_in)
        lecturer.types(f'course feedback ps1 --canvas "{download}" --roster "{self.folder}/roster.csv"')
        self._feedback("ps1", "canvas", handed_in)
        export = self.folder / "canvas_export.csv"
        most = sum(manifest.of("ps1").points.values())
        export.write_text(systems.canvas_export(self.everybody.people, "Problem set 1 (4711)", most), encoding="utf-8")
        lecturer.types(
            f'course grades ps1 --canvas "{export}" --roster "{self.folder}/roster.csv" --column "Problem set 1 (4711)"'
        )
        found = systems.column_of(self.course / "grades/ps1_canvas.csv", "SIS User ID", "Problem set 1 (4711)")
        lecturer.compare("ps1 in Canvas's file", _only_known(found, self.everybody), self._totals("ps1", handed_in))

    # --- ps2: Moodle ----------------------------------------------------------------------------------------------

    def second_problem_set(self) -> None:
        lecturer = self.lecturer
        handed_in = self._published("ps2")
        by = {person: work.handin for person, work in handed_in.items()}
        download, sheet = self.folder / "moodle.zip", self.folder / "worksheet.csv"
        download.write_bytes(systems.moodle_zip(by))
        most = sum(manifest.of("ps2").points.values()) + ESSAY_POINTS * len(ESSAYS)
        sheet.write_text(systems.worksheet(self.everybody.people, by, most), encoding="utf-8-sig")
        zone = systems.ZONE.key
        said = lecturer.types(f'course collect ps2 "{download}" --roster "{sheet}" --timezone {zone}')
        self._collected("ps2", handed_in, said)
        lecturer.types("course watch ps2 --once")
        graded = self._graded(handed_in)
        self._points("ps2, before the essays", "ps2", {person: work.points for person, work in graded.items()})
        essays = self._grade_essays(graded)
        self._report("ps2", handed_in, essays)
        lecturer.types(f'course feedback ps2 --moodle "{download}" --roster "{sheet}"')
        self._feedback("ps2", "moodle", handed_in)
        lecturer.types(f'course grades ps2 --moodle "{sheet}" --roster "{sheet}"')
        found = systems.column_of(self.course / "grades/ps2_moodle.csv", "ID number", "Grade")
        lecturer.compare(
            "ps2 in Moodle's file", _only_known(found, self.everybody), self._totals("ps2", handed_in, essays)
        )
        lecturer.types("course grades ps2 --plain")
        with (self.course / "grades/ps2_plain.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        lecturer.compare("rows of the plain table", {"rows": len(rows)}, {"rows": len(graded)})

    def _grade_essays(self, graded: Mapping[Person, Deserved]) -> dict[str, float]:
        """Give points by hand, as formgrader does; return them by student."""
        given: dict[str, float] = {}
        with gradebook(self.course) as book:
            for number, (person, work) in enumerate(graded.items()):
                for essay in work.essays:
                    grade = book.find_grade(essay, ESSAYS[essay], "ps2", person.id)
                    grade.manual_score, grade.needs_manual_grade = number % (ESSAY_POINTS + 1), False
                    comment = book.find_comment(essay, ESSAYS[essay], "ps2", person.id)
                    comment.manual_comment = f"Read by hand, {person.name}."
                    given[person.id] = given.get(person.id, 0) + grade.manual_score
            book.db.commit()
        return given

    # --- What both have in common ---------------------------------------------------------------------------------

    def _published(self, assignment: str) -> dict[Person, Deserved]:
        """Publish a problem set; the students work with what was published."""
        self.lecturer.types(f"nbgrader generate_assignment {assignment} --force")
        bundle = self.folder / f"bundle_{assignment}"
        self.lecturer.types(f'course publish {assignment} --to "{bundle}"')
        found = sorted(path.name for path in bundle.rglob("*.ipynb"))
        wanted = {name: name in found for name in map("{}.ipynb".format, manifest.of(assignment).notebooks)}
        self.lecturer.compare(f"{assignment} in the bundle", wanted, dict.fromkeys(wanted, True))
        released = next(path.parent for path in bundle.rglob(f"{assignment}/*.ipynb"))
        return self.everybody.hand_in(assignment, released, self.course / "source" / assignment)

    def _collected(self, assignment: str, handed_in: Mapping[Person, Deserved], said: str) -> None:
        placed = {folder.parent.name for folder in (self.course / "submitted").glob(f"*/{assignment}")}
        wanted = {person.id for person in self._graded(handed_in)}
        self.lecturer.compare(f"{assignment}, hand-ins", dict.fromkeys(placed, True), dict.fromkeys(wanted, True))
        nowhere = [person for person, work in handed_in.items() if not (person.enrolled and work.handin.placed)]
        number = str(self.everybody.stranger.canvas if assignment == "ps1" else self.everybody.stranger.moodle)
        self.lecturer.expect(f"{assignment}, said of what could not be placed", said, number)
        kept = list((self.course / "unplaced" / assignment).iterdir())
        self.lecturer.compare(f"{assignment}, kept", {"enough": len(kept) >= len(nowhere)}, {"enough": True})
        missing = {p.id: f"{p.id} ({p.name})" in said for p in self.everybody.absent(assignment)}
        self.lecturer.compare(f"{assignment}, named as missing", missing, dict.fromkeys(missing, True))
        escaped = [path for path in (self.folder / "gradebook.db", Path("/etc/cron.d/grade")) if path.exists()]
        self.lecturer.compare(f"{assignment}, written outside", {"files": escaped}, {"files": []})

    def _graded(self, handed_in: Mapping[Person, Deserved]) -> dict[Person, Deserved]:
        return {p: work for p, work in handed_in.items() if p.enrolled and work.handin.placed}

    def _points(self, what: str, assignment: str, expected: Mapping[Person, Mapping[str, float]]) -> None:
        found = grades.read(self.course / "gradebook.db", assignment)
        flat = {
            (student, question): points
            for student, questions in found.points.items()
            for question, points in questions.items()
            if question not in ESSAYS
        }
        wanted = {
            (person.id, question): p for person, questions in expected.items() for question, p in questions.items()
        }
        self.lecturer.compare(what, flat, wanted)

    def _totals(
        self, assignment: str, handed_in: Mapping[Person, Deserved], essays: Mapping[str, float] = NO_ESSAYS
    ) -> dict[str, str]:
        """Return what each deserves in all, as it is written into a file: less what lateness costs."""
        totals = {}
        for person, work in self._graded(handed_in).items():
            raw = sum(work.points.values()) + essays.get(person.id, 0)
            totals[person.id] = f"{raw * (1 - LATE_SHARE[assignment] * work.handin.late):.10g}"
        return totals

    def _report(
        self, assignment: str, handed_in: Mapping[Person, Deserved], essays: Mapping[str, float] = NO_ESSAYS
    ) -> None:
        """Compare what is said on the page, and of it, with what the class deserves."""
        said = self.lecturer.types(f"course report {assignment}")
        totals = [
            sum(work.points.values()) + essays.get(person.id, 0) for person, work in self._graded(handed_in).items()
        ]  # before anything is taken off for lateness
        late = sum(work.handin.late for work in self._graded(handed_in).values())
        most = sum(manifest.of(assignment).points.values()) + (ESSAY_POINTS * len(ESSAYS) if essays else 0)
        mean, median = (f"{round(what(totals), 1):g}" for what in (statistics.mean, statistics.median))
        class_ = f"{len(totals)} students graded; mean {mean}, median {median} of {most:g} points"
        self.lecturer.expect(f"{assignment}, said of the class", said, class_, f"{late} late")
        page = (self.course / "reports" / f"{assignment}.html").read_text(encoding="utf-8")
        self.lecturer.expect(f"{assignment}, the report", page, mean)

    def _feedback(self, assignment: str, system: str, handed_in: Mapping[Person, Deserved]) -> None:
        """Look into the package: one page for each who was graded, with no words of anybody else."""
        graded = self._graded(handed_in)
        with zipfile.ZipFile(self.course / "packs" / f"{assignment}_{system}.zip") as archive:
            pages = {name: archive.read(name).decode() for name in archive.namelist()}
        numbers = {str(getattr(person, system)): person for person in graded}
        ids = {person.id for person in graded}
        owners, strangers = {}, {}
        for name, page in pages.items():
            (owner,) = [person for number, person in numbers.items() if number in re.split(r"[_/]", name)]
            owners[owner.id] = True
            strangers[owner.id] = ids & set(re.findall(r"\w+", page)) - {owner.id}
        self.lecturer.compare(
            f"{assignment}, others in a student's page", strangers, dict.fromkeys(strangers, frozenset())
        )
        self.lecturer.compare(f"{assignment}, packed", owners, {person.id: True for person in graded})


def _only_known(column: Mapping[str, str], everybody: Class) -> dict[str, str]:
    """Leave out rows that are nobody's, and cells that were left empty."""
    ids = {person.id for person in everybody.people}
    return {who: said for who, said in column.items() if who in ids and said}
