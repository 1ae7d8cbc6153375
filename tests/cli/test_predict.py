"""The command ``predict``: files, folders, standard input, and everything that goes wrong."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from mnist_helpers.cli.main import main
from mnist_helpers.cli.predict import find_pictures
from mnist_helpers.model import save_weights
from tests.conftest import ROOT, constant_network, drawing, image_file, side_by_side


@pytest.fixture
def weights(tmp_path):
    file = tmp_path / "weights" / "digit_cnn.safetensors"
    save_weights(constant_network(d7=9), file)
    return str(file)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    (folder / "b").mkdir(parents=True)
    for number, name in enumerate(["2.png", "10.JPG", "b/one more.bmp"]):
        drawing(number).save(folder / name)
    (folder / ".hidden.png").write_bytes(b"no picture")
    return folder


def predict(capsys, *arguments):
    code = main(["predict", *map(str, arguments)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out.splitlines()


def test_json_is_one_object_a_line(pictures, weights, capsys):
    file = pictures / "2.png"
    code, lines = predict(capsys, file, "--json", "--weights", weights)
    assert code == 0
    (answer,) = map(json.loads, lines)
    keys = ["digit", "confidence", "probabilities", "verdict"]
    assert list(answer) == ["file", *keys, "number", "digits"]
    assert (answer["file"], answer["digit"], answer["verdict"]) == (str(file), 7, "sure")
    assert answer["number"] == "7"
    assert [list(one) for one in answer["digits"]] == [["box", *keys]]
    assert len(answer["probabilities"]) == 10
    assert answer["confidence"] == max(answer["probabilities"]) > 0.99


def test_a_bad_file_never_stops_the_rest(pictures, weights, capsys):
    bad = pictures / "bad.png"
    bad.write_bytes(b"no picture")
    files = [pictures / "2.png", bad, pictures / "none.png", pictures / "10.JPG"]
    code, lines = predict(capsys, *files, "--json", "--weights", weights)
    answers = [json.loads(line) for line in lines]
    assert code == 1
    assert [answer["file"] for answer in answers] == [str(file) for file in files]
    assert [answer.get("digit") for answer in answers] == [7, None, None, 7]
    for answer in answers[1:3]:
        assert list(answer) == ["file", "error"]
        assert re.fullmatch(r"[^\n]+\.", answer["error"])


def test_folders_are_walked_in_order_and_only_pictures_read(pictures, weights, capsys):
    code, lines = predict(capsys, pictures, "--json", "--weights", os.path.dirname(weights))
    assert code == 0
    names = [os.path.relpath(json.loads(line)["file"], pictures) for line in lines]
    assert names == ["10.JPG", "2.png", os.path.join("b", "one more.bmp")]
    (pictures / "empty").mkdir()
    code, (line,) = predict(capsys, pictures / "empty", "--json", "--weights", weights)
    assert code == 1
    assert "No pictures" in json.loads(line)["error"]


@pytest.mark.parametrize(
    ("others", "said", "code"),
    [
        (["notes.txt"], "1 file was passed over, because its format cannot be read: {}.", 0),
        (
            ["a.csv", "b.HEIC", "c", "d.py", "e.md", "f.svg", "g.txt"],
            "7 files were passed over, because their formats cannot be read: {} and 2 more. "
            "Save pictures as PNG or JPEG.",
            1,
        ),
    ],
)
def test_what_is_passed_over_in_folders_is_named(others, said, code, pictures, weights, capsys):
    for name in others:
        (pictures / "b" / name).write_text("no picture")
    assert main(["predict", str(pictures), "--json", "--weights", weights]) == code
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    # Those that people call pictures come first, and they count as unread.
    first = sorted(others, key=lambda name: not name.endswith(("HEIC", "svg")))[:5]
    assert err == said.format(", ".join(str(pictures / "b" / name) for name in first)) + "\n"


def test_all_names_of_formats_that_can_be_opened_are_read(tmp_path, weights, capsys):
    folder = tmp_path / "many"
    folder.mkdir()
    kinds = {"jpe": "JPEG", "apng": "PNG", "vda": "TGA", "pnm": "PPM", "tif": "TIFF", "DIB": "DIB"}
    for ending, kind in kinds.items():
        drawing().save(folder / f"a.{ending}", kind)
    code, lines = predict(capsys, folder, "--json", "--weights", weights)
    digits = [json.loads(line)["digit"] for line in lines]
    assert (code, digits) == (0, [7] * len(kinds))


def test_folders_are_gone_through_lazily(tmp_path, monkeypatch):
    steps = iter([("a", [], ["1.png"]), ("b", [], ["2.png"])])
    monkeypatch.setattr(os, "walk", lambda *_, **__: steps)
    assert next(find_pictures([str(tmp_path)])) == os.path.join("a", "1.png")
    assert next(steps)[0] == "b"


def test_lines_for_people_are_aligned(pictures, weights, tmp_path, capsys):
    bad = pictures / "bad.png"
    bad.write_bytes(b"no picture")
    Image.new("L", (30, 30), 255).save(tmp_path / "blank.png")
    files = [pictures / "2.png", bad, tmp_path / "blank.png"]
    code, lines = predict(capsys, *files, "--weights", weights)
    assert code == 1
    assert {line.index(str(file)) for line, file in zip(lines, files, strict=True)} == {16}
    assert [line[:16].split() for line in lines] == [["7", "99.9%"], ["ERROR"], ["no", "digit"]]
    assert "I see no digit: the picture is blank" in lines[2]
    code, (line,) = predict(capsys, tmp_path / "blank.png", "--json", "--weights", weights)
    answer = json.loads(line)
    assert (code, answer["digit"], answer["verdict"]) == (0, None, "no digit")  # not a failure
    save_weights(constant_network(d1=5, d7=4.9), tmp_path / "unsure.safetensors")
    _, (line,) = predict(capsys, files[0], "--weights", tmp_path / "unsure.safetensors")
    assert line.startswith("1 or 7?")


def test_a_number_is_shown_with_each_of_its_digits(tmp_path, capsys):
    file = tmp_path / "four.png"
    file.write_bytes(side_by_side("0 oval", "4 open"))
    _, (line,) = predict(capsys, file)
    sure = r"(>99\.9|9\d\.\d)%"
    assert re.fullmatch(rf"04 +{sure}  {re.escape(str(file))}: 0 {sure}, 4 {sure}", line)
    _, (line,) = predict(capsys, file, "--json")
    answer = json.loads(line)
    assert [answer[key] for key in ("number", "digit", "probabilities")] == ["04", None, None]
    assert [one["digit"] for one in answer["digits"]] == [0, 4]
    assert answer["verdict"] == "sure"


def test_what_is_unlike_a_digit_has_its_best_guess_in_json_and_says_so_to_people(
    pictures, tmp_path, capsys
):
    save_weights(constant_network(d7=9), tmp_path / "strict.safetensors", min_energy=99.0)
    arguments = [pictures / "2.png", "--weights", tmp_path / "strict.safetensors"]
    _, (line,) = predict(capsys, *arguments)
    assert line.startswith(f"no digit        {pictures / '2.png'}: I see no digit: ")
    _, (line,) = predict(capsys, *arguments, "--json")
    assert json.loads(line)["digit"] == 7
    assert json.loads(line)["verdict"] == "no digit"


def test_names_with_newlines_and_escapes_stay_in_their_line(tmp_path, weights, capsys):
    name = tmp_path / "two\nlines \x1b[31m.png"
    drawing().save(name)
    _, (line,) = predict(capsys, name, "--json", "--weights", weights)
    assert json.loads(line)["file"] == str(name)
    _, (line,) = predict(capsys, name, "--weights", weights)
    assert line.endswith(r"two\nlines \x1b[31m.png")


def test_without_a_network_nothing_is_read(pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("mnist_helpers.recognizer.recognizer.BUNDLED_WEIGHTS", tmp_path / "none")
    assert main(["predict", str(pictures)]) == 2
    captured = capsys.readouterr()
    assert "comes with the package is missing" in captured.err
    assert captured.out == ""


def test_minus_reads_one_picture_from_the_standard_input(weights, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(image_file(drawing()))))
    code, (line,) = predict(capsys, "-", "--json", "--weights", weights)
    assert code == 0
    assert (json.loads(line)["file"], json.loads(line)["digit"]) == ("-", 7)


def test_ctrl_c_ends_with_a_sentence_and_130(pictures, weights, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("mnist_helpers.recognizer.recognizer.DigitRecognizer.read", stop)
    assert main(["predict", str(pictures), "--weights", weights]) == 130
    assert capsys.readouterr().err == "mnist_helpers: Stopped.\n"


def start(*arguments, **options):
    command = [sys.executable, "-m", "mnist_helpers", "predict", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, **{**pipes, **options})


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_ends_it_quietly(pictures, weights):
    process = start(*[pictures / "2.png"] * 500, "--json", "--weights", weights)
    assert json.loads(process.stdout.readline())["digit"] == 7
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a signal of Unix")
def test_lines_come_at_once_and_ctrl_c_stops(weights, pictures):
    fifo = pictures / "fifo"
    os.mkfifo(fifo)
    read, write = os.pipe()  # a picture that never arrives keeps it waiting after the first line
    process = start(pictures / "2.png", "-", "--json", "--weights", weights, stdin=read)
    os.close(read)
    try:
        assert json.loads(process.stdout.readline())["digit"] == 7
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        os.close(write)
        process.kill()
    assert (process.returncode, out) == (130, b"")
    assert err.decode() == "mnist_helpers: Stopped.\n"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
@pytest.mark.parametrize(("options", "encoding"), [(["--json"], "utf-8"), ([], "ascii")])
def test_names_that_are_not_utf_8(options, encoding, pictures, weights):
    name = os.fsencode(pictures) + b"/\xff\xfe \xe9.png"
    with open(name, "wb") as file:
        drawing().save(file, "PNG")
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    process = start(pictures, *options, "--weights", weights, env=env)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert len(out.splitlines()) == 4
    if options:
        files = [json.loads(line)["file"] for line in out.splitlines()]
        assert name in map(os.fsencode, files)
