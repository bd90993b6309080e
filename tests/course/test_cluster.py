"""A class is graded on a Dask cluster as it is on one machine, and a worker that dies costs nobody anything."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from small_course import FULL

from autograder import commands

pytest.importorskip("distributed")

STUDENTS = [f"s{number}" for number in range(6)]
SECONDS = 240


class Cluster:
    """A scheduler and workers, as ordinary processes on this machine."""

    def __init__(self, folder):
        self._folder = folder
        self._file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--scheduler-file", self._file, "--no-dashboard")
        self.workers = []

    def add_worker(self):
        options = ["--scheduler-file", self._file, "--nthreads=1", "--no-nanny", "--no-dashboard"]
        self.workers.append(self._start("worker", *options))

    @property
    def address(self):
        wait_until(self._file.exists)
        return json.loads(self._file.read_text())["address"]

    def _start(self, what, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host=127.0.0.1", *map(str, arguments)]
        with (self._folder / "cluster.log").open("a") as log:
            return subprocess.Popen(command, env=commands.environment(), stdout=log, stderr=log, cwd=self._folder)

    def close(self):
        for process in (self.scheduler, *self.workers):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


def wait_until(happened):
    end = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    for _ in range(3):
        made.add_worker()
    yield made
    made.close()


def handed_in(course, seconds):
    for number, student in enumerate(STUDENTS):
        course.hand_in(student, answer_x=f"import time; time.sleep({seconds}); x = {number % 2 + 1}  # {student}")
    return course


def test_a_cluster_gives_the_same_gradebook_and_survives_the_death_of_a_worker(cluster, new_course):
    course = handed_in(new_course(), 0.5)
    command = course.start("autograde", "ps1", f"--Grading.scheduler={cluster.address}")
    command.wait_until_said("s0: 2 notebooks", SECONDS)
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    assert command.wait(SECONDS) == 0, command.said
    assert "To look at" not in command.said, command.said
    assert "Graded 6 of 6" in command.said
    local = handed_in(new_course(), 0)
    local.autograde()
    assert course.gradebook() == local.gradebook()
    assert course.points("s1") == FULL
    assert "Executed behind" in course.report("s1")


def test_a_scheduler_that_goes_away_ends_a_run_in_words(cluster, course):
    handed_in(course, 2)
    command = course.start("autograde", "ps1", f"--Grading.scheduler={cluster.address}")
    command.wait_until_said("Isolation", SECONDS)
    cluster.close()
    assert command.wait(SECONDS) == 1, command.said
    assert "has its scheduler gone?" in command.said
    assert "s5" in command.said.partition("Not graded: ")[2]


def test_a_scheduler_that_never_was_there_is_named(course):
    course.hand_in("ada")
    said = course.autograde("--Grading.scheduler=tcp://127.0.0.1:9", status=1)
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in said
    assert "Traceback" not in said
    assert course.gradebook() == {}
