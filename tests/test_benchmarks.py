"""The benchmark pages show what was measured, and the summary adds up."""

import functools
import inspect
import json
import sys
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks import (
    best,
    bombs,
    demo,
    folder,
    gpu,
    images,
    non_digits,
    numbers,
    page,
    pasted,
    pens,
    processes,
    reading,
    recipes,
    site,
    steps,
    training,
    web,
)
from benchmarks.recipes import Clock
from benchmarks.tables import shown_table
from mnist_helpers.data import DigitDataset, RandomWarp, batch_loader, load_stand_in
from mnist_helpers.evaluate import Predictions, predict
from mnist_helpers.model import QuickCNN, load_weights
from mnist_helpers.recipes import RECIPES, Recipe, load_measured
from mnist_helpers.recognizer import DrawnError
from mnist_helpers.train import Reporter, Tuning, fit, seed_everything
from tools.browser import needs_chromium
from tools.handwriting import PLAIN
from tools.pretended_gpu.device import NAME, counting


def saved(benchmark):
    return json.loads(benchmark.RESULTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("page", "name", "benchmark", "table"),
    [
        (training.PAGE, "training", training, training.story_table),
        (training.README, "training", training, training.story_table),
        (training.PAGE, "apart", training, training.apart_table),
        (training.PAGE, "together", training, training.together_table),
        (steps.PAGE, "steps", steps, steps.table),
        (images.PAGE, "images", images, images.table),
        (best.PAGE, "best", best, best.table),
        (reading.PAGES[0], "reading", reading, reading.steps_table),
        (reading.PAGES[1], "reading", reading, reading.card_table),
        (non_digits.PAGE, "non_digits", non_digits, non_digits.table),
        (numbers.PAGE, "numbers", numbers, numbers.table),
        (pasted.PAGE, "pasted", pasted, pasted.table),
        (demo.PAGE, "demo", demo, demo.tables),
        (web.PAGE, "web", web, web.table),
        (bombs.PAGE, "bombs", bombs, bombs.table),
        (page.PAGE, "page", page, page.table),
        (site.PAGE, "site", site, site.table),
        (processes.PAGE, "processes", processes, processes.tables),
        (folder.PAGE, "folder", folder, folder.table),
    ],
)
def test_the_pages_show_the_tables_of_the_saved_results(page, name, benchmark, table):
    assert shown_table(page, name) == table(saved(benchmark))


def clock(*points):
    made = Clock(epochs=len(points), test=None)
    made.points, made.seconds = list(points), points[-1][0]
    return made


def test_seconds_to_99_are_those_after_which_the_mean_is_there():
    runs = [
        clock((10, 0.98), (20, 0.989), (30, 0.99)),
        clock((11, 0.991), (22, 0.992), (34, 0.993)),
    ]
    row = training.summarize(runs)
    assert row["seconds_to_99_each"] == [20, 22]  # means: 98.55, 99.05 %
    assert row["seconds_to_99"] == 21
    assert row["seconds"] == 32
    assert row["accuracy_mean"] == pytest.approx(0.9915)
    assert row["accuracy_std"] == pytest.approx(0.0021213, rel=1e-3)


def test_a_recipe_whose_mean_misses_the_target_has_no_seconds_to_it():
    row = training.summarize([clock((10, 0.98)), clock((10, 0.995))])
    assert row["seconds_to_99"] is None
    results = {"machine": "a machine", "load_average": 1.0, "recipes": {"lame": row}}
    assert "| lame | 1 | not reached in 10.0 | 98.75% ± 1.06% | 2 |" in training.table(
        results, ["lame"]
    )


def test_the_clock_stands_still_while_it_tests(monkeypatch):
    now = iter([0.0, 5.0, 105.0, 107.0, 207.0])  # a test takes 100 seconds
    monkeypatch.setattr(recipes.time, "perf_counter", lambda: next(now))
    monkeypatch.setattr(recipes, "predict", lambda *_: type("P", (), {"accuracy": 0.5}))
    made = Clock(1, None)
    made.test_now(None)
    made.test_now(None)
    assert made.points == [(5.0, 0.5), (7.0, 0.5)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*recipes.STORY, *recipes.APART])
def test_the_recipes_run_and_learn(name, monkeypatch):
    def few(*arguments, images=None, **options):
        return batch_loader(*arguments, images=images and 3000, **options)

    monkeypatch.setattr(recipes, "USUAL_EPOCHS", 1)
    monkeypatch.setattr(recipes, "batch_loader", few)
    run = training.RECIPES[name](load_stand_in(), seed=0)
    few_steps = "512" in name or name in list(recipes.STORY)[:4]
    assert run.points[-1][1] > (0.25 if few_steps else 0.6)
    assert len(run.points) == 1
    assert run.seconds > 0


