"""The same attacks once more as an ordinary user, who gets other walls than root: bubblewrap, or unprivileged namespaces."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from autograder.sandbox import levels
from course_files import ROOT

_LEAST = 25
_SECONDS = 300
# What comes out the same whoever runs it.
_LEFT_OUT = "version or without_walls or answers or message or nonsense or printing or (bubblewrap and waiting)"
_CANNOT = 77
# In mounts of its own, what the user needs is moved out of folders that only root may enter.
_PREPARE = f"""
trap 'exit {_CANNOT}' ERR
while [ "$1" != -- ]; do
    aside=$(mktemp -d)
    mount --rbind "$2" "$aside"
    moves+=("$1" "$2" "$aside")
    shift 2
done
shift
set -- "${{moves[@]}}" -- "$@"
while [ "$1" != -- ]; do
    [[ $hidden = *":$1:"* ]] || mount -t tmpfs -o mode=755 none "$1"
    hidden="$hidden:$1:"
    mkdir -p "$2"
    mount --move "$3" "$2"
    shift 3
done
shift
exec "$@"
"""
_RUN = "import os, sys, pytest; print(os.getresuid(), flush=True); sys.exit(pytest.main(sys.argv[1:]))"


@dataclass
class Outcome:
    """What came of the attacks on one level."""

    passed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def outcomes():
    """What came of the attacks, by level, when an ordinary user runs them."""
    if os.geteuid():
        pytest.skip("an ordinary user runs all tests here; those in test_attacks.py are these")
    for program in ("bash", "mount", "setpriv", "unshare"):
        if not shutil.which(program):
            pytest.skip(f"there is no {program}, with which root becomes an ordinary user")
    user = _nobody()
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, user, user)
        report = Path(home, "report.xml")
        become = ["unshare", "--mount", "bash", "-c", _PREPARE, "prepare", *_moved(), "--"]
        become += ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", "--inh-caps=-all", "--"]
        attack = [
            "-q", "-o", "verbosity_assertions=2", "-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}",
            "-k", f"not ({_LEFT_OUT})", "tests/security/test_attacks.py",
        ]  # fmt: skip
        done = subprocess.run(
            [*become, sys.executable, "-B", "-c", _RUN, *attack],
            env={**os.environ, "HOME": home, "TMPDIR": "/tmp"}, cwd=ROOT, timeout=_SECONDS,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode == _CANNOT or done.stderr.startswith(("unshare:", "setpriv:")):
            pytest.skip(f"root cannot become an ordinary user here: {done.stderr.strip()}")
        assert done.stdout.startswith(f"({user}, {user}, {user})"), done.stderr
        assert report.exists(), done.stdout + done.stderr
        return _read(report)


@pytest.mark.parametrize("level", [level.name for level in levels.LEVELS])
def test_every_attack_comes_to_nothing_for_an_ordinary_user(outcomes, level):
    outcome = outcomes[level]
    assert not outcome.failed
    if not outcome.passed:
        pytest.skip(outcome.skipped[0])
    assert len(outcome.passed) >= _LEAST


def _nobody():
    """Return the number of a user that nobody is."""
    taken = {user.pw_uid for user in pwd.getpwall()} | {
        p.stat().st_uid for p in Path("/proc").iterdir() if p.name.isdigit() and p.exists()
    }
    return next(number for number in range(1001, 2**16) if number not in taken)


def _moved():
    """Return what others have to be shown and may not reach: a closed folder and a folder in it, for each of them."""
    needed = {Path(p) for p in (sys.prefix, sys.base_prefix, ROOT)}
    needed = {p for p in needed if not any(p != other and p.is_relative_to(other) for other in needed)}
    found = []
    for place in sorted(needed):
        closed = [p for p in (*reversed(place.parents), place) if not p.stat().st_mode & 0o001]
        if place in closed:
            pytest.skip(f"others than root may not enter {place}")
        found += [str(closed[0]), str(place)] if closed else []
    return found


def _read(report):
    found = {level.name: Outcome() for level in levels.LEVELS}
    for test in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest's own
        name = test.get("name", "").partition("[")[2]
        level = max((level for level in found if name.startswith(f"{level}-")), key=len)
        by_kind = {about.tag: about.get("message", "") for about in test}
        if words := by_kind.get("failure") or by_kind.get("error"):
            found[level].failed.append(f"{test.get('name')}: {words}")
        elif "skipped" in by_kind:
            found[level].skipped.append(by_kind["skipped"])
        else:
            found[level].passed.append(name)
    return found
