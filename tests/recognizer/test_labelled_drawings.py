"""Accuracy on folders of drawings, per source."""

import json

import pytest
from PIL import Image

from mnist_helpers.cli.main import main
from mnist_helpers.model import save_weights
from mnist_helpers.recognizer import DigitRecognizer, DrawnError, evaluate_drawn, load_drawn
from tests.conftest import constant_network, drawing

SEVEN = DigitRecognizer(constant_network(d7=9))
UNSURE = DigitRecognizer(constant_network(d7=2.5, d1=2.4), min_energy=0.0)

# The source "big" has three drawings, of which a reader of sevens gets two; "small" one, wrong.
ROWS = [("a/1.png", 7, "big"), ("a/2.png", 7, "big"), ("a/3.png", 1, "big"), ("4.png", 2, "small")]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "drawn" / "a").mkdir(parents=True)
    write(tmp_path / "drawn", ROWS)
    for number, (file, *_) in enumerate(ROWS):
        drawing(number).save(tmp_path / "drawn" / file)
    return tmp_path / "drawn"


def write(folder, rows, header="file,label,source"):
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_list_is_read_in_its_order(folder):
    assert [(d.file, d.label, d.source) for d in load_drawn(folder)] == ROWS
    # More columns, another order and Excel's mark do not matter.
    rows = [(source, "x", label, file) for file, label, source in ROWS]
    write(folder, rows, header="\ufeffsource,note,label,file")
    drawings = load_drawn(str(folder))
    assert [(d.file, d.label, d.source) for d in drawings] == ROWS
    assert all(d.path.is_file() for d in drawings)


def test_the_report_counts(folder):
    report = evaluate_drawn(SEVEN, folder)
    assert len(report) == 4
    assert report.accuracy == 0.5
    accuracies = {source: part.accuracy for source, part in report.by_source.items()}
    assert accuracies == {"big": pytest.approx(2 / 3), "small": 0.0}
    assert report.mean_over_sources == pytest.approx(1 / 3)
    assert [r.drawing.file for r in report.mistakes] == ["a/3.png", "4.png"]
    assert (report.sure, report.sure_and_wrong) == (4, 2)
    assert report.unreadable == []
    mistake = report.to_dict()["mistakes"][0]
    assert mistake["confidence"] > 0.9
    del mistake["confidence"]
    expected = {"file": "a/3.png", "label": 1, "source": "big", "digit": 7, "verdict": "sure"}
    assert mistake == expected
    unsure = evaluate_drawn(UNSURE, folder)
    assert (unsure.accuracy, unsure.sure, unsure.sure_and_wrong) == (0.5, 0, 0)


def test_unreadable_and_blank_pictures_are_wrong_and_listed(folder):
    (folder / "a/1.png").write_bytes(b"no picture")
    Image.new("L", (40, 40), 255).save(folder / "a/2.png")
    report = evaluate_drawn(SEVEN, folder)
    assert report.accuracy == 0
    (unreadable,) = report.unreadable
    assert unreadable.drawing.file == "a/1.png"
    assert unreadable.error
    assert report.mistakes[0].prediction.verdict == "no digit"
    assert report.to_dict()["unreadable"][0]["error"] == unreadable.error
    assert len(report.mistakes) == 3


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("a/1.png", 10, "x")], "line 2: the label must be a digit, 0 to 9, but is '10'"),
        ([("a/1.png", "seven", "x")], "but is 'seven'"),
        ([("a/1.png", "", "x")], "but is ''"),
        ([("a/1.png", 7, "x"), ("none.png", 7, "x")], "line 3: there is no picture 'none.png'"),
        ([("a/1\0.png", 7, "x")], "there is no picture|not a CSV"),
        ([("a", 7, "x")], "there is no picture 'a'"),
        ([("../outside.png", 7, "x")], "'../outside.png' is outside the folder"),
        ([("/outside.png", 7, "x")], "'/outside.png' is outside the folder"),
        ([("link.png", 7, "x")], "'link.png' is outside the folder"),
        ([("a/1.png", 7)], "there must be a file, a label and a source"),
        ([("", 7, "x")], "there must be a file, a label and a source"),
        ([], "lists no drawings"),
    ],
)
def test_bad_lists_are_refused_with_the_line(folder, rows, words):
    drawing().save(folder.parent / "outside.png")
    (folder / "link.png").symlink_to(folder.parent / "outside.png")
    write(folder, rows)
    with pytest.raises(DrawnError, match=words):
        load_drawn(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"file,digit\na/1.png,7\n", "no column label and no column source: its first line"),
        (b"\xff\xfe\x00 file,label", "not a CSV file in UTF-8"),
        (b"", "no column file"),
    ],
)
def test_lists_without_columns_and_other_files_are_refused(folder, content, words):
    (folder / "labels.csv").write_bytes(content)
    with pytest.raises(DrawnError, match=words):
        load_drawn(folder)


def test_a_folder_without_a_list_is_refused(folder):
    (folder / "labels.csv").unlink()
    for place in (folder, folder / "4.png"):
        with pytest.raises(DrawnError, match=r"There is no .*labels\.csv"):
            load_drawn(place)
    (folder / "labels.csv").mkdir()
    with pytest.raises(DrawnError, match=r"labels\.csv cannot be read: Is a directory"):
        load_drawn(folder)


def test_evaluate_drawn_prints_sources_totals_and_mistakes(folder, monkeypatch, capsys):
    monkeypatch.delattr("mnist_helpers.data.load_mnist")  # it is not needed
    weights = str(folder.parent / "seven.safetensors")
    save_weights(constant_network(d7=9), weights)
    (folder / "a/1.png").write_bytes(b"no picture")
    assert main(["evaluate", "--drawn", str(folder), "--weights", weights]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["big", "3", "33.33%"] in lines
    assert ["small", "1", "0.00%"] in lines
    assert ["all", "drawings", "4", "25.00%"] in lines
    assert ["mean", "over", "sources", "16.67%"] in lines
    assert ["4.png", "is", "a", "2,", "read", "as:", "7"] in lines
    assert any(line[:1] == ["a/1.png"] for line in lines)
    assert ["3", "answers", "were", "sure,", "2", "of", "them", "wrong."] in lines
    assert main(["evaluate", "--drawn", str(folder), "--weights", weights, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["accuracy"] == 0.25
    assert result["sources"]["big"] == {"n": 3, "accuracy": pytest.approx(1 / 3)}
    assert result["weights"] == weights
