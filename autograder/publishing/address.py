"""Where students find the bundle on GitHub, and how the released notebooks are made to point there."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from autograder import course_settings, links
from autograder.lms.refusal import Refused

WHEELS = "wheels"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_BRANCH = re.compile(r"[\w][\w.-]*(/[\w][\w.-]*)*")
_COLAB = "https://colab.research.google.com/github/"
_RAW = "https://raw.githubusercontent.com/"
_BADGES = "https://colab.research.google.com/assets/"
_WEB = re.compile(r"(?:git\+)?https?://[^\s\"'<>()\[\]{}|`\\]+")
_HOSTS = re.compile(
    r"(?:git\+)?https?://(?:colab\.research\.google\.com|raw\.githubusercontent\.com|(?:www\.)?github\.com)/"
)


@dataclass(frozen=True)
class Address:
    """A branch of a repository on GitHub.

    Attributes:
        repository: its owner and name, as `owner/name`.
        branch: the branch.
    """

    repository: str
    branch: str

    def __post_init__(self) -> None:
        """Refuse what is no repository or no branch."""
        if not _REPOSITORY.fullmatch(self.repository):
            raise Refused(f"{self.repository!r} is no repository on GitHub. Write its owner and name: owner/name.")
        if not _BRANCH.fullmatch(self.branch) or ".." in self.branch or self.branch.endswith((".lock", ".")):
            raise Refused(f"{self.branch!r} cannot be the name of a branch. Write one such as students.")

    @property
    def page(self) -> str:
        """The bundle's page on GitHub."""
        return f"https://github.com/{self.repository}/tree/{self.branch}"

    @property
    def archive(self) -> str:
        """The whole bundle as a zip, which GitHub makes."""
        return f"https://github.com/{self.repository}/archive/{self.branch}.zip"

    def colab(self, path: str) -> str:
        """Return the address at which Colab opens a notebook of the bundle."""
        return f"{_COLAB}{self.repository}/blob/{self.branch}/{path}"

    def raw(self, path: str) -> str:
        """Return the address of a file of the bundle."""
        return f"{_RAW}{self.repository}/{self.branch}/{path}"

    def path_of(self, link: str) -> str | None:
        """Return the file or folder of the bundle that a link names, or None if it names none."""
        for start in (self.colab(""), self.raw(""), f"https://github.com/{self.repository}/blob/{self.branch}/"):
            if link.startswith(start):
                return unquote(re.split(r"[?#]", link.removeprefix(start))[0]).rstrip("/")
        return None


@dataclass(frozen=True)
class Origin:
    """What a course's configuration says of the notebooks that it releases.

    Attributes:
        place: where they say that they lie.
        installs: what they install, as pip takes it.
        due: when assignments are due, as the lecturer wrote it, by name.
    """

    place: Address
    installs: str
    due: Mapping[str, str]


def origin(course: Path) -> Origin:
    """Read a course's `nbgrader_config.py`.

    Raises:
        Refused: if it cannot be read, or does not say where the course lies.
    """
    config = course_settings.load(course)
    about = config.FillLinks
    if not about.get("repository"):
        raise Refused(
            f"{course / 'nbgrader_config.py'} does not say where the course lies. "
            'Write into it: configure(c, repository="owner/name").'
        )
    place = Address(str(about.repository), str(about.get("ref", "main")))
    installs = str(about.get("course_lib", "")) or links.requirement(place.repository, place.branch)
    return Origin(place, installs, dict(config.DueDates.get("dates", {})))


def pointed(text: str, course: Origin, bundle: Address, wheel: str) -> str:
    """Return a released notebook whose links lead into the bundle.

    Args:
        text: the notebook's file.
        course: where it points to.
        bundle: where it is to point to.
        wheel: the file name of the bundle's wheel.
    """
    released = "release/"
    for old, new in (
        (course.place.colab(released), bundle.colab("")),
        (course.place.raw(released), bundle.raw("")),
        (course.installs, f"backprop-course @ {bundle.raw(f'{WHEELS}/{wheel}')}"),
    ):
        text = text.replace(old, new)
    return with_wheel(text, bundle, wheel)


def with_wheel(text: str, bundle: Address, wheel: str) -> str:
    """Return a published notebook that installs this wheel of the bundle, whichever it installed before."""
    folder = re.escape(bundle.raw(f"{WHEELS}/"))
    return re.sub(rf"({folder})[\w.+-]+\.whl", rf"\g<1>{wheel}", text)


def strays(text: str, course: Address, bundle: Address, files: Collection[str]) -> list[str]:
    """Return the links to Colab, or to the course's own places on GitHub, that do not lead to something in the bundle.

    Args:
        text: anything that students read.
        course: where the course itself lies, which students may not be able to see.
        bundle: where the bundle will lie.
        files: the files and folders in it.
    """
    found = []
    for match in _WEB.finditer(text):
        link = match[0].rstrip(".,;:!?*_")
        if not _HOSTS.match(link) or link.startswith(_BADGES) or link in (bundle.page, bundle.archive):
            continue
        ours = any(f"/{place.repository}" in link for place in (course, bundle))
        if (ours or link.startswith(f"{_COLAB}")) and bundle.path_of(link) not in files:
            found.append(link)
    return found
