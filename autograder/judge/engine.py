"""What the student's code says, wherever it runs: requests go out as text, and only plain data are taken back.

The other side may be a process that the student's code has under its control, and say anything. So each reply is built
anew from values of exact types and sizes; what is not of the form that was asked for is a failure like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Any, Protocol

import numpy as np

from course_lib import answering
from course_lib.described import Outcome, Task
from course_lib.errors import CourseError
from course_lib.plain_data import Callback, NotPlain, from_json, to_json, unpack
from course_lib.trace import METHODS, Trace

_MOST_CALLBACKS = 20_000
_MOST_WORDS = 1000
_MOST_LETTERS = 80  # of a type's name
# Beyond the time that the student's functions may take, for all that goes on around them.
_GRACE_SECONDS = 3.0
_NOT_REPLIES = "What came back is not a reply for each task."
# JSON can spell halves of characters, which no file can hold; where there may be some, it is looked whether they match.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")

_LETTERS = set(METHODS.values())

Reply = Callable[[str], str]


class Failed(AssertionError):  # noqa: N818 - it is what became of a test, not an error in it
    """The student's code did not do what the test asks for; the message says what it did.

    Attributes:
        hung: whether it did not come to an end in time.
        raised: the type and the message of what the student's code raised, if it did.
        mistake: the name of the mistake that explains it, where it is a known one.
        hint: a question or pointer for that mistake.
    """

    def __init__(self, words: str, *, hung: bool = False, raised: tuple[str, str] | None = None) -> None:
        """Say what happened."""
        super().__init__(words)
        self.hung = hung
        self.raised = raised
        self.mistake = ""
        self.hint = ""


class Exchange(Protocol):
    """A way to ask the student's side."""

    def __call__(self, request: str, callback: Reply, seconds: float) -> str:
        """Return the reply to a request; both are JSON.

        Args:
            request: what to do, for `course_lib.answering`.
            callback: answers what the student's side asks while it does that.
            seconds: how long to wait at most.

        Raises:
            Failed: if there is no reply.
        """


class InThisProcess:
    """The student's code in the same process, as when a notebook's tests run in its own kernel."""

    def __init__(self, namespace: Callable[[], Mapping[str, Any]]) -> None:
        """Look up names in what `namespace()` returns."""
        self._namespace = namespace

    def __call__(self, request: str, callback: Reply, seconds: float) -> str:  # noqa: ARG002 - there is a limit inside
        """Return the reply to a request."""
        return answering.answer(request, self._namespace(), callback)


