"""A filter of system calls: what a notebook never needs, and what has let others break out, is refused.

A list of what is denied, as programs that use torch need too much to list what is allowed; every call that is newer
than this list is denied as well. Numbers are from asm/unistd_64.h (x86) and asm-generic/unistd.h (arm64). No maintained
Python package wraps libseccomp, so the program for the kernel is put together here; see Linux' networking/filter.rst.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Sequence

from . import linux

_DO_NOTHING = 0  # an error that is none

# name: (x86_64, aarch64); a call that a machine does not have is None.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    # new namespaces and mounts, in which a process would be its own master
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # parts of the kernel with a long record of holes
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18), "personality": (135, 92),
    "modify_ldt": (154, None), "uselib": (134, None), "vhangup": (153, 58), "nfsservctl": (180, 42),
    # memory that no limit and no sum sees
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "semget": (64, 190),
    "msgget": (68, 186), "mq_open": (240, 180), "mbind": (237, 235), "set_mempolicy": (238, 237),
    # the machine
    "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "iopl": (172, None), "ioperm": (173, None),
}  # fmt: skip
_SHARED_HOST: dict[str, tuple[int | None, int | None]] = {
    # where other processes of the user are within reach, these too
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "sched_setattr": (314, 274),
    # and where its other files are: who opens them, and where they come from
    "inotify_init": (253, None), "inotify_init1": (294, 26), "statmount": (457, 457), "listmount": (458, 458),
}  # fmt: skip
# Landlock looks at what is in a file, and not at what is noted about it. Programs that copy files take it amiss if they
# may not do these; so they are let do nothing instead.
_NOTES_ABOUT_FILES: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
_OF_ONE_PROCESS = {  # one argument says which process; on a shared host only 0, the caller, will do
    "prlimit64": (302, 261, 0, errno.EPERM),
    # libzmq ends the process if it may not schedule its threads; so these are let do nothing instead.
    "sched_setaffinity": (203, 122, 0, _DO_NOTHING), "sched_setscheduler": (144, 119, 0, _DO_NOTHING),
    "setpriority": (141, 140, 1, _DO_NOTHING), "ioprio_set": (251, 30, 1, _DO_NOTHING),
}  # fmt: skip
_SIGNALS = {"kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131)}
_CLONE, _CLONE3, _SOCKET, _SOCKETPAIR, _CONNECT = (56, 220), (435, 435), (41, 198), (53, 199), (42, 203)
_PRCTL, _IOCTL, _FCNTL = (157, 167), (16, 29), (72, 25)
_TRUNCATE, _OPEN, _OPENAT, _OPENAT2 = (76, 45), (2, None), (257, 56), (437, 437)
_NEWEST = 462  # mseal, of Linux 6.10
# IPv4 and IPv6 for the loopback of a network namespace; libzmq gives up without the routing family of netlink.
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
_AF_NETLINK, _NETLINK_ROUTE = 16, 0
# On a shared host, those that speak to one partner alone; a datagram goes to any path.
_CONNECTED, _KIND_OF_SOCKET = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET), 0xF
_TYPE_INTO_TERMINAL, _CONSOLE_CONTROL = 0x5412, 0x541C
# Who gets a signal when a file is ready, and which one.
_OWNER_BY_IOCTL, _OWNER_BY_FCNTL = (0x8901, 0x8902), (8, 10, 15)

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
# struct seccomp_data: number, architecture, instruction pointer, six arguments
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06

_Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install(*, alone: bool, signals_scoped: bool = True, truncation_covered: bool = True) -> None:
    """Filter the calls of this process, and of all that it starts, from now on.

    Args:
        alone: whether the process is in namespaces of its own; if not, it may reach no socket and no other process.
        signals_scoped: whether something else keeps its signals in.
        truncation_covered: whether something else keeps files that it may read from being cut short.

    Raises:
        OSError: if the kernel has no filters, or this machine's calls are not known here.
    """
    if not linux.KNOWN_MACHINE:
        raise OSError(errno.ENOSYS, f"no list of system calls for {linux.MACHINE}")
    instructions = _program(alone=alone)
    if not alone:
        instructions += _program_on_shared_host(signals_scoped=signals_scoped, truncation_covered=truncation_covered)
    code = b"".join(struct.pack("=HBBI", *i) for i in [*instructions, (_RETURN, 0, 0, _ALLOW)])
    program = _Program(len(code) // 8, code)
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    by_program = 2
    linux.prctl(linux.PR_SET_SECCOMP, by_program, ctypes.byref(program))


def _program(*, alone: bool) -> list[_Instruction]:
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, _ARCHITECTURE[linux.MACHINE]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER, 0, 1, _NEWEST),
        _deny(errno.ENOSYS),
        # What clone3 asks for lies in memory, where no filter can look; without it, glibc takes clone.
        *_if_call(_CLONE3, [_deny(errno.ENOSYS)]),
    ]
    for numbers in _DENIED.values():
        code += _if_call(numbers, [_deny(errno.EPERM)])
    code += _if_call(_CLONE, _unless_argument(0, _ANY_BIT, linux.ALL_NAMESPACES))
    code += _if_call(_PRCTL, _unless_argument(0, _EQUAL, linux.PR_SET_PDEATHSIG))
    for request in (_TYPE_INTO_TERMINAL, _CONSOLE_CONTROL):
        code += _if_call(_IOCTL, _unless_argument(1, _EQUAL, request))
    return code + _if_call(_SOCKET, _sockets(alone=alone))


def _program_on_shared_host(*, signals_scoped: bool, truncation_covered: bool) -> list[_Instruction]:
    code: list[_Instruction] = []
    for numbers in _SHARED_HOST.values():
        code += _if_call(numbers, [_deny(errno.EPERM)])
    for numbers in _NOTES_ABOUT_FILES.values():
        code += _if_call(numbers, [_deny(_DO_NOTHING)])
    # "Refused", as libzmq ends the process at an error that it does not expect.
    code += _if_call(_CONNECT, [_deny(errno.ECONNREFUSED)])
    code += _if_call(_SOCKETPAIR, _only_if_argument(1, _CONNECTED, mask=_KIND_OF_SOCKET))
    for *of_machine, which, answer in _OF_ONE_PROCESS.values():
        code += _if_call(of_machine, _only_if_argument(which, [0], answer))
    if not signals_scoped:
        for numbers in _SIGNALS.values():
            code += _if_call(numbers, _only_if_argument(0, [os.getpid()]))
        for request in _OWNER_BY_IOCTL:
            code += _if_call(_IOCTL, _unless_argument(1, _EQUAL, request))
        for command in _OWNER_BY_FCNTL:
            code += _if_call(_FCNTL, _unless_argument(1, _EQUAL, command))
    if not truncation_covered:
        code += _if_call(_TRUNCATE, [_deny(errno.EACCES)])
        code += _if_call(_OPENAT2, [_deny(errno.ENOSYS)])  # its flags lie in memory
        for numbers, flags in ((_OPEN, 1), (_OPENAT, 2)):
            # Whoever opens a file to write has been looked at; what remains is to read it, and to cut it short.
            code += _if_call(numbers, _unless_argument(flags, _EQUAL, os.O_TRUNC, mask=os.O_TRUNC | os.O_ACCMODE))
    return code


def _deny(error: int) -> _Instruction:
    return (_RETURN, 0, 0, _ERROR | error)


def _if_call(numbers: Sequence[int | None], then: list[_Instruction]) -> list[_Instruction]:
    """Do `then` for one call; it ends in a verdict, or goes on with the call's number loaded again."""
    number = numbers[0 if linux.MACHINE == "x86_64" else 1]
    return [] if number is None else [(_EQUAL, 0, len(then), number), *then]


