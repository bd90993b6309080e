"""An inline figure drawn once is the same, to the last byte, as one drawn twice."""

import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from autograder.sandbox.inside import figures


def curves():
    for power in range(5):
        plt.plot(np.linspace(-2, 3, 25), np.linspace(-2, 3, 25) ** power, label=f"derivative {power}")
    plt.ylim(-100, 100)
    plt.legend()


def beyond_the_page():
    plt.plot([1, 2], [1e6, 1.000001e6])
    plt.legend(["a long label outside"], loc="center left", bbox_to_anchor=(1.02, 0.5))
    plt.xticks(rotation=60)


def logarithms():
    plt.loglog([1, 10, 1e5], [3, 4, 1e-9], label="$x^2$")
    plt.xlabel("step h")
    plt.legend(fontsize="small")


def several():
    _, axes = plt.subplots(1, 3, figsize=(11, 3), sharey=True)
    for one in axes:
        one.contour(np.random.default_rng(0).normal(size=(9, 9)))
        one.set(title="η", aspect="equal")


def placed_by_a_layout():
    figure, _ = plt.subplots(2, 2, layout="tight")
    figure.suptitle("all of them")


def an_image():
    plt.imshow(np.eye(8))
    plt.colorbar()


def in_space():
    plt.figure().add_subplot(projection="3d").plot([1, 2], [1, 2], [3, 4])


def words():
    plt.text(0.1, 0.1, "two\nlines", rotation=45, ha="center", fontsize=20)
    plt.text(0.1, 0.5, "two\nlines", rotation=45, ha="right", va="top", linespacing=3)
    plt.text(0.5, 0.5, "two\nlines", family="monospace", rotation=45, rotation_mode="anchor")
    plt.text(0.5, 0.8, "two\nlines, of which one is wrapped", wrap=True, weight="bold")
    plt.text(0.8, 0.8, "$2^n$", parse_math=False)
    plt.text(0.8, 0.2, "$2^n$", multialignment="right")


FIGURES = (words, curves, beyond_the_page, logarithms, several, placed_by_a_layout, an_image, in_space)


def png(draw, **options):
    plt.close("all")
    draw()
    figure = plt.gcf()
    canvas = FigureCanvasAgg(figure)
    stream = io.BytesIO()
    canvas.print_figure(stream, **{"bbox_inches": "tight", "dpi": figure.dpi, "format": "png"} | options)
    plt.close("all")
    return stream.getvalue()


@pytest.fixture
def hasten(monkeypatch):
    monkeypatch.setattr(FigureCanvasAgg, "print_figure", FigureCanvasAgg.print_figure)
    monkeypatch.setattr(Text, "_get_layout", Text._get_layout)
    return figures.hasten


@pytest.mark.parametrize("draw", FIGURES)
def test_the_picture_is_the_same(draw, hasten):
    before = png(draw)
    hasten()
    assert png(draw) == before
    assert png(draw) == before, "with what is remembered"


@pytest.mark.parametrize(
    "setting",
    [{"font.family": "serif"}, {"font.sans-serif": ["STIXGeneral"]}, {"text.hinting": "none"}, {"font.size": 12},
     {"mathtext.fontset": "stix"}, {"text.parse_math": False}, {"figure.dpi": 70}],
    ids=str,
)  # fmt: skip
def test_what_is_remembered_is_not_taken_for_what_has_changed(setting, hasten):
    def draw():
        words()
        logarithms()

    with plt.rc_context(setting):
        changed = png(draw)
    hasten()
    usual = png(draw)
    with plt.rc_context(setting):
        assert png(draw) == changed != usual
    assert png(draw) == usual


def test_a_font_that_changes_after_it_was_used_is_another_font(hasten):
    def draw(size):
        one = plt.text(0.5, 0.5, "one")
        plt.gcf().canvas.draw()
        one.get_fontproperties().set_size(size)

    before = [png(lambda size=size: draw(size)) for size in (10, 30)]
    hasten()
    assert [png(lambda size=size: draw(size)) for size in (10, 30)] == before


def test_a_text_is_laid_out_once(hasten, monkeypatch):
    laid_out = []
    layout = Text._get_layout
    monkeypatch.setattr(Text, "_get_layout", lambda *given: (laid_out.append(1), layout(*given))[1])
    png(curves)
    usual = len(laid_out)
    laid_out.clear()
    hasten()
    png(curves)
    assert len(laid_out) < usual / 3
    laid_out.clear()
    png(curves)
    assert not laid_out


@pytest.mark.parametrize("options", [{"dpi": 50}, {"format": "svg", "metadata": {"Date": None}}, {"pad_inches": 1}])
def test_other_wishes_are_met_as_before(options, hasten, monkeypatch):
    monkeypatch.setitem(plt.rcParams, "svg.hashsalt", "the same")
    before = png(curves, **options)
    hasten()
    assert png(curves, **options) == before


def test_it_is_drawn_once(hasten, monkeypatch):
    drawn = []
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda *given: (drawn.append(1), draw(*given))[1])
    png(curves)
    assert len(drawn) == 2
    drawn.clear()
    hasten()
    png(curves)
    assert len(drawn) == 1