class Engine:
    """The student's engine and answers."""

    def __init__(self, exchange: Exchange) -> None:
        """Ask through `exchange`."""
        self._exchange = exchange

    def run(self, task: Task) -> Outcome:
        """Return what came of running a described graph.

        Raises:
            Failed: if the student's code raised an error, hung, or sent anything but an outcome.
        """
        (came,) = self.run_all([task])
        if isinstance(came, Failed):
            raise came
        return came

    def run_all(self, tasks: Sequence[Task]) -> list[Outcome | Failed]:
        """Return what came of running described graphs one after the other, with a single request.

        There is an outcome for each task; or for those before the one that failed, and behind these how that failed.

        Args:
            tasks: one or more.

        Raises:
            Failed: if nothing came back, or anything but a list of replies.
        """
        seconds = sum(task.seconds * task.times * 2 * max(1, task.order) for task in tasks)
        replies = self._ask({"do": "run", "tasks": [answering.encode_task(t) for t in tasks]}, seconds).get("replies")
        if not isinstance(replies, list) or len(replies) > len(tasks):
            raise Failed(_NOT_REPLIES)
        came: list[Outcome | Failed] = []
        for task, reply in zip_longest(tasks, replies):
            try:
                came.append(_outcome(task, reply))
            except Failed as failure:
                return [*came, failure]
        return came

    def values(self, names: Sequence[str]) -> dict[str, Any]:
        """Return what the student's variables hold, for those that are there; `Odd` for what is not plain data."""
        reply = self._ask({"do": "values", "names": list(names)}, 1.0)
        found = reply.get("values")
        if not isinstance(found, list) or len(found) != len(names):
            raise Failed("What came back is not a list of values.")
        return {name: _value(entry) for name, entry in zip(names, found, strict=True) if entry != {}}

    def call(self, name: str, arguments: Sequence[Any], options: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401
        """Return what the student's function gives; functions among the arguments are called on this side.

        Raises:
            Failed: if it raised an error, hung, or gave anything but plain data.
        """
        functions: list[Callback] = []
        request = {
            "do": "call",
            "name": name,
            "arguments": [to_json(argument, "an argument", functions) for argument in arguments],
            "options": {key: to_json(value, "an argument", functions) for key, value in options.items()},
            "seconds": seconds,
        }
        reply = self._ask(request, seconds, functions)
        try:
            value = from_json(reply["value"])
        except (KeyError, CourseError):
            raise Failed(f"{name}(…) did not give plain data.") from None
        if not finite(value):  # else `not abs(value - 9) > 1e-9` holds for what is not a number
            raise Failed(f"{name}(…) gave a number that is not finite.")
        return value

    def _ask(self, request: Mapping[str, Any], seconds: float, functions: Sequence[Callback] = ()) -> dict[str, Any]:
        left = _MOST_CALLBACKS

        def callback(text: str) -> str:
            nonlocal left
            left -= 1
            if left < 0:
                raise Failed(f"Your code called the function that it was given more than {_MOST_CALLBACKS:,} times.")
            return json.dumps(_called(read(text), functions))

        return _no_failure(read(self._exchange(json.dumps(request), callback, seconds + _GRACE_SECONDS)))


class Odd:
    """Stands for a value that is not plain data."""

    def __init__(self, words: str, kind: str, *, callable_: bool = False) -> None:
        """Note what was said about it, of what type it is said to be, and whether it can be called."""
        self.words, self.kind, self.callable = words, kind, callable_


def finite(value: object) -> bool:
    """Return whether all numbers in plain data are finite."""
    match value:
        case float() | np.ndarray():
            return bool(np.all(np.isfinite(value)))
        case list():
            return all(map(finite, value))
        case dict():
            return all(map(finite, value.values()))
    return True


def read(text: str) -> dict[str, Any]:
    """Return a message from the student's side.

    Raises:
        Failed: if it is not a JSON object.
    """
    try:
        message = json.loads(text, parse_constant=_no_constant)
        if _HALF.search(text):
            json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Failed("What came back is not a reply.") from None
    if not isinstance(message, dict):
        raise Failed("What came back is not a reply.")
    return message


def _words(said: object, most: int) -> str:
    """Return what is to be shown to people, some of it in terminals, without what would do something there."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in str(said)[:most])


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _called(asked: dict[str, Any], functions: Sequence[Callback]) -> dict[str, Any]:
    """Compute what the student's code asks for; what it hands over may fit or not."""
    place, given = asked.get("callback"), asked.get("arguments")
    if type(place) is not int or not 0 <= place < len(functions) or not isinstance(given, list):
        raise Failed("Your code asked for a function that it was not given.")
    try:
        arguments = [from_json(argument) for argument in given]
        value = functions[place](*arguments)
        return {"value": to_json(value, "the value", list(functions))}
    except Exception as error:  # noqa: BLE001 - the student's code may catch it, as if the function were its own
        # Not the message: it may quote the hidden test.
        return {"failed": f"The function that was handed over cannot take this: {type(error).__name__}"}


def _no_failure(reply: dict[str, Any]) -> dict[str, Any]:
    """Return a reply.

    Raises:
        Failed: if it says that what was asked for has failed.
    """
    if "failed" in reply:
        raised = None
        match reply.get("raised"):
            case [str(kind), str(said)]:
                raised = _words(kind, _MOST_LETTERS), _words(said, _MOST_WORDS)
        raise Failed(_words(reply["failed"], _MOST_WORDS), hung=reply.get("hung") is True, raised=raised)
    return reply


def _outcome(task: Task, reply: object) -> Outcome:
    """Return what came of a task, of which this is the reply."""
    if not isinstance(reply, dict):
        raise Failed(_NOT_REPLIES)
    reply, count = _no_failure(reply), len(task.steps)
    try:
        if task.kind == "fraction":
            return Outcome(_fractions(reply["results"], count), _fractions(reply["gradients"], count))
        results, gradients = unpack(reply["results"], count), unpack(reply["gradients"], count)
        return Outcome(results, gradients, _trace(reply))
    except (KeyError, TypeError, ValueError, NotPlain) as odd:
        raise Failed(f"What came back is not the outcome of a run: {odd}") from None


def _value(entry: object) -> Any:  # noqa: ANN401
    if not isinstance(entry, dict):
        raise Failed("What came back is not a list of values.")
    if "value" in entry:
        try:
            return from_json(entry["value"])
        except CourseError as odd:
            return Odd(str(odd), "?")
    words, kind = _words(entry.get("odd"), _MOST_WORDS), _words(entry.get("type"), _MOST_LETTERS)
    return Odd(words, kind, callable_=entry.get("callable") is True)


def _fractions(data: object, count: int) -> list[Fraction | None]:
    values = from_json(data)
    if not isinstance(values, list) or len(values) != count:
        raise NotPlain("Fractions were expected.")
    for value in values:
        if value is not None and type(value) not in (int, Fraction):
            raise NotPlain("Fractions were expected.")
    return [None if value is None else Fraction(value) for value in values]


def _trace(reply: Mapping[str, Any]) -> Trace:
    """Return what the student's side says that it did. It is evidence for a person, and for hints; not for points."""
    kinds, nodes, calls = reply["kinds"], reply["nodes"], reply["calls"]
    fits = isinstance(kinds, str) and isinstance(nodes, list) and type(calls) is int and len(kinds) == len(nodes)
    if not fits or not set(kinds) <= _LETTERS or not set(map(type, nodes)) <= {int} or min(nodes, default=0) < 0:
        raise NotPlain("It has no record of what was called.")
    sent = {place: unpack(arrays) for place, arrays in reply["sent"] if type(place) is int}
    return Trace(len(kinds), list(kinds), nodes, calls, sent)
