"""A round of `course watch`: what nbgrader says is understood, Ctrl-C ends it, and what is seen of it."""

import io
import signal
import subprocess
import sys
import threading
from datetime import datetime

import pytest
from rich.console import Console
from typer.testing import CliRunner

from autograder import cli
from autograder.execution.store import Record, Store
from autograder.watching import rounds
from autograder.watching.rounds import Busy, Useless, understood
from autograder.watching.show import Show
from autograder.watching.stop import Stop

# --- What nbgrader says -----------------------------------------------------------------------------------------------

INFO, ERROR = "[AutogradeApp | INFO] ", "[AutogradeApp | ERROR] "


def test_what_nbgrader_says_is_understood(tmp_path):
    store = Store(tmp_path)
    store.keep_record("ps1", "graded before", Record("digest", ["an old problem"]))
    lines = [
        f"{INFO}Isolation: walls.",
        f"{INFO}ada: 3 notebooks in 2.1 s",
        f"{INFO}o'neill: x: 1 notebook in 0.4 s; 1 to look at",
        f"{ERROR}There was an error processing assignment 'ps1' for student 'broken'", f"{INFO}To look at:",
        f"{INFO}  o'neill: x: p1: odd", f"{INFO}    again: nbgrader autograde ps1", f"{INFO}  huge: It is too large.",
    ]  # fmt: skip
    done = understood(lines, ["ada", "broken", "graded before", "huge", "o'neill: x"], store, "ps1")
    assert done.graded == {"ada": [], "graded before": ["an old problem"], "o'neill: x": ["p1: odd"]}
    assert list(done.failed) == ["broken", "huge"]
    assert done.failed["huge"] == ["It is too large."]
    assert "'broken'" in done.failed["broken"][0]


def test_a_run_that_could_not_begin_is_not_the_students_fault(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(Busy):
        understood([f"{ERROR}ps1 is being graded already, by another."], ["ada"], store, "ps1")
    with pytest.raises(Useless, match="no walls"):
        understood([f"{ERROR}no walls here", "more"], ["ada"], store, "ps1")
    with pytest.raises(Useless, match="No module"):
        understood(["No module named nbgrader"], ["ada"], store, "ps1")


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------

_CHILD = """
import os, signal, sys
def interrupted(*_):
    os.write(1, b"interrupted\\n")  # print() may just be at work
    sys.exit()
signal.signal(signal.SIGINT, interrupted)
print("began", flush=True)
sys.stdin.read() if len(sys.argv) > 1 else signal.pause()
"""


def test_the_second_ctrl_c_is_passed_on(tmp_path):
    heard, stop = [], Stop()

    def on_line(line):
        heard.append(line.strip())
        if line.strip() == "began":
            stop.ask()
            assert stop.asked
            assert not stop.at_once
            stop.ask()

    rounds.listen([sys.executable, "-c", _CHILD], tmp_path, on_line, stop)
    assert heard == ["began", "interrupted"]


def test_the_first_ctrl_c_lets_a_round_come_to_its_end(tmp_path):
    heard, stop = [], Stop()

    def on_line(line):
        heard.append(line.strip())
        stop.ask() if not stop.asked else None

    rounds.listen([sys.executable, "-c", _CHILD, "does not wait"], tmp_path, on_line, stop)
    assert heard == ["began"]


def test_a_service_manager_stops_it_at_once_and_handlers_are_given_back():
    before = signal.getsignal(signal.SIGTERM)
    times = []
    with Stop(times.append) as stop:
        assert signal.getsignal(signal.SIGINT) == stop.ask
        with subprocess.Popen([sys.executable, "-c", _CHILD], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "began\n"
            with stop.reaching(process):
                signal.raise_signal(signal.SIGTERM)
                assert process.stdout.readline() == "interrupted\n"
    assert stop.at_once
    assert times == [2]
    assert signal.getsignal(signal.SIGTERM) == before


def test_waiting_ends_when_it_is_asked_to_stop():
    stop = Stop()
    waiting = threading.Thread(target=stop.wait, args=(1000,))
    waiting.start()
    stop.ask()
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_second_ctrl_c_where_nothing_runs_ends_it():
    stop = Stop()
    stop.ask()
    with pytest.raises(KeyboardInterrupt):
        stop.ask()


# --- What is seen -----------------------------------------------------------------------------------------------------


def shown(terminal):
    printed = io.StringIO()
    console = Console(file=printed, width=100, force_terminal=terminal, color_system=None, _environ={})
    with Show(console, "Watching.", lambda who: f"{len(who)} of 9 points", lambda: datetime(2026, 5, 1, 12)) as show:  # noqa: DTZ001
        show.student("ada", "arriving")
        show.student("ada", "grading")
        show.student("ada", "graded")
        show.student("ada", "graded", ["a problem [bold]", "two", "three"])
        show.student("kurt", "not graded", ["too large"])
        show.student("emmy", "grading")
        show.say("Collected: 1 new.")
        show.ending(1)
    return printed.getvalue()


def test_in_a_log_each_event_is_a_line():
    assert shown(terminal=False).splitlines() == [
        "12:00:00 Watching.",
        "12:00:00 ada: graded, 3 of 9 points",
        "12:00:00   ada: a problem [bold]",
        "12:00:00   ada: two",
        "12:00:00   ada: three",
        "12:00:00 kurt: not graded",
        "12:00:00   kurt: too large",
        "12:00:00 Collected: 1 new.",
        "12:00:00 Ending after those that are being graded. Ctrl-C again stops at once; they are graded later.",
    ]


def test_in_a_terminal_a_table_shows_how_it_stands():
    title = "1 not graded, 1 graded, 1 grading"
    before, found, last = shown(terminal=True).rpartition(title)
    assert found
    assert "Watching." in before
    for words in ("ada", "3 of 9 points", "a problem [bold]", "and 1 more", "kurt", "too large"):
        assert words in last


@pytest.mark.parametrize(
    ("options", "word"),
    [([], "no gradebook yet"), (["--roster", "r.csv"], "no r.csv"), (["--every", "0"], "0")],
)
def test_what_cannot_be_watched_is_said(tmp_path, options, word, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source").mkdir()
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()")
    if options:
        monkeypatch.setattr("autograder.watching.gradebook.need_registered", lambda *_: None)
    done = CliRunner().invoke(cli.app, ["watch", "ps1", *options])
    assert done.exit_code
    assert word in " ".join(done.output.split())
    assert not (tmp_path / "gradebook.db").exists()
