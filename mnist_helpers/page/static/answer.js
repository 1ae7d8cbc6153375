// Shows an answer: its value is what `read_drawing` and `read_picture` return, or null.
const root = element.querySelector(".answer");
const find = (name) => root.querySelector(`.${name}`);
const picture = find("seen").querySelector("img");
const NOTHING =
  "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"; // one clear pixel

const rows = [...Array(10).keys()].map((digit) => {
  const row = document.createElement("li");
  row.innerHTML = `<b>${digit}</b><div class="track"><div class="bar"></div></div><span class="percent"></span>`;
  find("bars").append(row);
  return row;
});

// Nothing is certain, so "100 %" is never shown.
const percent = (part) => (part >= 0.995 ? "> 99 %" : `${Math.round(100 * part)} %`);
const often = (part) => percent(part).replace("> ", "more than ");
const isKnown = (answer) => answer?.verdict === "sure" || answer?.verdict === "unsure";

function inWords(answer, several) {
  if (!answer) return ["", "Draw a digit or a number, or upload one. The answer appears here, and moves while you draw."];
  if (answer.verdict === "error") return ["", answer.words];
  if (answer.verdict === "no digit") return ["–", answer.words];
  const sure = answer.verdict === "sure" ? "Sure" : "Not sure";
  const part = often(answer.confidence);
  if (!several) return [answer.words, `${sure}: ${part} for the ${answer.digit}.`];
  const words = answer.words.replace("?", "");
  if (words === answer.number) return [answer.words, `${sure}: ${part} for ${words}.`];
  return [`${answer.number}?`, `${sure}: ${words} (${part} for ${answer.number}).`];
}

let timer = null;

// For screen readers, and only once the pen rests: they would never stop talking otherwise.
function say(text) {
  clearTimeout(timer);
  timer = setTimeout(() => (find("aloud").textContent = text), 700);
}

let last = null;

function show(answer) {
  const same = JSON.stringify(answer);
  if (same === last) return;
  last = same;
  const known = isKnown(answer);
  const digits = known && answer.digits?.length > 1 ? answer.digits : [];
  const [large, words] = inWords(answer, digits.length > 0);
  root.dataset.verdict = answer?.verdict ?? "";
  root.dataset.digit = known ? (answer.digit ?? "") : "";
  root.dataset.number = known ? (answer.number ?? answer.digit) : "";
  root.classList.toggle("several", digits.length > 0);
  root.style.setProperty("--characters", large.length || 1);
  find("digit").textContent = large;
  find("words").textContent = words;
  showRow(digits);
  if (digits.length) choose(Math.max(0, digits.findIndex((one) => one.verdict !== "sure")));
  else showDigit(answer);
  // Read aloud digit by digit: 4 2, and not forty-two.
  const aloud = digits.length ? large.split("").join(" ") : large;
  say(answer ? (known ? `${aloud}. ${words}` : words) : "");
}

// The square and the bars: of the digit, or of the one that was chosen among several.
function showDigit(one, of = "") {
  const known = isKnown(one);
  picture.src = one?.seen ?? NOTHING;
  picture.alt = one?.seen ? `The 28 by 28 pixels that the network gets${of}` : "";
  find("bars").setAttribute("aria-label", `How likely the network finds each digit${of}`);
  rows.forEach((row, digit) => {
    const part = known ? one.probabilities[digit] : 0;
    row.classList.toggle("first", known && digit === one.digit);
    row.querySelector(".bar").style.width = `${100 * part}%`;
    row.querySelector(".percent").textContent = known ? percent(part) : "";
  });
}

// A number's digits can be pointed at, tapped, and chosen with the arrow keys.
let shown = [];

function showRow(digits) {
  const row = find("each");
  shown = digits;
  row.hidden = digits.length === 0;
  while (row.children.length > digits.length) row.lastChild.remove();
  while (row.children.length < digits.length) row.append(newButton(row.children.length));
  digits.forEach((one, place) => {
    const button = row.children[place];
    button.dataset.verdict = one.verdict;
    button.textContent = one.verdict === "sure" ? one.digit : `${one.digit}?`;
    const words = `${one.words} (${often(one.confidence)})`;
    button.setAttribute("aria-label", `Digit ${place + 1} of ${digits.length}: ${words}`);
  });
}

function newButton(place) {
  const button = document.createElement("button");
  button.type = "button";
  for (const name of ["click", "focus", "pointerenter"]) {
    button.addEventListener(name, () => choose(place));
  }
  return button;
}

function choose(place) {
  [...find("each").children].forEach((button, other) => {
    button.setAttribute("aria-pressed", other === place);
    button.tabIndex = other === place ? 0 : -1;
  });
  showDigit(shown[place], `: digit ${place + 1} of ${shown.length}`);
  root.dataset.chosen = place;
  document.dispatchEvent(new Event("digit-chosen"));
}

find("each").addEventListener("keydown", (event) => {
  const at = [...find("each").children].indexOf(event.target);
  const end = shown.length - 1;
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: end }[event.key];
  if (to === undefined) return;
  find("each").children[Math.min(end, Math.max(0, to))].focus();
  event.preventDefault();
});

// The drawing square does not wait for Gradio's events. While it is visible, only its answers count,
// and otherwise only Gradio's, because a late answer would belong to another picture.
const drawing = () => (document.querySelector("#pad canvas")?.offsetWidth ?? 0) > 0;
watch("value", () => {
  if (!drawing()) show(props.value || null);
  else if (JSON.stringify(props.value || null) !== last) props.value = JSON.parse(last);
});
document.addEventListener("digit-answer", (event) => {
  if (!drawing()) return;
  show(event.detail);
  props.value = event.detail;
});
show(props.value || null);
