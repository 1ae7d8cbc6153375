// Reading whole numbers: finding the digits in a line of writing, and reading each of them.

import { Prediction } from "./prediction.js";
import { Reading, SEVERAL_LINES } from "./reading.js";
import { askAgain, certaintyOf, findRuns, rankWays, runsOfWays, weighRun } from "./ways.js";
import { findParts, findWritings } from "./writing.js";

// A part with this evidence is one digit, and is not cut; of a wide part, more is asked.
const CLEAR = 3.5;
const CLEAR_IF_WIDE = 4.5;
// A part that is lower than this is not a digit of its own, and is not cut; in heights of the line.
const LOW = 0.5;
// A number is read if its digits, all but the worst, are at least this likely.
const READABLE = 0.2;
// Digits that all touch are doubtful, and so are two digits that only a later attempt finds. They
// are read if the number is at least so likely (NONSENSE and READABLE), or if at least so much
// (ENOUGH) speaks for each digit, on average: then one may be ugly.
const NONSENSE = 0.02;
const ENOUGH = -0.75;
// Ways to take the writing apart that are likelier than this are worth mentioning.
const DOUBT = 0.05;
// If the first attempt is less likely than this, it is compared with the second.
const COMPARED = 0.5;
// How many pieces and runs of pieces there may be.
const MOST_PIECES = 40;
const MOST_RUNS = 400;

/**
 * Read the number in a picture. `look` is the first look at it, or null; `single` is the prediction
 * if the picture shows one digit; and `read` makes a prediction of a framed digit.
 */
export function readNumber(picture, look, single, read) {
  const clear = oneClearPart(look, picture, single);
  let first = null;
  for (const writing of clear ? [clear] : findWritings(picture, look)) {
    const reading = readWriting(writing, single, read, first !== null);
    if (!first) {
      first = reading;
      const isLikely = first.digits.length === 1 || first.confidence >= COMPARED;
      if (first.problem === SEVERAL_LINES || (first.digits.length && isLikely)) return first;
    } else if (!first.digits.length) {
      if (reading.digits.length > 1) return reading;
    } else {
      return compared(first, reading);
    }
  }
  return first ?? oneDigit(single, [0, 0, picture.width, picture.height]);
}

// The first attempt, unless the second is likely; then the answer names both numbers.
function compared(first, second) {
  if (second.digits.length < 2 || second.confidence < COMPARED) return first;
  if (second.number === first.number) return second;
  return new Reading(second.digits, second.single, second.confidence, { other: first.number });
}

// Read the number that some writing is, at the first attempt or `again`.
function readWriting(writing, single, read, again) {
  const count = writing.pieces.length;
  const box = writing.box(0, count);
  if (count > MOST_PIECES) return oneDigit(single, box);
  const readPart = (_, part) => read(writing.frame(part, part + 1));
  const isKnown = count === 1 && !writing.labels.includes(-1);
  const alone = isKnown ? [single] : writing.pieces.map(readPart);
  if (count === 1) [single] = alone; // it may have been the frame around the digit
  if (hasSeveralLines(writing, alone)) {
    return new Reading([], single, single.confidence, { problem: SEVERAL_LINES });
  }
  const clear = alone.map((answer, n) => isClear(writing, n, answer));
  const cut = writing.cut((n) => !clear[n] && writing.heightOf(n, n + 1) >= LOW);
  const runs = findRuns(cut, clear);
  if (cut.pieces.length === 1 || runs.length > MOST_RUNS) return oneDigit(single, box);
  const answers = readRuns(cut, runsOfWays(runs, cut.pieces.length), alone, read);
  const pairs = alone.map((answer) => answer.pairs);
  return chooseWay(cut, single, box, askAgain(cut, rankWays(cut, answers), pairs), again);
}

