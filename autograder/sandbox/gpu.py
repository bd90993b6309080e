"""A gate in the walls, for the GPU: its devices, and what its driver tells about it."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.sandbox.plan import CPU
from course_lib.environment import DEVICE_VARIABLE

# What CUDA reads about the machine, as far as it is there.
FACTS = ("/sys/devices/system/node", "/sys/bus/pci", "/sys/module/nvidia", "/sys/module/nvidia_uvm")
_TOLD_BY_DRIVER = ("/proc/driver/nvidia", "/proc/devices")
_DEVICES = ("nvidia[0-9]*", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-caps/*")
# Where the driver's libraries are, and which of several GPUs to use.
_PASSED_ON = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")


def devices() -> tuple[str, ...]:
    """Return the files in `/dev` that stand for GPUs by Nvidia, and for their driver."""
    return tuple(str(path) for pattern in _DEVICES for path in sorted(Path("/dev").glob(pattern)))


def facts(device: str) -> tuple[str, ...]:
    """Return what a process needs to read of `/proc` to compute on a device."""
    return () if device == CPU else _TOLD_BY_DRIVER


def environment(device: str) -> dict[str, str]:
    """Return the environment variables for kernels that compute on a device.

    For CUDA, torch is told to ask whether there is a GPU without beginning to use it, as no process that has begun can
    be forked. On the CPU, kernels find no GPU. The course's own notebooks ask for the device by its variable.
    """
    if device == CPU:
        return {DEVICE_VARIABLE: device, "CUDA_VISIBLE_DEVICES": ""}
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {DEVICE_VARIABLE: device, "PYTORCH_NVML_BASED_CUDA_CHECK": "1", **passed}
