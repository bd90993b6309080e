"""What a kernel says on its one socket is what it would say to Jupyter; and the same kernel speaks to Jupyter, too."""

import json
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, start_new_kernel
from nbclient import NotebookClient
from traitlets.config import Config

from autograder.execution import notebook
from autograder.execution.job import Job, Patience
from autograder.sandbox import provisioner
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.plan import UNSAFE, Plan

PLAN = Plan(imports=("ipykernel.kernelapp",), rehearsal=(), isolation=UNSAFE, limits=replace(Limits(), output_mib=2))
PATIENCE = Patience(cell_seconds=2, after_hang_seconds=1)


@pytest.fixture(scope="module", autouse=True)
def _warm():
    provisioner.warm(PLAN)
    yield
    provisioner.cool_down()


def executed(*cells):
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    book = json.dumps(nbformat.v4.new_notebook(cells=cells))
    return notebook.execute(Job(book, PLAN, patience=PATIENCE))


def shown(*cells):
    """Return what each cell shows: texts, and names of errors."""
    return [
        [o.get("text") or o.get("ename") or o["data"]["text/plain"] for o in outputs]
        for outputs in executed(*cells).outputs
    ]


def test_all_that_is_printed_comes_in_order_whoever_printed_it():
    assert shown(
        "import subprocess, sys; print('a'); print('b', file=sys.stderr); 'c'",
        "subprocess.run(['echo', 'from a program']); print('from here')",
        "import os; os.write(1, b'raw, then '), os.write(1, 'η'.encode()[:1]), os.write(1, 'η'.encode()[1:]); None",
        "for i in range(3): print(i)",
    ) == [["a\n", "b\n", "'c'"], ["from a program\nfrom here\n"], ["raw, then η"], ["0\n1\n2\n"]]  # fmt: skip


def test_what_a_forked_process_prints_is_the_cells():
    cell = "import os\nif not os.fork():\n    print('child')\n    os._exit(0)\nos.wait(); print('parent')"
    assert shown(cell, "print('one', flush=True)") == [["child\nparent\n"], ["one\n"]]


def test_what_is_printed_before_the_kernel_dies_is_not_lost():
    done = executed("print('first', flush=True)\nprint('second')\nimport time; time.sleep(0.5)\nimport os; os._exit(0)")
    assert [o.get("text") or o["ename"] for o in done.outputs[0]] == ["Stopped", "first\n", "second\n"]


def test_what_is_printed_is_said_when_the_standard_files_are_closed():
    assert shown("import os; print('a'); os.close(1); os.close(2)", "print('b')", "1") == [["a\n"], ["b\n"], ["1"]]


def test_a_cell_may_close_what_it_prints_to():
    closing = "import sys; print('a'); sys.stdout.close(); sys.stderr.close(); x = 2"
    assert shown(closing, "x", "print('b')", "x") == [["a\n"], ["2"], ["ValueError"], ["2"]]


def test_a_program_that_floods_is_stopped():
    done = executed("import subprocess; subprocess.Popen(['yes'])", "import time; time.sleep(1)", "1")
    assert "printed more than 2 MiB" in done.verdict


def test_cells_may_await_and_tasks_go_on_from_cell_to_cell():
    assert shown(
        "import asyncio\nasync def count():\n    for i in range(3): await asyncio.sleep(0.01)\n    return i",
        "task = asyncio.create_task(count())",
        "await task",
        "asyncio.get_running_loop().is_running()",
    ) == [[], [], ["2"], ["True"]]


def test_a_cell_that_awaits_without_an_end_is_stopped_and_the_next_one_runs():
    done = executed("import asyncio\nawait asyncio.sleep(60)", "print('next')")
    assert [o["ename"] for o in done.outputs[0]] == ["CancelledError", "TimeLimit"]
    assert done.outputs[1][0]["text"] == "next\n"
    assert done.hung