// Runs with their answers; those to whole parts alone are known already.
function readRuns(writing, runs, alone, read) {
  const parts = writing.pieces.map((piece) => piece.part);
  return runs.map(({ first, end }) => {
    const part = parts[first];
    const isWhole = parts.indexOf(part) === first && parts.lastIndexOf(part) === end - 1;
    return { first, end, answer: isWhole ? alone[part] : read(writing.frame(first, end)) };
  });
}

// The reading, if these are the ways to take the writing apart, the likeliest first.
function chooseWay(writing, single, box, ways, again) {
  const several = ways.filter((way) => way.digits.length > 1);
  if (!several.length) return oneDigit(single, box);
  const [best] = several;
  const certain = best.digits.map((run) => certaintyOf(writing, run)).sort((a, b) => a - b);
  const product = (parts) => parts.reduce((all, part) => all * part, 1);
  const confidence = best.probability * product(certain);
  const touching = writing.pieces.at(-1).part === 0; // so do the lines of a star or a fence
  const doubtful = again && certain.length === 2;
  const least = doubtful ? READABLE : touching ? NONSENSE : 0;
  const weight = best.digits.reduce((sum, run) => sum + weighRun(writing, run), 0);
  const sensible = confidence >= least || weight >= ENOUGH * certain.length;
  // One digit may be ugly, if the others are not.
  const readable =
    (sensible && best.probability * product(certain.slice(1)) >= READABLE) ||
    (best.vouched && best.probability >= READABLE);
  const alone = 1 - several.reduce((sum, way) => sum + way.probability, 0);
  if (alone >= best.probability || !readable) {
    const reading = oneDigit(single, box);
    // A sure digit is unsure if it may be several, with the pair reader's opinion or without: it
    // has seen few non-digits, so that it may add doubt, but not remove it.
    const doubtOf = (way) => Math.max(way.probability, way.before);
    const other = several.reduce((one, two) => (doubtOf(two) > doubtOf(one) ? two : one));
    const mention = doubtOf(other) > DOUBT && (readable || reading.verdict === "sure");
    if (reading.digits.length && mention) reading.other = other.number;
    return reading;
  }
  const digits = best.digits.map(({ first, end, answer }) => {
    const { probabilities, framed, evidence } = answer;
    const prediction = new Prediction(probabilities, framed, null, evidence);
    return { box: writing.box(first, end), prediction };
  });
  const other = ways.find((way) => way !== best && way.probability > DOUBT)?.number ?? null;
  return new Reading(digits, single, confidence, { other });
}

// The writing, if the first look sees one part that is certainly one digit.
function oneClearPart(look, picture, single) {
  if (!look || single.problem !== null || single.evidence < CLEAR) return null;
  const writing = findParts(look, picture);
  return writing?.pieces.length === 1 && isClear(writing, 0, single) ? writing : null;
}

// Whether a part is certainly one digit.
function isClear(writing, part, answer) {
  const least = writing.widthOf(part, part + 1) <= 0.8 ? CLEAR : CLEAR_IF_WIDE;
  return answer.problem === null && answer.evidence >= least;
}

// Whether some of the parts that could be digits stand above others.
function hasSeveralLines(writing, answers) {
  const isDigit = (n) => writing.heightOf(n, n + 1) >= LOW && answers[n].problem === null;
  const boxes = writing.pieces.filter((_, n) => isDigit(n)).map((piece) => piece.box);
  if (boxes.length < 3) return false;
  return boxes.some(([left, , right, bottom]) =>
    boxes.some(([besideLeft, below, besideRight]) => {
      const both = Math.min(right, besideRight) - Math.max(left, besideLeft);
      const narrower = Math.min(right - left, besideRight - besideLeft);
      return both > 0.3 * narrower && below - bottom > 0.1 * writing.height;
    }),
  );
}

function oneDigit(single, box) {
  if (single.problem !== null) {
    return new Reading([], single, single.confidence, { problem: single.words });
  }
  return new Reading([{ box, prediction: single }], single, single.confidence);
}
