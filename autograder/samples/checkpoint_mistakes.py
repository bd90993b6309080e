"""What goes wrong with checkpoints: what is kept, what is computed again, and when it may go."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

CHECKPOINTS = [
    # --- Everything kept
    Mistake(
        "the last output kept, too",
        "plain",
        ("test_plain",),
        hint="Is y_L one of them",
        edits={
            "    gradient = chain.loss": "    memory[chain.L] = y\n    gradient = chain.loss",
            "    return gradient": "    del memory[chain.L]\n    return gradient",
        },
    ),
    Mistake(
        "nothing let go of",
        "plain",
        ("test_plain",),
        hint="When is the last time that somebody asks",
        edits={"        del memory[i - 1]\n": ""},
    ),
    Mistake(
        "the layers taken back in forward order",
        "plain",
        ("test_plain",),
        hint="In which order do the layers go back",
        edits={"range(chain.L, 0, -1)": "range(1, chain.L + 1)"},
    ),
    # --- Checkpoints
    Mistake(
        "everything kept, whatever the interval",
        "checkpointed",
        ("test_checkpointed",),
        hint="Print what the memory holds",
        code="""
def checkpointed_backward(chain, memory, x, k):
    return plain_backward(chain, memory, x)
""",
    ),
    Mistake(
        "whole segments after the checkpoints only",
        "checkpointed",
        ("test_checkpointed",),
        hint="Where does the last segment end",
        edits={"end = min(start + k, chain.L)": "end = start + k"},
    ),
    Mistake(
        "checkpoints not let go of",
        "checkpointed",
        ("test_checkpointed",),
        hint="Who needs a checkpoint after its segment",
        edits={"            del memory[i]\n": "            if i != start:\n                del memory[i]\n"},
    ),
    Mistake(
        "the last value of a segment computed again and kept",
        "checkpointed",
        ("test_checkpointed",),
        hint="Is the last one needed again",
        edits={
            "        for i in range(start + 1, end):\n": "        for i in range(start + 1, end + 1):\n",
            "        for i in reversed(range(start, end)):\n": (
                "        del memory[end]\n        for i in reversed(range(start, end)):\n"
            ),
        },
    ),
    Mistake(
        "each value computed again from its checkpoint",
        "checkpointed",
        ("test_checkpointed",),
        hint="Which outputs lie within a segment",
        code="""
def checkpointed_backward(chain, memory, x, k):
    y = x
    for i in range(chain.L):
        if i % k == 0:
            memory[i] = y
        y = chain.forward(i + 1, y)
    gradient = chain.loss_gradient(y)
    for i in reversed(range(chain.L)):
        start = i - i % k
        y = memory[start]
        for j in range(start + 1, i + 1):
            y = chain.forward(j, y)
        memory[i] = y
        gradient = chain.backward(i + 1, memory, gradient)
        del memory[i]
    return gradient
""",
    ),
    Mistake(
        "all segments computed again before going back",
        "checkpointed",
        ("test_checkpointed",),
        hint="Print what the memory holds",
        code="""
def checkpointed_backward(chain, memory, x, k):
    y = x
    for i in range(chain.L):
        if i % k == 0:
            memory[i] = y
        y = chain.forward(i + 1, y)
    gradient = chain.loss_gradient(y)
    for i in range(chain.L):
        if i % k != 0:
            memory[i] = chain.forward(i, memory[i - 1])
    for i in reversed(range(chain.L)):
        gradient = chain.backward(i + 1, memory, gradient)
        del memory[i]
    return gradient
""",
    ),
    Mistake(
        "a segment computed again from the data",
        "checkpointed",
        ("test_checkpointed",),
        hint="From which value is a segment computed again",
        edits={"chain.forward(i, memory[i - 1])": "chain.forward(i, x if i == start + 1 else memory[i - 1])"},
    ),
    # --- Intervals
    Mistake(
        "the checkpoint of the segment counted twice",
        "interval",
        ("test_interval",),
        hint="how many values lie within a segment",
        edits={"return L // k + k - 1": "return L // k + k"},
    ),
    Mistake(
        "all layers evaluated twice",
        "interval",
        ("test_interval",),
        hint="How many layers of each segment are evaluated twice",
        edits={"return 2 * L - L // k": "return 2 * L"},
    ),
    Mistake(
        "of two equally good intervals the smaller one",
        "interval",
        ("test_interval",),
        hint="which takes less work",
        edits={"(predicted_peak(L, k), -k)": "(predicted_peak(L, k), k)"},
    ),
    # --- Growth
    Mistake(
        "the values within a segment forgotten",
        "checkpoint_growth",
        ("test_checkpoint_growth",),
        hint="A term may go only if",
        edits={'M_checkpointed = "w L/k + w k"': 'M_checkpointed = "w L/k"'},
    ),
    Mistake(
        "the largest interval thought best",
        "checkpoint_growth",
        ("test_checkpoint_growth",),
        hint="Where are they equal",
        edits={'k_best = "sqrt(L)"': 'k_best = "L"'},
    ),
    Mistake(
        "the width thought to be under the root",
        "checkpoint_growth",
        ("test_checkpoint_growth",),
        hint="Put the best interval into the memory",
        edits={'M_best = "w sqrt(L)"': 'M_best = "sqrt(w L)"'},
    ),
    Mistake(
        "the time thought to grow with the interval",
        "checkpoint_growth",
        ("test_checkpoint_growth",),
        hint="How often is each layer evaluated at most",
        edits={'T_checkpointed = "w^2 L"': 'T_checkpointed = "w^2 L k"'},
    ),
    # --- torch
    Mistake(
        "the older kind of checkpoint, and data that ask for no gradient",
        "torch_checkpoint",
        ("test_torch_checkpoint",),
        hint="What does use_reentrant change",
        edits={"use_reentrant=False": "use_reentrant=True"},
    ),
    Mistake(
        "the layers after the last whole segment left out",
        "torch_checkpoint",
        ("test_torch_checkpoint",),
        hint="after the last whole segment",
        edits={"range(0, len(layers), k)": "range(0, len(layers) - k + 1, k)"},
    ),
    Mistake(
        "the whole network as one segment",
        "torch_checkpoint",
        ("test_torch_checkpoint",),
        hint="is one call of checkpoint",
        code="""
def checkpointed_network(layers, x, k):
    return checkpoint(torch.nn.Sequential(*layers), x, use_reentrant=False)
""",
    ),
    Mistake(
        "no checkpoint",
        "torch_checkpoint",
        ("test_torch_checkpoint",),
        hint="is one call of checkpoint",
        code="""
def checkpointed_network(layers, x, k):
    return torch.nn.Sequential(*layers)(x)
""",
    ),
]
