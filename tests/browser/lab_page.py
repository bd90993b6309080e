"""What a person does in JupyterLab."""


def open_notebook(page, lab, path):
    """Open a notebook of the lab's folder in JupyterLab, and wait until its cells are there."""
    address, folder = lab
    page.goto(f"{address}/lab/tree/{path.relative_to(folder)}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)


def wait_for_kernel(page):
    """Wait until the notebook's kernel is there and idle."""
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=90_000,
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
        timeout=120_000,
    )
