"""What one submission may use up."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_MIB = 2**20
_PAGE = 4096
_YIELDING = 10
# Address space costs nothing; Graphviz as WebAssembly reserves some 8 GiB of it. It bounds shared memory all the same.
_ADDRESS_SPACE = 24 * 1024 * _MIB


@dataclass(frozen=True)
class Limits:
    """What one submission may use up. The defaults fit notebooks that use torch on a CPU.

    Attributes:
        wall_seconds: from the first cell of a notebook to its last.
        cpu_seconds: processor time of each process.
        memory_mib: memory beyond what the imported packages take, of all its processes together.
        processes: processes and threads at a time.
        open_files: open files of each process.
        disk_mib: what its scratch folder holds, and, apart from that, `/tmp`.
        output_mib: what a notebook may print and show.
        threads: threads that torch and numpy compute with.
        gpu_memory_mib: what torch may take of a GPU's memory, where kernels have one.
    """

    wall_seconds: float = 300.0
    cpu_seconds: int = 300
    memory_mib: int = 2048
    processes: int = 128
    open_files: int = 256
    disk_mib: int = 256
    output_mib: int = 16
    threads: int = 1
    gpu_memory_mib: int = 4096


def apply(limits: Limits, *, own_user: bool, gpu: bool = False) -> None:
    """Bind this process, and all that it starts, to the limits that the kernel watches over.

    Args:
        limits: what to apply.
        own_user: whether the submission is alone in its user namespace; if not, the processes that the user runs
            already are allowed for.
        gpu: whether it may use a GPU, whose driver maps all its memory, and the machine's, into each process; memory is
            then watched over by the watcher alone.
    """
    status = _sizes("self", "status")
    _cap(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2)
    if not gpu:
        _cap(resource.RLIMIT_DATA, status["VmData"] + limits.memory_mib * _MIB)
        _cap(resource.RLIMIT_AS, status["VmSize"] + limits.memory_mib * _MIB + _ADDRESS_SPACE)
    _cap(resource.RLIMIT_NPROC, limits.processes + (0 if own_user else _threads_of_user()))
    if os.getuid() == 0 and not own_user:
        os.nice(_YIELDING)  # Linux does not hold root to a number of processes; the watcher does, if it gets its turn
    _cap(resource.RLIMIT_NOFILE, limits.open_files)
    _cap(resource.RLIMIT_FSIZE, limits.disk_mib * _MIB)
    _cap(resource.RLIMIT_MEMLOCK, 0)
    _cap(resource.RLIMIT_MSGQUEUE, 0)
    _cap(resource.RLIMIT_CORE, 0)


def threads_of(processes: Iterable[int]) -> int:
    """Return how many threads processes have together, the first one of each among them."""
    return sum(len(_entries(f"/proc/{process}/task")) for process in processes)


def disk_of(folder: Path, most: float = math.inf) -> float:
    """Return the bytes that a folder takes on the disk, a page for each file at least; or more than `most`."""
    size, to_do = 0, [str(folder)]
    while to_do and size <= most:
        try:
            with os.scandir(to_do.pop()) as entries:
                for entry in entries:
                    size += max(_PAGE, entry.stat(follow_symlinks=False).st_blocks * 512)
                    if entry.is_dir(follow_symlinks=False):
                        to_do.append(entry.path)
        except OSError as problem:
            # Other errors come from folders that have gone meanwhile, or that let nobody in, not even their owner.
            if problem.errno == errno.ENAMETOOLONG:
                return math.inf
    return size


def memory_of(processes: Iterable[int]) -> int:
    """Return the bytes of memory that processes hold, a page that they share with others counted in proportion."""
    return sum(map(_proportional, processes))


def resident_of(processes: Iterable[int]) -> int:
    """Return an upper bound of `memory_of`, which is quicker to read."""
    return sum(map(_resident, processes))


def family(process: int, most: int | None = None) -> list[int]:
    """Return a process and all its descendants that are still there; or more than `most` of them."""
    found = [process]
    for member in found:
        found += children(member)
        if most is not None and len(found) > most:
            break
    return found


def children(process: int) -> list[int]:
    """Return the processes that a process has started, or that have come to it, and that are still there."""
    found: list[int] = []
    for thread in _entries(f"/proc/{process}/task"):
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{process}/task/{thread}/children").read_text().split())
    return found


def _cap(kind: int, soft: int, hard: int | None = None) -> None:
    highest = resource.getrlimit(kind)[1]
    bounded = [v if highest == resource.RLIM_INFINITY else min(v, highest) for v in (soft, hard or soft)]
    resource.setrlimit(kind, (bounded[0], bounded[1]))


def _resident(process: int) -> int:
    sizes = _sizes(process, "status")
    return sizes.get("RssAnon", 0) + sizes.get("RssShmem", 0)


def _proportional(process: int) -> int:
    # A process can keep others from looking closely; then all that it has is its own.
    return _sizes(process, "smaps_rollup").get("Pss", 0) or _resident(process)


def _sizes(process: int | str, about: str) -> dict[str, int]:
    """Return the sizes in a file of `/proc`, in bytes; nothing for a process that has gone.

    A process's first thread may end before the others, and then tells nothing; so each is asked.
    """
    for thread in (process, *_entries(f"/proc/{process}/task")):
        try:
            text = Path(f"/proc/{thread}/{about}").read_bytes()  # a process's name is any bytes
        except OSError:
            continue
        if found := re.findall(rb"^(\w+):\s+(\d+) kB$", text, re.MULTILINE):
            return {name.decode(): int(size) * 1024 for name, size in found}
    return {}


def _threads_of_user() -> int:
    mine = [p for p in _entries("/proc") if p.isdigit() and _owner(p) == os.getuid()]
    return sum(len(_entries(f"/proc/{p}/task")) for p in mine)


def _owner(process: str) -> int:
    try:
        return Path(f"/proc/{process}").stat().st_uid
    except OSError:
        return -1


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
