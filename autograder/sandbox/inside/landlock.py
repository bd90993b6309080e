"""Landlock: a process gives up, for itself and all that it starts, what it will not need of the file system.

Works without any privilege and without namespaces, from Linux 5.13 on. See Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from . import linux

# The access rights, in the order of linux/landlock.h; each later version of the interface knows some more.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_ALL_OF_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_SINCE_5 = (1 << 16) - 1
_TCP = 0b11  # bind and connect
_SIGNALS = 0b10
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b01 | _SIGNALS
_FIRST_WITH_TRUNCATION, _FIRST_WITH_TCP, _FIRST_WITH_SCOPES = 3, 4, 6

READ = _EXECUTE | _READ_FILE | _READ_DIR
WRITE = _ALL_SINCE_5 & ~_IOCTL_DEVICE
DEVICE = _READ_FILE | _WRITE_FILE | _IOCTL_DEVICE
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("access", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Return the version of the interface that this machine has; 0 for none."""
    ask_version = 1
    try:
        return linux.syscall("landlock_create_ruleset", None, ctypes.c_size_t(0), ctypes.c_uint32(ask_version))
    except (OSError, KeyError):
        return 0


def scopes_signals() -> bool:
    """Return whether a confined process can send signals only to its own like."""
    return version() >= _FIRST_WITH_SCOPES


def covers_truncation() -> bool:
    """Return whether files that may not be written to cannot be cut short either."""
    return version() >= _FIRST_WITH_TRUNCATION


def confine(allowed: Iterable[tuple[Path | str, int]], *, network: bool) -> None:
    """Keep, of all files and folders, only the rights that are listed. There is no way back.

    Also keeps signals and abstract sockets within the sandbox, where Landlock can (version 6).

    Args:
        allowed: paths, and what may be done with them and all that is beneath. Missing paths are left out.
        network: whether TCP stays possible, as in a network namespace of its own.

    Raises:
        OSError: if Landlock is not there.
    """
    has = version()
    known = _ALL_OF_VERSION.get(has, _ALL_SINCE_5)
    rules = _Ruleset(
        files=known,
        network=_TCP if has >= _FIRST_WITH_TCP and not network else 0,
        scopes=_ABSTRACT_SOCKETS_AND_SIGNALS if has >= _FIRST_WITH_SCOPES else 0,
    )
    ruleset = _create(rules, has)
    for path, access in allowed:
        _allow(ruleset, path, access & known)
    _restrict_to(ruleset)


def keep_signals_in() -> bool:
    """Have this process, and all that it starts from now on, signal nobody else. Returns whether that can be had."""
    if not scopes_signals():
        return False
    _restrict_to(_create(_Ruleset(scopes=_SIGNALS), version()))
    return True


def _create(rules: _Ruleset, has: int) -> int:
    # An older kernel knows a shorter structure.
    size = 24 if has >= _FIRST_WITH_SCOPES else 16 if has >= _FIRST_WITH_TCP else 8
    return linux.syscall("landlock_create_ruleset", ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))


def _restrict_to(ruleset: int) -> None:
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.syscall("landlock_restrict_self", ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)


def _allow(ruleset: int, path: Path | str, access: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not Path(path).is_dir():
        access &= _FOR_FILES
    beneath = _Beneath(access=access, folder=opened)
    linux.syscall(
        "landlock_add_rule", ctypes.c_int(ruleset), ctypes.c_int(1), ctypes.byref(beneath), ctypes.c_uint32(0)
    )
    os.close(opened)
