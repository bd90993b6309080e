"""A limit on how long a piece of code may run, for loops that would not end by themselves."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from course_lib.errors import CourseError


class TimeLimit(CourseError):  # noqa: N818 - the name is the message
    """The code ran longer than it may."""


@contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """Stop the block with `TimeLimit` after `seconds` of wall time.

    The alarm rings again each tenth of a second, as a loop that catches every exception would swallow the first. Off
    the main thread and on Windows there is no alarm to set; then the block runs unlimited.

    Args:
        seconds: how long the block may take.
        what: what is being run, for the message: `"forward_algorithm"`.

    Raises:
        TimeLimit: if the time is up before the block is done.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeLimit(f"{what} had not finished after {seconds:g} s and was stopped. Is there a loop without an end?")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
