"""What is said when something that a user named cannot be worked with."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - the name is the message
    """Nothing was done with this; the message says why, in plain words."""
