"""Links to files of the repository that are no pages of the site: they lead to GitHub, if the file is there."""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

_LINK = re.compile(r"\]\(\.\./(?P<path>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")
_log = logging.getLogger(__name__)


def setup(app: Sphinx):
    """Have the links of each page looked at before it is read."""
    app.add_config_value("repository", "", "env", types=[str])
    app.connect("source-read", _lead_outside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _lead_outside(app: Sphinx, name: str, source: list[str]):
    if "/" in name:  # such a page's `../` is docs/ itself
        return
    root = Path(app.srcdir).parent

    def lead(link: re.Match) -> str:
        path = link["path"]
        if not (root / path).exists():
            _log.warning("%s is not there", path, location=name, type="outside_links")
        kind = "tree" if (root / path).is_dir() else "blob"
        return f"](https://github.com/{app.config.repository}/{kind}/main/{path}{link['anchor'] or ''})"

    source[0] = _LINK.sub(lead, source[0])
