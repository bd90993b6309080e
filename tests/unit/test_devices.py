"""Which device a notebook computes on, and what is said where tensors are on different ones."""

import itertools

import pytest
import torch
from fake_device import fake_gpu

from course_lib import Leaf, build_graph, check, choose_device, count, debug
from course_lib.errors import CourseError, GraphError

DEVICES = ["auto", "cpu", "cuda", "mps"]


@pytest.fixture(autouse=True)
def _nobody_has_chosen(monkeypatch):
    monkeypatch.delenv("BACKPROP_COURSE_DEVICE", raising=False)


@pytest.fixture
def machine(monkeypatch):
    """Return a function that says which GPUs torch is to find."""

    def has(*gpus):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in gpus)

    return has


# --- Choosing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gpus", [(), ("cuda",), ("mps",), ("cuda", "mps")], ids=str)
@pytest.mark.parametrize("wanted", DEVICES)
def test_what_is_there_is_taken_and_what_is_not_is_said_in_a_line(machine, capsys, wanted, gpus):
    machine(*gpus)
    first = "cuda" if "cuda" in gpus else "cpu"
    there = wanted in {"auto", "cpu", *gpus}
    assert choose_device(wanted) == (first if wanted == "auto" else wanted if there else "cpu")
    assert len(capsys.readouterr().out.splitlines()) == (0 if there else 1)


def test_auto_is_what_a_notebook_gets_that_asks_for_nothing(machine):
    machine("cuda")
    assert choose_device() == "cuda"


def test_without_a_gpu_it_says_where_colab_has_one(machine, capsys):
    machine()
    choose_device("cuda")
    said = capsys.readouterr().out
    assert "in Colab, choose Runtime > Change runtime type > GPU" in said
    assert "on the CPU" in said


@pytest.mark.parametrize(("built_for", "words"), [(None, "built for the CPU alone"), ("12.8", "finds no NVIDIA GPU")])
def test_it_says_what_is_missing(machine, monkeypatch, capsys, built_for, words):
    machine()
    monkeypatch.setattr(torch.version, "cuda", built_for)
    choose_device("cuda")
    assert words in capsys.readouterr().out


def test_double_precision_is_not_for_apples_gpus(machine, capsys):
    machine("cuda", "mps")
    assert choose_device("mps", float64=True) == "cpu"
    assert "no float64" in capsys.readouterr().out
    assert choose_device("auto", float64=True) == choose_device("cuda", float64=True) == "cuda"


@pytest.mark.parametrize(("forced", "wanted"), list(itertools.product(DEVICES, DEVICES)))
def test_the_graders_choice_wins_without_a_word(machine, monkeypatch, capsys, forced, wanted):
    machine("cuda")
    monkeypatch.setenv("BACKPROP_COURSE_DEVICE", forced)
    assert choose_device(wanted) == {"auto": "cuda", "mps": "cpu"}.get(forced, forced)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["gpu", "CUDA", "meta", "", "cuda:0", 0])
def test_another_name(name):
    with pytest.raises(CourseError, match=r'there is no device .*Choose one of "auto", "cpu", "cuda", "mps"\.'):
        choose_device(name)


def test_one_gpu_of_several_is_chosen_before_python_starts():
    with pytest.raises(CourseError, match="set CUDA_VISIBLE_DEVICES=1 before Python starts"):
        choose_device("cuda:1")


def test_a_wrong_name_in_the_environment_is_known_by_its_variable(monkeypatch):
    monkeypatch.setenv("BACKPROP_COURSE_DEVICE", "gpu")
    with pytest.raises(CourseError, match="BACKPROP_COURSE_DEVICE: there is no device 'gpu'"):
        choose_device("cpu")


def test_who_wants_the_cpu_touches_no_gpu(monkeypatch):
    """Torch is not even asked: a process that has looked for a GPU may be unable to fork."""

    def asked():
        raise AssertionError

    monkeypatch.setattr(torch.cuda, "is_available", asked)
    monkeypatch.setattr(torch.backends.mps, "is_available", asked)
    assert choose_device("cpu") == "cpu"
    monkeypatch.setenv("BACKPROP_COURSE_DEVICE", "cpu")
    assert choose_device("cuda") == "cpu"


def test_choosing_a_gpu_does_not_begin_to_use_it(monkeypatch, machine):
    def begun():
        raise AssertionError

    machine("cuda")
    monkeypatch.setattr(torch.cuda, "init", begun)
    monkeypatch.setattr(torch.cuda, "_lazy_init", begun)
    assert choose_device("auto") == choose_device("cuda") == "cuda"


# --- A mix-up ---------------------------------------------------------------------------------------------------------


def passes(engine, graph, one=1.0):
    engine["forward_algorithm"](graph)
    engine["backward_algorithm"](graph, one=one)


def on(device, *shape):
    return torch.ones(shape, device=device)


OPERATIONS = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "@": lambda x, y: x @ y,
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("places", [("cpu", "meta"), ("meta", "cpu")])
def test_leaves_on_two_devices(engine, operation, places):
    first, second = (Leaf(on(place, 2, 2), name) for place, name in zip(places, "AB", strict=True))
    with pytest.raises(GraphError) as caught:
        engine["forward_algorithm"](OPERATIONS[operation](first, second).sum())
    for name, place in zip("AB", places, strict=True):
        assert f"Leaf {name}" in str(caught.value)
        assert f"is on {place}" in str(caught.value)
    assert "device=device" in str(caught.value)


def test_the_leaf_that_began_it_is_named(engine):
    graph = Leaf(on("cpu", 2), "x").exp() * -Leaf(on("meta", 2), "y")
    with pytest.raises(GraphError, match=r"Exp is on cpu \(by Leaf x\), Negate is on meta \(by Leaf y\)"):
        engine["forward_algorithm"](graph)


