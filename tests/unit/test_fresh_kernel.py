"""A kernel that was made before its fork, and has rehearsed there, is as one that was started just now."""

import inspect
import json
import sys
import types
from dataclasses import replace

import nbformat
import pytest

from autograder.execution import notebook
from autograder.execution.job import Job, Patience
from autograder.execution.settings import Grading
from autograder.sandbox import provisioner
from autograder.sandbox.inside import tracebacks

PLAN = replace(Grading().plan(()), isolation="unsafe")


@pytest.fixture(scope="module", autouse=True)
def zygote():
    yield provisioner.warm(PLAN)
    provisioner.cool_down()


def run(*cells, files=None):
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    done = notebook.execute(Job(json.dumps(nbformat.v4.new_notebook(cells=cells)), PLAN, files=files or {}))
    assert not done.verdict
    return done.outputs


def printed(*cells):
    return "".join(output["text"] for output in run(*cells)[-1])


def test_names_and_history_are_those_of_a_new_kernel():
    (names,), (history,) = run("sorted(n for n in globals() if n[:2] != '__')", "In, Out")
    known = [
        "In",
        "Out",
        "_",
        "___",
        "_dh",
        "_i",
        "_i1",
        "_ih",
        "_ii",
        "_iii",
        "_oh",
        "exit",
        "get_ipython",
        "open",
        "quit",
    ]
    assert not {*eval(names["data"]["text/plain"])} - {*known}
    assert history["data"]["text/plain"].startswith("(['', \"sorted(")


def test_files_beside_the_notebook_are_imported_and_the_standard_library_comes_first():
    files = {"beside.py": b"value = 7", "colorsys.py": b"value = 8"}
    (outputs,) = run("import beside, colorsys\nprint(beside.value, hasattr(colorsys, 'value'))", files=files)
    assert outputs[0]["text"] == "7 False\n"


def test_the_rehearsal_is_nowhere_in_the_history():
    shown = printed(
        "manager = get_ipython().history_manager",
        "print(manager.session_number, [c for _, _, c in manager.get_range(0)], list(manager.search('*time*')))",
    )
    assert shown.startswith("1 ")
    assert "sleep" not in shown


def test_an_error_of_the_rehearsal_has_gone():
    assert printed("import sys; print(hasattr(sys, 'last_value'), hasattr(sys, 'last_traceback'))") == "False False\n"


def test_its_places_are_its_own():
    shown = printed(
        "import os, pathlib, tempfile",
        "print(str(_dh[0]) == os.getcwd(), get_ipython().home_dir == os.environ['HOME'],"
        " get_ipython().profile_dir.location.startswith(os.environ['HOME']),"
        " pathlib.Path(get_ipython().profile_dir.startup_dir).is_dir())",
    )
    assert shown == "True True True True\n"


def test_each_has_a_session_and_an_identity_of_its_own():
    ask = "print(get_ipython().kernel.session.session, get_ipython().kernel.ident)"
    assert not {*printed(ask).split()} & {*printed(ask).split()}


def test_output_of_programs_and_of_threads_arrives():
    shown = printed(
        "import os, threading\n"
        "os.system('echo from a program')\n"
        "thread = threading.Thread(target=print, args=['from a thread'])\n"
        "thread.start(); thread.join()\n"
    )
    # In whichever order, and be it on one line.
    assert "from a program" in shown
    assert "from a thread" in shown


def test_figures_are_shown_and_those_of_the_rehearsal_are_not():
    nothing, shown = run("x = 1", "import matplotlib.pyplot as plt; plt.plot([1, 2]);")
    assert nothing == []
    assert "image/png" in shown[-1]["data"]


def test_what_the_rehearsal_drew_and_recorded_has_gone():
    shown = printed(
        "import matplotlib.pyplot as plt\nfrom course_lib import recording\n"
        "print(plt.get_fignums(), recording.is_on(), recording.events())"
    )
    assert shown == "[] True []\n"


def test_magics_awaiting_and_errors_of_syntax_are_as_ever():
    silent, waited, magic, wrong, again = run(
        "import asyncio",
        "await asyncio.sleep(0, 7)",
        "%who_ls asyncio\n!echo from a program",
        "def f(:",
        "%%capture kept\nprint('inside')",
    )
    assert silent == again == []
    assert waited[0]["data"]["text/plain"] == "7"
    assert "from a program" in "".join(output.get("text", "") for output in magic)
    assert wrong[0]["ename"] == "SyntaxError"


def test_awaiting_without_an_end_is_stopped():
    cells = [nbformat.v4.new_code_cell(cell) for cell in ("import asyncio\nawait asyncio.sleep(600)", "6 * 7")]
    patience = Patience(cell_seconds=1, after_hang_seconds=1)
    done = notebook.execute(Job(json.dumps(nbformat.v4.new_notebook(cells=cells)), PLAN, patience=patience))
    assert done.hung
    assert done.outputs[1][0]["data"]["text/plain"] == "42"


def test_the_same_cell_twice_is_transformed_anew_each_time():
    first, second = run(
        "def shout(lines):\n    return [line.replace('quiet', 'LOUD') for line in lines]\n"
        "code = 'print(\"quiet\")'\nget_ipython().run_cell(code)",
        "get_ipython().input_transformers_post.append(shout)\n"
        "get_ipython().run_cell('print(1)'); get_ipython().run_cell(code)",
    )
    assert first[0]["text"] == "quiet\n"
    assert "LOUD" in "".join(output.get("text", "") for output in second)


def test_a_traceback_shows_the_lines_of_cells_and_of_modules():
    (error,) = run("import json", "def f(text):\n    return json.loads(text)", "f('{')")[-1]
    trace = "".join(error["traceback"])
    assert "Cell" in trace
    assert "json" in trace
    assert "raw_decode" in trace


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(inspect, "getmodule", inspect.getmodule)
    tracebacks.hasten()


@pytest.mark.usefixtures("hasty")
def test_code_of_no_module_is_in_none_and_found_when_its_module_comes(monkeypatch, tmp_path):
    place = tmp_path / "late.py"
    place.write_text("x = 1\n")
    code = compile("x = 1\n", str(place), "exec")
    assert inspect.getmodule(code) is None
    assert inspect.getmodule(code) is None
    late = types.ModuleType("late")
    late.__file__ = str(place)
    monkeypatch.setitem(sys.modules, "late", late)
    assert inspect.getmodule(code) is late


@pytest.mark.usefixtures("hasty")
def test_modules_functions_and_frames_of_modules_are_found():
    assert inspect.getmodule(json.loads) is json
    assert inspect.getmodule(json.loads.__code__) is json
    assert inspect.getmodule(json) is json
    assert inspect.getmodule(inspect.currentframe()).__name__ == __name__
