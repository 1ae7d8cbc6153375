"""The pretended GPU: it refuses what CUDA refuses, waits where CUDA waits, and computes alike."""

import copy
import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import nn
from torch.nn import functional as F
from torch.utils import backend_registration

from tools.pretended_gpu import ROOT, device, make_start_up
from tools.pretended_gpu import __main__ as program

pytestmark = pytest.mark.slow
N = 4


def here():
    return torch.arange(1.0, N + 1)


def there():
    return here().to("cuda")


def index():
    return torch.tensor([2, 0], device="cuda")


MIXED = "found at least two devices"
NUMPY = r"can't convert .* to numpy"
INDICES = "indices should be either on cpu or on the same device"
REFUSED = {
    "adding": (lambda: here() + there(), MIXED),
    "adding to a CPU tensor": (lambda: here().add_(there()), MIXED),
    "adding to a GPU tensor": (lambda: there().add_(here()), MIXED),
    "adding a GPU number to a CPU tensor": (lambda: here() + there().sum(), MIXED),
    "adding to a CPU number": (lambda: torch.tensor(1.0).add_(there().sum()), MIXED),
    "a result for the CPU": (lambda: torch.add(there(), there(), out=here()), MIXED),
    "a result for the GPU": (lambda: torch.add(here(), here(), out=there()), MIXED),
    "joining": (lambda: torch.cat([here(), there()]), MIXED),
    "stacking numbers": (lambda: torch.stack([here().sum(), there().sum()]), MIXED),
    "choosing": (lambda: torch.where(here() > 2, there(), there()), MIXED),
    "multiplying matrices": (lambda: here()[None] @ there()[:, None], MIXED),
    "gathering": (lambda: there().gather(0, torch.tensor([1])), MIXED),
    "a loss": (lambda: F.cross_entropy(there()[None], torch.tensor([1])), MIXED),
    "a layer": (lambda: nn.Linear(N, 2)(there()), MIXED),
    "a layer that was moved": (lambda: nn.Linear(N, 2).cuda()(here()), MIXED),
    "writing to places": (lambda: there().__setitem__(index(), here()[:2]), MIXED),
    "indexing the CPU": (lambda: here()[index()], INDICES),
    "masking the CPU": (lambda: here()[there() > 2], INDICES),
    "writing to the CPU": (lambda: here().__setitem__(index(), 0.0), INDICES),
    "numpy()": (lambda: there().numpy(), NUMPY),
    "np.asarray": (lambda: np.asarray(there()), NUMPY),
    "np.array": (lambda: np.array(there()), NUMPY),
    "a function of NumPy": (lambda: np.add(there(), 1), NUMPY),
    "a list for NumPy": (lambda: np.asarray([there(), there()]), NUMPY),
    "from_numpy": (lambda: torch.from_numpy(there()), "expected np.ndarray"),
    "from_dlpack": (lambda: np.from_dlpack(there()), NUMPY),
    "a view of its memory": (lambda: memoryview(there()), "bytes-like"),
    "its memory": (lambda: np.frombuffer(there().untyped_storage()), "bytes-like"),
    "pinning": (lambda: there().pin_memory(), "only dense CPU tensors can be pinned"),
    "a CPU generator for rand": (
        lambda: torch.rand(3, device="cuda", generator=torch.Generator()),
        "device type for generator",
    ),
    "a CPU generator for randperm": (
        lambda: torch.randperm(3, device="cuda", generator=torch.Generator()),
        "device type for generator",
    ),
    "a CPU generator in place": (
        lambda: there().normal_(generator=torch.Generator()),
        "device type for generator",
    ),
    "a label that is too high": (
        lambda: F.cross_entropy(there()[None], torch.tensor([N], device="cuda")),
        "device-side assert",
    ),
}


def refused(name):
    try:
        REFUSED[name][0]()
    except (RuntimeError, TypeError) as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", REFUSED)
def test_what_cuda_refuses_is_refused(name, on_pretended_gpu):
    said = on_pretended_gpu(refused, name)
    assert said is not None
    assert re.search(REFUSED[name][1], said), said


