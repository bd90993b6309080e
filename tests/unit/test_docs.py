"""The docs and the README hold together, as GitHub shows them; tests/course/test_site.py is about the site."""

import importlib
import re
import sys

import pytest
from documented import PAGES, anchors, links, name_of

import course_lib
from course_files import ROOT
from course_lib import check


@pytest.fixture
def extension(monkeypatch):
    """Return a function that imports an extension of the site's."""
    monkeypatch.syspath_prepend(ROOT / "docs" / "site_extensions")
    yield importlib.import_module
    for name in ("navigation", "mathml", "command_help"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_anchors_that_are_there(page):
    for path, anchor in links(page):
        assert path.exists(), f"{path} is not there"
        assert path.is_relative_to(ROOT), f"{path} is not the course's"
        if anchor:
            assert anchor in anchors(path), f"{path.name} has no heading for #{anchor}"


def test_every_page_has_its_place_beside_the_others(extension):
    listed = {page for pages in extension("navigation").PAGES.values() for page in pages} | {"index"}
    docs = ROOT / "docs"
    assert {str(page.relative_to(docs).with_suffix("")) for page in docs.rglob("*.md")} <= listed


def test_everything_that_students_import_is_in_the_reference():
    reference = (ROOT / "docs/reference/course_lib.md").read_text(encoding="utf-8")
    for module in (course_lib, check):
        names = set(module.__all__) - {"by_hand", "cost"}  # modules of one notebook each
        missing = [name for name in names if f":: {module.__name__}.{name}\n" not in reference]
        assert not missing, f"docs/reference/course_lib.md says nothing of {', '.join(sorted(missing))}"


def test_script_letters_of_formulas_need_no_font_of_ours(extension):
    assert "<mi>ℒ</mi>" in extension("mathml").markup(r"\mathcal L", "inline")


def test_each_command_has_a_section(extension):
    from autograder.cli import app

    titles = re.findall(r"^### course (\S+)$", "\n".join(extension("command_help").sections()), re.MULTILINE)
    assert sorted(titles) == sorted(c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands)
