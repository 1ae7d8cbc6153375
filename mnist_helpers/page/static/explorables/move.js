// A digit is moved over the paper: what do several networks say?

import { drawingSquare } from "./drawing.js";
import { frameOn, makeMovable } from "./moving.js";
import { openNetwork, percentOf, unpack } from "./networks.js";
import { button, element, heat, inkColour, say, start } from "./parts.js";

const SIDE = 28;
const [WIDE, TALL] = [8, 5]; // pixels, how far a digit may be moved across, and up or down
const [COLUMNS, ROWS] = [2 * WIDE + 1, 2 * TALL + 1];
const placeAt = (right, down) => (TALL + down) * COLUMNS + WIDE + right;
const EMPTY = "The square is empty. Draw a digit.";
const TEN = [...Array(10).keys()];
const COLOURS = { right: [0, 158, 115], wrong: [204, 121, 167] };

/** The rows and columns of an image that have ink, as [left, top, right, bottom]; else null. */
function inkBox(image) {
  const inked = [...image.keys()].filter((at) => image[at] > 0);
  if (!inked.length) return null;
  const [columns, rows] = [inked.map((at) => at % SIDE), inked.map((at) => Math.floor(at / SIDE))];
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns), Math.max(...rows)];
}

function shift(image, right, down) {
  const moved = new Uint8Array(SIDE * SIDE);
  image.forEach((ink, at) => {
    if (ink) moved[at + down * SIDE + right] = ink;
  });
  return moved;
}

const likeliest = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

/** Ten bars and, below, at which places a network reads the digit rightly. */
function panel(name) {
  const answer = element("b", { class: "answer" });
  const rows = TEN.map((digit) => {
    const bar = element("i");
    const part = element("span", { class: "percent" });
    const row = element("li", {}, element("b", { textContent: digit }), element("div", {}, bar), part);
    return { row, bar, part };
  });
  const bars = element("ul", { class: "bars", "aria-label": `How likely the ${name} finds each digit` });
  bars.append(...rows.map(({ row }) => row));
  const map = heat(COLUMNS, ROWS, `Where the ${name} reads the digit rightly`);
  const here = frameOn([COLUMNS, ROWS]);
  here.frame.classList.add("one");
  const count = element("p", { class: "count" });
  const box = element(
    "section",
    { class: "network" },
    element("h2", {}, `The ${name} says `, answer),
    bars,
    element("div", { class: "plane empty" }, map.canvas, here.frame),
    count,
  );
  const show = (probabilities, truth, kind, places, [right, down]) => {
    const said = probabilities ? likeliest(probabilities) : null;
    box.dataset.right = said === null ? "" : said === truth;
    answer.textContent = said ?? "–";
    rows.forEach(({ row, bar, part }, digit) => {
      const value = probabilities?.[digit] ?? 0;
      row.classList.toggle("first", digit === said);
      bar.style.width = `${100 * value}%`;
      part.textContent = probabilities ? percentOf(value) : "";
    });
    map.show(places.map((one) => (one === undefined ? NaN : one)), (one) =>
      one === truth ? COLOURS.right : COLOURS.wrong,
    );
    here.lay(WIDE + right, TALL + down, 1, 1);
    const tried = places.filter((one) => one !== undefined);
    const good = tried.filter((one) => one === truth).length;
    count.textContent = `${kind} at ${good} of ${tried.length} places`;
  };
  return { box, show, words: () => count.textContent };
}

