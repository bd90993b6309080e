"""What docs/gpu.md says of the recorded runs: a section that is made of the data, and of nothing else."""

import json
from pathlib import Path

DOCS = Path(__file__).parents[1]
RUNS = DOCS / "gpu" / "runs"
PAGE = DOCS / "gpu.md"
BEGIN, END = "<!-- made by docs/gpu/record.py: begin -->", "<!-- made by docs/gpu/record.py: end -->"
NONE = (
    "**No run is recorded: no GPU was to be had so far.** None of the lines in the table above is proven on a GPU. "
    "What can be shown without one is shown on the CPU, by `make test`."
)


def read(runs=RUNS):
    """Return the recorded runs, the latest first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in runs.glob("*.json")]
    return sorted(found, key=lambda run: run["recorded"], reverse=True)


def section(runs):
    """Return the section on recorded runs, as Markdown."""
    if not runs:
        return NONE
    columns = ("date", "GPU", "driver", "CUDA", "torch", "Python", "passed", "failed", "skipped")
    rows = [_row(columns), _row("---" for _ in columns), *map(_summary, runs)]
    return "\n\n".join(["\n".join(rows), *map(_details, runs)])


def brought_up_to_date(page, runs):
    """Return a page with its section made anew.

    Raises:
        ValueError: if the page has no place for it.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("The page has no place for recorded runs.")
    return f"{before}{BEGIN}\n\n{section(runs)}\n\n{END}{after}"


def _summary(run):
    machine, versions, tests = run["machine"], run["versions"], run["tests"]
    return _row([
        run["recorded"][:10], machine["gpu"], machine["driver"], versions["cuda"], versions["torch"],
        versions["python"], tests["passed"], len(tests["failed"]), len(tests["skipped"]),
    ])  # fmt: skip


def _details(run):
    """Return what else there is to one run: its figures, and the tests that did not pass."""
    machine, versions, tests = run["machine"], run["versions"], run["tests"]
    title = f"### {machine['gpu']}, {run['recorded'][:10]}"
    about = (
        f"{machine['gpu_memory_gib']} GiB, compute capability {machine['compute_capability']}; {machine['cpu']}, "
        f"{machine['cores']} cores; {machine['system']}; kernels behind walls: {machine['isolation']}; commit "
        f"`{versions['commit']}`. The tests took {tests['seconds']:.0f} s."
    )
    return "\n\n".join(filter(None, [title, about, _figures(run["figures"]), _failures(tests)]))


def _figures(figures):
    if not figures:
        return "Nothing was measured."
    rows = [_row(["", "CPU", "GPU", "unit"]), _row(["---"] * 4)]
    for what in dict.fromkeys(figure["what"] for figure in figures):
        found = {figure["device"]: figure for figure in figures if figure["what"] == what}
        values = [f"{found[device]['value']:.4g}" if device in found else "" for device in ("cpu", "cuda")]
        rows.append(_row([what, *values, next(iter(found.values()))["unit"]]))
    return "\n".join(rows)


def _failures(tests):
    failed = [f"- failed: `{name}`: {words}" for name, words in sorted(tests["failed"].items())]
    skipped = [f"- skipped: `{name}`: {words}" for name, words in sorted(tests["skipped"].items())]
    return "\n".join([*failed, *skipped])


def _row(entries):
    return f"| {' | '.join(str(entry).replace('|', chr(92) + '|') for entry in entries)} |"
