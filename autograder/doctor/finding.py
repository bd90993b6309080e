"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, NOTE, BAD = "[green]good[/]", "[yellow]note[/]", "[red]mend[/]"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: what it is.
        state: how it is: `GOOD`, `NOTE` or `BAD`.
        words: what was found, and what to do about it.
    """

    what: str
    state: str
    words: str
