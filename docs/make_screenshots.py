"""Takes the pictures of a term: terminals as SVG, pages as small PNGs, all from a real run of the sample class.

`make images` plays the class anew, which takes minutes. `python docs/make_screenshots.py FOLDER` uses one that
`course demo ps1 --folder FOLDER` has left.
"""

import io
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from nbgrader.api import Gradebook
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import MONOKAI
from typer.testing import CliRunner

from autograder import demo
from autograder.cli import app
from autograder.cli.common import console
from autograder.commands import environment

COURSE = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "images"
COLUMNS = 104
WIDTH, HEIGHT = 1200, 760
SLOW = 120_000  # ms; formgrader asks for scripts from elsewhere, and waits for them where there is no network
# Fonts of the reader's own: rich would have the picture fetch one.
FETCHED = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
FAMILIES = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
NAMES = {
    "ada": "Ada Lovelace", "blaise": "Blaise Pascal", "carl": "Carl Gauß", "dorothy": "Dorothy Vaughan",
    "emmy": "Emmy Noether", "felix": "Felix Klein", "grace": "Grace Hopper", "henri": "Henri Poincaré",
    "ida": "Ida Rhodes", "jacob": "Jacob Bernoulli", "kurt": "Kurt Gödel", "lise": "Lise Meitner",
    "maria": "Maria Agnesi", "niels": "Niels Abel", "otto": "Otto Hölder",
}  # fmt: skip
ROSTER = """\
id,first name,last name,canvas id
ada,Ada,Lovelace,101
felix,Felix,Klein,102
grace,Grace,Hopper,103
hypatia,Hypatia,Alexandrini,104
"""


def keep_terminal(shown: Console, name: str, title: str, instead: dict[str, str]) -> None:
    """Write what a console has recorded as a picture, with other words in the place of this machine's paths."""
    for before, after in instead.items():
        recorded = shown._record_buffer  # noqa: SLF001 - once it is a picture, widths are fixed
        recorded[:] = [piece._replace(text=piece.text.replace(before, after)) for piece in recorded]
    svg = FETCHED.sub("", shown.export_svg(title=title, theme=MONOKAI, unique_id=name))
    svg = re.sub(r"font-family: ?[^;]+;", f"font-family: {FAMILIES};", svg)
    (IMAGES / f"{name}.svg").write_text(svg.rstrip() + "\n", encoding="utf-8")


def type_command(line: str, name: str, folder: Path) -> None:
    """Run a command of `course` in a folder, and keep what the terminal shows."""
    console.record, console.file, console.width = True, io.StringIO(), COLUMNS
    console.print(f"[green]$[/] {line}", highlight=False)
    with chdir(folder):
        done = CliRunner().invoke(app, line.split()[1:], catch_exceptions=False)
    if done.exit_code:
        raise SystemExit(f"{line}: {console.export_text()}")
    keep_terminal(console, name, line, {f"{folder}/": ""})


def play(folder: Path) -> None:
    """Have the sample class graded, and keep what that shows, but for how long it took on this machine."""
    shown = Console(record=True, file=io.StringIO(), width=COLUMNS)
    demo.run(COURSE, folder, shown, ["ps1"])
    keep_demo(shown, folder)


def keep_demo(shown: Console, folder: Path) -> None:
    """Write what the demo has shown, from the table of points on."""
    recorded = shown._record_buffer  # noqa: SLF001
    begin = next(number for number, piece in enumerate(recorded) if "points per question" in piece.text)
    recorded[:begin] = [Segment("$", Style(color="green")), Segment(" make demo\n\n")]
    programs = f"{Path(sys.executable).parent}/"
    keep_terminal(shown, "term_demo", "make demo", {f"{folder.parent}/": "build/", programs: ".venv/bin/"})


def name_students(folder: Path) -> None:
    """Put names into the gradebook, as a roster does."""
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        for student, name in NAMES.items():
            first, last = name.split()
            book.update_or_create_student(student, first_name=first, last_name=last)


def begin_term(played: Path, folder: Path) -> None:
    """Make a course to which nobody has handed in, with a due date, a roster, and a zip from Canvas with some dirt."""
    shutil.copytree(played / "source", folder / "source")
    shutil.copy(played / "nbgrader_config.py", folder)
    shutil.copy(played / "gradebook.db", folder)
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        book.update_or_create_assignment("ps1", duedate="2026-11-15 22:59 UTC")
    with zipfile.ZipFile(folder / "submissions.zip", "w") as archive:
        number = 5000
        for who, student, late, rename in (
            ("lovelaceada_101", "ada", False, "{}"),
            ("kleinfelix_102", "felix", True, "{} (1)"),
            ("hoppergrace_103", "grace", False, "Copy of {}"),
            ("nobodyknown_999", "henri", False, "{}"),
        ):
            for path in sorted((played / "submitted" / student / "ps1").glob("*.ipynb")):
                number += 1
                name, _, person = who.rpartition("_")
                called = f"{name}_{'LATE_' * late}{person}_{number}_{rename.format(path.stem)}.ipynb"
                archive.writestr(called, path.read_bytes())
        archive.writestr("hoppergrace_103_5099_diary.docx", b"PK")
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """Run JupyterLab in a folder; what is given is its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}",
               "--IdentityProvider.token="]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"{address}/api/status", timeout=2).close()  # noqa: S310 - our own server
                    break
                except OSError:
                    time.sleep(0.25)
            yield address
        finally:
            server.kill()  # nothing of it is kept


def keep_page(page: Page, name: str, clip: dict[str, float] | None = None) -> None:
    """Write what a page shows as a small PNG."""
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled", clip=clip)))
    shot.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


def photograph_feedback(browser: Browser, folder: Path) -> None:
    """Felix's page, where he is told about his mistake."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 900})
    page.goto((folder / "feedback/felix/ps1/2_engine.html").as_uri(), wait_until="load")
    page.locator("text=Hint").first.wait_for()
    keep_page(page, "term_feedback")
    page.close()


def photograph_report(browser: Browser, folder: Path) -> None:
    """The page that shows how the class did."""
    CliRunner().invoke(app, ["report", "ps1", "--course", str(folder)], catch_exceptions=False)
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
    page.goto((folder / "reports/ps1.html").as_uri(), wait_until="load")
    keep_page(page, "term_report")
    page.close()


def photograph_formgrader(browser: Browser, folder: Path) -> None:
    """The class in formgrader, and one submission as a person grades it."""
    with lab(folder) as address:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(SLOW)
        page.goto(f"{address}/formgrader/manage_submissions/ps1", wait_until="domcontentloaded")
        page.get_by_text("felix").first.wait_for()
        keep_page(page, "term_formgrader")
        with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
            (number,) = [n.id for n in book.find_submission("ps1", "felix").notebooks if n.name == "2_engine"]
        page.goto(f"{address}/formgrader/submissions/{number}", wait_until="domcontentloaded")
        page.get_by_text("Hidden tests: 2 of 6").first.wait_for()
        page.wait_for_timeout(1500)  # until formulas are typeset, and what is below them has moved
        page.get_by_text("Hidden tests: 2 of 6").first.evaluate("part => part.scrollIntoView({block: 'center'})")
        keep_page(page, "term_by_hand")
        page.close()


def main():
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(name) / "demo"
        if not (folder / "gradebook.db").exists():
            play(folder)
        name_students(folder)
        (begun := Path(name) / "begun").mkdir()
        begin_term(folder, begun)
        type_command("course collect ps1 submissions.zip --roster roster.csv", "term_collect", begun)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        photograph_feedback(browser, folder)
        photograph_report(browser, folder)
        photograph_formgrader(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()
