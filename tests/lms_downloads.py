"""Downloads and exports, made as learning management systems write them, and a small course that they are for."""

import io
import json
import os
import unicodedata
import zipfile
from contextlib import contextmanager
from unittest import mock

from nbgrader.api import Gradebook

from autograder import commands
from autograder.lms import collect, roster

QUESTIONS = {"1_by_hand": ["by_hand_forward"], "2_engine": ["engine", "test_engine"], "3_cost": ["time_cost"]}


@contextmanager
def gradebook(course):
    """Open a course's gradebook; to make one, nbgrader calls alembic by its bare name."""
    with mock.patch.dict(os.environ, commands.environment()), Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        yield book


def notebook(*ids, text=""):
    """Return a notebook with these questions."""
    cells = [
        {
            "cell_type": "code", "id": name, "metadata": {"nbgrader": {"grade_id": name}}, "source": text,
            "outputs": [], "execution_count": None,
        }
        for name in ids
    ]  # fmt: skip
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def hand_in(text="", names=tuple(QUESTIONS)):
    """Return the files of somebody who handed in all notebooks."""
    return {f"{name}.ipynb": notebook(*QUESTIONS[name], text=text) for name in names}


def course(folder):
    """Make a course with one assignment."""
    (folder / "source/ps1").mkdir(parents=True)
    (folder / "nbgrader_config.py").touch()
    for name, content in hand_in().items():
        (folder / "source/ps1" / name).write_bytes(content)
    return folder


def zipped(files):
    """Return a zip of these files, as bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def canvas(people):
    """Return Canvas's flat zip of `(squeezed name, late, id, files)`; ids of files count up."""
    number, files = 5000, {}
    for name, late, person, theirs in people:
        for called, content in theirs.items():
            number += 1
            files[f"{name}_{'LATE_' * late}{person}_{number}_{called}"] = content
    return zipped(files)


def moodle(people, *, behind="", flat=False):
    """Return Moodle's zip of `(full name, number, files)`."""
    return zipped(
        {
            f"{name}_{number}_assignsubmission_file{behind}{'_' if flat else '/'}{called}": content
            for name, number, theirs in people
            for called, content in theirs.items()
        }
    )


def gradescope(people):
    """Return Gradescope's export of `(number, [(name, email, sid)], time, files)`."""
    about, files = "---\n", {}
    for number, submitters, time, theirs in people:
        about += f"submission_{number}:\n  :submitters:\n"
        for name, email, sid in submitters:
            about += f"  - :name: {name}\n    :email: {email}\n    :sid: '{sid}'\n"
        about += f"  :created_at: {time}\n  :score: 0.0\n  :status: processed\n"
        about += "  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess\n    tests: []\n"
        files |= {f"assignment_9_export/submission_{number}/{name}": content for name, content in theirs.items()}
    return zipped({"assignment_9_export/submission_metadata.yml": about.encode(), **files})


def write(folder, files):
    """Write files into a folder, which is returned."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def decomposed(name):
    """Return a name as macOS writes it."""
    return unicodedata.normalize("NFD", name)


ROSTER = """\
id,first name,last name,email,canvas id,moodle id
ada,Ada,Lovelace,ada@example.org,101,9001
joerg,Jörg,Müller,jm@example.org,102,9002
mary,Anna Maria,Schmidt,ams@example.org,103,9003
kim1,Kim,Lee,kim1@example.org,104,9004
kim2,Kim,Lee,kim2@example.org,105,9005
zoe,Zoë,Nguyễn,zoe@example.org,,
"""


def class_list(folder, text=ROSTER):
    """Return a roster that was read from a file."""
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return roster.read(path)


def handed_in(course, student):
    """Return the names of the files that were placed for a student."""
    folder = course / "submitted" / student / "ps1"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def text_of(course, student, name="2_engine.ipynb"):
    """Return what stands in the first cell of a notebook that was placed."""
    return json.loads((course / "submitted" / student / "ps1" / name).read_text())["cells"][0]["source"]


def whys(done):
    """Return what could not be placed, and why."""
    return "\n".join(f"{leftover.name}: {leftover.why}" for leftover in done.unplaced)


def collected(folder, *downloads, known=None, **options):
    """Collect downloads, given as bytes of a zip or as paths, into the course in a folder."""
    paths = []
    for number, download in enumerate(downloads):
        path = folder / f"download{number}.zip" if isinstance(download, bytes) else download
        if isinstance(download, bytes):
            path.write_bytes(download)
        paths.append(path)
    return collect.run(folder, collect.assignment(folder, "ps1"), paths, known, **options)
