"""Records a run on a GPU: `python docs/gpu/record.py` runs the tests for one, measures, and writes what came of it.

The data go to docs/gpu/runs/, and docs/gpu.md is made anew from them. Without a GPU nothing is written.
"""

import datetime as dt
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree as ET

import page
import torch

ROOT = Path(__file__).parents[2]
_MOST_LETTERS = 200


def main():
    if not torch.cuda.is_available():
        sys.exit(f"NO GPU: torch {torch.__version__} finds none here that CUDA can use. Nothing is recorded.")
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    tests = tested()
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/gpu")]
    import figures  # noqa: PLC0415 - it finds what it measures beside the tests

    measured = [asdict(figure) for figure in figures.measured()]
    run = {
        "recorded": now,
        "machine": machine() | {"isolation": figures.best_isolation()},
        "versions": versions(),
        "tests": tests,
        "figures": measured,
    }
    written = write(run)
    page.PAGE.write_text(page.brought_up_to_date(page.PAGE.read_text(encoding="utf-8"), page.read()), encoding="utf-8")
    print(f"{written.relative_to(ROOT)} and {page.PAGE.relative_to(ROOT)} are written: commit both.")  # noqa: T201
    return 1 if tests["failed"] else 0


def tested():
    """Run the tests for a GPU, and return how many passed, and which did not, with the reason."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "found.xml")
        start = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "tests/gpu", f"--junitxml={found}"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "REHEARSE_ON_CPU": ""}, check=False)
        return outcomes(found.read_text(encoding="utf-8")) | {"seconds": time.perf_counter() - start}


def outcomes(report):
    """Return what a report of pytest says, as JUnit has it: how many tests passed, and what became of the others."""
    passed, failed, skipped = 0, {}, {}
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        wrong = [one for one in case if one.tag in ("failure", "error")]
        left_out = [one for one in case if one.tag == "skipped"]
        if wrong:
            failed[name] = _words(wrong[0])
        elif left_out:
            skipped[name] = _words(left_out[0])
        else:
            passed += 1
    return {"passed": passed, "failed": failed, "skipped": skipped}


def _words(outcome):
    return " ".join(outcome.get("message", "").split())[:_MOST_LETTERS]


def machine():
    """Return what the machine is."""
    gpu = torch.cuda.get_device_properties(0)
    return {
        "gpu": gpu.name,
        "gpus": torch.cuda.device_count(),
        "gpu_memory_gib": round(gpu.total_memory / 2**30, 1),
        "compute_capability": f"{gpu.major}.{gpu.minor}",
        "driver": driver(),
        "cpu": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
    }


def driver():
    """Return the version of the GPU's driver."""
    if not (program := shutil.which("nvidia-smi")):
        return "unknown"
    command = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    return (_said(command).splitlines() or ["unknown"])[0]


def processor():
    """Return what the processor calls itself."""
    about = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.*)$", about.read_text(), re.MULTILINE) if about.exists() else []
    return names[0] if names else platform.machine()


def versions():
    """Return the versions of what was used."""
    git = [shutil.which("git") or "git", "-C", str(ROOT)]
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "none",
        "cudnn": str(torch.backends.cudnn.version()),
        "commit": _said([*git, "describe", "--always", "--dirty"]) or "unknown",
    }


def _said(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def write(run, runs=page.RUNS):
    """Write a run to a file of its own, named after the machine and the day; return which."""
    name = re.sub(r"[^a-z0-9]+", "-", run["machine"]["gpu"].lower()).strip("-")
    path = runs / f"{name}-{run['recorded'][:10]}.json"
    runs.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
