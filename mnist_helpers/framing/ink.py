"""What is ink? The paper and its light are estimated, and what differs from them is ink."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers.framing.pictures import scaled_size

# The paper is estimated on a small version of the picture, this many pixels on the longer side.
SMALL_SIDE = 48
# A stroke is narrower than this fraction of the picture's shorter side; a wider area is a shadow.
WIDEST_STROKE = 0.4
# In pixels of the 28×28 image: 19 in 20 of MNIST's digits have strokes wider than the first number,
# and thinner ones are brought to the second.
THIN_STROKE, USUAL_STROKE = 1.7, 2.0


@dataclass(frozen=True, eq=False)
class Ink:
    """How much ink is where, on a picture of c channels."""

    amount: np.ndarray  # float32, (h, w): 0 = paper, 0.5 = the edge of a stroke, 1 = full ink
    paper: np.ndarray  # float32, (h, w, c): the colour that each pixel would have without ink
    colour: np.ndarray  # of full ink: c values from 0 to 255
    noise: float  # the standard deviation of ``amount`` on bare paper
    flat: bool  # whether the paper has the same colour everywhere, as on a canvas


def find_ink(
    pixels: np.ndarray, seen: np.ndarray | None = None, *, widest: float | None = None
) -> Ink | None:
    """Tell ink from paper, whatever their colours; None if nothing stands out from the noise.

    ``pixels`` are float32, ``(h, w, c)``, 0 to 255, grey or RGB; ``seen``, bool, ``(h, w)``, says
    which of them are not transparent. Whatever is wider than ``widest``, a fraction of the
    picture's shorter side, is a shadow; by default, only paper of several colours has shadows.
    """
    paper, flat = _estimate_paper(pixels, seen)
    if seen is not None:
        pixels = np.where(seen[:, :, None], pixels, paper)
    direction = _direction(pixels - paper)
    if flat and widest is None:
        return _measure(pixels, paper, direction, flat)
    # The main difference may be a board's margin; then the ink lies in the other direction.
    for way in (direction, -direction):
        paper = _with_shadows(pixels, way, widest or WIDEST_STROKE)
        ink = _measure(pixels, paper, _direction(pixels - paper), False)
        if ink is not None:
            return ink
    return None


def _measure(
    pixels: np.ndarray, paper: np.ndarray, direction: np.ndarray, flat: bool
) -> Ink | None:
    amount = (pixels - paper) @ direction
    if not flat:
        # In shadow, both ink and paper are darker, so ink is measured against the light there.
        light = paper.mean(2) + 32
        amount *= np.median(light) / light
        amount -= np.median(amount)  # the closing of noisy paper is a little too light
    amount, edge = _smooth_until_clear(amount)
    if edge is None:
        return None
    full = 2 * edge
    typical = paper[0, 0] if flat else np.median(paper, (0, 1))
    colour = (typical + full * direction).clip(0, 255)
    return Ink((amount / full).clip(0, 1), paper, colour, _spread(amount) / full, flat)


def transparent_ink(alpha: np.ndarray) -> Ink | None:
    """The ink of a drawing on nothing, whose alpha channel is float32, ``(h, w)``, 0 to 255."""
    edge, _ = edge_level(alpha)
    if edge is None:
        return None
    paper = np.zeros((*alpha.shape, 1), np.float32)
    return Ink((alpha / (2 * edge)).clip(0, 1), paper, np.full(1, 255.0), 0.0, True)


def edge_level(amount: np.ndarray) -> tuple[float | None, float]:
    """The threshold between paper and ink, and the standard deviation of the noise.

    The threshold is the mean level of the edges, weighted by steepness; None if no edge is steeper
    than noise can be. Unlike Otsu's, it does not depend on how much ink there is, and soft shadows
    hardly count. The noise is measured between pixels two rows apart. ``amount`` goes from about 0
    to 255. Source: J. Kittler, J. Illingworth, J. Föglein, "Threshold selection based on a simple
    image statistic", 1985 (which uses central differences; they miss lines one pixel wide).
    """
    lag = amount[2:] - amount[:-2] if len(amount) > 2 else np.diff(amount, axis=1)
    noise = _spread(lag) / 2**0.5
    high = widen(amount).clip(0)
    low = widen(amount, np.minimum).clip(0)
    steep = high - low
    # A printed line is fainter than the pen, but there may be much more of it, so only the steepest
    # edges decide. A few pixels that are even steeper may be dirt.
    few = min(steep.size, max(8, min(64, steep.size // 40)))
    steepest = np.partition(steep, steep.size - few, axis=None)[-few:]
    # The range of nine random values is about 3 standard deviations, and hardly ever 7.
    least = max(7 * noise, 5)
    if np.count_nonzero(steepest >= least) < min(few, 12):
        return None, noise
    chosen = steep >= max(least, 0.5 * float(steepest[0]))
    weight = steep[chosen] ** 2
    middle = (high[chosen] + low[chosen]) / 2
    return float((weight * middle).sum() / weight.sum()), noise


def _spread(values: np.ndarray) -> float:
    """The standard deviation of noise around 0, from the values nearest to 0, which are not ink."""
    # The first quartile of a normal distribution's absolute values is 0.3186 deviations.
    some = np.abs(values.ravel()[:: 1 + values.size // 4096])  # as good as all of them, and quicker
    return quantile(some, 0.25) / 0.3186 if some.size else 0.0


def _smooth_until_clear(amount: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Blur just enough that the ink stands out from the noise of the paper."""
    for blur in (0.0, 0.7, 1.2, 2.0):
        smooth = ndimage.gaussian_filter(amount, blur) if blur else amount
        edge, noise = edge_level(smooth)
        if edge is not None and noise < 0.2 * edge:
            break
    return smooth, edge


