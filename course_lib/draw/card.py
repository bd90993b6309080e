"""The box of one node: which lines it holds, how large it is and where each line stands.

Layout asks here for sizes and drawing for baselines, so that the two cannot disagree. All boxes of a picture have the
same lines at the same heights, whether or not they are filled yet; a line that no box fills is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from course_lib.draw.diagram import DiagramNode, Entries
from course_lib.draw.lettering import printable, shorten, text_width

TITLE_SIZE, OPERATION_SIZE, SYMBOL_SIZE, NUMBER_SIZE = 14.0, 12.0, 16.0, 13.0
PADDING = 10.0
GUTTER = 16.0
WORD_SPACE = 5.0

# Entries of a tensor are little squares; the map of a tensor of few rows has larger ones.
MOST_CELL, MAP_HEIGHT = 9.0, 36.0

_LEAST_WIDTH, _SHARED_WIDTH, _MOST_WIDTH = 78.0, 116.0, 168.0
_WIDTH_STEP = 6.0
_TITLE_HEIGHT, _LINE_HEIGHT, _BOTTOM = 27.0, 19.0, 7.0
_SHAPE_HEIGHT = 16.0
_TITLE_BASELINE, _SHAPE_BASELINE, _NUMBER_BASELINE = 18.5, 9.5, 13.5
_CONSTANT_HEIGHT = 26.0
_MAP_GAP, _AIR = 7.0, 6.0


@dataclass(frozen=True)
class CardText:
    """What a box says, shortened to fit it."""

    title: str
    operation: str
    shape: str
    value: str
    gradient: str


@dataclass(frozen=True)
class CardStyle:
    """The lines that the boxes of one picture share; baselines count from a box's top, None is a line left out."""

    title_baseline: float
    shape_baseline: float | None
    value_baseline: float | None
    gradient_baseline: float | None
    height: float
    least_width: float

    def size(self, node: DiagramNode) -> tuple[float, float]:
        """Width and height of a node's box."""
        if node.mark == "constant":
            return max(_CONSTANT_HEIGHT, _constant_width(node)), _CONSTANT_HEIGHT
        return min(_MOST_WIDTH, max(self.least_width, _natural_width(node))), self.height

    def text(self, node: DiagramNode) -> CardText:
        """The words in a node's box, cut to its width."""
        width, _ = self.size(node)
        room = width - 2 * PADDING
        if node.mark == "constant":
            return CardText("", shorten(_constant_text(node), room + PADDING, OPERATION_SIZE), "", "", "")
        title, operation = printable(node.title), printable(node.operation)
        title_room = room
        if operation:
            title_room -= min(_operation_width(operation), room / 3) + WORD_SPACE
        title = shorten(title, title_room, TITLE_SIZE, bold=True)
        operation_room = room - (text_width(title, TITLE_SIZE, bold=True) + WORD_SPACE if title else 0)
        return CardText(
            title,
            shorten(operation, operation_room, OPERATION_SIZE) if operation else "",
            shorten(_shape_text(node), room, OPERATION_SIZE),
            shorten(printable(node.value), room - GUTTER, NUMBER_SIZE),
            shorten(printable(node.gradient), room - GUTTER, NUMBER_SIZE),
        )


def is_symbol(operation: str) -> bool:
    """Whether an operation is written as a sign, such as ×; signs are set larger than words."""
    return len(operation) == 1 and not (operation.isascii() and operation.isalnum())


def card_style(nodes: Iterable[DiagramNode]) -> CardStyle:
    """The style that fits all of these nodes."""
    cards = [node for node in nodes if node.mark != "constant"]
    bottom = _TITLE_HEIGHT
    shape_baseline = value_baseline = gradient_baseline = None
    if any(_shape_text(node) for node in cards):
        shape_baseline = bottom + _SHAPE_BASELINE
        bottom += _SHAPE_HEIGHT
    if any(node.value or node.room[0] or node.value_map for node in cards):
        height = _row_height(node.value_map for node in cards)
        value_baseline = bottom + (height - _LINE_HEIGHT) / 2 + _NUMBER_BASELINE
        bottom += height
    if any(node.gradient or node.room[1] or node.gradient_map for node in cards):
        height = _row_height(node.gradient_map for node in cards)
        gradient_baseline = bottom + (height - _LINE_HEIGHT) / 2 + _NUMBER_BASELINE
        bottom += height
    ordinary = [width for node in cards if (width := _natural_width(node)) <= _SHARED_WIDTH]
    return CardStyle(
        title_baseline=_TITLE_BASELINE,
        shape_baseline=shape_baseline,
        value_baseline=value_baseline,
        gradient_baseline=gradient_baseline,
        height=bottom + (_BOTTOM if bottom > _TITLE_HEIGHT else 1.0),
        least_width=max(ordinary, default=_LEAST_WIDTH),
    )


def cell_size(rows: int, columns: int) -> float:
    """The side of the square that is one entry in the map of a tensor."""
    return min(MOST_CELL, MAP_HEIGHT / max(1, rows), (_LEAST_WIDTH - PADDING - GUTTER) / max(1, columns))


def _row_height(maps: Iterable[Entries]) -> float:
    """The height of the line of values (or gradients): that of a number, or of the highest map."""
    heights = [len(rows) * cell_size(len(rows), len(rows[0])) + _MAP_GAP for rows in maps if rows]
    return max([_LINE_HEIGHT, *heights])


def _shape_text(node: DiagramNode) -> str:
    """The shape, unless the value says it already."""
    return "" if node.shape in node.value else printable(node.shape)


def _operation_width(operation: str) -> float:
    return text_width(operation, SYMBOL_SIZE if is_symbol(operation) else OPERATION_SIZE)


def _constant_text(node: DiagramNode) -> str:
    return printable(node.value) or printable(node.title) or printable(node.operation)


def _constant_width(node: DiagramNode) -> float:
    return _rounded_up(min(_MOST_WIDTH, text_width(_constant_text(node), OPERATION_SIZE) + 2 * PADDING - 4))


def _natural_width(node: DiagramNode) -> float:
    title, operation = printable(node.title), printable(node.operation)
    header = text_width(title, TITLE_SIZE, bold=True) + _operation_width(operation)
    if title and operation:
        header += WORD_SPACE
    texts = (node.value, node.gradient, *node.room)
    number = max(text_width(printable(text), NUMBER_SIZE) for text in texts)
    shape = text_width(_shape_text(node), OPERATION_SIZE)
    return _rounded_up(max(_LEAST_WIDTH, 2 * PADDING + max(header, number + GUTTER + _AIR, shape)))


def _rounded_up(width: float) -> float:
    return -(-width // _WIDTH_STEP) * _WIDTH_STEP
