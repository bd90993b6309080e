"""A laid-out diagram as one self-contained SVG.

Values stand above gradients, each behind its own sign (`=` and `∂`), so that position and sign tell them apart and
colour only helps. The picture brings its own light card: inside an `<img>` it cannot learn whether the page is dark.
"""

from dataclasses import replace
from html import escape
from itertools import pairwise

from course_lib.draw.card import (
    GUTTER,
    NUMBER_SIZE,
    OPERATION_SIZE,
    PADDING,
    SYMBOL_SIZE,
    TITLE_SIZE,
    WORD_SPACE,
    CardStyle,
    card_style,
    is_symbol,
)
from course_lib.draw.description import describe, heading
from course_lib.draw.diagram import Diagram, DiagramNode
from course_lib.draw.layout import LABEL_SIZE, STUB, Arrow, Layout
from course_lib.draw.lettering import FONT, printable, text_width
from course_lib.draw.routes import ROUNDNESS, Box, Route

# Green and red that stay apart for colour-blind readers (bluish green, vermilion), dark enough for small type.
_STYLE = f"""
text{{font-family:{FONT};fill:#1f2933}}
.card{{fill:#fff;stroke:#dfe3e8}}
.line{{fill:none;stroke:#78838f;stroke-width:1.3}}
.tip{{fill:#78838f}}
.label{{font-size:{LABEL_SIZE:g}px;fill:#5b4b9a;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}}
.box{{fill:#f7f9fb;stroke:#8793a0;stroke-width:1.2}}
.name{{font-size:{TITLE_SIZE:g}px;font-weight:700}}
.op,.sym{{font-size:{OPERATION_SIZE:g}px;fill:#5a6775;font-weight:400}}
.sym{{font-size:{SYMBOL_SIZE:g}px}}
.value,.gradient{{font-size:{NUMBER_SIZE:g}px;font-variant-numeric:tabular-nums lining-nums}}
.value{{fill:#00694e}}
.gradient{{fill:#b93a0b}}
.mid{{text-anchor:middle}}
.constant .box{{fill:#fff;stroke:#c6cdd5}}
.constant text{{font-size:{OPERATION_SIZE:g}px;fill:#52606d;text-anchor:middle;font-variant-numeric:tabular-nums}}
.waiting .box{{fill:#fff;stroke-dasharray:5 4}}
.active .box{{fill:#eaf3fd;stroke:#1f6fc5;stroke-width:2.4}}
.wrong .box{{fill:#fff5f2;stroke:#c1121f;stroke-width:2.8}}
.badge{{fill:#c1121f}}
.cross{{stroke:#fff;stroke-width:2.2;stroke-linecap:round}}
.stub{{stroke-dasharray:2.5 3}}
.note{{font-size:12px;fill:#616e7c}}
""".replace("\n", "")

_MARGIN = 18.0
_NOTE_HEIGHT = 24.0
_CORNER = 8.0
_TIP = 8.0
_LEGEND_WIDTH = 140.0


def to_svg(diagram: Diagram, layout: Layout) -> str:
    """Draw a diagram at the positions of its layout."""
    style = card_style(diagram.nodes)
    caption = printable(diagram.caption)
    width, height = svg_size(diagram, layout)
    dx = (width - layout.width) / 2
    drawing = [_arrow(arrow) for arrow in layout.arrows]
    drawing += [_stub(x, y) for x, y in layout.stubs.values()]
    drawing += [_node(node, layout.boxes[node.key], style) for node in diagram.nodes]
    size = f'width="{_px(width)}" height="{_px(height)}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} viewBox="0 0 {_px(width)} {_px(height)}">',
            f"<title>{escape(heading(diagram))}</title>",
            f"<desc>{escape(describe(diagram))}</desc>",
            f"<style>{_STYLE}</style>",
            f'<rect class="card" x=".5" y=".5" width="{_px(width - 1)}" height="{_px(height - 1)}" rx="10"/>',
            f'<g transform="translate({_px(dx)} {_px(_MARGIN)})">',
            *drawing,
            "</g>",
            *_notes(caption, style, width, height),
            "</svg>",
        ]
    )


def svg_size(diagram: Diagram, layout: Layout) -> tuple[float, float]:
    """The width and height of the picture in pixels."""
    style = card_style(diagram.nodes)
    caption = printable(diagram.caption)
    legend = style.value_baseline is not None or style.gradient_baseline is not None
    notes_width = text_width(caption, OPERATION_SIZE) + (_LEGEND_WIDTH if legend else 0.0)
    notes_height = _NOTE_HEIGHT if caption or legend else 0.0
    return max(layout.width, notes_width) + 2 * _MARGIN, layout.height + 2 * _MARGIN + notes_height


def _arrow(arrow: Arrow) -> str:
    *knots, tip = arrow.route
    line = _path((*knots, replace(tip, x=tip.x - _TIP + 1)))
    return f'<path class="line" d="{line}"/>{_tip(tip.x, tip.y)}{_label(arrow)}'