start(async (main, { labels, pixels, first, networks, square }) => {
  const names = Object.keys(networks);
  const looks = await Promise.all(Object.values(networks).map(openNetwork));
  const panels = names.map(panel);
  const inked = await unpack(pixels);
  let image, box, truth, places, right, down;
  let timer = null;
  let atEdge = false;

  const paper = heat(SIDE, SIDE, "The digit on its paper");
  const handle = frameOn([SIDE, SIDE], {
    tabIndex: 0,
    role: "application",
    "aria-label": "The digit. The arrow keys move it.",
  });
  const origin = frameOn([SIDE, SIDE]);
  origin.frame.classList.add("origin");
  const [rightly, wrongly] = [element("span"), element("span")];
  const plane = element("div", { class: "plane" }, paper.canvas, origin.frame, handle.frame);

  const lay = (frame, x, y) => {
    frame.lay(x, y, box[2] - box[0] + 1, box[3] - box[1] + 1);
  };
  // How far the digit may move without losing ink, in one direction.
  const limit = (by, first, last, most) =>
    Math.min(Math.max(by, -first, -most), SIDE - 1 - last, most);
  const clampTo = (x, y) => [limit(x, box[0], box[2], WIDE), limit(y, box[1], box[3], TALL)];

  function tryPlace(x, y) {
    const seen = shift(image, x, y);
    return looks.map((look, n) => {
      const probabilities = look(seen);
      places[n][placeAt(x, y)] = likeliest(probabilities);
      return probabilities;
    });
  }

  function show() {
    for (const { frame } of [handle, origin]) frame.hidden = !box;
    paper.show(box ? shift(image, right, down) : image, inkColour(255));
    const answers = box ? tryPlace(right, down) : names.map(() => null);
    // Of a drawing, nobody has said which digit it is: what counts is the answer in the middle.
    panels.forEach((one, n) => {
      const wanted = truth ?? places[n][placeAt(0, 0)];
      const kind = truth === null ? "the same answer" : "right";
      one.show(answers[n], wanted, kind, places[n], [right, down]);
    });
    if (!box) return;
    lay(handle, box[0] + right, box[1] + down);
    lay(origin, box[0], box[1]);
    const ways = [
      right && `${right > 0 ? "right" : "left"} by ${Math.abs(right)}`,
      down && `${down > 0 ? "down" : "up"} by ${Math.abs(down)}`,
    ];
    const way = ways.filter(Boolean).join(", ");
    const told = answers.map((one, n) => {
      const digit = likeliest(one);
      return `the ${names[n]} says ${digit} (${percentOf(one[digit]).replace(">", "more than")})`;
    });
    const edge = atEdge ? " It goes no further." : "";
    say(`${way ? `Moved ${way}` : "In the middle"}: ${told.join(", ")}.${edge}`);
  }

  function moveTo(x, y) {
    clearTimeout(timer);
    if (!box) return;
    const wanted = [x - box[0], y - box[1]];
    [right, down] = clampTo(...wanted);
    atEdge = String(wanted) !== String([right, down]);
    show();
  }

  function take(bytes, label) {
    clearTimeout(timer);
    [image, truth, box, atEdge] = [bytes, label, inkBox(bytes), false];
    rightly.textContent = label === null ? "the answer of the middle" : "right";
    wrongly.textContent = label === null ? "another answer" : "wrong";
    places = names.map(() => Array(COLUMNS * ROWS).fill(undefined));
    [right, down] = [0, 0];
    show();
  }

  // A row of places at a time, so that the maps can be seen to grow.
  function tryAll() {
    clearTimeout(timer);
    if (!box) return say(EMPTY);
    const row = (y) => {
      for (let x = -WIDE; x <= WIDE; x++) {
        if (String(clampTo(x, y)) === String([x, y])) tryPlace(x, y);
      }
      show();
      if (y < TALL) {
        timer = setTimeout(row, 30, y + 1);
        return;
      }
      const counts = panels.map(({ words }, n) => `${names[n]} ${words()}`);
      say(`Every place was tried: ${counts.join(", ")}.`);
    };
    row(-TALL);
    return null;
  }

  const pad = drawingSquare(square, (framed) => {
    if (pad.hidden) return;
    take(framed?.problem ? new Uint8Array(784) : (framed?.image ?? new Uint8Array(784)), null);
    if (!box) say(framed?.problem ?? framed?.words ?? EMPTY);
  });
  pad.className = "mine";
  const picks = labels.map((label, n) => {
    const bytes = inked.subarray(784 * n, 784 * (n + 1));
    const picture = heat(SIDE, SIDE, `A ${label}`);
    picture.show(bytes, inkColour(255));
    const pick = button("", () => choose(pick, () => take(bytes, label)));
    pick.append(picture.canvas);
    return pick;
  });
  const mine = button("my drawing", () =>
    choose(mine, () => {
      take(new Uint8Array(784), null);
      say(EMPTY);
    }),
  );
  function choose(pick, then) {
    pad.hidden = pick !== mine;
    for (const one of [...picks, mine]) one.setAttribute("aria-pressed", one === pick);
    then();
  }

  makeMovable(handle.frame, plane, SIDE, {
    where: () => [box[0] + right, box[1] + down],
    moveTo,
  });
  const title = element("span", { class: "title", textContent: "drag the digit" });
  const tools = element(
    "div",
    { class: "picks" },
    button("Try every place", tryAll),
    button("Back", () => box && moveTo(box[0], box[1])),
  );
  const mark = (kind) => element("i", { class: kind });
  const key = element("p", { class: "key" }, "The small maps show the places that were tried, as far as the paper allows: ");
  key.append(mark("right"), rightly, mark("wrong"), wrongly);
  main.append(
    element("div", { class: "picks", role: "group", "aria-label": "Digit" }, ...picks, mine),
    element(
      "div",
      { class: "sides" },
      pad,
      element("div", { class: "paper" }, title, plane, tools),
      ...panels.map(({ box: one }) => one),
    ),
    key,
  );
  picks[Math.min(first, picks.length - 1)].click();
});
