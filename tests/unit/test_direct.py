"""What a kernel says on its one socket is heard, for as long as it may take, and no longer than there is a kernel."""

import json
import threading
import time
from types import SimpleNamespace

import pytest

from autograder.execution import notebook
from autograder.execution.job import Job, Patience
from autograder.sandbox import direct
from autograder.sandbox.direct import DirectKernel, KernelEnded
from autograder.sandbox.inside import wire
from autograder.sandbox.plan import Plan

LOOK = 0.1
SECONDS = 1  # for a cell


class OtherSide:
    """A kernel and its watcher, of which a test says what they say."""

    def __init__(self):
        self.interrupts, self.after_interrupt = 0, ()
        self.released, self.after_release = False, lambda: None

    def fork(self, _files, *, sockets, **_):
        self.socket = sockets[0].dup()
        self.socket.settimeout(5)
        ours, self.line = wire.pair()
        self.watching = threading.Thread(target=self._watch)
        self.watching.start()
        return ours

    def close(self):
        for opened in (self.socket, self.line):
            opened.close()

    def _watch(self):
        while (message := wire.receive(self.line)[0]) is not None:
            self.interrupts += "interrupt" in message
            for step in self.after_interrupt:
                step()
        self.released = True
        self.after_release()

    def say(self, kind, of="1", **content):
        self.say_text(json.dumps({"kind": kind, "of": of, "content": content}))

    def say_text(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def print(self, text, **more):
        self.say("stream", name="stdout", text=text, **more)

    def reply(self, **more):
        self.say("execute_reply", status="ok", **more)

    def end(self, reason=""):
        wire.send(self.line, {"ended": reason})


@pytest.fixture
def there(monkeypatch):
    monkeypatch.setattr(direct, "_LOOK_SECONDS", LOOK)
    monkeypatch.setattr(direct, "token_hex", lambda _: "1")
    other = OtherSide()
    monkeypatch.setattr(direct, "warm", lambda _plan: other)
    yield other
    other.close()


@pytest.fixture
def kernel(there):
    made = DirectKernel(Plan())
    yield made
    made.close()
    there.watching.join()  # it ends when its line does


@pytest.fixture
def run(kernel, monkeypatch):
    """Return what executes one cell, and returns what it shows, with how long it took."""
    monkeypatch.setattr(notebook, "_AFTER_INTERRUPT_SECONDS", {False: 1.0, True: 0.2})
    cell = {"cell_type": "code", "source": "…", "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}
    book = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    client = notebook._Client(Job(book, Plan(), patience=Patience(cell_seconds=SECONDS)))

    def run():
        start = time.monotonic()
        client._execute(kernel, client.nb.cells[0], 0)
        shown = [output.get("text", output.get("ename")) for output in client.nb.cells[0].outputs]
        return SimpleNamespace(shown=shown, seconds=time.monotonic() - start, hung=client.hung)

    return run


def later(seconds, *steps):
    """Take steps after a while, in a thread of their own."""
    threading.Timer(seconds, lambda: [step() for step in steps]).start()


def test_what_a_cell_shows_is_taken_in_until_its_reply(there, run):
    there.print("first, ")
    later(2.5 * LOOK, lambda: there.print("then"), there.reply)
    assert run().shown == ["first, ", "then"]


def test_what_belongs_to_other_cells_is_left_out(there, run):
    there.print("late", of="0")
    there.reply(of="0")
    there.print("mine")
    there.reply()
    assert run().shown == ["mine"]


def test_what_comes_after_the_reply_is_the_next_cells_affair(there, run, kernel):
    there.reply()
    there.print("after the end")
    assert run().shown == []
    assert kernel.hear(1)["content"]["text"] == "after the end"


def test_a_line_may_come_in_pieces_and_several_in_one(there, kernel):
    there.socket.sendall(b'{"kind": "ready", "of": "", "con')
    assert kernel.hear(0.01) is None
    there.socket.sendall(b'tent": {}}\n' + b'{"kind": "ready", "of": "2", "content": {}}\n' * 2 + b'{"kind"')
    assert [kernel.hear(1)["parent_header"]["msg_id"] for _ in range(3)] == ["", "2", "2"]
    assert kernel.hear(0.01) is None


def test_what_makes_no_sense_is_passed_over(there, kernel):
    for line in ("", "{", "[]", "null", '"x"', "{}", '{"kind": "ready"}', '{"kind": 3, "of": "", "content": {}}'):
        there.say_text(line)
    there.say("execute_reply", status="fine")
    there.say("comm_open")
    there.say("stream", name="stdout", text=["no", "text"])
    there.reply()
    assert kernel.hear(1)["content"] == {"status": "ok"}


def test_who_takes_too_long_is_interrupted_and_what_comes_of_that_is_shown(there, run):
    there.after_interrupt = (lambda: there.print("stopped"), there.reply)
    done = run()
    assert (done.shown, done.hung, there.interrupts) == (["stopped", "TimeLimit"], True, 1)
    assert SECONDS <= done.seconds < SECONDS + 0.5


def test_who_says_nothing_after_an_interrupt_is_given_up(there, run):
    done = run()
    assert (done.shown, done.hung, there.interrupts) == (["TimeLimit"], True, 1)
    assert SECONDS + 1 <= done.seconds < SECONDS + 2


def test_the_end_of_the_kernel_is_noticed_at_once_and_what_it_said_before_is_kept(there, run, kernel):
    there.print("a last word")
    there.end("signal SIGSEGV")
    there.socket.close()
    start = time.monotonic()
    with pytest.raises(KernelEnded):
        run()
    assert time.monotonic() - start < LOOK
    assert kernel.ended == "signal SIGSEGV"


@pytest.mark.parametrize(("says", "ended"), [("released", ""), ("memory_mib", "memory_mib"), (None, "")])
def test_a_kernel_that_closes_its_socket_and_lives_on_is_ended(there, run, kernel, monkeypatch, says, ended):
    monkeypatch.setattr(direct, "_LIVES_ON_SECONDS", 0.1)
    monkeypatch.setattr(direct, "_CLEARED_SECONDS", 0.5)
    there.after_release = lambda: says and there.end(says)
    there.socket.close()
    with pytest.raises(KernelEnded):
        run()
    assert kernel.ended == ended
    assert there.released


def test_why_a_kernel_ended_may_take_a_while_to_be_known(there, run, kernel, monkeypatch):
    monkeypatch.setattr(direct, "_LIVES_ON_SECONDS", 5)
    there.socket.close()
    later(0.3, lambda: there.end("cpu_seconds"))
    with pytest.raises(KernelEnded):
        run()
    assert kernel.ended == "cpu_seconds"


@pytest.mark.parametrize("talks", [False, True])
def test_a_dead_kernel_whose_remains_hold_its_socket_is_dead(there, run, talks):
    there.end()
    over = threading.Event()

    def talk():
        while talks and not over.wait(LOOK / 10):
            there.print("…")

    talker = threading.Thread(target=talk)
    talker.start()
    start = time.monotonic()
    try:
        with pytest.raises(KernelEnded):
            run()
    finally:
        over.set()
        talker.join()
    assert time.monotonic() - start < 5 * LOOK


def test_who_says_too_much_is_ended(there, kernel, monkeypatch):
    monkeypatch.setattr(kernel, "_bytes_left", 1000)
    there.print("x" * 2000)
    with pytest.raises(KernelEnded):
        kernel.hear(1)
    assert kernel.ended == "output_mib"


def test_lines_that_hold_nothing_count_as_well(there, kernel, monkeypatch):
    monkeypatch.setattr(kernel, "_bytes_left", 100_000)
    there.socket.sendall(b"\n" * 1000)
    with pytest.raises(KernelEnded):
        kernel.hear(1)
    assert kernel.ended == "output_mib"


def test_who_does_not_listen_is_not_waited_for(kernel, monkeypatch):
    monkeypatch.setattr(direct, "_SEND_SECONDS", 0.2)
    start = time.monotonic()
    kernel.execute("x" * 10_000_000)
    assert time.monotonic() - start < 1
    assert kernel.ended == "it no longer listened"


def test_who_has_to_be_heard_before_it_listens_is_heard(there, kernel):
    def talk_then_listen():
        for _ in range(50):
            there.print("x" * 100_000)
        heard = bytearray()
        while not heard.endswith(b"\n"):
            heard += there.socket.recv(2**20)

    talker = threading.Thread(target=talk_then_listen)
    talker.start()
    kernel.execute("x" * 5_000_000)
    talker.join()
    assert sum(len(kernel.hear(1)["content"]["text"]) for _ in range(50)) == 5_000_000
    assert kernel.ended is None


@pytest.mark.parametrize(("end", "words"), [(True, "ended before it was ready: no room"), (False, "not ready after")])
def test_a_kernel_that_does_not_start_is_no_kernel(there, kernel, end, words):
    if end:
        there.end("no room")
        there.socket.close()
    with pytest.raises(RuntimeError, match=words):
        kernel.wait_until_ready(0.2)


def test_no_cell_can_know_how_the_next_ones_answer_is_marked(there, kernel, monkeypatch):
    monkeypatch.undo()
    marks = [kernel.execute("") for _ in range(50)]
    assert len(set(marks)) == 50
    assert min(map(len, marks)) >= 16
    assert [json.loads(line)["of"] for line in there.socket.recv(2**16).splitlines()] == marks
