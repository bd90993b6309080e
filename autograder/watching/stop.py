"""Ctrl-C: the first lets what has been begun come to its end, the second stops it at once."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self


class Stop:
    """Whether to stop, asked by Ctrl-C or, at once, by the signal that services are ended with."""

    def __init__(self, on_asked: Callable[[int], None] = lambda _times: None) -> None:
        """Be asked by nobody yet; `on_asked` is told how often it was, each time."""
        self._times = 0
        self._asked = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._before: dict[int, Any] = {}
        self.on_asked = on_asked

    @property
    def asked(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._asked.is_set()

    @property
    def at_once(self) -> bool:
        """Whether what has been begun is to end, too."""
        return self._times > 1

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until it is asked to stop."""
        self._asked.wait(seconds)

    def ask(self, number: int = signal.SIGINT, _frame: FrameType | None = None) -> None:
        """Ask to stop, as a signal does."""
        self._times += 1 if number == signal.SIGINT else 2
        self._asked.set()
        if self._process and self.at_once:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT if self._times == 2 else signal.SIGKILL)  # noqa: PLR2004
        elif self.at_once:
            raise KeyboardInterrupt
        self.on_asked(self._times)

    @contextmanager
    def reaching(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """Within this block a process is stopped, too, when it must be at once."""
        self._process = process
        try:
            if self.at_once:
                process.send_signal(signal.SIGINT)
            yield
        finally:
            self._process = None

    def __enter__(self) -> Self:
        """Listen to signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self.ask)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        """Leave signals to whoever listened before."""
        for number, before in self._before.items():
            signal.signal(number, before)
