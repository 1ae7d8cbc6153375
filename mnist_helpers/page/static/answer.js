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

function inWords(answer) {
  if (!answer) return ["", "Draw a digit, or upload one. The answer appears here, and moves while you draw."];
  if (answer.verdict === "error") return ["", answer.words];
  if (answer.verdict === "no digit") return ["–", answer.words];
  const sure = answer.verdict === "sure" ? "Sure" : "Not sure";
  const often = percent(answer.confidence).replace("> ", "more than ");
  return [answer.words, `${sure}: ${often} for the ${answer.digit}.`];
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
  const [digit, words] = inWords(answer);
  const verdict = answer?.verdict ?? "";
  const known = verdict === "sure" || verdict === "unsure";
  root.dataset.verdict = verdict;
  root.dataset.digit = known ? answer.digit : "";
  find("digit").textContent = digit;
  find("words").textContent = words;
  picture.src = answer?.seen ?? NOTHING;
  picture.alt = answer?.seen ? "The 28 by 28 pixels that the network gets" : "";
  const numbers = answer?.digit == null ? null : answer.probabilities;
  rows.forEach((row, digit) => {
    const part = numbers ? numbers[digit] : 0;
    row.classList.toggle("first", known && digit === answer.digit);
    row.querySelector(".bar").style.width = `${100 * part}%`;
    row.querySelector(".percent").textContent = numbers ? percent(part) : "";
  });
  say(answer ? (known ? `${digit}. ${words}` : words) : "");
}

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
