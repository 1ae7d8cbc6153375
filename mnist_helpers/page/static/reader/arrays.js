// Arithmetic as in NumPy. A difference in the last bit can move a pixel across a threshold, so sums
// of float32 are rounded at each step, and in NumPy's order: pairwise, with eight partial sums.

/** Round half to even, as Python's round and np.rint do. */
export function roundHalfEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

export function clip(value, low, high) {
  return value < low ? low : value > high ? high : value;
}

export function countTrue(mask) {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]) count++;
  return count;
}

export function largest(values) {
  let best = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > best) best = values[i];
  return best;
}

export function smallest(values) {
  let best = Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] < best) best = values[i];
  return best;
}

/** A new Float32Array, whose value at each index i is `make(i)`. */
export function fill32(length, make) {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = make(i);
  return values;
}

/** A new mask, a Uint8Array: 1 at each index i for which `test(i)` holds, and 0 elsewhere. */
export function fillMask(length, test) {
  const mask = new Uint8Array(length);
  for (let i = 0; i < length; i++) mask[i] = test(i) ? 1 : 0;
  return mask;
}

/** The values where the mask is set. */
export function pick(values, mask) {
  const chosen = new values.constructor(countTrue(mask));
  for (let i = 0, n = 0; i < mask.length; i++) if (mask[i]) chosen[n++] = values[i];
  return chosen;
}

/** The sum of a Float32Array in float32, of a Float64Array in float64, as np.sum adds. */
export function sumOf(values) {
  return sumOfPart(values, 0, values.length);
}

function sumOfPart(values, start, length) {
  const round = values instanceof Float32Array ? Math.fround : Number;
  if (length < 8) {
    let total = 0;
    for (let i = 0; i < length; i++) total = round(total + values[start + i]);
    return total;
  }
  if (length > 128) {
    let half = length >> 1;
    half -= half % 8;
    const left = sumOfPart(values, start, half);
    return round(left + sumOfPart(values, start + half, length - half));
  }
  const parts = values.slice(start, start + 8);
  const whole = length - (length % 8);
  for (let i = 8; i < whole; i += 8) {
    for (let j = 0; j < 8; j++) parts[j] += values[start + i + j];
  }
  const left = round(round(parts[0] + parts[1]) + round(parts[2] + parts[3]));
  let total = round(left + round(round(parts[4] + parts[5]) + round(parts[6] + parts[7])));
  for (let i = whole; i < length; i++) total = round(total + values[start + i]);
  return total;
}

/** The value that would be at index n if `values` were sorted. It rearranges them. */
export function selectNth(values, n) {
  let left = 0;
  let right = values.length - 1;
  while (right > left) {
    const pivot = values[(left + right) >> 1];
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const kept = values[i];
      values[i++] = values[j];
      values[j--] = kept;
    }
    if (n <= j) right = j;
    else if (n >= i) left = i;
    else break;
  }
  return values[n];
}

/** The values at indices n and n + 1 (or n again, at the end) in sorted order. */
function selectTwo(values, n) {
  const some = values.slice();
  const first = selectNth(some, n);
  return [first, n + 1 < some.length ? smallest(some.subarray(n + 1)) : first];
}

/** np.quantile, interpolated linearly: of a Float32Array in float32, of others in float64. */
export function quantileOf(values, part) {
  const round = values instanceof Float32Array ? Math.fround : Number;
  const place = (values.length - 1) * part;
  const before = Math.floor(place);
  const [a, b] = selectTwo(values, before);
  const step = round(b - a);
  const share = place - before;
  return share >= 0.5
    ? round(b - round(step * round(1 - share)))
    : round(a + round(step * round(share)));
}

/** np.median of a Float32Array, in float32. */
export function median32(values) {
  const [a, b] = selectTwo(values, (values.length - 1) >> 1);
  return values.length % 2 ? a : Math.fround(Math.fround(a + b) / 2);
}

/** The smallest value that, together with all values below it, has at least half of the weight. */
export function weightedMedian(values, weights) {
  const places = Uint32Array.from(values, (_, i) => i);
  const order = places.sort((i, j) => values[i] - values[j] || i - j);
  let total = 0;
  const sums = Float64Array.from(order, (i) => (total += weights[i]));
  return values[order[sums.findIndex((sum) => sum >= total / 2)]];
}

/** The eigenvector of the largest eigenvalue of a symmetric matrix, by Jacobi's rotations. */
export function mainAxis(matrix) {
  const size = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const axes = matrix.map((_, i) => Float64Array.from(matrix, (_row, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        if (a[p][q] === 0) continue;
        const angle = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (angle < 0 ? -1 : 1) / (Math.abs(angle) + Math.hypot(angle, 1));
        const c = 1 / Math.hypot(t, 1);
        rotate(a, axes, p, q, c, t * c);
      }
    }
  }
  let best = 0;
  for (let i = 1; i < size; i++) if (a[i][i] >= a[best][best]) best = i;
  return Float32Array.from(axes, (row) => row[best]);
}

function rotate(a, axes, p, q, c, s) {
  for (let k = 0; k < a.length; k++) {
    [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
  }
  for (let k = 0; k < a.length; k++) {
    [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
    [axes[k][p], axes[k][q]] = [
      c * axes[k][p] - s * axes[k][q],
      s * axes[k][p] + c * axes[k][q],
    ];
  }
}

/** Solve `matrix · x = right`, several columns at once, by Gaussian elimination. */
export function solveLinear(matrix, right) {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...right[i]]);
  for (let p = 0; p < size; p++) {
    let best = p;
    for (let i = p + 1; i < size; i++) {
      if (Math.abs(rows[i][p]) > Math.abs(rows[best][p])) best = i;
    }
    [rows[p], rows[best]] = [rows[best], rows[p]];
    for (let i = p + 1; i < size; i++) {
      const factor = rows[i][p] / rows[p][p];
      for (let j = p; j < rows[i].length; j++) rows[i][j] -= factor * rows[p][j];
    }
  }
  for (let p = size - 1; p >= 0; p--) {
    for (let j = size; j < rows[p].length; j++) {
      for (let k = p + 1; k < size; k++) rows[p][j] -= rows[p][k] * rows[k][j];
      rows[p][j] /= rows[p][p];
    }
  }
  return rows.map((row) => row.slice(size));
}
