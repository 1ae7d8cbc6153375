// Charts of lines and points, in the colours of the page and as wide as there is room.

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { left: 68, right: 14, top: 14, bottom: 46 };
const LEAST_HEIGHT = 220; // in pixels

/** An SVG element with its attributes and children. */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A chart. `draw({x, y, xLabel, yLabel}, content)` gives it new axes, from x[0] to x[1] and so on,
 * and what `content(X, Y)` returns: shapes that it places with X and Y. `valueAt(event)` says where
 * a pointer is, in the units of both axes.
 */
export function chart(alt, ratio = 0.6) {
  const svg = shape("svg", { class: "chart", role: "img", "aria-label": alt });
  let [axes, content, size] = [null, null, [0, 0]];
  const inside = () => [
    size[0] - MARGIN.left - MARGIN.right,
    size[1] - MARGIN.top - MARGIN.bottom,
  ];
  const scales = () => {
    const [wide, tall] = inside();
    const along = ([from, to], part) => (part - from) / (to - from);
    return [
      (value) => MARGIN.left + wide * along(axes.x, value),
      (value) => MARGIN.top + tall * (1 - along(axes.y, value)),
    ];
  };
  const redraw = () => {
    if (!axes) return;
    const width = Math.max(250, svg.clientWidth);
    size = [width, Math.max(LEAST_HEIGHT, Math.round(width * ratio))];
    svg.setAttribute("viewBox", `0 0 ${size.join(" ")}`);
    const [X, Y] = scales();
    const [wide, tall] = inside();
    const edge = 9; // a point on it is seen whole
    const [x, y] = [MARGIN.left - edge, MARGIN.top - edge];
    const seen = { x, y, width: wide + 2 * edge, height: tall + 2 * edge };
    const window = shape("svg", { ...seen, viewBox: Object.values(seen).join(" ") });
    window.append(...content(X, Y));
    svg.replaceChildren(...grid(axes, X, Y, size), window);
  };
  new ResizeObserver(() => svg.clientWidth !== size[0] && redraw()).observe(svg);
  const draw = (...next) => {
    [axes, content] = next;
    redraw();
  };
  const valueAt = (event) => {
    const box = svg.getBoundingClientRect();
    const [wide, tall] = inside();
    const right = (((event.clientX - box.left) / box.width) * size[0] - MARGIN.left) / wide;
    const down = (((event.clientY - box.top) / box.height) * size[1] - MARGIN.top) / tall;
    const between = ([from, to], part) => from + (to - from) * Math.min(1, Math.max(0, part));
    return [between(axes.x, right), between(axes.y, 1 - down)];
  };
  return { svg, draw, valueAt };
}

export const path = (points, X, Y) =>
  points.map(([x, y], at) => `${at ? "L" : "M"}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`).join("");

// The lines of the grid with their numbers, and the names of both axes.
function grid({ x, y, xLabel, yLabel }, X, Y, [width, height]) {
  const bottom = height - MARGIN.bottom;
  const right = width - MARGIN.right;
  const middle = (MARGIN.left + right) / 2;
  const shapes = [];
  for (const value of ticks(...x, width / 60)) {
    shapes.push(shape("path", { class: "grid", d: `M${X(value)} ${MARGIN.top}V${bottom}` }));
    shapes.push(words(value, { x: X(value), y: bottom + 22, "text-anchor": "middle" }));
  }
  for (const value of ticks(...y, height / 60)) {
    shapes.push(shape("path", { class: "grid", d: `M${MARGIN.left} ${Y(value)}H${right}` }));
    shapes.push(words(value, { x: MARGIN.left - 12, y: Y(value) + 5, "text-anchor": "end" }));
  }
  shapes.push(words(xLabel, { x: middle, y: height - 6, "text-anchor": "middle" }));
  const turned = `translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)`;
  shapes.push(words(yLabel, { transform: turned, "text-anchor": "middle" }));
  return shapes;
}

const words = (text, attributes) => shape("text", attributes, `${text}`.replace("-", "−"));

/** Round numbers from `from` to `to`, about `count` of them. */
export function ticks(from, to, count) {
  const rough = (to - from) / Math.max(2, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let at = Math.ceil(from / step - 1e-9); at * step <= to + 1e-9 * step; at++) {
    found.push(Number((at * step).toFixed(places)));
  }
  return found;
}
