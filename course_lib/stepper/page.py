"""A story as a cell's output: a still picture of how it ended, and a script that makes the picture step through it.

The picture is an `<img>`, as all pictures of the course are: it is there without scripts, in an untrusted notebook, in
print. Where scripts run, ours takes the drawing out of the image and puts it, with controls around it, into a shadow
root of its own, so that neither the page's style sheet nor another picture can disturb it.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files

from course_lib.draw import layout, still
from course_lib.stepper.story import Story, StoryError, to_json
from course_lib.stepper.views import View, closed, opened, to_diagram

_MOST_ARROWS = 500


def to_html(story: Story) -> str:
    """The story as an HTML fragment that needs nothing else.

    Raises:
        StoryError: if it is too much to draw.
    """
    views = list(dict.fromkeys([closed(story), opened(story)]))
    if max(len(view.arrows) for view in views) > _MOST_ARROWS:
        raise StoryError
    pictures = [_picture(story, view) for view in views]
    if not story.steps and not story.blocks:
        return pictures[0]
    # As text of a script, JSON may hold neither the end of the script nor what ends a line only there.
    shapes = [[view.boxes, view.arrows, view.repeats] for view in views] if story.blocks else []
    data = f"{to_json(story)},{json.dumps([pictures[1:], shapes], separators=(',', ':'))}".replace("<", "\\u003c")
    data = data.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    name = hashlib.sha256(data.encode()).hexdigest()[:12]
    script = f'{_packed("stepper.js")}("{name}",{json.dumps(_packed("stepper.css"))},{data})'
    return f'<div class="backprop-steps" data-story="{name}">{pictures[0]}</div><script>{script}</script>'


def _picture(story: Story, view: View) -> str:
    diagram = to_diagram(story, view)
    return still(diagram, layout(diagram))


@cache
def _packed(name: str) -> str:
    """One of our two files without what only its readers need: comments on lines of their own, and indentation."""
    text = (files("course_lib.stepper") / name).read_text(encoding="utf-8")
    text = re.sub(r"^\s*(//.*|/\*.*\*/)$", "", text, flags=re.MULTILINE)
    return "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
