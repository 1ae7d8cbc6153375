"""Reading whole numbers: digits apart and touching, one digit that stays one, and doubt."""

import copy
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_helpers.data import load_stand_in
from mnist_helpers.framing import Framed, find_parts, find_writings, finding, writing
from mnist_helpers.framing.finding import look_at
from mnist_helpers.framing.line import missed_digits
from mnist_helpers.model import NO_PAIR
from mnist_helpers.recognizer import (
    DigitRecognizer,
    Prediction,
    ReadDigit,
    Reading,
    load_network,
)
from mnist_helpers.recognizer import numbers as reader
from mnist_helpers.recognizer import ways as ways_apart
from mnist_helpers.recognizer.numbers import SEVERAL_LINES
from mnist_helpers.synthetic import compose_numbers, draw_style, paste_digits

# A way to write each digit that the network knows well.
STYLES = (
    *("0 oval", "1 flag", "2 flat base", "3 round", "4 open"),
    *("5 in one", "6 curved", "7 plain", "8 in one", "9 straight"),
)


@pytest.fixture(scope="module")
def recognizer():
    return DigitRecognizer.load()


@pytest.fixture(scope="module")
def digits():
    """An example of each digit, 0 to 9: uint8, ``(28, 28)``."""
    return [draw_style(style, np.random.default_rng([5, n])) for n, style in enumerate(STYLES)]


def written(digits, number, spacing="apart", seed=0):
    """The ink of a number: uint8, ``(h, w)``."""
    return compose_numbers(digits, range(10), [number], seed, spacing)[0]


def on_paper(ink, margin=30):
    """Black ink on white paper."""
    return Image.fromarray(255 - np.pad(ink, margin))


def answer(confidence=1.0, digit=4, other=9, problem=None, evidence=5.0):
    row = np.zeros(10, np.float32)
    row[digit], row[other] = confidence, 1 - confidence
    square = Framed(np.zeros((28, 28), np.uint8), (), None)
    return Prediction(row, square, problem, evidence)


def reading(*answers, confidence=1.0, **more):
    found = tuple(ReadDigit((0, 0, 5, 9), one) for one in answers)
    return Reading(found, answers[0] if answers else answer(), confidence, **more)


@pytest.mark.parametrize("number", ["42", "100", "007", "1234567890"])
def test_digits_apart_are_read_from_left_to_right(recognizer, digits, number):
    found = recognizer.read(on_paper(written(digits, number)))
    assert (found.number, found.words, found.verdict) == (number, number, "sure")
    lefts = [one.box[0] for one in found.digits]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("kind", ["transparent", "board", "shaded", "ruled", "drawn box"])
def test_a_number_is_read_on_other_kinds_of_paper(recognizer, digits, kind):
    ink = written(digits, "935", "close", seed=3)
    assert recognizer.read(paste_digits([ink], 1, kind)[0]).number == "935"


# The strokes of "10" lie side by side.
@pytest.mark.parametrize("number", ["47", "38", "706"])
@pytest.mark.parametrize("first", [True, False])
def test_a_digit_that_is_much_fainter_than_the_others_counts(recognizer, digits, number, first):
    ink = written(digits, number)
    part = ink.shape[1] // len(number)
    faint = slice(None, part) if first else slice(-part, None)
    ink[:, faint] = 0.3 * ink[:, faint]
    assert recognizer.read(on_paper(ink)).number == number


