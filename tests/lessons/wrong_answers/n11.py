"""Answers to the exercises of notebook 11: wrong ones with their words, and right ones."""

from tests.lessons.wrong_answers import changed

BOXES = """
def boxes(picture, least):
    numbered, n = ndimage.label(picture, np.ones((3, 3)))
    found = []
    for part in range(1, n + 1):
        rows, columns = np.nonzero(numbered == part)
        if len(rows) >= least:
            found.append((rows.min(), rows.max() + 1, columns.min(), columns.max() + 1))
    return sorted(found, key=lambda box: (box[2], box[0]))
"""
CUT = """
def best_cut(ink, score):
    best, most = 0, score(ink)
    for column in range(1, ink.shape[1]):
        worse = min(score(ink[:, :column]), score(ink[:, column:]))
        if worse > most:
            best, most = column, worse
    return best
"""
SURE = """
def sure(probabilities):
    text, chance = '', 1
    for row in probabilities:
        first, second = np.argsort(-row)[:2]
        text += f'{first}' if row[first] >= 0.9 else f'[{first}/{second}]'
        chance *= row[first]
    return text, chance
"""


RIGHT = {
    "11.1": [
        BOXES,
        """
def boxes(picture, least):
    numbered, n = ndimage.label(picture > 0, structure=[[1, 1, 1]] * 3)
    sizes = np.bincount(numbered.ravel(), minlength=n + 1)
    slices = ndimage.find_objects(numbered)
    found = [[r.start, r.stop, c.start, c.stop] for k, (r, c) in enumerate(slices, 1) if sizes[k] >= least]
    found.sort(key=lambda one: (one[2], one[0]))
    return found
""",
        """
def boxes(picture, least):
    rows, columns = picture.shape
    seen, found = set(), []
    for start in zip(*np.nonzero(picture)):
        if start in seen:
            continue
        part, waiting = {start}, [start]
        while waiting:
            r, c = waiting.pop()
            for near in [(r + a, c + b) for a in (-1, 0, 1) for b in (-1, 0, 1)]:
                if 0 <= near[0] < rows and 0 <= near[1] < columns and picture[near] and near not in part:
                    part.add(near)
                    waiting.append(near)
        seen |= part
        if len(part) >= least:
            r, c = zip(*part)
            found.append((min(r), max(r) + 1, min(c), max(c) + 1))
    return sorted(found, key=lambda box: [box[2], box[0]])
""",
        """
def boxes(picture, least):
    numbered, n = ndimage.label(picture, np.ones((3, 3)))
    table = []
    for part in range(1, n + 1):
        mask = numbered == part
        if mask.sum() < least:
            continue
        rows = np.flatnonzero(mask.any(axis=1))
        columns = np.flatnonzero(mask.any(axis=0))
        table.append([rows[0], rows[-1] + 1, columns[0], columns[-1] + 1])
    if not table:
        return []
    table = np.array(table)
    return table[np.lexsort((table[:, 0], table[:, 2]))]
""",
        changed(
            BOXES,
            (
                "return sorted(found, key=lambda box: (box[2], box[0]))",
                "found.sort()\n    found.sort(key=lambda box: box[2])\n    return found",
            ),
        ),
        """
def boxes(picture, least):
    numbered, n = ndimage.label(picture, np.ones((3, 3)))
    found = []
    for part in range(1, n + 1):
        rows, columns = np.nonzero(numbered == part)
        if len(rows) >= least:
            found.append((rows.min(), rows.max() + 1, columns.min(), columns.max() + 1))
    return list(sorted(found, key=lambda box: (box[2], box[0])))
""",
    ],
    "11.2": [
        CUT,
        """
def best_cut(ink, score):
    worths = {0: score(ink)}
    for column in range(1, ink.shape[1]):
        worths[column] = min(map(score, np.split(ink, [column], axis=1)))
    return max(worths, key=worths.get)
""",
        """
def best_cut(ink, score):
    columns = np.arange(1, ink.shape[1])
    worse = np.array([min(score(ink[:, :c]), score(ink[:, c:])) for c in columns])
    best = worse.argmax() if len(worse) else 0
    return columns[best] if len(worse) and worse[best] > score(ink) else 0
""",
        """
def best_cut(ink, score):
    whole = score(ink)
    best = 0
    value = whole
    column = 1
    while column < len(ink[0]):
        a, b = score(ink[:, 0:column]), score(ink[:, column:])
        w = a if a < b else b
        if w > value:
            value = w
            best = column
        column += 1
    return best
""",
        """
def best_cut(ink, score):
    worse = [score(ink)] + [min(score(ink[:, :c]), score(ink[:, c:])) for c in range(1, ink.shape[1])]
    return worse.index(max(worse))
""",
        """
def best_cut(ink, score):
    found = [(score(ink), 0)]
    for c in range(1, ink.shape[1]):
        found.append((min(score(ink[:, :c]), score(ink[:, c:])), -c))
    return float(-max(found)[1])
""",
    ],
    "11.3": [
        SURE,
        """
def sure(probabilities):
    pieces = []
    for row in probabilities:
        order = sorted(range(10), key=lambda digit: row[digit], reverse=True)
        if row[order[0]] < 0.9:
            pieces.append("[" + str(order[0]) + "/" + str(order[1]) + "]")
        else:
            pieces.append(str(order[0]))
    return "".join(pieces), probabilities.max(axis=1).prod()
""",
        """
def sure(probabilities):
    text = ""
    for row in probabilities.copy():
        best = row.argmax()
        high = row[best]
        row[best] = -1
        text += str(best) if high >= 0.9 else f"[{best}/{row.argmax()}]"
    return [text, np.prod(np.max(probabilities, 1))]
""",
        """
import math
def sure(probabilities):
    top = __import__('torch').from_numpy(probabilities).topk(2)
    text = "".join(
        f"{a}" if p >= 0.9 else f"[{a}/{b}]"
        for (a, b), (p, _) in zip(top.indices.tolist(), top.values.tolist())
    )
    return text, math.prod(top.values[:, 0].tolist())
""",
        """
def sure(probabilities):
    def one(row):
        best, other = np.argsort(row)[::-1][:2]
        return str(best) if not row[best] < 0.9 else "[%d/%d]" % (best, other)
    return "".join(map(one, probabilities)), np.exp(np.log(probabilities.max(axis=1)).sum())
""",
        changed(SURE, ("return text, chance", "return text, np.array([chance])")),
    ],
}

