// Reading a number in any picture: framing, the network, and how far to trust its answer.

import { findLooks } from "./finding.js";
import { loadNetwork } from "./network.js";
import { softmax } from "./softmax.js";
import { looksLikeDigit, nonDigitScores, weighEvidence } from "./non_digits.js";
import { readNumber } from "./numbers.js";
import { doubtSeven, turnLeft } from "./one_or_seven.js";
import { toPicture } from "./pictures.js";
import { Prediction, SURE_CONFIDENCE } from "./prediction.js";
import { frameLook } from "./squares.js";

const NOT_LIKE_A_DIGIT = "This does not look like one digit.";

/**
 * A reader with the weights that `mnist_helpers.share.page_weights.network_weights` wrote. Its
 * `read(imageData)` takes what a canvas or `openPicture` gives, and returns an answer with the
 * entries that `mnist_helpers.recognizer.DigitReader` describes; but each `seen` is a square of
 * 28×28 bytes.
 */
export function makeReader(weights) {
  const network = loadNetwork(weights);
  const predict = (framed) => {
    const { image, problem } = framed;
    const seen = network.look(image);
    const scores = nonDigitScores(image, seen);
    const fine = looksLikeDigit(scores, weights.min_energy);
    let probabilities = softmax(seen.logits);
    if (fine && probabilities[7] >= Math.fround(SURE_CONFIDENCE)) {
      probabilities = doubtSeven(probabilities, softmax(network.look(turnLeft(image)).logits)[1]);
    }
    if (problem) probabilities = new Float32Array(10).fill(0.1);
    const evidence = weighEvidence(scores, weights.min_energy);
    const complaint = problem ?? (fine ? null : NOT_LIKE_A_DIGIT);
    const pairs = seen.pairs && softmax(seen.pairs);
    return new Prediction(probabilities, framed, complaint, evidence, pairs);
  };
  const read = (imageData) => {
    const picture = toPicture(imageData);
    const looks = findLooks(picture);
    const single = predict(frameLook(looks.at(-1)));
    return readNumber(picture, looks[0], single, predict).toAnswer();
  };
  return { read };
}
