"""How fast a class is graded, beside stock nbgrader and beside the floor, on the same submissions in one run.

    python bench/grading.py [--submissions 224] [--rounds 2] [--long 1000]

The class is the sample class, over and over, each submission with a comment of its own, so that no result can be taken
from another one. Everything runs on as many cores as there are; A and B take turns where two things are compared. Stock
nbgrader, which is slow, gets each sample once in all, and each of its rounds has others.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import re
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel
from nbgrader.api import Gradebook

from autograder import commands, grades
from autograder.execution import notebook as executing
from autograder.execution.job import Job
from autograder.execution.settings import Grading
from autograder.judge.hidden import HiddenTest, split
from autograder.rehearsal import BEGIN, END
from autograder.samples import notebooks, sample_class
from autograder.sandbox import provisioner
from autograder.sandbox.direct import DirectKernel
from autograder.sandbox.inside.limits import memory_of
from autograder.sandbox.plan import UNSAFE

COURSE = Path(__file__).parent.parent
# One measures the time limit, not the speed; at the other, stock nbgrader gives the whole class up.
LEFT_OUT = {"otto", "niels"}
PATIENCE_SECONDS = 60
JUDGE = ("autograder", *(f"autograder.judge.{name}" for name in ("reference", "exact_reference", "on_paper", "growth")))
JUDGED_SUBMISSIONS = 15


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--submissions", type=int, default=224, help="in each round")
    options.add_argument("--rounds", type=int, default=2, help="how often stock nbgrader and ours take turns")
    options.add_argument("--long", type=int, default=0, help="submissions of one small notebook, to see what grows")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare_with_stock(folder, chosen.submissions, chosen.rounds)
        floor(folder / "ours0")
        judging(folder / "ours0")
    kernels()
    if chosen.long:
        with tempfile.TemporaryDirectory() as name:
            long_run(Path(name), chosen.long)


def compare_with_stock(folder, many, rounds):
    samples = make_class(folder / "class", many)
    share = -(-samples // rounds)
    theirs, ours, equal = [], [], True
    for number in range(rounds):
        stock, fast = folder / f"stock{number}", folder / f"ours{number}"
        for copy in (stock, fast):
            shutil.copytree(folder / "class", copy)
        mine = {f"s{student:04}" for student in range(number * share, min((number + 1) * share, samples))}
        for extra in (stock / "submitted").iterdir():
            if extra.name not in mine:
                shutil.rmtree(extra)
        with (stock / "nbgrader_config.py").open("a") as config:
            # Our generated assignment and gradebook, and nbgrader's own way to execute it.
            config.write(
                "\nfor name in ('exporter_class', 'sanitize_preprocessors', 'autograde_preprocessors'):\n"
                "    c.Autograde.pop(name, None)\n"
            )
        # Stock has fewer to grade here; what it takes to start is spread over as many as ours has.
        start = timed(stock, "--help")
        theirs.append((timed(stock) - start) / len(mine) + start / many)
        ours.append(timed(fast) / many)
        equal &= {s: p for s, p in points(fast).items() if s in points(stock)} == points(stock)
        print(
            f"round {number + 1}: a submission {theirs[-1]:.2f} s, ours {ours[-1]:.3f} s: {theirs[-1] / ours[-1]:.1f}"
        )
    stock, fast = statistics.mean(theirs), statistics.mean(ours)
    print(f"\nnbgrader autograde ps1, {os.cpu_count()} cores; {many} submissions a round, start included")
    print(f"  stock   {60 / stock:6.1f} submissions a minute")
    print(f"  ours    {60 / fast:6.1f} submissions a minute")
    print(f"  ratio   {stock / fast:6.1f}   gradebooks equal: {equal}")
    print(f"  a notebook: stock {stock / 3:.2f} s, ours {fast / 3:.3f} s")


def make_class(folder, count):
    """Make a course with a class, and return how many different samples there are."""
    shutil.copytree(COURSE / "source", folder / "source")
    shutil.copy(COURSE / "nbgrader_config.py", folder)
    commands.nbgrader(["generate_assignment", "ps1"], folder, folder / "log")
    sample_class.build(folder / "release" / "ps1", folder / "source" / "ps1", folder / "sample")
    samples = [path for path in sorted((folder / "sample").iterdir()) if path.name not in LEFT_OUT]
    for number in range(count):
        student = f"s{number:04}"
        made = folder / "submitted" / student / "ps1"
        shutil.copytree(samples[number % len(samples)] / "ps1", made)
        for path in made.glob("*.ipynb"):
            book = notebooks.read(path)
            for cell in book.cells:
                if notebooks.grade_id(cell) in notebooks.solution_names(book):
                    cell.source += f"\n# {student}"
            notebooks.write(book, path)
    return len(samples)


def timed(folder, what="ps1"):
    start = time.perf_counter()
    commands.nbgrader(["autograde", what], folder, folder / "log")
    return time.perf_counter() - start


def points(folder):
    return grades.read(folder / "gradebook.db", "ps1").points


def floor(folder):
    """The same cells in kernels that are warm already and have no walls, on as many cores."""
    paths = sorted((folder / "autograded").glob("s00[01]?/ps1/*.ipynb"))
    workers = os.cpu_count() or 1
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(nothing, range(workers))
        seconds = sum(pool.map(cells_alone, paths, chunksize=1)) / workers
    log = (folder / "log").read_text()
    whole = re.search(r"Graded (\d+) of \d+ submissions in (?:(\d+) min )?([\d.]+) s", log)
    ours = (60 * int(whole[2] or 0) + float(whole[3])) / int(whole[1])
    print("\nA submission, against the floor: its cells alone, in warm kernels without walls")
    print(
        f"  floor {3 * seconds / len(paths):.2f} s   ours {ours:.2f} s   ratio {ours / (3 * seconds / len(paths)):.2f}"
    )


def judging(folder):
    """What the judge adds: each notebook in three ways, in turn."""
    ways = {
        "judged on the grader's side": lambda job, _: job,
        "hidden tests in the kernel, without walls": lambda job, whole: replace(
            job, notebook=json.dumps(whole), tests={}, plan=plan_of(UNSAFE)
        ),
        "visible cells alone": lambda job, _: replace(job, tests={}),
    }
    seconds = dict.fromkeys(ways, 0.0)
    paths = sorted((folder / "autograded").glob("s00[01]?/ps1/*.ipynb"))[: 3 * JUDGED_SUBMISSIONS]
    for number, path in enumerate([*paths[:3], *paths]):
        whole = nbformat.read(path, 4)
        job = job_of(path)
        for way in list(ways)[:: 1 if number % 2 else -1]:
            start = time.perf_counter()
            executing.execute(ways[way](job, whole))
            seconds[way] += (time.perf_counter() - start) * (number >= 3)  # noqa: PLR2004 - the first are to get warm
    print("\nA submission in one process, hidden tests included")
    judged = seconds["judged on the grader's side"]
    for way, total in seconds.items():
        print(f"  {way:<42} {total / JUDGED_SUBMISSIONS:.2f} s   judged / this: {judged / total:.2f}")


def job_of(path):
    """Return the job that a graded notebook was."""
    book = nbformat.read(path, 4)
    tests = {}
    for place, cell in enumerate(book.cells):
        if cell.cell_type == "code" and BEGIN in cell.source:
            cell.source, hidden = split(cell.source, BEGIN, END)
            about = cell.metadata.nbgrader
            tests[place] = HiddenTest(about.grade_id, hidden, float(about.points))
        cell.pop("outputs", None)
    return Job(json.dumps(book), Grading().plan(()), tests=tests)


def nothing(_):
    provisioner.warm(plan_of(UNSAFE))


def plan_of(isolation):
    plan = replace(Grading().plan(()), isolation=isolation)
    # Without walls hidden tests run among the cells, so what they need is warm as well.
    return replace(plan, imports=(*plan.imports, *JUDGE)) if isolation == UNSAFE else plan


def cells_alone(path):
    sources = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    with kernel(UNSAFE) as one:
        start = time.perf_counter()
        for source in sources:
            execute(one, source)
        return time.perf_counter() - start


def execute(one, source):
    """Execute a cell and take in all that comes of it."""
    asked = one.execute(source)
    while message := one.hear(PATIENCE_SECONDS):
        if message["msg_type"] == "execute_reply" and message["parent_header"]["msg_id"] == asked:
            return
    raise TimeoutError(source)


@contextlib.contextmanager
def kernel(isolation):
    """A kernel at a level of isolation that answers, for as long as a block runs."""
    with contextlib.closing(DirectKernel(plan_of(isolation))) as one:
        one.wait_until_ready(PATIENCE_SECONDS)
        yield one


def kernels():
    """How long a kernel takes to answer, with and without walls, beside a stock one; and the memory of each."""
    walled, bare = [], []
    for isolation in ("strongest", UNSAFE):
        provisioner.warm(plan_of(isolation))
    for _ in range(30):
        for isolation, times in (("strongest", walled), (UNSAFE, bare)):
            start = time.perf_counter()
            with kernel(isolation):
                times.append(time.perf_counter() - start)
    cold = [stock_kernel() for _ in range(3)]
    one, other = (1000 * statistics.median(times) for times in (walled, bare))
    print("\nFrom the request to a kernel that answers, everything imported (medians)")
    print(
        f"  stock kernel {1000 * statistics.median(cold):.0f} ms   ours {one:.0f} ms   "
        f"of which walls {one - other:.0f} ms"
    )
    before = set(own_processes())
    with contextlib.ExitStack() as opened:
        several = [opened.enter_context(kernel("strongest")) for _ in range(8)]
        for one in several:
            execute(one, "import torch; torch.ones(9, requires_grad=True).sum().backward()")
        new = [p for p in own_processes() if p not in before]
        share = memory_of(new) / len(several) / 2**20
    print(f"  memory of a kernel and its watcher: {share:.0f} MiB (PSS, 8 at a time)")


def stock_kernel():
    """How long a stock kernel takes to answer, once it has imported what ours have."""
    start = time.perf_counter()
    manager, client = start_new_kernel()
    try:
        client.execute_interactive("import torch, numpy, matplotlib.pyplot, course_lib")
        return time.perf_counter() - start
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def own_processes():
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and b"inside.zygote" in cmdline(p)]


def cmdline(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def long_run(folder, count):
    """What grows while many submissions are graded: memory, and the time that each takes."""
    make_class(folder, 1)
    shutil.rmtree(folder / "submitted")
    for number in range(count):
        made = folder / "submitted" / f"s{number:04}" / "ps1"
        made.mkdir(parents=True)
        book = json.loads((folder / "release" / "ps1" / "3_cost.ipynb").read_text())
        book["cells"].append({"cell_type": "markdown", "metadata": {}, "source": f"{number}", "id": f"n{number}"})
        (made / "3_cost.ipynb").write_text(json.dumps(book))
    stamps, memory = [], []

    def on_line(line):
        if " notebook" in line and " in " in line:
            stamps.append(time.perf_counter())
            if len(stamps) % (count // 10) == 0:
                memory.append(resident(folder))

    commands.nbgrader(["autograde", "ps1"], folder, folder / "log", on_line)
    tenth = count // 10
    rates = [tenth / (stamps[i + tenth - 1] - stamps[i]) for i in (tenth, count - tenth)]
    print(
        f"\n{count} submissions of one notebook: {60 * rates[0]:.0f} a minute after the first tenth, "
        f"{60 * rates[1]:.0f} in the last"
    )
    print(f"  memory of the grader, by tenths: {', '.join(f'{m:.0f}' for m in memory)} MiB")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        print(f"  in the gradebook: {len(book.assignment_submissions('ps1'))}")


def resident(folder):
    """The memory of the process that runs nbgrader in a folder, in MiB."""
    for process in (p for p in os.listdir("/proc") if p.isdigit()):
        try:
            if b"nbgrader" in cmdline(process) and Path(f"/proc/{process}/cwd").readlink() == folder:
                status = Path(f"/proc/{process}/status").read_text()
                return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
        except OSError:
            continue
    return 0.0


if __name__ == "__main__":
    main()