def shrink(pixels: np.ndarray, side: int = SMALL_SIDE) -> np.ndarray:
    """Average float pixels ``(h, w, c)`` down to a longer side of at most ``side``."""
    size = pixels.shape[1::-1]
    if max(size) <= side:
        return pixels
    return _resize(pixels, scaled_size(size, side), Image.Resampling.BOX)


def _resize(pixels: np.ndarray, size: tuple[int, int], how: Image.Resampling) -> np.ndarray:
    """Resize float32 pixels ``(h, w, c)`` to ``size``, which is (width, height)."""
    bands = [Image.fromarray(np.ascontiguousarray(band)) for band in np.moveaxis(pixels, 2, 0)]
    return np.stack([np.asarray(band.resize(size, how)) for band in bands], 2)


def _estimate_paper(pixels: np.ndarray, seen: np.ndarray | None) -> tuple[np.ndarray, bool]:
    """Estimate the paper as a smooth surface (quadratic in x and y) that most pixels are close to.

    This uses iteratively reweighted least squares: pixels far from the surface, such as ink, lose
    weight (Geman-McClure). It starts at the median colour. The border counts as much as a fifth of
    the picture, because the ink is in the middle.

    Returns:
        float32, shape ``(h, w, c)``, and whether the paper has one colour: more than half of the
        picture has nearly that colour, or the whole border has, as around a board.
    """
    small = shrink(pixels)
    height, width = small.shape[:2]
    mask = np.ones((height, width), bool)
    if seen is not None:
        part = shrink(seen[:, :, None].astype(np.float32))[:, :, 0]
        mask = part >= min(0.99, part.max())
    border = np.ones((height, width), bool)
    border[1:-1, 1:-1] = False
    prior = (1 + border * (0.2 * height * width / border.sum()))[mask]
    values = small[mask]
    start = np.array([_weighted_median(channel, prior) for channel in values.T], np.float32)
    distance = np.abs(values - start).max(1)
    if prior[distance <= 6].sum() > 0.5 * prior.sum():
        return np.broadcast_to(start, pixels.shape), True
    around = small[border & mask]
    if 2 * len(around) > border.sum():  # a sheet may reach the border on one side alone
        rim = np.median(around, 0).astype(np.float32)
        if (np.abs(around - rim).max(1) <= 6).mean() > 0.95:
            return np.broadcast_to(rim, pixels.shape), True
    terms = _quadratic(height, width)[mask]
    coefficients = np.zeros((6, values.shape[1]))
    ridge = np.diag([0, *[1e-3] * 5])
    for scale in (40, 30, 20, 15, 12, 10):
        weight = prior / (1 + (distance / scale) ** 2) ** 2
        weighted = terms * (weight / weight.sum())[:, None]
        coefficients = np.linalg.solve(terms.T @ weighted + ridge, weighted.T @ (values - start))
        distance = np.linalg.norm(values - start - terms @ coefficients, axis=1)
    surface = start + _quadratic(*pixels.shape[:2]) @ coefficients
    return surface.clip(0, 255).astype(np.float32), False


