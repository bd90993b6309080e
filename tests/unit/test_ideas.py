"""`docs/ideas.md` maps the ideas of the source documents to exercises: to all of them, and to no others."""

import re

import pytest

from course_files import PROBLEM_SETS, ROOT

PAGE = (ROOT / "docs" / "ideas.md").read_text(encoding="utf-8")
EXERCISES = {(listed.name, e.notebook, e.test): e for listed in PROBLEM_SETS for e in listed.exercises}
DOCUMENTS = re.findall(r"^## (\d{3}) · ", PAGE, re.MULTILINE)

# `ps1/2_engine`: `test_forward`, `test_backward`
_PLACE = re.compile(r"`(ps\d)/(\w+)`: (`test_\w+`(?:, `test_\w+`)*)")
_TEST = re.compile(r"`(test_\w+)`")


def named(text):
    """Return the exercises that a text names, as problem set, notebook and test."""
    return {(s, notebook, test) for s, notebook, tests in _PLACE.findall(text) for test in _TEST.findall(tests)}


def rows(text):
    """Return the rows of all tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [line for line in lines if not line.startswith(("| ---", "| idea |", "| document |"))]


def section(title):
    """Return what stands below a heading that begins so."""
    return re.split(r"^## ", PAGE.split(f"\n## {title}")[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_exercise_that_is_named_exists_in_the_notebook_that_is_named():
    assert named(PAGE) - EXERCISES.keys() == set()


def test_every_exercise_is_named():
    assert EXERCISES.keys() - named(PAGE) == set()


def test_every_name_stands_behind_its_notebook():
    """Otherwise the two tests above would not see it."""
    assert _PLACE.sub("", PAGE).count("`test_") == 0


def test_there_are_five_documents():
    assert DOCUMENTS == ["000", "001", "002", "003", "004"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_idea_has_an_exercise(document):
    ideas = rows(section(document))
    assert len(ideas) > 10
    assert [idea for idea in ideas if not named(idea)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_manifest_says_of_a_document_is_on_the_page_below_it(document):
    """An exercise that comes from one document alone is named among that document's ideas."""
    here = {key for key, exercise in EXERCISES.items() if re.findall(r"\b\d{3}\b", exercise.seed) == [document]}
    assert here - named(section(document)) == set()


def test_readings_are_given_where_the_page_says():
    for row in rows(section("What the documents recommend")):
        _, _, reading, places, _ = (cell.strip() for cell in row.split("|"))
        title = re.search(r"\*(.+?)\*", reading).group(1).rstrip("?")
        for place in re.findall(r"`(ps\d/\w+)`", places):
            assert title.lower() in (ROOT / "source" / f"{place}.ipynb").read_text(encoding="utf-8").lower(), place
