"""A term is played through, on a class that has each kind of dirt."""

import subprocess
import sys
from pathlib import Path

import pytest

STUDENTS = 20


@pytest.mark.slow
def test_every_number_of_a_term_is_as_deserved(tmp_path):
    script = Path(__file__).with_name("play.py")
    command = [sys.executable, str(script), str(tmp_path / "term"), "--students", str(STUDENTS), "--alike"]
    played = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert played.returncode == 0, played.stdout[-8000:]
    assert " compared, 0 wrong." in played.stdout
