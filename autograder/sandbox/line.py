"""A line to a warm process: on it the grader asks for forks. One process may have lines from several others."""

from __future__ import annotations

import io
import secrets
import socket
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.sandbox.inside import wire
from autograder.sandbox.levels import Level
from autograder.sandbox.plan import Plan

# CUDA takes seconds to begin, and longer where its libraries are read from a slow disk.
_DEVICE_SECONDS = 120


class Line:
    """Has a warm process fork kernels; safe to use from several threads, and can be handed to another process.

    Attributes:
        plan: what the warm process has made ready, and what its kernels may do.
        level: how the kernels are walled in.
        folder: where the warm process and its kernels may have files.
    """

    def __init__(self, plan: Plan, level: Level, folder: Path, line: socket.socket) -> None:
        """Take one end of a line whose other end the warm process of this plan has."""
        self.plan = plan
        self.level = level
        self.folder = folder
        self._line = line
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Be made anew at the other end, where `multiprocessing` hands a socket over open."""
        return Line, (self.plan, self.level, self.folder, self._line)

    def fork(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        sockets: Sequence[socket.socket] = (),
        **request: Any,  # noqa: ANN401 - what the other side understands
    ) -> socket.socket:
        """Have a process forked, and return the line to its watcher; closing it ends all that was started.

        Args:
            files: what the scratch folder holds at first, by relative name.
            sockets: for a kernel, those that it answers on: one for each channel of a `connection`, in the order of the
                zygote's list; without, one.
            request: `connection` and `seed` for a kernel; `canaries` or `device` for a trial of these.

        Raises:
            OSError: if the warm process has gone.
        """
        ours, theirs = wire.pair()
        message = {
            "limits": asdict(self.plan.limits),
            "scratch": "" if self.level.inner else str(self._scratch()),
            **request,
        }
        with theirs, tempfile.TemporaryFile() as archive:
            _pack(files or {}, archive)
            descriptors = [theirs.fileno(), archive.fileno(), *(s.fileno() for s in sockets)]
            self._send(message, descriptors)
        return ours

    def another(self) -> Line:
        """Return a further line to the same process, for another one of the grader's processes.

        Raises:
            OSError: if the warm process has gone.
        """
        ours, theirs = wire.pair()
        with theirs:
            self._send({"line": True}, [theirs.fileno()])
        return Line(self.plan, self.level, self.folder, ours)

    def try_device(self, device: str) -> tuple[str, str]:
        """Have a fork compute something on a device.

        Returns:
            What it is called, and if it cannot be used, why: one of them is "".

        Raises:
            OSError: if the warm process has gone.
        """
        answer: dict[str, Any] | None = {}
        try:
            with self.fork(device=device) as line:
                line.settimeout(_DEVICE_SECONDS)
                while answer is not None and not answer.keys() & {"name", "lacks", "failed", "ended"}:
                    answer, _ = wire.receive(line)
        except TimeoutError:
            return "", f"did not answer within {_DEVICE_SECONDS} s"
        answer = answer or {}
        if "name" in answer:
            return str(answer["name"]), ""
        why = answer.get("lacks") or answer.get("failed") or answer.get("ended") or "its process died"
        return "", str(why).strip().splitlines()[-1]

    @property
    def running(self) -> bool:
        """Whether the warm process is still there."""
        try:
            return bool(self._line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:  # it has nothing to say
            return True
        except OSError:
            return False

    def close(self) -> None:
        """Use this line no more."""
        self._line.close()

    def clear(self) -> None:
        """Remove the files of the warm process and its kernels."""
        # Not Python's own way, which folders in folders in folders are too much for.
        subprocess.run(["rm", "-rf", "--", self.folder], check=False)  # noqa: S607

    def _send(self, message: dict[str, Any], files: list[int]) -> None:
        with self._lock:
            wire.send(self._line, message, files)

    def _scratch(self) -> Path:
        """Return a new folder for one kernel, where there are no inner walls that would make one."""
        name = secrets.token_hex(8)
        if self.level.outer:
            return Path("/tmp") / name  # noqa: S108 - behind the outer walls
        made = self.folder / f"scratch-{name}"
        made.mkdir()
        return made


def _pack(files: Mapping[str, bytes], archive: Any) -> None:  # noqa: ANN401 - an open binary file
    """Put files into an archive; none leave it empty."""
    if not files:
        return
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(content))
    archive.seek(0)
