"""Answers to the exercises of notebook 09: wrong ones with their words, and right ones."""

from tests.lessons.wrong_answers import changed

SPEEDUP = "def whole_speedup(shares, factors):\n    return {}"
NEW = "sum(s / f for s, f in zip(shares, factors))"
TIME = """
def fair_time(work, warm_up, runs, clock=time.perf_counter):
    for _ in range(warm_up):
        work()
    times = []
    for _ in range(runs):
        started = clock()
        work()
        times.append(clock() - started)
    return statistics.median(times), max(times) - min(times)
"""
COUNT = """
def multiplications(height, width, channels, filters, size, padding, stride):
    rows = (height + 2 * padding - size) // stride + 1
    columns = (width + 2 * padding - size) // stride + 1
    return {}
"""
PLACES = """
def multiplications(height, width, channels, filters, size, padding, stride):
    def places(pixels):
        return {}

    return places(height) * places(width) * filters * channels * size**2
"""


MEDIAN, SPREAD = "statistics.median(times)", "max(times) - min(times)"
WRONG = {
    ("09.1", SPEEDUP): {
        f"1 / {NEW}": "You forget the rest",
        f"1 / ({NEW} or 1)": "you say",
        f"1 - sum(shares) + {NEW}": "This is the new time",
        f"sum(shares) - {NEW}": "This is the time that is saved",
        f"1 + sum(shares) - {NEW}": "You add the saved time to 1",
        "1 - sum(shares) + sum(s * f for s, f in zip(shares, factors))": "takes *less* time",
        "sum(s * f for s, f in zip(shares, factors))": "and forget the rest",
        "1 / (1 - sum(shares) + sum(s * f for s, f in zip(shares, factors)))": "takes *less*: divide",
        "__import__('math').prod(factors)": "You multiply the factors",
        "sum(factors) / len(factors) if factors else 1": "the mean of the factors",
        "sum(s * f for s, f in zip(shares, factors)) / sum(shares)": "Add up times, not",
        "sum(factors) / len(factors)": "the mean of the factors",
        "__import__('math').prod(1 / (1 - s + s / f) for s, f in zip(shares, factors))": "the single parts",
        "1 / (1 - max(shares) + max(shares) / factors[shares.index(max(shares))]) if shares else 1": "the largest part only",
        "1 / (1 - shares[0] + shares[0] / factors[0]) if shares else 1": "the first part only",
        f"1 / (1 + {NEW})": "You take the rest as 1",
        f"1 / (1 - sum(shares) + {NEW}) - 1": "how much faster",
        f"round(1 / (1 - sum(shares) + {NEW}), 1)": "You round",
        f"[1 / (1 - sum(shares) + {NEW})]": "is a list",
        f"sum(shares) / sum(shares) / (1 - sum(shares) + {NEW})": "With empty lists",
        "2.0": "Your function returns the same",
        f"print(1 / (1 - sum(shares) + {NEW}))": "your function returns None",
        f"str(1 / (1 - sum(shares) + {NEW}))": "is a text",
    },
    ("09.2", "{}"): {
        changed(
            TIME,
            ("    for _ in range(warm_up):\n        work()\n", ""),
            ("range(runs)", "range(warm_up + runs)"),
        ): "The warm-up is measured",
        changed(
            TIME, ("    for _ in range(warm_up):\n        work()\n", "")
        ): "You measure the first `runs` calls",
        changed(
            TIME, ("    for _ in range(warm_up):\n        work()\n", "    work()\n")
        ): "The warm-up has one call",
        changed(TIME, (MEDIAN, "statistics.mean(times)")): "The first number is the mean",
        changed(TIME, (f"return {MEDIAN}", "return min(times)")): "the shortest time",
        changed(TIME, (MEDIAN, "sum(times)")): "the sum of the times",
        changed(TIME, (MEDIAN, "sorted(times)[len(times) // 2]")): "an even number",
        changed(TIME, (MEDIAN, "times[len(times) // 2]")): "*sorted* times",
        changed(TIME, (SPREAD, "statistics.pstdev(times)")): "a standard deviation",
        changed(TIME, (SPREAD, "max(times)")): "the longest time. Subtract",
        changed(TIME, (SPREAD, "times[-1] - times[0]")): "the last time minus the first",
        changed(TIME, (SPREAD, "min(times) - max(times)")): "is negative",
        changed(TIME, (f"{MEDIAN}, {SPREAD}", f"{SPREAD}, {MEDIAN}")): "You swap the two",
        changed(TIME, (f"{MEDIAN}, {SPREAD}", MEDIAN)): "Return 2 numbers",
        changed(TIME, (f"{MEDIAN}, {SPREAD}", "times")): "yours are 5",
        changed(
            TIME,
            ("started = clock()", "started = time.perf_counter()"),
            ("clock() - started", "time.perf_counter() - started"),
        ): "never looks at the clock",
        changed(
            TIME,
            ("        started = clock()\n", ""),
            ("    times = []\n", "    times = []\n    started = clock()\n"),
        ): "from the first look",
        changed(
            TIME, ("times.append(clock() - started)", "times.append(1000 * (clock() - started))")
        ): "in milliseconds",
        changed(TIME, ("    return", "    work()\n    return")): "there are 9",
        changed(TIME, ("clock() - started", "started - clock()")): "Your times are negative",
        changed(TIME, ("clock() - started", "clock - started")): "`clock` is a function",
        changed(TIME, ("        work()\n        times", "        times")): "All times are 0",
        changed(
            TIME, (f"return {MEDIAN}, {SPREAD}", f"print({MEDIAN}, {SPREAD})")
        ): "`return` instead of `print`",
        changed(
            TIME, ("range(runs):\n", "range(runs):\n        times = []\n")
        ): "Only the last call",
        changed(TIME, ("    return", "        return")): "Only the first call",
        changed(TIME, ("range(runs)", "range(runs - 1)")): "The last of the `runs` calls is not",
        changed(
            TIME,
            ("    for _ in range(warm_up):\n        work()\n", ""),
            (
                "        started",
                "        for _ in range(warm_up):\n            work()\n        started",
            ),
        ): "and not before each",
        changed(
            TIME,
            ("    for _ in range(warm_up):\n        work()\n", ""),
            ("    return", "    times = times[warm_up:]\n    return"),
        ): "are among the `runs`",
        "def fair_time(work, warm_up, runs):\n    return 1, 1": "is called with 4 arguments",
    },
    ("09.3", COUNT): {
        "rows * columns * filters * size * size": "`channels` is missing",
        "rows * columns * channels * size * size": "`filters` is missing",
        "rows * columns * channels * filters * size": "You count size only",
        "rows * columns * filters": "This is the number of outputs",
        "rows * columns": "These are the positions",
        "channels * filters * size * size": "This is the number of weights",
        "rows * columns * filters * (channels * size * size + 1)": "one for the bias",
        "rows * rows * filters * channels * size * size": "the height for the width",
        "height * width * filters * channels * size * size": "as many positions as there are pixels",
        "rows * columns * filters * channels * size * size / 1000": "not a whole number",
        "(rows, columns)": "should be one number",
        "str(rows * columns * filters * channels * size * size)": "is a text",
        "print(rows * columns * filters * channels * size * size)": "your function returns None",
        "5832": "Your function returns the same",
    },
    ("09.3", PLACES): {
        "(pixels - size) // stride + 1": "The border is missing",
        "(pixels + padding - size) // stride + 1": "on both sides",
        "pixels + 2 * padding - size + 1": "The stride is missing",
        "(pixels + 2 * padding - size + 1) // stride": "You divide all positions",
        "(pixels + 2 * padding - size) // stride": "The first position is missing",
        "-(-(pixels + 2 * padding - size) // stride) + 1": "round down",
        "(pixels + 2 * padding - size) / stride + 1": "is not a whole number",
        "pixels + 2 * padding": "with the border",
        "(pixels + 2 * padding - 1) // stride + 1": "the size of the filter",
    },
}