def test_a_cell_that_does_not_end_is_stopped_and_keeps_what_it_printed():
    done = executed("print('begun')\nwhile True: pass", "print('next')")
    assert [o.get("text") or o["ename"] for o in done.outputs[0]] == ["begun\n", "KeyboardInterrupt", "TimeLimit"]
    assert done.outputs[1][0]["text"] == "next\n"


def test_displays_are_updated_and_cleared():
    assert shown(
        "from IPython.display import clear_output, display\nhandle = display('old', display_id=True)",
        "handle.update('new')",
        "print(1); clear_output(); print(2)",
        "print(1); clear_output(wait=True); print(3)",
    ) == [["'new'"], [], ["2\n"], ["3\n"]]


def test_nobody_is_there_to_answer_a_question():
    assert shown("input('name?')", "1") == [["StdinNotImplementedError"], ["1"]]


def test_a_shell_that_was_broken_says_so_in_each_cell_instead_of_saying_nothing():
    assert shown("import sys; sys.stdout = None", "1", "2") == [[], ["AttributeError"], ["AttributeError"]]


def test_exit_ends_the_kernel_after_its_cell():
    done = executed("print('bye')\nexit()", "1")
    assert done.outputs[0][0]["text"] == "bye\n"
    assert "ended its own kernel" in done.verdict


def test_a_kernel_that_becomes_another_program_is_none():
    start = time.monotonic()
    done = executed("import os; os.execv('/bin/sleep', ['sleep', '60'])", "1")
    assert "ended its own kernel" in done.verdict
    assert time.monotonic() - start < PATIENCE.cell_seconds


def test_a_cell_that_is_to_be_skipped_is_skipped():
    cells = [nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["skip-execution"]}), nbformat.v4.new_code_cell("x")]
    done = notebook.execute(Job(json.dumps(nbformat.v4.new_notebook(cells=cells)), PLAN))
    assert done.outputs[1][0]["ename"] == "NameError"


def test_texts_that_no_file_can_hold_are_taken_in():
    assert shown("print('\\ud800')", "raise ValueError('\\ud800')") == [["?\n"], ["ValueError"]]


# --- Jupyter's own language ------------------------------------------------------------------------------------------


@pytest.fixture
def jupyter():
    """Return what anything that speaks Jupyter needs to start the kernel."""
    config = Config()
    config.WalledProvisioner.plan = PLAN
    return {
        "kernel_name": provisioner.KERNEL,
        "kernel_spec_manager": KernelSpecManager(kernel_dirs=[str(Path(provisioner.__file__).parent / "kernels")]),
        "config": config,
    }


def test_jupyters_own_client_executes_cells_and_asks_for_input(jupyter):
    manager, client = start_new_kernel(**jupyter)
    try:
        said = []
        client.execute_interactive(
            "print(input('name? ').upper())", output_hook=said.append, stdin_hook=lambda _: client.input("eta")
        )
        assert [m["content"]["text"] for m in said if m["msg_type"] == "stream"] == ["ETA\n"]
        asked = client.execute("print('begun', flush=True)\nwhile True: pass", stop_on_error=False)
        while client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
            pass
        manager.interrupt_kernel()
        while (reply := client.get_shell_msg(timeout=10))["parent_header"]["msg_id"] != asked:
            pass
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert client.execute_interactive("1", output_hook=said.append)["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert not manager.is_alive()


def test_nbclient_executes_a_notebook_in_it(jupyter, tmp_path):
    (tmp_path / "data.txt").write_text("7")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("int(open('data.txt').read())")])
    client = NotebookClient(book, km=AsyncKernelManager(**jupyter), resources={"metadata": {"path": str(tmp_path)}})
    client.owns_km = True
    client.execute()
    assert book.cells[0].outputs[0]["data"]["text/plain"] == "7"


def test_who_floods_jupyters_client_is_ended(jupyter):
    manager, client = start_new_kernel(**jupyter)
    try:
        client.execute("while True: print('x' * 10_000)")
        end = time.monotonic() + 30
        while manager.is_alive() and time.monotonic() < end:
            time.sleep(0.05)
        assert not manager.is_alive()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
