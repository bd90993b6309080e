"""The Linux calls that Python 3.11 does not offer, by their numbers and names in the kernel's headers."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET, NEWTIME = 0x10000000, 0x20000000, 0x40000000, 0x00000080
ALL_NAMESPACES = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET | NEWTIME

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

MADV_COLLAPSE = 25
HUGE_PAGE = 2 * 2**20

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 4, 36, 38, 22

# Calls that glibc gives no name to, from asm/unistd_64.h (x86) and asm-generic/unistd.h (arm64).
_NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126},
    "aarch64": {"pivot_root": 41, "capset": 91},
}
_SAME_EVERYWHERE = {
    "mount_setattr": 442,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}
MACHINE = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
KNOWN_MACHINE = MACHINE in _NUMBERS

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(name: str, *arguments: object) -> int:
    """Make a system call by its name.

    Raises:
        OSError: with the kernel's error.
    """
    number = {**_SAME_EVERYWHERE, **_NUMBERS.get(MACHINE, {})}[name]
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), name)


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` names, for new ones."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: Path | str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system, or a folder once more."""
    arguments = source.encode(), str(target).encode(), kind.encode() or None
    _checked(_libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None), f"mount on {target}")


def unmount(target: Path | str) -> None:
    """Take a mount, and what is mounted on it, out of sight."""
    _checked(_libc.umount2(str(target).encode(), MNT_DETACH), f"unmount {target}")


class _MountAttributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user"))


def make_read_only(target: Path | str, *, all_below: bool) -> None:
    """Make a mount (and every mount below it) read-only, and devices and set-user-id bits there without effect."""
    at_fdcwd, recursive, attributes = -100, 0x8000, _MountAttributes(set=MS_RDONLY | MS_NOSUID | MS_NODEV)
    at = ctypes.c_int(at_fdcwd), str(target).encode(), ctypes.c_uint(recursive if all_below else 0)
    syscall("mount_setattr", *at, ctypes.byref(attributes), ctypes.c_size_t(ctypes.sizeof(attributes)))


def prctl(option: int, first: object = 0, second: object = 0) -> None:
    """Change something about this process, as the manual page of the call says."""
    as_long = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in (first, second)]
    _checked(_libc.prctl(ctypes.c_int(option), *as_long, ctypes.c_ulong(0), ctypes.c_ulong(0)), "prctl")


def gather_memory() -> None:
    """Move what this process has in memory into huge pages, as far as Linux can (from 6.1); a fork then copies less."""
    for area in Path("/proc/self/maps").read_text().splitlines():
        addresses, access, _, _, _, *name = area.split(maxsplit=5)
        if access == "rw-p" and name in ([], ["[heap]"]):
            start, end = (int(address, 16) for address in addresses.split("-"))
            start, end = -(-start // HUGE_PAGE) * HUGE_PAGE, end // HUGE_PAGE * HUGE_PAGE
            if start < end:
                _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), ctypes.c_int(MADV_COLLAPSE))


def drop_capabilities() -> None:
    """Give up every privilege that this process has, for good."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the structure, this process
    syscall("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def map_user(inside: int, outside: int, inside_group: int, outside_group: int) -> None:
    """Say who the one user of a new user namespace is outside."""
    process = Path("/proc/self")
    (process / "uid_map").write_text(f"{inside} {outside} 1")
    (process / "setgroups").write_text("deny")
    (process / "gid_map").write_text(f"{inside_group} {outside_group} 1")


def _checked(result: int, what: str) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
