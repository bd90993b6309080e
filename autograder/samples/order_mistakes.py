"""What goes wrong with orders, and with the two ways in which gradients go through them."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

ORDER = [
    # --- Telling whether it is one
    Mistake(
        "a node held against its neighbour in the list only",
        "is_order",
        ("test_is_order",),
        hint="How far away may an input stand",
        code="""
def is_order(graph, order):
    for before, after in zip(order, order[1:]):
        if before not in graph or after not in graph or after in graph[before]:
            return False
    return sorted(order) == sorted(graph)
""",
    ),
    Mistake(
        "missing nodes not noticed",
        "is_order",
        ("test_is_order",),
        hint="Are all nodes of the graph there",
        edits={"len(placed) == len(graph)": "True"},
    ),
    Mistake(
        "a node that stands twice not noticed",
        "is_order",
        ("test_is_order",),
        hint="How often may a node stand",
        edits={"node in placed or ": ""},
    ),
    # --- Finding one
    Mistake(
        "nodes placed as soon as one input has been",
        "find_order",
        ("test_find_order",),
        hint="Has each input been placed",
        edits={"if waits_for[consumer] == 0:": "if consumer not in ready and consumer not in order:"},
    ),
    Mistake(
        "outputs first",
        "find_order",
        ("test_find_order",),
        hint="Has each input been placed",
        edits={"return order if": "return order[::-1] if"},
    ),
    Mistake(
        "an input in two slots told of once",
        "find_order",
        ("test_find_order",),
        hint="For how many inputs does x · x wait",
        edits={"in inputs:\n            consumers": "in set(inputs):\n            consumers"},
    ),
    Mistake(
        "a part of an order where there is a cycle",
        "find_order",
        ("test_find_order",),
        hint="Which nodes of a cycle can be placed",
        edits={"return order if len(order) == len(graph) else None": "return order"},
    ),
    Mistake(
        "recursion in a long chain",
        "find_order",
        ("test_find_order",),
        hint="how deep do calls go",
        code="""
def find_order(graph):
    order, on_the_way = [], set()

    def place(node):
        if node in on_the_way:
            raise ValueError("cycle")
        if node not in placed:
            on_the_way.add(node)
            for source in graph[node]:
                place(source)
            on_the_way.remove(node)
            placed.add(node)
            order.append(node)

    placed = set()
    try:
        for node in graph:
            place(node)
    except ValueError:
        return None
    return order
""",
    ),
    # --- Counting them
    Mistake(
        "one placed input thought enough",
        "count_orders",
        ("test_count_orders",),
        hint="What must have been placed before",
        edits={"placed.issuperset(graph[node])": "(not graph[node] or placed.intersection(graph[node]))"},
    ),
    Mistake(
        "being stuck in a cycle counted as a way",
        "count_orders",
        ("test_count_orders",),
        hint="Some are left, and none is ready",
        edits={"        return sum(": "        if not ready:\n            return 1\n        return sum("},
    ),
    Mistake(
        "each set worked out for each way to it",
        "count_orders",
        ("test_count_orders",),
        hint="How often do you work it out",
        edits={"    @cache\n": ""},
    ),
    # --- Asking
    Mistake(
        "always the first entry taken",
        "backward_asking",
        ("test_backward_asking",),
        hint="Which one is asked for",
        edits={"w.backward()[slot]": "w.backward()[0]"},
    ),
    Mistake(
        "only one consumer asked",
        "backward_asking",
        ("test_backward_asking",),
        hint="Has every consumer been asked",
        edits={"for w, slot in consumers[v]:": "for w, slot in consumers[v][-1:]:"},
    ),
    Mistake(
        "the first slot of a consumer only",
        "backward_asking",
        ("test_backward_asking",),
        hint="how many entries are for it",
        code="""
def backward_asking(order, one=1.0):
    for v in reversed(order):
        v.gradient = one if v is order[-1] else None
        for w in order:
            if v in w.input_nodes:
                v.accumulate_gradient(w.backward()[w.input_nodes.index(v)])
""",
    ),
    Mistake(
        "asked on top of what was there before",
        "backward_asking",
        ("test_backward_asking",),
        hint="What was there before the pass",
        edits={"        v.gradient = one if v is order[-1] else None\n": "        order[-1].gradient = one\n"},
    ),
    Mistake(
        "asking started from 1 whatever `one` is",
        "backward_asking",
        ("test_backward_asking",),
        hint="From what does z start",
        edits={"v.gradient = one if": "v.gradient = 1.0 if"},
    ),
    # --- Sending
    Mistake(
        "sent from the inputs on",
        "backward_sending",
        ("test_backward_sending",),
        hint="Whose gradient is complete first",
        edits={"for v in reversed(order):": "for v in order:"},
    ),
    Mistake(
        "a share overwrites the one before it",
        "backward_sending",
        ("test_backward_sending",),
        hint="What becomes of the first one",
        edits={"u.accumulate_gradient(share)": "u.gradient = share"},
    ),
    Mistake(
        "sent on top of what was there before",
        "backward_sending",
        ("test_backward_sending",),
        hint="What was there before the pass",
        edits={"v.gradient = one if v is order[-1] else None": "order[-1].gradient = one"},
    ),
    # --- What is loaded
    Mistake(
        "the consumers thought to be what is loaded",
        "loads",
        ("test_loads",),
        hint="Whose formulas does the node take",
        edits={"sorted({source for w in consumers for source in graph[w]})": "sorted(consumers)"},
    ),
    Mistake(
        "the gradient's own way back thought to be what is loaded",
        "loads",
        ("test_loads",),
        hint="Whose formula does the node take",
        edits={"sorted(set(graph[node]))": "sorted(w for w in graph if node in graph[w])"},
    ),
    Mistake(
        "a value listed once for each use",
        "loads",
        ("test_loads",),
        hint="Whom does the output ask",
        edits={"sorted(set(graph[node]))": "sorted(graph[node])"},
    ),
]
