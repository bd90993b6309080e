"""What computing costs, counted instead of timed: exact, the same on every machine, and at once for any size.

`count(z)` runs a student's own forward and backward pass on a copy of the graph whose leaves hold `Counted` arrays.
Such an array has a shape but no entries; what is computed with it is counted by the shapes alone. So a product of two
4,096 × 4,096 matrices costs no time and no memory, and its 4,096³ multiplications are counted all the same.

What is counted:

- An operation makes one new number of one or two others: a *multiplication*, an *addition*, a *division*, or the
  evaluation of a *function*. A tensor of n entries costs n of them.
- A subtraction is an addition, and so is a change of sign: it subtracts from zero.
- The sum of n numbers takes n − 1 additions. A product of an m × k with a k × n matrix takes m·k·n multiplications and
  m·(k − 1)·n additions: the method of the textbook, not a cleverer one.
- A power with an integer exponent takes the multiplications of repeated squaring: x² one, x³ and x⁴ two; a negative one
  takes a division besides. x¹ and x⁰ take none. Any other power is a function.
- exp, log, tanh, sqrt and their like are one function evaluation an entry. So are comparisons, maxima and selections.
- Copying, transposing, reshaping, and copying to a larger shape compute nothing, so they count nothing.

What is held in memory: the scalars in the results and gradients of the nodes, and in whatever else an algorithm keeps
in a node. What several nodes share, as a copy to a larger shape or a transpose does, is there once. The values that the
graph was given are not counted, and neither is what is only under way: within a method, or from one node to the next.

With these rules, function and gradient together cost at most five times the function alone, for every graph of the
given nodes and of sums, products and matrix products whose output is a single number. To see it, take tensors apart
into numbers. A value that is used k times gets k gradients and adds them up in k − 1 additions; over the whole graph
that is at most one for each operation on two numbers. So forward, backward and addition come to 1 + 0 + 1 for a sum,
to 1 + 2 + 1 for a product. An operation on one number adds up nothing: 1 + 4 for x⁻¹, which divides, squares and
multiplies twice on the way back, and comes closest to the bound; less for all others. A function of a student's own
keeps to it if it costs at most four operations on the way back for each one forward.

Where the output is a tensor, each of its entries may be one more that is copied for nothing and summed back: of the
given nodes only `Matexpand` can exceed the bound so, as in `Matexpand(x, (100,)) ** -1`.

The bound of five is that of W. Baur and V. Strassen: *The complexity of partial derivatives*, Theoretical Computer
Science 22, 317-330 (1983). A. Griewank and A. Walther: *Evaluating Derivatives*, 2nd edition, SIAM (2008) derive it
from what each operation costs: three or four where multiplications alone are counted, or where moving numbers has its
price too.
"""

from course_lib.counting.counted import Counted
from course_lib.counting.operations import Operations, counting
from course_lib.counting.result import Count, NodeCount
from course_lib.counting.running import count
from course_lib.counting.shapes import CannotCount
from course_lib.counting.torch_flops import Flops, torch_flops

__all__ = [
    "CannotCount",
    "Count",
    "Counted",
    "Flops",
    "NodeCount",
    "Operations",
    "count",
    "counting",
    "torch_flops",
]
