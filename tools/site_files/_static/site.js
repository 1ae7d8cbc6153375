// Explorables ask for the page's colours when they start. That may be before the page has chosen
// its theme, and a reader may choose another theme later, so they are told of each choice; and so is
// the drawing square of the front page.
const root = document.documentElement;
const tell = ({ contentWindow }) =>
  contentWindow.postMessage({ dark: root.dataset.theme === "dark" }, "*");
new MutationObserver(() => {
  [...document.getElementsByTagName("iframe")].forEach(tell);
}).observe(root, { attributeFilter: ["data-theme"] });

// The drawing square of the front page gets the height that it asks for (see ../framed.html).
addEventListener("message", ({ source, data }) => {
  const frame = document.querySelector("iframe.draw");
  if (frame && source === frame.contentWindow && data?.height > 0) {
    frame.style.height = `${Math.min(data.height, 2000) + 2}px`; // with its border
    if (root.dataset.theme) tell(frame);
  }
});

// Paper is white.
let chosen = "";
matchMedia("print").addEventListener("change", ({ matches }) => {
  if (matches) chosen = root.dataset.theme;
  root.dataset.theme = matches ? "light" : chosen;
});