WRONG = {
    ("11.1", "{}"): {
        changed(BOXES, ("np.ones((3, 3))", "[[1, 1, 0], [1, 1, 1], [0, 1, 1]]")): "is missing",
        changed(BOXES, ("rows.min()", "rows[0]"), ("columns.min()", "columns[0]")): "you say",
        changed(BOXES, ("rows.min()", "float(rows.min())")): "Yours are floats",
        changed(BOXES, ("rows, columns = ", "columns, rows = ")): "Rows and columns are swapped",
        changed(
            BOXES,
            ("    found = []", "    sizes = np.bincount(numbered.ravel())\n    found = []"),
            ("len(rows)", "sizes[part - 1]"),
        ): "the size of the one before it",
        changed(
            BOXES,
            ("    return sorted", "    found = sorted(found)\n    found[0]\n    return sorted"),
        ): "The list is empty then",
        changed(
            BOXES, ("label(picture, np.ones((3, 3)))", "label(picture)")
        ): "Pixels that touch at a corner hang together, too: `ndimage",
        changed(
            BOXES, ("return sorted(found, key=lambda box: (box[2], box[0]))", "return found")
        ): "These are the boxes in the order of `label`, from top to b",
        changed(
            BOXES, ("sorted(found, key=lambda box: (box[2], box[0]))", "sorted(found)")
        ): "You sort by `top`. People read from left to right",
        changed(
            BOXES,
            (
                "sorted(found, key=lambda box: (box[2], box[0]))",
                "sorted(found, key=lambda box: box[2], reverse=True)",
            ),
        ): "box 0 is (1, 13, 2, 8); you say (13, 14,",
        changed(
            BOXES, (">= least", "> least")
        ): "A part of exactly `least` pixels stays: only those with fe",
        changed(
            BOXES, ("len(rows) >= least", "True")
        ): "You leave no part out. Those with fewer than `least` pixel",
        changed(
            BOXES,
            (
                "rows.max() + 1, columns.min(), columns.max() + 1",
                "rows.max(), columns.min(), columns.max()",
            ),
        ): "`bottom` and `right` are one past the last row and column.",
        changed(
            BOXES,
            (
                "(rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)",
                "(columns.min(), columns.max() + 1, rows.min(), rows.max() + 1)",
            ),
        ).replace(
            "(box[2], box[0])", "(box[0], box[2])"
        ): "The order is `(top, bottom, left, right)`: rows first, the",
        changed(
            BOXES,
            (
                "(rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)",
                "(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)",
            ),
        ).replace(
            "box[2], box[0]", "box[1], box[0]"
        ): "The order is `(top, bottom, left, right)`. Yours is top, l",
        changed(
            BOXES,
            ("if len(rows) >= least", "if (np.ptp(rows) + 1) * (np.ptp(columns) + 1) >= least"),
        ): "You count the pixels of the box. Count those of the part.",
        changed(
            BOXES, ("return sorted(found, key=lambda box: (box[2], box[0]))", "return len(found)")
        ): "Return a list of boxes; yours is an int.",
        changed(BOXES, ("range(1, n + 1)", "range(n)")): "Number 0 is the paper",
        changed(BOXES, ("range(1, n + 1)", "range(1, n)")): "The last part is missing",
        changed(
            BOXES,
            (
                "(rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)",
                "(rows.min(), rows.max() + 1)",
            ),
        ).replace(
            "(box[2], box[0])", "box[0]"
        ): "Return 4 numbers, top, bottom, left and right; yours are 2",
        changed(
            BOXES,
            ("    return sorted", "    if not found:\n        return None\n    return sorted"),
        ): "With least = 1 your function returns None. Each way throug",
        changed(
            BOXES,
            (
                "(rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)",
                "(rows.min(), rows.max() + 1 - rows.min(), columns.min(), columns.max() + 1 - columns.min())",
            ),
        ): "You return heights and widths",
    },
    ("11.2", "{}"): {
        changed(
            CUT,
            (
                "        worse =",
                "        if ink[:, column].any():\n            continue\n        worse =",
            ),
        ): "whether it has ink or not",
        changed(CUT, ("return best", "return best or None")): "your function returns None",
        """
def best_cut(ink, score):
    worths = [min(score(ink[:, :c]), score(ink[:, c:])) for c in range(1, ink.shape[1])]
    return worths.index(max(worths)) + 1 if max(worths) > score(ink) else 0
""": "An ink of one column has no cut",
        changed(
            CUT, ("worse = min", "worse = max")
        ): "You count the better piece. A cut is worth what its worse",
        changed(
            CUT,
            (
                "min(score(ink[:, :column]), score(ink[:, column:]))",
                "score(ink[:, :column]) + score(ink[:, column:])",
            ),
        ): "You add the pieces' scores, so one good digit makes up for",
        changed(
            CUT, ("min(score(ink[:, :column]), score(ink[:, column:]))", "score(ink[:, :column])")
        ): "You look at the left piece alone",
        changed(
            CUT, ("best, most = 0, score(ink)", "best, most = 0, -1e9")
        ): "You always cut, although no cut is worth more than the who",
        changed(
            CUT, ("worse > most", "worse >= most")
        ): "Where no cut is worth *more* than the whole, return",
        changed(
            CUT,
            (
                "            best, most = column, worse\n    return best",
                "            return column\n    return 0",
            ),
        ): "You take the first cut that is better than none. Try all,",
        changed(
            CUT, ("range(1, ink.shape[1])", "range(1, ink.shape[1] - 1)")
        ): "You do not try the last column.",
        changed(
            CUT, ("range(1, ink.shape[1])", "range(2, ink.shape[1])")
        ): "You do not try column 1.",
        changed(
            CUT, ("range(1, ink.shape[1])", "range(1, ink.shape[1], 2)")
        ): "You try every second column, as the notebook does. Try eac",
        changed(
            CUT, ("best, most = 0, score(ink)", "best, most = 0, 0")
        ): "Scores can be negative: begin with the score of the whole,",
        changed(
            CUT, ("range(1, ink.shape[1])", "range(1, ink.shape[0])")
        ): "You try as many columns as there are rows",
        changed(CUT, ("return best", "return most")): "Return a column, which is a whole number",
        changed(
            CUT, ("best, most = column, worse", "best = column")
        ): "You take the last cut that is better than none",
        changed(
            CUT, ("return best", "return best or None")
        ): "Your function returns nothing: it computes, but it does no",
        changed(
            CUT, ("range(1, ink.shape[1])", "range(ink.shape[1])")
        ): "One of your pieces has no columns",
        changed(
            CUT, ("return best", "return ink[:, :best], ink[:, best:]")
        ): "The answer should be one number, but it is a tuple.",
    },
    ("11.3", "{}"): {
        changed(
            SURE,
            (
                "np.argsort(-row)[:2]",
                "np.argsort(-row)[:2]\n        pair = sorted([first, second])",
            ),
            ("[{first}/{second}]", "[{pair[0]}/{pair[1]}]"),
        ): "in the order of the digits",
        changed(
            SURE, ("in probabilities:", "in probabilities.squeeze():")
        ): "a number of one digit",
        changed(
            SURE, ("row[first] >= 0.9", "probabilities.max(axis=1).prod() >= 0.9")
        ): "of the whole number",
        changed(SURE, ("row[first] >= 0.9", "row[first] - row[second] >= 0.8")): "you say",
        changed(
            SURE, ("chance *= row[first]", "chance += row[first] / len(probabilities)")
        ).replace("'', 1", "'', 0"): "That is the mean. All are right only if each is: multiply.",
        changed(
            SURE, ("chance *= row[first]", "chance = min(chance, row[first])")
        ): "That is the least sure digit. All are right only if each i",
        changed(
            SURE,
            (
                "        chance *= row[first]",
                "        if row[first] >= 0.9:\n            chance *= row[first]",
            ),
        ): "A doubtful digit has a factor, too: its highest probabilit",
        changed(
            SURE, ("return text, chance", "return text, 1 - chance")
        ): "That is the probability that something is wrong. Take",
        changed(
            SURE, ("{first}/{second}", "{second}/{first}")
        ): "In a doubt, the better digit comes first.",
        changed(
            SURE, (" if row[first] >= 0.9 else f'[{first}/{second}]'", "")
        ): "You name no doubts: where the highest is less than",
        changed(SURE, (">= 0.9", "> 0.9")): "0.9 itself is sure: only less than 0.9 is doubtful.",
        changed(
            SURE, ("f'{first}' if row[first] >= 0.9 else ", "")
        ): "Each digit has a doubt now. Where the highest is at least",
        changed(
            SURE, ("[{first}/{second}]", "{first}/{second}")
        ): "A doubt is written like this: `[",
        changed(
            SURE, ("[{first}/{second}]", "({first}/{second})")
        ): "A doubt is written like this: `[",
        changed(
            SURE, ("return text, chance", "return text")
        ): "Return a pair, the text and a probability; yours is a text",
        changed(
            SURE, ("return text, chance", "return chance, text")
        ): "The first of the pair should be a text, but it is a float",
        changed(
            SURE, ("return text, chance", "return int(text[0]), chance")
        ): "The first of the pair should be a text, but it is an int.",
        changed(
            SURE, ("return text, chance", "print(text, chance)")
        ): "Your function prints its result and returns nothing: `retu",
        changed(SURE, (">= 0.9", "<= 0.9")): "The sure digits are written as doubts",
        changed(SURE, (">= 0.9", ">= 0.95")): "Another limit than 0.9",
        changed(
            SURE, ("    return text, chance", "        return text, chance")
        ): "This is the first digit only",
    },
}

