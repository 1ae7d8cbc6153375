// What every explorable is made of: elements, controls, pictures of numbers, one place for words.

/** An element with its properties (`class`, `aria-…` and `data-…` as attributes) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class" || name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

export function button(text, press) {
  return element("button", { type: "button", class: "button", textContent: text, onclick: press });
}

/** A slider; `change(value)` is called while it moves, and `words(value)` is shown beside it. */
export function slider({ label, min, max, step, value, words = String }, change) {
  // Not an output: a label names the first element in it that can have a label.
  const shown = element("span", { class: "value", textContent: words(value) });
  const input = element("input", { type: "range", min, max, step, value });
  const update = () => {
    shown.textContent = words(input.valueAsNumber);
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  update();
  input.addEventListener("input", () => {
    update();
    change(input.valueAsNumber);
  });
  const set = (next) => {
    input.value = next;
    update();
  };
  return { field: element("label", { class: "field" }, `${label}: `, shown, input), input, set };
}

/** A list to choose from: `options` are names, and `change(name)` is called with the chosen one. */
export function choice(label, options, change) {
  const select = element("select", {}, ...options.map((name) => new Option(name, name)));
  select.addEventListener("change", () => change(select.value));
  return { field: element("label", { class: "field" }, `${label}: `, select), select };
}

/** Say something below the page; a screen reader says it, too. */
export function say(words) {
  document.getElementById("said").textContent = words;
}

/** White paper, black ink, for values from 0 to `top`. */
export const inkColour = (top) => (value) => {
  const grey = 255 - (255 * Math.min(Math.max(value, 0), top)) / top;
  return [grey, grey, grey];
};

/** Red above zero, blue below, white at zero, for values from -`top` to `top`. */
export const signedColour = (top) => (value) => {
  const part = top > 0 ? Math.min(1, Math.abs(value) / top) : 0;
  const full = value > 0 ? [178, 24, 43] : [33, 102, 172];
  return full.map((one) => 255 + (one - 255) * part);
};

/**
 * A picture of numbers: `show(values, colour)` paints `width` × `height` of them, row by row;
 * NaN stays empty. `alt` says what it shows to those who cannot see it.
 */
export function heat(width, height, alt) {
  const canvas = element("canvas", { width, height, class: "heat", role: "img", "aria-label": alt });
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = canvas.getContext("2d");
  const show = (values, colour) => {
    const image = new ImageData(width, height);
    for (let at = 0; at < width * height; at++) {
      if (!Number.isNaN(values[at])) image.data.set([...colour(values[at]), 255], 4 * at);
    }
    context.putImageData(image, 0, 0);
  };
  return { canvas, show };
}

/** Run an explorable: `build(main, data)` fills the page. If it fails, a sentence takes its place. */
export async function start(build) {
  const main = document.querySelector("main");
  addEventListener("message", ({ data }) => {
    if (typeof data?.dark !== "boolean") return;
    document.documentElement.style.colorScheme = data.dark ? "dark" : "light";
  });
  try {
    await build(main, JSON.parse(document.getElementById("data").textContent));
  } catch (error) {
    main.replaceChildren();
    say("This page is damaged. Run the cell again.");
    console.warn(error);
  }
  const tell = () => parent.postMessage({ height: document.body.scrollHeight }, "*");
  new ResizeObserver(tell).observe(document.body);
}
