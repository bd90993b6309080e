"""A lab for measuring what passes through a network cost on the machine at hand: seconds and bytes.

What is measured:

- *Seconds*: the median of some runs, after one run to warm up; where it is asked what a machine can do at best, the
  shortest of them. On the CPU, a single core is measured, and it is the time that it worked for us: several cores wait
  for each other, and for whatever else the machine does. On an NVIDIA GPU it is the time between two events that the
  GPU itself records before and after the runs, and on Apple's GPUs the clock on the wall, read when they are idle.
- *Peak bytes*: the most that tensors held at any one time during a run, without those that were there before. On the
  CPU and on Apple's GPUs they are counted, exactly and with the same figure each time: the memory of every tensor that
  an operation makes, once however many tensors share it, from that operation until nobody holds it any longer. What an
  operation uses within itself is not seen. On an NVIDIA GPU it is what torch's own allocator had given out at most,
  which is somewhat more (see `peak_bytes`).
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
