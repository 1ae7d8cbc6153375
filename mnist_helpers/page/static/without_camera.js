// Over plain HTTP, browsers keep the camera and the clipboard from pages of other computers. On a
// phone, "Click to Upload" offers the camera all the same.
if (!window.isSecureContext) {
  const style = document.createElement("style");
  style.textContent = "[data-testid=source-select] button:not(:first-child) { display: none; }";
  document.head.append(style);
}