def test_networks_together_answer_with_their_mean_probabilities():
    test = load_stand_in().test.sample(50)
    networks = [QuickCNN().eval() for _ in range(3)]
    runs = [clock((1, 0.5)) for _ in networks]
    for run, network in zip(runs, networks, strict=True):
        run.model = network
    found = training.together(runs, test)
    each = [predict(network, test).probabilities for network in networks]
    expected = (sum(each).argmax(axis=1) == test.labels.numpy()).mean()
    assert found["networks"] == 3
    assert found["together"] == pytest.approx(expected)


def small_recipe(data):
    half = len(data.train) // 4
    parts = data.train.sample(half, 0), data.train.sample(half, 1)
    return Recipe("small", QuickCNN, lambda data, seed: parts, lambda images: images, epochs=2)


def test_the_best_networks_are_trained_once_and_go_on_after_a_stop(tmp_path, monkeypatch):
    data = load_stand_in()
    recipe = small_recipe(data)
    whole = best.train_once(recipe, data, seed=3, epochs=2, folder=tmp_path / "whole")

    class Stop(Reporter):
        def on_epoch(self, history):
            raise KeyboardInterrupt

    stopping = functools.partial(best.train_recipe, reporters=[Stop()])
    with monkeypatch.context() as patched:
        patched.setattr(best, "train_recipe", stopping)
        with pytest.raises(KeyboardInterrupt):
            best.train_once(recipe, data, seed=3, epochs=2, folder=tmp_path / "parts")
    assert not list(tmp_path.glob("parts/*.safetensors"))
    parts = best.train_once(recipe, data, seed=3, epochs=2, folder=tmp_path / "parts")
    one, facts = load_weights(parts)
    other, _ = load_weights(whole)
    assert all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))
    assert (facts["seed"], facts["epochs"]) == (3, 2)
    monkeypatch.setattr(best, "train_recipe", None)  # it is done, so nothing is trained
    assert best.train_once(recipe, data, seed=3, epochs=2, folder=tmp_path / "parts") == parts


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--seeds", "3"], "at least two seeds"), (["--drawn", "nowhere"], "nowhere")],
)
def test_what_cannot_be_measured_is_said_before_hours_of_training(
    arguments, words, tmp_path, monkeypatch, capsys
):
    data = replace(load_stand_in(), name="MNIST")
    monkeypatch.setattr(best, "load_real_mnist", lambda: data)
    monkeypatch.setattr(best, "train_once", None)
    monkeypatch.setattr(sys, "argv", ["best", "--drawn", str(tmp_path), *arguments])
    with pytest.raises((SystemExit, DrawnError)) as stopped:
        best.main()
    assert words in capsys.readouterr().err + str(stopped.value)


def test_the_best_networks_are_summed_up_for_each_set_of_digits():
    def saying(*digits):
        return Predictions(np.eye(10, dtype=np.float32)[list(digits)], np.array([1, 2, 3, 4]))

    unsure = Predictions(np.full((4, 10), 0.1, np.float32), np.array([1, 2, 3, 4]))
    answers = [saying(1, 2, 3, 0), saying(1, 0, 3, 0), saying(1, 2, 0, 4)]
    others = [saying(1, 2, 3, 4)] * 4
    networks = [{"a": [one, *others]} for one in answers]
    row = best.summarize(networks, {"a": [unsure, *[saying(1, 2, 0, 0)] * 4]})["a"]
    assert row["accuracy_each"] == [0.75, 0.5, 0.75]
    assert row["five_views_each"] == [1.0, 1.0, 1.0]
    assert row["together"] == 0.75  # two of three say 0 for the last
    assert (row["bundled"], row["bundled_five_views"]) == (0.0, 0.5)
    results = {"seeds": [0, 1, 2], "sets": {"a": row}, "bytes": 5000, "epochs": 7}
    text = best.table(results | {"seconds_each": [1, 30, 2], "machine": "a machine"})
    alone = "66.67% ± 14.43% | 50.00% | 75.00%"
    assert f"| a, 4 | {alone} | 100.00% ± 0.00% | 75.00% | 0.00% | 50.00% |" in text
    assert "5,000 bytes each, 7 epochs, 2 s (median). Measured on a machine." in text


def test_five_views_are_the_image_and_its_four_neighbours():
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 10, 10] = 255
    views = best.five_views(DigitDataset.from_numpy(dot, np.array([3]), "dots"))
    places = [tuple(np.argwhere(view.images.numpy()[0])[0]) for view in views]
    assert places == [(10, 10), (9, 10), (10, 9), (11, 10), (10, 11)]
    assert all(view.labels.tolist() == [3] for view in views)


