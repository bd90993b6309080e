"""The grader's end of a warm process: start it behind the strongest walls there are, and have it fork kernels."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.sandbox import gpu, levels
from autograder.sandbox.inside import canaries, wire
from autograder.sandbox.inside.walls import HOME, SPARE_USER, View
from autograder.sandbox.levels import Level, NoSandbox
from autograder.sandbox.line import Line
from autograder.sandbox.plan import Plan
from autograder.sandbox.view import INSIDE, split, view

_BOOT = "import sys; sys.path.insert(0, {place!r}); from inside.zygote import main; sys.path.pop(0); main()"
# Threads that computed before a fork would be missing after it. With memory in huge pages a fork has fewer pages to
# note down, and takes half the time.
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "USER": "student",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}  # fmt: skip
_START_SECONDS, _CANARY_SECONDS = 120.0, 20.0
_MOST_ENTRIES = 50
# Where a kernel has no /proc of its own, what torch asks about the processor.
_HARMLESS_FACTS = ("/proc/cpuinfo", "/proc/meminfo")


class Unprepared(RuntimeError):  # noqa: N818 - the name is the message
    """What the plan wants imported or run before the first fork raises an error."""


class Zygote(Line):
    """A warm process that forks kernels, and the first line to it, whose end is the end of the process."""

    def __init__(self, plan: Plan, level: Level) -> None:
        """Start a warm process behind walls of this level; see `start` for one that chooses the level.

        Raises:
            NoSandbox: if it does not start.
            Unprepared: if what the plan wants imported or run fails.
        """
        seen = self._seen = view(plan.packages, plan.secret, plan.shown, plan.device) if level.walled else View(())
        self._folder = tempfile.TemporaryDirectory(prefix="kernels-")
        ours, theirs = wire.pair()
        super().__init__(plan, level, Path(self._folder.name), ours)
        self._last_words = ""
        home = "/tmp" if level.outer else str(self._sub_folder("home"))  # noqa: S108 - behind the outer walls
        with theirs:
            self._process = subprocess.Popen(
                [*self._around(seen), *self._python(), str(theirs.fileno())],
                env={
                    **_ENVIRONMENT, **gpu.environment(plan.device), "HOME": home, "TMPDIR": home,
                    **dict(plan.environment),
                },
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                cwd="/",
            )  # fmt: skip
        own = level.outer == "namespaces"
        settings = {
            "imports": plan.imports, "warm_up": plan.warm_up, "rehearsal": plan.rehearsal,
            "inner": level.inner, "walled": level.walled,
            "outer": own, "base": str(self._sub_folder("root")), "shown": seen.shown if own else (),
            "hidden": seen.hidden if own else (),
            "readable": ("/",) if level.inner else (*split(seen), *_HARMLESS_FACTS, *gpu.facts(plan.device)),
            "device": plan.device, "devices": seen.devices,
        }  # fmt: skip
        try:
            self._tell_settings(settings)
            self._line.settimeout(_START_SECONDS)
            answer, _ = wire.receive(self._line)
        except OSError as error:
            answer = {"failed": str(error)}
        if answer is None or "ready" not in answer:
            self.close()
            if answer and "unprepared" in answer:
                raise Unprepared(f"What kernels are to import or run beforehand fails:\n{answer['unprepared']}")
            why = (answer or {}).get("failed") or self._last_words.splitlines()[-1:] or "it ended without a word"
            raise NoSandbox(f"{level.name}: {why}")
        self._line.settimeout(None)

    def close(self) -> None:
        """End the zygote and every kernel that it has forked."""
        self._line.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr:
            os.set_blocking(self._process.stderr.fileno(), False)
            self._last_words = (self._process.stderr.read() or b"").decode(errors="replace").strip()
            self._process.stderr.close()
        self.clear()
        self._folder.cleanup()

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def leaks(self) -> dict[str, str]:
        """Return what a fork of it could do that must be impossible; empty if the walls hold.

        Raises:
            NoSandbox: if the trial itself does not end well; then nobody knows.
        """
        secret = f"CANARY_{secrets.token_hex(4).upper()}"
        writable = [Path(p) for p in (sys.prefix, "/usr/lib", tempfile.gettempdir(), str(INSIDE))]
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
            place = self.folder / f"canary-{secrets.token_hex(4)}"
            local.bind(str(place))
            local.listen()
            precious = self.folder / "precious"
            precious.write_text("precious")
            before = precious.stat()
            outside = {
                "unreadable": _out_of_sight([*self.plan.secret, Path.home()], self._seen),
                # Behind namespaces, the scratch folder itself has the name of the machine's own.
                "unwritable": [str(p) for p in writable if not self.level.inner or str(p) != "/tmp"],  # noqa: S108
                "port": server.getsockname()[1],
                "socket": str(place),
                "process": os.getpid(),
                "secret": secret,
                "precious": str(precious),
            }
            os.environ[secret] = "1"
            try:
                # In a file, as all that the zygote itself is told stays in its memory, and so in that of all kernels.
                with self.fork({canaries.OUTSIDE: json.dumps(outside).encode()}, canaries=True) as line:
                    line.settimeout(_CANARY_SECONDS)
                    answer: dict[str, Any] | None = {}
                    while answer is not None and "canaries" not in answer and "failed" not in answer:
                        answer, _ = wire.receive(line)
            except OSError as error:
                raise NoSandbox(f"{self.level.name}: the trial of the walls did not end: {error}") from None
            finally:
                del os.environ[secret]
        if answer is None or "canaries" not in answer:
            raise NoSandbox(f"{self.level.name}: {(answer or {}).get('failed', 'the trial of the walls died')}")
        found = dict(answer["canaries"])
        if not precious.exists() or precious.stat() != before:
            found["change a file of the grader's"] = f"{before} was not kept"
        return found

    def _tell_settings(self, settings: dict[str, Any]) -> None:
        # The view of a big installation is longer than one message may be.
        place = self.folder / "settings.json"
        place.write_text(json.dumps(settings), encoding="utf-8")
        with place.open("rb") as stream:
            wire.send(self._line, {}, [stream.fileno()])

    def _python(self) -> list[str]:
        return [sys.executable, "-I", "-B", "-c", _BOOT.format(place=str(INSIDE.parent))]

    def _around(self, seen: View) -> list[str]:
        if self.level.outer != "bubblewrap":
            return []
        arguments = ["bwrap", "--unshare-all", "--new-session", "--hostname", "sandbox"]
        arguments += ["--uid", str(SPARE_USER), "--gid", str(SPARE_USER), "--cap-drop", "ALL"]
        arguments += ["--tmpfs", "/tmp"]  # noqa: S108 - first, as what is to be shown may lie there
        for path in map(Path, seen.shown):
            link = path.is_symlink()
            arguments += ["--symlink", str(path.readlink()), str(path)] if link else ["--ro-bind", str(path), str(path)]
        for path in map(Path, seen.hidden):
            arguments += ["--tmpfs", str(path)]
        arguments += ["--proc", "/proc", "--dev", "/dev", "--dir", str(HOME)]
        for device in seen.devices:
            arguments += ["--dev-bind", device, device]
        return [*arguments, "--remount-ro", "/", "--chdir", "/", "--"]

    def _sub_folder(self, name: str) -> Path:
        made = self.folder / name
        made.mkdir()
        return made


def start(plan: Plan) -> Zygote:
    """Start a warm process behind the strongest walls that the plan allows and the machine offers, and try them.

    Raises:
        NoSandbox: if no walls could be put up, or something got through them.
    """
    tried = []
    for level in (level for level in levels.named(plan.isolation) if not level.walled or levels.lacks(level) is None):
        try:
            zygote = Zygote(plan, level)
        except NoSandbox as problem:
            tried.append(f"  - {problem}")
            continue
        if not level.walled:
            return zygote
        if weakness := _weakness(zygote):
            zygote.close()
            tried.append(f"  - {weakness}")
            continue
        return zygote
    missing = [f"  - {level.name}: {lack}" for level in levels.LEVELS if (lack := levels.lacks(level))]
    raise NoSandbox(
        "Submissions are not executed, since they cannot be isolated on this machine.\n"
        + "\n".join([*tried, *missing])
        + f"\n{levels.CHOICES}"
    )


def _weakness(zygote: Zygote) -> str:
    """Return why the walls of a zygote cannot be trusted; "" if they can."""
    try:
        found = zygote.leaks()
    except NoSandbox as problem:
        return str(problem)
    return f"{zygote.level.name}: student code could {'; '.join(found)}" if found else ""


def _out_of_sight(secret: Iterable[Path], seen: View) -> list[str]:
    """Return paths to try to read: the secrets, or, of a folder that holds something to be seen, the rest of it."""
    shown = [Path(p) for p in seen.shown]

    def holds_some(path: Path) -> bool:
        return any(p.is_relative_to(path) for p in shown)

    found: list[Path] = []
    for path in secret:
        entries = islice(path.iterdir(), _MOST_ENTRIES) if holds_some(path) and path.is_dir() else [path]
        found += [entry for entry in entries if not holds_some(entry)]
    return [str(path) for path in found]
