// An answer to one digit: its probabilities, and how far to trust them.

// An answer is sure if at most one in ten such answers may be wrong.
export const SURE_CONFIDENCE = 0.9;

/** What the reader says about one square. */
export class Prediction {
  /**
   * The ten `probabilities` are all 0.1 if there was nothing to read. `framed` is what `frameLook`
   * gives. `problem` is a sentence that says why this is not a digit; null if it is one. `evidence`
   * is how much speaks for one digit, rather than for half of one, or two. `pairs` is how likely
   * the square shows two digits that touch, 00 to 99, or, last, anything else; null without a pair
   * reader.
   */
  constructor(probabilities, framed, problem, evidence, pairs = null) {
    Object.assign(this, { probabilities, framed, problem, evidence, pairs });
  }

  /** The likeliest digit, 0 to 9, whatever the verdict; null if there was nothing to read. */
  get digit() {
    return this.framed.problem ? null : this.probabilities.indexOf(this.confidence);
  }

  /** The probability of the likeliest digit, 0.1 to 1. */
  get confidence() {
    return Math.max(...this.probabilities);
  }

  get verdict() {
    if (this.problem) return "no digit";
    return this.confidence >= SURE_CONFIDENCE ? "sure" : "unsure";
  }

  /** The answer for people: "7", "1 or 7?" (the likelier first), or why there is no digit. */
  get words() {
    const { probabilities, problem } = this;
    if (problem) return `I see no digit: ${problem[0].toLowerCase()}${problem.slice(1)}`;
    const byProbability = (a, b) => probabilities[b] - probabilities[a] || a - b;
    const [first, second] = [...probabilities.keys()].sort(byProbability);
    return this.verdict === "sure" ? `${first}` : `${first} or ${second}?`;
  }

  /** The answer as plain data, with six decimal places; `seen` are 28×28 bytes. */
  toAnswer() {
    return {
      digit: this.digit,
      confidence: sixPlaces(this.confidence),
      probabilities: Array.from(this.probabilities, sixPlaces),
      verdict: this.verdict,
      words: this.words,
      seen: this.framed.image,
    };
  }
}

export function sixPlaces(value) {
  return Number(value.toFixed(6));
}