# What is done, the waits, and the copies to the device, for tensors that are made beforehand.
COUNTED = {
    "a number": (lambda one: one.sum().item(), 1, 0),
    "a float": (lambda one: float(one[0]), 1, 0),
    "a condition": (lambda one: bool(one.sum() > 2), 1, 0),
    "a format": (lambda one: f"{one.sum():.1f}", 1, 0),
    "a list": (lambda one: one.tolist(), 1, 0),
    "printing": (repr, 1, 0),
    "to the CPU": (lambda one: one.cpu(), 1, 0),
    "to the CPU, without blocking": (lambda one: one.to("cpu", non_blocking=True), 1, 0),
    "into a CPU tensor": (lambda one: torch.empty(N).copy_(one), 1, 0),
    "comparing": (lambda one: torch.equal(one, one), 1, 0),
    "comparing roughly": (lambda one: torch.allclose(one, one), 1, 0),
    "the largest of Python": (max, N - 1, 0),
    "a mask": (lambda one: one[one > 2], 1, 0),
    "writing many to a mask": (lambda one: one.__setitem__(one > 0, one.clone()), 1, 0),
    "writing one to a mask": (lambda one: one.__setitem__(one > 2, 0.0), 0, 0),
    "where": (lambda one: torch.where(one > 2), 1, 0),
    "nonzero": (lambda one: one.nonzero(), 1, 0),
    "masked_select": (lambda one: one.masked_select(one > 2), 1, 0),
    "unique": (lambda one: one.unique(), 1, 0),
    "bincount": (lambda one: one.long().bincount(), 1, 0),
    "eigenvalues": (lambda one: torch.linalg.eigh(torch.outer(one, one)), 1, 0),
    "waiting": (lambda one: torch.cuda.synchronize(), 1, 0),
    "an index from the CPU": (lambda one: one[torch.tensor([1, 2])], 1, 1),
    "a list as index": (lambda one: one[[1, 2]], 1, 1),
    "an index on the device": (lambda one: one[one.long() - 1], 0, 0),
    "a slice": (lambda one: one[1:3], 0, 0),
    "bringing": (lambda one: here().to("cuda"), 1, 1),
    "bringing without blocking": (lambda one: here().to("cuda", non_blocking=True), 0, 1),
    "making there": (lambda one: torch.zeros(3, device="cuda"), 0, 0),
    "numbers brought": (lambda one: torch.tensor([1.0, 2.0], device="cuda"), 1, 1),
    "chance": (lambda one: torch.rand_like(one), 0, 0),
    "arithmetic": (lambda one: (one * 2 + 1).softmax(0).topk(2), 0, 0),
}


def counted(name):
    one = there()
    with device.counting() as seen:
        COUNTED[name][0](one)
    return seen.waits, seen.copies, list(seen.places)


@pytest.mark.parametrize("name", COUNTED)
def test_waits_and_copies_are_counted(name, on_pretended_gpu):
    waits, copies, places = on_pretended_gpu(counted, name)
    assert (waits, copies) == COUNTED[name][1:]
    assert all(place.startswith("test_pretended_gpu.py:") for place in places)
    assert bool(places) == bool(waits)


def train(name):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    model = nn.Sequential(model, nn.Linear(4 * 36, 10)).to(name)
    images, labels = torch.rand(20, 1, 8, 8).to(name), (torch.arange(20) % 10).to(name)
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels, label_smoothing=0.1).backward()
        optimizer.step()
    values = list(model.state_dict().values())
    assert {value.device.type for value in values} == {name}
    return [value.cpu().numpy() for value in values]


