"""Running a hidden test beside the event loop that talks to the kernel, for a limited time."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import threading

from autograder.judge.hidden import Abandoned, HiddenTest, Judged, judge
from autograder.judge.session import Session

_LAST_SECONDS = 5.0


async def in_thread(test: HiddenTest, session: Session, seconds: float) -> Judged:
    """Run a hidden test in a thread of its own, and return what it found.

    Args:
        test: the test, which asks the student's code through the event loop that this runs in.
        session: whom it asks.
        seconds: how long it may take; then it is stopped, and what it found is that it takes too long.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Judged] = loop.create_future()

    def report(judged: Judged) -> None:
        if not found.done():
            found.set_result(judged)

    def work() -> None:
        judged = judge(test, session)
        with contextlib.suppress(RuntimeError):  # the loop has ended, as nobody waits any more
            loop.call_soon_threadsafe(report, judged)

    thread = threading.Thread(target=work, name=test.name, daemon=True)
    thread.start()
    for allowed in (seconds, _LAST_SECONDS):
        await asyncio.wait([found], timeout=allowed)
        if found.done():
            return found.result()
        _raise_in(thread)
    return Judged(test.name, None, test.points, fault=f"The hidden test of {test.name} takes too long.")


def _raise_in(thread: threading.Thread) -> None:
    """Raise `Abandoned` in a thread as soon as it runs Python code."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Abandoned))
