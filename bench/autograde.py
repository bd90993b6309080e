"""How long plain `nbgrader autograde` takes for the sample class, per submission and per notebook."""

import shutil
import tempfile
import time
from pathlib import Path

from autograder import commands
from autograder.samples import sample_class

COURSE = Path(__file__).parent.parent


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(COURSE / "source", folder / "source")
        shutil.copy(COURSE / "nbgrader_config.py", folder)
        log = folder / "log"
        commands.nbgrader(["generate_assignment", "ps1"], folder, log)
        sample_class.build(folder / "release" / "ps1", folder / "source" / "ps1", folder / "submitted")
        shutil.rmtree(folder / "submitted" / "otto")  # an endless loop measures the time limit, not the speed
        students = len(list((folder / "submitted").iterdir()))
        start = time.perf_counter()
        commands.nbgrader(["autograde", "ps1"], folder, log)
        seconds = time.perf_counter() - start
    print(f"nbgrader autograde, {students} submissions of 3 notebooks: {seconds:.1f} s")
    print(f"  {seconds / students:.2f} s a submission, {seconds / students / 3:.2f} s a notebook")
    print(f"  {60 * students / seconds:.1f} submissions a minute")


if __name__ == "__main__":
    main()