def _quadratic(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 2)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _direction(difference: np.ndarray) -> np.ndarray:
    """The unit vector from the paper's colour to the ink's: the main axis of the differences."""
    flat = difference.reshape(-1, difference.shape[2])
    _, axes = np.linalg.eigh(flat.T @ flat)
    direction = axes[:, -1]
    along = flat @ direction
    return direction if (along * along * along).sum() >= 0 else -direction


def _with_shadows(pixels: np.ndarray, direction: np.ndarray, widest: float) -> np.ndarray:
    """Estimate the paper, including shadows and their edges.

    If the ink is darker than the paper, a morphological closing replaces whatever is dark and
    narrow by its surroundings, but leaves shadows, which are wider. An opening does the same for
    lighter ink.
    """
    small = ndimage.median_filter(shrink(pixels), (3, 3, 1))
    size = 2 * max(2, round(widest * min(small.shape[:2]) / 2)) + 1
    for channel, sign in enumerate(direction):
        close = ndimage.grey_closing if sign < 0 else ndimage.grey_opening
        filled = close(small[:, :, channel], size, mode="nearest")
        small[:, :, channel] = ndimage.gaussian_filter(filled, 1)
    return _resize(small, pixels.shape[1::-1], Image.Resampling.BILINEAR)


def stroke_width(amount: np.ndarray) -> float:
    """The mean width of the strokes in pixels: twice the area of the ink divided by its outline.

    A stroke of length l and width w has the area l · w and the outline 2 · l. The outline is
    measured as total variation, which is also right for soft edges and thin lines.
    """
    height, width = amount.shape
    padded = np.zeros((height + 2, width + 2), amount.dtype)
    padded[1:-1, 1:-1] = amount
    here = padded[:-1, :-1]
    steps = np.hypot(padded[1:, :-1] - here, padded[:-1, 1:] - here)
    return float(2 * padded.sum() / max(float(steps.sum()), 1e-6))


def widen(
    values: np.ndarray,
    pick: np.ufunc = np.maximum,
    reach: int = 1,
    axes: tuple[int, ...] = (0, 1),
) -> np.ndarray:
    """The largest of the values, ``(h, w)``, within ``reach`` pixels of each; of a mask, any.

    With ``np.minimum`` it is the smallest. SciPy's filters give the same, but take far longer.
    """
    done = 0
    while done < reach:
        step = min(done + 1, reach - done)
        for axis in axes:
            before, values = values, values.copy()
            along, old = values.swapaxes(0, axis), before.swapaxes(0, axis)
            pick(along[step:], old[:-step], out=along[step:])
            pick(along[:-step], old[step:], out=along[:-step])
        done += step
    return values


def bounds(mask: np.ndarray) -> tuple[slice, slice]:
    """The rows and the columns in which a mask, bool, ``(h, w)``, has pixels: at least one."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def quantile(values: np.ndarray, share: float) -> float:
    """The quantile of some values, as NumPy computes it, which takes several times as long."""
    place = share * (values.size - 1)
    before = int(place)
    after = min(before + 1, values.size - 1)
    one, other = np.partition(values, (before, after), axis=None)[[before, after]]
    rest = place - before
    between = one + (other - one) * rest if rest < 0.5 else other - (other - one) * (1 - rest)
    return float(between)
