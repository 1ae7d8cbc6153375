// Where does the sheet of paper end? What lies beside it, a desk or a tablecloth, is no ink.
// A sheet's outline is a list of sides, [right, down, offset]: a normal, and minus its reach.

import { countTrue, fill32, fillMask, median32, pick, quantileOf, roundHalfEven } from "./arrays.js";
import { shrinkPlanes } from "./background.js";
import { labelAreas, maximumFilter, minimumFilter } from "./filters.js";

const FINE_SIDE = 64;
const EDGE = 12.0;
const SAME_COLOUR = 30.0;
const LEAST_AREA = 0.04;
const LEAST_CORNER = 0.003;
const CORNER_COLOUR = 20.0;
const LEAST_SHEET = 0.1;
const MOST_SHEET = 0.85;
const SHARP = 0.3;
const BEYOND = [3, 6, 9];

/**
 * The outline of the sheet in the part of the picture in a box; null if the paper fills the picture,
 * or if it is not clear what the sheet is. A sheet has one colour, apart from the ink on it, and an
 * outline that leaves out everything that has another colour and is as even.
 */
export function findSheet(pixels, box) {
  const [short, long] = [pixels.width, pixels.height].sort((a, b) => a - b);
  const images = shrinkPlanes(pixels, roundHalfEven(FINE_SIDE * Math.sqrt(long / short)));
  const { width, height } = images[0];
  if (Math.min(width, height) < 12) return null;
  const small = { planes: images.map((image) => image.data), width, height };
  const places = placesIn(box, width, height);
  const groups = evenAreas(small);
  const sheets = [];
  const corners = [0, width - 1, width * (height - 1), width * height - 1];
  for (const area of groups) {
    if (corners.every((at) => area[at])) continue; // its outline is the picture
    const outline = hullOf(places.filter((_, i) => area[i]));
    const inside = fillMask(area.length, (i) => isWithin(outline, places[i]));
    const most = Math.max(0, ...groups.filter((one) => one !== area).map((one) => shareOf(inside, one)));
    const size = countTrue(inside);
    if (size <= LEAST_SHEET * area.length || size >= MOST_SHEET * area.length || most >= 0.2) continue;
    const rest = fillMask(area.length, (i) => inside[i] && !area[i]);
    const ink = inkIn({ data: rest, width, height });
    if (!ink.some(Boolean) || countTrue(area) <= 0.45 * size || !differsBeyond(small, inside)) continue;
    sheets.push({ area, outline, inside, ink });
  }
  if (sheets.length !== 1 || goesOn(small, sheets[0])) return null;
  // The outermost pixels of an area count as edges.
  const wider = (0.75 * (box[2] - box[0])) / width;
  const outline = sheets[0].outline.map(([x, y, offset]) => [x, y, offset - wider]);
  const reach = roundHalfEven(pixels.width / width);
  return endsSharply(pixels, onSheet(outline, box, pixels), reach) ? outline : null;
}

/** Which pixels of the part of the picture in a box, which may have been reduced, are on the sheet. */
export function onSheet(outline, box, { width, height }) {
  const places = placesIn(box, width, height);
  return fillMask(places.length, (i) => isWithin(outline, places[i]));
}

// Where the middle of each pixel is in the picture.
function placesIn([left, top, right, bottom], width, height) {
  const [across, down] = [(right - left) / width, (bottom - top) / height];
  return Array.from({ length: width * height }, (_, i) => [
    left + ((i % width) + 0.5) * across,
    top + (Math.floor(i / width) + 0.5) * down,
  ]);
}

function isWithin(outline, [x, y]) {
  for (const [right, down, offset] of outline) if (x * right + y * down > 1e-6 - offset) return false;
  return true;
}

