"""Notebooks as students save them, and what they ran, for tests of `check_submission()`."""

import json
import os

from autograder.samples import notebooks
from course_files import ROOT
from course_lib.handing_in import check_submission, session
from course_lib.handing_in.session import Run, Session

FORWARD = 'a = "log 2"\nb = "2"\nc = "log 2"\nd = "-log 2"\ne = "1/2"\nz = "5/4"'


def released(name="ps1/1_by_hand.ipynb"):
    return json.loads((ROOT / "release" / name).read_text(encoding="utf-8"))


def solved(name="ps1/1_by_hand.ipynb"):
    """Return a released notebook with the solution in each answer cell, as a student would save it."""
    made, source = released(name), notebooks.read(ROOT / "source" / name)
    for answer in notebooks.solution_names(source):
        cell(made, answer)["source"] = notebooks.solution(source, answer)
    return made


def cell(made, name):
    return next(c for c in made["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def place(made, name):
    return made["cells"].index(cell(made, name))


def own(text, kind="code", key="own"):
    return {"cell_type": kind, "id": key, "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def looking(folder, monkeypatch):
    """Return a function that saves a notebook, and has it looked at after some runs."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)

    def look(made, ran=(), name="1_by_hand.ipynb", names=None, saved=1000.0):
        path = folder / name
        path.write_text(json.dumps(made), encoding="utf-8")
        os.utime(path, (saved, saved))
        monkeypatch.setattr(session, "current", lambda: Session(tuple(ran), bool(ran), names))
        report = check_submission(path)
        assert report.faults == ()
        return report

    return look


def ran(made, *, keys=True, failing=(), ended=900.0):
    """Return the runs of a notebook that ran once from top to bottom, as far as the cell that asks."""
    cells = [c for c in made["cells"] if c["cell_type"] == "code"]
    texts = [("".join(c["source"]), c["id"] if keys else "", c) for c in cells if c["source"]]
    return [
        Run(number, text, key, ended, 0.1, c["metadata"].get("nbgrader", {}).get("grade_id") not in failing)
        for number, (text, key, c) in enumerate(texts, 1)
        if "check_submission" not in text
    ]


def codes(report):
    return [(finding.code, finding.cell) for finding in report.findings]
