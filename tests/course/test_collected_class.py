"""A class that handed in to Canvas: collected, autograded by nbgrader, and its points filled into Canvas's export."""

import json

import lms_downloads as made

from autograder import lateness
from autograder.lms import collect, gradebook_csv, points, table

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,ps1 (7),Final Score
    Points Possible,,,,,{most},(read only)
"Lovelace, Ada",101,u1,ada,S,,
"Müller, Jörg",102,u2,joerg,S,,
"Schmidt, Anna Maria",103,u3,mary,S,,
"Lee, Kim",104,u4,kim1,S,,
"""


def test_a_class_from_canvas_and_back(course):
    right, wrong = (
        {f"{name}.ipynb": json.dumps(course.answered(name, **answers)).encode() for name in ("p1", "p2")}
        for answers in ({}, {"answer_x": "x = 1"})
    )
    again = {"p1.ipynb": wrong["p1.ipynb"], "p2.ipynb": right["p2.ipynb"], "p1-1.ipynb": right["p1.ipynb"]}
    copies = made.zipped({f"my work/Copy of {name}": content for name, content in wrong.items()})
    download = course.folder / "submissions.zip"
    download.write_bytes(
        made.canvas(
            [
                ("lovelaceada", False, 101, again),
                ("müllerjörg", True, 102, right),
                ("schmidtannamaria", False, 103, {"work.zip": copies}),
            ]
        )
    )
    known = made.class_list(course.folder)
    done = collect.run(course.folder, collect.assignment(course.folder, "ps1"), [download], known)
    assert sorted(done.placed) == ["ada", "joerg", "mary"]
    course.autograde()
    graded = points.read(course.folder / "gradebook.db", "ps1")
    assert {name: (one.raw, one.points, one.late_by) for name, one in graded.results.items()} == {
        "ada": (6.0, 6.0, 0.0),
        "joerg": (6.0, 0.0, 1.0),  # the course's late policy takes all points
        "mary": (3.0, 3.0, 0.0),
    }
    (course.folder / "export.csv").write_text(CANVAS.format(most=graded.most), encoding="utf-8")
    filled = gradebook_csv.canvas(table.read(course.folder / "export.csv"), graded, known)
    assert [row[5] for row in filled.table.rows[2:]] == ["6", "0", "3", ""]
    assert filled.left == ["Lee, Kim (Canvas 104), kim1, has no points: nothing was graded"]
    assert filled.remarks == filled.absent == []

    course.grade_by_hand("joerg", "essay", 4)
    assert points.read(course.folder / "gradebook.db", "ps1").results["joerg"].points == 4.0
    assert [lateness.settle_class(course.folder, "ps1") for _ in range(2)] == [["joerg"], []]
    assert points.read(course.folder / "gradebook.db", "ps1").results["joerg"].points == 0.0
