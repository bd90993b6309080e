"""What a student's engine gets wrong: the mistake by name if it is a known one, and the truth in any case.

Every known mistake is an engine that can be run (`hypotheses`). The one that predicts exactly what the student's engine
did is named. Where none does, the first node at which something is wrong is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autograder.judge import first_wrong
from autograder.judge.comparing import as_predicted
from autograder.judge.description import operand_indices
from autograder.judge.evidence import Evidence
from autograder.judge.first_wrong import Places
from autograder.judge.hints import HINTS
from autograder.judge.hypotheses import Hypothesis, Prediction, Recorded, hypotheses, predict
from autograder.judge.orders import in_places
from course_lib.described import Step
from course_lib.plain_data import as_array

# A chain of calls that is no longer than this ends, if it ever does.
_DEPTH = 150
# What wrong engines raise. Other errors, such as that nothing is written yet, say all there is to say.
_ERRORS = {
    "AttributeError",
    "GraphError",
    "IndexError",
    "KeyError",
    "RuntimeError",
    "TypeError",
    "ValueError",
    "TimeLimit",
}
# In graphs that are larger, one way to make each mistake is tried until one explains it, since that takes a while.
_LARGE = 300
# So many other tasks are looked at to tell two explanations apart.
_MOST_OTHERS = 12
# A record in which nodes send more often than this, on average, is of a walk that is better not repeated.
_MOST_REPEATS = 4


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong.

    Attributes:
        mistake: its name, as in `autograder.samples`; empty if it is not a known one.
        hint: a question or pointer for that mistake; empty where there is none.
        words: the first node that is wrong, with what came and what should have come.
    """

    mistake: str
    hint: str
    words: str


def explain(
    evidence: Evidence, others: Sequence[Evidence] = (), found: Collection[str] = (), *, search: bool = True
) -> Diagnosis | None:
    """Return what is wrong with a student's engine; None if nothing is.

    Args:
        evidence: a task and what came of it.
        others: other tasks of the same engine, right or wrong. Where two mistakes explain `evidence` equally well, one
            that explains these too is preferred.
        search: whether to try all known mistakes, which takes a while.
        found: mistakes that the same engine was found to make. If one of them explains this too, no other is looked
            for; nor in large graphs and for higher orders, where that takes a while.
    """
    task = evidence.task
    words = "" if evidence.raised else _first_wrong(evidence)
    if evidence.raised:
        kind, message = evidence.raised
        words = f"{kind}: {message}"
        known = _from_error(evidence, kind, message)
        if known:
            return Diagnosis(known, HINTS[known], words)
    elif not words:
        return None
    names = _known_explanation(evidence, found)
    search = search and not (found and (len(evidence.steps) > _DEPTH or evidence.order > 1))
    if not names and search and not (evidence.raised and evidence.raised[0] not in _ERRORS):
        names = _explanations(evidence, others)
    if not names and evidence.raised:
        names = _from_words(*evidence.raised)
    if not names and evidence.gradients and evidence.order > 1 and first_wrong.is_of_order(task, evidence.gradients):
        names = ["stale gradient returned"]
    # Where two mistakes explain it equally well, both hints are true until one of them is found.
    return Diagnosis(names[0] if names else "", " Or: ".join(HINTS[name] for name in names[:2]), words)


def _from_error(evidence: Evidence, kind: str, message: str) -> str:
    """Return the mistake that an error alone tells; such an engine cannot be run here."""
    if kind == "RecursionError" and len(evidence.steps) > _DEPTH:
        return "recursion too deep on a long chain"
    if kind == "TimeLimit" and "backward" in message and _many_paths(evidence.steps):
        return "recursion that pushes a node's total again on every visit"
    return ""


def _from_words(kind: str, message: str) -> list[str]:
    """Return the mistake that the course's own checks have found, where no hypothesis predicts their very words."""
    if kind != "GraphError":
        return []
    for words, mistake in (
        ("has not been computed yet", "forward pass not in order"),
        ("so it cannot be differentiated again", "the gradient is a number, not a node"),
        ("the plain number", "hard-coded 1.0 instead of one"),
    ):
        if words in message:
            return [mistake]
    return []


def _many_paths(steps: Sequence[Step]) -> bool:
    """Tell whether there are more paths through the graph than can be walked."""
    paths = [0.0] * len(steps)
    paths[-1] = 1
    for index in range(len(steps) - 1, -1, -1):
        for target in operand_indices(steps[index]):
            paths[target] += paths[index]
    return max(paths) > 1e5  # noqa: PLR2004 - a walk does about as many steps in a second


def _known_explanation(evidence: Evidence, found: Collection[str]) -> list[str]:
    """Return the first of the mistakes already found that predicts what came; empty if none does."""
    if not found:
        return []
    task = evidence.task
    for hypothesis in hypotheses(task, _recorded(evidence, Places.of(task))):
        if hypothesis.mistake in found and _fits(evidence, predict(evidence.task, hypothesis)):
            return [hypothesis.mistake]
    return []


