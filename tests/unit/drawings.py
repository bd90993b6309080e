"""Graphs and diagrams to draw, for several tests."""

import math
import re
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from hypothesis import strategies as st

from course_lib import ComputationNode, Leaf, Mean
from course_lib.draw import (
    Diagram,
    DiagramEdge,
    DiagramNode,
)
from course_lib.draw.graphviz_engines import wasi
from course_lib.draw.layered import layered

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = [wasi, layered]


def wire(*inputs, kind="Wire", name=None):
    """A node that computes nothing, of a class of the given name."""
    return type(kind, (ComputationNode,), {})(*inputs, name=name)


def cosh():
    x = Leaf(math.log(2), "x")
    b, d = x.exp(), -x
    e = d.exp()
    for node, name in ((b, "b"), (d, "d"), (e, "e")):
        node.name = name
    z = Mean(b, e)
    z.name = "z"
    for node in z.sorted_nodes():
        node.forward()
        node.gradient = 0.5
    return z


def a_diagram(count, edges):
    """A diagram of some shape, in which some boxes are constants and others are wide."""
    fed = {target for _, target in edges}
    nodes = tuple(
        DiagramNode(f"k{i}", "a_longer_name" if i % 5 == 2 else "", "exp", "0.5", "1", mark=mark)
        for i in range(count)
        for mark in ["constant" if i % 3 == 1 and i not in fed else ""]
    )
    slots = [sum(target == other for _, other in edges[:i]) for i, (_, target) in enumerate(edges)]
    return Diagram(nodes, tuple(DiagramEdge(f"k{s}", f"k{t}", slot) for (s, t), slot in zip(edges, slots, strict=True)))


@st.composite
def random_diagrams(draw):
    """Draw a diagram without circles, in which inputs repeat, are shared and skip columns."""
    count = draw(st.integers(1, 14))
    edges = []
    for target in range(1, count):
        edges += [(draw(st.integers(0, target - 1)), target) for _ in range(draw(st.integers(0, 3)))]
    return a_diagram(count, edges)


def parse(xml):
    """Read XML that we have made ourselves, strictly."""
    return ET.fromstring(xml)  # noqa: S314


def image_of(html):
    """The SVG of the one image in an output, as a browser reads it."""
    (picture,) = re.findall(r'<img [^"]*(?:"[^"]*"[^"]*)*src="data:image/svg\+xml;charset=utf-8,([^"]*)"', html)
    return unquote(unescape(picture))
