// Every layer opens: a digit goes through the network, and each value opens down to its sum.

import { loadNetwork } from "../reader/network.js";
import { softmax } from "../reader/softmax.js";
import { drawingSquare } from "./drawing.js";
import { bytesOf, frameOn, makeMovable } from "./moving.js";
import { openWeights, percentOf } from "./networks.js";
import { indexOf, openPooling, openSum, pixelsBelow, placeOf, splitTerms } from "./opening.js";
import { strongest } from "./opening.js";
import { button, element, heat, inkColour, say, signedColour, slider, start } from "./parts.js";

const EMPTY = "The square is empty. Draw a digit.";
const HINT = "Choose a value in any layer. In its sum, each blue number opens the value below it.";
const TEN_LARGEST = 10;
const FOLDED =
  "The network was trained with batch normalization here. It only multiplies and adds, so it is " +
  "already part of these weights and of the bias.";

/** A number with three decimals, or fewer where it is large. */
const short = (value) => {
  const decimals = Math.abs(value) < 10 ? 3 : Math.abs(value) < 1000 ? 1 : 0;
  const format = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value === 0 ? "0" : value.toLocaleString("en", format).replace("-", "−");
};

const inCell = (value) => value.toFixed(Math.abs(value) < 10 ? 1 : 0).replace("-", "−");

const isVector = ({ width, height }) => width * height === 1;

/** How maps of this shape lie side by side: columns of maps, gap, and the size of the picture. */
function arrange({ width, height, channels }, columns) {
  const gap = width * height > 1 && channels > 1 ? 1 : 0;
  const rows = Math.ceil(channels / columns);
  const size = [columns * (width + gap) - gap, rows * (height + gap) - gap];
  const corner = (channel) => [
    (channel % columns) * (width + gap),
    Math.floor(channel / columns) * (height + gap),
  ];
  const placeAt = (x, y) => {
    const [column, row] = [Math.floor(x / (width + gap)), Math.floor(y / (height + gap))];
    const [left, top] = [column * (width + gap), row * (height + gap)];
    const channel = row * columns + column;
    if (channel >= channels) return null;
    return { channel, x: Math.min(x - left, width - 1), y: Math.min(y - top, height - 1) };
  };
  return { size, corner, placeAt };
}

/** Maps side by side in one picture: `show(valueAt, colour)`, of a place's value. */
function mosaic(shape, columns, alt) {
  const { size, corner, placeAt } = arrange(shape, Math.min(columns, shape.channels));
  const { canvas, show } = heat(...size, alt);
  if (size[0] > 300) canvas.style.imageRendering = "auto";
  const fill = (valueAt, colour) => {
    const values = new Float64Array(size[0] * size[1]).fill(NaN);
    for (let channel = 0; channel < shape.channels; channel++) {
      const [left, top] = corner(channel);
      for (let y = 0; y < shape.height; y++) {
        for (let x = 0; x < shape.width; x++) {
          values[(top + y) * size[0] + left + x] = valueAt({ channel, x, y });
        }
      }
    }
    show(values, colour);
  };
  return { canvas, size, corner, placeAt, show: fill };
}

function paint(cell, [red, green, blue]) {
  cell.style.background = `rgb(${red}, ${green}, ${blue})`;
  cell.style.color = 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "#fff" : "#111";
}

const titled = (title, ...parts) =>
  element("div", {}, element("span", { class: "title", textContent: title }), ...parts);

function captionOf({ layer, shape }, isLast) {
  const { width, height, channels } = shape;
  const kinds = {
    image: "The image",
    conv: "Convolution",
    pool: "Pooling",
    relu: "ReLU",
    scale: "Batch normalization",
    linear: "Linear layer",
    softmax: "Softmax",
  };
  const name = kinds[layer.kind];
  if (layer.kind === "image") return `${name}: ${width} × ${height} pixels`;
  if (layer.kind === "softmax") return `${name}: ten probabilities, in %`;
  if (isVector(shape)) return `${name}: ${isLast ? "ten logits" : `${channels} values`}`;
  return `${name}: ${channels} maps of ${width} × ${height}`;
}

