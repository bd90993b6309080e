"""A real browser and a real JupyterLab, for tests that look at what a person sees."""

import shutil

import pytest
from offline import new_page
from served_lab import jupyterlab

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Headless, with no profile of its own, and silent towards the network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    """A headless browser; the tests skip where none is installed."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("NO BROWSER: install chromium to see what students see; nothing was checked here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab on a folder of its own: `(address, folder)`."""
    folder = tmp_path_factory.mktemp("lab")
    with jupyterlab(folder, tmp_path_factory.mktemp("lab-settings")) as address:
        yield address, folder


@pytest.fixture
def page(browser):
    """A fresh page."""
    page = new_page(browser)
    yield page
    page.context.close()
