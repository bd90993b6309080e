"""The walls: namespaces, a small root file system, and what a process gives up before it runs foreign code.

There are two circles of walls. The outer one stands around the process that kernels are forked from and shows it
nothing but programs and libraries, read-only. The inner one stands around each kernel, and hides the kernels from each
other. Where the machine forbids namespaces, Landlock takes their place in one circle or both.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import landlock, limits, linux, syscall_filter

STUDENT = "student"
HOME = Path("/home") / STUDENT
# The one user behind the outer walls, when they are put up by root: it owns nothing and nobody else is it.
SPARE_USER = 60001
_IN_KERNEL = 1000
_MOST_FILES = 20_000
_DEVICES = ("null", "zero", "full", "random", "urandom")


@dataclass(frozen=True)
class View:
    """What can be seen behind the walls.

    Attributes:
        shown: folders and files that can be read there, at the same place as outside.
        hidden: folders among those that appear empty.
        devices: files of `/dev` that can be used there, besides the few that every program needs.
    """

    shown: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


def put_up_outer(view: View, base: Path) -> None:
    """Move this process into namespaces of its own and into a root file system that holds the view alone.

    It must be followed by a fork: the new process namespace begins with the child. The child calls `settle`.

    Args:
        view: what to show.
        base: an empty folder to build the root file system on.

    Raises:
        OSError: if the machine does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    spaces = linux.NEWNS | linux.NEWPID | linux.NEWNET | linux.NEWIPC | linux.NEWUTS
    if user == 0:
        linux.unshare(spaces)
    else:
        linux.unshare(spaces | linux.NEWUSER)
        linux.map_user(SPARE_USER, user, SPARE_USER, group)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    socket.sethostname("sandbox")
    linux.mount("root", base, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    (base / "tmp").mkdir()
    linux.mount(
        "tmp", base / "tmp", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=64m,mode=1777"
    )  # first, as what is to be shown may lie there
    for path in map(Path, view.shown):
        _show(path, base)
    for hidden in view.hidden:
        # An empty folder of the new root itself: one more thing that nothing can be written to.
        empty = base / "empty"
        empty.mkdir(exist_ok=True)
        linux.mount(str(empty), base / hidden.lstrip("/"), flags=linux.MS_BIND)
    for name in ("proc", "tmp", "home", "dev/shm", "dev/pts", "etc"):
        (base / name).mkdir(parents=True, exist_ok=True)
    (base / str(HOME).lstrip("/")).mkdir()
    _furnish(base, view.devices)


def settle(base: Path) -> None:
    """Go into the root file system that `put_up_outer` made, as the first process there, and lock the door."""
    linux.mount("proc", base / "proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    os.chdir(base)
    linux.syscall("pivot_root", b".", b".")
    linux.unmount(".")
    os.chdir("/")
    linux.make_read_only("/", all_below=False)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(SPARE_USER, SPARE_USER, SPARE_USER)
        os.setresuid(SPARE_USER, SPARE_USER, SPARE_USER)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # or the files that map the users of later namespaces are not its own
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)


def scratch_folders() -> list[Path]:
    """Return the folders that each kernel gets anew; `/tmp` is not among them if programs are installed below it."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    below = any(line.split()[4].startswith("/tmp/") for line in mounts)  # noqa: S108
    return [HOME, Path("/dev/shm"), *([] if below else [Path("/tmp")])]  # noqa: S108


def put_up_inner(limit: limits.Limits, given: int) -> None:
    """Give this process, and the kernel that it will fork, namespaces and scratch space of their own.

    Args:
        limit: what may be used up.
        given: bytes of an archive that will be unpacked in the scratch folder, and do not count.

    Raises:
        OSError: if the machine does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    linux.unshare(linux.NEWUSER | linux.NEWNS | linux.NEWPID | linux.NEWNET | linux.NEWIPC | linux.NEWUTS)
    linux.map_user(_IN_KERNEL, user, _IN_KERNEL, group)
    for scratch in scratch_folders():
        files = _MOST_FILES + given // 512  # an entry of an archive takes that at least
        options = f"size={limit.disk_mib * 2**20 + given},nr_inodes={files},mode=700"
        linux.mount("scratch", scratch, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)
    linux.mount("devpts", "/dev/pts", "devpts", linux.MS_NOSUID | linux.MS_NOEXEC, "newinstance,ptmxmode=666,mode=600")


def lock_in(
    limit: limits.Limits,
    *,
    inner: bool,
    scratch: Sequence[Path],
    readable: Sequence[str] = ("/",),
    devices: Sequence[str] = (),
) -> None:
    """Give up, for good, all that a notebook does not need; the last step before foreign code runs.

    Args:
        limit: what may be used up.
        inner: whether `put_up_inner` was called in the parent.
        scratch: folders that may be written to.
        readable: folders and files that may be read.
        devices: those of a GPU, if it may be used.
    """
    if inner:
        linux.unshare(linux.NEWNS)  # the watcher, who shares the other one, goes on seeing all its descendants
        linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    os.setsid()
    limits.apply(limit, own_user=inner, gpu=bool(devices))
    linux.prctl(linux.PR_SET_PDEATHSIG, 9)
    linux.drop_capabilities()
    has = landlock.version()
    if has:
        usable = [*(f"/dev/{name}" for name in (*_DEVICES, "ptmx", "pts", "tty")), *devices]
        writable = [(path, landlock.READ | landlock.WRITE) for path in scratch]
        landlock.confine(
            [*((p, landlock.READ) for p in readable), *writable, *((p, landlock.DEVICE) for p in usable)], network=inner
        )
    syscall_filter.install(
        alone=inner, signals_scoped=landlock.scopes_signals(), truncation_covered=landlock.covers_truncation()
    )


def _show(path: Path, base: Path) -> None:
    """Show one path below `base`, read-only. A link, such as `/bin`, is made again."""
    place = base / str(path).lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.symlink_to(path.readlink())
        return
    if path.is_dir():
        place.mkdir(exist_ok=True)
    else:
        place.touch()
    linux.mount(str(path), place, flags=linux.MS_BIND | linux.MS_REC)
    linux.make_read_only(place, all_below=True)


def _furnish(base: Path, devices: Sequence[str]) -> None:
    """Put in devices, and the few files of `/etc` that programs look for."""
    for path in (*(f"/dev/{name}" for name in _DEVICES), *devices):
        place = base / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        linux.mount(path, place, flags=linux.MS_BIND)
    (base / "dev" / "ptmx").symlink_to("pts/ptmx")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        (base / "dev" / name).symlink_to(f"/proc/self/fd{target}")
    for name, text in {
        "passwd": f"{STUDENT}:x:{_IN_KERNEL}:{_IN_KERNEL}::{HOME}:/bin/sh\n",
        "group": f"{STUDENT}:x:{_IN_KERNEL}:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    }.items():
        (base / "etc" / name).write_text(text)
