"""What goes wrong where gradients are derived: factors of the chain rule, on paper and in nodes of one's own."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

ANALYTIC = [
    # --- The chain rule in one line
    Mistake(
        "the slope of the innermost function forgotten",
        "slope_of_wave",
        ("test_slope_of_wave",),
        hint="How fast does exp x itself grow",
        edits={" * 5 * np.exp(x)": " * 5"},
    ),
    Mistake(
        "a constant factor forgotten",
        "slope_of_wave",
        ("test_slope_of_wave",),
        hint="Is the 5 a function too",
        edits={" * 5 * np.exp(x)": " * np.exp(x)"},
    ),
    Mistake(
        "the outer slope taken at x",
        "slope_of_wave",
        ("test_slope_of_wave",),
        hint="At which value is the slope of the sine taken",
        edits={"np.cos(5 * np.exp(x))": "np.cos(x)"},
    ),
    # --- (x + y) z on paper
    Mistake(
        "the two factors of a product mixed up",
        "product_on_paper",
        ("test_product_on_paper",),
        hint="If one factor of a product grows",
        edits={'df_da = "2"': 'df_da = "8"', 'df_dz = "8"': 'df_dz = "2"'},
    ),
    Mistake(
        "a sum thought to share its gradient out",
        "product_on_paper",
        ("test_product_on_paper",),
        hint="If one term of a sum grows",
        edits={'df_dx = "2"': 'df_dx = "1"', 'df_dy = "2"': 'df_dy = "1"'},
    ),
    # --- The same with the engine
    Mistake(
        "values handed back instead of gradients",
        "engine_gradient",
        ("test_engine_gradient",),
        hint="Where does a leaf keep its value",
        edits={"[leaf.gradient for": "[leaf.result for"},
    ),
    Mistake(
        "written for three inputs only",
        "engine_gradient",
        ("test_engine_gradient",),
        hint="How many leaves does your function make",
        edits={"for value in values]": "for value in values[:3]]"},
    ),
    # --- The neuron on paper
    Mistake(
        "one over t thought to grow with t",
        "neuron_on_paper",
        ("test_neuron_on_paper",),
        hint="If t grows, does 1/t grow or fall",
        edits={'ds_dt = "-16/25"': 'ds_dt = "16/25"'},
    ),
    Mistake(
        "a sign lost on the way back through the minus",
        "neuron_on_paper",
        ("test_neuron_on_paper",),
        hint="A minus stands between these two",
        edits={
            'ds_dz = "4/25"': 'ds_dz = "-4/25"',
            'ds_dw0 = "4/25 log 2"': 'ds_dw0 = "-4/25 log 2"',
            'ds_dx1 = "-4/25"': 'ds_dx1 = "4/25"',
            'ds_dw2 = "4/25"': 'ds_dw2 = "-4/25"',
        },
    ),
    Mistake(
        "the slope of one step given for the whole derivative",
        "neuron_on_paper",
        ("test_neuron_on_paper",),
        hint="That is the slope of this one step",
        edits={'ds_dn = "-4/25"': 'ds_dn = "1/4"'},
    ),
    Mistake(
        "a weight's derivative with the weight as its factor",
        "neuron_on_paper",
        ("test_neuron_on_paper",),
        hint="What is this input multiplied by",
        edits={'ds_dw0 = "4/25 log 2"': 'ds_dw0 = "8/25"'},
    ),
    Mistake(
        "a logarithm rounded",
        "neuron_on_paper",
        ("test_neuron_on_paper",),
        hint="An exact value was asked for",
        edits={'z = "log 4"': 'z = "1.386"'},
    ),
    # --- The logistic function as a node
    Mistake(
        "the minus in the exponent forgotten",
        "logistic_node",
        ("test_logistic_node",),
        hint="Is it near 1 where z is large",
        edits={"np.exp(-self.input(0))": "np.exp(self.input(0))"},
    ),
    Mistake(
        "the input taken for the output in s (1 - s)",
        "logistic_node",
        ("test_logistic_node",),
        hint="Which letter is it in s (1 − s)",
        edits={"s = self.output()": "s = self.input(0)"},
    ),
    Mistake(
        "Logistic sends its slope alone",
        "logistic_node",
        ("test_logistic_node",),
        hint="What has arrived from upstream",
        edits={"self.gradient * s * (1 - s)": "s * (1 - s)"},
    ),
    Mistake(
        "the saved value of Logistic taken for a constant",
        "logistic_node",
        ("test_logistic_node",),
        hint="Does s depend on z",
        edits={"s = self.output()": "s = self.result"},
    ),
    # --- Four more nodes
    Mistake(
        "the slope of the sine is the sine",
        "new_nodes",
        ("test_new_nodes",),
        hint="Where is the sine steepest",
        edits={"np.cos(self.input(0))": "np.sin(self.input(0))"},
    ),
    Mistake(
        "cosh differentiated as the cosine is, with a minus",
        "new_nodes",
        ("test_new_nodes", "test_tangle"),
        hint="does cosh go up or down",
        edits={"self.gradient * np.sinh": "-self.gradient * np.sinh"},
    ),
    Mistake(
        "the slope of tanh written with the input",
        "new_nodes",
        ("test_new_nodes",),
        hint="Its slope is 1 at 0",
        edits={"1 - self.output() ** 2": "1 - self.input(0) ** 2"},
    ),
    Mistake(
        "the logarithm to base ten in a node",
        "new_nodes",
        ("test_new_nodes", "test_tangle"),
        hint="Which logarithm: what is its base",
        edits={"np.log(self.input(0))": "np.log10(self.input(0))"},
    ),
    Mistake(
        "Sin sends its slope alone",
        "new_nodes",
        ("test_new_nodes",),
        hint="What arrives at Sin from upstream",
        edits={"self.gradient * np.cos(": "np.cos("},
    ),
    Mistake(
        "the saved value of tanh taken for a constant",
        "new_nodes",
        ("test_new_nodes",),
        hint="What in the slope of Tanh depends on x",
        edits={"self.output() ** 2": "self.result**2"},
    ),
    # --- The function of 002
    Mistake(
        "log of exp x, without the 1",
        "tangle",
        ("test_tangle",),
        hint="What is the logarithm taken of",
        edits={"Log(1 + Exp(x))": "Log(Exp(x))"},
    ),
    Mistake(
        "tanh left outside the sine",
        "tangle",
        ("test_tangle",),
        hint="What stands inside the sine",
        edits={"Sin(Cosh(y**2 + x / z) + Tanh(x * y * z))": "Sin(Cosh(y**2 + x / z)) + Tanh(x * y * z)"},
    ),
    Mistake(
        "x multiplied by z where it is divided",
        "tangle",
        ("test_tangle",),
        hint="With y = 0, what is left of f",
        edits={"x / z": "x * z"},
    ),
]
