"""A sample: what one student of a small class handed in, and the points that it deserves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Spoil = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Sample:
    """One student's submission.

    Attributes:
        student: the student's id.
        about: what is special about it.
        points: what each question deserves.
        answered: the solution cells that were worked on, all if None; the others are as they were released.
        mistakes: the names of the mistakes in them.
        spoil: changes the finished notebooks (by name), as other programs or accidents do.
    """

    student: str
    about: str
    points: Mapping[str, float]
    answered: tuple[str, ...] | None = None
    mistakes: tuple[str, ...] = ()
    spoil: Spoil | None = None


def saved_by_colab(books: dict[str, Any]) -> None:
    """Change notebooks as Colab does when it saves a copy: a badge cell, metadata of its own, other ids."""
    for name, book in books.items():
        book.metadata["colab"] = {"provenance": [], "include_colab_link": True}
        book.metadata["accelerator"] = "GPU"
        book.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        for cell in book.cells:
            cell.metadata["id"] = cell.pop("id")
            if cell.cell_type == "code":
                cell.metadata["colab"] = {"base_uri": "https://localhost:8080/", "height": 35}
                cell.metadata["outputId"] = f"output-{cell.metadata['id']}"
        badge = {"id": "view-in-github", "colab_type": "text"}
        book.cells.insert(
            0, type(book.cells[0])(cell_type="markdown", metadata=badge, source=f"<a>{name} in Colab</a>")
        )
        book.nbformat_minor = 0
