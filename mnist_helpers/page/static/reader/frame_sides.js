// The four sides of a frame: straight lines, which digits may touch or cross.

import { clip, countTrue } from "./arrays.js";
import { maximumFilter, transpose } from "./filters.js";

// A frame may be turned by 7 degrees: these rises of its sides are tried, the smallest first.
const RISES = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6].map((step) => 0.02 * step);
const SOLID = 0.9; // of a side is ink if digits may stand on it, rather than in the frame

/**
 * The sides of a frame at the top, bottom, left and right; null if there is no frame. A side's line
 * is from 0 to `width` deep, and the digit is deeper.
 */
export function findSides(part, cut) {
  const { width, height } = part;
  const turned = transpose(part);
  const views = [turned, mirror(turned), part, mirror(part)];
  const sides = [];
  let solid = null;
  // A boxy digit that fills the picture reaches several of its sides.
  const mayLack = countTrue(cut) === 1;
  for (const [number, view] of views.entries()) {
    const fit = fitSide(view) ?? (solid ? null : (solid = fitSolid(view)));
    if (!fit && !(mayLack && cut[number])) return null;
    const edge = fit ? fit.edge : new Int32Array(view.height).fill(-3);
    const depth = new Int32Array(width * height);
    for (let i = 0; i < depth.length; i++) {
      const x = i % width;
      const y = (i - x) / width;
      const [row, column] = number < 2 ? [x, y] : [y, x];
      depth[i] = (number % 2 ? view.width - 1 - column : column) - edge[row];
    }
    sides.push({ depth, width: fit ? fit.width : 0, isCut: !fit });
  }
  return sides;
}

function mirror({ data, width, height }) {
  const turned = data.map((_, i) => data[i - (i % width) + width - 1 - (i % width)]);
  return { data: turned, width, height };
}

// Fit a line to the first pixels of the rows: its column in each row, and how wide it is.
function fitSide({ data, width: across, height: length }) {
  const window = 1 + 0.05 * Math.min(length, across);
  const first = Int32Array.from({ length }, (_, row) => {
    const at = data.subarray(row * across, (row + 1) * across).indexOf(1);
    return at < 0 ? 2 * across : at;
  });
  const rise = (step, row) => step * (row - length / 2);
  // Where the corners are round or the digit crosses the line, its pixels are elsewhere.
  const many = Math.ceil((11 * length) / 20);
  let best = { spread: Infinity };
  for (const step of RISES) {
    const away = Float64Array.from(first, (column, row) => column - rise(step, row)).sort();
    for (let start = 0; start + many <= length; start++) {
      const spread = away[start + many - 1] - away[start];
      if (spread < best.spread) best = { spread, step, start: away[start] };
    }
  }
  if (best.spread > window || best.start > 0.35 * across) return null;
  let edge = first.map((_, row) => Math.floor(best.start + rise(best.step, row)));
  const near = first.map((column, row) => (Math.abs(column - edge[row]) <= window ? 1 : 0));
  const half = length >> 1;
  const halves = [near.subarray(0, half), near.subarray(half)];
  // Half a line is a stroke of a boxy 5.
  if (halves.some((one) => countTrue(one) / one.length < 0.35)) return null;
  // A line that was drawn by hand waves.
  edge = edge.map((column, row) => (near[row] ? first[row] : column));
  const last = length - 1;
  edge = edge.map((_, row) => {
    const around = [-3, -2, -1, 0, 1, 2, 3].map((step) => edge[clip(row + step, 0, last)]);
    return around.sort((a, b) => a - b)[3];
  });
  let widths = [];
  for (let row = 0; row < length; row++) {
    if (!near[row]) continue;
    let end = first[row];
    while (end < across && data[row * across + end]) end++;
    widths.push(end - edge[row]);
  }
  widths.sort((a, b) => a - b);
  // Where the digit touches the line, there is more ink than the line has.
  const most = 2 * widths[widths.length >> 2] + 2;
  widths = widths.filter((width) => width <= most);
  const width = widths[Math.floor((widths.length * 2) / 3)];
  return width <= 0.25 * across ? { edge, width } : null;
}

// Fit a line that has ink from end to end, whatever else is there; as `fitSide`.
function fitSolid(part) {
  const { width: across, height: length } = part;
  const { data } = maximumFilter(part, [1, 3]);
  const edgeOf = (step, start) =>
    Int32Array.from({ length }, (_, row) => Math.floor(start + step * (row - length / 2)));
  for (const step of RISES) {
    const cover = Array.from({ length: Math.floor(0.35 * across) }, (_, start) => {
      const isInk = (x, row) => data[row * across + clip(x, 0, across - 1)];
      return edgeOf(step, start).filter(isInk).length / length;
    });
    const start = cover.findIndex((one) => one >= SOLID);
    if (start < 0) continue;
    let end = start;
    while (cover[end] >= SOLID) end++;
    // A thick or bent stroke fades away.
    const beside = [...cover.slice(0, Math.max(0, start - 1)), ...cover.slice(end + 1, end + 2)];
    if (beside.some((one) => one > 0.5)) return null;
    const width = Math.max(1, end - start - 2);
    return width <= 0.25 * across ? { edge: edgeOf(step, start + 1), width } : null;
  }
  return null;
}
