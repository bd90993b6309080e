"""What students really get wrong: in the engine, on paper, and about cost."""

from __future__ import annotations

from autograder.samples.engine_mistakes import ENDLESS, ENGINE, NOISY
from autograder.samples.mistake import Mistake

ON_PAPER = [
    Mistake(
        "local derivative given for the whole one",
        "by_hand_backward",
        ("test_by_hand_backward",),
        hint="slope of this one step",
        edits={'dz_dc = "-1/2 e^{-c}"': 'dz_dc = "-1"'},
    ),
    Mistake(
        "the mean's half forgotten",
        "by_hand_backward",
        ("test_by_hand_backward",),
        hint="how much of it arrives",
        edits={
            'dz_de = "1/2"': 'dz_de = "1"',
            'dz_db = "1/2"': 'dz_db = "1"',
            "e^d / 2": "e^d",
            "-1/2 e^{-c}": "-e^{-c}",
            "1/2 e^a": "e^a",
            "3/4": "3/2",
        },
    ),
    Mistake(
        "sign lost at the negation",
        "by_hand_backward",
        ("test_by_hand_backward",),
        hint="A minus stands between",
        edits={"-1/2 e^{-c}": "1/2 e^{-c}", "3/4": "5/4"},
    ),
    Mistake(
        "one of the two paths only",
        "by_hand_backward",
        ("test_by_hand_backward",),
        hint="what one of them brings",
        edits={'dz_dx = "3/4"': 'dz_dx = "1"'},
    ),
    Mistake(
        "a rounded decimal",
        "by_hand_forward",
        ("test_by_hand_forward",),
        hint="An exact value was asked for",
        edits={'"log 2"': '"0.693"', '"-log 2"': '"-0.693"'},
    ),
    Mistake(
        "the logarithm to base ten",
        "by_hand_forward",
        ("test_by_hand_forward",),
        hint="Which logarithm is meant",
        edits={
            '"log 2"': '"0.30103"',
            '"-log 2"': '"-0.30103"',
            '"2"': '"1.3512"',
            '"1/2"': '"0.74006"',
            '"5/4"': '"1.0457"',
        },
    ),
]

COST = [
    Mistake(
        "a term dropped that another does not dominate",
        "memory_cost",
        ("test_memory_cost",),
        hint="make the missing part the largest",
        edits={"n b d + n d^2": "n b d"},
    ),
    Mistake(
        "W₁ alone thought cheap",
        "time_cost",
        ("test_time_cost",),
        hint="Which layers does the error cross",
        edits={'T_backward_W1 = "n b d^2"': 'T_backward_W1 = "b d^2"'},
    ),
    Mistake(
        "inference memory thought to grow with depth",
        "memory_cost",
        ("test_memory_cost",),
        hint="What may be freed",
        edits={'M_run = "b d"': 'M_run = "n b d"'},
    ),
    Mistake(
        "parameters counted although excluded",
        "memory_cost",
        ("test_memory_cost",),
        hint="what is not to be counted",
        edits={'M_forward = "n b d"': 'M_forward = "n b d + n d^2"'},
    ),
]

# What looks like a mistake and is none: growth is meant up to constants.
CONSTANTS_KEPT = Mistake(
    "constants kept",
    "time_cost",
    (),
    edits={
        'T_run = "n b d^2"': 'T_run = "2 n b d^2"',
        'T_forward = "n b d^2"': 'T_forward = "2 n b d^2 + n b d"',
        'T_backward = "n b d^2"': 'T_backward = "4 n b d^2"',
    },
)

ALL = [*ENGINE, *ON_PAPER, *COST]


def named(name: str) -> Mistake:
    """Return the mistake of that name."""
    return next(mistake for mistake in [*ALL, ENDLESS, NOISY, CONSTANTS_KEPT] if mistake.name == name)
