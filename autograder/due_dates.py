"""When problem sets are due: said in `nbgrader_config.py`, and noted in the gradebook when one is generated."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Unicode

_EXAMPLE = "2026-11-30 23:59 Europe/Berlin"
_END_OF_DAY = "23:59"
_SAID = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?(?:\s+([A-Za-z]\S*))?", re.ASCII)


class NoMoment(ValueError):  # noqa: N818 - the name is the message
    """Words say no moment; the message says what is wrong, and how one is said."""


class DueDates(NbGraderPreprocessor):  # type: ignore[misc]
    """Notes in the gradebook when an assignment is due, from which nbgrader knows who is late."""

    dates = Dict(
        key_trait=Unicode(), value_trait=Unicode(), help=f"When each assignment is due, such as {{'ps1': '{_EXAMPLE}'}}"
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as nbgrader hands them over
        """Note it, and leave the notebook as it is."""
        about = resources["nbgrader"]
        without_gradebook = getattr(getattr(self.parent, "parent", None), "no_database", False)
        if about["assignment"] in self.dates and not without_gradebook:
            due = moment(self.dates[about["assignment"]]).astimezone(UTC).replace(tzinfo=None)
            with Gradebook(about["db_url"]) as book:
                book.find_assignment(about["assignment"]).duedate = due
                book.db.commit()
        return nb, resources


def moment(words: str, zone: str = "") -> datetime:
    """Return a moment that is said as a day, a time and a time zone; a day without a time ends at 23:59.

    Args:
        words: such as `2026-11-30 23:59 Europe/Berlin`.
        zone: the time zone, if the words name none.

    Raises:
        NoMoment: if it is said otherwise, or no time zone is named.
    """
    said = _SAID.fullmatch(words.strip())
    if not said:
        raise NoMoment(f"{words!r} is no due date. One is said as in {_EXAMPLE!r}.")
    day, clock, named = said.groups()
    if not (named or zone):
        raise NoMoment(f"{words!r} names no time zone. A due date is said as in {_EXAMPLE!r}.")
    try:
        return datetime.fromisoformat(f"{day} {clock or _END_OF_DAY}").replace(tzinfo=ZoneInfo(named or zone))
    except (ZoneInfoNotFoundError, OSError):
        raise NoMoment(f"There is no time zone {named or zone!r}. One is called 'Europe/Berlin', one 'UTC'.") from None
    except ValueError as problem:
        raise NoMoment(f"{words!r} is no due date: {problem}. One is said as in {_EXAMPLE!r}.") from None
