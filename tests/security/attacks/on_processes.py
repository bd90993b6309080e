"""Reaching other processes: the grader, the warm process, the watcher, and other kernels; and what was inherited."""

from attacks.attack import Attack

_NO_PROC = "there is no /proc to look into"

_KINDS_OF_DESCRIPTORS = """
import stat
def kind(number):
    about = os.fstat(number)
    with _quiet:
        if "pidfd" in os.readlink(f"/proc/self/fd/{number}"):
            return "a process"
    if stat.S_ISDIR(about.st_mode):
        return "a folder"
    if stat.S_ISREG(about.st_mode):
        return "a file"
    if stat.S_ISCHR(about.st_mode):
        return "the null device" if about.st_rdev == os.makedev(1, 3) else "a device"
    if stat.S_ISSOCK(about.st_mode):
        tube = socket.socket(fileno=os.dup(number))
        if tube.family == socket.AF_INET and tube.getsockname()[0] == "127.0.0.1" and os.getpid() == 1:
            return "nothing outside"  # this network is the kernel's own
        if (tube.family, tube.type) != (socket.AF_UNIX, socket.SOCK_STREAM):
            return "a socket of another kind"
        name = tube.getsockname() or tube.getpeername()
        return os.path.dirname(name) if name else "an unnamed socket"
    return "a pipe" if stat.S_ISFIFO(about.st_mode) else "nothing outside"
def inherited():
    for number in range(1024):
        with contextlib.suppress(OSError):
            yield kind(number)
"""

