"""Formulas as MathML: browsers set it themselves, so no script and no font has to be fetched."""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

# Browsers know no `mathvariant`; letters of a script alphabet have code points of their own.
_SCRIPT = re.compile(r'<mi mathvariant="script">([A-Z])</mi>')
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵", strict=True))


def setup(app: Sphinx):
    """Take the place of the renderer that fetches MathJax."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(to: HTML5Translator, node: nodes.math):
    to.body.append(markup(node.astext(), "inline"))
    raise nodes.SkipNode


def _block(to: HTML5Translator, node: nodes.math_block):
    to.body.append(f'<div class="math">{markup(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def markup(formula: str, display: str) -> str:
    """Return a formula of LaTeX as MathML; `display` is "inline" or "block"."""
    return _SCRIPT.sub(lambda letter: f"<mi>{_LETTERS[letter[1]]}</mi>", convert(formula, display=display))
