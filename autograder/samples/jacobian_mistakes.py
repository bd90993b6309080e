"""What goes wrong with products of Jacobians: which side they begin at, what brackets cost, rows and columns."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

JACOBIANS = [
    # --- Forward and reverse mode
    Mistake(
        "forward mode begun at the outputs",
        "mode_costs",
        ("test_mode_costs",),
        hint="How many columns have they all",
        edits={
            "sizes[i] * sizes[i - 1] * sizes[0] for i in range(2, len(sizes))": "sizes[-1] * s for s in sizes[1:-1]"
        },
    ),
    Mistake(
        "reverse mode keeps as many columns as there are inputs",
        "mode_costs",
        ("test_mode_costs",),
        hint="How many rows have they all",
        edits={"sizes[-1] * sizes[i] * sizes[i - 1]": "sizes[0] * sizes[i] * sizes[i - 1]"},
    ),
    Mistake(
        "a product for each matrix",
        "mode_costs",
        ("test_mode_costs",),
        hint="how many products is that",
        edits={"range(2, len(sizes))": "range(1, len(sizes))", "range(1, len(sizes) - 1)": "range(1, len(sizes))"},
    ),
    # --- Any order
    Mistake(
        "rows and columns of a layer exchanged",
        "bracket_cost",
        ("test_bracket_cost",),
        hint="How many rows and columns has J_2",
        edits={"return sizes[order], sizes[order - 1], 0": "return sizes[order - 1], sizes[order], 0"},
    ),
    Mistake(
        "what is within a bracket thought free",
        "bracket_cost",
        ("test_bracket_cost",),
        hint="What is within a bracket",
        edits={"left + right + rows * inner * columns": "rows * inner * columns"},
    ),
    Mistake(
        "only the left half's cost added",
        "bracket_cost",
        ("test_bracket_cost",),
        hint="What does each half cost",
        edits={"left + right + rows * inner * columns": "left + rows * inner * columns"},
    ),
    # --- The best order
    Mistake(
        "the cost of the last product left out",
        "best_order",
        ("test_best_order",),
        hint="What does the last product cost",
        edits={"left_cost + right_cost + sizes[b] * sizes[k] * sizes[a - 1]": "left_cost + right_cost"},
    ),
    Mistake(
        "the last product cuts off a single layer only",
        "best_order",
        ("test_best_order",),
        hint="Which products can be the last one",
        edits={"for k in range(a, b):": "for k in {a, b - 1}:"},
    ),
    Mistake(
        "the cheapest product first",
        "best_order",
        ("test_best_order",),
        hint="Have you tried all of them",
        code="""
def best_order(sizes):
    sizes, orders, total = list(sizes), list(range(1, len(sizes))), 0
    while len(orders) > 1:
        costs = [sizes[i] * sizes[i + 1] * sizes[i + 2] for i in range(len(orders) - 1)]
        i = costs.index(min(costs))
        total += costs[i]
        orders[i : i + 2] = [(orders[i + 1], orders[i])]
        del sizes[i + 1]
    return total, orders[0]
""",
    ),
    Mistake(
        "the halves of an order exchanged",
        "best_order",
        ("test_best_order",),
        hint="The last layer stands leftmost",
        edits={"(cost, (left, right))": "(cost, (right, left))"},
    ),
    Mistake(
        "every stretch worked out again and again",
        "best_order",
        ("test_best_order",),
        hint="Is each done only once",
        code="""
def best_order(sizes, a=1, b=None):
    b = len(sizes) - 1 if b is None else b
    if a == b:
        return 0, a
    choices = []
    for k in range(a, b):
        (right_cost, right), (left_cost, left) = best_order(sizes, a, k), best_order(sizes, k + 1, b)
        choices.append((left_cost + right_cost + sizes[b] * sizes[k] * sizes[a - 1], (left, right)))
    return min(choices, key=lambda choice: choice[0])
""",
    ),
    # --- When reverse mode is best
    Mistake(
        "more outputs than inputs",
        "when_reverse",
        ("test_when_reverse",),
        hint="Which product of two sizes does only reverse mode meet",
        edits={"[9, 9, 1, 8]": "[4, 5, 5, 9]"},
    ),
    Mistake(
        "a chain of three layers, which has no third order",
        "when_reverse",
        ("test_when_reverse",),
        hint="How many orders are there for three layers",
        edits={"[2, 9, 1, 9, 2]": "[2, 1, 9, 2]"},
    ),
    Mistake(
        "large layers thought enough to beat reverse mode",
        "when_reverse",
        ("test_when_reverse",),
        hint="When is cb + ba more than abc + ca",
        edits={"[3, 1, 5, 2, 1]": "[3, 2, 9, 2, 1]"},
    ),
    # --- Products without matrices
    Mistake(
        "the slopes forgotten in forward mode",
        "vector_products",
        ("test_vector_products",),
        hint="With which slope, taken at which value",
        edits={"v = (1 - x**2) * v": "v = 1.0 * v"},
    ),
    Mistake(
        "the slopes taken after W instead of before it",
        "vector_products",
        ("test_vector_products",),
        hint="what does it meet first",
        edits={"W.T @ (u * (1 - s**2))": "(1 - (W.T @ s) ** 2) * (W.T @ u)"},
    ),
    Mistake(
        "each layer given the values of another",
        "vector_products",
        ("test_vector_products",),
        hint="which values belong to it",
        edits={"zip(reversed(weights), reversed(outputs))": "zip(reversed(weights), outputs)"},
    ),
    # --- A whole Jacobian
    Mistake(
        "columns stacked as rows",
        "whole_jacobian",
        ("test_whole_jacobian",),
        hint="What does J times the first unit vector give",
        edits={"np.eye(inputs)], axis=1)": "np.eye(inputs)])"},
    ),
    Mistake(
        "rows stacked as columns",
        "whole_jacobian",
        ("test_whole_jacobian",),
        hint="What does the first unit vector times J give",
        edits={"np.eye(outputs)])": "np.eye(outputs)], axis=1)"},
    ),
    Mistake(
        "a product for each entry",
        "whole_jacobian",
        ("test_whole_jacobian",),
        hint="Is one product each enough",
        code="""
def by_rows(times, outputs):
    entries = len(times(np.eye(outputs)[0]))
    return np.array([[times(u)[j] for j in range(entries)] for u in np.eye(outputs)])
""",
    ),
]