RIGHT = {
    "09.1": [
        SPEEDUP.replace("{}", f"1 / (1 - sum(shares) + {NEW})"),
        """
def whole_speedup(shares, factors):
    before = 100
    after = before
    for share, factor in zip(shares, factors):
        after -= before * share * (1 - 1 / factor)
    return before / after
""",
        """
import numpy as np

def whole_speedup(shares, factors):
    shares, factors = np.array(shares), np.array(factors)
    return 1 / (1 - shares.sum() + (shares / factors).sum())
""",
        """
import torch

def whole_speedup(shares, factors):
    s, f = torch.tensor(shares, dtype=torch.double), torch.tensor(factors, dtype=torch.double)
    return 1 / ((s / f).sum() + 1 - s.sum())
""",
        """
def whole_speedup(shares, factors):
    saved = 0
    for i in range(len(shares)):
        saved += shares[i] - shares[i] / factors[i]
    return (1 - saved) ** -1
""",
        "whole_speedup = lambda shares, factors: 1 / sum(s / f for s, f in [*zip(shares, factors), (1 - sum(shares), 1)])",
    ],
    "09.2": [
        TIME,
        """
def fair_time(work, warm_up, runs, clock=time.perf_counter):
    times = []
    for i in range(warm_up + runs):
        before = clock()
        work()
        after = clock()
        if i >= warm_up:
            times.append(after - before)
    times.sort()
    half = runs // 2
    median = times[half] if runs % 2 else (times[half - 1] + times[half]) / 2
    return [median, times[-1] - times[0]]
""",
        """
import numpy as np

def fair_time(work, warm_up, runs, clock=time.perf_counter):
    [work() for _ in range(warm_up)]
    marks = [clock()]
    for _ in range(runs):
        work()
        marks.append(clock())
    times = np.diff(marks)
    return np.median(times), np.ptp(times)
""",
        """
def once(work, clock):
    started = clock()
    work()
    return clock() - started

def fair_time(work, warm_up, runs, clock):
    all_times = [once(work, clock) for _ in range(warm_up + runs)]
    counted = all_times[warm_up:]
    return statistics.median(counted), max(counted) - min(counted)
""",
        """
def fair_time(work, warm_up, runs, clock=time.perf_counter):
    while warm_up > 0:
        work()
        warm_up -= 1
    times = [-(clock() - (work(), clock())[1]) for _ in range(runs)]
    return statistics.median(times), max(times) - min(times)
""",
        """
import numpy as np

def fair_time(work, warm_up, runs, clock=time.perf_counter):
    for _ in range(warm_up):
        work()
    times = np.empty(runs)
    for i in range(runs):
        times[i] = -clock()
        work()
        times[i] += clock()
    return np.array([np.quantile(times, 0.5), times.max() - times.min()])
""",
    ],
    "09.3": [
        COUNT.replace("{}", "rows * columns * filters * channels * size * size"),
        COUNT.replace("{}", "float(rows * columns * filters * channels * size ** 2)"),
        PLACES.replace("{}", "int((pixels + 2 * padding - size) / stride) + 1"),
        PLACES.replace("{}", "len(range(0, pixels + 2 * padding - size + 1, stride))"),
        PLACES.replace("{}", "(pixels + 2 * padding - size + stride) // stride"),
        """
import torch

def multiplications(height, width, channels, filters, size, padding, stride):
    layer = torch.nn.Conv2d(channels, filters, size, stride, padding)
    out = layer(torch.zeros(1, channels, height, width))
    return torch.tensor(out.numel() * layer.weight[0].numel())
""",
        """
import numpy as np

def multiplications(height, width, channels, filters, size, padding, stride):
    count = 0
    for top in range(-padding, height + padding - size + 1, stride):
        for left in range(-padding, width + padding - size + 1, stride):
            count += filters * channels * size * size
    return np.int64(count)
""",
    ],
}

