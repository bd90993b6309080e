"""What lies outside the walls: secrets, listeners, a process and files; and a look at whether they came to harm."""

import contextlib
import ctypes
import hashlib
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from pathlib import Path

import zmq

import autograder
import course_lib
from autograder.sandbox.inside import linux, syscall_filter

# Calls that attacks make besides those that the filter knows, for x86 and arm64.
_CALLS = {
    "openat": (257, 56), "chmod": (90, None), "fchmodat2": (452, 452), "setxattrat": (463, 463), "execveat": (322, 281),
    "inotify_init1": (294, 26), "inotify_add_watch": (254, 27), "fcntl": (72, 25), "sched_setattr": (314, 274),
    "capget": (125, 90), "capset": (126, 91), "exit": (60, 93), "open_tree_attr": (467, 467),
}  # fmt: skip

_VICTIM = """
import ctypes, os, signal, sys
caught = []
for number in (signal.SIGWINCH, signal.SIGURG, signal.SIGCONT, signal.SIGIO, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda number, _: caught.append(number))
secret = ctypes.create_string_buffer(os.environ["GRADER_TOKEN"].encode())
# Whoever asks may look into it, also where Linux forbids that to all but parents: PR_SET_PTRACER.
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)
print(ctypes.addressof(secret), flush=True)
for _ in sys.stdin:
    print(secret.value.decode(), *caught, flush=True)
"""


