"""Inline figures without the second drawing that finds out how much of the page they take."""

from __future__ import annotations

from typing import Any


def hasten() -> None:
    """Have matplotlib ask a figure for its extent, where it would draw all of it for that, and then once more to print.

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
