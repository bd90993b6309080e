"""What a watch remembers from one start to the next: in which state each hand-in was when it was graded."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path


class Memory:
    """States by name, in a file that is written anew with each change."""

    def __init__(self, path: Path) -> None:
        """Read what is there; what cannot be read is forgotten, which costs a look at each hand-in and no more."""
        self._path = path
        self._states: dict[str, str] = {}
        with suppress(OSError, ValueError):
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                self._states = {str(name): str(state) for name, state in found.items()}

    def knows(self, name: str, state: str) -> bool:
        """Return whether something was dealt with in this state."""
        return self._states.get(name) == state

    def keep(self, states: dict[str, str]) -> None:
        """Note that things were dealt with in these states."""
        self._states |= states
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(self._states, stream)
        Path(name).replace(self._path)
