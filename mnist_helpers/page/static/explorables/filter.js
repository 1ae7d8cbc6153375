// A filter: nine numbers that lie on a place of a digit, and the map of their answers.

import { drawingSquare } from "./drawing.js";
import { bytesOf, frameOn, makeMovable } from "./moving.js";
import { button, choice, element, heat, inkColour, say, signedColour, start } from "./parts.js";

const MINE = "my drawing";
const EMPTY = "The square is empty. Draw a digit.";
const MY_FILTER = "my own";
const RANGE = "A number from −9 to 9, with at most two decimals.";
const SIDE = 28;
const MAP = SIDE - 2;
const NINE = [...Array(9).keys()];
const KNOWN = {
  "top edge": [-1, -1, -1, 0, 0, 0, 1, 1, 1],
  "left edge": [-1, 0, 1, -1, 0, 1, -1, 0, 1],
  corner: [-1, -1, -1, -1, 1, 1, -1, 1, 1],
  blur: Array(9).fill(0.1),
  "the pixel itself": [0, 0, 0, 0, 1, 0, 0, 0, 0],
  "all zeros": Array(9).fill(0),
};

/** A number with at most two decimals. */
const short = (value) => String(Number(value.toFixed(2)) + 0).replace("-", "−");

/** A table of nine cells, which `show(values, colour)` fills and colours. */
function nineCells(name, makeCell) {
  const cells = NINE.map(makeCell);
  const table = element("div", { class: "nine", role: "group", "aria-label": name }, ...cells);
  const show = (values, colour) => {
    cells.forEach((cell, at) => {
      if (cell.value === undefined) cell.textContent = short(values[at]);
      const [red, green, blue] = colour(values[at]);
      cell.style.background = `rgb(${red}, ${green}, ${blue})`;
      cell.style.color = 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "#fff" : "#111";
    });
  };
  const title = element("span", { class: "title", textContent: name });
  return { box: element("div", {}, title, table), cells, show };
}

/** What a filter answers at one place: the nine pixels under it, the products, and their sum. */
function answerAt(pixels, filter, x, y) {
  const under = NINE.map((at) => pixels[(y + Math.floor(at / 3)) * SIDE + x + (at % 3)]);
  const products = under.map((value, at) => value * filter[at]);
  return { under, products, sum: products.reduce((total, one) => total + one, 0) };
}

