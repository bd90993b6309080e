"""What a kernel may say to whoever executes a notebook.

A kernel runs foreign code, which has its socket: each message may be forged, and be anything at all. So
what arrives is not believed but built anew, from what its kind needs and from values of the right types. The rest (such
as widgets, which have nobody to talk to here) is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_MOST_DEPTH, _MOST_CONTAINERS = 50, 200_000

_Shape = dict[str, Callable[[Any], Any]]


class _Nonsense(ValueError):  # noqa: N818 - the name is the message
    """It is not what it should be."""


def read(line: bytes) -> dict[str, Any] | None:
    """Return the message that came in this line of JSON, as nbclient has it; None if it is not one that matters."""
    try:
        if line.count(b"[") + line.count(b"{") > _MOST_CONTAINERS:  # each takes far more memory than here
            return None
        said = _mapping(json.loads(line))
        kind = _text(said["kind"])
        return {
            "header": {"msg_type": kind},
            "msg_type": kind,
            "parent_header": {"msg_id": _text(said["of"])},
            "metadata": {},
            "content": _shaped(_mapping(said["content"]), _SHAPES[kind]),
        }
    except (ValueError, KeyError, RecursionError):
        return None


def _shaped(content: dict[str, Any], shape: _Shape) -> dict[str, Any]:
    shaped = {name: read_value(content.get(name)) for name, read_value in shape.items()}
    if shaped.get("status") == "error":
        shaped |= _shaped(content, _ERROR)
    return shaped


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Nonsense
    # JSON can spell halves of characters, which no file can hold.
    return value.encode("utf-8", "replace").decode()


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise _Nonsense
    return list(map(_text, value))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Nonsense
    return value


def _one_of(*values: str) -> Callable[[object], str]:
    def read_value(value: object) -> str:
        if value not in values:
            raise _Nonsense
        return str(value)

    return read_value


def _plain(value: object, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with nothing in it that is deeper than figures are."""
    if depth > _MOST_DEPTH:
        raise _Nonsense
    if isinstance(value, dict):
        return {_text(k): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, depth + 1) for v in value]
    return _text(value) if isinstance(value, str) else value


def _plain_mapping(value: object) -> dict[str, Any]:
    return _mapping(_plain(value))


def _by_kind(value: object) -> dict[str, Any]:
    """Return one output in several formats; text but for those that are JSON."""
    formats = {}
    for kind, shown in _mapping(value).items():
        is_json = kind.startswith("application/") and kind.endswith(("/json", "+json"))
        formats[_text(kind)] = _plain(shown) if is_json else _texts(shown) if isinstance(shown, list) else _text(shown)
    return formats


def _display_id(value: object) -> dict[str, str]:
    return {k: _text(v) for k, v in value.items() if k == "display_id"} if isinstance(value, dict) else {}


_ERROR: _Shape = {"ename": _text, "evalue": _text, "traceback": _texts}
_DISPLAY: _Shape = {"data": _by_kind, "metadata": _plain_mapping, "transient": _display_id}
_SHAPES: dict[str, _Shape] = {
    "ready": {},
    "execute_reply": {"status": _one_of("ok", "error")},
    "stream": {"name": _one_of("stdout", "stderr"), "text": _text},
    "display_data": _DISPLAY,
    "update_display_data": _DISPLAY,
    "execute_result": {**_DISPLAY, "execution_count": _number},
    "error": _ERROR,
    "clear_output": {"wait": bool},
    "input_request": {"prompt": _text},
}