def test_the_saved_results_are_of_full_runs():
    results = saved(best)
    assert len(results["seeds"]) >= 5
    assert results["bytes"] <= best.BYTES
    digits, people = results["sets"].values()
    assert (digits["digits"], people["digits"]) == (10_000, 1_110)
    assert len(digits["accuracy_each"]) == len(results["seeds"])
    assert len(digits["five_views_each"]) == len(results["seeds"])
    results = saved(training)
    assert results["story"] == list(recipes.STORY)
    assert training.FIGURE.read_bytes()[:4] == b"\x89PNG"
    results = saved(steps)
    assert list(results["ways"]) == list(steps.WAYS)
    assert results["steps"] >= 100
    results = saved(web)
    assert [(row["clients"], row["n"]) for row in results["rows"]] == [(1, 2000), (50, 2000)]
    results = saved(demo)
    assert results["page"]["strokes"]["n"] >= 120
    assert len(results["page"]["strokes_each"]) == results["page"]["strokes"]["n"]
    assert results["visitors"]["visitors"] == 20
    assert results["pens"]["drawings"] >= 600
    assert list(results["pens"]["widths"]) == [f"{pen:.2f}" for pen in pens.PENS]
    results = saved(processes)
    assert results["runs"] >= 3
    assert results["bytes_per_step"] == {"series": 434_472, "bundled": 814_760}
    assert results["on_paper"] == processes.predict_all(results["compute_ms_per_step"]["128"])
    results = saved(folder)
    assert results["folders"]["small"]["pictures"] == 10_000
    assert all(row["same_lines"] for row in results["folders"].values())


def test_the_number_of_images_is_the_smallest_that_is_enough_on_validation_images():
    results = saved(images)
    assert all(len(row["accuracy_each"]) >= 10 for row in results["rows"])
    assert list(recipes.STORY)[-1] in images.COUNTS
    for name, (recipe, _) in images.COUNTS.items():
        used = inspect.signature(recipe).parameters["images"].default
        assert images.fewest(results, name) == used


def test_the_fewest_images_are_found():
    rows = [(1000, (0.98, 0.99)), (2000, (0.99, 0.9901)), (3000, (0.995, 0.995))]
    rows = [{"recipe": "a", "images": n, "accuracy_each": list(each)} for n, each in rows]
    assert images.fewest({"rows": rows}, "a") == 2000
    assert images.fewest({"rows": rows[:1]}, "a") is None
    assert images.fewest({"rows": rows}, "b") is None


def test_images_are_chosen_without_the_test_set():
    data = load_stand_in()
    held_out = images.validation_data(data)
    assert len(held_out.train) + len(held_out.test) == len(data.train)
    seen = {tuple(one.flatten().tolist()) for one in held_out.train.images}
    official = {tuple(one.flatten().tolist()) for one in data.test.images}
    judged = {tuple(one.flatten().tolist()) for one in held_out.test.images}
    assert not judged & (seen | official)


@pytest.mark.parametrize("name", [name for name in steps.WAYS if name != "torch.compile"])
def test_each_way_of_a_step_learns(name, two_threads):
    digits = load_stand_in().train
    model, step = steps.make_step(digits, **steps.WAYS[name])
    before = model.classifier[-1].weight.clone()
    step(1)
    assert not torch.equal(model.classifier[-1].weight, before)
    assert torch.get_num_threads() == 2


def test_results_that_are_not_there_are_named():
    with pytest.raises(FileNotFoundError, match=r"no saved results 'speed'.* training"):
        load_measured("speed")


def test_the_saved_results_have_enough_seeds_and_reach_the_targets():
    rows = saved(training)["recipes"]
    assert all(row["seeds"] >= 3 for row in rows.values())
    assert rows["series"]["accuracy_mean"] >= 0.992
    quickest = rows[list(recipes.STORY)[-1]]
    assert quickest["seeds"] >= 10
    assert quickest["accuracy_mean"] >= 0.99


def test_the_page_in_one_file_agrees_with_python_in_the_saved_results():
    results = saved(page)
    digits, hard, people, *_ = results["reader"]
    assert (digits["pictures"], hard["pictures"]) == (1000, 300)
    assert people["pictures"] >= 200
    assert max(row["largest_difference"] for row in results["reader"]) <= 1e-2
    assert results["page"]["bytes"] <= 1_500_000
    assert results["onnx"]["images"] == 10_000
    assert results["onnx"]["largest_difference"] <= 1e-4


def test_the_width_of_the_demos_pen_is_among_those_measured():
    pad = pytest.importorskip("mnist_helpers.demo.components", exc_type=ImportError)
    assert pad.PEN in pens.PENS


