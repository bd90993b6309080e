"""Everything that our tests try against the walls, as a table; an attack more is an entry more."""

from attacks import (
    by_exhaustion,
    by_not_ending,
    on_files,
    on_later_kernels,
    on_network,
    on_processes,
    on_system_calls,
    on_the_grader,
)
from attacks.attack import Attack

ALL: tuple[Attack, ...] = (
    *on_files.ATTACKS,
    *on_processes.ATTACKS,
    *on_network.ATTACKS,
    *on_system_calls.ATTACKS,
    *on_later_kernels.ATTACKS,
    *on_the_grader.ATTACKS,
    *by_exhaustion.ATTACKS,
    *by_not_ending.ATTACKS,
)
