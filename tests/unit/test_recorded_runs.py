"""What the docs say of runs on a GPU is what was recorded; without a GPU nothing is recorded, and they say so."""

import json
import re
import sys

import pytest
from documented import blocks, commands

from course_files import ROOT

DOCS = ROOT / "docs"
REPORT = """<testsuites><testsuite>
<testcase classname="tests.gpu.test_gpu_engine" name="test_a[1]"/>
<testcase classname="tests.gpu.test_gpu_engine" name="test_b"><failure message="1 is&#10; not 2"></failure></testcase>
<testcase classname="tests.gpu.test_gpu_engine" name="test_c"><error message="no such thing">…</error></testcase>
<testcase classname="tests.gpu.test_gpu_grading" name="test_d"><skipped message="NO WALLS">…</skipped></testcase>
</testsuite></testsuites>"""
# Made up, and never written but to a temporary folder.
RUN = {
    "recorded": "2000-01-02T03:04:05+00:00",
    "machine": {
        "gpu": "Made-up GPU 1|2", "gpu_memory_gib": 1.5, "compute_capability": "0.1", "driver": "12.3", "cpu": "a CPU",
        "cores": 2, "system": "Linux 0", "isolation": "strongest",
    },
    "versions": {"python": "3.0", "torch": "0.1", "cuda": "0.2", "commit": "abc"},
    "tests": {"passed": 7, "failed": {"test_x::test_y": "wrong"}, "skipped": {}, "seconds": 12.3},
    "figures": [
        {"what": "a pass", "device": "cpu", "value": 12.0, "unit": "ms"},
        {"what": "a ceiling", "device": "cpu", "value": 3.0, "unit": "billion a second"},
        {"what": "a pass", "device": "cuda", "value": 0.123456, "unit": "ms"},
    ],
}  # fmt: skip


@pytest.fixture
def gpu_docs(monkeypatch):
    """The modules of docs/gpu that can be used without a GPU: `page` and `record`."""
    monkeypatch.syspath_prepend(DOCS / "gpu")
    import page
    import record

    yield page, record
    for name in ("page", "record"):
        sys.modules.pop(name, None)


def test_the_page_is_in_step_with_the_data(gpu_docs):
    page, _ = gpu_docs
    written = page.PAGE.read_text(encoding="utf-8")
    assert written == page.brought_up_to_date(written, page.read())


def test_without_a_run_the_page_says_that_there_was_no_gpu(gpu_docs, tmp_path):
    page, _ = gpu_docs
    assert "no GPU was to be had" in page.section(page.read(tmp_path))


def test_a_run_is_written_read_and_shown_with_all_that_it_says(gpu_docs, tmp_path):
    page, record = gpu_docs
    assert record.write(RUN, tmp_path).name == "made-up-gpu-1-2-2000-01-02.json"
    assert page.read(tmp_path) == [RUN]
    shown = page.section(page.read(tmp_path))
    assert r"| 2000-01-02 | Made-up GPU 1\|2 | 12.3 | 0.2 | 0.1 | 3.0 | 7 | 1 | 0 |" in shown
    assert "| a pass | 12 | 0.1235 | ms |" in shown
    assert "| a ceiling | 3 |  | billion a second |" in shown
    assert "- failed: `test_x::test_y`: wrong" in shown
    assert "no GPU was to be had" not in shown


def test_a_page_without_a_place_for_runs_is_refused(gpu_docs):
    with pytest.raises(ValueError, match="no place"):
        gpu_docs[0].brought_up_to_date("# A page\n", [])


def test_outcomes_are_those_of_the_report(gpu_docs):
    assert gpu_docs[1].outcomes(REPORT) == {
        "passed": 1,
        "failed": {"test_gpu_engine::test_b": "1 is not 2", "test_gpu_engine::test_c": "no such thing"},
        "skipped": {"test_gpu_grading::test_d": "NO WALLS"},
    }


def test_without_a_gpu_nothing_is_recorded(gpu_docs, monkeypatch):
    _, record = gpu_docs
    monkeypatch.setattr(record.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(record, "write", None)
    with pytest.raises(SystemExit, match=r"NO GPU: .* Nothing is recorded"):
        record.main()


def test_recorded_runs_name_the_machine_and_the_versions():
    for path in (DOCS / "gpu/runs").glob("*.json"):
        run = json.loads(path.read_text(encoding="utf-8"))
        assert run["machine"]["gpu"]
        assert run["versions"].keys() >= {"python", "torch", "cuda", "commit"}
        assert run["tests"]["passed"] > 0


def test_code_and_tests_that_the_page_names_are_there_and_no_test_is_left_out():
    text = (DOCS / "gpu.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:course_lib|autograder|tests|source)/[\w/.]*)`", text))
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert {f"tests/gpu/{path.name}" for path in (ROOT / "tests/gpu").glob("test_*.py")} <= named


def test_the_cells_for_colab_do_what_the_commands_do():
    page = DOCS / "gpu.md"
    (cells,) = blocks(page, "text")
    lines = [line.lstrip("!%") for line in cells.splitlines()]
    wanted = [shown.line for shown in commands(page)]
    assert [line for line in lines if line in wanted] == wanted


def test_tests_for_a_gpu_are_apart_from_all_others():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = dict(re.findall(r"^([a-z-]+):[^\n]*\n((?:\t.*\n)+)", makefile, re.MULTILINE))
    assert "pytest tests/gpu" in rules["test-gpu"]
    assert "tests/gpu" not in rules["test"]
