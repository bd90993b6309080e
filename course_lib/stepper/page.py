"""A story as a cell's output: a still picture of how it ended, and a script that makes the picture step through it.

The picture is an `<img>`, as all pictures of the course are: it is there without scripts, in an untrusted notebook, in
print. Where scripts run, ours takes the drawing out of the image and puts it, with controls around it, into a shadow
root of its own, so that neither the page's style sheet nor another picture can disturb it.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from base64 import b64encode
from functools import cache
from importlib.resources import files

from course_lib.draw import layout, still
from course_lib.stepper.story import Story, StoryError, to_json
from course_lib.stepper.views import View, closed, opened, to_diagram

_PARTS = ("state.js", "mathematics.js", "picture.js", "stepper.js")
# More than this takes seconds to lay out, and nobody could read it.
_MOST_ARROWS = 250


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
    shapes = [[view.boxes, view.arrows, view.repeats] for view in views] if story.blocks else []
    data = f"{to_json(story)},{json.dumps([pictures[1:], shapes], separators=(',', ':'))}"
    name = hashlib.sha256(data.encode()).hexdigest()[:12]
    parts = "\n".join(map(_tight, _PARTS))
    code = (
        f'(function(id,style,story,more){{"use strict";{parts}}})("{name}",{json.dumps(_tight("stepper.css"))},{data})'
    )
    script = f'{_tight("loader.js")}("{_compressed(code)}")'
    return f'<div class="backprop-steps" data-story="{name}">{pictures[0]}</div><script>{script}</script>'


def to_still(story: Story) -> str:
    """The story's end alone, however much there is to draw."""
    return _picture(story, closed(story))


def _picture(story: Story, view: View) -> str:
    diagram = to_diagram(story, view)
    return still(diagram, layout(diagram))


def _compressed(code: str) -> str:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return b64encode(packer.compress(code.encode()) + packer.flush()).decode()


@cache
def _tight(name: str) -> str:
    """One of our files without what only its readers need: comments on lines of their own, and indentation."""
    text = (files("course_lib.stepper") / name).read_text(encoding="utf-8")
    text = re.sub(r"^\s*(//.*|/\*.*\*/)$", "", text, flags=re.MULTILINE)
    return "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
