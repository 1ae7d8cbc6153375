// Explorables ask for the page's colours when they start. That may be before the page has chosen
// its theme, and a reader may choose another theme later, so they are told of each choice.
const root = document.documentElement;
new MutationObserver(() => {
  const dark = root.dataset.theme === "dark";
  for (const { contentWindow } of document.querySelectorAll("figure iframe")) {
    contentWindow.postMessage({ dark }, "*");
  }
}).observe(root, { attributeFilter: ["data-theme"] });

// The drawing square of the front page gets the height that it asks for (see ../framed.html).
addEventListener("message", ({ source, data }) => {
  const frame = document.querySelector("iframe.draw");
  if (frame && source === frame.contentWindow && data?.height > 0) {
    frame.style.height = `${Math.min(data.height, 2000) + 2}px`; // with its border
  }
});

// Paper is white.
let chosen = "";
matchMedia("print").addEventListener("change", ({ matches }) => {
  if (matches) chosen = root.dataset.theme;
  root.dataset.theme = matches ? "light" : chosen;
});
