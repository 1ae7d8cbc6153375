// How sure is sure enough: the confidence from which an answer counts.

import { element, heat, inkColour, say, slider, start } from "./parts.js";
import { chart, path, shape } from "./plot.js";

// Never rounded up to 100 %.
function percent(part, places = 1) {
  const text = (100 * part).toFixed(places);
  return `${part < 1 && text === (100).toFixed(places) ? (100 - 10 ** -places).toFixed(places) : text} %`;
}

const nameOf = (confidence) => {
  const places = confidence < 0.9 ? 0 : confidence < 0.99 ? 1 : confidence < 0.999 ? 2 : 3;
  return percent(confidence, places);
};

start((main, { count, least, right, wrong, mistakes }) => {
  const judge = (step) => {
    const [good, bad] = [right[step], wrong[step]];
    return { good, bad, answered: good + bad, left: count - good - bad };
  };

  const bar = element("div", { class: "shares", role: "img" });
  const parts = ["good", "bad", "left"].map((name) => element("div", { class: name }));
  bar.append(...parts);
  const key = element("p", { class: "key" });
  const keys = ["answered and right", "answered and wrong", "left to people"].map((words, at) =>
    element("span", { class: parts[at].className }, element("i"), element("output"), ` ${words}`),
  );
  key.append(...keys);

  const plot = chart("Of the answers, how many are right, against how many digits are answered", 0.5);
  const curve = least
    .map((_, step) => judge(step))
    .filter(({ answered }) => answered > 0)
    .map(({ good, answered }) => [(100 * answered) / count, (100 * good) / answered]);
  const axes = {
    x: [Math.floor(Math.min(...curve.map(([x]) => x)) / 10) * 10, 100],
    y: [Math.floor(10 * Math.min(...curve.map(([, y]) => y))) / 10, 100],
    xLabel: "% of the digits answered",
    yLabel: "% of these right",
  };

  const gallery = mistakes.map(({ confidence, label, answer, image }) => {
    const words = `A ${label}, read as a ${answer}, ${nameOf(confidence)} sure`;
    const { canvas, show } = heat(28, 28, words);
    show(Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0)), inkColour(255));
    const caption = element("figcaption", { textContent: `${label} → ${answer}` });
    return element("figure", { title: words }, canvas, caption);
  });

  function show(step) {
    const { good, bad, answered, left } = judge(step);
    [good, bad, left].forEach((some, at) => {
      parts[at].style.flexGrow = some;
      keys[at].querySelector("output").textContent = some.toLocaleString("en");
    });
    gallery.forEach((figure, at) => {
      figure.classList.toggle("gone", mistakes[at].confidence < least[step]);
    });
    const point = [(100 * answered) / count, (100 * good) / answered];
    plot.draw(axes, (X, Y) => [
      shape("path", { class: "curve", d: path(curve, X, Y) }),
      ...(answered ? [shape("circle", { class: "dot", cx: X(point[0]), cy: Y(point[1]), r: 8 })] : []),
    ]);
    main.dataset.judged = JSON.stringify({ least: least[step], good, bad, left });
    const accuracy = answered ? `${percent(good / answered, 2)} of these are right` : "none is left";
    const words = `It answers ${percent(answered / count)} of the digits; ${accuracy}. `;
    bar.setAttribute("aria-label", words);
    const some = (number, name) =>
      number === 1 ? `1 ${name} is` : `${number.toLocaleString("en")} ${name}s are`;
    say(`${words}${some(bad, "mistake")} still answered, and ${some(left, "digit")} left to people.`);
  }

  const settings = {
    label: "Answer only from this confidence on", min: 0, max: least.length - 1, step: 1, value: 0,
    words: (step) => (step ? nameOf(least[step]) : "any"),
  };
  const control = slider(settings, show);
  const all = mistakes.length === wrong[0] ? "Every mistake" : `The ${mistakes.length} surest mistakes`;
  const title = element("p", { textContent: `${all} on these digits. Which of them go?` });
  const pictures = element("div", { class: "gallery" }, ...gallery);
  const side = element("div", { class: "side" }, title, pictures);
  main.append(control.field, bar, key, document.getElementById("said"));
  main.append(element("div", { class: "row split" }, plot.svg, side));
  show(0);
});
