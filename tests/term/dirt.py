"""What happens to hand-ins between a student's screen and the lecturer's folder, by name."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lms_downloads import zipped

Files = dict[str, bytes]


@dataclass
class HandIn:
    """What somebody hands in, and what may be expected of it.

    Attributes:
        files: by name, as they were chosen for upload.
        earlier: attempts before it, the first one first.
        late: whether it came after the due date.
        mangled: whether the system writes the person's name with letters and accents apart, as macOS does.
        placed: whether it can be taken for a hand-in of this assignment.
        lost: notebooks whose answers nobody can read.
    """

    files: Files
    earlier: list[Files] = field(default_factory=list)
    late: bool = False
    mangled: bool = False
    placed: bool = True
    lost: frozenset[str] = frozenset()


Dirt = Callable[[HandIn], HandIn]
KINDS: dict[str, Dirt] = {}


def kind(dirt: Dirt) -> Dirt:
    """Give a kind of dirt its name, which is what its function is called."""
    KINDS[dirt.__name__.replace("_", " ")] = dirt
    return dirt


def _renamed(handin: HandIn, name: Callable[[str], str]) -> HandIn:
    return replace(handin, files={name(old): content for old, content in handin.files.items()})


def _first(handin: HandIn) -> str:
    return min(handin.files)


@kind
def handed_in_late(handin: HandIn) -> HandIn:
    return replace(handin, late=True)


@kind
def the_name_decomposed(handin: HandIn) -> HandIn:
    return replace(handin, mangled=True)


@kind
def several_attempts(handin: HandIn) -> HandIn:
    empty = {name: _without_answers(content) for name, content in handin.files.items()}
    return replace(handin, earlier=[empty, {_first(handin): b"{"}])


@kind
def copy_of(handin: HandIn) -> HandIn:
    return _renamed(handin, lambda name: f"Copy of {name}")


@kind
def a_number_in_brackets(handin: HandIn) -> HandIn:
    return _renamed(handin, lambda name: name.replace(".ipynb", " (1).ipynb"))


@kind
def saved_as_text(handin: HandIn) -> HandIn:
    return _renamed(handin, lambda name: f"{name}.txt")


@kind
def a_zip_with_a_folder_of_macos(handin: HandIn) -> HandIn:
    inside = {f"my work/{name}": content for name, content in handin.files.items()}
    rubbish = {f"__MACOSX/my work/._{name}": b"\0\5\26\7" for name in handin.files}
    return replace(handin, files={"ümlaut.zip": zipped(inside | rubbish | {"my work/.DS_Store": b"Bud1"})})


@kind
def checkpoints_and_caches_along(handin: HandIn) -> HandIn:
    stale = {f".ipynb_checkpoints/{name}": _without_answers(content) for name, content in handin.files.items()}
    more = {"__pycache__/engine.cpython-312.pyc": b"\xcb\r\r\n", "notes.pdf": b"%PDF-1.7 no notebook"}
    return replace(handin, files={"everything.zip": zipped(handin.files | stale | more)})


@kind
def a_name_that_climbs_out(handin: HandIn) -> HandIn:
    slip = {"../../../gradebook.db": b"mine now", "/etc/cron.d/grade": b"* * * * * root true"}
    return replace(handin, files={"slip.zip": zipped(handin.files | slip)})


@kind
def a_link_in_the_zip(handin: HandIn) -> HandIn:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in handin.files.items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("answers.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "../../../source/ps1/2_engine.ipynb")
    return replace(handin, files={"link.zip": packed.getvalue()})


@kind
def a_bomb_beside_it(handin: HandIn) -> HandIn:
    bomb = zipped({"zeros": bytes(300_000_000)})
    return replace(handin, files=handin.files | {"bomb.zip": zipped({f"{n}.zip": bomb for n in range(8)})})


@kind
def one_notebook_cut_off(handin: HandIn) -> HandIn:
    name = _first(handin)
    cut = handin.files[name][: len(handin.files[name]) // 2]
    return replace(handin, files=handin.files | {name: cut}, lost=frozenset({name.removesuffix(".ipynb")}))


@kind
def one_notebook_left_out(handin: HandIn) -> HandIn:
    name = _first(handin)
    files = {other: content for other, content in handin.files.items() if other != name}
    return replace(handin, files=files, lost=frozenset({name.removesuffix(".ipynb")}))


@kind
def metadata_lost(handin: HandIn) -> HandIn:
    def bare(content: bytes) -> bytes:
        book = json.loads(content)
        for cell in book["cells"]:
            cell["metadata"] = {}
        return json.dumps(book).encode()

    return replace(handin, files={name: bare(content) for name, content in handin.files.items()})


@kind
def another_assignment(handin: HandIn) -> HandIn:
    other = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return replace(handin, files={"homework_of_another_course.ipynb": json.dumps(other).encode()}, placed=False)


@kind
def no_notebook_at_all(handin: HandIn) -> HandIn:
    return replace(handin, files={"solution.pdf": b"%PDF-1.7\nscanned"}, placed=False)


@kind
def megabytes_of_output(handin: HandIn) -> HandIn:
    def loud(content: bytes) -> bytes:
        book = json.loads(content)
        cell = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "0 points\n" * 200_000}]
        return json.dumps(book).encode()

    return replace(handin, files={name: loud(content) for name, content in handin.files.items()})


def _without_answers(content: bytes) -> bytes:
    book = json.loads(content)
    for cell in book["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = "raise NotImplementedError"
    return json.dumps(book).encode()
