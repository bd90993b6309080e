"""What students import: the engine's base and given nodes, pictures, and checks. It holds no answer.

Importing this package takes well under 0.2 s and leaves torch, matplotlib and sympy alone until something needs them.
"""

from course_lib.counting import count
from course_lib.debugger import debug
from course_lib.environment import choose_device, fetch, setup
from course_lib.graph import ComputationNode, Leaf, build_graph
from course_lib.handing_in import check_submission
from course_lib.nodes import Exp, IntPow, Matexpand, Matsum, Mean, Negate, SumTo, Transpose
from course_lib.reading import read_source
from course_lib.stepper import show
from course_lib.values import sum_to

__version__ = "0.1.0"

__all__ = [
    "ComputationNode",
    "Exp",
    "IntPow",
    "Leaf",
    "Matexpand",
    "Matsum",
    "Mean",
    "Negate",
    "SumTo",
    "Transpose",
    "build_graph",
    "check_submission",
    "choose_device",
    "count",
    "debug",
    "fetch",
    "read_source",
    "setup",
    "show",
    "sum_to",
]