start(async (main, { image, name, network, folded, square }) => {
  const { follow } = loadNetwork(await openWeights(network));
  const given = bytesOf(image);
  const { mean, std } = network;
  let bytes = given;
  let layers = lookAt(bytes);
  let opened = layers.length - 2; // which layer: the logits
  let place = strongest(layers[opened]);
  let path = new Map(); // from the layers on the way down to the places that were opened
  let colours = [];

  function lookAt(pixels) {
    const found = follow(pixels);
    const logits = found.at(-1);
    const values = softmax(Float32Array.from(logits.values));
    const { shape } = logits;
    return [...found, { layer: { kind: "softmax" }, numbers: [], before: shape, shape, values }];
  }

  const last = layers.length - 1;
  const isDigits = (n) => n >= last - 1;
  const valueAt = (n, where) => layers[n].values[indexOf(layers[n].shape, where)];

  function wordsOf(n, { channel, x, y }) {
    const { shape } = layers[n];
    if (isDigits(n)) return `digit ${channel}`;
    if (isVector(shape)) return `value ${channel}`;
    return `${n ? `map ${channel}, ` : ""}row ${y}, column ${x}`;
  }

  // The same for a table, below `headOf(n)`.
  function brief(n, { channel, x, y }) {
    const { shape } = layers[n];
    if (isVector(shape)) return wordsOf(n, { channel });
    return `${n ? `${channel}: ` : ""}${y}, ${x}`;
  }
  function headOf(n) {
    if (isVector(layers[n].shape)) return "";
    return n ? "map: row, column" : "row, column";
  }

  // The colours of a sum hold for what becomes of it, so that one can see what ReLU takes away.
  function chooseColours() {
    let top = 1;
    colours = layers.map(({ layer, values }, n) => {
      if (n === 0) return (value) => inkColour(1)(value * std + mean);
      if (layer.kind === "softmax") return inkColour(1);
      if (["conv", "linear", "scale"].includes(layer.kind)) {
        top = values.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-6);
      }
      return signedColour(top);
    });
  }

  // The layers as pictures, from the image down to the probabilities.

  const answer = element("p", { class: "answer" });
  const sections = layers.map((one, n) => {
    const caption = captionOf(one, n === last - 1);
    const head = element("button", { type: "button", class: "caption", textContent: caption });
    head.onclick = () => open(n, strongest(layers[n]));
    const view = isDigits(n) ? tenCells(n) : pictureOf(n, caption);
    const box = element("section", { class: "layer" }, element("h2", {}, head), view.box);
    return { box, head, show: view.show };
  });

  function pictureOf(n, caption) {
    const { shape } = layers[n];
    const columns = isVector(shape) ? 32 : shape.channels > 32 ? 24 : shape.channels > 16 ? 16 : 8;
    const picture = mosaic(shape, columns, caption);
    const mark = frameOn(picture.size);
    mark.frame.classList.add("mark");
    const plane = element("div", { class: "plane" }, picture.canvas, mark.frame);
    plane.addEventListener("click", ({ clientX, clientY }) => {
      const { left, top, width, height } = plane.getBoundingClientRect();
      const x = Math.floor(((clientX - left) / width) * picture.size[0]);
      const y = Math.floor(((clientY - top) / height) * picture.size[1]);
      const where = picture.placeAt(x, y);
      if (where) open(n, where);
    });
    const show = (isNew) => {
      if (isNew) picture.show((where) => valueAt(n, where), colours[n]);
      const where = path.get(n);
      mark.frame.hidden = !where;
      if (!where) return;
      // Of many maps, the whole map is framed; its value is too small to be seen.
      const [left, top] = picture.corner(where.channel);
      if (n) mark.lay(left, top, shape.width, shape.height);
      else mark.lay(...pixelsBelow(layers, n, where));
    };
    return { box: plane, show };
  }

  function tenCells(n) {
    const cells = Array.from({ length: layers[n].shape.channels }, (_, digit) => {
      const value = element("span");
      const cell = button("", () => open(n, { channel: digit, x: 0, y: 0 }));
      cell.className = "cell";
      cell.append(element("b", { textContent: digit }), value);
      return { cell, value };
    });
    const show = () => {
      cells.forEach(({ cell, value }, digit) => {
        const number = layers[n].values[digit];
        value.textContent = n === last ? percentOf(number).replace(" %", "") : inCell(number);
        paint(value, colours[n](number));
        cell.setAttribute("aria-pressed", path.get(n)?.channel === digit);
      });
    };
    const box = element("div", { class: "ten" }, ...cells.map(({ cell }) => cell));
    return { box, show };
  }

  // What opens: one value, with the map that it lies in, and how it came about.

  const panels = layers.map(() => null);
  const where = (n, from, text = wordsOf(n, from)) => {
    const down = button(text, () => open(n, from, true));
    down.className = "down";
    down.title = `Open ${wordsOf(n, from)}`;
    down.setAttribute("aria-label", `${wordsOf(n, from)}: ${short(valueAt(n, from))}`);
    return down;
  };

  function makePanel(n) {
    const { layer, shape } = layers[n];
    const title = element("h3");
    const result = element("output", { class: "total" });
    const views = element("div", { class: "views" });
    const box = element("div", { class: "panel", tabIndex: -1 });
    box.append(element("div", { class: "head" }, title, result), views);
    const shows = [];
    if (!isVector(shape)) {
      const map = heat(shape.width, shape.height, "The map that the value lies in");
      const handle = frameOn([shape.width, shape.height], {
        tabIndex: 0,
        role: "application",
        "aria-label": "The value that is open. The arrow keys move to the next one.",
      });
      const plane = element("div", { class: "plane" }, map.canvas, handle.frame);
      const clamp = (at, size) => Math.min(Math.max(at, 0), size - 1);
      const moveTo = (x, y) =>
        open(n, { ...place, x: clamp(x, shape.width), y: clamp(y, shape.height) });
      makeMovable(handle.frame, plane, shape.width, {
        where: () => [place.x, place.y],
        moveTo,
        jumps: moveTo,
      });
      const shown = titled("", plane);
      views.append(shown);
      shows.push(() => {
        const { channel } = place;
        shown.firstChild.textContent = n ? `map ${channel}` : "the image";
        const pixels = Array.from({ length: shape.width * shape.height }, (_, at) =>
          valueAt(n, { ...placeOf({ ...shape, channels: 1 }, at), channel }),
        );
        map.show(pixels, colours[n]);
        handle.lay(place.x, place.y, 1, 1);
      });
    }
    if (n && !isVector(shape)) {
      const seen = heat(28, 28, "The image");
      const frame = frameOn([28, 28]);
      frame.frame.classList.add("mark");
      const plane = element("div", { class: "plane" }, seen.canvas, frame.frame);
      views.append(titled("what it sees", plane));
      shows.push(() => {
        seen.show(layers[0].values, colours[0]);
        frame.lay(...pixelsBelow(layers, n, place));
      });
    }
    if (shape.channels > 1) {
      const kind = isDigits(n) ? "digit" : isVector(shape) ? "value" : "map";
      const range = { min: 0, max: shape.channels - 1, step: 1, value: place.channel };
      const pick = slider({ label: kind, ...range }, (channel) => open(n, { ...place, channel }));
      box.append(pick.field);
      shows.push(() => pick.set(place.channel));
    }
    const body = element("div", { class: "body" });
    box.append(body);
    const explain = explainers[layer.kind](n, body);
    const show = () => {
      const words = wordsOf(n, place);
      title.textContent = words[0].toUpperCase() + words.slice(1);
      result.textContent = n === last ? percentOf(valueAt(n, place)) : short(valueAt(n, place));
      paint(result, colours[n](valueAt(n, place)));
      for (const one of shows) one();
      return explain();
    };
    return { box, show };
  }

  // Each fills a panel's body, and returns a function that shows the value that is open, and says
  // in a sentence how it came about.
  const explainers = {
    image(n, body) {
      const words = element("p");
      body.append(words);
      return () => {
        const grey = bytes[indexOf(layers[0].shape, place)];
        words.textContent =
          `The pixel is ${grey} of 255, and the network gets (${grey}/255 − ${short(mean)}) / ` +
          `${short(std)} = ${short(valueAt(n, place))}. Paper becomes ${short(-mean / std)}, and ` +
          `full ink ${short((1 - mean) / std)}.`;
        return `The pixel is ${grey} of 255.`;
      };
    },
    conv: explainSum,
    linear: explainSum,
    pool(n, body) {
      const four = element("div", { class: "pooled" });
      body.append(four, element("p", { textContent: "Only the largest is kept." }));
      four.style.gridTemplateColumns = `repeat(${layers[n].layer.size}, 1fr)`;
      return () => {
        const values = openPooling(layers, n, place);
        const most = Math.max(...values.map(({ value }) => value));
        four.replaceChildren(
          ...values.map(({ value, from }) => {
            const cell = where(n - 1, from, short(value));
            paint(cell, colours[n - 1](value));
            if (value === most) cell.classList.add("most");
            return cell;
          }),
        );
        return `The largest of ${values.length} values.`;
      };
    },
    relu: (n, body) => explainOne(n, body, "Below zero becomes 0, and the rest stays."),
    scale: (n, body) => explainOne(n, body, "Multiplied by a number of its map, plus another one."),
    softmax(n, body) {
      const rows = element("tbody");
      body.append(
        tableOf(["", "logit", "e to this power", "its share"], rows),
        element("p", {
          textContent: "Each logit becomes a power of e = 2.718…, so all are above zero; then each " +
            "is divided by the sum of all ten.",
        }),
      );
      return () => {
        const powers = Array.from(layers[n - 1].values, Math.exp);
        rows.replaceChildren(
          ...powers.map((power, channel) => {
            const cells = [layers[n - 1].values[channel], power].map((one) =>
              element("td", { textContent: one > 0 && one < 0.001 ? "< 0.001" : short(one) }),
            );
            const share = element("td", { textContent: percentOf(layers[n].values[channel]) });
            const head = element("th", {}, where(n - 1, { channel, x: 0, y: 0 }));
            const row = element("tr", {}, head, ...cells, share);
            row.className = channel === place.channel ? "chosen" : "";
            return row;
          }),
        );
        return "Its power of e, divided by the sum of all ten.";
      };
    },
  };

  function explainOne(n, body, rule) {
    const line = element("p", { class: "one" });
    body.append(line, element("p", { textContent: rule }));
    return () => {
      const before = where(n - 1, place, short(valueAt(n - 1, place)));
      const after = element("b", { textContent: short(valueAt(n, place)) });
      paint(before, colours[n - 1](valueAt(n - 1, place)));
      paint(after, colours[n](valueAt(n, place)));
      line.replaceChildren(before, " → ", after);
      return `Before, it was ${before.textContent}.`;
    };
  }

  function tableOf(heads, rows) {
    const cells = heads.map((textContent) => element("th", { textContent, scope: "col" }));
    return element("table", {}, element("thead", {}, element("tr", {}, ...cells)), rows);
  }

  function explainSum(n, body) {
    const { layer, before } = layers[n];
    const size = layer.kind === "conv" ? layer.size : 0;
    const shape = size ? { ...before, width: size, height: size } : before;
    const columns = isVector(shape) ? 16 : Math.ceil(Math.sqrt(shape.channels));
    const pictures = ["values", "weights", "products"].map((one) => mosaic(shape, columns, one));
    const words = [size ? "below it" : "all below it", "× weights", "= products"];
    const rows = element("tbody");
    const note = element("p", { class: "note" });
    body.append(
      element("div", { class: "three" }, ...pictures.map((one, at) => titled(words[at], one.canvas))),
      tableOf([headOf(n - 1), "value", "× weight", "= product", ""], rows),
      note,
    );
    const paper = `Paper is ${short(-mean / std)} here, because the pixels were normalized.`;
    const remarks = [n === 1 && paper, folded && layer.kind === "conv" && FOLDED];
    note.textContent = remarks.filter(Boolean).join(" ");
    return () => {
      const { terms, bias, wide, high } = openSum(layers, n, place);
      const termAt = ({ channel, x, y }) => terms[(channel * high + y) * wide + x];
      const most = (key) => terms.reduce((top, one) => Math.max(top, Math.abs(one[key])), 1e-9);
      const [weightMost, productMost] = [most("weight"), most("product")];
      const tops = [colours[n - 1], signedColour(weightMost), signedColour(productMost)];
      ["value", "weight", "product"].forEach((key, at) => {
        pictures[at].show((one) => termAt(one)[key], tops[at]);
      });
      const { first, others, rest } = splitTerms(terms, TEN_LARGEST);
      const longest = Math.max(productMost, Math.abs(rest), Math.abs(bias));
      const row = (head, numbers, sum) => {
        const bar = element("i", { class: sum < 0 ? "below" : "above" });
        bar.style.width = `${(100 * Math.abs(sum)) / longest}%`;
        const cells = numbers.map((one) => element("td", { textContent: short(one) }));
        const wide = element("td", { colSpan: 3 - numbers.length, textContent: short(sum) });
        return element("tr", {}, element("th", {}, head), ...cells, wide, element("td", {}, bar));
      };
      rows.replaceChildren(
        ...first.map(({ value, weight, product, from }) =>
          row(from ? where(n - 1, from, brief(n - 1, from)) : "outside", [value, weight], product),
        ),
        ...(others ? [row(`${others} other products`, [], rest)] : []),
        row("the bias", [], bias),
      );
      const total = element("tr", { class: "sum" });
      const sum = element("td", { colSpan: 3, textContent: short(valueAt(n, place)) });
      total.append(element("th", { textContent: "the sum" }), sum, element("td"));
      rows.append(total);
      return `${terms.length} products and the bias add up to it.`;
    };
  }

  // Of an empty square, the values of the layers mean nothing.
  const stack = element("div", { class: "stack" }, ...sections.map(({ box }) => box));
  const isWide = matchMedia("(min-width: 720px)");

  // On a wide page, what is open stands to the right of its layer, as far as there is room.
  function lay() {
    const panel = panels[opened]?.box;
    if (!panel) return;
    const [above, high] = [sections[opened].box.offsetTop, panel.offsetHeight];
    const top = Math.min(above - 0.3 * high, stack.offsetHeight - high);
    panel.style.top = `${Math.max(0, top)}px`;
    stack.style.minHeight = isWide.matches ? `${panel.offsetHeight}px` : "";
  }

  // With a new drawing, the pictures of all layers change; otherwise only what is open.
  function show(isNew = false) {
    if (isNew) chooseColours();
    sections.forEach((one, n) => {
      one.show(isNew);
      one.head.setAttribute("aria-expanded", n === opened);
      one.box.classList.toggle("open", n === opened);
    });
    panels[opened] ??= makePanel(opened);
    const { box, show: fill } = panels[opened];
    if (!box.isConnected) {
      stack.querySelector(".panel")?.remove();
      sections[opened].box.append(box);
      new ResizeObserver(lay).observe(box);
    }
    const how = fill();
    lay();
    const { values } = layers[last];
    const digit = values.indexOf(Math.max(...values));
    const isEmpty = !bytes.some(Boolean);
    const certain = percentOf(values[digit]);
    const said = element("span", {}, element("b", { textContent: digit }), ` (${certain})`);
    answer.replaceChildren("The network says ", said);
    if (isEmpty) answer.textContent = EMPTY;
    return how;
  }

  function tell(how) {
    const value = opened === last ? percentOf(valueAt(last, place)) : short(valueAt(opened, place));
    const kind = captionOf(layers[opened], opened === last - 1).split(":")[0];
    say(`${kind}, ${wordsOf(opened, place)}: ${value}. ${how}`);
  }

  /** Open a value; `onward`, from the one above it, which then stays marked. */
  function open(n, next, onward = false) {
    const above = onward ? [...path].filter(([layer]) => layer > n) : [];
    path = new Map([...above, [n, next]]);
    [opened, place] = [n, next];
    tell(show());
    if (onward) panels[n].box.focus({ preventScroll: isWide.matches });
  }

  function take(pixels, problem = null) {
    bytes = pixels;
    layers = lookAt(bytes);
    [opened, place] = [last - 1, strongest(layers[last - 1])];
    path = new Map([[opened, place]]);
    stack.classList.toggle("blank", !bytes.some(Boolean));
    show(true);
    if (problem) answer.textContent = problem;
    say(answer.textContent);
  }

  const pad = drawingSquare(square, (framed) => {
    if (pad.hidden) return;
    const problem = framed?.problem ?? framed?.words ?? null;
    take(framed?.image ?? new Uint8Array(784), framed ? problem : EMPTY);
  });
  pad.className = "mine";
  pad.hidden = true;
  const picks = [name, "my drawing"].map((text, at) =>
    button(text, () => {
      pad.hidden = at === 0;
      picks.forEach((one, n) => one.setAttribute("aria-pressed", n === at));
      take(at ? new Uint8Array(784) : given);
    }),
  );
  picks.forEach((one, at) => one.setAttribute("aria-pressed", at === 0));
  const group = element("div", { class: "picks", role: "group", "aria-label": "Digit" }, ...picks);
  const scale = element("p", { class: "scale" }, "below zero", element("i"), "above");
  const [heading, plane] = sections[0].box.children;
  sections[0].box.replaceChildren(heading, element("div", { class: "given" }, pad, plane, answer));
  const hint = element("p", { class: "hint", textContent: HINT });
  main.append(element("div", { class: "picks" }, group, hint), stack, scale);
  path.set(opened, place);
  tell(show(true));
});
