// Functions as in scipy.ndimage. An image or mask is {data, width, height}, row after row.

/** Rows as columns, and columns as rows. */
export function transpose({ data, width, height }) {
  const turned = new data.constructor(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + y] = data[y * width + x];
  }
  return { data: turned, width: height, height: width };
}

/** An image with `right` more columns on each side, and `down` more rows above and below. */
export function padImage({ data, width, height }, down, right, value = 0) {
  const wide = width + 2 * right;
  const padded = new data.constructor(wide * (height + 2 * down)).fill(value);
  for (let y = 0; y < height; y++) {
    padded.set(data.subarray(y * width, (y + 1) * width), (y + down) * wide + right);
  }
  return { data: padded, width: wide, height: height + 2 * down };
}

/** The part of an image within [left, top, right, bottom]. */
export function cropImage({ data, width }, [left, top, right, bottom]) {
  const part = new data.constructor((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    part.set(data.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return { data: part, width: right - left, height: bottom - top };
}

// The largest or smallest value of a window along one axis. The two modes of SciPy that the Python
// code uses, reflect and nearest, only repeat values of the window, so here it ends at the border.
function extremeAlong({ data, width, height }, size, axis, largest) {
  const result = data.slice();
  const [down, across] = axis === 0 ? [1, 0] : [0, 1];
  for (let shift = -(size >> 1); shift <= size >> 1; shift++) {
    const [dy, dx] = [shift * down, shift * across];
    for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
      const last = y * width + Math.min(width, width - dx);
      const beside = dy * width + dx;
      const first = y * width + Math.max(0, -dx);
      if (largest) {
        for (let i = first; i < last; i++) {
          if (data[i + beside] > result[i]) result[i] = data[i + beside];
        }
      } else {
        for (let i = first; i < last; i++) {
          if (data[i + beside] < result[i]) result[i] = data[i + beside];
        }
      }
    }
  }
  return { data: result, width, height };
}

function extremes(image, [down, across], largest) {
  const tall = down > 1 ? extremeAlong(image, down, 0, largest) : image;
  return across > 1 ? extremeAlong(tall, across, 1, largest) : tall;
}

/** The largest value around each pixel; `size` is [rows, columns], both odd. */
export function maximumFilter(image, size) {
  return extremes(image, size, true);
}

export function minimumFilter(image, size) {
  return extremes(image, size, false);
}

export function greyClosing(image, size) {
  return minimumFilter(maximumFilter(image, size), size);
}

export function greyOpening(image, size) {
  return maximumFilter(minimumFilter(image, size), size);
}

// Where an index outside a line falls when the line is mirrored at its ends: d c b a | a b c d.
function mirrored(place, length) {
  let at = place % (2 * length);
  if (at < 0) at += 2 * length;
  return at < length ? at : 2 * length - 1 - at;
}

/** A Gaussian blur, cut off at four standard deviations; first down the columns, as in SciPy. */
export function gaussianFilter(image, sigma) {
  const reach = Math.floor(4 * sigma + 0.5);
  const raw = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp((-0.5 / (sigma * sigma)) * (i - reach) ** 2),
  );
  const total = raw.reduce((sum, one) => sum + one, 0);
  const weights = raw.slice(reach).map((one) => one / total);
  return blurRows(transpose(blurRows(transpose(image), weights)), weights);
}

function blurRows({ data, width, height }, weights) {
  const reach = weights.length - 1;
  const result = new data.constructor(data.length);
  const line = new Float64Array(width + 2 * reach);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < line.length; i++) line[i] = data[y * width + mirrored(i - reach, width)];
    for (let x = 0; x < width; x++) {
      let sum = line[x + reach] * weights[0];
      for (let k = reach; k > 0; k--) {
        sum += (line[x + reach - k] + line[x + reach + k]) * weights[k];
      }
      result[y * width + x] = sum;
    }
  }
  return { data: result, width, height };
}