class World:
    """Everything that no notebook may see, reach or change."""

    def __init__(self):
        self.secret = f"S3CRET-{secrets.token_hex(8)}"
        self.mark = f"canary-{secrets.token_hex(8)}"
        self.folder = Path(tempfile.mkdtemp(prefix="hidden-", dir="/var/tmp"))
        # Only walls keep anybody out, not file modes.
        self.folder.chmod(0o755)
        self.course, self.home = self.folder / "course", self.folder / "home"
        self.files = [
            self.course / name
            for name in ("gradebook.db", "source/ps1/1.ipynb", "submitted/alice/ps1/1.ipynb", "../home/.ssh/id_ed25519")
        ]
        for file in self.files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{self.secret} and more, so that it can be cut short")
        (self.home / ".ipython/profile_default/startup").mkdir(parents=True)
        self.files = [file.resolve() for file in self.files]
        os.environ["GRADER_TOKEN"] = self.secret
        self.victim = subprocess.Popen(
            [sys.executable, "-c", _VICTIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.address = int(self.victim.stdout.readline())
        self.listeners = dict(self._listen())
        self._before = self._state()

    def map(self, zygotes=(), temporary=""):
        """Return what an attacker knows: all names and numbers, and nothing that is secret."""
        machine = 0 if linux.MACHINE == "x86_64" else 1
        known = [syscall_filter._DENIED, syscall_filter._SHARED_HOST, syscall_filter._SIGNALS, _CALLS]
        numbers = {name: numbers[machine] for table in known for name, numbers in table.items()}
        for name in ("clone", "clone3", "socket", "connect", "prctl", "ioctl"):
            numbers[name] = getattr(syscall_filter, f"_{name.upper()}")[machine]
        one = syscall_filter._OF_ONE_PROCESS
        numbers |= {name: rule[machine] for name, rule in one.items()}
        return {
            "secret_files": [str(file) for file in self.files],
            "secret_folders": sorted({str(file.parent) for file in self.files} | {str(self.course), str(self.folder)}),
            "home": str(self.home),
            "real_home": os.path.expanduser("~"),
            "autograder": str(Path(autograder.__file__).parent),
            "programs": sorted({sys.prefix, sys.base_prefix, *map(str, _shared_places())}),
            "places": [str(place) for place in self.places()],
            "scratch_of_all": tempfile.gettempdir(),
            "temporary": temporary,
            "listeners": {name: (tube.family, tube.type, address) for name, (tube, address) in self.listeners.items()},
            "processes": [os.getpid(), *zygotes, self.victim.pid],
            "victim": self.victim.pid,
            "address": self.address,
            "mark": self.mark,
            "calls": numbers,
            "refused": sorted(syscall_filter._DENIED),
        }

    def patterns(self):
        """Return patterns of what is secret that do not hold it themselves, and of what is not."""
        names = {"secret": self.secret, "folder": self.folder.name, "mark": self.mark}
        return {"patterns": {name: "".join(f"[{c}]" for c in text) for name, text in names.items()}, "mark": self.mark}

    def places(self):
        """Return folders that programs are loaded from, or that are everybody's."""
        startup = self.home / ".ipython/profile_default/startup"
        everybodys = [Path(p) for p in ("/var/tmp", "/usr/lib", "/usr/local/bin", "/etc", "/opt")]
        return [*_shared_places(), *everybodys, self.home, startup, self.course, Path(autograder.__file__).parent]

    def harm(self):
        """Return in words what has come to harm; empty if all is as it was."""
        now = self._state()
        found = [
            f"{what} was {before}, is {now.get(what)}"
            for what, before in self._before.items()
            if now.get(what) != before
        ]
        found += [f"{what} is new" for what in now.keys() - self._before.keys()]
        ready, _, _ = select.select([tube for tube, _ in self.listeners.values()], [], [], 0)
        found += [f"something came to {name}" for name, (tube, _) in self.listeners.items() if tube in ready]
        found += [
            f"{path} was made" for place in {*self.places(), Path("/tmp")} for path in place.glob(f"*{self.mark}*")
        ]
        return found

    def forget_harm(self):
        """Take what is now as what has to stay."""
        for tube, _ in self.listeners.values():
            with contextlib.suppress(OSError):
                while True:
                    tube.recv(1) if tube.type == socket.SOCK_DGRAM else tube.accept()[0].close()
        self._before = self._state()

    def close(self):
        """Take it all away."""
        for tube, _ in self.listeners.values():
            tube.close()
        self.victim.kill()
        self.victim.communicate()
        del os.environ["GRADER_TOKEN"]
        shutil.rmtree(self.folder)

    def _listen(self):
        short = tempfile.mkdtemp(dir=self.folder)
        yield "TCP", _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        yield "UDP", _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        with contextlib.suppress(OSError):
            yield "TCP, IPv6", _bound(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
            yield "UDP, IPv6", _bound(socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 0))
        for name, kind in (
            ("stream", socket.SOCK_STREAM),
            ("packets", socket.SOCK_SEQPACKET),
            ("datagrams", socket.SOCK_DGRAM),
        ):
            yield f"{name} at a path", _bound(socket.AF_UNIX, kind, f"{short}/{kind.value}")
            yield f"{name} without a path", _bound(socket.AF_UNIX, kind, f"@{self.mark}-{kind.value}")

    def _state(self):
        """Return all that must not change, by name."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            about = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            listed = os.listxattr(path, follow_symlinks=False)
            found[str(path)] = (
                about.st_mode,
                about.st_uid,
                about.st_gid,
                about.st_nlink,
                about.st_mtime_ns,
                content,
                listed,
            )
        victim = self.victim.pid
        status = Path(f"/proc/{victim}/status").read_text()
        found |= {
            line.split(":")[0]: line
            for line in status.splitlines()
            if line.startswith(("State", "TracerPid", "Cpus_allowed:"))
        }
        found["State"] = found["State"].replace("R (running)", "S (sleeping)")
        found["limits"] = Path(f"/proc/{victim}/limits").read_text()
        found["priority"] = os.getpriority(os.PRIO_PROCESS, victim), os.sched_getscheduler(victim), _io_priority(victim)
        found["out of memory"] = Path(f"/proc/{victim}/oom_score_adj").read_text()
        found["own priority"] = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)
        if "S (sleeping)" in found["State"]:
            self.victim.stdin.write(b"\n")
            self.victim.stdin.flush()
            found["memory and signals"] = self.victim.stdout.readline()
        return found


class Growth:
    """How much memory this process has taken at most since it was made."""

    def __init__(self):
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        self._before = _kib("VmRSS")

    def mebibytes(self):
        return (_kib("VmHWM") - self._before) // 1024


def processes(mark):
    """Return the processes of this machine that have a mark in the environment that they were started with."""
    found = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if mark.encode() in Path(f"/proc/{process}/environ").read_bytes():
                found.add(int(process))
    return found


def text(executed):
    """Return all that a notebook printed and showed, and its errors."""
    outputs = [output for cell in executed.outputs for output in cell]
    return "\n".join(str(o.get("text") or o.get("evalue") or o.get("data")) for o in outputs)


def within(seconds, deed):
    """Return what comes of it; in a thread that is left alone if it hangs, so that a grader that hangs is a failure."""
    done = Future()

    def work():
        try:
            done.set_result(deed())
        except BaseException as problem:  # noqa: BLE001 - passed on
            done.set_exception(problem)

    threading.Thread(target=work, daemon=True).start()
    return done.result(timeout=seconds)


def _shared_places():
    inside = Path(syscall_filter.__file__).parent
    return [Path(sys.prefix), Path(zmq.__file__).parent.parent, Path(course_lib.__file__).parent, inside]


def _bound(family, kind, address):
    tube = socket.socket(family, kind)
    tube.bind("\0" + address[1:] if address[0] == "@" else address)
    if kind != socket.SOCK_DGRAM:
        tube.listen()
    tube.setblocking(False)
    return tube, address if isinstance(address, str) else tube.getsockname()[:2]


def _io_priority(process):
    number = {"x86_64": 252, "aarch64": 31}[linux.MACHINE]
    return ctypes.CDLL(None).syscall(ctypes.c_long(number), 1, process)


def _kib(name):
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))
