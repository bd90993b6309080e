"""Messages between the grader and what runs behind the walls: small JSON objects, and open files beside them."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from typing import Any

# Nothing that is said is long; files go as open descriptors.
_MOST_BYTES, _MOST_FILES = 64 * 1024, 8


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a line that keeps messages apart."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(line: socket.socket, message: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Send one message, with open files.

    Raises:
        OSError: if nobody is at the other end.
    """
    socket.send_fds(line, [json.dumps(message).encode()], list(files))


def receive(line: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Wait for one message. Returns None in its place when the other end has gone."""
    text, files, _, _ = socket.recv_fds(line, _MOST_BYTES, _MOST_FILES)
    return (json.loads(text) if text else None), files
