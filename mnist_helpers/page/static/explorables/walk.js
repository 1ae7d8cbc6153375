// Walking down: gradient descent on the curve of one weight, and in a valley of two.

import { button, element, say, slider, start } from "./parts.js";
import { chart, path, shape } from "./plot.js";

const MOST_STEPS = 40;
const PAUSE = 220; // milliseconds between two steps of a run
const STEEPER = 12; // the second weight of the valley, compared with the first

const minus = (text) => text.replace("-", "−");
const short = (value, digits = 3) => {
  const size = Math.abs(value);
  if (size < 1e-4) return size ? "nearly 0" : "0";
  return minus(size < 10 ** digits ? value.toPrecision(digits) : value.toFixed(0));
};
const signed = (value) => (value < 0 || Math.abs(value) < 1e-4 ? "" : "+") + short(value, 2);

// The curve of one weight, from its values at equal distances: a parabola through the nearest
// three of them.
function oneWeight({ from, to, losses }) {
  const step = (to - from) / (losses.length - 1);
  const parabola = (w) => {
    const at = Math.min(losses.length - 2, Math.max(1, Math.round((w - from) / step)));
    const [before, here, after] = losses.slice(at - 1, at + 2);
    const bend = (before - 2 * here + after) / step ** 2;
    return [here, (after - before) / (2 * step), bend, w - (from + at * step)];
  };
  const loss = ([w]) => {
    const [here, slope, bend, away] = parabola(w);
    return here + slope * away + (bend * away ** 2) / 2;
  };
  const gradient = ([w]) => {
    const [, slope, bend, away] = parabola(w);
    return [slope + bend * away];
  };
  const points = losses.map((value, at) => [from + at * step, value]);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const y = [low - 0.12 * (high - low), high];
  const axes = { x: [from, to], y, xLabel: "added to the weight", yLabel: "loss" };
  const place = (w) => [w[0], loss(w)];
  const ground = (X, Y) => [shape("path", { class: "curve", d: path(points, X, Y) })];
  const tangent = (w, X, Y) => {
    const [x, y] = place(w);
    const ends = [x - 2, x + 2].map((at) => [at, y + gradient(w)[0] * (at - x)]);
    return [shape("path", { class: "slope", d: path(ends, X, Y) })];
  };
  const fromPointer = ([x]) => [x];
  // Beyond two, divided by the bend at the bottom, steps grow. The slider has powers of ten.
  const bends = losses.map((_, at) => parabola(from + at * step)[2]);
  const power = (part) => Math.log10(part / bends[losses.indexOf(low)]);
  const rates = { min: power(0.011), max: power(4.4), value: power(0.25) };
  return { names: ["weight"], loss, gradient, axes, place, ground, tangent, fromPointer, rates,
    key: "", start: [from + 0.1 * (to - from)] };
}

// A valley that is much steeper across than along.
function valley() {
  const loss = ([a, b]) => (a ** 2 + STEEPER * b ** 2) / 2;
  const gradient = ([a, b]) => [a, STEEPER * b];
  const axes = { x: [-4, 4], y: [-2, 2], xLabel: "weight 1", yLabel: "weight 2" };
  const ground = (X, Y) =>
    [0.25, 1, 2, 4, 7, 11, 16, 22, 29].map((level) => {
      const [wide, tall] = [Math.sqrt(2 * level), Math.sqrt((2 * level) / STEEPER)];
      const [cx, cy] = [X(0), Y(0)];
      return shape("ellipse", { class: "level", cx, cy, rx: X(wide) - cx, ry: cy - Y(tall) });
    });
  const rates = { min: -2.3, max: -0.6, value: -2 };
  return { names: ["weight 1", "weight 2"], loss, gradient, axes, place: (w) => w, ground,
    tangent: () => [], fromPointer: (point) => point, rates, start: [-3.5, 1.5],
    key: "On each ring, the loss is the same; the lowest place is in the middle. " };
}

