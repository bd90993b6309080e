"""What an attack on the judge is, and what every attacker starts with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

# What every hidden test holds, before what nobody can guess; the attackers know how it begins.
MARK = "K33P-"

# The last exercise, done by honest work.
DOUBLES = "def double(x): return 2 * x\n"

# The first cell. Attackers know all our source code, and how a kernel speaks.
TOOLS = """
import builtins, contextlib, gc, json, os, re, sys, threading, time, types
import numpy as np
import torch
from fractions import Fraction
from course_lib import ComputationNode, Leaf, Mean, check, sum_to

kernel = get_ipython().kernel

channel = kernel.session.channel

def send(kind, content, request=None):
    channel.say(kind, content, kernel.get_parent("shell")["header"]["msg_id"] if request is None else request)

def show(kind="execute_result", data=None, **more):
    content = {"data": data or {"text/plain": "1"}, "metadata": {}, "execution_count": 1, **more}
    send(kind, content)

def instead(forged):
    "Answer the judge's requests by forged(request); what it returns is sent as it is."
    honest = kernel.raw_input
    def raw_input(prompt=""):
        request = honest(prompt)
        while request:
            request = honest(forged(request))
        return request
    kernel.raw_input = raw_input

def packed(*shapes, value=0.0):
    from course_lib.plain_data import pack
    return pack([np.full(shape, value) for shape in shapes])

def attempt(deed):
    with contextlib.suppress(BaseException):
        return deed()

found = set()
def keep(*things):
    "Note whatever looks like a secret in the text of these."
    for thing in things:
        found.update(re.findall("K33P-\\\\w+", thing if isinstance(thing, str) else attempt(lambda: repr(thing)) or ""))
"""


class Kind(Enum):
    """The classes of THREATS.md that the judge has to withstand."""

    FORGED = "forged verdict"
    READING = "reading the answer"
    PATCHED = "patched world"
    SIDE_STEPPED = "the exercise side-stepped"
    CARRIED = "state carried from one test to the next"
    PERSISTENCE = "persistence"
    LEAKS = "leaks outward"
    CLOSED = "fail closed"
    ACCIDENT = "broken by accident"


@dataclass(frozen=True)
class Attack:
    """A submission to the victim (see there) that solves nothing, but for its last exercise.

    Whatever it is, no point is gained, no test is called faulty, no secret gets out, the grader is as it was before,
    and the last exercise, done by honest work, gets its point.

    Attributes:
        name: what it tries.
        kind: of which class it is.
        cells: what the student wrote, by the exercise.
        tags: tags of cells, by name.
        files: what lies beside the notebook.
        earned: points that are earned by what is right in it, by the test; others are worth 0.
        person: tests that are left to a person.
        flagged: whether a person's attention is called to it.
        says: a pattern that the words of all verdicts together have to match.
        honest: whether the last exercise gets its point; not where a student destroys their own kernel for good.
        stopped: whether the notebook may be stopped before its end.
        stock: whether it gains points or secrets where hidden tests run in the student's kernel; it is tried.
        then: a cell of another notebook, executed afterwards, which prints TOUCHED if anything is left.
    """

    name: str
    kind: Kind
    cells: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    earned: Mapping[str, float] = field(default_factory=dict)
    person: frozenset[str] = frozenset()
    flagged: bool = False
    says: str = ""
    honest: bool = True
    stopped: bool = False
    stock: bool = False
    then: str = ""
