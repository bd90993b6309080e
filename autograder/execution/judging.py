"""Running a hidden test for a limited time."""

from __future__ import annotations

import ctypes
import threading

from autograder.judge.hidden import Abandoned, HiddenTest, Judged, abandoned, judge
from autograder.judge.session import Session

_AGAIN_SECONDS = 0.1


def judge_for(seconds: float, test: HiddenTest, session: Session) -> Judged:
    """Run a hidden test, and return what it found; that it takes too long, if it does.

    A test that runs Python code is stopped when its time is up; a single call into C is waited for.
    """
    over = threading.Event()
    lock = threading.Lock()
    runner = threading.get_ident()

    def stop_it() -> None:
        wait = seconds
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    _raise_in(runner)
            wait = _AGAIN_SECONDS  # a loop that catches every exception would swallow the first

    watch = threading.Thread(target=stop_it, name=f"limit of {test.name}", daemon=True)
    watch.start()
    try:
        try:
            return judge(test, session)
        finally:
            with lock:
                over.set()
            for _ in range(3):  # so that what has been raised by now is noticed here
                pass
    except Abandoned:
        over.set()
        return abandoned(test)


def _raise_in(thread: int) -> None:
    """Raise `Abandoned` in a thread as soon as it runs Python code."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Abandoned))
