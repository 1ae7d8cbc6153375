// The drawing square. Its value is a PNG data URL of SENT × SENT pixels, or "" while it is empty.
// Gradio, or page.js in a page without it, runs this once: with `element`, `props` and `server`.
const SENT = 196;
const EVERY = 120; // milliseconds between two readings while the pen moves
const KEYBOARD_STEP = 0.025; // of the side, per press of an arrow key
const AROUND = 0.25; // of the side: strokes may begin this far outside the square

const canvas = element.querySelector("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });
const side = canvas.width;
const paper = "#ffffff";
const buttons = Object.fromEntries(
  [...element.querySelectorAll("[data-do]")].map((button) => [button.dataset.do, button]),
);

// What was done, in order: strokes, pictures (examples), and "clear". Undo removes the last item.
let history = [];
let stroke = null; // the one being drawn
let coming = null; // where a pressed pointer is that may still enter the square
let timer = null;
let [asked, answered, waiting] = [0, 0, 0]; // the last question, the last answer, open questions
let keyboard = null; // where the keyboard's pen is, while the square has the focus

const shown = () => {
  const start = history.findLastIndex((item) => item.kind === "clear") + 1;
  return history.slice(start);
};

function paint(item) {
  if (item.kind === "picture") {
    const scale = Math.min(side / item.image.width, side / item.image.height);
    const [width, height] = [item.image.width * scale, item.image.height * scale];
    context.fillStyle = item.paper;
    context.fillRect(0, 0, side, side);
    context.drawImage(item.image, (side - width) / 2, (side - height) / 2, width, height);
    return;
  }
  const points = item.points.map(([x, y]) => [x * side, y * side]);
  context.strokeStyle = item.colour;
  context.lineWidth = props.pen * side;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...points[0]);
  // Curves through the midpoints between neighbouring points, so that the line has no corners.
  for (let i = 1; i < points.length - 1; i++) {
    const middle = [(points[i][0] + points[i + 1][0]) / 2, (points[i][1] + points[i + 1][1]) / 2];
    context.quadraticCurveTo(...points[i], ...middle);
  }
  context.lineTo(...points.at(-1));
  context.stroke();
}

function repaint() {
  context.fillStyle = paper;
  context.fillRect(0, 0, side, side);
  const items = shown();
  items.forEach(paint);
  buttons.undo.disabled = history.length === 0;
  buttons.clear.disabled = buttons.save.disabled = items.length === 0;
  canvas.dataset.strokes = items.length;
}

function png(size) {
  const small = document.createElement("canvas");
  small.width = small.height = size;
  const target = small.getContext("2d", { willReadFrequently: true });
  target.imageSmoothingQuality = "high";
  target.drawImage(canvas, 0, 0, size, size);
  return small.toDataURL("image/png");
}

const value = () => (shown().length ? png(SENT) : "");

// Ask which digit this is now. In the demo, a function of the component takes half as long as an
// event of the app. An answer that arrives after a newer one is dropped.
async function ask() {
  clearTimeout(timer);
  timer = null;
  const number = ++asked;
  const drawing = value();
  waiting++;
  let answer = null;
  try {
    if (drawing) answer = await server.read_drawing(drawing);
  } catch {
    answer = undefined;
  }
  if (answer?.verdict === undefined && drawing) answer = { verdict: "error", words: props.noAnswer };
  waiting--;
  if (number < answered) return;
  answered = number;
  document.dispatchEvent(new CustomEvent("digit-answer", { detail: answer }));
}

function askSoon() {
  timer ??= setTimeout(() => {
    timer = null;
    if (waiting) askSoon();
    else ask();
  }, EVERY);
}

// The pen is up: read the drawing at once, and pass it to Gradio.
function settle() {
  ask();
  props.value = value();
}

function change(item) {
  history.push(item);
  repaint();
  settle();
}

// The ink must be visible, so it is light on a dark picture.
function newStroke(point) {
  const ground = shown().findLast((item) => item.kind === "picture");
  stroke = { kind: "stroke", points: [point], colour: ground ? ground.ink : "#111111" };
  history.push(stroke);
  repaint();
  askSoon();
}