// The sides of the convex hull of points (Andrew's monotone chain).
function hullOf(points) {
  const turn = ([ax, ay], [bx, by], [cx, cy]) => (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  const half = (sorted) => {
    const chain = [];
    for (const point of sorted) {
      while (chain.length > 1 && turn(chain.at(-2), chain.at(-1), point) <= 1e-9) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const sorted = points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const corners = [...half(sorted), ...half(sorted.slice().reverse())];
  if (corners.length < 3) return [[0, 0, 1]]; // a line: nothing is within
  return corners.map(([x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    const length = Math.hypot(nextX - x, nextY - y);
    const [right, down] = [(nextY - y) / length, (x - nextX) / length];
    return [right, down, -(right * x + down * y)];
  });
}

function shareOf(mask, part) {
  return countTrue(pick(mask, part)) / countTrue(part);
}

function meanColour({ planes }, mask) {
  const count = countTrue(mask);
  return planes.map((plane) => pick(plane, mask).reduce((sum, one) => sum + one, 0) / count);
}

// By how much the colour of pixel i differs from another one, at most over the channels.
function awayFrom({ planes }, i, colour) {
  let most = 0;
  planes.forEach((plane, c) => {
    most = Math.max(most, Math.abs(plane[i] - colour[c]));
  });
  return most;
}

// The large areas without edges, and small ones of about the same colour.
function evenAreas(small) {
  const { width, height } = small;
  const level = fillMask(width * height, () => true);
  const compare = (i, other) => {
    if (awayFrom(small, i, small.planes.map((plane) => plane[other])) > EDGE) level[i] = level[other] = 0;
  };
  for (let i = 0; i < level.length; i++) {
    if (i >= width) compare(i, i - width);
    if (i % width) compare(i, i - 1);
  }
  const { labels, count } = labelAreas({ data: level, width, height }, false);
  const sizes = new Int32Array(count + 1);
  for (const label of labels) sizes[label]++;
  const order = Array.from({ length: count }, (_, i) => i + 1)
    .filter((label) => sizes[label] >= LEAST_CORNER * level.length)
    .sort((a, b) => sizes[b] - sizes[a] || a - b);
  const groups = [];
  for (const label of order) {
    const area = fillMask(level.length, (i) => labels[i] === label);
    const colour = meanColour(small, area);
    const large = sizes[label] >= LEAST_AREA * level.length;
    const least = large ? SAME_COLOUR : CORNER_COLOUR;
    const like = (other) => colour.every((one, c) => Math.abs(one - other[c]) < least);
    const group = groups.find((one) => like(one.colour));
    if (group) area.forEach((one, i) => (group.area[i] |= one));
    else if (large) groups.push({ area, colour });
  }
  return groups.map((group) => group.area);
}

// Which of the pixels within an outline that are not paper are ink.
function inkIn({ data, width, height }) {
  // An edge is two pixels wide; the steps of a slanted outline are narrower.
  const opened = new Uint8Array(data.length);
  for (let i = width; i < data.length; i++) {
    const block = [i, i - 1, i - width, i - width - 1];
    if (i % width && block.every((at) => data[at])) for (const at of block) opened[at] = 1;
  }
  const { labels, count } = labelAreas({ data: opened, width, height }, false);
  const sizes = new Int32Array(count + 1);
  for (const label of labels) sizes[label]++;
  return fillMask(labels.length, (i) => labels[i] && sizes[labels[i]] > 7); // less is no ink
}

// Whether there is another colour beyond the outline, and not the same beyond a line.
function differsBeyond(small, inside) {
  const { planes, width, height } = small;
  for (const shift of BEYOND) {
    const found = [];
    for (let i = 0; i < inside.length; i++) {
      const colour = () => planes.map((plane) => plane[i]);
      const down = i + shift * width;
      if (down < inside.length && inside[down] !== inside[i]) found.push(awayFrom(small, down, colour()));
      const across = (i % width) + shift < width && inside[i + shift] !== inside[i];
      if (across) found.push(awayFrom(small, i + shift, colour()));
    }
    if (found.length && median32(Float32Array.from(found)) < SAME_COLOUR) return false;
    if (!found.length && shift === BEYOND[0]) return false;
  }
  const side = (length, at) => {
    let count = 0;
    for (let k = 0; k < length; k++) count += inside[at(k)];
    return count / length;
  };
  const sides = [
    side(width, (k) => k),
    side(width, (k) => k + width * (height - 1)),
    side(height, (k) => k * width),
    side(height, (k) => (k + 1) * width - 1),
  ];
  return Math.min(...sides) < 0.3;
}

// Whether some of the ink seems to go on beyond the outline, without paper in between.
function goesOn(small, { area, inside, ink }) {
  const { width, height } = small;
  const awayFromAll = (colour) => fill32(ink.length, (i) => awayFrom(small, i, colour));
  const fromPaper = awayFromAll(meanColour(small, area));
  const limit = quantileOf(pick(fromPaper, ink), 0.7);
  const core = fillMask(ink.length, (i) => ink[i] && fromPaper[i] >= limit);
  const fromInk = awayFromAll(meanColour(small, core));
  // Where a sheet ends close to the ink, there are mixtures of its colour and the table's.
  const like = fillMask(ink.length, (i) => fromInk[i] < 0.5 * fromPaper[i]);
  const { labels } = labelAreas({ data: like, width, height }, true);
  const inked = new Set(labels.filter((label, i) => label && ink[i]));
  const near = maximumFilter({ data: inside, width, height }, [3, 3]).data;
  return labels.some((label, i) => !near[i] && fromInk[i] < SAME_COLOUR && inked.has(label));
}

// Whether the colour changes within few pixels where the sheet ends, give or take `about`.
function endsSharply(pixels, sheet, about) {
  const { planes, width, height } = pixels;
  const reach = 2 * about + 1;
  const grown = (size) => maximumFilter({ data: sheet, width, height }, [size, size]).data;
  const around = grown(2 * reach + 1);
  const near = grown(reach);
  const outer = fillMask(sheet.length, (i) => around[i] && !near[i]);
  if (!outer.some(Boolean)) return false;
  const colour = planes.map((plane) => median32(pick(plane, sheet)));
  const change = median32(pick(fill32(sheet.length, (i) => awayFrom(pixels, i, colour)), outer));
  const core = minimumFilter({ data: sheet, width, height }, [3, 3]).data;
  const step = fill32(sheet.length, (i) => {
    if (!around[i] || core[i]) return 0;
    const at = planes.map((plane) => plane[i]);
    const down = i >= width ? awayFrom(pixels, i - width, at) : 0;
    return Math.max(down, i % width ? awayFrom(pixels, i - 1, at) : 0);
  });
  const band = fillMask(sheet.length, (i) => around[i] && !core[i]);
  return quantileOf(pick(step, band), 0.93) >= SHARP * change;
}