def test_drawings_vary_and_stay_in_the_square():
    made = pens.hand_drawings(60, 0, pens.SIZES) + pens.generated_drawings(60, 0, pens.SIZES)
    assert {digit for digit, _ in made} == set(range(10))
    for _, strokes in made:
        points = np.concatenate(strokes)
        assert points.min() > pens.MARGIN - 1e-9
        assert points.max() < 1 - pens.MARGIN + 1e-9
        assert 0.249 < np.ptp(points, axis=0).max() < 0.901
    again = pens.hand_drawings(1, 0, pens.SIZES)[0][1]
    assert all(np.array_equal(*pair) for pair in zip(again, made[0][1], strict=True))


def test_a_drawing_is_painted_with_the_pens_width():
    (bar,) = PLAIN[1]
    for pen in (0.05, 0.1):
        pixels = np.asarray(pens.paint([np.array(bar)], pen))
        assert pixels.shape == (pens.SENT, pens.SENT)
        assert (pixels[98] < 128).sum() == pytest.approx(pen * pens.SENT, abs=1)


def test_a_table_of_widths_counts_small_and_large_digits():
    row = pens.measure_pens(hand=12, generated=0, pens=[0.06])
    assert row["drawings"] == 12
    assert 0 < row["small"] < 12
    assert row["widths"]["0.06"]["read"] > 0.7


@pytest.mark.slow
@needs_chromium
def test_the_demo_is_measured():
    pytest.importorskip("gradio", reason="the extra demo is not installed")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with demo.running_demo() as address:
        page = demo.measure_page(address, loads=1, strokes=3)
        many = demo.measure_visitors(address, visitors=2, strokes=1)
    assert page["load"]["n"] == 1
    assert page["strokes"]["n"] >= 3
    assert many["paced"]["n"] >= 4
    assert many["rushed"]["n"] == 10


def test_on_paper_a_gradient_goes_round_in_a_ring(monkeypatch):
    monkeypatch.setitem(processes.LINKS, "slow", (1000, 0.5))
    row = processes.on_paper(compute_ms=80, sent_bytes=4000, machines=4, link="slow")
    # 6 turns of 1,000 bytes, each 1 ms and 0.5 ms late, and 6 turns for three numbers
    assert row == {"machines": 4, "compute_ms": 20, "communicate_ms": 12, "speed_up": 2.5}
    assert processes.on_paper(80, 4000, 1, "slow")["speed_up"] == 1


def replayed(place, augment=None, counting=nullcontext):
    """The losses of a training with steps that could be replayed, its orders, and its waits."""
    seed_everything(0)
    model = QuickCNN(channels=(4, 4), hidden=16).to(place)
    digits = load_stand_in().train.sample(400)
    tuning = Tuning(label_smoothing=0.1)
    options = {"epochs": 2, "batch": 64, "rate": 0.02, "tuning": tuning, "augment": augment}
    replay = gpu.Replay(model, digits, images=300, **options)
    with counting() as seen:
        losses = replay.run(replay.prepare())
    return losses, replay.order.tolist(), getattr(seen, "waits", None), getattr(seen, "places", {})


def test_steps_that_can_be_replayed_are_those_of_fit():
    losses, order, *_ = replayed("cpu")
    digits, half = load_stand_in().train.sample(400), len(order) // 2

    class Order(torch.utils.data.Sampler):
        epochs = iter([order[:half], order[half:]])

        def __len__(self):
            return half

        def __iter__(self):
            return iter(next(self.epochs))

    seed_everything(0)
    model = QuickCNN(channels=(4, 4), hidden=16)
    loader = torch.utils.data.DataLoader(digits, sampler=Order(), batch_size=None)
    options = {"learning_rate": 0.02, "tuning": Tuning(label_smoothing=0.1), "reporters": []}
    history = fit(model, loader, epochs=2, device="cpu", **options)
    assert len(losses) == 2 * 5
    assert losses == pytest.approx(history.batch_loss, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("augment", [None, RandomWarp()], ids=str)
def test_steps_that_can_be_replayed_wait_for_nothing_but_the_last(augment, on_pretended_gpu):
    losses, _, waits, places = on_pretended_gpu(replayed, NAME, augment, counting)
    assert waits == 1, places
    if augment is None:
        assert losses == pytest.approx(replayed("cpu")[0], rel=1e-3)


@pytest.mark.slow
def test_the_ways_on_a_gpu_train_and_make_a_table(monkeypatch):
    data = load_stand_in()
    small = replace(RECIPES["bundled"], epochs=1, split=small_recipe(data).split, heads=False)
    monkeypatch.setitem(gpu.RECIPES, "bundled", small)
    monkeypatch.setattr(gpu, "QUICK_IMAGES", 600)
    ways = {}
    for name, (train, _) in gpu.WAYS.items():
        if name not in ("series, six epochs", list(recipes.STORY)[-1]):  # tested above
            ways[name] = gpu.summarize([train(data, seed, "cpu") for seed in (0, 1)])
    text = gpu.table({"ways": ways, "machine": "a machine"})
    assert text.count("\n| ") == len(ways)
    assert "Measured on a machine" in text
