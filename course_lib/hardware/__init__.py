"""A lab for measuring what passes through a network cost on the machine at hand: seconds and bytes.

What is measured:

- *Seconds*: the median of some runs, after one run to warm up; where it is asked what a machine can do at best, the
  shortest of them. On the CPU, a single core is measured, and it is the time that it worked for us: several cores wait
  for each other, and for whatever else the machine does. On a GPU, which works behind the program's back, the clock is
  read only when it is idle.
- *Peak bytes*: the most that tensors held at any one time during a run, without those that were there before. On the
  CPU they are counted, exactly and with the same figure each time: the memory of every tensor that an operation makes,
  once however many tensors share it, from that operation until nobody holds it any longer. What an operation uses
  within itself is not seen. On a GPU it is what torch's own allocator had given out at most, in blocks of 512 bytes.
- *Kept bytes*: what torch keeps from the forward pass for the backward pass, without parameters. It is counted.

Importing this package imports torch.
"""

from course_lib.hardware.clock import seconds
from course_lib.hardware.machine import Kernel, Machine, Rate, measure_machine, measure_rates
from course_lib.hardware.memory import kept_bytes, peak_bytes
from course_lib.hardware.sweeping import Measurement, measure_passes

__all__ = [
    "Kernel",
    "Machine",
    "Measurement",
    "Rate",
    "kept_bytes",
    "measure_machine",
    "measure_passes",
    "measure_rates",
    "peak_bytes",
    "seconds",
]
