"""A laid-out diagram as one self-contained SVG.

Values stand above gradients, each behind its own sign (`=` and `∂`), so that position and sign tell them apart and
colour only helps. The picture brings its own light card: inside an `<img>` it cannot learn whether the page is dark.
"""

import re
from collections.abc import Sequence
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
    cell_size,
    is_symbol,
)
from course_lib.draw.description import describe, heading
from course_lib.draw.diagram import Diagram, DiagramNode, Entries
from course_lib.draw.labels import Label, labels
from course_lib.draw.layout import LABEL_SIZE, STUB, Arrow, Layout
from course_lib.draw.lettering import FONT, printable, text_width
from course_lib.draw.routes import ROUNDNESS, Box, Route

# Bluish green and vermilion stay apart for colour-blind readers, as do violet and orange; dark enough for small type.
# A page that knows its own theme sets the variables; an image, which cannot know it, keeps to the light colours.
_COLOURS = {
    "card": "#fff", "rim": "#dfe3e8", "ink": "#1f2933", "line": "#78838f", "box": "#f7f9fb", "edge": "#8793a0",
    "faint": "#5a6775", "pale": "#c6cdd5", "value": "#00694e", "gradient": "#b93a0b", "local": "#5b4b9a",
    "active": "#1f6fc5", "activebox": "#eaf3fd", "wrong": "#c1121f", "wrongbox": "#fff5f2", "warned": "#8a5a00",
    "warnedbox": "#fff8e6", "plus": "#d95f02", "minus": "#5e4fa2", "greybox": "#d3d8de",
}  # fmt: skip


def _coloured(style: str) -> str:
    """The style with `$name` replaced by the variable of that colour."""
    return re.sub(r"\$(\w+)", lambda found: f"var(--{found[1]},{_COLOURS[found[1]]})", style.replace("\n", ""))


_STYLE = _coloured(f"""
text{{font-family:{FONT};fill:$ink}}
.card{{fill:$card;stroke:$rim}}
.line{{fill:none;stroke:$line;stroke-width:1.3}}
.tip{{fill:$line}}
.label,.sent,.sum{{font-size:{LABEL_SIZE:g}px;text-anchor:middle}}
.label,.sent{{paint-order:stroke;stroke:$card;stroke-width:4px}}
.label{{fill:$local}}
.sent,.sum{{fill:$gradient}}
.box{{fill:$box;stroke:$edge;stroke-width:1.2}}
.name{{font-size:{TITLE_SIZE:g}px;font-weight:700}}
.number{{font-weight:400;fill:$faint}}
.op,.sym{{font-size:{OPERATION_SIZE:g}px;fill:$faint;font-weight:400}}
.sym{{font-size:{SYMBOL_SIZE:g}px}}
.value,.gradient{{font-size:{NUMBER_SIZE:g}px;font-variant-numeric:tabular-nums lining-nums}}
.value{{fill:$value}}
.gradient{{fill:$gradient}}
.mid{{text-anchor:middle}}
.constant .box{{fill:$card;stroke:$pale}}
.constant text{{font-size:{OPERATION_SIZE:g}px;fill:$faint;text-anchor:middle;font-variant-numeric:tabular-nums}}
.waiting .box{{fill:$card;stroke-dasharray:5 4}}
.grey .box{{fill:$greybox;stroke:$greybox}}
.warned .box{{fill:$warnedbox;stroke:$warned;stroke-width:2}}
.active .box{{fill:$activebox;stroke:$active;stroke-width:2.4}}
.wrong .box{{fill:$wrongbox;stroke:$wrong;stroke-width:2.8}}
.badge{{fill:$wrong}}
.warned .badge{{fill:$warned}}
.cross{{stroke:#fff;stroke-width:2.2;stroke-linecap:round}}
.plus{{fill:$plus}}
.minus{{fill:$minus}}
.cell{{stroke:$box;stroke-width:.8}}
.bar{{stroke:$card;stroke-width:1.2}}
.stub{{stroke-dasharray:2.5 3}}
.note{{font-size:12px;fill:$faint}}
""")

_MARGIN = 18.0
_NOTE_HEIGHT = 24.0
_CORNER = 8.0
_TIP = 8.0
_LEGEND_WIDTH, _MAP_LEGEND_WIDTH = 140.0, 310.0
_BADGES = {"wrong": "M-3.4-3.4 3.4 3.4M3.4-3.4-3.4 3.4", "warned": "M0-5V1M0 4.5V4.6"}


