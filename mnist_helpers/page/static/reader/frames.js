// A frame, drawn or printed around the digit, which does not belong to it.

import { countTrue, fill32, fillMask, largest } from "./arrays.js";
import { bridge } from "./bridging.js";
import { cropImage, findBoxes, labelAreas, maximumFilter, transpose } from "./filters.js";
import { findSides } from "./frame_sides.js";
import { strokeWidth } from "./ink.js";

const LEAST_SIDE = 20; // of a frame, in pixels; also at least a third of the picture's

/**
 * The ink without the frame around the digit, {data, width, height, closer}, where `closer` is the
 * box to look at again if the digit is small; null if there is no frame. A frame has four straight
 * sides, and ink inside that is as high as a digit. The picture's border may cut one side off if
 * the others hang together and do not reach it. With `whole`, only frames that do not reach the
 * picture's border count.
 */
export function withoutFrame(amount, mask, whole) {
  const { width, height } = mask;
  const { labels, count } = labelAreas(mask, true);
  const boxes = findBoxes(labels, count, width);
  // The sides of a whole frame need not hang together.
  if (count > 1) boxes.push(...findBoxes(mask.data, 1, width));
  for (const [number, box] of boxes.entries()) {
    const [left, top, right, bottom] = box;
    if (bottom - top < Math.max(LEAST_SIDE, height / 3)) continue;
    if (right - left < Math.max(LEAST_SIDE, width / 3)) continue;
    const cut = [top, height - bottom, left, width - right].map((end) => end === 0);
    if ((whole || number === count) && cut.some(Boolean)) continue;
    const isPart = number < count ? (i) => labels[i] === number + 1 : (i) => mask.data[i];
    const part = { data: fillMask(labels.length, isPart), width, height };
    const found = unframe(cropImage(amount, box), cropImage(part, box), cut);
    if (!found) continue;
    const data = new Float32Array(labels.length);
    for (let y = top; y < bottom; y++) {
      const row = found.data.subarray((y - top) * (right - left), (y - top + 1) * (right - left));
      data.set(row, y * width + left);
    }
    const closer = found.closer.map((side, i) => side + [left, top][i % 2]);
    return { data, width, height, closer };
  }
  return null;
}

// Take the frame out, if the part of the ink is one. `cut` says whether the picture ends there: at
// the top, bottom, left and right.
function unframe(amount, part, cut) {
  const sides = findSides(part, cut);
  if (!sides) return null;
  const { width, height } = part;
  const size = width * height;
  let inside = fillMask(size, (i) => sides.every((side) => side.depth[i] > side.width + 2));
  const ink = fillMask(size, (i) => inside[i] && amount.data[i] >= 0.25);
  if (!ink.some(Boolean)) return null;
  const [[left, top, right, bottom]] = findBoxes(inside, 1, width);
  // The digit hangs together with the frame if it touches it. The bar of an 8 does so as well.
  const joined = countTrue(fillMask(size, (i) => ink[i] && part.data[i]));
  const touching = joined > 0.15 * countTrue(ink) || isTouched(part, sides);
  const least = (touching ? 0.35 : 0.2) * (bottom - top);
  const slim = touching ? 0.4 : 0.5; // digits that touch the frame may touch each other, too
  const areas = labelAreas({ data: ink, width, height }, true);
  const digits = findBoxes(areas.labels, areas.count, width);
  // The digits of a number are wide only when taken together, so each is measured alone, too. Ink
  // that touches the frame is measured alone only: what is left of the sides of a boxy digit would
  // be as high as a digit if it were taken together with the bar.
  const [around] = findBoxes(ink, 1, width);
  const boxes = touching ? digits : [around, ...digits];
  const isHigh = (box) => box[3] - box[1] >= Math.max(least, slim * (box[2] - box[0]));
  if (!boxes.some(isHigh) && !areLow(digits, right - left, bottom - top)) {
    const within = { data: ink, width, height }; // a second frame, perhaps
    const crops = [amount, within].map((image) => cropImage(image, around));
    if (Math.min(crops[1].width, crops[1].height) < LEAST_SIDE) return null;
    if (!unframe(...crops, [false, false, false, false])) return null;
  }
  for (const [number, { depth, isCut }] of sides.entries()) {
    if (!isCut) continue;
    // A long stroke at the border that cuts the frame off may be the stem of a boxy 6.
    const reaching = projected(fillMask(size, (i) => ink[i] && depth[i] < 8), width, number < 2);
    if (countTrue(reaching) > 0.3 * reaching.length) return null;
  }
  const corners = findCorners(sides);
  let clean;
  if (touching) {
    clean = withoutSides(amount, sides);
    inside = fillMask(size, (i) => inside[i] && !corners[i]);
  } else {
    const lines = maximumFilter(part, [3, 3]).data;
    clean = fill32(size, (i) => (lines[i] ? 0 : amount.data[i]));
  }
  const faint = Math.fround(0.2);
  const inked = { data: fillMask(size, (i) => clean[i] >= faint), width, height };
  const { labels, count } = labelAreas(inked, true);
  const kept = new Uint8Array(count + 1);
  for (let i = 0; i < size; i++) if (inside[i] && labels[i]) kept[labels[i]] = 1;
  const digit = { data: fillMask(size, (i) => kept[labels[i]]), width, height };
  const near = maximumFilter(digit, [3, 3]).data;
  const data = fill32(size, (i) => (near[i] ? clean[i] : 0));
  const isNear = ({ depth, width: wide }, i) => ink[i] && !corners[i] && depth[i] <= wide + 4;
  const reaches = (side) => ink.some((_, i) => isNear(side, i));
  if (!touching && !sides.some(reaches)) return { data, closer: [left, top, right, bottom] };
  const [across, down] = [width, height].map((side) => Math.floor(side / 10));
  const before = [width, height].map((side) => Math.floor(-side / 10));
  return { data, closer: [...before, width + across, height + down] };
}

