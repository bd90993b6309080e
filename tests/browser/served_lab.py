"""JupyterLab on a folder, for as long as a test needs it."""

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from autograder.commands import environment

# It would ask whether to fetch news, in a box that lies above what tests click.
_SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}


@contextlib.contextmanager
def jupyterlab(folder, own, **more_environment):
    """Serve a folder, and yield the address; settings, trust and the log are kept in the folder `own`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--expose-app-in-browser",
        f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    overrides = own / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(_SETTINGS))
    mine = {"JUPYTER_DATA_DIR": str(own / "data"), "JUPYTER_CONFIG_DIR": str(own / "config")}
    with (
        (own / "lab.log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment() | mine | more_environment, stdout=log, stderr=subprocess.STDOUT
        ) as server,
    ):
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status", server, own / "lab.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(address, server, log, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=10).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing answers at {address}:\n{log.read_text()[-3000:]}")
