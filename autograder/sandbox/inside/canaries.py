"""What must be impossible behind the walls, tried from there before any foreign code runs."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from . import linux

OUTSIDE = "outside.json"  # the file in the scratch folder that says what there is outside


def tried(outside: dict[str, Any]) -> dict[str, str]:
    """Try it all, and return what succeeded: a name of the deed, and what came of it.

    Args:
        outside: what there is outside to be reached: `unreadable` (paths), `unwritable` (folders), `port` (a TCP port
            on which something listens), `socket` (the path of a listening socket), `process` (a process id),
            `secret` (an environment variable), `precious` (a file, which the grader looks at afterwards).
    """
    deeds: dict[str, Callable[[], object]] = {}
    for path in outside["unreadable"]:
        deeds[f"read {path}"] = partial(_read, path)
    for folder in outside["unwritable"]:
        deeds[f"write into {folder}"] = partial(_write, folder)
    deeds["reach the grader over TCP"] = lambda: _connect(socket.AF_INET, ("127.0.0.1", outside["port"]))
    deeds["reach the grader's sockets"] = lambda: _connect(socket.AF_UNIX, outside["socket"])
    deeds["open a socket of the virtual machine's host"] = lambda: socket.socket(40, socket.SOCK_STREAM)  # AF_VSOCK
    deeds["see another process"] = lambda: _see(outside["process"])
    deeds["send a signal to another process"] = lambda: _signal(outside["process"])
    deeds["read the grader's environment"] = lambda: os.environ[outside["secret"]]
    deeds["become its own master in a new namespace"] = lambda: linux.unshare(linux.NEWUSER)
    deeds["mount a file system"] = lambda: linux.mount("t", "/tmp", "tmpfs")  # noqa: S108
    _spoil(Path(outside["precious"]))
    return {deed: str(result) for deed, attempt in deeds.items() if (result := _result(attempt)) is not None}


def _result(attempt: Callable[[], object]) -> object | None:
    try:
        return attempt() or "done"
    except (OSError, KeyError):
        return None


def _read(path: str) -> object:
    return os.listdir(path) if Path(path).is_dir() else Path(path).read_bytes()[:20]


def _write(folder: str) -> object:
    place = Path(folder) / f"canary-{os.getpid()}"
    place.write_text("")
    place.unlink()
    return None


def _spoil(path: Path) -> None:
    """Do to a file whatever can be done without writing to it."""
    for deed in (
        partial(os.chmod, path, 0o777),
        partial(os.utime, path, (1, 1)),
        partial(os.setxattr, path, "user.canary", b""),
        partial(os.truncate, path, 1),
        partial(os.open, path, os.O_RDONLY | os.O_TRUNC),
        partial(os.link, path, "link"),
        partial(os.rename, path, "moved"),
        partial(os.unlink, path),
    ):
        with contextlib.suppress(OSError):
            deed()


def _connect(family: int, address: Any) -> None:  # noqa: ANN401 - a path, or host and port
    with socket.socket(family, socket.SOCK_STREAM) as tube:
        tube.settimeout(1)
        tube.connect(address)


def _see(process: int) -> object:
    """Look for another process by its number, which means another one or none in a process namespace of one's own."""
    mine = {os.getpid(), os.getppid()}
    others = [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) not in mine]
    if process in others:
        return f"process {process} in /proc"
    if others:
        return f"processes {others} in /proc"
    raise ProcessLookupError


def _signal(process: int) -> None:
    if process == os.getpid():
        raise ProcessLookupError  # the number is its own in its process namespace
    os.kill(process, 0)
