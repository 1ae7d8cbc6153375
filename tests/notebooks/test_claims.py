"""What the notebooks' prose claims is true: computed on MNIST, or read off the stored outputs."""

import itertools
import re

import nbformat
import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from torch.nn import functional as F

from benchmarks.recipes import APART, STORY
from mnist_helpers.data import (
    MEAN,
    STD,
    load_mnist,
    load_stand_in,
    normalize,
    split_train_validation,
)
from mnist_helpers.model import DigitCNN, QuickCNN, count_parameters
from mnist_helpers.recipes import load_measured
from mnist_helpers.synthetic import FONTS, FONTS_HELD_OUT
from mnist_helpers.train import Tuning
from tools.notebooks import FOLDER


def notebook(number):
    (path,) = FOLDER.glob(f"{number}_*.ipynb")
    return nbformat.read(path, as_version=4)


def prose(number):
    cells = notebook(number).cells
    return " ".join(cell.source for cell in cells if cell.cell_type == "markdown")


def printed(number):
    """All that the stored outputs of a notebook have printed."""
    outputs = [output for cell in notebook(number).cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def captions(number):
    """The captions of the stored figures of a notebook, one in a line."""
    outputs = [output for cell in notebook(number).cells for output in cell.get("outputs", [])]
    shown = [output.data for output in outputs if output.output_type == "display_data"]
    return "\n".join("".join(data.get("text/plain", "")) for data in shown)


# On MNIST


@pytest.fixture(scope="module")
def data():
    found = load_mnist()
    if not found.is_mnist:
        pytest.skip("MNIST is not here")
    return found


@pytest.fixture(scope="module")
def parts(data):
    return split_train_validation(data.train)


def averages_read(parts, training=None, change=lambda images: images):
    """The fraction of the (changed) validation images that ten averages read, as in 01."""
    training, validation = training or parts[0], parts[1]
    pixels = training.images.float().flatten(1)
    means = torch.stack([pixels[training.labels == digit].mean(dim=0) for digit in range(10)])
    questions = change(validation.images).float().flatten(1)
    answers = torch.cdist(questions, means).argmin(dim=1)
    return (answers == validation.labels).float().mean().item()


def test_01_the_tasks_about_the_averages_end_as_predicted(parts):
    usual = averages_read(parts)
    few = averages_read(parts, parts[0].subset(slice(0, 100)))
    assert usual - 0.1 < few < usual - 0.02, "it falls, but by less than you fear"


def test_02_averages_misread_most_digits_that_are_moved_by_three_pixels(parts):
    assert averages_read(parts) > 0.75
    assert averages_read(parts, change=lambda images: torch.roll(images, 3, 1)) < 0.5
    assert averages_read(parts, change=lambda images: torch.roll(images, 3, 2)) < 0.5


def test_02_edges_light_up_on_the_7_and_the_1_as_the_task_says(data):
    """As in the explorable, a place is lit up if it has more than half of the most, which is 3."""
    images, labels = data.train.images.float() / 255, data.train.labels
    digits = [images[labels == 7][0], images[labels == 1][2]]
    assert "data.train.labels == 1][2]" in next(
        cell.source for cell in notebook("02").cells if cell.id == "02-12b"
    )
    edge = torch.tensor([[-1.0, -1, -1], [0, 0, 0], [1, 1, 1]])
    lit = [
        [int((F.conv2d(one[None, None], kernel[None, None]) > 1.5).sum()) for one in digits]
        for kernel in (edge.T, edge, -edge)
    ]
    (left_7, left_1), (top_7, top_1), (low_7, low_1) = lit
    assert min(left_7, left_1) > 30
    assert min(top_7, low_7) >= 30
    assert max(top_1, low_1) <= 3, "only the 7 has a bar"


def test_01_the_folded_answers_are_true(data, parts):
    assert averages_read(parts) == pytest.approx(4 / 5, abs=0.02), "four times in five"
    sevens = data.train.images[data.train.labels == 7]
    assert (sevens > 127).float().mean().item() == pytest.approx(0.1, abs=0.02), "about a tenth"
    counts = torch.bincount(data.train.labels) / len(data.train)
    assert (counts.argmax(), counts.argmin()) == (1, 5)
    assert 0.08 < counts.min() < counts.max() < 0.12


def test_01_the_constants_are_those_of_the_training_images(data):
    ink = data.train.images.double() / 255
    assert (ink.mean().item(), ink.std().item()) == pytest.approx((MEAN, STD), abs=1e-4)


def test_09_one_digit_in_eight_has_ink_outside_the_middle(data):
    outside = data.train.images.clone()
    outside[:, 2:26, 2:26] = 0
    fraction = (outside.flatten(1).amax(dim=1) > 0).float().mean().item()
    assert 1 / 9 < fraction < 1 / 7
    assert outside.sum() < 0.005 * data.train.images.sum(), "little but paper"


def test_08_a_fifth_of_the_neighbours_among_raw_pixels_have_another_label(parts):
    looked_at = parts[1].sample(1500, 0)
    pixels, labels = looked_at.images.flatten(1).float().numpy(), looked_at.labels.numpy()
    _, neighbours = NearestNeighbors(n_neighbors=11).fit(pixels).kneighbors(pixels)
    strange = (labels[neighbours[:, 1:]] != labels[:, None]).mean()
    assert 0.15 < strange < 0.25


# Without it


def test_02_half_the_filters_make_half_the_weights():
    half = count_parameters(DigitCNN(channels=(8, 16)))
    assert half / count_parameters(DigitCNN()) == pytest.approx(0.5, abs=0.02)
    assert 16 * 5 * 5 == 400


def test_02_one_edge_alone_is_not_enough_for_the_corner_filter():
    """Ink is at most 1, so no number of an edge filter's map is above 3."""
    cell = next(cell.source for cell in notebook("02").cells if cell.id == "02-25c")
    corner = eval(re.search(r"corner = (.+)", cell)[1], {"torch": torch})
    bias = float(re.search(r"bias=(-?\d+)\)", cell)[1])
    assert all(3 * table.sum() + bias <= 0 for table in corner)
    assert 3 * corner.sum() + bias > 0
    assert "3 + 3 − 6 = 0" in prose("02")


@pytest.mark.slow
def test_04_a_network_reads_more_letters_of_strange_fonts_than_averages_do(monkeypatch):
    """The project's cells, run after their notebook's imports."""
    cells = {cell.id: cell.source for cell in notebook("04").cells}
    monkeypatch.setattr("mnist_helpers.lessons.figures.show", lambda figure, alt: None)
    imports = cells["04-05"].partition("\n\ncheck_settings")[0]
    space = {"seed": 0}
    for source in (imports, cells["04-50"], cells["04-52"], cells["04-53"]):
        exec(source, space)
    rows = {}
    for fonts, (images, letters) in {"known": space["known"], "strange": space["strange"]}.items():
        distances = torch.cdist(images.flatten(1), space["averages"])
        rows[fonts] = distances.argmin(1), space["reader"](images).argmax(1)
        rows[fonts] = [(answers == letters).float().mean().item() for answers in rows[fonts]]
    (averages, network), (averages_strange, network_strange) = rows["known"], rows["strange"]
    assert 0.8 < averages_strange < averages, "most of them, and more of those it knows"
    assert averages_strange < network_strange < network
    assert any("Serif" in font for font in FONTS_HELD_OUT), "a cousin of the sans-serif ones"
    assert not set(FONTS) & set(FONTS_HELD_OUT)


def test_07_the_weights_take_a_little_more_than_half_a_megabyte_as_text():
    assert 0.5 < count_parameters(DigitCNN()) * 4 * 4 / 3 / 1e6 < 0.65


def test_09_counts_each_layer_of_the_recipe_as_often_as_it_is_computed():
    images = torch.randint(0, 256, (50, 28, 28), dtype=torch.uint8)
    model, times = QuickCNN(), []
    model.set_filters(images)
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            layer.register_forward_hook(
                lambda layer, inputs, _: times.append(
                    1 + layer.weight.requires_grad + inputs[0].requires_grad
                )
            )
    model(normalize(images))
    assert times == [1, 2, 3, 3]
    (limit,) = [cell.source for cell in notebook("09").cells if cell.id == "09-57b"]
    assert "first + 2 * second + 3 * sum(rest)" in limit


def test_09_names_the_dots_of_its_figure_as_its_headings_do():
    headings = re.findall(r"^## Change (\d: .+)$", prose("09").replace(" ## ", "\n\n## "), re.M)
    dots = load_measured("training")["story"][1:]
    assert dots == headings == list(STORY)[1:]
    assert len(headings) == 7
    undone = [re.search(r"(\d) undone", name) for name in APART]
    assert {found[1] for found in undone if found} == set("1234567") - set("14")
    assert "(1 and 4 were not)" in prose("09")


@pytest.fixture
def settings_of(monkeypatch):
    """What each recipe of 09's figure trains, with which settings; nothing is trained."""
    seen = {}

    def settings(model, loader, **options):
        batch, augment = loader.batch_sampler or loader.sampler, options.get("augment")
        tuning = options.get("tuning") or Tuning()
        fitted = {
            "network": type(model).__name__,
            "order": model.features[3].weight.is_contiguous(),
            "normalized": any(isinstance(layer, torch.nn.BatchNorm2d) for layer in model.modules()),
            "fixed": not model.features[0].weight.requires_grad,
            "dropout": sum(one.p for one in model.modules() if isinstance(one, torch.nn.Dropout)),
            "batch": batch.batch_size,
            "images": len(batch.sampler) * (5 if not options else 1),
            "picture by picture": loader.batch_size is not None,
            "moved": augment is not None,
            "rate": options.get("learning_rate", 0.001),
            "fit": bool(options),
            "betas": tuning.betas,
            "smoothing": tuning.label_smoothing,
        }
        seen.update(fitted)

    def plain(data, loader, memory_format):
        settings(DigitCNN().to(memory_format=memory_format), loader)

    monkeypatch.setattr("benchmarks.recipes._plain_loop", plain)
    monkeypatch.setattr("benchmarks.recipes.fit", settings)

    def recipe(name):
        seen.clear()
        STORY[name](load_stand_in(), 0)
        return dict(seen)

    return recipe


def test_09_says_what_else_its_dots_change(settings_of):
    rows = [settings_of(name) for name in STORY]
    rows[0]["images"] = rows[1]["images"]  # both go through all of them five times
    changed = [
        {name for name in before if before[name] != after[name]}
        for before, after in itertools.pairwise(rows)
    ]
    assert changed == [
        {"picture by picture"},
        {"order"},
        {"fit", "rate", "images", "batch", "moved", "dropout"},
        {"network", "rate", "images", "batch", "moved", "dropout"},
        {"normalized", "smoothing", "rate", "images", "batch"},
        {"fixed"},
        {"betas", "images"},
    ]
    assert [row["batch"] for row in rows[3:6]] == [96, 128, 192]
    assert rows[3]["rate"] < rows[4]["rate"] < rows[5]["rate"] == rows[7]["rate"]
    assert 4 * rows[3]["images"] == 5 * 60_000, "a quarter of five epochs"
    assert (rows[0]["network"], rows[0]["batch"], rows[0]["rate"]) == ("DigitCNN", 64, 0.001)
    assert rows[4]["images"] > rows[3]["images"]
    assert rows[4]["images"] > rows[5]["images"] > rows[7]["images"] == 0.75 * rows[6]["images"]
    assert [row["dropout"] for row in rows[2:5]] == [0.2, 0.1, 0]


def test_09_undoing_a_change_makes_it_slower_or_less_accurate():
    rows = load_measured("training")["recipes"]
    quickest, spread = rows[list(STORY)[-1]], rows[list(STORY)[-1]]["accuracy_std"]
    for name in ("2 undone: contiguous", "6 undone: filters trained"):
        assert rows[name]["seconds"] > 1.2 * quickest["seconds"]
    for name in [one for one in APART if one.startswith(("part of", "7"))]:
        assert rows[name]["accuracy_mean"] < quickest["accuracy_mean"] - spread
        assert rows[name]["seconds"] < 1.2 * quickest["seconds"]
    each = quickest["accuracy_each"]
    assert quickest["accuracy_mean"] > 0.99 > min(each), "the mean is above, some are below"
    first = [rows[name]["points"] for name in list(STORY)[:3]]
    means = [[np.mean([run[n][1] for run in runs]) for n in range(5)] for runs in first]
    needed = [next(n for n, mean in enumerate(one, 1) if mean >= 0.99) for one in means]
    assert needed == [4, 4, 5]
    one, two = (rows[name]["seconds"] for name in list(STORY)[1:3])
    assert f"an epoch became {one / two:.1f} times as fast" in prose("09")


def test_09_relu_and_pooling_may_change_places():
    images = normalize(torch.randint(0, 256, (20, 28, 28), dtype=torch.uint8))
    space = {"DigitCNN": DigitCNN, "default": torch.contiguous_format}
    exec(next(cell.source for cell in notebook("09").cells if cell.id == "09-25a"), space)
    model, other = DigitCNN().eval(), space["relu_first"]().eval()
    other.load_state_dict(model.state_dict())
    kinds = [type(layer).__name__ for layer in other.features]
    assert kinds == ["Conv2d", "ReLU", "MaxPool2d"] * 2
    assert torch.allclose(model(images), other(images), atol=1e-5)


def test_03_counts_its_settings_and_the_lines_of_its_loop():
    cells = {cell.id: cell.source for cell in notebook("03").cells}
    settings = [line.split(" = ")[0] for line in cells["03-03"].splitlines()]
    assert settings[:2] == ["fast", "seed"]
    assert len(settings) == 2 + 5
    assert "The last five belong to the training" in cells["03-02"]
    loop = re.search(r"for _ in range\(60\):\n((?: {4}.+\n?)+)", cells["03-15b"])
    assert len(loop[1].splitlines()) == 5
    assert "The first four lines inside the last loop" in cells["03-17"]


def test_03_the_numbers_of_the_chain_are_right():
    (text,) = [cell.source for cell in notebook("03").cells if cell.id == "03-11a"]
    rows = re.findall(r"^(\w+).* ([\d.]+) +→ +([\d.]+) +\+ ([\d.]+)$", text, re.MULTILINE)
    weights = np.array([1, 1.01])
    right = {"weight": weights, "answer": 3 * weights, "loss": (3 * weights - 2) ** 2}
    assert {name: [float(n) for n in numbers] for name, *numbers in rows} == {
        name: pytest.approx([*both, both[1] - both[0]]) for name, both in right.items()
    }


def test_03_counts_the_weights_and_the_runs_that_nudging_takes():
    weights = count_parameters(DigitCNN())
    assert f"{weights:,} of them" in prose("03")
    assert f"{2 * weights:,} runs of the network" in prose("03")
    assert DigitCNN().classifier[-1].weight.shape == (10, 128)


# In the stored outputs


@pytest.fixture(scope="module")
def counted():
    """How many of a hundred pictures each step of 06 reads, in its order."""
    rows = re.findall(r"^(.+): (\d+) of (\d+) read correctly$", printed("06"), re.MULTILINE)
    return {name: 100 * int(right) / int(n) for name, right, n in rows}


def test_06_the_fixes_are_worth_what_the_text_says(counted):
    for recipe in ("the usual demo", "turned over if bright"):
        assert 10 < counted[recipe] < 25, "little better than guessing"
    ways = [name for name in counted if name != "turned over if bright"]
    gains = np.diff([counted[name] for name in ways])
    assert ways[1 + gains.argmax()] == "+ cut out", "the big one"
    assert gains.min() > -1
    framing = counted["+ centre of mass"] - counted["the usual demo"]
    assert counted["+ warps"] - counted["+ centre of mass"] < framing / 3


def test_the_learners_network_goes_through_the_series():
    kept = "checkpoints/digit_cnn.safetensors"
    for number in ("04", "05", "06"):
        assert f"Your network, from {kept}: it reads " in printed(number)
    assert "It is in checkpoints/warped_cnn.safetensors." in printed("06")
    for number in ("07", "08", "11"):
        assert "Your network, from checkpoints/warped_cnn.safetensors: " in printed(number)
    assert "It is in checkpoints/number_cnn.safetensors." in printed("11")


def test_10_compares_the_two_on_the_same_images():
    only = re.search(r"only Keras right: (\d+), only PyTorch right: (\d+)", printed("10"))
    assert min(map(int, only.groups())) > 0
    assert "overlap" not in prose("10")


def test_05_no_cell_takes_the_name_of_a_setting():
    """Or a cell above it could not run again."""
    cells = [cell for cell in notebook("05").cells if cell.cell_type == "code"]
    (settings,) = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    names = re.findall(r"^(\w+) = ", settings.source, re.MULTILINE)
    later = "\n".join(cell.source for cell in cells if cell is not settings)
    assert names
    assert not set(names) & set(re.findall(r"^(\w+) = ", later, re.MULTILINE))


def test_07_names_every_kind_of_step_in_the_file():
    (steps,) = re.findall(r"^Cast → .+$", printed("07"), re.MULTILINE)
    (text,) = [cell.source for cell in notebook("07").cells if cell.id == "07-29"]
    known = {"Conv", "MaxPool", "Relu", "Softmax"}  # "the steps of notebook 02"
    assert set(steps.split(" → ")) <= known | set(re.findall(r"`(\w+)`", text))


def test_08_dirt_at_random_does_not_do_what_the_attack_does():
    text = printed("08")
    assert int(re.search(r"^epsilon = (\d+): ", text, re.MULTILINE)[1]) <= 40
    assert int(re.search(r"^(\d+) of 100 random changes", text, re.MULTILINE)[1]) <= 10
    fooled, tried = map(int, re.search(r"^(\d+) of (\d+) fooled", text, re.MULTILINE).groups())
    assert fooled > 0.8 * tried, "most of them"


@pytest.fixture(scope="module")
def numbers():
    """How many numbers of each kind each step of 11 reads, in its order."""
    rows = re.findall(r"^(.+): \d+ of \d+ read correctly \((.+)\)$", printed("11"), re.MULTILINE)
    counts = {name: dict(part.rsplit(" ", 1) for part in kinds.split(", ")) for name, kinds in rows}
    return {step: {kind: int(n) for kind, n in kinds.items()} for step, kinds in counts.items()}


def test_11_each_step_mends_what_the_text_says(numbers):
    first, parts, sorted_, joined, confident, judged = numbers.values()
    assert sum(first.values()) == first["one digit"], "no number of several digits is read as one"
    for kind in ("apart", "close"):
        assert parts[kind] < 0.5 * first["one digit"], "they come in the wrong order"
        assert sorted_[kind] > 0.75 * first["one digit"]
        assert joined[kind] > 0.85 * first["one digit"], "nearly all that do not touch"
    assert 0 < sum(joined.values()) - sum(sorted_.values()) <= 24, "few numbers have changed"
    assert confident["touching"] > 2 * joined["touching"], "it reads some that nothing read before"
    for kind in ("apart", "close"):
        assert confident[kind] < joined[kind] - 1, "and cuts up digits that were fine"
    assert judged["touching"] > 0.8 * confident["touching"], "it still reads about as many of them"
    spoiled = [
        sum(joined[kind] - one[kind] for kind in ("one digit", "apart", "close"))
        for one in (confident, judged)
    ]
    assert spoiled[1] < 0.5 * spoiled[0], "and cuts up far fewer of the others"
    assert sum(judged.values()) == max(sum(kinds.values()) for kinds in numbers.values())
    assert judged["touching"] == min(judged.values()), "touching digits remain the hardest"


def bars(number, title):
    """The numbers of a stored bar chart, for each name and group of bars."""
    outputs = [output for cell in notebook(number).cells for output in cell.get("outputs", [])]
    shown = [output.data for output in outputs if output.output_type == "display_data"]
    pages = ["".join(data.get("text/html", "")) for data in shown]
    (words,) = [page for page in pages if f'alt="Bars “{title}' in page]
    groups = re.search('alt="(.+?)"', words)[1].rstrip(".").split("; ")[1:]
    groups = [re.sub(r"^.+? \((.+)\)$", r"\1", group) for group in groups]  # without its name
    pairs = [[pair.rsplit(": ", 1) for pair in group.split(", ")] for group in groups]
    return [{name: float(n) for name, n in group} for group in pairs]


def test_11_the_judge_keeps_digits_and_refuses_other_pieces():
    words = r"dashed line: (.+?)% of the digits and (.+?)% of the others"
    digits, others = map(float, re.search(words, captions("11")).groups())
    assert digits < 3
    assert others > 70


def test_11_the_judge_learns():
    losses = re.findall(r"^epoch \d+: loss (.+)$", printed("11"), re.MULTILINE)
    assert len(losses) == 6
    assert float(losses[-1]) < 0.6 * float(losses[0])


def test_11_a_higher_limit_leaves_fewer_mistakes_and_refuses_more():
    wrong, right, refused = (list(group.values()) for group in bars("11", "What a limit costs"))
    assert len(wrong) == 4
    assert len({sum(one) for one in zip(wrong, right, refused, strict=True)}) == 1
    assert (np.diff(wrong) < 0).all(), "it catches some mistakes"
    assert (np.diff(right) < 0).all(), "and refuses some right answers"


def test_11_the_judge_makes_fewer_sure_of_what_is_no_digit():
    alone, judged = bars("11", "Sure of its answer")
    kinds = ["digits", "half digits", "scribbles", "letters"]
    assert list(alone) == list(judged) == kinds
    assert 0.8 * alone["digits"] < judged["digits"] <= alone["digits"], "it may cost a few"
    for kind in kinds[1:]:
        assert judged[kind] < 0.7 * judged["digits"]
    for kind in ("half digits", "scribbles"):
        assert judged[kind] < 0.8 * alone[kind], "it prevents a good part"
    # Of four networks, three let fewer letters pass with their judge, and one let more.
    assert 0.25 * alone["letters"] < judged["letters"], "many letters pass"
