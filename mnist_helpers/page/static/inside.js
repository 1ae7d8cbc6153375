// Shows the feature maps: its value is an answer with the entry "maps", or null.
const root = element.querySelector(".inside");
const find = (name) => root.querySelector(`.${name}`);
const NOTHING =
  "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"; // one clear pixel

function inWords(answer) {
  if (!answer) return "Draw a digit, or upload one, and watch the maps change while you draw.";
  if (answer.digit == null || answer.verdict === "no digit") return answer.words;
  const sure = answer.verdict === "sure" ? "sure" : "not sure";
  return `The network gets the square on the left, and reads ${answer.words} (${sure}).`;
}

// The figures stay and their pictures change, so that nothing jumps while the pen moves.
function figure(place) {
  const layers = find("layers");
  if (!layers.children[place]) {
    const made = document.createElement("figure");
    made.append(document.createElement("figcaption"), new Image());
    layers.append(made);
  }
  return layers.children[place];
}

let last = null;

function show(whole) {
  const many = whole?.digits?.length > 1 ? whole.digits : [];
  const { chosen } = document.querySelector("#pred .answer").dataset;
  const answer = many[chosen] ?? many[0] ?? whole;
  const words = inWords(answer) + (many.length ? " Choose another digit in the tab Answer." : "");
  const same = JSON.stringify([answer, words]);
  if (same === last) return;
  last = same;
  const maps = answer?.maps ?? [];
  find("words").textContent = words;
  find("seen").src = answer?.seen ?? NOTHING;
  find("seen").alt = answer?.seen ? "The 28 by 28 pixels that the network gets" : "";
  maps.forEach((layer, place) => {
    const [caption, image] = figure(place).children;
    const words = `Convolution ${place + 1}: ${layer.filters} maps of ${layer.size} × ${layer.size}`;
    caption.textContent = words;
    image.src = layer.src;
    image.alt = `${words}, bright where a pattern was found`;
  });
  while (find("layers").children.length > maps.length) find("layers").lastChild.remove();
  root.dataset.layers = maps.length;
}

document.addEventListener("digit-chosen", () => show(props.value || null));
watch("value", () => show(props.value || null));
show(props.value || null);
