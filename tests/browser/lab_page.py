"""What a person does in JupyterLab."""

_PATIENCE = (
    300_000  # milliseconds: for kernels that start, and notebooks that compute, on a machine with much else to do
)


def open_notebook(page, lab, path):
    """Open a notebook of the lab's folder in JupyterLab, and wait until its cells are there."""
    address, folder = lab
    page.goto(f"{address}/lab/tree/{path.relative_to(folder)}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=_PATIENCE)


def wait_for_kernel(page):
    """Wait until the notebook's kernel is there and idle."""
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=_PATIENCE,
    )


def run_all(page):
    """Run every cell, and wait until the last one has run."""
    wait_for_kernel(page)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(
        """() => {
            const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
            for (let i = 0; i < cells.length; i++) {
                const cell = cells.get(i);
                if (cell.type === 'code' && cell.sharedModel.execution_count === null) return false;
            }
            return window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle';
        }""",
        timeout=_PATIENCE,
    )


def widths_of(images):
    """Wait until each of the images that a locator finds is decoded, and return how wide they are by nature."""
    images.first.wait_for()
    return images.evaluate_all("images => Promise.all(images.map(i => i.decode().then(() => i.naturalWidth)))")
