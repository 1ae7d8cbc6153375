// Runs the square and the answer panel in a page without Gradio, which runs them in the demo.
// `settings` and `readPicture(blob)`, which returns the answer, come from share/html_page.py.
const say = (answer) =>
  document.dispatchEvent(new CustomEvent("digit-answer", { detail: answer }));

document.documentElement.classList.add("live");
startPanel(document.querySelector("#pred"), { value: settings.answer }, () => {});

// A picture can be chosen, dropped anywhere on the page, or pasted.
const input = document.getElementById("file");
const preview = document.querySelector(".preview");
let newest = 0;

async function readFile(file) {
  document.querySelector("[data-do=clear]").click(); // one thing is read at a time
  const number = ++newest;
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.alt = `Your picture, ${file.name}`;
  preview.hidden = false;
  preview.onerror = () => (preview.hidden = true);
  let answer;
  try {
    answer = await readPicture(file);
  } catch {
    answer = { verdict: "error", words: settings.noAnswer };
  }
  if (number === newest) say(answer);
}

input.addEventListener("change", () => input.files.length && readFile(input.files[0]));
input.form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.files.length) readFile(input.files[0]);
});
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (file) readFile(file);
  });
}
document.addEventListener("paste", (event) => {
  const file = event.clipboardData.files[0];
  if (file) readFile(file);
});

// As soon as somebody draws again, the drawing is read, and no longer the picture.
async function read_drawing(url) {
  newest++;
  preview.hidden = true;
  input.value = "";
  return readPicture(await (await fetch(url)).blob());
}
startSquare(document.querySelector("#pad"), settings, { read_drawing });
