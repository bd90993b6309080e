"""Every attack of the table gains nothing where the judge is elsewhere, and something where it is not."""

import json
import re
import sys
import time
import types
from collections import Counter
from dataclasses import replace

import nbformat
import pytest
from attacks_on_the_judge import ALL
from attacks_on_the_judge.attack import Attack, Kind
from attacks_on_the_judge.victim import POINTS, Victim, outputs, points, shown, solved
from world import Growth, text, within

from autograder.execution import verdict
from autograder.execution.masters import Master
from autograder.execution.notebook import execute
from autograder.execution.settings import Grading
from autograder.judge import engine
from autograder.judge.hidden import HiddenTest
from autograder.repair import MasterCell
from autograder.sandbox import provisioner
from autograder.sandbox.plan import UNSAFE

_MOST_GROWTH_MIB = 150
_MOST_SECONDS = 25
_MOST_LETTERS = 60_000  # in all that is shown of a notebook
_HONEST = dict.fromkeys(POINTS, 0) | {"test_honest": POINTS["test_honest"]}


@pytest.fixture(scope="module", autouse=True)
def _hasty():
    """What does not answer is waited for, but not for long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_GRACE_SECONDS", 0.7)
        patch.setattr("autograder.execution.conversation._AFTER_INTERRUPT_SECONDS", 0.5)
        yield


@pytest.fixture(scope="module")
def victim():
    return Victim()


@pytest.fixture(scope="module")
def plan(strongest):
    made = Grading().plan(())
    made = replace(
        made, isolation=strongest, limits=replace(made.limits, wall_seconds=20, memory_mib=1500, output_mib=8)
    )
    yield made
    if made in provisioner._shared:
        provisioner._shared.pop(made).close()


@pytest.fixture(scope="module")
def stock_plan():
    """Kernels as stock nbgrader has them: the tests and all that they need are in there with the student's code."""
    made = Grading().plan(())
    made = replace(made, isolation=UNSAFE, packages=("course_lib", "autograder"))
    yield made
    if made in provisioner._shared:
        provisioner._shared.pop(made).close()


def _functions():
    """Return what there is in the grader's modules, so that a patch would be seen."""
    ours = ("autograder", "course_lib", "json", "numpy", "torch", "builtins", "math", "time")
    return {
        (name, key): value
        for name, module in list(sys.modules.items())
        if name in ours or name.startswith(("autograder.", "course_lib."))
        for key, value in vars(module).items()
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType))
    }


def _solved(victim):
    cells = {
        **solved(),
        "by_hand": f"a = {victim.number}\nb = {2 * victim.number + 1}\ncost = 'O(n b d^2 + log d)'",
        "numeric": "def numeric_gradient(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)",
        "square": "offset = 7\ndef square(x): return x * x",
    }
    return Attack("honest work", Kind.FORGED, cells)


@pytest.fixture(scope="module")
def honest(victim, plan):
    """What comes of honest work; whoever looks at the grader's memory afterwards sees none of its first imports."""
    return execute(victim.job(_solved(victim), plan))


def test_honest_work_gets_all_points(honest, capfd):
    assert points(honest) == POINTS
    assert shown(honest) == POINTS
    assert not any(judged.flags or judged.fault or judged.words for judged in honest.judged)
    assert capfd.readouterr() == ("", "")


def test_honest_work_gets_all_points_the_stock_way(victim, stock_plan):
    executed = execute(victim.stock_job(_solved(victim), stock_plan))
    assert points(executed) == POINTS, text(executed)


@pytest.mark.usefixtures("honest")
@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_an_attack_on_the_judge_gains_nothing(victim, plan, attack, capfd):
    before, start, growth = _functions(), time.monotonic(), Growth()
    executed = within(_MOST_SECONDS + 20, lambda: execute(victim.job(attack, plan)))
    assert time.monotonic() - start < _MOST_SECONDS
    assert growth.mebibytes() < _MOST_GROWTH_MIB
    now = _functions()
    assert not [key for key, value in before.items() if now.get(key) is not value]
    assert capfd.readouterr() == ("", "")
    if problems := _problems(victim, attack, executed):
        pytest.fail("\n".join(problems), pytrace=False)
    if attack.then:
        following = execute(victim.job(Attack("what is left", attack.kind, {"engine": attack.then}), plan))
        assert points(following) == _HONEST
        assert "TOUCHED" not in json.dumps(following.outputs)


