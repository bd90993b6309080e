"""What goes wrong with arithmetic circuits: shares, sums of them, what they cost, and what an `if` does."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

CIRCUITS = [
    # --- Back through a circuit
    Mistake(
        "forward order on the way back",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="Which steps must be finished",
        edits={"for place in reversed(range(len(circuit))):": "for place in range(len(circuit)):"},
    ),
    Mistake(
        "product: operands not swapped",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="what multiplies the change",
        edits={"return g * v, g * u": "return g * u, g * v"},
    ),
    Mistake(
        "product: upstream forgotten",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="what has arrived at w",
        edits={"return g * v, g * u": "return v, u"},
    ),
    Mistake(
        "difference: sign lost",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="what becomes of u − v",
        edits={"return g, -g": "return g, g"},
    ),
    Mistake(
        "quotient: sign lost",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="does u / v grow or fall",
        edits={"-quotient * w": "quotient * w"},
    ),
    Mistake(
        "a share put in the place of another",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="Several shares arrive here",
        edits={"share if gradients[i] is None else gradients[i] + share": "share"},
    ),
    Mistake(
        "one not used",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="What is the argument `one` for",
        edits={"gradients[-1] = one": "gradients[-1] = one / one"},
    ),
    Mistake(
        "shares added to zeros",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="What is there to add the first share to",
        edits={
            "[None] * len(circuit)": "[0.0] * len(circuit)",
            "share if gradients[i] is None else gradients[i] + share": "gradients[i] + share",
        },
    ),
    Mistake(
        "quotients computed anew",
        "circuit_gradient",
        ("test_circuit_gradient",),
        hint="Which quotient is there already",
        edits={"    quotient = g / v\n    return quotient, -quotient * w": "    return g / v, -g * u / (v * v)"},
    ),
    # --- What it costs
    Mistake(
        "the function itself not counted",
        "predicted_cost",
        ("test_predicted_cost",),
        hint="Which of the three items",
        edits={"return n + sent + summed": "return sent + summed"},
    ),
    Mistake(
        "changes of sign not counted",
        "predicted_cost",
        ("test_predicted_cost",),
        hint="every change of sign",
        edits={"subs + 2 * muls + 3 * divs": "2 * muls + 2 * divs"},
    ),
    Mistake(
        "the additions of shares forgotten",
        "predicted_cost",
        ("test_predicted_cost",),
        hint="k shares take k − 1 additions",
        edits={"return n + sent + summed": "return n + sent"},
    ),
    Mistake(
        "the output thought to be used",
        "predicted_cost",
        ("test_predicted_cost",),
        hint="Which step is never used",
        edits={"(n + d - 1)": "(n + d)"},
    ),
    Mistake(
        "a slope five times as dear as its function",
        "predicted_cost",
        ("test_predicted_cost",),
        hint="Add up for one such step",
        edits={"most_slope = 3": "most_slope = 5"},
    ),
    # --- Dear and cheap
    Mistake(
        "products thought dearest",
        "dear_and_cheap",
        ("test_dear_and_cheap",),
        hint="Which operation comes to most",
        edits={'("div", 0, place)': '("mul", 0, place)'},
    ),
    Mistake(
        "quotients of values that are used once",
        "dear_and_cheap",
        ("test_dear_and_cheap",),
        hint="What do many inputs do to the ratio",
        code="""
def dear(n):
    circuit = [("input",)] * (n + 1) + [("div", 0, 1)]
    return circuit + [("div", n + i, i + 1) for i in range(1, n)]
""",
    ),
    Mistake(
        "sums alone",
        "dear_and_cheap",
        ("test_dear_and_cheap",),
        hint="Count the steps of each kind",
        code="""
def cheap(n):
    circuit = [("input",)] * (n + 1) + [("add", 0, 1)]
    return circuit + [("add", n + i, i + 1) for i in range(1, n)]
""",
    ),
    Mistake(
        "a value multiplied with itself",
        "dear_and_cheap",
        ("test_dear_and_cheap",),
        hint="How often is each value used",
        code="""
def cheap(n):
    return [("input",)] + [("mul", place, place) for place in range(n)]
""",
    ),
    # --- Where an `if` comes in
    Mistake(
        "kink and jump confused",
        "branches",
        ("test_branches",),
        hint="Where do values agree",
        edits={"kink = 1": "kink = 2", "jump = 2": "jump = 1"},
    ),
    Mistake(
        "the slope of the branch that is taken, on both sides",
        "branches",
        ("test_branches",),
        hint="a little to the left",
        edits={"left_slope = 2": "left_slope = -1"},
    ),
    Mistake(
        "another value at 0",
        "branches",
        ("test_branches",),
        hint="have the value 0 where x is 0",
        edits={'        return [("input",)]': '        return [("input",), ("div", 0, 0)]'},
    ),
    Mistake(
        "a lie that is true",
        "branches",
        ("test_branches",),
        hint="Which circuit has another one",
        edits={'        return [("input",)]': '        return [("input",), ("sub", 0, 0)]'},
    ),
    # --- Three ways to pay
    Mistake(
        "a run of the circuit counted as one operation",
        "three_modes",
        ("test_three_modes",),
        hint="what does each run cost",
        edits={'T_differences = "n d"': 'T_differences = "d"'},
    ),
    Mistake(
        "all directions carried in one forward pass",
        "three_modes",
        ("test_three_modes",),
        hint="Slopes in how many directions",
        edits={'T_forward = "n d"': 'T_forward = "n"'},
    ),
    Mistake(
        "a backward pass for each input",
        "three_modes",
        ("test_three_modes",),
        hint="What does a backward pass start from",
        edits={'T_backward = "n m"': 'T_backward = "n d"'},
    ),
]
