"""Pictures that step through what a student's own code did: recorded calls → `Story` (plain data) → a cell's output."""

from course_lib.stepper.display import mimebundle, show
from course_lib.stepper.page import to_html
from course_lib.stepper.story import MIME, Story, StoryError, from_json, to_json

__all__ = ["MIME", "Story", "StoryError", "from_json", "mimebundle", "show", "to_html", "to_json"]
