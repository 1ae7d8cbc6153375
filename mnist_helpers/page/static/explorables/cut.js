// Where would you cut two digits that touch? The network says what it sees on both sides.

import { cropInk, frameInk } from "../reader/squares.js";
import { frameOn, makeMovable } from "./moving.js";
import { openNetwork, percentOf, unpack } from "./networks.js";
import { button, element, heat, inkColour, say, start } from "./parts.js";

const TEN = [...Array(10).keys()];
const SIDES = ["left", "right"];
const COLOURS = [[0, 114, 178], [213, 94, 0]];
const LEAST_INK = 3; // pixels of full ink that a side must have to be read

/** The ink on one side of a path, as the network gets it: 28×28 bytes; null if there is hardly any. */
function frameSide({ data, width, height }, path, isRight) {
  const where = Uint8Array.from(data, (_, i) => {
    return i % width >= path[Math.floor(i / width)] === isRight ? 1 : 0;
  });
  const ink = data.reduce((sum, one, i) => sum + one * where[i], 0);
  return ink < LEAST_INK ? null : frameInk(cropInk({ data, width, height }, where, 0)).image;
}

/** What the network gets of one side, and what it says. */
function panel(side) {
  const seen = heat(28, 28, `The ${side} piece as the network gets it`);
  const answer = element("b", { class: "answer" });
  const verdict = element("span", { class: "verdict" });
  const rows = TEN.map((digit) => {
    const [bar, part] = [element("i"), element("span", { class: "percent" })];
    const row = element("li", {}, element("b", { textContent: digit }), element("div", {}, bar), part);
    return { row, bar, part };
  });
  const list = element("ul", { class: "bars", "aria-label": `How likely each digit is, ${side}` });
  list.append(...rows.map(({ row }) => row));
  const head = element("h2", {}, `The ${side} piece: `, answer, verdict);
  const body = element("div", { class: "inside" }, seen.canvas, list);
  const box = element("section", { class: "piece" }, head, body);
  const show = (image, probabilities, truth) => {
    const said = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : null;
    seen.show(image ?? new Uint8Array(784), inkColour(255));
    answer.textContent = said ?? "–";
    verdict.textContent = said === null ? "" : said === truth ? " right" : " wrong";
    box.dataset.right = said === null ? "" : said === truth;
    rows.forEach(({ row, bar, part }, digit) => {
      row.classList.toggle("first", digit === said);
      bar.style.width = `${100 * (probabilities?.[digit] ?? 0)}%`;
      part.textContent = probabilities ? percentOf(probabilities[digit]) : "";
    });
  };
  return { box, show };
}