/** The median of each pixel and its eight neighbours, mirrored at the border. */
export function medianFilter({ data, width, height }) {
  const result = new data.constructor(data.length);
  const nine = new data.constructor(9);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < 9; i++) {
        const row = mirrored(y + Math.floor(i / 3) - 1, height);
        nine[i] = data[row * width + mirrored(x + (i % 3) - 1, width)];
      }
      result[y * width + x] = nine.sort()[4];
    }
  }
  return { data: result, width, height };
}

/** The mean of three pixels in a column, as a running sum, mirrored at the border. */
export function uniformFilterDown({ data, width, height }) {
  const result = new data.constructor(data.length);
  for (let x = 0; x < width; x++) {
    const at = (y) => data[mirrored(y, height) * width + x];
    let sum = at(-1) + at(0) + at(1);
    result[x] = sum / 3;
    for (let y = 1; y < height; y++) {
      sum += at(y + 1) - at(y - 2);
      result[y * width + x] = sum / 3;
    }
  }
  return { data: result, width, height };
}

/**
 * Number the connected areas of a mask from 1 on, in reading order of their first pixels.
 * With `diagonal`, pixels that touch at a corner are connected.
 */
export function labelAreas({ data, width, height }, diagonal) {
  const labels = new Int32Array(data.length);
  const waiting = new Int32Array(data.length);
  let count = 0;
  for (let first = 0; first < data.length; first++) {
    if (!data[first] || labels[first]) continue;
    labels[first] = ++count;
    waiting[0] = first;
    for (let left = 1; left > 0; ) {
      const at = waiting[--left];
      const x = at % width;
      const y = (at - x) / width;
      for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
        for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) {
          if (!diagonal && dx !== 0 && dy !== 0) continue;
          const next = at + dy * width + dx;
          if (!data[next] || labels[next]) continue;
          labels[next] = count;
          waiting[left++] = next;
        }
      }
    }
  }
  return { labels, count };
}

/** The boxes [left, top, right, bottom] of the labels 1 to count. */
export function findBoxes(labels, count, width) {
  const boxes = Array.from({ length: count }, () => [Infinity, Infinity, 0, 0]);
  for (let i = 0; i < labels.length; i++) {
    if (!labels[i]) continue;
    const box = boxes[labels[i] - 1];
    const x = i % width;
    const y = (i - x) / width;
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x >= box[2]) box[2] = x + 1;
    if (y >= box[3]) box[3] = y + 1;
  }
  return boxes;
}

/** A mask with its holes filled: the empty areas that cannot be reached from outside. */
export function fillHoles({ data, width, height }) {
  const empty = { data: data.map((one) => (one ? 0 : 1)), width, height };
  const { labels } = labelAreas(padImage(empty, 1, 1, 1), false);
  const outside = labels[0];
  const wide = width + 2;
  const filled = data.map((_, i) => {
    const x = i % width;
    return labels[((i - x) / width + 1) * wide + x + 1] === outside ? 0 : 1;
  });
  return { data: filled, width, height };
}

/** How far each pixel of the mask is from the nearest one outside it; 0 outside. */
export function distanceTransform({ data, width, height }) {
  // Down the columns first; then, for each row, the best of all columns near enough to matter.
  const far = width + height;
  const down = new Int32Array(data.length);
  for (let x = 0; x < width; x++) {
    let run = far;
    for (let y = 0; y < height; y++) {
      run = data[y * width + x] ? run + 1 : 0;
      down[y * width + x] = run;
    }
    run = far;
    for (let y = height - 1; y >= 0; y--) {
      run = data[y * width + x] ? run + 1 : 0;
      if (run < down[y * width + x]) down[y * width + x] = run;
    }
  }
  const distance = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const x = at % width;
    let best = down[at] ** 2;
    for (let dx = 1; dx * dx < best && (x - dx >= 0 || x + dx < width); dx++) {
      if (x - dx >= 0) best = Math.min(best, dx * dx + down[at - dx] ** 2);
      if (x + dx < width) best = Math.min(best, dx * dx + down[at + dx] ** 2);
    }
    distance[at] = Math.sqrt(best);
  }
  return { data: distance, width, height };
}
