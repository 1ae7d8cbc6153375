// An answer to a number, and how far to trust it.

import { SURE_CONFIDENCE, sixPlaces } from "./prediction.js";

export const SEVERAL_LINES = "I see more than one line.";

/** What is read in a picture: a number of one or more digits, or nothing. */
export class Reading {
  /**
   * `digits` come from left to right: {box, prediction}; none if nothing was read. `single` is what
   * is read if all the writing is one digit, and `confidence` how likely the whole number is right.
   * `problem` says why nothing was read, and `other` is another number that it may be; or null.
   */
  constructor(digits, single, confidence, { problem = null, other = null } = {}) {
    Object.assign(this, { digits, single, confidence, problem, other });
  }

  /** The digits in their order, with leading zeros; null if nothing was read. */
  get number() {
    return this.digits.map(({ prediction }) => prediction.digit).join("") || null;
  }

  /** Of the whole: sure, unsure, or no digit. */
  get verdict() {
    if (!this.digits.length) return "no digit";
    return this.confidence >= SURE_CONFIDENCE && this.other === null ? "sure" : "unsure";
  }

  /** The answer for people: "42", "1 or 7, then 3", "8 or 60?", or why there is none. */
  get words() {
    if (this.problem !== null) return this.problem;
    if (this.other !== null) return `${this.number} or ${this.other}?`;
    if (this.digits.length < 2) return this.single.words;
    const words = this.digits.map(({ prediction }) => prediction.words.replace("?", ""));
    if (words.every(isSure)) return words.join("") + (this.verdict === "sure" ? "" : "?");
    // Sure digits that follow one another are said together.
    return words.reduce((before, word, i) =>
      isSure(words[i - 1]) && isSure(word) ? before + word : `${before}, then ${word}`,
    );
  }

  /** The answer as plain data; of one digit, what its prediction gives, and more. */
  toAnswer() {
    const answer = this.single.toAnswer();
    const several = this.digits.length > 1 || this.problem === SEVERAL_LINES;
    return {
      ...answer,
      ...(several && { digit: null, probabilities: null, seen: null }),
      confidence: sixPlaces(this.confidence),
      verdict: this.verdict,
      words: this.words,
      number: this.number,
      digits: this.digits.map(({ box, prediction }) => ({ box, ...prediction.toAnswer() })),
    };
  }
}

function isSure(word) {
  return word.length === 1;
}