def to_svg(diagram: Diagram, layout: Layout) -> str:
    """Draw a diagram at the positions of its layout, as a file that says itself what it shows."""
    words = f"<title>{escape(heading(diagram))}</title>\n<desc>{escape(describe(diagram))}</desc>\n"
    first, _, rest = to_image(diagram, layout).partition("\n")
    return f"{first}\n{words}{rest}"


def to_image(diagram: Diagram, layout: Layout) -> str:
    """Draw a diagram for an `<img>`, whose `alt` says what it shows."""
    style = card_style(diagram.nodes)
    caption = printable(diagram.caption)
    width, height = svg_size(diagram, layout)
    dx = (width - layout.width) / 2
    drawing = [_arrow(arrow, words) for arrow, words in zip(layout.arrows, labels(diagram, layout), strict=True)]
    drawing += [_stub(x, y) for x, y in layout.stubs.values()]
    drawing += [_node(node, layout.boxes[node.key], style) for node in diagram.nodes]
    size = f'width="{_px(width)}" height="{_px(height)}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} viewBox="0 0 {_px(width)} {_px(height)}">',
            f"<style>{_STYLE}</style>",
            f'<rect class="card" x=".5" y=".5" width="{_px(width - 1)}" height="{_px(height - 1)}" rx="10"/>',
            f'<g transform="translate({_px(dx)} {_px(_MARGIN)})">',
            *drawing,
            "</g>",
            *_notes(caption, style, _has_maps(diagram), width, height),
            "</svg>",
        ]
    )


def svg_size(diagram: Diagram, layout: Layout) -> tuple[float, float]:
    """The width and height of the picture in pixels."""
    style = card_style(diagram.nodes)
    caption = printable(diagram.caption)
    legend = style.value_baseline is not None or style.gradient_baseline is not None
    legend_width = _MAP_LEGEND_WIDTH if _has_maps(diagram) else _LEGEND_WIDTH
    notes_width = text_width(caption, OPERATION_SIZE) + (legend_width if legend else 0.0)
    notes_height = _NOTE_HEIGHT if caption or legend else 0.0
    return max(layout.width, notes_width) + 2 * _MARGIN, layout.height + 2 * _MARGIN + notes_height


def _has_maps(diagram: Diagram) -> bool:
    return any(node.value_map or node.gradient_map for node in diagram.nodes)


def _arrow(arrow: Arrow, words: Sequence[Label]) -> str:
    *knots, tip = arrow.route
    line = _path((*knots, replace(tip, x=tip.x - _TIP + 1)))
    texts = "".join(
        f'<text class="{label.kind}" x="{label.x:.0f}" y="{label.baseline:.0f}">{escape(label.words)}</text>'
        for label in words
    )
    return f'<g class="edge"><path class="line" d="{line}"/>{_tip(tip.x, tip.y)}{texts}</g>'


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
    return f'<path class="tip" d="M{_px(x)} {_px(y)}l-{_TIP:g}-4 2 4-2 4z"/>'


def _node(node: DiagramNode, box: Box, style: CardStyle) -> str:
    """A box with its words, drawn from its own top left corner."""
    words = style.text(node)
    width, height = box.width, box.height
    parts = [f'<g class="node {node.mark}" transform="translate({_px(box.left)} {_px(box.top)})">'.replace(' "', '"')]
    if node.stacked:
        size = f'width="{_px(width)}" height="{_px(height)}" rx="{_CORNER:g}"'
        parts += [f'<rect class="box" x="{shift}" y="{-shift}" {size}/>' for shift in (8, 4)]
    corner = height / 2 if node.mark == "constant" else _CORNER
    parts.append(f'<rect class="box" width="{_px(width)}" height="{_px(height)}" rx="{_px(corner)}"/>')
    if node.mark == "constant":
        parts.append(f'<text x="{_px(width / 2)}" y="{_px(height / 2 + 4.3)}">{escape(words.operation)}</text>')
    else:
        parts.append(_header(words.title, words.operation, width, style.title_baseline, node.numbered))
        if style.shape_baseline is not None and words.shape:
            place = f'x="{_px(width / 2)}" y="{_px(style.shape_baseline)}"'
            parts.append(f'<text class="op mid" {place}>{escape(words.shape)}</text>')
        rows = (
            ("value", "=", words.value, style.value_baseline, node.room[0], node.value_map),
            ("gradient", "∂", words.gradient, style.gradient_baseline, node.room[1], node.gradient_map),
        )
        for kind, sign, text, baseline, room, entries in rows:
            if baseline is not None and (text or room or entries or node.value_map):
                parts.append(_number(kind, sign, text, width, baseline))
            if baseline is not None and node.value_map:
                parts.append(_entries_map(kind, entries, width, baseline))
    if node.note:
        parts.append(f'<text class="sum" x="{_px(width / 2)}" y="{_px(height + 14)}">{escape(node.note)}</text>')
    if node.mark in _BADGES:
        parts.append(
            f'<g class="warning" transform="translate({_px(width - 3)} 3)"><circle class="badge" r="9"/>'
            f'<path class="cross" d="{_BADGES[node.mark]}"/></g>'
        )
    parts.append("</g>")
    return "".join(parts)