BOX = "(rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)"
ORDER = "(box[2], box[0])"
CUT_WORTH = "min(score(ink[:, :column]), score(ink[:, column:]))"
WRONG |= {
    ("11.1", "{} "): {
        changed(
            BOXES,
            (
                "len(rows) >=",
                "picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].sum() >=",
            ),
        ): "You count all ink in the box",
        changed(BOXES, (ORDER, "(box[2], box[1])")): "the higher one comes first",
        changed(
            BOXES, (BOX, "(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)")
        ).replace(ORDER, "box"): "Yours is left, top, right, bottom",
        changed(BOXES, ("range(1, n + 1)", "range(n + 1)")): "Number 0 is the paper",
        changed(BOXES, ("range(1, n + 1)", "range(1, n + 1)[:1]")): "You return one box only",
        changed(
            BOXES, ("ndimage.label(picture", "ndimage.label(ndimage.binary_fill_holes(picture)")
        ): "Do not fill holes",
        changed(
            BOXES, ("sorted(found", "sorted({box[2]: box for box in found}.values()")
        ): "you return only one",
        changed(BOXES, ("len(rows) >=", "len({*rows}) >=")): "is missing",
        changed(BOXES, ("numbered, n = ndimage", "numbered = ndimage")).replace(
            "(1, n + 1)", "(1, numbered.max() + 1)"
        ): "returns two things",
    },
    ("11.2", "{} "): {
        changed(
            CUT, (CUT_WORTH, f"({CUT_WORTH} + {CUT_WORTH.replace('min', 'max')}) / 2")
        ): "You take the mean",
        changed(
            CUT, ("ink[:, column:]", "ink[:, column + 1 :]")
        ): "the right piece begins with the column of the cut",
        changed(
            CUT, (CUT_WORTH, "min(score(ink[:column]), score(ink[column:]))")
        ): "A piece should have all rows",
        changed(CUT, ("best, most = 0, score(ink)", "best, most = 0, -1e9")).replace(
            "return best", "return best if most >= score(ink) else 0"
        ): "is not worth *more*",
        changed(CUT, ("best, most = 0, score(ink)", "best, most = 0, -1e9"))
        .replace("worse > most", "worse >= most")
        .replace(
            "return best", "return best if most > score(ink) else 0"
        ): "Of equal cuts, take the first",
        changed(
            CUT, ("best, most = 0, score(ink)", "best, most = 0, max(score(ink), -1)")
        ): "Scores can be less than -1",
        changed(CUT, ("return best", "return max(best - 1, 0)")): "Your column is one too small",
    },
    ("11.3", "{} "): {
        changed(
            SURE, ("row[first] >= 0.9", "row[second] < 0.1")
        ): "depends on the highest probability alone",
        changed(
            SURE,
            ("chance *= row[first]", "chance *= row[first] + (row[first] < 0.9) * row[second]"),
        ): "is its highest probability alone",
        changed(
            SURE, ("chance *= row[first]", "chance *= row[first] if row[first] < 0.9 else 1")
        ): "The digits that are sure have a factor",
        changed(
            SURE, ("return text, chance", "return text, probabilities.max(axis=0).prod()")
        ): "Each *row* has",
        changed(SURE, ("return text, chance", "return text, 100 * chance")): "That is a percentage",
        changed(
            SURE, ("return text, chance", "return text, round(chance, 2)")
        ): "You round the probability",
        changed(
            SURE, ("return text, chance", "return text, np.log(chance)")
        ): "That is a logarithm",
        changed(
            SURE, ("in probabilities:", "in probabilities[::-1]:")
        ): "the first row is the first digit",
        changed(
            SURE, ("in probabilities:", "in probabilities[-1:]:")
        ): "This is the last digit only",
        changed(SURE, ("np.argsort(-row)[:2]", "np.argsort(row)[:2]"))
        .replace("f'{first}' if row[first] >= 0.9", "f'{row.argmax()}' if row.max() >= 0.9")
        .replace("*= row[first]", "*= row.max()"): "name the *least* probable",
        changed(
            SURE, ("[{first}/{second}]", "[{first}, {second}]")
        ): "A doubt is written like this",
        changed(SURE, ("text += ", "text += ' ' * bool(text) + ")).replace(
            "f'{first}' if row[first] >= 0.9 else f'[{first}/{second}]'",
            "(f'{first}' if row[first] >= 0.9 else f'[{first}/{second}]')",
        ): "with nothing between them",
        changed(SURE, ("np.argsort(-row)[:2]", "np.argsort(-probabilities)[:2]")): "`if` needs one",
    },
}