// Whether the frame, which is a part of the ink, is thicker somewhere: a digit touches it there.
function isTouched({ data, width, height }, sides) {
  return sides.some((side, number) => {
    if (side.isCut) return false;
    const others = number < 2 ? sides.slice(2) : sides.slice(0, 2);
    const thick = new Map(); // by column or row
    for (let i = 0; i < width * height; i++) {
      if (side.depth[i] < -8 || side.depth[i] > side.width + 8) continue;
      if (others.some((other) => other.depth[i] <= other.width + 8)) continue;
      const at = number < 2 ? i % width : Math.floor(i / width);
      thick.set(at, (thick.get(at) ?? 0) + data[i]);
    }
    if (!thick.size) return false;
    const sorted = [...thick.values()].sort((a, b) => a - b);
    const [middle, half] = [sorted.length >> 1, (sorted.length - 1) >> 1];
    const usual = (sorted[middle] + sorted[half]) / 2;
    return sorted.filter((one) => one >= usual + 2).length > 4;
  });
}

// Whether parts of the ink in a frame of that size are the digits of a long number, which are low.
function areLow(digits, width, height) {
  const tall = largest(digits.map(([, top, , bottom]) => bottom - top));
  const least = Math.max(0.05 * height, 0.6 * tall);
  const isDigit = ([left, top, right, bottom]) =>
    bottom - top >= Math.max(least, 0.4 * (right - left));
  const across = digits.filter(isDigit);
  if (across.length < 2) return false;
  const ends = (choose, side) => choose(...across.map((box) => box[side]));
  return ends(Math.max, 2) - ends(Math.min, 0) >= 0.25 * width;
}

// For each column, or each row, whether the mask has a pixel there.
function projected(mask, width, columns) {
  const result = new Uint8Array(columns ? width : mask.length / width);
  for (let i = 0; i < mask.length; i++) {
    if (mask[i]) result[columns ? i % width : Math.floor(i / width)] = 1;
  }
  return result;
}

// The ink without the frame's lines, but with the strokes that cross them or run along them.
function withoutSides(amount, sides) {
  const { width, height } = amount;
  const image = (make) => ({ data: fill32(width * height, make), width, height });
  const isIn = ({ depth, width: wide }, i) => depth[i] >= -1 && depth[i] <= wide;
  const isBetween = (some, i) => some.every(({ depth, width: wide }) => depth[i] > wide + 2);
  const [across, along] = [sides.slice(0, 2), sides.slice(2)]; // level sides, and upright ones
  const isLevel = (i) => isBetween(along, i) && across.some((side) => isIn(side, i));
  const isUpright = (i) => isBetween(across, i) && along.some((side) => isIn(side, i));
  const clean = image((i) => (sides.some((side) => isIn(side, i)) ? 0 : amount.data[i]));
  const thickness = 2 + Math.max(...sides.map((side) => side.width));
  const isTurned = (i) => isUpright((i % height) * width + Math.floor(i / height));
  const turned = bridge(transpose(amount), transpose(clean), isTurned, thickness, true);
  const upright = transpose(turned).data;
  const level = bridge(amount, clean, isLevel, thickness, true).data;
  const data = level.map((one, i) => Math.max(one, upright[i]));
  // A stroke that runs along a line may be half in it.
  const half = strokeWidth(image((i) => (isBetween(sides, i) ? amount.data[i] : 0))) / 2;
  for (const [number, side] of sides.entries()) {
    const isWithin = (i) => isBetween(number < 2 ? along : across, i);
    for (const place of [-2, side.width + 2]) {
      const isBeside = (i) => side.depth[i] === place && amount.data[i] >= 0.5 && isWithin(i);
      const beside = projected(fillMask(data.length, isBeside), width, number < 2);
      const isNear = (depth) => (place < 0 ? depth < half : depth > side.width - half);
      for (let i = 0; i < data.length; i++) {
        const at = number < 2 ? i % width : Math.floor(i / width);
        if (!beside[at] || !isIn(side, i) || !isNear(side.depth[i]) || !isWithin(i)) continue;
        data[i] = amount.data[i];
      }
    }
  }
  return data;
}

// The frame's corners, which may be round.
function findCorners(sides) {
  const [top, bottom, left, right] = sides.map((side) => side.depth);
  const level = top.map((depth, i) => Math.min(depth, bottom[i]));
  const upright = left.map((depth, i) => Math.min(depth, right[i]));
  const [high, wide] = [level, upright].map((depths) => 0.5 * largest(depths));
  return fillMask(top.length, (i) => level[i] < high && upright[i] < wide);
}
