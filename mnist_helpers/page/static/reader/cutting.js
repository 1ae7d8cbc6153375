// Where strokes of two digits that touch could be cut apart: paths through the least ink.

import { fill32, fillMask, pick, quantileOf, sumOf } from "./arrays.js";
import { cropImage, distanceTransform, padImage } from "./filters.js";
import { strokeWidth } from "./ink.js";

// A step to the side costs as much as this much ink, so that paths are straight where they can be.
const ASIDE = 0.2;
// Where strokes of two digits lie side by side, some ink is deeper inside than most ink of a stroke
// is, which is this part of a connected part's ink. It costs hardly anything, so that a path can
// run along between the two.
const SHALLOW = 0.8;
const DEEP = 0.05;
// No path costs more than this many heights of the line.
const DEAREST = 0.25;
// Between two cuts, and beside each, is at least this much ink: of a stroke as long as the line is
// high, and no more than in this part of a square as high as the line.
const LEAST_OF_STROKE = 0.25;
const LEAST_OF_SQUARE = 0.025;

/**
 * Find the cheapest paths from top to bottom, as between two digits. A path costs the ink that it
 * crosses, but little where strokes seem to lie side by side, and something for each step to the
 * side. `line` is the height of the line of writing, in pixels.
 * From left to right, each is {path, cost}: its column in each row, which is the first to the right
 * of the cut, and what it costs, in pixels of full ink.
 */
export function findCuts(ink, line) {
  const { data, width, height } = ink;
  const depth = depthInside(ink);
  if (!depth.some(Boolean)) return [];
  const most = quantileOf(depth.filter((one) => one > 0), SHALLOW);
  const cheap = Math.fround(DEEP);
  const price = fill32(data.length, (i) => (depth[i] > most ? cheap * data[i] : data[i]));
  const { paths, costs } = cheapestPaths({ data: price, width, height });
  // Paths do not cross one another, so this also says how much ink lies between two of them.
  const left = inkBefore(ink, paths);
  const least = line * Math.min(LEAST_OF_STROKE * strokeWidth(ink), LEAST_OF_SQUARE * line);
  const chosen = [];
  const taken = [0, sumOf(data)];
  for (const column of [...costs.keys()].sort((a, b) => costs[a] - costs[b] || a - b)) {
    const isFree = taken.every((other) => Math.abs(left[column] - other) > least);
    if (costs[column] > DEAREST * line || !isFree) continue;
    chosen.push(column);
    taken.push(left[column]);
  }
  chosen.sort((a, b) => a - b);
  return chosen.map((x) => ({ path: paths.map((row) => row[x]), cost: costs[x] }));
}

// How far inside the ink each pixel is; 0 where there is little.
function depthInside({ data, width, height }) {
  const inked = { data: fillMask(data.length, (i) => data[i] > 0.5), width, height };
  const depth = distanceTransform(padImage(inked, 1, 1));
  return cropImage(depth, [1, 1, width + 1, height + 1]).data;
}

// How much ink lies to the left of each path.
function inkBefore({ data, width }, paths) {
  const before = new Float64Array(width);
  paths.forEach((columns, y) => {
    const sums = [0];
    for (let x = 0; x < width; x++) sums.push(sums[x] + data[y * width + x]);
    columns.forEach((column, x) => (before[x] += sums[column]));
  });
  return before;
}

// The cheapest path from top to bottom through each column of the middle row: `paths` has the
// column of each path, row by row, and `costs` is what each costs.
function cheapestPaths({ data, width, height }) {
  const rows = Array.from({ length: height }, (_, y) => data.subarray(y * width, (y + 1) * width));
  const odd = height % 2;
  if (odd) rows.unshift(new Float32Array(width));
  const half = rows.length / 2;
  const above = pathsInwards(rows.slice(0, half));
  const below = pathsInwards(rows.slice(half).reverse());
  return {
    paths: [...above.paths.reverse().slice(odd), ...below.paths],
    costs: above.costs.map((cost, x) => cost + below.costs[x]),
  };
}

// The cheapest path from the first row to each column of the last. This is dynamic programming.
// `paths` has the columns row by row, from the last row back to the first.
function pathsInwards(rows) {
  const more = Math.fround(ASIDE);
  let costs = rows[0];
  const steps = [];
  for (const row of rows.slice(1)) {
    const step = new Int8Array(row.length);
    const before = costs;
    costs = row.map((price, x) => {
      let least = before[x];
      for (const aside of [-1, 1]) {
        const other = Math.fround((before[x + aside] ?? Infinity) + more);
        if (other < least) [least, step[x]] = [other, aside];
      }
      return least + price;
    });
    steps.push(step);
  }
  const paths = [Int32Array.from(costs.keys())];
  for (const step of steps.reverse()) paths.push(paths.at(-1).map((x) => x + step[x]));
  return { paths, costs };
}