start((main, { images, place, square }) => {
  const digits = Object.entries(images).map(([name, text]) => [
    name,
    Float64Array.from(bytesOf(text), (value) => value / 255),
  ]);
  const pixelsOf = Object.fromEntries([...digits, [MINE, new Float64Array(SIDE * SIDE)]]);
  let image = digits[0][0];
  let filter = [...KNOWN["top edge"]];
  let [x, y] = place;
  let visited = new Uint8Array(MAP * MAP);
  let timer = null;

  const digit = heat(SIDE, SIDE, "The digit");
  const map = heat(MAP, MAP, "The feature map: red where the sum is above zero, blue below");
  const filterFrame = frameOn([SIDE, SIDE], {
    tabIndex: 0,
    role: "application",
    "aria-label": "The filter on the digit. The arrow keys move it.",
  });
  const mapFrame = frameOn([MAP, MAP]);
  mapFrame.frame.classList.add("one");
  const digitPlane = element("div", { class: "plane" }, digit.canvas, filterFrame.frame);
  const mapPlane = element("div", { class: "plane empty" }, map.canvas, mapFrame.frame);
  const under = nineCells("the pixels", () => element("span"));
  const numbers = nineCells("filter: change it", (at) =>
    element("input", {
      type: "text",
      inputMode: "decimal",
      autocomplete: "off",
      title: RANGE,
      "aria-label": `Filter, row ${Math.floor(at / 3) + 1}, column ${(at % 3) + 1}`,
      oninput: (event) => type(at, event.target.value),
      onfocus: (event) => event.target.select(),
      onblur: (event) => (event.target.value = short(filter[at])),
    }),
  );
  const products = nineCells("the products", () => element("span"));
  const total = element("output", { class: "total" });
  const lit = element("p", { class: "lit" });
  const scale = element("p", { class: "scale", "aria-hidden": "true" });
  const known = choice("Filter", [...Object.keys(KNOWN), MY_FILTER], (name) => {
    if (KNOWN[name]) setFilter([...KNOWN[name]]);
  });
  const slide = button("Slide over the digit", () => (timer ? stop() : run()));
  const empty = button("Empty the map", () => {
    stop();
    visited.fill(0);
    moveTo(x, y);
  });

  function show() {
    const pixels = pixelsOf[image];
    const here = answerAt(pixels, filter, x, y);
    const above = filter.reduce((sum, one) => sum + Math.max(one, 0), 0);
    const below = filter.reduce((sum, one) => sum - Math.min(one, 0), 0);
    const most = Math.max(above, below) || 1; // Ink is at most 1.
    const colour = signedColour(most);
    const one = signedColour(Math.max(...filter.map(Math.abs)) * 1.5);
    const sums = Float64Array.from(visited, (seen, at) =>
      seen ? answerAt(pixels, filter, at % MAP, Math.floor(at / MAP)).sum : NaN,
    );
    digit.show(pixels, inkColour(1));
    map.show(sums, colour);
    under.show(here.under, inkColour(1));
    numbers.show(filter, one);
    products.show(here.products, one);
    total.textContent = short(here.sum);
    const [red, green, blue] = colour(here.sum);
    total.style.background = `rgb(${red}, ${green}, ${blue})`;
    total.style.color = 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "#fff" : "#111";
    filterFrame.lay(x, y, 3, 3);
    mapFrame.lay(x, y, 1, 1);
    const bright = sums.filter((sum) => sum > most / 2).length;
    const places = visited.filter(Boolean).length;
    lit.textContent = `Lit up (above ${short(most / 2)}, half of the most): ${bright} of ${places} places.`;
    scale.replaceChildren(`−${short(most)}`, element("i"), short(most));
    return here.sum;
  }

  const tell = (sum) => say(`Row ${y}, column ${x}: the nine products add up to ${short(sum)}.`);

  function moveTo(right, down) {
    stop();
    [x, y] = [right, down].map((at) => Math.min(Math.max(at, 0), MAP - 1));
    visited[y * MAP + x] = 1;
    tell(show());
  }

  function setFilter(values) {
    filter = values;
    numbers.cells.forEach((cell, at) => {
      if (cell !== document.activeElement) cell.value = short(values[at]);
    });
    tell(show());
  }

  // A comma is a point, too. What is only begun, such as a minus, waits for the rest.
  function type(at, text) {
    const typed = text.trim().replace(",", ".").replace("−", "-");
    if (/^-?\.?$/.test(typed)) return;
    const value = Math.round(100 * Number(typed)) / 100;
    if (!(Math.abs(value) <= 9)) {
      say(`“${text.slice(0, 20)}” cannot be used. ${RANGE}`);
      return;
    }
    known.select.value = MY_FILTER;
    setFilter(filter.with(at, value));
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    slide.textContent = "Slide over the digit";
  }

  // Place by place in the first row, so that the eye can follow, and then in strides.
  function run() {
    if (!visited.includes(0)) visited.fill(0);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const before = [x, y];
    let steps = 0;
    slide.textContent = "Stop";
    say("The filter slides over the digit, row by row.");
    const step = () => {
      for (let many = still ? MAP * MAP : steps < MAP ? 1 : MAP / 2; many > 0; many--) {
        const next = visited.indexOf(0);
        if (next < 0) break;
        [x, y] = [next % MAP, Math.floor(next / MAP)];
        visited[next] = 1;
      }
      steps++;
      timer = setTimeout(step, 60);
      if (!visited.includes(0)) {
        stop();
        [x, y] = before;
      }
      show();
      if (!timer) say(`The map is full. ${lit.textContent}`);
    };
    step();
  }

  const pad = drawingSquare(square, (framed) => {
    pixelsOf[MINE] = Float64Array.from(framed?.image ?? new Uint8Array(784), (ink) => ink / 255);
    const sum = show();
    if (framed?.image && !framed.problem) tell(sum);
    else say(framed?.problem ?? framed?.words ?? EMPTY);
  });
  pad.className = "mine";
  pad.hidden = true;
  const picks = Object.keys(pixelsOf).map((name) =>
    button(name, () => {
      image = name;
      pad.hidden = name !== MINE;
      picks.forEach((one) => one.setAttribute("aria-pressed", one.textContent === name));
      const sum = show();
      if (pixelsOf[name].some(Boolean)) tell(sum);
      else say(EMPTY);
    }),
  );
  picks.forEach((one, at) => one.setAttribute("aria-pressed", at === 0));

  makeMovable(filterFrame.frame, digitPlane, SIDE, {
    where: () => [x, y],
    moveTo,
    jumps: (right, down) => moveTo(right - 1, down - 1),
  });
  mapPlane.addEventListener("click", (event) => {
    const box = mapPlane.getBoundingClientRect();
    const cell = (at) => Math.floor((at / box.width) * MAP);
    moveTo(cell(event.clientX - box.left), cell(event.clientY - box.top));
  });

  const titled = (title, ...parts) =>
    element("div", {}, element("span", { class: "title", textContent: title }), ...parts);
  const sign = (text) => element("b", { class: "sign", textContent: text, "aria-hidden": "true" });
  main.append(
    element(
      "div",
      { class: "picks" },
      element("div", { class: "picks", role: "group", "aria-label": "Digit" }, ...picks),
      known.field,
    ),
    element(
      "div",
      { class: "planes" },
      pad,
      titled("drag the frame", digitPlane),
      titled("the feature map", mapPlane, scale),
    ),
    element("div", { class: "picks close" }, slide, empty, lit),
    element(
      "div",
      { class: "sums" },
      element("div", { class: "pair" }, under.box, sign("×"), numbers.box),
      element("div", { class: "pair" }, sign("="), products.box, sign("→"), titled("their sum", total)),
    ),
  );
  setFilter(filter);
  moveTo(x, y);
});
