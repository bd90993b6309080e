"""What a student handed in, before nbgrader sees it: which file is which notebook, and what may go along."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from autograder import rebuild

MOST_FILES = 2000
_IGNORED = {".ipynb_checkpoints", "__pycache__", "__MACOSX", ".DS_Store", "Thumbs.db"}
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz")
_NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json|ipynb))?[^.]*$", re.IGNORECASE)
_QUOTES = re.compile("[\"'“”„«»‹›「」『』‘’]")

# How Drive and Colab (which turns ".ipynb" inside a name into "_ipynb"), Finder, Explorer and JupyterLab call copies.
_BEFORE = """Copy of|Another copy of|Kopie von|Weitere Kopie von|Copie de|Copia de|Otra copia de|Copia di|Cópia de
Còpia de|Kopie van|Kopia av|Kopi av|Kopi af|Kopia|Kopie|Kopio|Копия блокнота|Ещё одна копия блокнота|Копия|Копія
Bản sao của|Salinan|Salinan dari"""
_BEHIND = """copy|kopie|copie|copia|cópia|kopia|kopi|コピー|のコピー|の コピー|的副本|의 사본
adlı not defterinin kopyası|fixed|final|solved|solution|done|colab|colaboratory"""
_TAIL = re.compile(r"(_?[(\[]\d{1,6}[)\]]|[._]ipynb|\.txt|\.json|_v\d{1,2})$")
_COUNTED = re.compile(r"(?<=copy|opie|opia|kopi)_?\d{1,3}$")
_NUMBER = re.compile(r"_\d{1,2}$")
_ATTEMPT = re.compile(r"[(\[](\d{1,6})[)\]]")


class Refused(Exception):  # noqa: N818 - the name is the message
    """This submission is not looked at; the message says why, in plain words."""


@dataclass(frozen=True)
class Arrival:
    """What is taken from a submission.

    Attributes:
        notebooks: by name as in the gradebook, the file taken for it.
        files: other regular files that may go along, by relative POSIX name.
        repaired: what was done, in words, for the student's report.
        problems: what a person should look at, in words.
        digest: changes if and only if a file's name or content does. What is refused is not there the next time.
    """

    notebooks: dict[str, Path] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    repaired: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    digest: str = ""


@dataclass(frozen=True)
class _File:
    path: Path
    name: str  # relative, POSIX
    changed: int
    content: str  # its hash

    @property
    def shown(self) -> str:
        return f"`{_shown(self.name)}`"


@dataclass(frozen=True)
class _Claim:
    """That a file is the notebook of this name. Less rank is more certain."""

    file: _File
    notebook: str
    rank: int
    why: str

    @property
    def order(self) -> tuple[int, int, int, str]:
        attempts = _ATTEMPT.findall(self.file.path.name)
        return -self.rank, self.file.changed, int(attempts[-1]) if attempts else 0, self.file.name


_BY_NAME, _CERTAIN, _GUESSED = range(3)
Entry = tuple[Path, os.stat_result]


def look_through(
    folder: Path,
    expected: Sequence[str],
    refuse: Callable[[Path], None],
    *,
    owns: Callable[[set[str]], str | None] | None = None,
    most_bytes: int = 100 * 2**20,
) -> Arrival:
    """Look through one student's folder for an assignment.

    Args:
        folder: nbgrader's `submitted/<student>/<assignment>`.
        expected: the names of the assignment's notebooks.
        refuse: called with each link, pipe and the like, to get it out of the way; see `quarantine`.
        owns: told the `grade_id`s in a notebook, returns the one notebook that they belong to, or None.
        most_bytes: what all files together may have.

    Raises:
        Refused: if the folder is a link or holds too much, or a link in it could not be moved away.
    """
    entries, problems = _walk(folder, most_bytes)
    total = hashlib.sha256()
    files, repaired = [], []
    for path, status in entries:
        name = path.relative_to(folder).as_posix()
        if stat.S_ISREG(status.st_mode):
            total.update(b"%d:%b:" % (len(os.fsencode(name)), os.fsencode(name)))
            try:
                with path.open("rb") as opened:
                    content = hashlib.file_digest(opened, "sha256")
            except OSError:
                problems.append(f"`{_shown(name)}` could not be opened")
                continue
            total.update(content.digest())
            files.append(_File(path, name, status.st_mtime_ns, content.hexdigest()))
        else:
            kind = _kind(status.st_mode)
            try:
                refuse(path)
            except OSError as error:
                raise Refused(f"{kind} could not be moved away: `{_shown(name)}` ({error.strerror}).") from error
            repaired.append(f"{kind} was refused: `{_shown(name)}`")
    found = Arrival(repaired=repaired, problems=problems + repaired, digest=total.hexdigest())
    _sort(files, list(expected), owns, found)
    return found


def quarantine(submitted_folder: Path, to: Path) -> Callable[[Path], None]:
    """Return a function that moves something of `submitted_folder` into `to`, under the same path if that is free.

    A link is moved itself. `to` must lie in the same file system, outside of what is handed in.
    """

    def refuse(path: Path) -> None:
        place = to
        place.mkdir(parents=True, exist_ok=True)
        *parents, name = path.relative_to(submitted_folder).parts
        for part in parents:
            # A link that was moved here earlier must not lead the next one astray.
            place = _free(place, part, lambda taken: stat.S_ISDIR(taken.lstat().st_mode))
            place.mkdir(exist_ok=True)
        path.rename(_free(place, name, lambda _: False))

    return refuse


def _free(place: Path, name: str, fits: Callable[[Path], bool]) -> Path:
    chosen, number = place / name, 0
    while os.path.lexists(chosen) and not fits(chosen):
        number += 1
        chosen = place / f"{name}~{number}"
    return chosen


def _walk(folder: Path, most_bytes: int) -> tuple[list[Entry], list[str]]:
    """Return all but the folders, in order, and what could not be looked into, in words."""
    for place in (folder, folder.parent):
        if place.is_symlink():
            raise Refused(f"`{_shown(place.name)}` is a link to another place, so nothing in it was looked at.")
    if not folder.is_dir():
        raise Refused("There is no folder with a submission.")
    entries: list[Entry] = []
    problems: list[str] = []
    size = 0
    for count, (path, status) in enumerate(_entries(folder, problems), 1):
        if stat.S_ISREG(status.st_mode):
            size += status.st_size
        if not stat.S_ISDIR(status.st_mode):
            entries.append((path, status))
        if count > MOST_FILES:
            raise Refused(f"The submission holds more than {MOST_FILES} files and folders.")
        if size > most_bytes:
            least, most = (f"{number / 2**20:.1f} MiB" for number in (size, most_bytes))
            raise Refused(f"The submission is too large: it has at least {least}, and at most {most} are taken.")
    return sorted(entries, key=lambda entry: entry[0]), problems


def _entries(folder: Path, problems: list[str]) -> Iterator[Entry]:
    """Yield all that is in a folder, at any depth, following no link."""
    todo = [folder]
    while todo:
        inside = todo.pop()
        try:
            with os.scandir(inside) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode):
                        todo.append(Path(entry.path))
                    yield Path(entry.path), status
        except OSError:
            problems.append(f"the folder `{_shown(inside.relative_to(folder).as_posix())}` could not be looked into")


def _kind(mode: int) -> str:
    kinds = {stat.S_IFLNK: "a link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def _sort(
    files: list[_File], expected: list[str], owns: Callable[[set[str]], str | None] | None, found: Arrival
) -> None:
    """Find what is which notebook and what may go along, and add it to `found`, in place."""
    claims = []
    for file in files:
        path = PurePosixPath(file.name)
        if (
            _IGNORED & set(path.parts)
            or path.name.startswith((".~", "._"))
            or path.suffix == ".pyc"
            or path.name == "timestamp.txt"
        ):
            continue
        if not _is_notebook(file, expected):
            if _shown(file.name) == file.name:
                found.files[file.name] = file.path
            else:
                found.problems.append(f"{file.shown} has a name that not every system can write, and was left out")
        elif claim := _claim(file, expected, owns):
            claims.append(claim)
        else:
            found.problems.append(f"{file.shown} is none of {', '.join(expected)}, and was left out")
    for name in expected:
        _choose(name, sorted((c for c in claims if c.notebook == name), key=lambda c: c.order, reverse=True), found)
    if len(found.notebooks) < len(expected):
        archives = [file.shown for file in files if file.name.lower().endswith(_ARCHIVES)]
        found.problems.extend(f"{shown} is an archive; nobody has looked into it" for shown in archives)


def _choose(name: str, claims: list[_Claim], found: Arrival) -> None:
    """Take the first of the files that claim to be this notebook, and say what there is to say."""
    if not claims:
        found.problems.append(f"{name}.ipynb was not handed in")
        return
    best, *others = claims
    found.notebooks[name] = best.file.path
    if best.file.name != f"{name}.ipynb":
        line = f"{best.file.shown} was taken for {name}.ipynb{best.why}"
        found.repaired.append(line)
        if best.rank == _GUESSED:
            found.problems.append(line)
    differing = [other.file.shown for other in others if other.file.content != best.file.content]
    if differing:
        reason = "has the right name" if best.rank == _BY_NAME else "seems to be the newest"
        found.problems.append(
            f"{', '.join(differing)} and {best.file.shown} could all be {name}.ipynb and are not the same; "
            f"{best.file.shown} was taken, which {reason}"
        )


def _claim(file: _File, expected: list[str], owns: Callable[[set[str]], str | None] | None) -> _Claim | None:
    """Return which notebook a file is; what is in it outweighs what it is called."""
    named = _named(PurePosixPath(file.name).name, expected)
    owner = owns(ids) if owns and (ids := _grade_ids(file.path)) else None
    if owner in expected and owner != named:
        return _Claim(file, owner, _CERTAIN, ", whose cells it holds")
    if named:
        return _Claim(file, named, _BY_NAME if file.name == f"{named}.ipynb" else _CERTAIN, "")
    guess = _guessed(PurePosixPath(file.name).name, expected)
    return _Claim(file, guess, _GUESSED, ", for its name alone; please check") if guess else None


def _is_notebook(file: _File, expected: list[str]) -> bool:
    """Tell whether this is a notebook, as some browsers save it under another ending."""
    if _NOTEBOOK.search(file.path.name):
        return True
    if file.path.suffix.lower() in (".json", ".txt") and _named(file.path.name, expected):
        return rebuild.read(file.path)[0] is not None
    return False


def _grade_ids(path: Path) -> set[str]:
    notebook, _ = rebuild.read(path)
    said = [cell.metadata.get("nbgrader") for cell in notebook.cells] if notebook else []
    names = [labels.get("grade_id") for labels in said if isinstance(labels, dict)]
    return {name for name in names if isinstance(name, str)}


def _plain(name: str) -> str:
    """Return a name without the differences that file systems, browsers and people make."""
    name = unicodedata.normalize("NFKC", unquote(name).casefold())
    return re.sub(r"[\s_+–—-]+", "_", _QUOTES.sub("", name)).strip("_")


_STARTS = tuple(f"{_plain(words)}_" for words in re.split(r"[|\n]", _BEFORE))
_ENDS = tuple(_plain(words) for words in re.split(r"[|\n]", _BEHIND))


def _peeled(name: str, *, numbers: bool) -> Iterator[str]:
    """Yield a plain name without one of the things that are added to names of copies, for each that it has."""
    yield from (name[len(start) :] for start in _STARTS if name.startswith(start))
    for end in _ENDS:
        for closed in (f"_{end}", f"_({end})", *([end] if not end.isascii() else [])):
            if name.endswith(closed):
                yield name[: -len(closed)].rstrip("_")
    for pattern in (_TAIL, _COUNTED, *([_NUMBER] if numbers else [])):
        if match := pattern.search(name):
            yield name[: match.start()].rstrip("_")


def _named(file_name: str, expected: Sequence[str]) -> str | None:
    """Return which notebook a file name certainly means: the one that is met first when additions are taken off."""
    forms = _forms(expected)
    for numbers in (False, True):
        reached = {_plain(file_name)}
        while reached:
            if hits := {forms[name] for name in reached if name in forms}:
                hit = hits.pop()
                sure = not hits and not (numbers and _numbered(hit, expected))
                return hit if sure else None
            reached = {shorter for name in reached for shorter in _peeled(name, numbers=numbers)}
    return None


def _guessed(file_name: str, expected: Sequence[str]) -> str | None:
    """Return the one notebook whose name is a part of the file's name."""
    plain = _plain(file_name)
    hits = [form for form in _forms(expected) if re.search(rf"(?<![^\W_]){re.escape(form)}(?![^\W_])", plain)]
    longest = [form for form in hits if not any(form != other and form in other for other in hits)]
    guess = _forms(expected)[longest[0]] if len(longest) == 1 else None
    return guess if guess and not _numbered(guess, expected) else None


def _forms(expected: Sequence[str]) -> dict[str, str]:
    """Return the notebooks by their plain names, except for those that have the same."""
    plain = [_plain(name) for name in expected]
    return {form: name for form, name in zip(plain, expected, strict=True) if plain.count(form) == 1}


def _numbered(name: str, expected: Sequence[str]) -> bool:
    """Tell whether another notebook has this one's name and a number: then a number may mean that one."""
    return any(_NUMBER.sub("", other) == _plain(name) != other for other in map(_plain, expected))


def _shown(name: str) -> str:
    """Return a name as it can be printed in a line of text."""
    return "".join(letter if letter.isprintable() and letter != "`" else "?" for letter in name)[:120]
