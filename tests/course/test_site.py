"""The site is made of the docs, without a warning, and asks nothing of anybody else when it is read."""

import re
import shutil
import subprocess
import sys

import pytest

from course_files import ROOT

DOCS = ROOT / "docs"


def make(folder, site):
    """Make a site as `make docs` does; return what that said, and how it ended."""
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", str(folder), str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    status, said = make(DOCS, folder)
    assert status == 0, said
    return folder


def test_every_page_is_there(site):
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS).with_suffix(".html")).exists()


def test_nothing_is_fetched_from_elsewhere(site):
    loads = re.compile(r"""<(?:script|img|iframe|source)[^>]*\ssrc="https?:[^"]*"|<link[^>]*\shref="https?:[^"]*\"""")
    for page in site.rglob("*.html"):
        assert not loads.findall(page.read_text(encoding="utf-8"))
    for style in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        assert not re.findall(r"(?:@import|url\()\s*['\"]?https?:", style.read_text(encoding="utf-8"))


def test_formulas_are_mathematics(site):
    page = (site / "symbols.html").read_text(encoding="utf-8")
    assert page.count("<math") > 50
    assert "$" not in re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)


FAULTS = {
    "[there](nowhere.md)": "nowhere.md",
    "[there](#no-such-heading)": "no-such-heading",
    "[there](../no_such_file.py)": "no_such_file.py is not there",
    "![a picture](images/none.png)": "none.png",
    "```{eval-rst}\n.. autofunction:: course_lib.nothing\n```": "'nothing'",
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """How a site ends whose pages have each one fault, and what is said then."""
    root = tmp_path_factory.mktemp("faulty")
    for part in ("site_extensions", "stylesheets", "images/icon.svg", "conf.py"):
        copy = shutil.copytree if (DOCS / part).is_dir() else shutil.copy
        (root / "docs" / part).parent.mkdir(parents=True, exist_ok=True)
        copy(DOCS / part, root / "docs" / part)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "docs/index.md").write_text("# A page\n\nNothing is wrong with it.\n", encoding="utf-8")
    for number, fault in enumerate(FAULTS):
        (root / f"docs/{number}.md").write_text(f"---\norphan: true\n---\n\n# A page\n\n{fault}\n", encoding="utf-8")
    return make(root / "docs", root / "site")


@pytest.mark.parametrize("words", FAULTS.values())
def test_what_does_not_hold_together_is_an_error(faulty, words):
    status, said = faulty
    assert status != 0
    warnings = [line for line in said.splitlines() if "WARNING" in line]
    assert sum(words in line for line in warnings) == 1, said
    assert not any("index.md" in line for line in warnings)
