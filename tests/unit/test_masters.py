"""What is read from the instructor's copy of a notebook."""

from autograder.execution.masters import Master
from autograder.repair import MasterCell


def cell(source, **changes):
    return MasterCell(**{"name": "a", "cell_type": "code", "source": source, "locked": True, "points": None, **changes})


def test_what_given_cells_import_is_known_beforehand_and_what_hidden_tests_import_is_not():
    cells = [
        cell("import json as j\nfrom xml.etree import ElementTree\nfrom engine import Add"),
        cell("%matplotlib inline\nimport csv"),
        cell("import math\n### BEGIN HIDDEN TESTS\nimport sqlite3\n### END HIDDEN TESTS"),
        cell("import wave", locked=False),
        cell("import zipfile", cell_type="markdown"),
    ]
    assert Master(cells, None).modules("### BEGIN HIDDEN", "### END HIDDEN") == ["json", "xml.etree", "math"]