def _header(title: str, operation: str, width: float, baseline: float, numbered: bool) -> str:
    place = f'x="{_px(width / 2)}" y="{_px(baseline)}"'
    kind = "sym" if is_symbol(operation) else "op"
    if not title:
        return f'<text class="{kind} mid" {place}>{escape(operation)}</text>'
    after = f'<tspan class="{kind}" dx="{WORD_SPACE:g}">{escape(operation)}</tspan>' if operation else ""
    return f'<text class="name {"number " * numbered}mid" {place}>{escape(title)}{after}</text>'


def _number(kind: str, sign: str, text: str, width: float, baseline: float) -> str:
    middle = (PADDING + GUTTER + width - PADDING) / 2
    number = f'<tspan class="mid" x="{_px(middle)}">{escape(text)}</tspan>'
    return f'<text class="{kind}" x="{PADDING:g}" y="{_px(baseline)}">{sign}{number}</text>'


def _entries_map(kind: str, entries: Entries, width: float, baseline: float) -> str:
    """The entries of a tensor as little squares: violet with a minus, or orange, the paler the smaller."""
    rows, columns = len(entries), len(entries[0]) if entries else 0
    size = cell_size(rows, columns)
    left, top = -size * columns / 2, -size * rows / 2
    largest = max((abs(entry) for row in entries for entry in row if entry is not None), default=0.0) or 1.0
    cells = "".join(
        _cell(entry, left + column * size, top + row * size, size, largest)
        for row, line in enumerate(entries)
        for column, entry in enumerate(line)
    )
    place = f"translate({_px((GUTTER + width) / 2)} {_px(baseline - 4.5)})"
    return f'<g class="{kind}-map" transform="{place}">{cells}</g>'


def _cell(entry: float | None, x: float, y: float, size: float, largest: float) -> str:
    kind = "plus" if entry is None or entry >= 0 else "minus"
    depth = 0.0 if entry is None else 0.12 + 0.88 * abs(entry) / largest
    place = f'x="{_px(x)}" y="{_px(y)}" width="{_px(size)}" height="{_px(size)}"'
    square = f'<rect class="cell {kind}" {place} fill-opacity="{depth:.2f}"/>'
    sign = f'<path class="bar" d="M{_px(x + size * 0.25)} {_px(y + size / 2)}h{_px(size / 2)}"/>'
    return square + sign if kind == "minus" else square


def _notes(caption: str, style: CardStyle, maps: bool, width: float, height: float) -> list[str]:
    """The line below the picture: what the signs mean on the left, the caption on the right."""
    baseline = _px(height - _MARGIN + 4)
    signs = [("value", "=", "value")] if style.value_baseline is not None else []
    signs += [("gradient", "∂", "gradient")] if style.gradient_baseline is not None else []
    legend = "".join(
        f'<tspan class="{kind}" dx="{14 * bool(place)}">{sign}</tspan><tspan dx="5">{word}</tspan>'
        for place, (kind, sign, word) in enumerate(signs)
    )
    if maps:
        legend += '<tspan class="plus" dx="14">■</tspan><tspan dx="5">positive</tspan>'
        legend += '<tspan class="minus" dx="14">■</tspan><tspan dx="5">− negative</tspan>'
    notes = [f'<text class="note" x="{_MARGIN:g}" y="{baseline}">{legend}</text>'] if legend else []
    if caption:
        notes.append(
            f'<text class="note" x="{_px(width - _MARGIN)}" y="{baseline}" text-anchor="end">{escape(caption)}</text>'
        )
    return notes


def _px(length: float) -> str:
    """A length with one decimal, none if it is whole."""
    return f"{round(length, 1) + 0.0:g}" if abs(length) < 100_000 else f"{length:.0f}"  # noqa: PLR2004 - where g rounds
