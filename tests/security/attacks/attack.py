"""What an attack is, and what every attacker starts with: a map of the world outside, and tools."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

BREACH, REFUSED, END = "BREACH", "refused", "came to its end"

# The first cell of every attack. The attacker knows all names and numbers; only what is secret has to be found out.
_TOOLS = """
import contextlib, ctypes, errno, json, os, re, signal, socket, struct, subprocess, sys, threading, time, types
W = types.SimpleNamespace(**json.loads({world!r}))
_libc = ctypes.CDLL(None, use_errno=True)
_quiet = contextlib.suppress(Exception)

def attempt(what, deed):
    try:
        result = deed()
    except Exception as problem:
        print("{refused}:", what, "-", type(problem).__name__, problem)
    else:
        print("{breach}:", what, "-", repr(result)[:300])

def call(name, *arguments):
    number = W.calls.get(name)
    if number is None:
        raise OSError(errno.ENOSYS, f"no {{name}} on this machine")
    result = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def attempt_call(name, *arguments):
    attempt(name, lambda: reaches_kernel(name, *arguments))

def reaches_kernel(name, *arguments):
    # An error about the arguments means that the call got through.
    try:
        call(name, *arguments)
    except OSError as problem:
        if problem.errno in (errno.EPERM, errno.ENOSYS, errno.EACCES):
            raise
    return "the call got through"
"""


class Where(Enum):
    """On which levels something is worth trying, as it comes out differently there."""

    EVERYWHERE = "on every level"
    EACH_KIND = "on the strongest level that there is, and on the weakest"
    ONCE = "on the strongest level that there is"


@dataclass(frozen=True)
class Attack:
    """A notebook that tries to get out, to stay, or to use everything up.

    Whatever it is, afterwards nothing outside has changed, no process is left, the grader has not grown, and the next
    notebook runs as if nothing had been.

    Attributes:
        name: what it tries.
        cells: what is in the notebook, after a cell with tools (see above).
        verdict: a pattern that the grader's verdict has to match; "" for notebooks that come to their end.
        together: with which others it runs at the same time; "" for by itself.
        where: on which levels.
        may_fail: whether cells may end in an error, as where memory runs out.
        hangs: whether it may leave a cell that does not come to its end.
        next_cells: what the kernel after it looks for.
        cell_seconds: how long its cells are waited for.
        hasty: whether to run it where little time is allowed in all.
        blind: whether the attacker knows no names, but what secrets look like.
        bites: whether it succeeds where there are no walls, and does no harm to this machine then; it is tried.
        weaker_on: levels that do not stop it, and why.
        pointless_on: levels where it has nothing to try, and why.
    """

    name: str
    cells: tuple[str, ...]
    verdict: str = "^$"
    together: str = ""
    where: Where = Where.EVERYWHERE
    may_fail: bool = False
    hangs: bool = False
    next_cells: tuple[str, ...] = ()
    cell_seconds: int = 5
    hasty: bool = False
    blind: bool = False
    bites: bool = True
    weaker_on: Mapping[str, str] = field(default_factory=dict)
    pointless_on: Mapping[str, str] = field(default_factory=dict)

    def notebook(self, world: Mapping[str, object]) -> list[str]:
        """Return the cells to run, for an attacker who knows this much about the world."""
        end = [] if self.hangs else [f"print({END!r})"]
        return [_TOOLS.format(world=json.dumps(world), refused=REFUSED, breach=BREACH), *self.cells, *end]
