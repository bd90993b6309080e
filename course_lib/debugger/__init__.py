"""The gradient debugger: `debug(z)` names the first place where a backward pass went wrong, and why."""

from course_lib.debugger.finding import Finding
from course_lib.debugger.search import debug

__all__ = ["Finding", "debug"]