ATTACKS = (
    Attack(
        "use inherited file descriptors",
        (
            _KINDS_OF_DESCRIPTORS,
            """
# What there may be: the socket that the grader has handed over, which has no name, what asyncio made for itself, and
# /dev/null.
fine = {"the null device", "an unnamed socket", "a pipe", "nothing outside"}
found = list(inherited())
folders = {k for k in found if k.startswith("/")}
print(found)
attempt("something unexpected", lambda: ({k for k in found} - fine - folders) or 1 / 0)
attempt("another kernel's sockets", lambda: folders or 1 / 0)
# And this does find things.
made = [os.open(".", os.O_RDONLY), os.open("f", os.O_CREAT), *(s.detach() for s in socket.socketpair(1, socket.SOCK_SEQPACKET))]
assert {kind(number) for number in made} == {"a folder", "a file", "a socket of another kind"}
""",
        ),
        bites=False,
    ),
    Attack(
        "find secrets in the environment, objects and frames of its own process",
        (
            """
import gc
def told(text):
    return [name for name, pattern in W.patterns.items() if re.search(pattern.encode(), text)]
def texts():
    for thing in gc.get_objects():
        with _quiet:
            yield from (x for x in (thing.values() if isinstance(thing, dict) else thing) if isinstance(x, (str, bytes)))
    for frame in sys._current_frames().values():
        while frame:
            yield from map(repr, frame.f_locals.values())
            frame = frame.f_back
def search():
    plain = (x.encode(errors="replace") if isinstance(x, str) else x for x in texts())
    return sorted({(name, x[:80]) for x in plain for name in told(x)})
assert any(name == "mark" for name, _ in search())
W.patterns.pop("mark")
attempt("objects", lambda: search() or 1 / 0)
attempt("environment", lambda: told(json.dumps(dict(os.environ)).encode()) or 1 / 0)
attempt("environment at the start", lambda: told(open("/proc/self/environ", "rb").read()) or 1 / 0)
attempt("modules", lambda: [m for m in sys.modules if m.startswith("autograder")] or 1 / 0)
""",
        ),
        blind=True,
        bites=False,
    ),
    Attack(
        "find secrets in all that its memory has ever held",
        (
            """
def remembered(pattern):
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            area = re.match("([0-9a-f]+)-([0-9a-f]+) rw", line)
            start, end = (int(n, 16) for n in area.groups()) if area else (0, 0)
            for place in range(start, end, 2**22):
                with contextlib.suppress(OSError, ValueError, OverflowError):
                    memory.seek(place)
                    piece = memory.read(min(2**22 + 64, end - place))
                    found += [piece[max(0, hit.start() - 60) : hit.end()] for hit in re.finditer(pattern.encode(), piece)]
    return found
assert remembered(W.patterns.pop("mark"))
for name, pattern in W.patterns.items():
    attempt(f"memory: {name}", lambda: remembered(pattern) or 1 / 0)
""",
        ),
        cell_seconds=14,
        blind=True,
        bites=False,
        pointless_on={"landlock": _NO_PROC, "bubblewrap-landlock": _NO_PROC},
    ),
    Attack(
        "see other processes",
        (
            """
mine = {str(os.getpid())}
attempt("list", lambda: {p for p in os.listdir("/proc") if p.isdigit()} - mine or 1 / 0)
for process in [*W.processes, os.getppid()]:
    for name in ("environ", "cmdline", "maps", "status", "fd", "task", "root", "cwd", "exe", "ns/mnt", "mountinfo", "stack"):
        place = f"/proc/{process}/{name}"
        attempt(place, lambda: os.readlink(place) if name in ("root", "cwd", "exe", "ns/mnt") else
                os.listdir(place) if name in ("fd", "task") else open(place).read())
    attempt(f"memory of {process}", lambda: open(f"/proc/{process}/mem", "rb"))
    attempt(f"memory of {process}, to write", lambda: open(f"/proc/{process}/mem", "r+b"))
""",
        ),
    ),
    Attack(
        "signal other processes",
        (
            """
others = [p for p in [os.getppid(), *W.processes] if p > 0 and p != os.getpid()]
for process in others:
    attempt(f"signal {process}", lambda: os.kill(process, 0))
    attempt(f"signal the group of {process}", lambda: os.killpg(process, 0))
    attempt(f"thread {process}", lambda: call("tkill", process, 0))
    attempt(f"thread {process} of its process", lambda: call("tgkill", process, process, 0))
    attempt(f"open {process}", lambda: os.pidfd_open(process))
    attempt(f"queue for {process}", lambda: call("rt_sigqueueinfo", process, signal.SIGWINCH, (ctypes.c_int * 32)(23, 0, -1)))
    attempt(f"its session", lambda: os.setpgid(process, 0))
for victim in (W.victim, os.getppid()):
    for number in (signal.SIGWINCH, signal.SIGURG, signal.SIGCONT, signal.SIGIO, signal.SIGUSR1, signal.SIGTERM):
        with _quiet:
            victim > 0 and os.kill(victim, number)
        with _quiet:
            victim > 0 and call("pidfd_send_signal", os.pidfd_open(victim), number, 0, 0)
""",
        ),
        bites=False,  # it would end the watcher
    ),
    Attack(
        "stop and kill the watcher, the warm process, the grader's other processes, and all",
        (
            """
for number in (signal.SIGSTOP, signal.SIGKILL):
    for process in [os.getppid(), W.victim]:
        with _quiet:
            process > 0 and os.kill(process, number)
with _quiet:
    os.kill(-1, signal.SIGWINCH)
""",
        ),
        bites=False,
    ),
    Attack(
        "have the kernel send signals: by descriptors that are ready",
        (
            """
import fcntl
def send_by(way):
    ours, theirs = socket.socketpair()
    with _quiet:
        fcntl.fcntl(ours, 10, signal.SIGUSR2)  # F_SETSIG
    if way == "owner":
        fcntl.fcntl(ours, fcntl.F_SETOWN, W.victim)
    elif way == "owner of a kind":
        fcntl.fcntl(ours, 15, struct.pack("ii", 1, W.victim))
    else:
        fcntl.ioctl(ours, way, struct.pack("i", W.victim))
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    theirs.send(b"x")
for way in ("owner", "owner of a kind", 0x8901, 0x8902):
    with _quiet:
        send_by(way)
time.sleep(0.1)
""",
        ),
        bites=False,
    ),
    Attack(
        "read other processes' memory",
        (
            """
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
def copy(process, address, into):
    mine, theirs = Piece(ctypes.addressof(into), len(into)), Piece(address, len(into))
    call("process_vm_readv", process, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    return bytes(into)
attempt("read the victim", lambda: copy(W.victim, W.address, ctypes.create_string_buffer(60)))
""",
        ),
    ),
    Attack(
        "attach to other processes, and take what they have open",
        (
            """
for process in [W.victim, os.getppid()]:
    attempt(f"attach to {process}", lambda: call("ptrace", 16, process, 0, 0) and 0)
    attempt(f"seize {process}", lambda: call("ptrace", 0x4206, process, 0, 0))
    attempt(f"let go of {process}", lambda: call("ptrace", 17, process, 0, 0))
    attempt(f"compare with {process}", lambda: call("kcmp", os.getpid(), process, 2, 0, 0))
    attempt(f"move pages of {process}", lambda: call("move_pages", process, 0, 0, 0, 0, 0))
    attempt(f"advise {process}", lambda: reaches_kernel("process_madvise", -1, 0, 0, 0, 0))
    attempt(f"take a descriptor of {process}", lambda: call("pidfd_getfd", os.pidfd_open(process), 0, 0))
""",
        ),
        bites=False,  # it would stop the watcher
    ),
    Attack(
        "change other processes' limits, priorities and processors",
        (
            """
import resource
for process in [W.victim, os.getppid() or W.victim]:
    with _quiet:
        resource.prlimit(process, resource.RLIMIT_NOFILE, (11, 11))
    with _quiet:
        os.setpriority(os.PRIO_PROCESS, process, 7)
    with _quiet:
        os.sched_setaffinity(process, {0})
    with _quiet:
        os.sched_setscheduler(process, os.SCHED_BATCH, os.sched_param(0))
    with _quiet:
        call("ioprio_set", 1, process, (3 << 13) | 1)
    with _quiet:
        call("sched_setattr", process, (ctypes.c_uint32 * 16)(48, 3), 0)
    with _quiet:
        call("ioprio_set", 3, 0, (3 << 13) | 1), os.setpriority(os.PRIO_USER, 0, 9), os.setpriority(os.PRIO_PGRP, process, 9)
    with _quiet:
        open(f"/proc/{process}/oom_score_adj", "w").write("1000")
attempt("look at its limits", lambda: resource.prlimit(W.victim, resource.RLIMIT_NOFILE))
""",
        ),
        bites=False,  # it would slow down all that the user runs
    ),
    Attack(
        "raise its own limits",
        (
            """
import resource
for name in ("CPU", "DATA", "AS", "NPROC", "NOFILE", "FSIZE", "MEMLOCK", "MSGQUEUE", "CORE"):
    kind = getattr(resource, f"RLIMIT_{name}")
    hard = resource.getrlimit(kind)[1]
    higher = 2**40 if hard == resource.RLIM_INFINITY else hard + 10**6
    if hard != resource.RLIM_INFINITY:
        attempt(name, lambda: resource.setrlimit(kind, (higher, higher)))
attempt("priority", lambda: os.nice(-5))
attempt("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) or os.sched_getscheduler(0) or 1 / 0)
attempt("outlive the watcher", lambda: _libc.prctl(1, 0, 0, 0, 0) and 1 / 0)
""",
        ),
        bites=False,  # root may; others may not either way
    ),
)
