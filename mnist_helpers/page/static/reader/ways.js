// Ways to take a line of writing apart into digits: which there are, and how likely each is.

// What each digit costs, so that a number is not taken apart into more digits than necessary.
const COST = 2.8;
// How many ways are compared, and how many pieces may be one digit.
const WAYS = 5;
const MOST_IN_RUN = 8;
const WIDEST = 1.4; // of a digit of several pieces, in heights of the line
const WORST = 2.4; // what speaks against pieces of a part, if they are read at all
// How much the pair reader's opinion counts beside the weights of the digits. What it finds
// unlikelier than DOUBTED counts as DOUBTED. If each part is two digits, and it finds them likelier
// than VOUCHED, they are read however ugly they are when they are cut apart.
const OPINION = 0.7;
const DOUBTED = 0.01;
const VOUCHED = 0.5;
const NO_PAIR = 100; // the pair reader's output for anything but two digits

/**
 * Which pieces that follow one another could be one digit: {first, end}. These are a part, some
 * pieces of a part, or several parts unless each is `clear`ly a digit.
 */
export function findRuns(writing, clear) {
  const { pieces } = writing;
  const isBetweenParts = (n) => pieces[n - 1]?.part !== pieces[n]?.part;
  const runs = [];
  for (let end = 1; end <= pieces.length; end++) {
    const last = pieces[end - 1].part;
    for (let first = 0; first < end; first++) {
      const { part } = pieces[first];
      const whole = isBetweenParts(first) && isBetweenParts(end);
      // A wide part has more pieces, and may be one digit all the same.
      if (end - first > MOST_IN_RUN && (part < last || !whole)) continue;
      if (part < last && (!whole || clear.slice(part, last + 1).every(Boolean))) continue;
      if (!whole && penaltyOf(writing, { first, end }) > WORST) continue;
      if (end === first + 1 || writing.widthOf(first, end) <= WIDEST) runs.push({ first, end });
    }
  }
  return runs;
}

/**
 * Those runs that, with others, can make up all the pieces, of which there are `count`; often a
 * quarter cannot. The runs come in the order of their ends.
 */
export function runsOfWays(runs, count) {
  const before = new Set([0]); // places that runs lead to from the start
  for (const { first, end } of runs) if (before.has(first)) before.add(end);
  const after = new Set([count]); // and on to the end
  for (const { first, end } of runs.slice().reverse()) if (after.has(end)) after.add(first);
  return runs.filter(({ first, end }) => before.has(first) && after.has(end));
}

/**
 * The likeliest ways to take the writing apart into digits, of which no two read the same: each is
 * {number, probability, digits}, and its digits are runs. This is dynamic programming: the best
 * ways up to some piece are the best ways up to an earlier one, and a run of pieces from there on.
 */
export function rankWays(writing, runs) {
  // For each place between two pieces: by number, how much speaks for it, and its digits.
  const best = Array.from({ length: writing.pieces.length + 1 }, () => new Map());
  best[0].set("", { weight: 0, digits: [] });
  for (const run of runs) {
    const { first, end, answer } = run;
    const gain = weighRun(writing, run);
    for (const [number, before] of best[first]) {
      const longer = `${number}${answer.digit}`;
      const weight = before.weight + gain;
      const there = best[end].get(longer) ?? { weight: -Infinity, digits: [] };
      const digits = weight >= there.weight ? [...before.digits, run] : there.digits;
      best[end].set(longer, { weight: addLogarithms(there.weight, weight), digits });
    }
    const byWeight = [...best[end]].sort(([, one], [, other]) => other.weight - one.weight);
    best[end] = new Map(byWeight.slice(0, WAYS));
  }
  const last = [...best.at(-1)];
  const total = last.reduce((sum, [, { weight }]) => addLogarithms(sum, weight), -Infinity);
  return last.map(([number, { weight, digits }]) => {
    return { number, probability: Math.exp(weight - total), digits };
  });
}

/**
 * The ways, the likeliest first, after a second opinion: what the pair reader says of parts. Each
 * also has its probability `before`, and is `vouched` for if the pair reader sees the same digits,
 * two in each part.
 */
export function askAgain(writing, ways, pairs) {
  const heard = ways.map((way) => {
    const seen = askPairReader(writing, way.digits, pairs);
    const opinion = seen.reduce((sum, { likely }) => sum + Math.log(Math.max(likely, DOUBTED)), 0);
    const twos = seen.filter(({ count }) => count === 2);
    const agreed = twos.reduce((all, { likely }) => all * likely, 1);
    const vouched = 2 * twos.length === way.digits.length && agreed >= VOUCHED;
    const odds = way.probability * Math.exp(OPINION * opinion);
    return { ...way, odds, before: way.probability, vouched };
  });
  const total = heard.reduce((sum, { odds }) => sum + odds, 0);
  return heard
    .map((way) => ({ ...way, probability: way.odds / total }))
    .sort((one, other) => other.probability - one.probability);
}

// For each part that is digits of its own: how many, and how likely the pair reader finds them. It
// knows pairs only: to it, one digit and three are both NO_PAIR.
function askPairReader({ pieces }, digits, pairs) {
  const found = new Map();
  for (const { first, end, answer } of digits) {
    const { part } = pieces[first];
    if (part === pieces[end - 1].part) found.set(part, `${found.get(part) ?? ""}${answer.digit}`);
  }
  return [...found]
    .filter(([part]) => pairs[part])
    .map(([part, said]) => {
      const likely = pairs[part][said.length === 2 ? Number(said) : NO_PAIR];
      return { count: said.length, likely };
    });
}

// The logarithm of the sum of two numbers, of which the logarithms are given.
function addLogarithms(a, b) {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** How much speaks for a run of pieces being one digit, as a logarithm of odds. */
export function weighRun(writing, run) {
  return run.answer.evidence - COST - (run.answer.digit === 1) - penaltyOf(writing, run);
}

/** How likely it is that this is one digit, and that it was read right, 0 to 1. */
export function certaintyOf(writing, run) {
  return run.answer.confidence / (1 + Math.exp(3 * (2 - COST - weighRun(writing, run))));
}

// How much speaks against a run of pieces being one digit, before it is read.
function penaltyOf(writing, { first, end }) {
  const { pieces } = writing;
  const cuts = pieces[first].cut + (pieces[end]?.cut ?? 0);
  const parts = pieces[end - 1].part - pieces[first].part;
  const low = Math.max(0, 0.75 - writing.heightOf(first, end));
  const wide = Math.max(0, Math.min(writing.widthOf(first, end), 1.1) - 0.8);
  return 6 * cuts + 1.7 * parts + 8 * low + 4.5 * wide;
}
