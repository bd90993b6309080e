"""A student's session in JupyterLab: open a released notebook, fill in answers, run all, and look."""

import shutil
import subprocess
import sys

import pytest
from lab_page import open_notebook, run_all, wait_for_kernel, widths_of
from offline import new_page

from autograder.commands import environment
from autograder.samples import notebooks
from course_files import ALL_NOTEBOOKS, ROOT

pytestmark = pytest.mark.browser


def answered(path):
    """Return a released notebook with the solutions filled in."""
    source, released = (notebooks.read(ROOT / where / path) for where in ("source", "release"))
    for cell in notebooks.solution_names(released):
        notebooks.cell_named(released, cell).source = notebooks.solution(source, cell)
    return released


def faults(page):
    """Return what the cells' outputs say that they should not: errors, and what went to stderr."""
    return page.evaluate(
        """() => {
            const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
            const outputs = cells.flatMap(cell => (cell.sharedModel.toJSON().outputs ?? []));
            const bad = outputs.filter(o => o.output_type === 'error' || o.name === 'stderr');
            return bad.map(o => o.evalue ?? String(o.text));
        }"""
    )


def drawn(page):
    """Scroll from top to bottom, and return the natural widths of all pictures: zero would be a broken one."""
    return page.evaluate(
        """async () => {
            const widths = [], end = Date.now() + 30_000;
            const notebook = window.jupyterapp.shell.currentWidget.content;
            for (let i = 0; i < notebook.widgets.length; i++) {
                const {model, node} = notebook.widgets[i];
                if (!model.outputs?.length) continue;
                await notebook.scrollToItem(i, 'start');
                const shown = () => node.querySelectorAll('.jp-OutputArea-output:not(:empty)').length;
                while (shown() < model.outputs.length && Date.now() < end) await new Promise(r => setTimeout(r, 50));
                for (const image of node.querySelectorAll('.jp-OutputArea img')) {
                    await image.decode();
                    widths.push(image.naturalWidth);
                }
            }
            return widths;
        }"""
    )


@pytest.mark.parametrize("name", ALL_NOTEBOOKS)
def test_a_solved_notebook_runs_without_an_error_and_shows_its_pictures(name, page, lab):
    path = lab[1] / name
    notebooks.write(answered(name), path)
    for given in (ROOT / "release" / name).parent.glob("*.py"):
        shutil.copy(given, path.parent)
    open_notebook(page, lab, path)
    run_all(page)
    assert faults(page) == []
    assert min(drawn(page)) > 100


def test_an_untouched_check_speaks_in_words_and_not_in_a_traceback(page, lab):
    path = lab[1] / "untouched.ipynb"
    path.write_bytes((ROOT / "release" / "ps1" / "3_cost.ipynb").read_bytes())
    open_notebook(page, lab, path)
    wait_for_kernel(page)
    for part in ("import cost", "cost.time"):
        page.evaluate(
            """part => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                const has = cell => cell.model.type === 'code' && cell.model.sharedModel.source.includes(part);
                notebook.activeCellIndex = notebook.widgets.findIndex(has);
                window.jupyterapp.commands.execute('notebook:run-cell');  // not waited for: an error would be one here
            }""",
            part,
        )
    page.get_by_text("Not yet").first.wait_for()
    assert page.get_by_text("T_backward_W1 has no answer yet").first.is_visible()
    assert page.get_by_text("Traceback").count() == 0


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The first notebook, answered and run, as a file that this Jupyter has never seen: untrusted."""
    folder = tmp_path_factory.mktemp("executed")
    notebooks.write(answered("ps1/1_by_hand.ipynb"), folder / "seen.ipynb")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "notebook", "--inplace", "seen.ipynb"]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    return folder / "seen.ipynb"


def test_the_picture_is_there_in_an_untrusted_notebook(page, lab, executed):
    path = lab[1] / "untrusted.ipynb"
    path.write_bytes(executed.read_bytes())
    open_notebook(page, lab, path)
    assert min(widths_of(page.locator(".jp-OutputArea-output img"))) > 100
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.cells.get(4).trusted") is False


@pytest.mark.parametrize("javascript", [True, False])
def test_the_picture_is_there_in_html_made_by_nbconvert(browser, executed, javascript):
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", executed.name]
    subprocess.run(command, cwd=executed.parent, env=environment(), check=True, capture_output=True)
    page = new_page(browser, java_script_enabled=javascript)
    page.goto(executed.with_suffix(".html").as_uri(), wait_until="domcontentloaded")
    pictures = page.locator(".backprop-frame img")
    assert pictures.count() == 3
    assert min(widths_of(pictures)) > 100
    page.context.close()