start((main, data) => {
  const places = { "One weight": oneWeight(data.curve), "A valley of two": valley() };
  let [here, walk, rate, timer] = [null, [], 0, null];
  const plot = chart("The loss, the path so far, and where you are");

  const outside = (w) =>
    [0, 1].some((i) => {
      const [from, to] = [here.axes.x, here.axes.y][i];
      const value = here.place(w)[i];
      return !(value >= from - 1e-9 && value <= to + 1e-9);
    });
  const still = (w) => here.gradient(w).every((one) => Math.abs(one) < here.flat);

  function paint() {
    const now = walk.at(-1);
    plot.draw(here.axes, (X, Y) => [
      ...here.ground(X, Y),
      ...here.tangent(now, X, Y),
      shape("path", { class: "trail", d: path(walk.map(here.place), X, Y) }),
      ...walk.map((w, at) => {
        const [x, y] = here.place(w);
        return shape("circle", { class: "dot", cx: X(x), cy: Y(y), r: w === now ? 8 : 3.5, "data-step": at });
      }),
    ]);
    main.dataset.steps = walk.length - 1;
    main.dataset.weights = JSON.stringify(now);
  }

  // What to say about the place, and about the last step.
  function describe() {
    const [before, now] = [walk.at(-2), walk.at(-1)];
    if (!before) {
      const place = `Here, the loss is ${short(here.loss(now), 4)}. `;
      return `${here.key}${place}Press Step, or drag the point elsewhere.`;
    }
    const gradient = here.gradient(before);
    const moves = gradient.map((one) => signed(-rate * one)).join(" and ");
    const slopes = gradient.map((one) => short(one, 2)).join(" and ");
    const many = gradient.length > 1;
    const words = `Step ${walk.length - 1}: the ${many ? "slopes were" : "slope was"} ${slopes}, `;
    const step = `${words}so the ${many ? "weights" : "weight"} moved by ${moves}. `;
    if (outside(now)) return `${step}That is out of the picture: the rate is far too large.`;
    const [old, loss] = [here.loss(before), here.loss(now)];
    if (still(now)) return `${step}The bottom is reached: the loss is ${short(loss, 4)}.`;
    const crossed = gradient.some((one, i) => one * here.gradient(now)[i] < 0);
    if (loss > old) return `${step}It jumped too far, and the loss rose to ${short(loss, 4)}.`;
    if (crossed) return `${step}It jumped across the bottom; the loss fell to ${short(loss, 4)}.`;
    return `${step}The loss fell to ${short(loss, 4)}.`;
  }

  const ended = () => walk.length > MOST_STEPS || outside(walk.at(-1)) || still(walk.at(-1));

  function step() {
    if (ended()) return false;
    const now = walk.at(-1);
    const gradient = here.gradient(now);
    walk.push(now.map((w, i) => w - rate * gradient[i]));
    return true;
  }

  function show() {
    paint();
    const slow = walk.length > MOST_STEPS && !outside(walk.at(-1)) && !still(walk.at(-1));
    const gone = ` After ${MOST_STEPS} steps, it has not arrived.`;
    say(describe() + (slow ? gone : ""));
    buttons.Step.disabled = ended();
    buttons.Run.textContent = timer ? "Stop" : "Run";
    buttons.Run.disabled = !timer && ended();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
  }

  function runOn() {
    step();
    if (ended()) stop();
    show();
  }

  const presses = {
    Step: () => {
      stop();
      step();
      show();
    },
    Run: () => {
      if (timer) stop();
      else if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        while (step());
      } else timer = setInterval(runOn, PAUSE);
      show();
    },
    Reset: () => restart(walk[0]),
  };
  const buttons = Object.fromEntries(
    Object.entries(presses).map(([name, press]) => [name, button(name, press)]),
  );

  function restart(from) {
    stop();
    walk = [from];
    beginnings.forEach((one, i) => i < from.length && one.set(from[i]));
    show();
  }

  const rateOf = (power) => Number((10 ** power).toPrecision(3));
  const rateBox = element("div", { class: "wide" });
  const setRate = (power) => {
    rate = rateOf(power);
    if (walk.length > 1) restart(walk[0]);
  };
  const beginBox = element("div", { class: "wide" });
  let beginnings = [];

  function choose(name) {
    stop();
    here = places[name];
    for (const tab of tabs.children) tab.setAttribute("aria-pressed", tab.textContent === name);
    const slopes = here.gradient(here.start).map(Math.abs);
    here.flat ??= Math.max(...slopes) / 200;
    const { rates } = here;
    const words = (power) => short(rateOf(power));
    const control = slider({ label: "Learning rate", step: 0.02, words, ...rates }, setRate);
    rateBox.replaceChildren(control.field);
    rate = rateOf(control.input.valueAsNumber); // the slider rounds
    beginnings = here.names.map((label, i) => {
      const [min, max] = [here.axes.x, here.axes.y][i];
      const value = here.start[i];
      const settings = { label: `Start, ${label}`, min, max, step: 0.1, value, words: (v) => short(v) };
      return slider(settings, (v) => restart(walk[0].map((old, j) => (i === j ? v : old))));
    });
    beginBox.replaceChildren(...beginnings.map((one) => one.field));
    restart(here.start);
  }

  // The first point can be dragged. Elsewhere on the chart, a finger moves the page.
  let held = false;
  plot.svg.addEventListener("pointerdown", (event) => {
    held = event.isPrimary && event.target.getAttribute("data-step") !== null;
    if (held) plot.svg.setPointerCapture(event.pointerId);
  });
  plot.svg.addEventListener("pointermove", (event) => {
    if (held) restart(here.fromPointer(plot.valueAt(event)));
  });
  for (const name of ["pointerup", "pointercancel"]) {
    plot.svg.addEventListener(name, () => (held = false));
  }

  const tabs = element("div", { class: "row buttons", role: "group", "aria-label": "Where to walk" });
  tabs.append(...Object.keys(places).map((name) => button(name, () => choose(name))));
  const controls = element("div", { class: "row buttons" }, ...Object.values(buttons));
  const side = element("div", { class: "side" }, rateBox, beginBox, controls);
  main.append(tabs, element("div", { class: "row split" }, plot.svg, side));
  choose("One weight");
});
