"""Secrets that must not be published by accident: keys, passwords, gradebooks, and where the lecturer's files lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

# By the shape that those who give them out have chosen, so that they can be found.
_KEYS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
    "a token of GitLab": r"\bglpat-[\w-]{18,}",
    "a token of Hugging Face": r"\bhf_[A-Za-z0-9]{30,}",
    "a token of Slack": r"\bxox[abeoprs]-[\w-]{10,}",
    "a token of a package index": r"\bpypi-AgE[\w-]{40,}",
    "a token of Canvas": r"\b\d{1,6}~[A-Za-z0-9]{40,}",
    "a key of Amazon's cloud": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a key of Google's cloud": r"\bAIza[\w-]{35}",
    "a key that begins with sk-": r"\bsk-[\w-]{20,}",
    "a signed web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.",
    "a password in an address": r"\b[a-z][a-z+]{2,11}://[^\s/:@\"'{}]+:[^\s/@\"'{}]+@",
    "a password or token": (
        r"(?i)\b[\w-]*(?:passwor[dt]|passwd|secret|api_?key|token)[\"']?\s*[:=]\s*"
        r"[\"'](?=[^\"'\s]*\d)[^\"'\s{}<>]{8,}[\"']"
    ),
    "a password or token in the environment": (
        r"(?m)^\s*(?:export |%env |%set_env )?[A-Z_]*(?:PASSWORD|PASSWD|SECRET|API_?KEY|TOKEN)[A-Z_]*"
        r"\s*=\s*[^\s\"'(]{8,}$"
    ),
    "a folder of somebody's own": r"(?<![\w.])/(?:home|Users)/[\w.-]+|/root/[\w.-]+|(?i:\b[a-z]:\\+users\\+[\w.-]+)",
}
_PATTERNS = {what: re.compile(pattern) for what, pattern in _KEYS.items()}
_SHOWN = 12

_NAMES = re.compile(
    r"\.env(\..*)?|\.netrc|\.pypirc|\.npmrc|\.git|\.git-credentials|\.ssh|id_(rsa|dsa|ecdsa|ed25519)|.*\.(pem|key|p12|pfx)"
    r"|credentials(\..*)?|.*\.(db|sqlite3?)(-\w+)?|nbgrader_config\.py|\.grading|submitted|autograded|feedback|unplaced"
    r"|grades(\.csv)?|roster.*\.csv|source|autograder",
    re.IGNORECASE,
)
_DATABASE = b"SQLite format 3\0"


def faults_of_names(files: Mapping[str, bytes]) -> list[str]:
    """Return the files that are not for students whatever is in them, in words."""
    found = []
    for name, content in files.items():
        parts = [part for part in PurePosixPath(name).parts if _NAMES.fullmatch(part)]
        if parts:
            found.append(f"{name} is not for students: {parts[0]} belongs to you alone")
        elif content.startswith(_DATABASE):
            found.append(f"{name} is a database, such as a gradebook")
    return found


def faults(texts: Mapping[str, str], own: tuple[Path, ...]) -> list[str]:
    """Return what looks like a secret in texts that students get, in words that do not repeat it.

    Args:
        texts: what students get, by file name.
        own: folders on this machine that students need not know of.
    """
    found = []
    for name, text in texts.items():
        for what, pattern in _PATTERNS.items():
            if match := pattern.search(text):
                found.append(f"{name} holds {what}: {match[0].strip()[:_SHOWN]}…")
        found += [f"{name} names a folder on this machine: {path}" for path in own if _names(text, path)]
    return found


def _names(text: str, path: Path) -> bool:
    """Tell whether a text names a folder; one as short as `/` says nothing about a machine."""
    return len(path.parts) > 2 and re.search(rf"{re.escape(str(path))}(?![\w.-])", text) is not None  # noqa: PLR2004
