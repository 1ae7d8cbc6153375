// The drawing square of the demo, and what the network gets of a drawing.

import { findLooks } from "../reader/finding.js";
import { openPicture, toPicture } from "../reader/pictures.js";
import { frameLook } from "../reader/squares.js";
import { element } from "./parts.js";

/**
 * A drawing square, of `data.square`, with `examples` as in the demo. `change({image, problem})` is called while
 * somebody draws: with 28×28 bytes (0 is paper, 255 ink), or with a sentence that says why there
 * is no digit; null after the square was emptied.
 */
export function drawingSquare({ html, pen, examples = [] }, change) {
  const box = element("div", { innerHTML: html });
  const read_drawing = async (url) => {
    const bytes = Uint8Array.from(atob(url.split(",")[1]), (letter) => letter.charCodeAt(0));
    const look = findLooks(toPicture(await openPicture(new Blob([bytes])))).at(-1);
    return { verdict: "framed", ...frameLook(look) };
  };
  document.addEventListener("digit-answer", ({ detail }) => change(detail));
  startSquare(box, { pen, examples, noAnswer: "The drawing cannot be read." }, { read_drawing });
  return box;
}
