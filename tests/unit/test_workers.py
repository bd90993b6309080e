"""Executing in processes: they stay, and one that dies takes one notebook with it at most, which is tried again."""

import contextlib
import json
import os
import signal
import time
from concurrent.futures import Future

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.execution import workers
from autograder.execution.job import Executed, Job
from autograder.execution.notebook import CannotExecute
from autograder.execution.settings import Grading
from autograder.sandbox.plan import Plan

PLAN = Plan(isolation="unsafe", rehearsal=())


def job(*sources):
    cells = [new_markdown_cell("words"), *map(new_code_cell, sources)]
    return Job(json.dumps(new_notebook(cells=cells)), PLAN)


def text(executed):
    """Return what the last cell gave."""
    (output,) = executed.outputs[-1]
    return output["data"]["text/plain"] if output["output_type"] == "execute_result" else output["evalue"]


def processes(local):
    return [number for pool in local._processes for number in pool._processes or {}]


def kill(local):
    """Kill all processes; some may have gone already."""
    for number in processes(local):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@pytest.fixture(scope="module")
def local():
    made = workers.LocalWorkers(2)
    assert made.isolation(PLAN).startswith("NO ISOLATION")
    yield made
    made.close()


def test_results_come_back_from_other_processes_that_stay(local):
    results = [local.submit(job(f"{number} + 1")) for number in range(6)]
    assert [text(result.result(60)) for result in results] == ["1", "2", "3", "4", "5", "6"]
    before = processes(local)
    assert len(before) == 2
    assert text(local.submit(job("1")).result(60)) == "1"
    assert processes(local) == before


def test_a_notebook_whose_process_dies_is_tried_again(local):
    result = local.submit(job("import time; time.sleep(1); 5"))
    time.sleep(0.3)
    kill(local)
    assert text(result.result(60)) == "5"


def test_a_notebook_that_no_process_survives_gets_a_verdict_and_others_go_on(local):
    result = local.submit(job("import time; time.sleep(20)", "1"))
    while not result.done():
        time.sleep(0.2)
        kill(local)
    lost = result.result()
    assert "died 2 times" in lost.verdict
    assert [len(outputs) for outputs in lost.outputs] == [0, 1, 1]
    assert {output["output_type"] for outputs in lost.outputs for output in outputs} == {"error"}
    assert not lost.steady
    assert text(local.submit(job("7")).result(60)) == "7"


def test_those_on_this_machine_are_kept_for_the_next_run():
    """When another number of them is asked for, those that were there do not stay beside them."""
    two = workers.workers(2, "")
    assert workers.workers(2, "") is two
    three = workers.workers(3, "")
    try:
        assert three.count == 3
        assert list(workers._LOCAL.values()) == [three]
    finally:
        for one in workers._LOCAL.values():
            one.close()
        workers._LOCAL.clear()


def test_as_many_as_memory_allows_do_not_count_what_only_caches_files(monkeypatch):
    """After some hours, Linux has nearly all memory in use: for copies of files, which it gives up when asked."""
    real = os.sysconf
    monkeypatch.setattr(os, "sysconf", lambda name: 100 if name == "SC_AVPHYS_PAGES" else real(name))
    with open("/proc/meminfo") as stream:  # noqa: PTH123 - no file
        available = next(int(line.split()[1]) for line in stream if line.startswith("MemAvailable"))
    expected = min(len(os.sched_getaffinity(0)), available // 1024 // 1024)
    assert Grading().count("cpu") == max(1, expected)
    assert Grading(workers=5).count("cpu") == 5


def test_no_more_notebooks_use_the_gpu_at_a_time_than_are_allowed():
    assert Grading(workers=5).count("cuda") == 1
    assert Grading(workers=5, gpu_notebooks=3).count("cuda") == 3
    assert Grading(workers=2, gpu_notebooks=3).count("cuda") == 2


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "nothing://127.0.0.1:1"])
def test_a_scheduler_that_is_none_is_refused_in_words(address):
    pytest.importorskip("distributed")
    with pytest.raises(CannotExecute, match=f"No Dask scheduler answers at {address}"):
        workers.workers(1, address)


class KilledWorker(Exception):  # noqa: N818 - Dask's own name
    pass


def test_what_a_cluster_says_is_put_in_words():
    def told(outcome):
        done = Future()
        told = workers._in_words(done, job("1"))
        outcome(done)
        return told

    fine = Executed([], "walls")
    assert told(lambda done: done.set_result(fine)).result(0) is fine
    assert "died" in told(lambda done: done.set_exception(KilledWorker())).result(0).verdict
    with pytest.raises(ZeroDivisionError):
        told(lambda done: done.set_exception(ZeroDivisionError())).result(0)


def test_what_a_cluster_gives_up_is_not_waited_for_for_ever():
    """Dask cancels everything when its scheduler goes away."""
    done = Future()
    told = workers._in_words(done, job("1"))
    done.cancel()
    done.set_running_or_notify_cancel()
    with pytest.raises(CannotExecute):
        told.result(1)
