"use strict";

// The cells of a notebook do not know how high a slide is. So each page is cut where it is full,
// before reveal.js starts.
const WIDTH = 1280;
const HEIGHT = 720;
const CODE = 19; // pixels, as in slides.css
const SMALLEST = 0.74; // of that: 14 pixels

// In a notebook, a section's cell often begins with a comment on the figure before. On a slide, that
// comment belongs below the figure.
function returnComments() {
  const sections = [...document.querySelectorAll(".slides > section")];
  sections.slice(1).forEach((section, i) => {
    const blocks = [...section.firstElementChild.children];
    const heading = blocks.findIndex((block) => /^H[12]$/.test(block.tagName));
    const comments = blocks.slice(0, Math.max(0, heading));
    comments.forEach((comment) => comment.classList.add("fragment"));
    sections[i].lastElementChild.append(...comments);
  });
}

// Moves what is below the edge of a page to new pages, until everything fits.
function cut(page) {
  const style = getComputedStyle(page);
  const room = HEIGHT - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const blocks = [...page.children].filter((block) => block.tagName !== "ASIDE");
  const boxes = blocks.map((block) => block.getBoundingClientRect());
  const pages = [[]];
  let top = null;
  blocks.forEach((block, i) => {
    const now = pages.at(-1);
    top ??= boxes[i].top;
    const isSection = block.tagName === "H2";
    if (now.length && (isSection || boxes[i].bottom - top > room)) {
      const moved = !isSection && /^H\d$/.test(now.at(-1).tagName) ? [now.pop()] : [];
      if (!now.length) pages.pop();
      pages.push([...moved, block]);
      top = boxes[i - moved.length].top;
    } else {
      now.push(block);
    }
  });
  let last = page;
  pages.slice(1).forEach((content) => {
    const next = document.createElement("section");
    next.append(...content);
    last.after(next);
    last = next;
  });
  return room;
}

// A block that is too wide, or alone on its page and too high, gets smaller letters; if that is not
// enough, the page scrolls.
function squeeze(page, room) {
  for (const code of page.querySelectorAll("pre")) {
    const fraction = code.clientWidth / code.scrollWidth;
    if (fraction < 1) code.style.fontSize = `${CODE * Math.max(SMALLEST, 0.99 * fraction)}px`;
  }
  const blocks = [...page.children];
  const height = () => blocks.at(-1).getBoundingClientRect().bottom - blocks[0].getBoundingClientRect().top;
  if (!blocks.length || height() <= room) return;
  for (const text of page.querySelectorAll("pre, table, ul, ol, p")) {
    const size = parseFloat(getComputedStyle(text).fontSize);
    text.style.fontSize = `${size * Math.max(SMALLEST, 0.98 * room / height())}px`;
  }
  page.classList.toggle("scrolls", height() > room);
}

// A figure grows into the room that is left, up to twice its size.
function grow(page, room) {
  const pictures = page.querySelectorAll(".output img");
  if (pictures.length !== 1) return;
  const blocks = [...page.children];
  const top = blocks[0].getBoundingClientRect().top;
  const left = room - (blocks.at(-1).getBoundingClientRect().bottom - top);
  const { width, height } = pictures[0].getBoundingClientRect();
  const wide = pictures[0].parentElement.getBoundingClientRect().width / width;
  const factor = Math.min(2, wide, (height + left - 10) / height);
  if (factor <= 1) return;
  pictures[0].style.setProperty("max-height", "none", "important");
  pictures[0].style.width = `${width * factor}px`;
}

async function start() {
  const pictures = [...document.images].map((picture) => picture.decode().catch(() => null));
  await Promise.all([...pictures, document.fonts.ready]);
  returnComments();
  let room = HEIGHT;
  for (const page of document.querySelectorAll(".slides > section > section")) room = cut(page);
  for (const page of document.querySelectorAll(".slides > section > section")) {
    if (!page.childElementCount) {
      page.remove();
      continue;
    }
    squeeze(page, room);
    grow(page, room);
    if (!page.querySelector(":scope > :not(:first-child).output")) {
      page.querySelectorAll(".fragment").forEach((block) => block.classList.remove("fragment"));
    }
    page.firstElementChild.classList.remove("fragment"); // no empty page
  }
  document.body.classList.remove("measuring");

  await Reveal.initialize({
    width: WIDTH,
    height: HEIGHT,
    margin: 0,
    center: false,
    hash: true,
    transition: "none",
    slideNumber: "c/t",
    navigationMode: "linear", // the right arrow key leads through all pages
    keyboard: { 68: () => document.documentElement.classList.toggle("dark") }, // D
  });
}

start();
