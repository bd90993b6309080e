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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[there](nowhere.md)", "nowhere.md"),
        ("[there](#no-such-heading)", "no-such-heading"),
        ("[there](../no_such_file.py)", "no_such_file.py is not there"),
        ("![a picture](images/none.png)", "none.png"),
        ("```{eval-rst}\n.. autofunction:: course_lib.nothing\n```", "nothing"),
    ],
)
def test_what_does_not_hold_together_is_an_error(text, said, tmp_path):
    folder = tmp_path / "docs"
    shutil.copytree(DOCS / "site_extensions", folder / "site_extensions", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("images", "stylesheets"):
        (folder / name).mkdir()
    shutil.copy(DOCS / "images" / "icon.svg", folder / "images")
    shutil.copy(DOCS / "conf.py", folder)
    shutil.copy(DOCS / "stylesheets" / "site.css", folder / "stylesheets")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (folder / "index.md").write_text(f"# A page\n\n{text}\n", encoding="utf-8")
    status, words = make(folder, tmp_path / "site")
    assert status != 0
    assert said in words
