// From ten logits to ten probabilities to the loss of one answer.

import { softmax } from "../reader/softmax.js";
import { button, choice, element, heat, inkColour, say, start } from "./parts.js";

const DIGITS = [...Array(10).keys()];

const minus = (text) => text.replace("-", "−");

// No rounding to what is not true: nothing is quite 100 % or 0 %.
function percent(part, [more, less] = [">", "<"]) {
  if (part > 0.9995) return `${more} 99.9 %`;
  if (part < 0.0001) return `${less} 0.01 %`;
  return `${(100 * part).toFixed(part > 0.995 ? 1 : part > 0.0995 ? 0 : part > 0.00995 ? 1 : 2)} %`;
}

// With as many decimals as it takes to tell it from 0 and from 1.
function fraction(part) {
  const places = 2 - Math.floor(Math.log10(Math.min(part, 1 - part)));
  return places < 10 ? part.toFixed(Math.max(3, places)) : part < 0.5 ? "nearly 0" : "nearly 1";
}

start((main, data) => {
  let logits = [...data.logits];
  const least = Math.min(-8, Math.floor(Math.min(...logits)));
  const most = Math.max(12, Math.ceil(Math.max(...logits) + 5));
  let label = data.label;

  const rows = DIGITS.map((digit) => {
    const input = element("input", {
      type: "range", min: least, max: most, step: 0.1, "aria-label": `Logit of the ${digit}`,
    });
    input.addEventListener("input", () => {
      logits[digit] = input.valueAsNumber;
      show();
    });
    const number = element("output");
    const bar = element("div", { class: "bar" }, element("div"));
    const chance = element("output");
    const name = element("span", { class: "digit", textContent: digit });
    return { input, number, bar, chance, parts: [name, input, number, bar, chance] };
  });

  function show() {
    const probabilities = [...softmax(logits)];
    rows.forEach(({ input, number, bar, chance, parts }, digit) => {
      input.value = logits[digit];
      number.textContent = minus(logits[digit].toFixed(1));
      input.setAttribute("aria-valuetext", number.textContent);
      bar.firstChild.style.width = `${100 * probabilities[digit]}%`;
      chance.textContent = percent(probabilities[digit]);
      for (const part of parts) part.classList.toggle("true", digit === label);
    });
    const loss = -Math.log(probabilities[label]);
    main.dataset.loss = loss;
    main.dataset.probabilities = JSON.stringify(probabilities);
    more.disabled = Math.max(...logits) > most - 1; // else the largest would not move with the others
    const share = percent(probabilities[label], ["more than", "less than"]);
    say(
      `The ${label} is true, and it gets ${share}. ` +
        `The loss is −ln ${fraction(probabilities[label])} = ${Math.abs(loss).toFixed(3)}.` +
        (more.disabled ? " The highest logit has no room left for adding 1." : ""),
    );
  }

  const set = (next) => () => {
    logits = next();
    show();
  };
  const network = button("What the network said", set(() => [...data.logits]));
  const equal = button("All 0", set(() => DIGITS.map(() => 0)));
  const more = button("Add 1 to all", set(() => logits.map((one) => one + 1)));
  const truth = choice("True digit", DIGITS.map(String), (chosen) => {
    label = Number(chosen);
    show();
  });
  truth.select.value = label;

  const picture = heat(28, 28, `The digit that the network was shown: a ${data.label}`);
  picture.show(data.image, inkColour(255));
  picture.canvas.classList.add("small");
  const heads = ["", "logit", "", "probability", ""].map((textContent) =>
    element("span", { textContent, "aria-hidden": "true" }),
  );
  const table = element("div", { class: "logits" }, ...heads, ...rows.flatMap((row) => row.parts));
  const side = element("div", { class: "side" }, picture.canvas, truth.field, network, equal, more);
  main.append(element("div", { class: "row split" }, table, side));
  show();
});
