// Things that are moved over a plane of cells with the mouse, a finger or the arrow keys.

import { element } from "./parts.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The numbers of bytes in Base64. */
export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** A frame around some cells of a plane of [columns, rows]; `lay(x, y, wide, high)` puts it there. */
export function frameOn([columns, rows], properties = {}) {
  const frame = element("div", { class: "frame", ...properties });
  const lay = (x, y, wide, high) => {
    const [left, width] = [x, wide].map((cells) => `${(100 * cells) / columns}%`);
    const [top, height] = [y, high].map((cells) => `${(100 * cells) / rows}%`);
    Object.assign(frame.style, { left, top, width, height });
  };
  return { frame, lay };
}

/**
 * Let `handle` be moved over `plane`, which is `side` cells wide. `where()` returns its cell as
 * [x, y], and `moveTo(x, y)` is called with a new one, which may lie outside. With `jumps`, a click
 * on another place of the plane moves it there, too.
 */
export function makeMovable(handle, plane, side, { where, moveTo, jumps = null }) {
  const cellOf = (event) => {
    const box = plane.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map((at) => (at / box.width) * side);
  };
  let from = null; // where the pointer and the handle were at first
  const begin = (event) => {
    from = [...cellOf(event), ...where()];
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  };
  handle.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    if (event.isPrimary && event.button === 0) begin(event);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!from || !event.isPrimary) return;
    const [x, y] = cellOf(event);
    moveTo(from[2] + Math.round(x - from[0]), from[3] + Math.round(y - from[1]));
  });
  for (const name of ["pointerup", "pointercancel"]) {
    handle.addEventListener(name, () => (from = null));
  }
  handle.addEventListener("keydown", (event) => {
    if (!ARROWS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    const [x, y] = where();
    moveTo(x + ARROWS[event.key][0], y + ARROWS[event.key][1]);
    event.preventDefault();
  });
  if (!jumps) return;
  // A finger on the rest of the plane may be about to move the page, so only its tap counts.
  plane.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0 || event.pointerType === "touch") return;
    jumps(...cellOf(event).map(Math.floor));
    begin(event);
  });
  plane.addEventListener("click", (event) => {
    if (event.target !== handle) jumps(...cellOf(event).map(Math.floor));
  });
}