start(async (main, { pairs, network }) => {
  const read = await openNetwork(network);
  const inks = await Promise.all(
    pairs.map(async ({ pixels, width }) => {
      const bytes = await unpack(pixels);
      const data = Float32Array.from(bytes, (one) => one / 255);
      return { data, width, height: bytes.length / width };
    }),
  );
  const panels = SIDES.map(panel);
  const [paper, tries] = ["div", "div"].map((tag) => element(tag));
  paper.className = "plane";
  tries.className = "tries";
  const told = element("p", { class: "told" });
  let chosen, column, tried, first, last, picture, line;
  let timer = null;
  let ofReader = false;

  const straight = () => new Array(inks[chosen].height).fill(column);

  function answersAt(path) {
    const images = SIDES.map((_, n) => frameSide(inks[chosen], path, n === 1));
    return images.map((image) => ({ image, probabilities: image && read(image) }));
  }

  const digitOf = ({ probabilities }) => probabilities?.indexOf(Math.max(...probabilities));
  const truth = () => [...pairs[chosen].number].map(Number);

  // How sure the network is of the piece of which it is less sure, and whether both are right.
  function note(answers) {
    const sure = Math.min(...answers.map(({ probabilities }) => Math.max(...(probabilities ?? [0]))));
    tried[column] = { sure, right: answers.every((one, n) => digitOf(one) === truth()[n]) };
  }

  function show() {
    const { data, width } = inks[chosen];
    const path = ofReader ? pairs[chosen].path : straight();
    const answers = answersAt(path);
    if (!ofReader) note(answers);
    // Values from 1 to 2 are on the right of the path.
    picture.show(
      data.map((ink, i) => ink + (i % width >= path[Math.floor(i / width)] ? 2 : 0)),
      (value) => COLOURS[value >= 2 ? 1 : 0].map((one) => 255 + (one - 255) * (value % 2)),
    );
    panels.forEach((one, n) => one.show(answers[n].image, answers[n].probabilities, truth()[n]));
    line.frame.hidden = ofReader;
    line.lay(column, 0, 0, inks[chosen].height);
    [...tries.children].forEach((bar, x) => {
      const one = tried[x];
      bar.className = one ? (one.right ? "right" : "wrong") : "";
      bar.style.setProperty("--sure", one?.sure ?? 0);
      bar.toggleAttribute("data-here", x === column && !ofReader);
    });
    const words = answers.map((one, n) => {
      const digit = digitOf(one);
      if (digit === undefined) return `hardly any ink on the ${SIDES[n]}`;
      return `${digit} on the ${SIDES[n]} (${percentOf(one.probabilities[digit])})`;
    });
    const both = answers.every((one, n) => digitOf(one) === truth()[n]);
    const cut = ofReader
      ? `The reader cuts along a path and reads ${pairs[chosen].words}`
      : `Column ${column}`;
    told.textContent = `${cut}: ${words.join(", ")}. ${both ? "Both are right." : "Not both are right."}`;
    line.frame.setAttribute("aria-valuenow", column);
    line.frame.setAttribute("aria-valuetext", told.textContent);
    reader.setAttribute("aria-pressed", ofReader);
    say(told.textContent);
  }

  function moveTo(x) {
    stop();
    ofReader = false;
    column = Math.min(Math.max(x, first), last);
    show();
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
  }

  function tryAll() {
    stop();
    ofReader = false;
    const back = column;
    column = first;
    const step = () => {
      show();
      if (column === last) {
        column = back;
        const all = Object.entries(tried);
        const good = all.filter(([, { right }]) => right).length;
        const fooled = all.filter(([, { right, sure }]) => !right && sure >= 0.9);
        const places = fooled.slice(0, 5).map(([x]) => x).join(", ");
        const where = places && ` (column ${places}${fooled.length > 5 ? ", …" : ""})`;
        show();
        told.textContent =
          `${all.length} cuts: both pieces are read correctly at ${good}. At ${fooled.length} ` +
          `others${where}, the network is at least 90 % sure of both pieces, and wrong.`;
        say(told.textContent);
        return;
      }
      column += 1;
      timer = setTimeout(step, 20);
    };
    step();
  }

  function choose(n) {
    stop();
    [chosen, ofReader, tried] = [n, false, {}];
    picks.forEach((one, at) => one.setAttribute("aria-pressed", at === n));
    const { data, width, height } = inks[n];
    const inked = [...Array(width).keys()].filter((x) =>
      [...Array(height).keys()].some((y) => data[y * width + x] > 0.5),
    );
    [first, last] = [inked[0] + 3, inked.at(-1) - 2];
    picture = heat(width, height, "The number: blue is left of the cut, orange is right of it");
    line = frameOn([width, height], {
      tabIndex: 0,
      role: "slider",
      "aria-label": "The cut. The arrow keys move it.",
      "aria-valuemin": first,
      "aria-valuemax": last,
    });
    line.frame.classList.add("knife");
    const plane = element("div", { class: "number" }, picture.canvas, line.frame);
    makeMovable(line.frame, plane, width, { where: () => [column, 0], moveTo, jumps: moveTo });
    paper.replaceChildren(plane);
    tries.replaceChildren(...Array.from({ length: width }, () => element("i")));
    moveTo(Math.round(first + (last - first) / 4)); // a cut that leaves more than a speck
  }

  const picks = pairs.map(({ number, width }, n) => {
    const small = heat(width, inks[n].height, `The number ${number}`);
    small.show(inks[n].data, inkColour(1));
    const pick = button("", () => choose(n));
    pick.append(small.canvas);
    return pick;
  });
  const reader = button("Show the reader's cut", () => {
    stop();
    const { path, number, words } = pairs[chosen];
    ofReader = !ofReader && path !== null;
    show();
    if (path) return;
    told.textContent = `Here, the reader does not read ${number}. It says: “${words}”`;
    say(told.textContent);
  });
  const mark = (kind) => element("i", { class: kind });
  const key = element("p", { class: "key" }, "How sure it is of the piece of which it is less sure: ");
  key.append(mark("right"), "both are right, ", mark("wrong"), "not both");
  const title = element("span", { class: "title", textContent: "drag the line" });
  main.append(
    element("div", { class: "picks", role: "group", "aria-label": "Number" }, ...picks),
    element(
      "div",
      { class: "sides" },
      element("div", { class: "paper" }, title, paper, tries, key),
      ...panels.map(({ box }) => box),
    ),
    told,
    element("div", { class: "picks" }, button("Try every column", tryAll), reader),
  );
  choose(0);
});
