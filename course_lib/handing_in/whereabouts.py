"""Where the notebook is that calls: Colab hands over the live one; elsewhere it is a file, as it was last saved."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.handing_in.document import Document, digest, read_document

# What is read at most; the grader reads no more than that.
MOST_BYTES = 32 * 2**20
_COLAB_SECONDS = 20
_VSCODE = "__vsc_ipynb_file__"
_SESSION = "JPY_SESSION_NAME"
_BROKEN = "Open it in Jupyter or Colab, save it there, and look whether all of your work is in it."


class NotFound(Exception):  # noqa: N818 - the name is the message
    """The notebook could not be read. The message says why, and `todo` what to do."""

    def __init__(self, words: str, todo: str) -> None:
        """Take both in words."""
        super().__init__(words)
        self.todo = todo


@dataclass(frozen=True)
class Found:
    """A notebook that was found.

    Attributes:
        document: what is in it.
        name: what its file is called.
        path: where it is; None in Colab, where it is what is on the screen.
        saved: when it was saved, in seconds since 1970; None in Colab.
        guessed: whether it was taken for this session's notebook by its cells alone.
    """

    document: Document
    name: str
    path: Path | None = None
    saved: float | None = None
    guessed: bool = False


def find(path: str | os.PathLike[str] | None, names: Mapping[str, Any], ran: Iterable[str]) -> Found:
    """Find the notebook, and read it.

    Args:
        path: where the student says that it is, if so.
        names: the notebook's names.
        ran: the texts of the cells that were run in this session.

    Raises:
        NotFound: if it could not be found or read.
    """
    if path is not None:
        return _read(Path(path).expanduser())
    if "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in os.environ:
        return _from_colab()
    for told in (names.get(_VSCODE), os.environ.get(_SESSION)):
        if isinstance(told, str) and told and (place := _existing(told)):
            return _read(place)
    return _beside(set(map(digest, ran)))


def _existing(told: str) -> Path | None:
    """Return the file that a front end names; a server may name it from its own root."""
    for place in (Path(told), Path.cwd() / Path(told).name):
        if place.suffix == ".ipynb" and place.is_file():
            return place
    return None


def _from_colab() -> Found:
    try:
        from google.colab import _message  # type: ignore[import-not-found]  # noqa: PLC0415 - there alone

        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=_COLAB_SECONDS)
    except Exception as problem:  # noqa: BLE001 - Colab's own, which nobody promises
        raise NotFound(
            f"Colab did not hand over the notebook ({type(problem).__name__}).",
            "Run this cell again. If that does not help: File → Download → Download .ipynb, and open what you got.",
        ) from None
    content = answer.get("ipynb") if isinstance(answer, dict) else None
    document = read_document(content, len(json.dumps(content)))
    if document is None:
        raise NotFound("Colab handed over something that is no notebook.", "Run this cell again.")
    return Found(document, document.title)


def _beside(ran: set[str]) -> Found:
    """Find the notebook of this session by what was run, among those in the working folder."""
    told = "Say where it is: course_lib.check_submission('…/the_notebook.ipynb')"
    shares = []
    for place in sorted(Path.cwd().glob("*.ipynb")):
        try:
            found = _read(place)
        except NotFound:
            continue
        texts = {digest(cell.text) for cell in found.document.cells if cell.kind == "code" and cell.text.strip()}
        shares.append((len(texts & ran), found))
    shares.sort(key=lambda one: one[0], reverse=True)
    if not shares:
        raise NotFound(f"Nobody told where this notebook's file is, and there is none in {Path.cwd()}.", told)
    most, best = shares[0]
    if not most or (len(shares) > 1 and shares[1][0] == most):
        listed = ", ".join(found.name for _, found in shares[:5])
        raise NotFound(f"It could not be told which file this notebook is: {listed}.", told)
    return Found(best.document, best.name, best.path, best.saved, guessed=True)


def _read(path: Path) -> Found:
    try:
        status = path.stat()
        if status.st_size > MOST_BYTES:
            raise NotFound(
                f"{path.name} has {status.st_size / 2**20:.0f} MiB. More than {MOST_BYTES // 2**20} are not graded.",
                "Clear its outputs (Edit → Clear Outputs of All Cells), save it, and run this cell again.",
            )
        data = path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise NotFound(f"{path} could not be opened: {reason}.", "Look whether the path is right.") from None
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotFound(f"{path.name} is not a whole notebook: it cannot be read as one.", _BROKEN) from None
    document = read_document(content, len(data))
    if document is None:
        raise NotFound(f"{path.name} can be read, but there are no cells in it.", _BROKEN)
    return Found(document, path.name, path, status.st_mtime)
