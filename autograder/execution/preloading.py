"""Imported before anything else by the process that workers are forked from."""

from __future__ import annotations

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
# With it, jsonschema compiles the grammar of a format that no notebook's schema has, which takes two seconds.
_modules.setdefault("rfc3987_syntax", None)
