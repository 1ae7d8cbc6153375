// Explorables ask for the page's colours when they start. That may be before the page has chosen
// its theme, and a reader may choose another theme later, so they are told of each choice.
const root = document.documentElement;
new MutationObserver(() => {
  const dark = root.dataset.theme === "dark";
  for (const { contentWindow } of document.querySelectorAll("figure iframe")) {
    contentWindow.postMessage({ dark }, "*");
  }
}).observe(root, { attributeFilter: ["data-theme"] });
