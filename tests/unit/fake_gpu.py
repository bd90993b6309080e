"""A GPU that is not there: its clock, its memory and its speed are made up, and its tensors have no content.

It does what a program tells it one thing after the other, behind the program's back: telling takes the program some
time, and the GPU begins when it is told and has done all before. So whoever reads a clock too early, or measures a
single short run, gets a wrong figure.
"""

from types import SimpleNamespace

import torch
from torch.overrides import TorchFunctionMode

RESOLUTION = 0.5e-6  # of the time between two events, in seconds


class FakeGpu(TorchFunctionMode):
    """Within it, `device="cuda"` is this GPU.

    Attributes:
        peak, bandwidth: operations (of matrix products; of others only the bytes count) and bytes in a second.
        free: bytes; what takes more at once is an error.
        telling: seconds that the program needs for each operation.
        program, done: what the time is for the program, and when the GPU has done all that it was told, in seconds.
        calls: what was called, in order.
        largest: bytes of the largest tensor that was asked for.
    """

    def __init__(self, peak=8e12, bandwidth=3e11, free=15e9, telling=5e-6):
        super().__init__()
        self.peak, self.bandwidth, self.free, self.telling = peak, bandwidth, free, telling
        self.program = self.done = 0.0
        self.calls = []
        self.largest = 0

    def work(self, seconds):
        """Be told something that takes so long."""
        self.program += self.telling
        self.done = max(self.done, self.program) + seconds

    def synchronize(self):
        self.calls.append("synchronize")
        self.program = max(self.program, self.done)

    def event(self, *, enable_timing=False):
        assert enable_timing
        mark = SimpleNamespace()

        def record():
            self.calls.append("record")
            mark.at = self.done = max(self.done, self.program)

        def elapsed_time(end):
            self.calls.append("elapsed")
            assert end.at <= self.program, "The GPU has not come to the second event yet."
            return round((end.at - mark.at) / RESOLUTION) * RESOLUTION * 1000

        mark.record, mark.elapsed_time = record, elapsed_time
        return mark

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        made = kwargs.get("device") == "cuda"
        if made:
            kwargs["device"] = "meta"
        result = func(*args, **kwargs)
        if made:
            self.largest = max(self.largest, result.nbytes)
            if result.nbytes > self.free:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate more than there is.")
        elif func is torch.mm:
            (m, k), n = args[0].shape, args[1].shape[1]
            self.work(2 * m * k * n / self.peak)
        elif isinstance(result, torch.Tensor):
            moved = [t for t in (*args, kwargs.get("out")) if isinstance(t, torch.Tensor)]
            self.work(sum(t.nbytes for t in moved) / self.bandwidth)
        return result
