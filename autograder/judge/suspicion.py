"""What in a student's own code a person should look at: signs of gradients that torch computed, or of a patched course.

This reads the text of cells and knows nothing for sure. A remark never costs a point, and who hides such code well is
not found; what the judge compares does not depend on it.
"""

from __future__ import annotations

import ast
import re

# Names that an honest solution of an exercise on backpropagation does not need, and what they are signs of.
_SIGNS = {
    "torch's own differentiation": {
        "autograd", "requires_grad", "requires_grad_", "enable_grad", "functorch", "jacrev", "jacfwd", "jacobian",
        "vjp", "jvp", "hessian",
    },
    "a look at, or a change of, what runs the tests": {
        "answering", "plain_data", "described", "raw_input", "_getframe", "settrace", "setprofile", "get_objects",
        "get_referrers", "ast_transformers", "input_transformers_cleanup", "do_execute", "_node_types", "sys.modules",
    },
}  # fmt: skip
# What does not parse, such as a cell with a magic, is read as words.
_WORD = re.compile(r"[A-Za-z_][\w]*(?:\.modules)?")


def remarks(source: str) -> list[str]:
    """Return what is remarkable about the text of a cell, each with its line; empty if nothing is."""
    try:
        found = {(name, line) for node in ast.walk(ast.parse(source)) for name, line in _names(node)}
    except (SyntaxError, ValueError, RecursionError):
        found = {(w, number) for number, line in enumerate(source.split("\n"), 1) for w in _WORD.findall(line)}
    return [
        f"line {line} uses `{name}`: a sign of {sign}"
        for name, line in sorted(found, key=lambda entry: entry[1])
        for sign, names in _SIGNS.items()
        if name in names
    ]


def _names(node: ast.AST) -> list[tuple[str, int]]:  # noqa: PLR0911 - a case per kind of node
    """Return the names that a piece of code uses, and texts that are names, with their lines."""
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            return [("sys.modules", node.lineno)]
        case ast.Attribute():
            return [(node.attr, node.lineno)]
        case ast.Name():
            return [(node.id, node.lineno)]
        case ast.keyword(arg=str(name)):
            return [(name, node.value.lineno)]
        case ast.alias():
            return [(part, node.lineno) for part in node.name.split(".")]
        case ast.ImportFrom(module=str(module)):
            return [(part, node.lineno) for part in module.split(".")]
        case ast.Constant(value=str(text)) if text.isidentifier():
            return [(text, node.lineno)]
    return []
