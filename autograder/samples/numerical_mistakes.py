"""What goes wrong where gradients are measured: steps, sides, signs, and what is close enough."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

NUMERICAL = [
    # --- Forward differences
    Mistake(
        "moved entries not put back",
        "numeric_gradient",
        ("test_numeric_gradient",),
        hint="where is the first one",
        code="""
def numerical_gradient(f, x, h=1e-6):
    gradient = np.zeros_like(x)
    start, moved = f(x), x.copy()
    for i in range(len(x)):
        moved[i] += h
        gradient[i] = (f(moved) - start) / h
    return gradient
""",
    ),
    Mistake(
        "all entries moved at once",
        "numeric_gradient",
        ("test_numeric_gradient",),
        hint="where is the first one",
        edits={"moved[i] += h": "moved += h"},
    ),
    Mistake(
        "the unmoved value worked out for each entry",
        "numeric_gradient",
        ("test_numeric_gradient",),
        hint="Which value do all d slopes share",
        edits={"(f(moved) - start) / h": "(f(moved) - f(x)) / h"},
    ),
    Mistake(
        "a step of one's own instead of h",
        "numeric_gradient",
        ("test_numeric_gradient",),
        hint="Which two points are compared",
        edits={"    gradient = np.zeros_like(x)\n": "    h = 1e-6\n    gradient = np.zeros_like(x)\n"},
    ),
    Mistake(
        "the change not divided by the step",
        "numeric_gradient",
        ("test_numeric_gradient",),
        hint="How much does f change, per unit",
        edits={"(f(moved) - start) / h": "f(moved) - start"},
    ),
    # --- Descent
    Mistake(
        "uphill instead of down",
        "descent",
        ("test_descent",),
        hint="A gradient points uphill",
        edits={"x - eta *": "x + eta *"},
    ),
    Mistake(
        "the gradient taken once, at the start",
        "descent",
        ("test_descent",),
        hint="At which point is the gradient of the second step taken",
        code="""
def descend(f, x, eta, steps):
    gradient = numerical_gradient(f, x)
    for _ in range(steps):
        x = x - eta * gradient
    return x
""",
    ),
    # --- Central differences
    Mistake(
        "divided by h where the points are 2h apart",
        "central_gradient",
        ("test_central_gradient",),
        hint="How far apart are the two points",
        edits={"/ (2 * h)": "/ h"},
    ),
    Mistake(
        "forward differences again",
        "central_gradient",
        ("test_central_gradient",),
        hint="Which two points does each slope compare",
        edits={"left[i] -= h": "left[i] -= 0", "/ (2 * h)": "/ h"},
    ),
    # --- The best step
    Mistake(
        "the same best step for both kinds of differences",
        "best_step",
        ("test_best_step",),
        hint="For which h are h² and ε/h equal",
        edits={'p_central = "1/3"': 'p_central = "1/2"', 'q_central = "2/3"': 'q_central = "1"'},
    ),
    Mistake(
        "the smallest step thought best",
        "best_step",
        ("test_best_step",),
        hint="For which h are h and ε/h equal",
        edits={'p_forward = "1/2"': 'p_forward = "1"', 'q_forward = "1/2"': 'q_forward = "1"'},
    ),
    # --- Gradient check
    Mistake(
        "an absolute error instead of a relative one",
        "gradient_check",
        ("test_gradient_check",),
        hint="Is 0.0001 a small error",
        edits={"1e-4 * largest[i]": "1e-4"},
    ),
    Mistake(
        "only errors of one sign noticed",
        "gradient_check",
        ("test_gradient_check",),
        hint="An error may have either sign",
        edits={"abs(given[i] - measured[i])": "given[i] - measured[i]"},
    ),
    Mistake(
        "equality asked of rounded numbers",
        "gradient_check",
        ("test_gradient_check",),
        hint="How close must they be",
        edits={"abs(given[i] - measured[i]) > 1e-4 * largest[i]": "given[i] != measured[i]"},
    ),
    # --- The fault
    Mistake(
        "places counted from one",
        "mended_gradient",
        ("test_mended_gradient",),
        hint="Is the first place 0 or 1",
        edits={"wrong_place = 4": "wrong_place = 5"},
    ),
    Mistake(
        "the slope of the neuron's input forgotten",
        "mended_gradient",
        ("test_mended_gradient",),
        hint="What multiplies the change of this entry",
        edits={"1.0, w[0], w[1]": "1.0, w[0], 1.0"},
    ),
]
