"""Every attack of the table, on every level where it differs: it comes to nothing, and the class goes on."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from attacks import ALL
from attacks.attack import BREACH, END
from world import Growth, text

_AT_ONCE = {"using everything up": 5, "printing": 5, "talking nonsense": 10, "waiting and dying": 10}
_MOST_GROWTH_MIB = 250


def _run(attack, kernels, world):
    zygote = kernels.zygote
    known = world.patterns() if attack.blind else world.map([zygote._process.pid], str(zygote.folder))
    plan = kernels.hasty if attack.hasty else kernels.plan
    return kernels.run(*attack.notebook(known), cell_seconds=attack.cell_seconds, plan=plan)


def _breaches(executed):
    return [line for line in text(executed).splitlines() if line.startswith(BREACH)]


def _problems(attack, executed, world):
    """Return in words what is wrong about the outcome of an attack, but for what it got through."""
    said = text(executed)
    errors = [[o["evalue"] for o in cell if o["output_type"] == "error"] for cell in executed.outputs]
    return [
        problem
        for problem, found in {
            "it has the secret": world.secret in json.dumps(executed.outputs),
            f"the verdict is {executed.verdict!r}": not re.search(attack.verdict, executed.verdict),
            "it did not get to its end": not executed.verdict and not attack.hangs and END not in said,
            f"it did not begin: {errors[0]}": errors[0],
            f"errors: {errors}": any(errors) and not attack.may_fail,
        }.items()
        if found
    ]


@pytest.mark.parametrize("attack", [a for a in ALL if not a.together], ids=lambda attack: attack.name)
def test_an_attack_comes_to_nothing(walled, worth, world, attack):
    worth(attack.where)
    if reason := attack.pointless_on.get(walled.level):
        pytest.skip(reason)
    growth = Growth()
    executed = _run(attack, walled, world)
    assert growth.mebibytes() < _MOST_GROWTH_MIB
    assert not _problems(attack, executed, world)
    assert not world.harm()
    assert not walled.left()
    if attack.next_cells:
        following = walled.run(*attack.next_cells, "print('fine')")
        assert text(following).splitlines()[-1:] == ["fine"]
        assert not _breaches(following)
    if reason := attack.weaker_on.get(walled.level):
        assert _breaches(executed), f"No longer weaker: {attack.name}"
        pytest.xfail(reason)
    assert not _breaches(executed)


@pytest.mark.parametrize("kind", _AT_ONCE)
def test_many_attack_at_once_and_a_bystander_does_not_suffer(walled, worth, world, kind):
    """Attackers take turns, several at a time, until the last of their kind is done; meanwhile others are graded."""
    attacks = [attack for attack in ALL if attack.together == kind]
    (where,) = {attack.where for attack in attacks}
    worth(where)
    growth = Growth()
    with ThreadPoolExecutor(_AT_ONCE[kind]) as attackers:
        begun = [attackers.submit(_run, attack, walled, world) for attack in attacks]
        bystanders = [_bystander(walled)]
        while not all(outcome.done() for outcome in begun):
            bystanders.append(_bystander(walled))
    assert bystanders == ["42\n"] * len(bystanders)
    assert growth.mebibytes() < _MOST_GROWTH_MIB
    done = [(attack, outcome.result()) for attack, outcome in zip(attacks, begun, strict=True)]
    found = {attack.name: [*_problems(attack, executed, world), *_breaches(executed)] for attack, executed in done}
    assert not {name: problems for name, problems in found.items() if problems}
    assert not world.harm()
    assert not walled.left()


def _bystander(kernels):
    return text(kernels.run("x = 6 * 7", "print(x)", cell_seconds=20))


@pytest.mark.parametrize("attack", [a for a in ALL if a.bites], ids=lambda attack: attack.name)
def test_it_would_succeed_without_walls(unwalled, world, attack):
    """Otherwise that it comes to nothing would prove nothing."""
    executed = _run(attack, unwalled, world)
    world.forget_harm()
    assert _breaches(executed)
