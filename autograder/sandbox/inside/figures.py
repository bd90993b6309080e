"""Inline figures that are drawn once, not twice to find out how much of the page they take, with text laid out once."""

from __future__ import annotations

from typing import Any

# What else decides how much room text takes.
_DECISIVE: tuple[Any, ...] = (
    "font.family",
    "font.serif",
    "font.sans-serif",
    "font.cursive",
    "font.fantasy",
    "font.monospace",
    "mathtext.fontset",
    "text.hinting",
    "text.hinting_factor",
    "text.kerning_factor",
    "text.parse_math",
)
_MOST_LAYOUTS = 5_000


def hasten() -> None:
    """Have matplotlib ask a figure for its extent, where it would draw all of it for that, and then once more to print.

    And have it lay out the same text once, where it would do so several times for each figure.

    The picture is the same to the last byte. What a layout engine places is placed as it is drawn, and left as it was.
    """
    from matplotlib import rcParams  # noqa: PLC0415 - not every kernel has it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415

    printed = FigureCanvasAgg.print_figure

    def print_figure(
        self: Any,  # noqa: ANN401 - as matplotlib has it
        filename: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
        bbox_inches: Any = None,  # noqa: ANN401
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        figure = self.figure
        usual = options.keys() <= {"dpi", "format", "facecolor", "edgecolor"} and not args
        as_shown = options.get("dpi") == figure.dpi and options.get("format") == "png"
        if bbox_inches == "tight" and usual and as_shown and figure.get_layout_engine() is None:
            bbox_inches = figure.get_tightbbox(self.get_renderer()).padded(rcParams["savefig.pad_inches"])
        return printed(self, filename, *args, bbox_inches=bbox_inches, **options)

    FigureCanvasAgg.print_figure = print_figure  # type: ignore[method-assign]
    _remember_layouts()


def _remember_layouts() -> None:
    from matplotlib import rcParams  # noqa: PLC0415 - not every kernel has it
    from matplotlib.backends.backend_agg import RendererAgg  # noqa: PLC0415
    from matplotlib.text import Text  # noqa: PLC0415

    lay_out = Text._get_layout  # type: ignore[attr-defined] # noqa: SLF001
    known: dict[Any, Any] = {}

    def get_layout(self: Any, renderer: Any) -> Any:  # noqa: ANN401 - as matplotlib has it
        if type(renderer) is not RendererAgg or self.get_wrap() or self.get_usetex():
            return lay_out(self, renderer)
        key = (
            self.get_text(),
            self.get_fontproperties(),  # which are equal to others that say the same
            self.get_figure(root=True).dpi,
            self.get_parse_math(),
            self.get_rotation(),
            self.get_rotation_mode(),
            self.get_horizontalalignment(),
            self.get_verticalalignment(),
            self._get_multialignment(),
            self._linespacing,
            *(repr(rcParams[name]) for name in _DECISIVE),
        )
        found = known.get(key)
        if found is None:
            if len(known) > _MOST_LAYOUTS:
                known.clear()
            # Its font may be changed later on; the key must not.
            key = (key[0], key[1].copy(), *key[2:])
            found = known[key] = lay_out(self, renderer)
        box, lines, corner = found
        return box.frozen(), list(lines), corner

    Text._get_layout = get_layout  # type: ignore[attr-defined] # noqa: SLF001
