"""A diagram as what Jupyter shows below a cell.

The picture is an `<img>` with a data URI: of all forms tried it alone is seen in trusted and untrusted JupyterLab,
Notebook, nbconvert's HTML and nbgrader's feedback, with no script, style sheet or running kernel. A picture wider than
the page first shrinks a little, then pans inside its frame.

`image/svg+xml` is left out on purpose: no front end would prefer it to the HTML, the notebook would grow by half, and
nbconvert's export to PDF stops at it where Inkscape is missing.
"""

from html import escape

from course_lib.draw.description import describe, heading
from course_lib.draw.diagram import Diagram
from course_lib.draw.layout import Layout, layout
from course_lib.draw.svg import svg_size, to_image

# Below this part of its natural size the type would be hard to read.
_LEAST_SCALE = 0.75
_PRINT = "<style>@media print{.backprop-frame img{min-width:0!important}}</style>"


def mimebundle(diagram: Diagram, text: str, positions: Layout | None = None) -> dict[str, str]:
    """The forms of one output: the picture as HTML, and `text` for terminals and whatever shows no HTML."""
    return {"text/html": still(diagram, positions or layout(diagram)), "text/plain": text}


def still(diagram: Diagram, positions: Layout) -> str:
    """The still picture as an HTML fragment."""
    width, height = svg_size(diagram, positions)
    alt = escape(f"{heading(diagram)}. {describe(diagram)}")
    return (
        f'{_PRINT}<div class="backprop-frame" style="overflow-x:auto">'
        f'<img alt="{alt}" width="{width:.0f}" height="{height:.0f}"'
        f' style="border:0;max-width:100%;min-width:{width * _LEAST_SCALE:.0f}px;height:auto"'
        f' src="{_as_uri(to_image(diagram, positions))}"></div>'
    )


def _as_uri(svg: str) -> str:
    """An SVG as the value of an attribute: a quarter shorter than in base 64, and still readable."""
    drawn = svg.replace("\n", "").replace('"', "'")  # in texts, quotation marks are escaped
    return "data:image/svg+xml;charset=utf-8," + drawn.replace("%", "%25").replace("#", "%23").replace("&", "&amp;")
