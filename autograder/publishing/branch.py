"""A branch with nothing but the bundle on it, made without touching the working tree or the index."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.lms.refusal import Refused
from autograder.publishing import bundle
from autograder.publishing.address import Address
from autograder.publishing.places import Place


@dataclass(frozen=True)
class Branch(Place):
    """A branch of the repository that the course lies in. It is never pushed from here.

    Attributes:
        course: the course's folder.
        name: the branch's name here.
        address: where it is to be pushed to.
        message: of the commit.
    """

    course: Path
    name: str
    address: Address
    message: str

    def read(self) -> dict[str, bytes]:
        """Return the files on the branch, here or where it was pushed to."""
        self._refuse_where_it_is_checked_out()
        tip = self._tip()
        if not tip:
            return {}
        files = self._files(tip)
        if files and not bundle.is_bundle(files):
            raise Refused(
                f"The branch {self.name} holds something else than problem sets for students. "
                "Name another one with --to."
            )
        return files

    def through(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the files as git would check them out."""
        return self._files(self._tree(files))

    def put(self, files: Mapping[str, bytes]) -> str:
        """Add a commit to the branch, or begin it."""
        self._refuse_where_it_is_checked_out()
        tip, name, tree = self._tip(), self.name, self._tree(files)
        here = self._commit(f"refs/heads/{name}")
        if tip and self._git("rev-parse", f"{tip}^{{tree}}").decode().strip() == tree:
            commit, done = tip, f"the branch {name} holds just this already"
        else:
            parents = ["-p", tip] if tip else []
            commit = self._git("commit-tree", tree, *parents, "-m", self.message).decode().strip()
            done = f"the branch {name}, with {len(files)} files on it"
        self._git("update-ref", "-m", "course publish", f"refs/heads/{name}", commit, here or "0" * len(commit))
        return done

    def push_command(self) -> str:
        """Return the command that puts the branch where students find it."""
        there = self.address.branch
        pushed = self.name if self.name == there else f"{self.name}:{there}"
        remote = next(iter(self._remotes()), f"https://github.com/{self.address.repository}.git")
        return f"git push {remote} {pushed}"

    def _remotes(self) -> list[str]:
        """Return the names by which git knows the repository on GitHub."""
        lines = self._git("remote", "-v", fails=True).decode().splitlines()
        wanted = f"github.com/{self.address.repository}".lower()
        remotes = [line.split()[:2] for line in lines if line.endswith("(push)")]
        return [
            name
            for name, url in remotes
            if url.lower().replace(":", "/").removesuffix("/").removesuffix(".git").endswith(wanted)
        ]

    def _tip(self) -> str:
        """Return the last commit of the branch here, or of the one there if that is further; empty if there is none."""
        here = self._commit(f"refs/heads/{self.name}")
        for remote in self._remotes():
            there = self._commit(f"refs/remotes/{remote}/{self.address.branch}")
            base = self._git("merge-base", here, there, fails=True).decode().strip() if here and there else here
            if there and base == here:
                return there
        return here

    def _commit(self, reference: str) -> str:
        return self._git("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}", fails=True).decode().strip()

    def _tree(self, files: Mapping[str, bytes]) -> str:
        """Return git's name for a folder with these files, which are added to its store."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            entries = []
            for name, content in files.items():
                blob = self._git("hash-object", "-w", "--stdin", content=content).decode().strip()
                entries.append(f"100644 {blob}\t{name}\0")
            self._git("update-index", "-z", "--index-info", content="".join(entries).encode(), more=index)
            return self._git("write-tree", more=index).decode().strip()

    def _files(self, tree: str) -> dict[str, bytes]:
        listed = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", tree).decode().split("\0")
        return {name: self._git("cat-file", "blob", f"{tree}:{name}") for name in filter(None, listed)}

    def _refuse_where_it_is_checked_out(self) -> None:
        if self._git("rev-parse", "--is-inside-work-tree", fails=True).strip() != b"true":
            raise Refused(
                f"{self.course} is not in a git repository, so there is nothing to make a branch in. "
                "Run `git init`, or publish with --as folder or --as zip."
            )
        if f"branch refs/heads/{self.name}" in self._git("worktree", "list", "--porcelain").decode().splitlines():
            raise Refused(
                f"The branch {self.name} is checked out. Switch to another one (git switch -), "
                "or name another branch for students with --to."
            )

    def _git(self, *arguments: str, content: bytes = b"", more: Mapping[str, str] = {}, fails: bool = False) -> bytes:
        """Return what a command of git's prints; if it fails, nothing, where that is an answer."""
        try:
            done = subprocess.run(
                ["git", *arguments],  # noqa: S607 - whichever git the lecturer has
                cwd=self.course,
                input=content,
                env={**os.environ, **more},
                capture_output=True,
                check=False,
            )
        except OSError as problem:
            raise Refused(
                f"git cannot be run ({problem}). Install it, or publish with --as folder or --as zip."
            ) from None
        if done.returncode and not fails:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise Refused(f"`git {' '.join(arguments[:2])}` failed, and the branch is as it was. It said:\n{said}")
        return b"" if done.returncode else done.stdout
