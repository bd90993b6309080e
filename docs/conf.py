"""How Sphinx makes the site of these pages: `make docs`. It asks nothing of the network, neither here nor in a browser.

Sphinx, because it treats each warning as an error, checks links and anchors, imports what it documents, and is kept.
The pages stay plain Markdown, which reads as well on GitHub; what only the site needs is added by `site_extensions/`.
"""

import re
import sys
from pathlib import Path

from docutils import nodes

sys.path.insert(0, str(Path(__file__).parent / "site_extensions"))

_SETTINGS = (Path(__file__).parents[1] / "nbgrader_config.py").read_text(encoding="utf-8")

project = "backprop-course"
author = "The backprop-course authors"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name for it
# Whoever forks the course changes it there, and the site follows.
repository = re.search(r'repository="([^"]+)"', _SETTINGS)[1]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "command_help",
    "mathml",
    "navigation",
    "outside_links",
]
exclude_patterns = ["images"]
nitpicky = True
smartquotes = False  # `--option` stays what it is
# Python's own documentation lies elsewhere, and is not asked for.
nitpick_ignore_regex = [("py:.*", r"collections\.abc\..*")]

myst_enable_extensions = ["dollarmath"]
# Anchors as GitHub makes them, so that a link works in both places.
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say it in words
napoleon_use_rtype = False
napoleon_use_param = False
napoleon_use_ivar = False
napoleon_custom_sections = [("Args", "params_style")]
default_role = "code"  # docstrings write `x` for code, as Markdown does
add_module_names = False

html_theme = "furo"
html_title = "backprop-course"
html_static_path = ["stylesheets"]
html_css_files = ["site.css"]
html_favicon = "images/icon.svg"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "source_repository": f"https://github.com/{repository}/",
    "source_branch": "main",
    "source_directory": "docs/",
}
pygments_style = "tango"
pygments_dark_style = "github-dark"


def _with_dashes(_app, page):
    """Set a dash between a name and what is said of it, where Sphinx leaves two hyphens to be replaced."""
    for text in list(page.findall(nodes.Text)):
        if text.startswith(" -- "):
            text.parent.replace(text, nodes.Text(f" – {text[4:]}"))


def setup(app):
    """Look at each page when it has been read."""
    app.connect("doctree-read", _with_dashes)
