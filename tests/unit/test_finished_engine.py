"""The engine that comes as a file from problem set 2 on, and how a notebook gets it."""

import http.server
import threading
from functools import partial

import pytest

from autograder import finished_engine
from autograder.rehearsal import rehearse
from autograder.samples import notebooks
from course_files import ROOT
from course_lib import ComputationNode, Leaf, environment, fetch, graph

CALLS = """import course_lib
course_lib.fetch("engine.py", "https://nowhere.invalid")
from engine import Add, Matmul, Mul, backward_algorithm, forward_algorithm"""
TEST = """x = course_lib.Leaf(2.0)
backward_algorithm(forward_algorithm(x * x + x))
assert x.gradient == 5.0
### BEGIN HIDDEN TESTS
from autograder import student
student.gradients(lambda A, B: (A @ B).sum(), A=(2, 3), B=(3, 4))
### END HIDDEN TESTS"""


def notebook(*cells):
    made = [notebooks.nbformat.v4.new_code_cell(source) for source in cells]
    made[-1].metadata.nbgrader = {"grade": True, "grade_id": "test_it", "points": 2.0}
    return notebooks.nbformat.v4.new_notebook(cells=made)


@pytest.fixture
def assignment(tmp_path):
    (tmp_path / "ps1").mkdir()
    source = notebooks.read(ROOT / "source" / "ps1" / "2_engine.ipynb")
    notebooks.write(source, tmp_path / "ps1" / "2_engine.ipynb")
    notebooks.write(notebook(CALLS, TEST), tmp_path / "ps2" / "1_first.ipynb")
    return tmp_path / "ps2"


def test_it_is_made_from_the_solution_of_problem_set_1(assignment, solutions):
    wanted = finished_engine.out_of_step(assignment.parent, "ps2")
    assert solutions["engine"].strip() in wanted
    (assignment / "engine.py").write_text(wanted)
    assert finished_engine.out_of_step(assignment.parent, "ps2") is None
    (assignment / "engine.py").write_text(wanted + "# mine")
    assert finished_engine.out_of_step(assignment.parent, "ps2") == wanted


def test_an_assignment_that_does_not_import_it_has_none(assignment):
    assert not finished_engine.needed_by(assignment.parent / "ps1")
    assert finished_engine.out_of_step(assignment.parent, "ps1") is None


def test_a_notebook_works_with_it_each_time_anew(assignment):
    (assignment / "engine.py").write_text(finished_engine.text(assignment.parent))
    for _ in range(2):
        attempt = rehearse(assignment / "1_first.ipynb")["test_it"]
        assert (attempt.visible, attempt.judged.points) == ("", 2.0)
    assert not list(assignment.glob("__pycache__"))


def test_its_classes_are_gone_afterwards(assignment):
    (assignment / "engine.py").write_text(finished_engine.text(assignment.parent))
    before = dict(graph._node_types)
    rehearse(assignment / "1_first.ipynb")
    assert graph._node_types == before


def test_a_file_that_is_there_is_not_fetched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "engine.py").write_text("mine = 1")
    fetch("engine.py", "https://nowhere.invalid")
    assert (tmp_path / "engine.py").read_text() == "mine = 1"


def test_one_that_is_not_there_is_fetched(tmp_path, monkeypatch):
    served, here = tmp_path / "served", tmp_path / "here"
    served.mkdir()
    here.mkdir()
    (served / "engine.py").write_text("theirs = 1")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    monkeypatch.chdir(here)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        fetch("engine.py", address)
        with pytest.raises(environment.MissingFile, match=r"other.py does not lie beside this notebook.*404"):
            fetch("other.py", address)
        server.shutdown()
    assert (here / "engine.py").read_text() == "theirs = 1"


def test_the_words_say_what_to_do_where_there_is_no_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(environment.MissingFile, match=r"Put the engine.py that you got with the notebook into"):
        fetch("engine.py", "http://127.0.0.1:9")
    with pytest.raises(environment.MissingFile):
        fetch("engine.py", "{{ files }}")


def test_it_is_the_base_class_of_the_library_that_it_builds_on(assignment):
    names = {}
    exec(finished_engine.text(assignment.parent), names)
    assert issubclass(names["Matmul"], ComputationNode)
    assert isinstance(Leaf(1.0) * 2, names["Mul"])