def test_leaves_without_names_on_two_devices(engine):
    graph = (Leaf(on("cpu", 2)) * Leaf(on("meta", 2))).sum()
    with pytest.raises(GraphError, match="Leaf is on cpu, Leaf is on meta"):
        engine["forward_algorithm"](graph)


def test_an_array_is_not_on_the_gpu(engine):
    graph = Leaf(on("meta", 2), "x") * Leaf(on("cpu", 2).numpy(), "y")
    with pytest.raises(GraphError, match="Leaf x is on meta, Leaf y is on cpu"):
        engine["forward_algorithm"](graph)


def test_a_single_number_on_the_cpu_goes_with_any_device(engine):
    """So torch has it; and its gradient comes from the other device."""
    s, x = Leaf(on("cpu"), "s"), Leaf(on("meta", 3), "x")
    passes(engine, (s * x).sum(), on("meta"))
    assert str(x.gradient.device) == str(s.gradient.device) == "meta"


@pytest.mark.parametrize("one", [1.0, 2])
def test_a_plain_number_is_no_seed_for_a_tensor(engine, one):
    x = Leaf(on("meta", 3), "x")
    with pytest.raises(GraphError, match="does it use its argument `one`"):
        passes(engine, x.sum(), one)


@pytest.mark.parametrize("places", [("cpu", "meta"), ("meta", "cpu")])
def test_a_seed_from_elsewhere(engine, places):
    x = Leaf(on(places[0], 3), "x")
    with pytest.raises(GraphError) as caught:
        passes(engine, (x * x).sum(), on(places[1]))
    assert f"Mul has a value on the device {places[0]}, but was sent a gradient on {places[1]} by Matsum" in str(
        caught.value
    )
    assert "Is the tensor `one`, from which the backward pass starts, on that device, too?" in str(caught.value)


def test_a_seed_of_several_entries_from_elsewhere(engine):
    x = Leaf(on("cpu", 3), "x")
    with pytest.raises(GraphError, match="Leaf x is on cpu, the gradient it starts from is on meta"):
        passes(engine, -x, on("meta", 3))


def test_a_seed_from_elsewhere_in_a_graph_of_gradients(engine):
    x = Leaf(on("meta", 3), "x")
    engine["forward_algorithm"](graph := (x * x).sum())
    with build_graph():
        engine["backward_algorithm"](graph, one=Leaf(on("cpu")))
    with pytest.raises(GraphError, match=r"Matexpand is on cpu \(by a Leaf without a name\)"):
        engine["forward_algorithm"](x.gradient)


def test_a_gradient_that_is_accumulated_from_elsewhere():
    x = Leaf(on("cpu", 3), "x")
    x.forward()
    with pytest.raises(GraphError, match="Leaf x has a value on the device cpu, but was sent a gradient on meta"):
        x.accumulate_gradient(on("meta", 3))
    assert x.gradient is None


def test_a_constant_takes_a_gradient_from_anywhere():
    constant = (Leaf(on("cpu", 3), "x") ** 2).input_nodes[0]
    constant.constant = True
    constant.forward()
    constant.accumulate_gradient(on("meta", 3))


# --- Checks -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def graph(engine):
    """A graph on the GPU that is not there, run forward and backward."""
    with fake_gpu():
        x = Leaf(torch.tensor([[1.0, 2.0], [3.0, 4.0]], device="cuda"), "x")
        passes(engine, z := (x @ x).sum(), torch.tensor(1.0, device="cuda"))
        yield x, z


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_what_is_expected_may_be_on_another_device(graph, device):
    x, z = graph
    right = torch.tensor([[7.0, 11.0], [9.0, 13.0]], device=device)
    check.gradient(x, right, of=z)
    check.gradient(x, right.cpu().numpy(), of=z)
    check.value("The gradient", right, x.gradient)
    check.result(z, torch.tensor(54.0, device=device))
    with pytest.raises(CourseError, match=r"x.gradient is 7 at \[0, 0\]; it should be 8"):
        check.gradient(x, right + 1, of=z)


def test_the_debugger_looks_at_a_graph_on_the_gpu(graph):
    x, z = graph
    assert debug(z).right
    x.gradient = 2 * x.gradient
    assert not debug(z).right


def test_counting_needs_no_gpu(graph, engine):
    _, z = graph
    counted = count(z, engine["forward_algorithm"], engine["backward_algorithm"])
    assert counted.forward.multiplications == 8


@pytest.fixture
def without_numbers(engine):
    x = Leaf(on("meta", 2, 2), "x")
    passes(engine, z := (x @ x).sum(), on("meta"))
    return x, z


@pytest.mark.parametrize(
    ("look", "name"),
    [
        (lambda x, z: check.gradient(x, torch.ones(2, 2), of=z), "x.gradient"),
        (lambda _, z: check.result(z, 1.0), "Matsum.result"),
        (lambda x, _: check.value("This", x.result, x.result), "This"),
        (lambda _, z: debug(z), "The value of x"),
    ],
)
def test_tensors_without_numbers(without_numbers, look, name):
    with pytest.raises(GraphError, match=f'{name} is a tensor on the device "meta", which has a shape but no numbers'):
        look(*without_numbers)


def test_tensors_without_numbers_can_be_counted_and_printed(without_numbers, engine):
    x, z = without_numbers
    assert count(z, engine["forward_algorithm"], engine["backward_algorithm"]).forward.multiplications == 8
    assert "x" in repr(z)
    assert "x" in x._repr_mimebundle_()["text/plain"]
