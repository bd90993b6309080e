"""What becomes of a cell is heard on two channels, in whatever order it is said, for as long as it may take."""

import asyncio
import contextlib
import itertools
import json
import threading
import time
from types import SimpleNamespace

import pytest
import zmq
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from autograder.execution import hearing, waiting
from autograder.execution.hearing import Hearing
from autograder.execution.waiting import WaitingClient

LOOK = 0.1
LIMIT = {"ename": "TimeLimit", "evalue": "too long", "traceback": []}
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _hasty(monkeypatch):
    for module in (hearing, waiting):
        monkeypatch.setattr(module, "LOOK_SECONDS", LOOK)


@pytest.fixture
def channel():
    """Return what makes channels, which are closed in the end."""
    with zmq.Context() as context, contextlib.ExitStack() as opened:
        yield lambda: Channel(*(opened.enter_context(context.socket(zmq.PAIR)) for _ in range(2)))


class Channel:
    """One of a kernel's channels, with its other end."""

    def __init__(self, plain, other):
        self.plain, self.other = plain, other
        name = f"inproc://{next(_numbers)}"
        self.other.bind(name)
        self.plain.connect(name)

    def take(self):
        return json.loads(self.plain.recv(zmq.NOBLOCK))

    def say(self, kind, parent="this cell", **content):
        message = {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {"msg_id": parent}}
        self.other.send_json({**message, "content": content, "metadata": {}})


class Client(WaitingClient):
    """Executes one cell in a kernel that says what a test has it say."""

    def __init__(self, channel, **more):
        self.cell = new_code_cell("…")
        settings = {"allow_errors": True, "interrupt_on_timeout": True, "record_timing": False}
        super().__init__(new_notebook(cells=[self.cell]), **settings, **more)
        self.shell, self.iopub = channel(), channel()
        self.lives, self.interrupts, self.after_interrupt = True, 0, ()
        self.km = SimpleNamespace(interrupt_kernel=self._interrupt)
        self.kc = SimpleNamespace(
            shell_channel=self.shell,
            iopub_channel=self.iopub,
            execute=lambda *_, **__: "this cell",
            is_alive=self.alive,
        )

    def _interrupt(self):
        self.interrupts += 1
        for step in self.after_interrupt:
            step()

    def alive(self):
        return self.lives

    def print(self, text, **more):
        self.iopub.say("stream", name="stdout", text=text, **more)

    def reply(self, **more):
        self.shell.say("execute_reply", status="ok", execution_count=1, **more)

    def idle(self, **more):
        self.iopub.say("status", execution_state="idle", **more)

    def run(self):
        """Execute the cell; return what it showed, and how long it took."""
        start = time.monotonic()
        asyncio.run(self.async_execute_cell(self.cell, 0))
        return "".join(output.text for output in self.cell.outputs), time.monotonic() - start


@pytest.fixture
def client(channel):
    return Client(channel)


def later(seconds, *steps):
    """Take steps after a while, in a thread of their own."""
    timer = threading.Timer(seconds, lambda: [step() for step in steps])
    timer.start()
    return timer


def test_outputs_may_come_after_the_reply(client):
    client.print("first, ")
    client.reply()
    later(2.5 * LOOK, lambda: client.print("then"), client.idle)
    assert client.run()[0] == "first, then"


def test_the_reply_may_come_after_the_outputs(client):
    client.print("all of it")
    client.idle()
    later(2.5 * LOOK, client.reply)
    shown, seconds = client.run()
    assert shown == "all of it"
    assert seconds >= 2.5 * LOOK


def test_what_belongs_to_other_cells_is_left_out(client):
    client.print("late", parent="the cell before")
    client.idle(parent="the cell before")
    client.reply(parent="the cell before")
    client.print("mine")
    client.reply()
    client.idle()
    assert client.run()[0] == "mine"


def test_what_comes_after_the_end_is_the_next_cells_affair(client):
    client.reply()
    client.idle()
    client.print("after the end")
    assert client.run()[0] == ""
    assert client.iopub.take()["content"]["text"] == "after the end"


def test_a_kernel_that_is_never_idle_is_waited_for_after_its_reply_and_no_longer(channel):
    client = Client(channel, iopub_timeout=1)
    client.print("something")
    client.reply()
    shown, seconds = client.run()
    assert shown == "something"
    assert 1 <= seconds < 2


def test_who_takes_too_long_is_interrupted_and_what_comes_of_that_is_shown(channel):
    client = Client(channel, timeout=1, error_on_timeout=LIMIT)
    client.after_interrupt = lambda: client.print("stopped"), client.idle
    replies = []
    client.on_cell_executed = lambda execute_reply, **_: replies.append(execute_reply["content"])
    shown, seconds = client.run()
    assert (shown, client.interrupts) == ("stopped", 1)
    assert replies == [LIMIT | {"status": "error"}]
    assert 1 <= seconds < 1.5


def test_who_says_nothing_after_an_interrupt_is_given_up(channel):
    client = Client(channel, timeout=1, iopub_timeout=1, error_on_timeout=LIMIT)
    _, seconds = client.run()
    assert client.interrupts == 1
    assert 2 <= seconds < 3


def test_the_end_of_the_kernel_is_noticed_soon_and_what_it_said_before_is_kept(client):
    client.print("a last word")
    client.lives = False
    start = time.monotonic()
    with pytest.raises(DeadKernelError):
        client.run()
    assert time.monotonic() - start < 3 * LOOK
    assert client.cell.outputs[0].text == "a last word"


def test_a_dead_kernel_whose_remains_talk_on_is_dead(client):
    client.lives = False
    over = threading.Event()

    def talk():
        while not over.wait(LOOK / 10):
            client.print("…")

    talker = threading.Thread(target=talk)
    talker.start()
    start = time.monotonic()
    try:
        with pytest.raises(DeadKernelError):
            client.run()
    finally:
        over.set()
        talker.join()
    assert time.monotonic() - start < 5 * LOOK


def test_whoever_wants_to_end_it_all_is_heard_while_a_cell_runs(client):
    async def run():
        asyncio.get_running_loop().call_later(LOOK, setattr, client, "kc", None)
        await client.async_execute_cell(client.cell, 0)

    start = time.monotonic()
    with pytest.raises(DeadKernelError):
        asyncio.run(run())
    assert time.monotonic() - start < 5 * LOOK


def test_silence_is_reported_after_a_while_at_most(channel):
    listening = Hearing([channel()], lambda: True)
    start = time.monotonic()
    assert listening.wait(60) == listening.wait(0.01) == []
    assert time.monotonic() - start < 3 * LOOK


def test_each_channel_that_has_something_to_say_is_heard_until_it_is_left(channel):
    one, other = channel(), channel()
    listening = Hearing([one, other], lambda: True)
    one.say("status")
    assert listening.wait(1) == [one]
    other.say("status")
    assert listening.wait(1) == [one, other]
    listening.leave(one)
    assert listening.wait(1) == [other]
    assert list(listening.channels.values()) == [other]


def test_what_was_on_its_way_when_the_kernel_ended_is_heard(channel):
    one = channel()
    listening = Hearing([one], lambda: False)
    assert listening.wait(60) == []
    one.say("stream")
    assert listening.wait(60) == [one]
    one.take()
    with pytest.raises(DeadKernelError):
        listening.wait(60)