def _argument(index: int, mask: int = 0) -> list[_Instruction]:
    """Load the lower half of an argument, or some bits of it; both machines keep it first."""
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * index), *([(_AND, 0, 0, mask)] if mask else [])]


def _unless_argument(index: int, test: int, value: int, mask: int = 0) -> list[_Instruction]:
    """Deny the call if the test holds for its argument; otherwise go on."""
    return [*_argument(index, mask), (test, 0, 1, value), _deny(errno.EPERM), (_LOAD, 0, 0, _NUMBER)]


def _only_if_argument(
    index: int, values: Sequence[int], answer: int = errno.EPERM, mask: int = 0
) -> list[_Instruction]:
    """Allow the call if its argument is one of the values; otherwise answer it with an error."""
    tests = [(_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [*_argument(index, mask), *tests, _deny(answer), (_RETURN, 0, 0, _ALLOW)]


def _sockets(*, alone: bool) -> list[_Instruction]:
    netlink = _only_if_argument(2, [_NETLINK_ROUTE])
    rest = _only_if_argument(0, _FAMILIES)
    if not alone:
        rest = [*_argument(0), (_EQUAL, 1, 0, socket.AF_UNIX), _deny(errno.EPERM)]
        rest += _only_if_argument(1, _CONNECTED, mask=_KIND_OF_SOCKET)
    return [*_argument(0), (_EQUAL, 0, len(netlink), _AF_NETLINK), *netlink, *rest]
