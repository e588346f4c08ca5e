import { once } from "./words.js";
import { drop, take } from "./store.js";

// Words that were typed on this device and never sent, where no form takes them any more.
export function start(root) {
  once(root, "[data-left]", "left", async (section) => {
    const { left, leftSuggests, leftPrefilled } = section.dataset;
    const kept = await take(left);
    if (!kept) return;
    const { body = [""], suggestion = [""] } = kept.values;
    const plain = (words) => words.replace(/\s+/g, "");
    const other = plain(suggestion[0]) === plain(leftPrefilled) ? "" : suggestion[0].trim();
    const words = [body[0].trim(), other && leftSuggests + "\n" + other].filter(Boolean).join("\n\n");
    if (!words) return;
    section.querySelector("textarea").value = words;
    section.querySelector("[data-copy]").dataset.copy = words;
    section.querySelector("[data-left-drop]").addEventListener("click", async () => {
      await drop(left);
      section.hidden = true;
    });
    section.hidden = false;
  });
}
