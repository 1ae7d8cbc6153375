// Where strokes of two digits that touch could be cut apart: paths through the least ink.

import { sumOf } from "./arrays.js";
import { minimumFilter } from "./filters.js";

// A step to the side costs as much as this much ink, so that paths are straight where they can be.
const ASIDE = 0.05;

/**
 * Find paths from top to bottom on which there is the least ink, as between two digits. Halfway
 * down, two paths are at least `apart` pixels apart, and each is as far from both sides.
 * From left to right, each is {path, crossed}: its column in each row, which is the first to the
 * right of the cut, and how much ink it crosses, in pixels.
 */
export function findCuts({ data, width, height }, apart) {
  const rows = Array.from({ length: height }, (_, y) =>
    Float64Array.from(data.subarray(y * width, (y + 1) * width)),
  );
  const middle = height >> 1;
  const above = leastInk(rows.slice(0, middle));
  const below = leastInk(rows.slice(middle).reverse());
  const further = middle ? sideStep(below.at(-1)) : below.at(-1);
  const through = further.map((cost, x) => cost + (middle ? above.at(-1)[x] : 0));
  return chooseColumns(through, apart).map((column) => {
    const down = tracePath(below, column).reverse();
    const path = [...tracePath(above, down[0]), ...down];
    return { path, crossed: sumOf(Float32Array.from(path, (x, y) => data[y * width + x])) };
  });
}

// Where to cut, halfway down: first where there is less ink than beside; then wherever no cut is
// near.
function chooseColumns(through, apart) {
  const width = through.length;
  const least = minimumFilter({ data: through, width, height: 1 }, [1, 3]).data;
  const isLowest = (x) => through[x] <= least[x];
  const fromMiddle = (x) => Math.abs(x - width / 2);
  const order = [...through.keys()].sort(
    (a, b) =>
      isLowest(b) - isLowest(a) || through[a] - through[b] || fromMiddle(a) - fromMiddle(b),
  );
  const chosen = [];
  for (const column of order) {
    const room = isLowest(column) ? apart : 2 * apart;
    const isFree = chosen.every((other) => Math.abs(column - other) >= room);
    if (apart <= column && column < width - apart && isFree) chosen.push(column);
  }
  return chosen.sort((a, b) => a - b);
}

// The cost of the best way to each column from the row before.
function sideStep(costs) {
  const [before, after] = [-1, 1].map((step) =>
    costs.map((_, x) => (costs[x + step] ?? Infinity) + ASIDE),
  );
  return costs.map((cost, x) => Math.min(cost, before[x], after[x]));
}

// The least ink on a path from the first row to each pixel, row by row.
function leastInk(rows) {
  const costs = rows.slice(0, 1);
  for (const row of rows.slice(1)) {
    const before = sideStep(costs.at(-1));
    costs.push(row.map((ink, x) => ink + before[x]));
  }
  return costs;
}

// The columns of the best path down to a row below the last, in which it is at `column`.
function tracePath(costs, column) {
  const path = [];
  for (const row of costs.slice().reverse()) {
    const costOf = (x) => row[x] + (x === column ? 0 : ASIDE);
    const near = [column - 1, column, column + 1].filter((x) => x >= 0 && x < row.length);
    column = near.reduce((best, x) => (costOf(x) < costOf(best) ? x : best));
    path.push(column);
  }
  return path.reverse();
}
