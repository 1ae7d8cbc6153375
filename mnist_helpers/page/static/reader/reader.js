// Reading a digit in any picture: framing, the network, and how far to trust its answer.

import { loadNetwork } from "./network.js";
import { looksLikeDigit, nonDigitScores } from "./non_digits.js";
import { doubtSeven, turnLeft } from "./one_or_seven.js";
import { toPicture } from "./pictures.js";
import { frame } from "./squares.js";

// An answer is sure if at most one in ten such answers may be wrong.
const SURE_CONFIDENCE = 0.9;
const NOT_LIKE_A_DIGIT = "This does not look like one digit.";

/**
 * A reader with the weights that `mnist_helpers.share.page_weights.network_weights` wrote. Its
 * `read(imageData)` takes what a canvas or `openPicture` gives, and returns {digit, confidence,
 * probabilities, verdict, words, seen}; `seen` is the square of 28×28 bytes.
 */
export function makeReader(weights) {
  const network = loadNetwork(weights);
  const read = (imageData) => {
    const { image, problem } = frame(toPicture(imageData));
    if (problem !== null) return makeAnswer(new Float32Array(10).fill(0.1), image, problem, null);
    const seen = network.look(image);
    const fine = looksLikeDigit(nonDigitScores(image, seen), weights.min_energy);
    let probabilities = softmax(seen.logits);
    if (fine && probabilities[7] >= Math.fround(SURE_CONFIDENCE)) {
      probabilities = doubtSeven(probabilities, softmax(network.look(turnLeft(image)).logits)[1]);
    }
    const digit = probabilities.indexOf(Math.max(...probabilities));
    return makeAnswer(probabilities, image, fine ? null : NOT_LIKE_A_DIGIT, digit);
  };
  return { read };
}

function softmax(logits) {
  const most = Math.max(...logits);
  const parts = Float64Array.from(logits, (one) => Math.exp(one - most));
  const total = parts.reduce((sum, one) => sum + one, 0);
  return Float32Array.from(parts, (one) => one / total);
}

function makeAnswer(probabilities, seen, problem, digit) {
  const confidence = Math.max(...probabilities);
  const sure = confidence >= SURE_CONFIDENCE;
  const verdict = problem ? "no digit" : sure ? "sure" : "unsure";
  return {
    digit,
    confidence: sixPlaces(confidence),
    probabilities: Array.from(probabilities, sixPlaces),
    verdict,
    words: putIntoWords(probabilities, problem, sure),
    seen,
  };
}

function sixPlaces(value) {
  return Number(value.toFixed(6));
}

function putIntoWords(probabilities, problem, sure) {
  if (problem) return `I see no digit: ${problem[0].toLowerCase()}${problem.slice(1)}`;
  const byProbability = (a, b) => probabilities[b] - probabilities[a] || a - b;
  const order = [...probabilities.keys()].sort(byProbability);
  return sure ? `${order[0]}` : `${order[0]} or ${order[1]}?`;
}