def _path(route: Route) -> str:
    """The curve through the knots of a route, in the letters of SVG."""
    path = [f"M{_px(route[0].x)} {_px(route[0].y)}"]
    for here, there in pairwise(route):
        if max(abs(there.y - here.y), abs(here.slope), abs(there.slope)) < 0.05:  # noqa: PLR2004 - unseen
            path.append(f"H{_px(there.x)}")
            continue
        # An arrow that must run backwards (a graph with a circle) first goes a little way forwards.
        reach = ROUNDNESS * max(abs(there.x - here.x), _TIP)
        start = f"{_px(here.x + reach)} {_px(here.y + reach * here.slope)}"
        end = f"{_px(there.x - reach)} {_px(there.y - reach * there.slope)}"
        path.append(f"C{start} {end} {_px(there.x)} {_px(there.y)}")
    return "".join(path)


def _stub(x: float, y: float) -> str:
    """An arrow out of nowhere: here the graph goes on, undrawn."""
    return f'<path class="line stub" d="M{_px(x - STUB)} {_px(y)}H{_px(x - _TIP + 1)}"/>{_tip(x, y)}'


def _tip(x: float, y: float) -> str:
    return f'<path class="tip" d="M{_px(x)} {_px(y)}l-{_TIP:g}-3.6 1.8 3.6-1.8 3.6z"/>'


def _label(arrow: Arrow) -> str:
    """The words at an arrow, in its last free stretch, above or below it so that a steep line clears them."""
    label = printable(arrow.edge.label)
    if not label:
        return ""
    start, end = arrow.route[-2:]
    run, fall = max(1.0, end.x - _TIP - start.x), end.y - start.y
    # Halfway along, a curve that is level at both ends is half as steep again as the straight line.
    lean = min(abs(fall) / 2, 1.5 * abs(fall) / run * text_width(label, LABEL_SIZE) / 2)
    x, y = start.x + run / 2, (start.y + end.y) / 2
    baseline = y - lean - 5 if arrow.label_above else y + lean + 13
    return f'<text class="label" x="{_px(x)}" y="{_px(baseline)}">{escape(label)}</text>'


def _node(node: DiagramNode, box: Box, style: CardStyle) -> str:
    """A box with its words, drawn from its own top left corner."""
    words = style.text(node)
    width, height = box.width, box.height
    parts = [f'<g class="node {node.mark}" transform="translate({_px(box.left)} {_px(box.top)})">'.replace(' "', '"')]
    corner = height / 2 if node.mark == "constant" else _CORNER
    parts.append(f'<rect class="box" width="{_px(width)}" height="{_px(height)}" rx="{_px(corner)}"/>')
    if node.mark == "constant":
        parts.append(f'<text x="{_px(width / 2)}" y="{_px(height / 2 + 4.3)}">{escape(words.operation)}</text>')
    else:
        parts.append(_header(words.title, words.operation, width, style.title_baseline))
        if style.shape_baseline is not None and words.shape:
            place = f'x="{_px(width / 2)}" y="{_px(style.shape_baseline)}"'
            parts.append(f'<text class="op mid" {place}>{escape(words.shape)}</text>')
        parts += _number("value", "=", words.value, width, style.value_baseline)
        parts += _number("gradient", "∂", words.gradient, width, style.gradient_baseline)
    if node.mark == "wrong":
        parts.append(
            f'<g transform="translate({_px(width - 3)} 3)"><circle class="badge" r="9"/>'
            '<path class="cross" d="M-3.4-3.4 3.4 3.4M3.4-3.4-3.4 3.4"/></g>'
        )
    parts.append("</g>")
    return "".join(parts)


def _header(title: str, operation: str, width: float, baseline: float) -> str:
    place = f'x="{_px(width / 2)}" y="{_px(baseline)}"'
    kind = "sym" if is_symbol(operation) else "op"
    if not title:
        return f'<text class="{kind} mid" {place}>{escape(operation)}</text>'
    after = f'<tspan class="{kind}" dx="{WORD_SPACE:g}">{escape(operation)}</tspan>' if operation else ""
    return f'<text class="name mid" {place}>{escape(title)}{after}</text>'


def _number(kind: str, sign: str, text: str, width: float, baseline: float | None) -> list[str]:
    if baseline is None or not text:
        return []
    middle = (PADDING + GUTTER + width - PADDING) / 2
    number = f'<tspan class="mid" x="{_px(middle)}">{escape(text)}</tspan>'
    return [f'<text class="{kind}" y="{_px(baseline)}"><tspan x="{PADDING:g}">{sign}</tspan>{number}</text>']


def _notes(caption: str, style: CardStyle, width: float, height: float) -> list[str]:
    """The line below the picture: what the signs mean on the left, the caption on the right."""
    baseline = _px(height - _MARGIN + 4)
    signs = [("value", "=", "value")] if style.value_baseline is not None else []
    signs += [("gradient", "∂", "gradient")] if style.gradient_baseline is not None else []
    legend = "".join(
        f'<tspan class="{kind}" dx="{14 * bool(place)}">{sign}</tspan><tspan dx="5">{word}</tspan>'
        for place, (kind, sign, word) in enumerate(signs)
    )
    notes = [f'<text class="note" x="{_MARGIN:g}" y="{baseline}">{legend}</text>'] if legend else []
    if caption:
        notes.append(
            f'<text class="note" x="{_px(width - _MARGIN)}" y="{baseline}" text-anchor="end">{escape(caption)}</text>'
        )
    return notes


def _px(length: float) -> str:
    """A length with one decimal, none if it is whole."""
    return f"{round(length, 1) + 0.0:g}" if abs(length) < 100_000 else f"{length:.0f}"  # noqa: PLR2004 - where g rounds
