"""What a person is asked to look at in a student's code, and what nobody is bothered with."""

import pytest

from autograder.judge.suspicion import remarks
from autograder.samples import mistakes, models


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("g = torch.autograd.grad(y, x)", "autograd"),
        ("from torch.autograd import grad", "autograd"),
        ("x = torch.tensor(1.0, requires_grad=True)", "requires_grad"),
        ("x.requires_grad_()", "requires_grad_"),
        ("getattr(torch, 'autograd').grad(y, x)", "autograd"),
        ("from torch.func import jacrev", "jacrev"),
        ("import course_lib.answering as a", "answering"),
        ("import sys\nsys.modules['torch'] = None", "sys.modules"),
        ("import sys\nsys._getframe(3)", "_getframe"),
        ("%matplotlib inline\nx.requires_grad_()", "requires_grad_"),
    ],
)
def test_it_is_named_with_its_line(source, name):
    (found,) = [remark for remark in remarks(source) if f"`{name}`" in remark]
    assert found.startswith(f"line {source[: source.rindex(name)].count(chr(10)) + 1} ")


def test_honest_work_is_no_matter_for_remarks(solutions):
    honest = [*solutions.values(), *(model.code for model in models.MODELS)]
    honest += [mistake.applied_to(solutions[mistake.cell]) for mistake in mistakes.ALL]
    assert [remark for source in honest for remark in remarks(source)] == []


@pytest.mark.parametrize(
    "source", ["", "x = (", "\0", "(" * 500, "# torch.autograd is not allowed", '"""Uses autograd."""']
)
def test_what_is_no_code_is_no_matter_either(source):
    assert remarks(source) == []
