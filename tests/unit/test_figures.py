"""An inline figure drawn once is the same, to the last byte, as one drawn twice."""

import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

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


FIGURES = (curves, beyond_the_page, logarithms, several, placed_by_a_layout, an_image, in_space)


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
    return figures.hasten


@pytest.mark.parametrize("draw", FIGURES)
def test_the_picture_is_the_same(draw, hasten):
    before = png(draw)
    hasten()
    assert png(draw) == before


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