def test_it_computes_what_the_cpu_computes(on_pretended_gpu):
    pairs = zip(train("cpu"), on_pretended_gpu(train, device.NAME), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def random_numbers():
    """The CPU's after the device's were drawn, the device's twice, and a generator's twice."""
    torch.manual_seed(3)
    first = torch.rand(3, device="cuda").tolist()
    cpu = torch.rand(3).tolist()
    state = torch.cuda.get_rng_state()
    second = torch.rand(3, device="cuda").tolist()
    torch.cuda.set_rng_state(state)
    again = torch.rand(3, device="cuda").tolist()
    own = [torch.Generator("cuda").manual_seed(1) for _ in range(2)]
    drawn = [torch.rand(3, device="cuda", generator=one).tolist() for one in own]
    kinds = [isinstance(one, torch.Generator) for one in (*own, torch.default_generator)]
    return cpu, first, second, again, drawn, kinds, own[0].device.type


def test_the_device_has_random_numbers_of_its_own(on_pretended_gpu):
    cpu, first, second, again, drawn, kinds, where = on_pretended_gpu(random_numbers)
    assert cpu == torch.rand(3, generator=torch.Generator().manual_seed(3)).tolist()
    assert first != second == again
    assert drawn[0] == drawn[1]
    assert all(kinds)
    assert where == device.NAME


def saved():
    model = nn.Linear(3, 2).to("cuda")
    values = copy.deepcopy(model).state_dict()
    there = load(save(values))
    same = [torch.equal(there[name], value.cpu()) for name, value in values.items()]
    one, other = (values[name].untyped_storage().data_ptr() for name in ("weight", "bias"))
    return same, one == other


def test_its_weights_can_be_copied_and_saved(on_pretended_gpu):
    assert on_pretended_gpu(saved) == ([True, True], False)


def names():
    return torch.accelerator.current_accelerator().type, torch.cuda.is_available()


def test_it_is_the_accelerator(on_pretended_gpu):
    assert on_pretended_gpu(names) == (device.NAME, True)


def test_a_start_up_file_gives_it_to_every_python(tmp_path):
    if why := device.missing_door():
        pytest.skip(why)
    code = "import sys; print('torch' in sys.modules); import torch; print(torch.ones(1).cuda())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | make_start_up(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "False\npretend(tensor([1.]))\n", done.stderr


BRIEFLY = """\
from mnist_helpers.data import batch_loader, load_stand_in
from mnist_helpers.train import fit

digits = load_stand_in().train.sample(1200)
model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
assert len(digits) == 1000
assert len(fit(model, batch_loader(digits), epochs=5, reporters=[]).epochs) == 2"""
NOTEBOOKS = {
    "01_settings": ["fast, seed = False, 3", "assert (fast, seed) == (True, 3)", BRIEFLY],
    "02_in_the_folder": ["%%writefile saved.txt\nhello", "assert open('saved.txt').read()"],
    "03_refused": ["open('saved.txt')", "torch.ones(1).cuda().numpy()", "print('never')"],
    "04_quits": ["import os; os._exit(7)"],
}
RUN = """
import sys
from pathlib import Path
import tools.pretended_gpu.__main__ as program
program.FOLDERS = {"series": Path(sys.argv[1])}
program.COPIED = sys.argv[2] == "copied"
program._import_libraries = lambda: __import__("mnist_helpers.train")  # these need no others
sys.exit(program.main(sys.argv[3:]))
"""


@pytest.mark.parametrize(
    ("how", "only", "ends"),
    [
        ("copied", (), ["ok", "ok", "FAILED", "FAILED"]),
        ("new", ("--only", "02", "03"), ["ok", "FAILED"]),
    ],
)
def test_each_notebook_runs_on_it_and_a_failure_is_named(how, only, ends, tmp_path):
    if why := device.missing_door():
        pytest.skip(why)
    if how == "copied" and not hasattr(os, "fork"):
        pytest.skip("this system cannot copy a process")
    for name, sources in NOTEBOOKS.items():
        cells = [nbformat.v4.new_code_cell(source) for source in ["import torch", *sources]]
        cells[1].metadata["tags"] = ["parameters"]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    command = [sys.executable, "-c", RUN, str(tmp_path), how, *only]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    said = re.findall(r"^\d\d_\w+: (\w+) in \d+ s$", done.stdout, re.M)
    assert said == ends, done.stdout + done.stderr
    assert done.stdout.count("can't convert pretend:0") == 1
    assert "This was cell 2." in done.stdout
    assert "never" not in done.stdout
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(NOTEBOOKS)


def test_a_number_that_no_notebook_has_is_an_error(capsys):
    with pytest.raises(SystemExit) as stop:
        program.main(["--only", "77", "8"])
    assert stop.value.code == 2
    assert "no notebook begins with 77 or 8" in capsys.readouterr().err


def test_a_pytorch_without_the_door_is_told(monkeypatch):
    monkeypatch.delattr(backend_registration, device.DOOR, raising=False)
    assert device.missing_door().startswith("this PyTorch has no door for a pretended GPU")
    monkeypatch.setattr(device, "_installed", [])
    with pytest.raises(RuntimeError, match="no door"):
        device.install()
