"""A real browser and a real JupyterLab, for tests that look at what a person sees."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from autograder.commands import environment

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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--expose-app-in-browser",
        f"--port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    own = {**environment(), "JUPYTER_DATA_DIR": str(folder / ".data"), "JUPYTER_CONFIG_DIR": str(folder / ".config")}
    log = (folder / "lab.log").open("w")
    with subprocess.Popen(command, env=own, stdout=log, stderr=subprocess.STDOUT) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/api/status")
            yield address, folder
        finally:
            server.terminate()
            server.wait(20)
            log.close()


def _wait_for(address, seconds=60):
    for _ in range(seconds * 4):
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.25)
        else:
            return
    pytest.fail(f"nothing answers at {address}")


@pytest.fixture
def page(browser):
    """A fresh page, wide enough for a graph."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    yield page
    context.close()
