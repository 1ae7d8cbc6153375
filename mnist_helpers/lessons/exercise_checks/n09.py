"""The checks of notebook 09, The speed lab."""

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from .core import Mistakes, WrongAnswer, call, examine, refuse, says, several, task, whole


@task("09.1")
def speedup(whole_speedup: Any) -> str:
    """What faster parts bring for the whole."""
    random = np.random.default_rng()

    def draw() -> list[tuple[list[float], list[float]]]:
        cases = [
            ([0.5], [2.0]),
            ([0.25, 0.75], [4.0, 3.0]),
            ([0.125], [0.25]),
            ([0.25, 0.25], [2.0, 8.0]),
        ]
        for n in (2, 4):
            parts = random.dirichlet(np.ones(n + 1))[:n]
            cases.append((parts.tolist(), random.uniform(0.6, 9, n).tolist()))
        return [*cases, ([], [])]

    def now(shares: list, factors: list) -> float:
        """The new time of the parts, if the whole took 1."""
        return sum(s / f for s, f in zip(shares, factors, strict=True))

    def product(shares: list, factors: list) -> float:
        return sum(s * f for s, f in zip(shares, factors, strict=True))

    def right(shares: list, factors: list) -> float:
        return 1 / (1 - sum(shares) + now(shares, factors))

    def by_share(shares: list, factors: list) -> dict:
        return dict(zip(shares, factors, strict=True))

    def part(number: Callable[[list], int]) -> Callable:
        """Only one of the parts is made faster."""
        return lambda s, f: right([s[number(s)]], [f[number(s)]]) if s else 1.0

    mistakes: Mistakes = {
        "You forget the rest, which nobody changes: its time is added.": lambda s, f: (
            1 / now(s, f) if s else 0.0
        ),
        "This is the new time. Return how many times as fast it is: the old time by the "
        "new.": lambda s, f: 1 / right(s, f),
        "This is the time that is saved. Return how many times as fast the whole "
        "becomes.": lambda s, f: 1 - 1 / right(s, f),
        "You add the saved time to 1. Divide the old time by the new.": lambda s, f: (
            2 - 1 / right(s, f)
        ),
        "You multiply shares and factors. A part that becomes faster takes *less* time: "
        "divide.": lambda s, f: 1 - sum(s) + product(s, f),
        "You multiply shares and factors, and forget the rest. A part that becomes faster takes "
        "*less* time: divide.": lambda s, f: product(s, f),
        "You multiply the time by the factor. A part that becomes faster takes *less*: "
        "divide.": lambda s, f: 1 / (1 - sum(s) + product(s, f)),
        "You multiply the factors. Each concerns one part only.": lambda s, f: math.prod(f),
        "You take the mean of the factors. A large part counts more than a small one.": (
            lambda s, f: sum(f) / len(f) if f else 1.0
        ),
        "You weigh the factors with the shares. Add up times, not factors.": lambda s, f: (
            product(s, f) / sum(s)
        ),
        "You multiply the speed-ups of the single parts. Add up the new times.": lambda s, f: (
            math.prod(right([a], [b]) for a, b in zip(s, f, strict=True))
        ),
        "You add up the speed-ups of the single parts. Add up the new times.": lambda s, f: sum(
            right([a], [b]) for a, b in zip(s, f, strict=True)
        ),
        "A factor below 1 makes a part, and so the whole, slower. Keep such factors.": [
            lambda s, f: right(s, [max(1, one) for one in f]),
            lambda s, f: max(1, right(s, f)),
        ],
        "If nothing becomes faster, the whole is once as fast as before: 1.": lambda s, f: (
            right(s, f) if s else 0.0
        ),
        "The shares need not add up to 1: what is left takes its time, too.": lambda s, f: (
            sum(s) / now(s, f) if s else 1.0
        ),
        "You pair each share with every factor. Each share has one factor, its own: `zip`.": (
            lambda s, f: 1 / (1 - sum(s) + sum(a / b for a in s for b in f))
        ),
        "This is a percentage. Return how many times as fast it is.": lambda s, f: (
            100 * right(s, f)
        ),
        "The rest is there only once. You add it for each part.": lambda s, f: (
            1 / (now(s, f) + len(s) - sum(s)) if s else 1.0
        ),
        "Only the first new time counts. Is `return` inside of the loop?": lambda s, f: (
            1 / (1 - sum(s) + s[0] / f[0]) if s else 1.0
        ),
        "You subtract the new times from 1. The rest is 1 minus the *old* times, and the new ones "
        "are added.": lambda s, f: 1 / (1 - now(s, f)),
        "Two parts may have the same share, and still different factors.": [
            lambda s, f: right(s, [f[s.index(one)] for one in s]),
            lambda s, f: right([*by_share(s, f)], [*by_share(s, f).values()]),
        ],
        "You look at the largest part only. All count.": part(lambda s: s.index(max(s))),
        "You look at the first part only. All count.": part(lambda s: 0),
        "You look at the last part only. Add up.": part(lambda s: -1),
        "You take the rest as 1. It is 1 minus the sum of the shares.": lambda s, f: (
            1 / (1 + now(s, f))
        ),
        "This is how much faster it is. Return how many times as *fast*: 1 more.": lambda s, f: (
            right(s, f) - 1
        ),
    }

    def otherwise(shares: list, factors: list) -> str:
        parts = [round(one, 3) for one in shares], [round(one, 3) for one in factors]
        words = f"For the shares {parts[0]} and the factors {parts[1]}, the whole becomes {{right}}"
        return f"{words} times as fast; you say {{given}}. How long does it take, if it took 1?"

    def stops(error: Exception, shares: list, factors: list) -> str:
        words = {
            "IndexError": f"The lists may have any length, and here they have {len(shares)}. The "
            "last index is one less.",
            "ZeroDivision": f"For the shares {shares} and the factors {factors}, you divide by 0. "
            "Divide by the new time, in which each part takes its share divided by its factor.",
            "operand.*'list'|by non-int|concatenate list": "Lists have no arithmetic. Go through "
            "both: `for s, f in zip(shares, factors)`.",
        }
        empty = "With empty lists, nothing becomes faster: the answer is 1."
        return says(words, error) if shares else empty

    examine(whole_speedup, draw, right, mistakes, otherwise, stops=stops)
    return "Half of the time made endlessly fast brings a factor of 2. So look at the largest part."