@pytest.mark.parametrize(("number", "dark"), [("6642", 2), ("479536", 1)])
def test_several_digits_that_are_even_fainter_count_as_well(recognizer, digits, number, dark):
    ink = written(digits, number)
    faint = slice(None, ink.shape[1] - dark * ink.shape[1] // len(number))
    ink[:, faint] = 0.13 * ink[:, faint]
    assert recognizer.read(on_paper(ink)).number == number


@pytest.mark.parametrize("other", [3, 4, 5, 8])
def test_a_very_wide_digit_is_one_digit_though_it_has_many_places_for_cuts(
    recognizer, digits, other
):
    wide = np.asarray(Image.fromarray(digits[0]).resize((50, 28)))
    ink = np.hstack([wide[:, wide.any(0)], np.zeros((28, 8), np.uint8), digits[other]])
    picture = on_paper(np.kron(ink, np.ones((3, 3), np.uint8)))
    assert recognizer.read(picture).number == f"0{other}"


def test_a_digit_that_hangs_on_a_printed_line_is_not_left_out(recognizer, digits):
    ink = np.pad(np.kron(written(digits, "47"), np.ones((4, 4), np.uint8)), 80)
    (columns,) = ink.any(0).nonzero()
    ink[:, columns[-1] - 20 : columns[-1] - 17] = 200  # through the 7, from edge to edge
    reading = recognizer.read(Image.fromarray(255 - ink))
    assert [one.prediction.digit for one in reading.digits][:1] == [4]
    assert len(reading.digits) == 2


def test_a_digit_that_hangs_on_the_rest_of_a_printed_line_is_found(digits):
    ink = np.pad(np.kron(written(digits, "47"), np.ones((4, 4), np.uint8)), 80)
    seven = ink.copy()
    seven[:, : ink.shape[1] // 2] = 0
    (rows,) = seven.any(1).nonzero()
    for row, beyond in ((rows[0], slice(rows[0])), (rows[-1], slice(rows[-1], None))):
        column = int(np.median(seven[row].nonzero()))
        ink[beyond, column - 1 : column + 2] = 200  # to the edge, above and below
    look = replace(look_at(Image.fromarray(255 - ink), (0, 0, *ink.T.shape)), lines=True)
    assert len(find_parts(look, ink.T.shape).pieces) == 2


def test_at_last_lines_as_thick_as_the_pen_are_taken_out(digits):
    ink = np.kron(written(digits, "47"), np.ones((4, 4), np.uint8))
    ink[2 * len(ink) // 3 :][:12] = 255
    grain = np.random.default_rng(0).integers(0, 12, ink.shape, np.uint8)
    writings = list(find_writings(Image.fromarray(255 - np.maximum(ink, grain))))
    assert [one.look.lines for one in writings][-1:] == [True]


def framed(ink, draw, room=1):
    """Ink on white paper with something around it; ``room`` is how much larger the paper is."""
    picture = Image.fromarray(255 - np.pad(np.kron(ink, np.ones((3, 3), np.uint8)), 150))
    width, height = picture.size
    draw(ImageDraw.Draw(picture), (95, 95, width - 95, height - 95))
    paper = Image.new("L", (width * room, height * room), 255)
    paper.paste(picture, (0, 0))
    return paper


FRAMES = {
    "circle": lambda pen, box: pen.ellipse(box, outline=0, width=6),
    "two circles": lambda pen, box: (
        pen.ellipse(box, outline=0, width=5),
        pen.ellipse([box[0] - 20, box[1] - 20, box[2] + 20, box[3] + 20], outline=0, width=5),
    ),
    "open box": lambda pen, box: pen.line(
        [(box[0] + 30, box[1]), (box[2], box[1]), box[2:], (box[0], box[3]), (box[0], 125)], 0, 6
    ),
}


@pytest.mark.parametrize("room", [1, 4])
@pytest.mark.parametrize("frame", list(FRAMES))
@pytest.mark.parametrize("number", ["3", "7", "4"])
def test_what_goes_all_around_a_digit_is_no_digit(recognizer, digits, number, frame, room):
    reading = recognizer.read(framed(written(digits, number), FRAMES[frame], room))
    assert (reading.number, str(reading.single.digit)) == (number, number)


def test_without_a_part_that_is_high_enough_no_digit_is_missed():
    paper = Image.new("L", (40, 40), 255)
    ImageDraw.Draw(paper).rectangle([18, 10, 21, 30], fill=0)
    look = look_at(paper, (0, 0, 40, 40))
    assert missed_digits(look, look.mask.copy(), [], 20) == (look, [])


def test_a_ring_with_a_speck_in_it_is_a_zero(recognizer, digits):
    ink = np.pad(written(digits, "0"), 30)
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    middle = (rows[0] + rows[-1]) // 2, (columns[0] + columns[-1]) // 2
    ink[middle[0] - 1 : middle[0] + 2, middle[1] - 1 : middle[1] + 1] = 255
    assert recognizer.read(Image.fromarray(255 - ink)).number == "0"


def test_faint_marks_that_are_no_digits_are_left_out(recognizer, digits):
    ink = np.pad(written(digits, "4"), 30)
    rows = np.flatnonzero(ink.any(1))
    ink[rows[-1] + 8 : rows[-1] + 11, 12:80] = 60  # a line below it
    ink[rows[0] : rows[0] + 6, 70:73] = 60  # too low to be a digit
    ink[rows[0] : rows[-1], :2] = 60  # on the border of the paper
    assert recognizer.read(Image.fromarray(255 - ink)).number == "4"


@pytest.mark.parametrize(("number", "seed"), [("35", 0), ("263", 2), ("10", 0), ("10", 3)])
def test_digits_that_touch_are_cut_apart(recognizer, digits, number, seed):
    assert recognizer.read(on_paper(written(digits, number, "touching", seed))).number == number


def ranked(monkeypatch, parts, runs, pairs):
    """The ways to take pieces apart; the runs' digits, and how much speaks for each, are given."""
    monkeypatch.setattr(ways_apart, "weigh_run", lambda _writing, run, _answer: runs[run][1])
    answers = [answer(digit=digit) for digit, _ in runs.values()]
    pieces = [SimpleNamespace(part=part) for part in parts]
    writing = SimpleNamespace(pieces=pieces)
    return ways_apart.ask_again(writing, ways_apart.rank_ways(writing, list(runs), answers), pairs)


def seen_as(pair, likely):
    """What the pair reader says: so likely is the pair, or else it is none."""
    seen = np.zeros(NO_PAIR + 1, np.float32)
    seen[pair], seen[NO_PAIR] = likely, 1 - likely
    return seen


def test_the_pair_reader_is_a_second_opinion(monkeypatch):
    runs = {(0, 1): (4, -1.0), (0, 2): (8, -1.0), (1, 2): (2, 1.0)}
    found = {}
    for name, pairs in {
        "none": [None],
        "the same": [seen_as(42, 0.9)],
        "one digit": [seen_as(42, 0.1)],
        "others": [seen_as(47, 1.0)],
    }.items():
        ways = ranked(monkeypatch, [0, 0], runs, pairs)
        assert sum(way.probability for way in ways) == pytest.approx(1)
        found[name] = {way.number: way.probability for way in ways}
        assert [way.number for way in ways if way.vouched] == ["42"] * (name == "the same")
    assert found["none"]["42"] == pytest.approx(1 / (1 + np.exp(-1)))
    assert found["the same"]["42"] == pytest.approx(1 / (1 + np.exp(-1) * (0.1 / 0.9) ** 0.7))
    assert found["one digit"]["42"] < 0.5
    # Both are as unlikely as it gets, so that nothing changes.
    assert found["others"]["42"] == pytest.approx(found["none"]["42"])


def test_it_is_asked_about_each_part_that_is_digits_of_its_own(monkeypatch):
    """The pair reader is not asked about two parts that are one digit together."""
    runs = {(0, 1): (4, 0.0), (1, 2): (2, 0.0), (2, 3): (1, 0.0), (2, 4): (5, 0.0), (3, 4): (7, 0)}
    pairs = [seen_as(42, 0.8), seen_as(17, 0.9), seen_as(17, 0.9)]
    ways = {way.number: way for way in ranked(monkeypatch, [0, 0, 1, 2], runs, pairs)}
    assert set(ways) == {"4217", "425"}
    assert not any(way.vouched for way in ways.values())  # 1 and 7 are parts of their own
    # Of "425", it has seen the 42 only; of "4217", also that neither 1 nor 7 is one digit.
    relation = ways["425"].probability / ways["4217"].probability
    assert relation == pytest.approx(0.1 ** (-2 * 0.7), rel=1e-4)
    joined = ranked(monkeypatch, [0, 0, 1, 1], runs, pairs)
    assert [way.number for way in joined if way.vouched] == ["4217"]


def test_the_pair_reader_may_add_doubt_but_not_remove_it():
    """And the number that is mentioned is the one that is in doubt."""
    writing = SimpleNamespace(pieces=[SimpleNamespace(part=0)])
    single = answer(digit=8, evidence=9.0)
    digits = [((0, 1), answer(evidence=-9.0))] * 2  # too ugly to be read

    def words(*ways):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ways_apart, "_penalty", lambda *_: 0.0)
            ways = [ways_apart.Way("8", 0.9, digits[:1], 0.5), *ways]
            return reader._choose(writing, single, (0, 0, 5, 9), ways, False).words

    def way(number, before, after):
        return ways_apart.Way(number, after, digits, before)

    assert words(way("61", 0.02, 0.04)) == "8"
    assert words(way("61", 0.02, 0.06), way("60", 0.40, 0.04)) == "8 or 60?"
    assert words(way("61", 0.02, 0.06), way("60", 0.03, 0.04)) == "8 or 61?"


def test_with_a_pair_reader_more_pairs_are_read():
    """Some digits are ugly once they are cut apart, and nobody would read them."""
    network, facts = load_network()
    held_out = load_stand_in().test
    numbers = [f"{n:02}" for n in range(0, 100, 2)]
    hand = list(held_out.images.numpy()), held_out.labels.numpy()
    pictures = [on_paper(ink) for ink in compose_numbers(*hand, numbers, 5, "touching")]
    right = []
    for model in (network, copy.deepcopy(network)):
        if right:
            model.pair_reader = None
        found = map(DigitRecognizer(model, facts["min_energy"]).read, pictures)
        right.append(sum(one.number == number for one, number in zip(found, numbers, strict=True)))
    assert right[0] > right[1]
    assert right[0] >= 0.9 * len(numbers)


def test_runs_of_pieces_are_read_only_if_others_complete_them():
    runs = [(0, 1), (0, 2), (1, 3), (2, 4)]  # nothing follows on 1 to 3
    assert ways_apart.runs_of_ways(runs, 4) == [(0, 2), (2, 4)]
    assert ways_apart.runs_of_ways([*runs, (3, 4)], 4) == [*runs, (3, 4)]
    assert ways_apart.runs_of_ways(runs, 5) == []


def test_one_digit_may_be_ugly_if_the_others_are_not(recognizer, digits):
    found = recognizer.read(on_paper(written(digits, "876", "touching", 84)))
    assert (found.number, found.verdict) == ("876", "unsure")


def test_each_digit_has_its_box_in_the_opened_picture(recognizer, digits):
    ink = written(digits, "42")
    picture = on_paper(np.kron(ink, np.ones((4, 4), np.uint8)), margin=100)
    found = recognizer.read(picture)
    left, top, right, bottom = np.transpose([one.box for one in found.digits])
    assert abs(left[0] - 100) <= 8
    assert abs(right[1] - (picture.width - 100)) <= 8
    assert right[0] <= left[1]
    assert (bottom - top > 100).all()


def test_one_digit_is_answered_as_predict_does(recognizer, digits):
    for digit, ink in enumerate(digits):
        picture = on_paper(ink)
        found, alone = recognizer.read(picture), recognizer.predict(picture)
        assert (found.number, found.words) == (str(digit), alone.words)
        assert len(found.digits) == 1
        told = found.to_dict()
        assert {key: told[key] for key in alone.to_dict()} == alone.to_dict()


@pytest.mark.parametrize("number", ["4", "42"])
def test_a_drawing_is_looked_at_once(recognizer, digits, number, monkeypatch):
    looks = []

    def count(image, box, *more, **options):
        looks.append(box)
        return look_at(image, box, *more, **options)

    ink = written(digits, number)
    canvas = np.zeros((160, 160), np.uint8)
    canvas[40 : 40 + ink.shape[0], 20 : 20 + ink.shape[1]] = ink
    for module in (finding, writing):
        monkeypatch.setattr(module, "look_at", count)
    assert recognizer.read(Image.fromarray(255 - canvas)).number == number
    assert len(looks) == 1


def test_a_five_whose_hat_stands_apart_is_one_digit(recognizer):
    picture = Image.new("L", (200, 200), 255)
    pen = ImageDraw.Draw(picture)
    pen.line([(70, 45), (66, 95), (95, 88), (122, 105), (118, 140), (90, 158), (62, 146)], 0, 9)
    pen.line([(88, 38), (128, 32)], 0, 9)
    assert recognizer.read(picture).number == "5"


def test_a_one_with_dirt_above_it_is_one_digit(recognizer):
    picture = Image.new("L", (200, 200), 255)
    pen = ImageDraw.Draw(picture)
    pen.line([(100, 60), (100, 160)], 0, 10)
    pen.rectangle([104, 36, 109, 41], 0)
    assert recognizer.read(picture).number == "1"


def test_two_lines_are_said_to_be_two(recognizer, digits):
    above, below = written(digits, "345", seed=1), written(digits, "602", seed=2)
    width = max(above.shape[1], below.shape[1])
    lines = [np.pad(ink, ((15, 15), (0, width - ink.shape[1]))) for ink in (above, below)]
    found = recognizer.read(on_paper(np.concatenate(lines)))
    assert (found.number, found.verdict, found.words) == (None, "no digit", SEVERAL_LINES)
    told = found.to_dict()
    assert (told["digit"], told["probabilities"], told["digits"]) == (None, None, [])


def test_what_is_no_number_is_refused_as_predict_refuses_it(recognizer):
    blank = recognizer.read(Image.new("L", (90, 90), 255))
    assert (blank.number, blank.digits, blank.verdict) == (None, (), "no digit")
    assert "blank" in blank.words
    rows, columns = np.indices((60, 60)) // 6
    board = recognizer.read(Image.fromarray((255 * ((rows + columns) % 2)).astype(np.uint8)))
    assert (board.number, board.verdict) == (None, "no digit")


# One of the two digits may be ugly, if enough speaks for the other.
@pytest.mark.parametrize(
    ("evidence", "read"), [((5, 5), "44"), ((5, 0), "44"), ((3, 0), None), ((0, 0), None)]
)
def test_what_is_refused_is_read_once_more(evidence, read, digits, monkeypatch):
    pictures = on_paper(digits[0]), on_paper(written(digits, "42"))
    attempts = [next(find_writings(picture)) for picture in pictures]
    monkeypatch.setattr(reader, "find_writings", lambda *_: iter(attempts))
    refused = answer(problem="No.", evidence=-5)

    def ask(squares):
        if len(squares) == 2:  # the two digits, each as a whole
            return [answer(evidence=one) for one in evidence]
        return [refused] * len(squares)

    assert reader.read_number(pictures[1], None, refused, ask).number == read


@pytest.mark.parametrize(
    ("first", "others", "words"),
    [
        ((0.6, "44"), [(0.9, "45")], "44?"),  # likely enough
        ((0.3, "44"), [(0.8, "45")], "45 or 44?"),
        ((0.3, "44"), [(0.4, "45"), (0.8, "46")], "44?"),  # the third would take too long
        ((0.3, "44"), [(0.9, "4")], "44?"),  # one digit is not a number
        ((0.3, "44"), [(0.95, "44")], "44"),
        ((0.3, "44"), [], "44?"),
    ],
)
def test_an_unlikely_number_is_compared_with_the_second_attempt(first, others, words, monkeypatch):
    attempts = [
        reading(*(answer(digit=int(one)) for one in number), confidence=confidence)
        for confidence, number in (first, *others)
    ]
    monkeypatch.setattr(reader, "find_writings", lambda *_: iter(attempts))
    monkeypatch.setattr(reader, "_read_writing", lambda attempt, *_, again: attempt)
    found = reader.read_number(Image.new("L", (9, 9)), None, answer(problem="No."), list)
    assert found.words == words


def test_the_words_tell_the_doubt():
    sure, torn = answer(digit=3), answer(0.6, digit=1, other=7)
    assert reading(sure, sure).words == "33"
    assert reading(sure, sure, confidence=0.7).words == "33?"
    assert reading(torn, sure, confidence=0.6).words == "1 or 7, then 3"
    assert reading(sure, sure, torn, sure, confidence=0.6).words == "33, then 1 or 7, then 3"
    assert reading(sure, other="60").words == "3 or 60?"
    assert reading(sure, other="60").verdict == "unsure"
    assert reading(torn, confidence=0.6).words == "1 or 7?"


def test_the_answer_as_plain_data():
    told = json.loads(json.dumps(reading(answer(digit=0), answer(digit=7)).to_dict()))
    names = ["digit", "confidence", "probabilities", "verdict", "number", "digits"]
    assert list(told) == names
    assert (told["digit"], told["probabilities"], told["number"]) == (None, None, "07")
    assert list(told["digits"][1]) == ["box", "digit", "confidence", "probabilities", "verdict"]
    assert told["digits"][1]["digit"] == 7


@pytest.mark.parametrize("strokes", ["fence", "star"])
def test_what_hangs_together_and_is_no_digit_is_no_number(strokes, recognizer):
    lines = {
        "fence": [(78, 39, 69, 157), (127, 39, 118, 157), (39, 78, 157, 78), (39, 118, 157, 118)],
        "star": [(98, 39, 98, 157), (39, 69, 157, 127), (39, 127, 157, 69)],
    }[strokes]
    picture = Image.new("L", (196, 196), 255)
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=0, width=12)
    answer = recognizer.read(picture)
    assert answer.verdict == "no digit", answer.words
    assert answer.number is None
