import { once } from "./words.js";
import { drop, take } from "./store.js";

// Words that were typed on this device and never sent, where no form takes them any more.
export function start(root) {
  once(root, "[data-left]", "left", async (section) => {
    const { left, leftAbout, leftSuggests, leftPrefilled } = section.dataset;
    const kept = await take(left);
    if (!kept) return;
    const { stance = [""], body = [""], suggestion = [""] } = kept.values;
    const plain = (words) => words.replace(/\s+/g, "");
    const other = plain(suggestion[0]) === plain(leftPrefilled) ? "" : suggestion[0].trim();
    const said = [stance[0] && section.getAttribute("data-left-stance-" + stance[0]), body[0].trim(), other && leftSuggests + "\n" + other].filter(Boolean);
    if (!said.length) return;
    const words = [leftAbout, ...said].filter(Boolean).join("\n\n");
    section.querySelector("textarea").value = words;
    section.querySelector("[data-copy]").dataset.copy = words;
    section.querySelector("[data-left-drop]").addEventListener("click", async () => {
      await drop(left);
      section.hidden = true;
    });
    section.hidden = false;
  });
}
