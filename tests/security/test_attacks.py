"""Every attack of the table, on every level where it differs: it comes to nothing, and the class goes on."""

import json
import re

import pytest
from attacks import ALL
from attacks.attack import BREACH, END
from world import Growth, text

_AT_ONCE = {"using everything up": 2, "printing": 4, "talking nonsense": 9, "waiting and dying": 12}
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
