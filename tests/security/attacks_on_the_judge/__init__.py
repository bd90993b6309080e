"""What students try against the judge, as a table; an attack more is an entry more."""

from attacks_on_the_judge import failing_closed, forged_verdicts, other_ways, patched_worlds, reading
from attacks_on_the_judge.attack import Attack

ALL: tuple[Attack, ...] = (
    *forged_verdicts.ATTACKS,
    *reading.ATTACKS,
    *patched_worlds.ATTACKS,
    *other_ways.ATTACKS,
    *failing_closed.ATTACKS,
)