def _explanations(evidence: Evidence, others: Sequence[Evidence]) -> list[str]:
    """Return the mistakes that predict what came; of several, those that the other evidence supports best."""
    task = evidence.task
    fitting: list[tuple[int, Hypothesis]] = []
    places, large, tried = Places.of(task), len(evidence.steps) > _LARGE, set()
    for hypothesis in hypotheses(task, _recorded(evidence, places)):
        if large and hypothesis.mistake in tried:
            continue
        tried.add(hypothesis.mistake)
        prediction = predict(evidence.task, hypothesis)
        if _fits(evidence, prediction) and _sends_the_same(evidence, prediction, places):
            fitting.append((_support(evidence, prediction), hypothesis))
            if large:
                break
    # A single number, as of a higher order, is soon explained by accident; so the rest must not speak against it.
    alone = evidence.order > 1
    if alone or len({hypothesis.mistake for _, hypothesis in fitting}) > 1:
        against = [(_contradicting(others, evidence, h), support, h) for support, h in fitting]
        fitting = [(support - 10 * number, h) for number, support, h in against if not (alone and number)]
    best = max((support for support, _ in fitting), default=0)
    return list(dict.fromkeys(hypothesis.mistake for support, hypothesis in fitting if support == best))


def _contradicting(others: Sequence[Evidence], evidence: Evidence, hypothesis: Hypothesis) -> int:
    """Return of how many other tasks a hypothesis does not predict what came.

    An error may have another cause than what is looked for here, so it says something only about errors.
    """
    telling = [other for other in others if len(other.steps) <= _DEPTH and (evidence.raised or not other.raised)]
    return sum(not _fits(other, predict(other.task, hypothesis)) for other in telling[-_MOST_OTHERS:])


def _sends_the_same(evidence: Evidence, prediction: Prediction, places: Places) -> bool:
    """Tell whether each node sent what a prediction says, as far as there is a record.

    What is sent to a constant may have any shape, since nobody asks for it.
    """
    if not evidence.sent or prediction.outcome is None:
        return True
    for place, sent in evidence.sent.items():
        node = places.nodes[place] if 0 <= place < len(places.nodes) else None
        expected = prediction.outcome.trace.sent.get(place)
        if node is None or expected is None or len(sent) != len(expected):
            return False
        asked = [i for i, target in enumerate(node.input_nodes) if not getattr(target, "constant", False)]
        if not as_predicted([as_array(sent[i]) for i in asked], [as_array(expected[i]) for i in asked]):
            return False
    return True


def _fits(evidence: Evidence, prediction: Prediction) -> bool:
    """Tell whether a prediction is what came."""
    if evidence.raised or prediction.raised:
        return _same_error(evidence.raised, prediction.raised)
    if prediction.outcome is None:
        return False
    pairs = [(evidence.gradients, prediction.outcome.gradients)] if evidence.backward else []
    if evidence.order == 1:
        pairs.append((evidence.results, prediction.outcome.results))
    return all(as_predicted(given or [], predicted) for given, predicted in pairs)


def _same_error(first: tuple[str, str] | None, second: tuple[str, str] | None) -> bool:
    """Tell whether two errors are of one type and begin with the same sentence."""
    if first is None or second is None or first[0] != second[0]:
        return False
    return first[0] == "TimeLimit" or first[1].split(". ")[0] == second[1].split(". ")[0]


def _support(evidence: Evidence, prediction: Prediction) -> int:
    """Return how far the record of what was called agrees with a prediction: 0 to 3."""
    if evidence.visits is None or prediction.outcome is None:
        return 0
    trace = prediction.outcome.trace
    expected = list(zip(trace.kinds, trace.nodes, strict=True))
    agreed = {kind: _places(evidence.visits, kind) == _places(expected, kind) for kind in "ba"}
    return 2 * agreed["b"] + agreed["a"]


def _places(visits: Sequence[tuple[str, int]], kind: str) -> list[int]:
    """Return the places of the nodes for which a method of this kind was called, in order."""
    return [place for what, place in visits if what == kind]


def _recorded(evidence: Evidence, places: Places) -> Recorded | None:
    """Return in which order the nodes were seen to send, if there is a record of one pass."""
    if not evidence.visits or evidence.order > 1 or evidence.times > 1:
        return None
    visited = _places(evidence.visits, "b")
    if not visited or len(visited) > _MOST_REPEATS * len(places.nodes):
        return None
    at = {node: i for i, node in enumerate(places.sorted_nodes)}
    nodes = [places.nodes[place] if 0 <= place < len(places.nodes) else None for place in visited]
    found = [at[node] for node in nodes if node in at]
    if len(found) < len(visited):
        return None
    return Recorded(in_places(found), again=len(set(found)) < len(found), whole=len(at) - 1 in found)


def _first_wrong(evidence: Evidence) -> str:
    """Return where it first goes wrong, in words; empty if nothing is wrong."""
    task, nothing = evidence.task, [None] * len(evidence.steps)
    if evidence.order > 1:
        return first_wrong.in_derivative(task, evidence.gradients or nothing)
    words = first_wrong.in_forward_pass(task, evidence.results or nothing)
    if words or not evidence.backward:
        return words
    return first_wrong.in_backward_pass(task, evidence.gradients or nothing, evidence.sent)
