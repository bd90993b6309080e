"""A claim about growth beside what was counted: their ratio stays flat in every direction, or tilts in some.

A *direction* says which of n, b and d grow, and how fast; those that do not grow stay at 1. What is shown is evidence
and no proof: the exact comparison of `asymptotics` is the judge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from course_lib.asymptotics import Growth
from course_lib.counting.chart import Chart, Line

VARIABLES = ("n", "b", "d")
SCALES = (2, 10, 100, 1000)
# The simplest come first. n grows no faster than the scale, as each layer is walked through.
DIRECTIONS = tuple(
    sorted(
        (rates for rates in product((0, 1), (0, 1, 2), (0, 1, 2)) if math.gcd(*rates) == 1),
        key=lambda rates: (sum(map(bool, rates)), sum(rates)),
    )
)
# In powers of the scale, over its last step: a wrong logarithm tilts a ratio by more, terms that fade by far less.
_TILT = 0.05
_FLAT, _UP, _DOWN = "#aeb6bf", "#5b4b9a", "#b93a0b"
_TICK, _MARGIN = 3, 0.25
_LONGEST = 36
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Sweep:
    """A claim and a count as sizes grow in one direction.

    Attributes:
        rates: how fast n, b and d grow.
        sizes: n, b and d at each scale.
        claims: the value of the claim there, as a power of ten.
        counts: what was counted there, as a power of ten.
    """

    rates: tuple[int, ...]
    sizes: tuple[tuple[int, ...], ...]
    claims: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def tilt(self) -> float:
        """The power of the scale by which the ratio of claim to count grows, over the last step."""
        return _last_step(self.claims) - _last_step(self.counts)

    @property
    def flat(self) -> bool:
        """Whether the ratio stays where it is."""
        return abs(self.tilt) < _TILT

    @property
    def growing(self) -> int:
        """How many of the variables grow."""
        return sum(map(bool, self.rates))

    def words(self, step: int = -1) -> str:
        """Return the sizes at one of the scales: `n = 1, b = 1, d = 1,000`."""
        return ", ".join(f"{name} = {size:,}" for name, size in zip(VARIABLES, self.sizes[step], strict=True))

    def line(self, colour: str = _FLAT, label: str = "", width: float = 1.4) -> Line:
        """Return the ratio as a line: powers of ten of what it was at first."""
        start = self.claims[0] - self.counts[0]
        heights = [claim - count - start for claim, count in zip(self.claims, self.counts, strict=True)]
        return Line([(math.log10(s), h) for s, h in zip(SCALES, heights, strict=True)], colour, label, width)


@dataclass(frozen=True)
class Beside:
    """A claim beside what was counted, in all directions.

    Attributes:
        name: what the claim is called.
        growth: the claim.
        sweeps: one for each direction, the simplest first.
    """

    name: str
    growth: Growth
    sweeps: tuple[Sweep, ...]

    @property
    def tilted(self) -> Sweep | None:
        """A direction in which the ratio does not stay flat: of the simplest ones, the steepest."""
        tilted = [sweep for sweep in self.sweeps if not sweep.flat]
        return min(tilted, key=lambda sweep: (sweep.growing, sum(sweep.rates), -abs(sweep.tilt)), default=None)

    @property
    def sentence(self) -> str:
        """What there is to see."""
        worst = self.tilted
        if worst is None:
            return f"{self.name}: level in all {len(self.sweeps)} directions that were counted."
        grown = " and ".join(name for name, rate in zip(VARIABLES, worst.rates, strict=True) if rate)
        return (
            f"{self.name}: tilts as {grown} grow{'' if worst.growing > 1 else 's'}. From {worst.words(-2)} to "
            f"{worst.words()} your formula {_grows(worst.claims)}, and the count {_grows(worst.counts)}."
        )

    @property
    def chart(self) -> Chart:
        """The ratio in the simple directions, and in the one that the sentence names, which stands out."""
        worst = self.tilted
        simple = [sweep for sweep in self.sweeps if max(sweep.rates) == 1]
        lines = [sweep.line() if sweep.flat else sweep.line(_side(sweep)) for sweep in simple]
        if worst is not None:
            lines.append(worst.line(_side(worst), label=worst.words(), width=3))
        heights = [height for line in lines for _, height in line.points]
        low, high = math.floor(min(*heights, -1) / _TICK - _MARGIN), math.ceil(max(*heights, 1) / _TICK)
        every = -(-(high - low) // 4)  # few enough to read
        powers = [_TICK * i for i in range(low, high + 1) if i % every == 0]
        return Chart(
            f"{_shortened(self.growth.text)} ÷ counted {self.name}",
            lines,
            x_label="size of those of n, b and d that grow",
            x_ticks=[(math.log10(scale), f"{scale:,}") for scale in SCALES],
            y_ticks=[(power, f"10{str(power).translate(_RAISED)}" if power else "1") for power in powers],
            description=self.sentence,
            width=400,
            height=210,
        )


def beside(name: str, growth: Growth, counted: Callable[[int, int, int], Mapping[str, int]]) -> Beside:
    """Hold a claim against what is counted, in all directions.

    Args:
        name: what the claim is called.
        growth: the claim, as it was read.
        counted: returns what is counted at sizes n, b and d, by the names of claims.
    """
    logarithms = any(logs for term in growth.terms for _, logs in term)
    steady = 2 if logarithms else 1  # the logarithm of 1 is 0
    sweeps = []
    for rates in DIRECTIONS:
        sizes = tuple(tuple(scale**rate if rate else steady for rate in rates) for scale in SCALES)
        claims = tuple(_power_of_ten(growth, at) for at in sizes)
        counts = tuple(math.log10(counted(*at)[name]) for at in sizes)
        sweeps.append(Sweep(rates, sizes, claims, counts))
    return Beside(name, growth, tuple(sweeps))


def _power_of_ten(growth: Growth, sizes: tuple[int, ...]) -> float:
    """Return the logarithm of a claim's value, which may itself be too large for a number."""
    powers = [
        math.fsum(
            float(power) * math.log10(size) + (float(logs) * math.log10(math.log(size)) if logs else 0.0)
            for size, (power, logs) in zip(sizes, term, strict=True)
        )
        for term in growth.terms
    ]
    largest = max(powers)
    return largest + math.log10(math.fsum(10 ** (power - largest) for power in powers))


def _last_step(powers: tuple[float, ...]) -> float:
    return powers[-1] - powers[-2]


def _side(sweep: Sweep) -> str:
    return _UP if sweep.tilt > 0 else _DOWN


def _grows(powers: tuple[float, ...]) -> str:
    """Say by how much something grows over the last step."""
    step = _last_step(powers)
    if abs(step) < _TILT / 2:
        return "stays the same"
    most = 6
    factor = f"{float(f'{10**step:.3g}'):,g}" if abs(step) < most else f"10^{step:.1f}"
    return f"becomes {factor} times as large"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