def _problems(victim, attack, executed):
    """Return in words what is wrong about the outcome of an attack."""
    expected = _HONEST | {"test_honest": POINTS["test_honest"] * attack.honest} | dict(attack.earned)
    expected |= dict.fromkeys(attack.person)
    found = points(executed)
    all_shown = json.dumps(executed.outputs, ensure_ascii=False)
    words = "\n".join(verdict.text(judged) for judged in executed.judged)
    faults = {judged.name: judged.fault for judged in executed.judged if judged.fault}
    flags = [flag for judged in executed.judged for flag in judged.flags]
    reached = {judged.name for judged in executed.judged}
    return [
        problem
        for problem, there in {
            f"points are {found}": found != expected,
            f"points in the outputs are {shown(executed)}": shown(executed) != expected,
            f"tests are blamed: {faults}": set(faults) != attack.person,
            f"flags: {flags}": bool(flags) != attack.flagged,
            f"it was stopped: {executed.verdict}": bool(executed.verdict) != attack.stopped,
            f"not all tests ran: {reached}": reached != set(POINTS) and not attack.stopped,
            "a secret got out": any(secret in all_shown + words for secret in victim.secrets),
            f"it does not say {attack.says!r} but {words}": not re.search(attack.says, words),
            "what is shown cannot be written": not _can_be_written(all_shown),
            f"it shows {len(all_shown):,} letters": len(all_shown) > _MOST_LETTERS,
            "terminals are told to do something": bool(
                re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", words + "".join(flags))
            ),
            "markup gets into tables": any("<script" in table or "<img" in table for table in _tables(executed)),
            "there are verdicts that are not the judge's": _verdicts(executed) != Counter(dict.fromkeys(reached, 1)),
        }.items()
        if there
    ]


def _can_be_written(shown_text):
    try:
        return bool(shown_text.encode())
    except UnicodeEncodeError:
        return False


def _tables(executed):
    """Return the judge's tables."""
    cells = [outputs(executed, judged.name) for judged in executed.judged]
    return [output["data"]["text/html"] for cell in cells for output in cell if verdict.MIME in output.get("data", {})]


def _verdicts(executed):
    """Return how many verdicts are shown for each test that was judged."""
    cells = {judged.name: outputs(executed, judged.name) for judged in executed.judged}
    return Counter(
        name for name, cell in cells.items() for output in cell if verdict.MIME in (output.get("data") or {})
    )


@pytest.mark.parametrize("attack", [a for a in ALL if a.stock], ids=lambda attack: attack.name)
def test_an_attack_gains_where_tests_run_beside_it(victim, stock_plan, attack):
    """Otherwise that it gains nothing would prove nothing."""
    executed = within(60, lambda: execute(victim.stock_job(attack, stock_plan)))
    more = {name: got for name, got in points(executed).items() if not got <= _HONEST[name]}  # NaN is more, too
    assert more or any(secret in text(executed) for secret in victim.secrets), text(executed)


def test_a_hidden_region_of_the_student_is_a_comment():
    """It runs where student code runs, and nothing of it with the grader."""
    region = "### BEGIN HIDDEN TESTS\nimport autograder; autograder.attacked = True\n### END HIDDEN TESTS"
    cells = [
        MasterCell("answer", "code", "x = ...", locked=False, points=None),
        MasterCell(
            "test", "code", "x\n### BEGIN HIDDEN TESTS\nassert x == 2\n### END HIDDEN TESTS", locked=True, points=2
        ),
    ]
    nb = nbformat.v4.new_notebook()
    for name in ("answer", "test", "more"):
        nb.cells.append(nbformat.v4.new_code_cell(region, metadata={"nbgrader": {"grade_id": name}}))
    tests = Master(cells, None).take_out_tests(nb, "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
    assert tests == {1: HiddenTest("test", "\n\nassert x == 2\n", 2.0)}
    assert [cell.source for cell in nb.cells] == [region, "x", region]


def test_the_table_covers_the_threats():
    assert len(ALL) >= 60
    assert sum(attack.stock for attack in ALL) >= 25
    assert {attack.kind for attack in ALL} >= set(Kind) - {Kind.ACCIDENT}
    assert len({attack.name for attack in ALL}) == len(ALL)