class Work:
    """Some work whose calls take given times, by a clock of its own."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds, self.calls, self.looks, self.now = seconds, 0, 0, 1000.0

    def __call__(self) -> None:
        """Work: let as much time go by as this call takes."""
        self.now += self.seconds[self.calls % len(self.seconds)]
        self.calls += 1

    def clock(self) -> float:
        """The time in seconds."""
        self.looks += 1
        return self.now


@task("09.2")
def stopwatch(fair_time: Any) -> str:
    """The median and the spread of several measured calls."""
    random = np.random.default_rng()
    calls = (3, 5), (2, 6), (0, 4), (1, 7), (2, 3), (2, 1)

    def draw() -> list[tuple[Work, int, int, Callable]]:
        cases = []
        for warm_up, runs in calls:
            slow = 8 + random.random(warm_up)
            times = np.sort([*random.uniform(1, 2, runs - 1), random.uniform(3, 5)])
            times[:1] = times[:2][-1:]  # two are equal
            more = 20 + random.random(9)  # nobody should ask for these
            # In such fractions, the differences of the clock are exact.
            seconds = np.round(1024 * np.array([*slow, *random.permutation(times), *more])) / 1024
            work = Work(seconds.tolist())
            cases.append((work, warm_up, runs, work.clock))
        return cases

    def by(
        middle: Callable = statistics.median,
        spread: Callable = lambda x: max(x) - min(x),
        measured: Callable = lambda seconds, skip, n: seconds[skip : skip + n],
    ) -> Callable:
        """The task, with another part."""

        def run(work: Work, warm_up: int, runs: int, clock: Any) -> tuple[float, float]:
            times = measured(work.seconds, warm_up, runs)
            return middle(times), spread(times)

        return run

    right = by()
    mistakes: Mistakes = {
        "The warm-up is measured, too. Its calls do not count.": by(
            measured=lambda seconds, skip, n: seconds[: skip + n]
        ),
        "You measure the first `runs` calls of `work()`. Before them there should be `warm_up` "
        "calls that nobody measures.": by(measured=lambda seconds, skip, n: seconds[:n]),
        "The warm-up has one call, whatever `warm_up` says.": by(
            measured=lambda seconds, skip, n: seconds[1 : n + 1]
        ),
        "Before the first measured call, `work` is called once too often or too rarely: "
        "`range(warm_up)` makes `warm_up` rounds.": [
            by(measured=lambda seconds, skip, n: seconds[max(0, skip - 1) :][:n]),
            by(measured=lambda seconds, skip, n: seconds[skip + 1 :][:n]),
        ],
        "The warm-up calls are among the `runs`. Make `runs` calls after them.": by(
            measured=lambda seconds, skip, n: seconds[skip:n]
        ),
        "The first number is the mean, which one slow call pulls up. Take the median.": by(
            statistics.mean
        ),
        "The first number is the shortest time. Take the median.": by(min),
        "The first number is the sum of the times. Take the median.": by(sum),
        "The first number is not the median of an even number of times, which lies between the "
        "two in the middle. `statistics.median` knows.": by(statistics.median_high),
        "The first number is not the median of an even number of times, which lies between the two "
        "in the middle: `statistics.median` knows.": by(statistics.median_low),
        "The median is that of *sorted* times.": [
            by(lambda x: x[len(x) // 2]),
            by(lambda x: (x[(len(x) - 1) // 2] + x[len(x) // 2]) / 2),
        ],
        "You measure all calls together. Measure each alone.": by(statistics.mean, lambda x: 0.0),
        "Equal times count, too. A set keeps only one of them.": by(
            lambda x: statistics.median({*x})
        ),
        "You leave out the extreme times. All count.": by(
            measured=lambda seconds, skip, n: (
                sorted(seconds[skip : skip + n])[1:-1] or seconds[skip : skip + n]
            )
        ),
        "Your times are negative: the later look at the clock minus the earlier one.": by(
            lambda x: -statistics.median(x)
        ),
        "You measure one call too many. Make `runs` of them.": by(
            measured=lambda seconds, skip, n: seconds[skip : skip + n + 1]
        ),
        "The first time contains the warm-up. Look at the clock after it.": by(
            measured=lambda seconds, skip, n: [
                sum(seconds[: skip + 1]),
                *seconds[skip + 1 : skip + n],
            ]
        ),
        "You round. Return the times with all of their digits.": [
            by(
                measured=lambda seconds, skip, n, d=d: np.round(
                    seconds[skip : skip + n], d
                ).tolist()
            )
            for d in (0, 1, 2, 3)
        ],
        "The second number is the distance of two quartiles. Take the longest minus the "
        "shortest.": by(spread=lambda x: np.percentile(x, 75) - np.percentile(x, 25)),
        "With one run, the median is its time, and only the spread is 0.": lambda *case: (
            right(*case) if case[2] > 1 else (0.0, 0.0)
        ),
        "The second number is the standard deviation. The spread here is the longest time minus "
        "the shortest.": by(spread=lambda x: statistics.stdev(x) if len(x) > 1 else 0.0),
        "The second number is a standard deviation. The spread here is the longest time minus "
        "the shortest.": by(spread=statistics.pstdev),
        "The second number is the longest time. Subtract the shortest.": by(spread=max),
        "The second number is the last time minus the first. Take the longest minus the "
        "shortest.": by(spread=lambda x: x[-1] - x[0]),
        "The second number is negative: the longest minus the shortest.": by(
            spread=lambda x: min(x) - max(x)
        ),
        "The second number is the longest time minus the median. Subtract the shortest.": by(
            spread=lambda x: max(x) - statistics.median(x)
        ),
        "You swap the two: the median comes first.": lambda *case: right(*case)[::-1],
        "You measure in milliseconds. Leave the clock's unit.": lambda *case: [
            1000 * one for one in right(*case)
        ],
        "Only the last call is in your list. Is it emptied in the loop?": by(
            measured=lambda seconds, skip, n: [seconds[skip + n - 1]]
        ),
        "Only the first call is measured. Does a `return` stand in the loop?": by(
            measured=lambda seconds, skip, n: [seconds[skip]]
        ),
        "The last of the `runs` calls is not among your times.": by(
            measured=lambda seconds, skip, n: seconds[skip : skip + n - 1]
        ),
        "The first call after the warm-up is not among your times.": by(
            measured=lambda seconds, skip, n: seconds[skip + 1 : skip + n]
        ),
        "The warm-up comes once, before all measured calls, and not before each.": by(
            measured=lambda seconds, skip, n: [
                seconds[((i + 1) * (skip + 1) - 1) % len(seconds)] for i in range(n)
            ]
        ),
        "All times are 0: `work()` is not called between the two looks at the clock.": by(
            measured=lambda seconds, skip, n: [0.0] * n
        ),
        "Each of your times runs from the first look at the clock. Look at it anew before each "
        "call.": by(measured=lambda seconds, skip, n: np.cumsum(seconds[skip : skip + n]).tolist()),
    }
    used: list[Work] = []

    def watched(work: Work, warm_up: int, runs: int, clock: Callable) -> Any:
        result = call(fair_time, work, warm_up, runs, clock)
        used.append(work)
        words = "Your function never looks at the clock that it is given: call `clock()`."
        refuse({words: not work.looks})
        return result

    def convert(answer: Any) -> tuple:
        return several(answer, 2, "the median and the spread")

    def otherwise(work: Work, warm_up: int, runs: int, clock: Any) -> str:
        times = [round(one, 3) for one in right_times(work, warm_up, runs)]
        words = f"The {runs} calls after {warm_up} for the warm-up took {times}. Your answer "
        return f"{words}at index {{place}} should be {{right}}; you say {{given}}."

    def right_times(work: Work, warm_up: int, runs: int) -> list[float]:
        return work.seconds[warm_up : warm_up + runs]

    def stops(error: Exception, work: Work, warm_up: int, runs: int, *_: Any) -> str:
        words = {
            "'method'": "`clock` is a function. Call it: `clock()` is the time.",
            "data point": "With one run, there is one time only. The spread is then 0: the longest "
            "minus the shortest.",
            "no median|no mean|empty": f"With warm_up = {warm_up} and runs = {runs}, you ask for "
            f"the median, `max` or `min` of an empty list. All {runs} times after the "
            "warm-up belong into it.",
            "IndexError": f"With runs = {runs}, the largest index of the times is {runs - 1}.",
            "NoneType": "There is a None, which `work()`, `append` and `sort` return. The times "
            "come from `clock()`.",
            r"Work\.(__call__|clock)": "`work` and `clock` take no arguments: `work()`, `clock()`.",
        }
        return says(words, error)

    examine(watched, draw, right, mistakes, otherwise, convert=convert, stops=stops)
    for work, (warm_up, runs) in zip(used, calls, strict=True):
        if work.calls != warm_up + runs:
            words = f"With warm_up = {warm_up} and runs = {runs}, there should be {warm_up + runs}"
            raise WrongAnswer(f"{words} calls of `work`; there are {work.calls}.")
    return "A median with its spread can be believed, and repeated by others. A single time cannot."


@task("09.3")
def convolution(multiplications: Any) -> str:
    """How many multiplications a convolution needs."""
    random = np.random.default_rng()

    def draw() -> list[tuple[int, ...]]:
        cases: list[tuple[int, ...]] = [
            (28, 28, 1, 8, 3, 0, 1),
            (8, 9, 1, 3, 3, 1, 2),
            (5, 4, 3, 2, 4, 0, 2),
            (9, 12, 2, 3, 2, 0, 3),  # a stride that leaves pixels out
        ]
        for _ in range(4):
            height, width, size = (int(x) for x in random.integers((9, 9, 2), (30, 30, 6)))
            channels, filters, padding, power = (
                int(x) for x in random.integers((2, 2, 0, 0), (9, 9, 4, 3))
            )
            # With a border wider than the filter, formulas for zeros differ. To divide by powers
            # of 2 is exact.
            cases.append((height, width, channels, filters, size, padding % size, 2**power))
        return cases

    def fits(pixels: int, size: int, padding: float, stride: int) -> int:
        """How many positions there are along a row or a column."""
        return int((pixels + 2 * padding - size) // stride) + 1

    def by(positions: Callable = fits, work: Callable | None = None) -> Callable:
        """The task, with another number of positions, or other work at each."""

        def run(h: int, w: int, c: int, f: int, k: int, p: int, s: int) -> int:
            each = work(c, f, k) if work else c * f * k * k
            return positions(h, k, p, s) * positions(w, k, p, s) * each

        return run

    def inside(pixels: int, size: int, padding: int, stride: int) -> int:
        """How many pairs of a filter's pixel and a real one there are along a row."""
        starts = range(-padding, pixels + padding - size + 1, stride)
        return sum(0 <= start + i < pixels for start in starts for i in range(size))

    right = by()
    mistakes: Mistakes = {
        "The border is missing: `padding`.": by(lambda n, k, p, s: max(0, fits(n, k, 0, s))),
        "The border is there on both sides: `2 * padding`.": by(
            lambda n, k, p, s: fits(n, k, p / 2, s)
        ),
        "The stride is missing.": by(lambda n, k, p, s: fits(n, k, p, 1)),
        "You divide all positions by the stride. The first needs no step: how many steps fit after "
        "it?": [
            by(lambda n, k, p, s: fits(n, k, p, 1) // s),
            lambda *case: right(*case[:-1], 1) // case[-1] ** 2,
        ],
        "Put brackets around what is divided: `(width + 2 * padding - size) // stride`.": [
            by(lambda n, k, p, s: (n + 2 * p) // s - k + 1),
            by(lambda n, k, p, s: n + 2 * p - k // s + 1),
        ],
        "The stride holds for the steps to the right and for those downwards.": [
            lambda h, w, c, f, k, p, s: fits(h, k, p, s) * fits(w, k, p, 1) * c * f * k * k,
            lambda h, w, c, f, k, p, s: fits(h, k, p, 1) * fits(w, k, p, s) * c * f * k * k,
        ],
        "A stride may be larger than the filter, and then leaves pixels out.": by(
            lambda n, k, p, s: (n + 2 * p - k) // min(s, k) + 1
        ),
        "Round down before you multiply: a filter stands at whole positions.": lambda *case: int(
            by(lambda n, k, p, s: (n + 2 * p - k) / s + 1)(*case)
        ),
        "This is twice the number. Only multiplications count, each once.": lambda *case: (
            2 * right(*case)
        ),
        "Each filter multiplies in each channel: `filters * channels`, not their sum.": by(
            work=lambda c, f, k: (c + f) * k * k
        ),
        "The first position is missing: `+ 1`.": by(lambda n, k, p, s: fits(n, k, p, s) - 1),
        "The filter does not fit a last time if it would stand out: round down, with `//`.": [
            by(lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1),
            by(lambda n, k, p, s: round((n + 2 * p - k) / s) + 1),
        ],
        "You leave out the size of the filter: it has to fit.": by(
            lambda n, k, p, s: (n + 2 * p - 1) // s + 1
        ),
        "You count as many positions as there are pixels.": by(lambda n, k, p, s: n),
        "You count as many positions as there are pixels with the border. The whole filter has to "
        "fit.": by(lambda n, k, p, s: n + 2 * p),
        "`channels` is missing: each filter looks at all of them.": by(
            work=lambda c, f, k: f * k * k
        ),
        "`filters` is missing: each of them does this work.": by(work=lambda c, f, k: c * k * k),
        "A filter has size × size pixels. You count size only.": by(work=lambda c, f, k: c * f * k),
        "This is the number of outputs. Each is a sum of many products.": by(
            work=lambda c, f, k: f
        ),
        "These are the positions. At each there is more than one product.": by(
            work=lambda c, f, k: 1
        ),
        "This is the number of weights. Each is used at every position.": lambda *case: (
            case[2] * case[3] * case[4] ** 2
        ),
        "You add one for the bias. There is none.": by(work=lambda c, f, k: f * (c * k * k + 1)),
        "You take the height for the width.": lambda h, w, *rest: right(h, h, *rest),
        "You take the width for the height.": lambda h, w, *rest: right(w, w, *rest),
        "You leave out the products with the zeros of the border. They count as well.": (
            lambda h, w, c, f, k, p, s: inside(h, k, p, s) * inside(w, k, p, s) * c * f
        ),
    }

    def otherwise(h: int, w: int, c: int, f: int, k: int, p: int, s: int) -> str:
        words = f"For {h} × {w} pixels, channels {c}, filters {f}, size {k}, padding {p} and stride"
        words = f"{words} {s} it is {{right}}, because there are {fits(h, k, p, s)} ×"
        words = f"{words} {fits(w, k, p, s)} positions, and at each, every filter multiplies"
        return f"{words} {c} × {k} × {k} numbers; you say {{given}}."

    examine(multiplications, draw, right, mistakes, otherwise, convert=whole)
    return "So you can compare two networks before you build them, as the lesson does with two."
