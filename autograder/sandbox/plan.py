"""What kernels are to be like: what they import, what they may see and use up, and how strong their walls are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from autograder.sandbox.inside.limits import Limits

UNSAFE = "unsafe"
STRONGEST = "strongest"
CPU = "cpu"


@dataclass(frozen=True)
class Plan:
    """Everything that decides what a warm kernel is like.

    Attributes:
        imports: modules that are imported once, before the first fork.
        warm_up: code that is run once after that, to fill caches that live in memory.
        rehearsal: cells to run in a fork whose end nobody sees, to learn what else they import.
        packages: packages to show that may be used from a checkout.
        shown: more paths to show.
        secret: paths that must stay hidden; the canaries try to read them.
        isolation: the name of a level (see `levels`), `"strongest"`, or `"unsafe"` for no walls at all.
        limits: what each kernel may use up.
        environment: environment variables that kernels get.
        device: what kernels compute on: `"cpu"`, or `"cuda"`, for which the walls have a gate to the GPU.
    """

    imports: tuple[str, ...] = ("ipykernel.kernelapp",)
    warm_up: tuple[str, ...] = ()
    rehearsal: tuple[str, ...] = ("1 + 1", "print('.')", "1 / 0", "import time; time.sleep(0)")
    packages: tuple[str, ...] = ()
    shown: tuple[Path, ...] = ()
    secret: tuple[Path, ...] = ()
    isolation: str = STRONGEST
    limits: Limits = field(default_factory=Limits)
    environment: tuple[tuple[str, str], ...] = ()
    device: str = CPU