WARM_UP = "    for _ in range(warm_up):\n        work()\n"
PIXELS = "(pixels + 2 * padding - size)"
WRONG |= {
    ("09.1", SPEEDUP + " "): {
        "1 / (1 - sum(shares) + sum(s / f for s in shares for f in factors))": "You pair each share",
        "1 / (1 - sum(s * f for s, f in zip(shares, factors)))": "you divide by 0. Divide by the",
        f"100 / (1 - sum(shares) + {NEW})": "This is a percentage",
        f"1 / (1 - sum(shares) + {NEW}) if shares else 0": "is once as fast as before",
        "1 / (1 - sum(shares) + sum(s / max(f, 1) for s, f in zip(shares, factors)))": "A factor below 1 makes",
        f"max(1, 1 / (1 - sum(shares) + {NEW}))": "A factor below 1 makes",
        f"sum(shares) / {NEW} if shares else 1": "need not add up to 1",
        f"1 / ({NEW} + len(shares) - sum(shares)) if shares else 1": "The rest is there only once",
        "1 / (1 - sum(shares) + shares[0] / factors[0]) if shares else 1": "Is `return` inside of the loop",
        f"1 / (1 - {NEW})": "You subtract the new times",
        "sum(1 / (1 - s + s / f) for s, f in zip(shares, factors))": "You add up the speed-ups",
        "1 / (1 - sum(shares) + sum(s / factors[shares.index(s)] for s in shares))": "the same share",
        "(lambda d: 1 / (1 - sum(d) + sum(s / f for s, f in d.items())))(dict(zip(shares, factors)))": "the same share",
        "1 / (1 - sum(shares) + sum(shares / factors))": "Lists have no arithmetic",
        "1 / (1 - shares[0] - shares[1] + shares[0] / factors[0] + shares[1] / factors[1])": "and here they have 1",
    },
    ("09.2", "{} "): {
        changed(
            TIME, ("    return", "    times = times[1:]\n    return")
        ): "The first call after the warm-up is not",
        changed(
            TIME, (SPREAD, "max(times[1:]) - min(times[1:])")
        ): "the median, `max` or `min` of an empty list",
        changed(TIME, ("min(times)", "sorted(times)[1]")): "the largest index of the times is 0",
        changed(TIME, ("clock() - started", "work()")): "There is a None",
        changed(TIME, (WARM_UP, "    work(warm_up)\n")): "take no arguments",
        changed(TIME, (MEDIAN, "statistics.median({*times})")): "A set keeps only one",
        changed(
            TIME, (f"{MEDIAN}, {SPREAD}", f"({MEDIAN}, {SPREAD}) if runs > 1 else (0, 0)")
        ): "With one run, the median is its time",
        changed(
            TIME, (MEDIAN, "(times[runs // 2] + times[(runs - 1) // 2]) / 2")
        ): "*sorted* times",
        changed(
            TIME, (f"{MEDIAN}, {SPREAD}", "statistics.mean(times), 0")
        ): "You measure all calls together",
        changed(
            TIME, ("    return", "    times = sorted(times)[1:-1] or times\n    return")
        ): "You leave out the extreme times",
        changed(TIME, ("range(runs)", "range(runs + 1)")): "one call too many",
        changed(TIME, ("clock() - started", "round(clock() - started, 3)")): "You round",
        changed(
            TIME,
            (
                SPREAD,
                "np.percentile(times, 75) - np.percentile(times, 25)".replace(
                    "np.", "__import__('numpy')."
                ),
            ),
        ): "two quartiles",
        changed(
            TIME,
            (WARM_UP, f"    started = clock()\n{WARM_UP}"),
            ("        started = clock()\n", ""),
            ("clock() - started)", "-started + (started := clock()))"),
        ): "contains the warm-up",
    },
    ("09.3", COUNT + " "): {
        "2 * rows * columns * filters * channels * size**2": "This is twice the number",
        "rows * columns * (filters + channels) * size**2": "not their sum",
        "rows * (width + 2 * padding - size + 1) * filters * channels * size**2": "The stride holds for",
    },
    ("09.3", PLACES + " "): {
        "(pixels + 2 * padding) // stride - size + 1": "Put brackets around",
        "pixels + 2 * padding - size // stride + 1": "Put brackets around",
        f"round({PIXELS} / stride) + 1": "round down, with `//`",
        f"{PIXELS} // min(stride, size) + 1": "may be larger than the filter",
    },
    ("09.3", "{} "): {
        changed(
            PLACES.replace("{}", f"{PIXELS} / stride + 1"),
            ("return places", "return int(places"),
            ("size**2", "size**2)"),
        ): "Round down before you multiply",
    },
}
