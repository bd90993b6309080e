"""The student's side of a test: run what is asked for with the student's code, and say what came of it as plain data.

A test and the student's code may be in different processes. What goes back and forth is text, as JSON: a request such
as `{"do": "call", "name": "f", "arguments": [3]}`, and a reply. This side knows neither what is right nor what it is
worth, and nobody believes it more than the student.

Graphs are run as many as there are in a request, one after the other, since most of the time goes into the messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from course_lib import described
from course_lib.described import Outcome, Task
from course_lib.errors import CourseError
from course_lib.limits import TimeLimit, time_limit
from course_lib.plain_data import Callback, from_json, pack, to_json, unpack

Names = Mapping[str, Any]
Ask = Callable[[str], str]
_MOST_LETTERS = 1000
# How many of a node's messages are reported, and in what size of graph: to say what went wrong, small ones are enough.
_MOST_SENT = 60


def serve(names: Names, ask: Ask) -> None:
    """Answer requests until there are no more.

    Args:
        names: the notebook's names, as they are now and as they may change.
        ask: hands a reply over and returns the next request, as `input` does in a notebook.
    """
    reply = "{}"
    while (request := ask(reply)) != "":
        reply = answer(request, names, ask)


def answer(request: str, names: Names, ask: Ask) -> str:
    """Return the reply to one request.

    Whatever the student's code raises becomes a reply that says so in words; but for the interrupt of a user.

    Args:
        request: JSON.
        names: the notebook's names.
        ask: what to ask when the student's code calls a function that is on the other side.
    """
    asked = json.loads(request)
    return json.dumps(_or_failure(lambda: _DEEDS[asked["do"]](asked, names, ask)))


def _or_failure(deed: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return deed()
    except TimeLimit as stopped:
        return _failure(str(stopped), stopped, hung=True)
    except NotImplementedError as error:
        return _failure("Not written yet: there is still a `raise NotImplementedError()`.", error)
    except CourseError as error:
        return _failure(str(error), error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - student code raises anything
        return _failure(f"Your code raised {type(error).__name__}: {_said(error)}", error)


def encode_task(task: Task) -> dict[str, Any]:
    """Return a task as JSON."""
    leaves = list(task.inputs)
    return {
        "steps": [list(step) for step in task.steps],
        "leaves": leaves,
        "inputs": pack([task.inputs[name] for name in leaves]),
        "one": pack([task.one]),
        **{name: getattr(task, name) for name in _SETTINGS},
    }


_SETTINGS = ("kind", "backward", "times", "order", "device", "seconds")


def _run(asked: dict[str, Any], names: Names, _ask: Ask) -> dict[str, Any]:
    """Run tasks one after the other; what is behind one that fails is not run."""
    replies: list[dict[str, Any]] = []
    for task in asked["tasks"]:
        replies.append(_or_failure(partial(_run_task, task, names)))
        if "failed" in replies[-1]:
            break
    return {"replies": replies}


def _run_task(asked: dict[str, Any], names: Names) -> dict[str, Any]:
    values = unpack(asked["inputs"], len(asked["leaves"]))
    inputs = {name: value for name, value in zip(asked["leaves"], values, strict=True) if value is not None}
    task = Task(asked["steps"], inputs, one=unpack(asked["one"], 1)[0], **{name: asked[name] for name in _SETTINGS})
    return _encode_outcome(described.run(task, names), task)


def _encode_outcome(outcome: Outcome, task: Task) -> dict[str, Any]:
    trace = outcome.trace
    exact = task.kind == "fraction"
    values = [to_json(v, "") if exact else pack(v) for v in (outcome.results, outcome.gradients)]
    sent = {place: _contributions(sent) for place, sent in trace.sent.items()} if len(task.steps) <= _MOST_SENT else {}
    return {
        "results": values[0],
        "gradients": values[1],
        "kinds": "".join(trace.kinds),
        "nodes": trace.nodes,
        "calls": trace.calls,
        "sent": [[place, pack(arrays)] for place, arrays in sent.items() if arrays is not None],
    }


def _contributions(sent: Sequence[Any]) -> list[Any] | None:
    """Return what a node sent as arrays; None if it is not only numbers, as when it is a graph."""
    try:
        return [described.plain(value, "") for value in sent]
    except CourseError:
        return None


def _values(asked: dict[str, Any], names: Names, _ask: Ask) -> dict[str, Any]:
    found = []
    for name in asked["names"]:
        try:
            found.append({"value": to_json(names[name], name)} if name in names else {})
        except CourseError as odd:
            kind = type(names[name]).__name__[:_MOST_LETTERS]
            found.append({"odd": str(odd)[:_MOST_LETTERS], "type": kind, "callable": callable(names[name])})
    return {"values": found}


def _call(asked: dict[str, Any], names: Names, ask: Ask) -> dict[str, Any]:
    name = asked["name"]
    function = names.get(name)
    if not callable(function):
        return _failure(f"There is no function called {name}. Has the cell that defines it been run?")
    theirs = [from_json(argument, lambda place: _callback(place, ask)) for argument in asked["arguments"]]
    options = {k: from_json(v, lambda place: _callback(place, ask)) for k, v in asked["options"].items()}
    with time_limit(asked["seconds"], name):
        result = function(*theirs, **options)
    return {"value": to_json(result, f"{name}(…)")}


def _callback(place: int, ask: Ask) -> Callback:
    """Return a function that has the other side compute its value."""

    def function(*arguments: Any) -> Any:  # noqa: ANN401 - whatever it takes and gives
        given = [to_json(argument, "What your code hands to this function") for argument in arguments]
        reply = json.loads(ask(json.dumps({"callback": place, "arguments": given})))
        if "failed" in reply:
            raise ValueError(reply["failed"])
        return from_json(reply["value"], lambda place: _callback(place, ask))

    return function


def _failure(words: str, error: BaseException | None = None, *, hung: bool = False) -> dict[str, Any]:
    raised = [type(error).__name__, _said(error)] if error is not None else None
    return {"failed": words[:_MOST_LETTERS], "raised": raised, "hung": hung}


def _said(error: BaseException) -> str:
    try:
        return str(error)[:_MOST_LETTERS]
    except Exception:  # noqa: BLE001 - a student's own exception may not even be printable
        return "an error that cannot be printed"


_DEEDS: dict[str, Callable[[dict[str, Any], Names, Ask], dict[str, Any]]] = {
    "run": _run,
    "values": _values,
    "call": _call,
}
