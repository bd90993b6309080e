"""The hint for each mistake that students really make: it asks or points, and never gives the line of code.

The names are those of the wrong solutions in `autograder.samples`.
"""

from __future__ import annotations

ENGINE = {
    # --- Walking the graph
    "forward order used for the backward pass": (
        "Who must be finished before a node can send anything? Print the list that you walk: which node comes first, "
        "which last, and is one missing?"
    ),
    "output node dropped from the list": (
        "Print the list that you walk, and count: which node of the graph is missing? "
        "If none is: what does each node hold at the moment when it should send?"
    ),
    "breadth-first instead of topological order": (
        "Has a node heard from all its consumers before it sends? Follow your order by hand where one path is longer "
        "than the other."
    ),
    "recursion that pushes a node's total again on every visit": (
        "Visit each node once. What has a node already sent when it is reached for the second time?"
    ),
    "forward pass not in order": "Inputs come before the nodes that use them: in which order do you visit?",
    "recursion too deep on a long chain": (
        "Each call waits for the next one, and Python lets only about 1,000 wait. A loop has no recursion limit: "
        "can a list be your stack?"
    ),
    # --- Accumulating
    "= where += is meant": "Two paths arrive at this node. What becomes of the gradients that they bring?",
    "overwriting only at inner nodes": (
        "Leaves are not special: any node may have several consumers. What happens to what the first of them sent?"
    ),
    "the same input used twice counted once": "One node, two slots: each of them sends. How often did it receive?",
    "adding in place to a tensor that another node holds too": (
        "You add in place: who else holds that tensor? Look at what a sum hands to its two inputs."
    ),
    "gradients never reset": "Yesterday's gradient is still there. What should a node hold when a new pass starts?",
    "reset inside the loop": (
        "What a node has received is gone when it should send it, or when you look. When is the time to forget?"
    ),
    # --- Starting
    "every node seeded with one": (
        "Before the walk starts, only one gradient is known: that of z with respect to z. "
        "What do the other nodes hold then?"
    ),
    "hard-coded 1.0 instead of one": (
        "The argument `one` is what the last node starts from. What becomes of it in your backward pass?"
    ),
    "the wrong node seeded": "Which node is the last one of the graph, and what is its gradient when the walk starts?",
    # --- Local rules
    "Mul: inputs not swapped": "Wiggle x a little: what multiplies the change in x · y?",
    "Mul: upstream forgotten": (
        "What you send is ∂w/∂v for the product w alone. How does it become ∂z/∂v? What came from upstream?"
    ),
    "Add returns ones": "A sum passes on what it receives. What did it receive?",
    "broadcast input not summed back": (
        "Copied forward, summed backward: how many copies of the small value were there, and which shape must its "
        "gradient have?"
    ),
    # --- Matmul
    "Matmul: no transposes": (
        "Write down the shapes of the two matrices, of their product and of its gradient. Which product of two of them "
        "has the shape that you need, and what must be turned for it?"
    ),
    "Matmul: factors swapped": (
        "Write down the shapes. From which side was this matrix multiplied, and on which side does that leave the "
        "other one?"
    ),
    "Matmul: outputs returned in the wrong order": (
        "Write down the shapes of what you return: is it in the same order as the inputs?"
    ),
    "Matmul: the transpose of the right answer": "A gradient has the shape of its value. Which way round is yours?",
    "Matmul: * for @": "Which index is summed over in a product of matrices? And in yours?",
    # --- Higher order
    "the gradient is a number, not a node": (
        "Can your gradient be differentiated, or is a part of it a mere number? Which of its factors depend on x?"
    ),
    "a saved output treated as a constant": (
        "A saved result is a mere number. Does it depend on x? Then it must stay a node."
    ),
    "stale gradient returned": (
        "This is the derivative of a lower order. Did the new pass reach x, and what did x hold when it started?"
    ),
}

ON_PAPER = {
    "local derivative given for the whole one": (
        "That is the slope of this one step. What came from upstream, and where do the two meet?"
    ),
    "the mean's half forgotten": "Wiggle one of the two values that z is the mean of: how much of it arrives?",
    "sign lost at the negation": "A minus stands between these two. What does it do on the way back?",
    "one of the two paths only": "Two paths arrive at x, and this is what one of them brings. Where is the other?",
    "a rounded decimal": "An exact value was asked for, such as a logarithm or a fraction. Where is it from?",
    "the logarithm to base ten": "Which logarithm is meant: what is its base? And which one does your calculator take?",
}

COST = {
    "a term dropped that another does not dominate": (
        "Which sizes would make the missing part the largest? A term may go only if another one is larger at all sizes."
    ),
    "W₁ alone thought cheap": "Which layers does the error cross on its way to the first?",
    "inference memory thought to grow with depth": (
        "Once a layer's output is there, who still needs its input? What may be freed?"
    ),
    "parameters counted although excluded": "Read again what is not to be counted. Which of your terms is it?",
}

HINTS = ENGINE | ON_PAPER | COST