function extend(points) {
  stroke.points.push(...points);
  repaint();
  askSoon();
}

function endStroke() {
  if (!stroke) return;
  stroke = null;
  settle();
}

const place = (event) => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
};

function beginStroke(event, point) {
  canvas.setPointerCapture(event.pointerId);
  keyboard = null;
  showKeyboardPen();
  newStroke(point);
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.isPrimary && event.button === 0) beginStroke(event, place(event));
});
canvas.addEventListener("pointermove", (event) => {
  if (!stroke || !event.isPrimary || keyboard) return;
  const events = event.getCoalescedEvents?.() ?? [];
  extend((events.length ? events : [event]).map(place));
});
for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
  canvas.addEventListener(name, (event) => event.isPrimary && !keyboard && endStroke());
}

// A stroke may begin beside the square: it is drawn from where it crosses the border.
const inside = (point, around = 0) => point.every((part) => part >= -around && part <= 1 + around);

document.addEventListener("pointerdown", (event) => {
  const elsewhere = event.target === canvas || event.target.closest("button, a, input, label");
  const near = event.isPrimary && event.button === 0 && !elsewhere && canvas.offsetWidth > 0;
  coming = near && inside(place(event), AROUND) ? place(event) : null;
});
document.addEventListener("pointermove", (event) => {
  if (!coming || !event.isPrimary) return;
  const before = coming;
  coming = event.buttons & 1 ? place(event) : null;
  if (!coming || !inside(coming)) return;
  getSelection().removeAllRanges(); // on its way, a mouse may have selected words
  beginStroke(event, before);
  extend([coming]);
  coming = null;
});

// The keyboard's pen: a ring that the arrow keys move.
const ring = element.querySelector(".pen");
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function showKeyboardPen() {
  ring.hidden = keyboard === null;
  if (keyboard) [ring.style.left, ring.style.top] = keyboard.map((part) => `${100 * part}%`);
}

canvas.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") buttons.undo.click();
  else if (event.ctrlKey || event.metaKey || event.altKey) return;
  else if (event.key === "Escape" || event.key === "Delete") buttons.clear.click();
  else if (event.key === " " || event.key === "Enter") {
    keyboard ??= [0.5, 0.25];
    if (stroke) endStroke();
    else newStroke([...keyboard]);
    showKeyboardPen();
  } else if (arrows[event.key]) {
    const [right, down] = arrows[event.key];
    keyboard ??= [0.5, 0.25];
    keyboard = [keyboard[0] + right * KEYBOARD_STEP, keyboard[1] + down * KEYBOARD_STEP].map(
      (value) => Math.min(0.97, Math.max(0.03, value)),
    );
    if (stroke) extend([[...keyboard]]);
    showKeyboardPen();
  } else return;
  event.preventDefault();
});
canvas.addEventListener("blur", () => {
  if (!keyboard) return;
  keyboard = null;
  showKeyboardPen();
  endStroke();
});

buttons.undo.addEventListener("click", () => {
  stroke = null;
  history.pop();
  repaint();
  settle();
});
buttons.clear.addEventListener("click", () => {
  stroke = null;
  if (shown().length) change({ kind: "clear" });
});
buttons.save.addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = png(SENT);
  link.download = "my-digit.png";
  link.click();
});

const examples = element.querySelector(".examples");
examples.hidden = !props.examples?.length;
for (const example of props.examples ?? []) {
  const button = document.createElement("button");
  const image = new Image();
  button.type = "button";
  button.title = image.alt = example.title;
  image.src = example.src;
  button.append(image);
  button.addEventListener("click", () => {
    stroke = null;
    history = []; // an example begins a new history
    change({ kind: "picture", image, paper: example.paper, ink: example.ink });
  });
  examples.append(button);
}

// After another tab: what is in the square is read again.
let visible = true;
new ResizeObserver(() => {
  if (!visible && canvas.offsetWidth) ask();
  visible = canvas.offsetWidth > 0;
}).observe(canvas);

repaint();
