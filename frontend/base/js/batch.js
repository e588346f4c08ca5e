import { amount, once } from "./words.js";

// Counts the chosen rows of a table and lets Shift choose a range.
export function start(root) {
  once(root, "[data-batch]", "batch", (bar) => {
    const form = bar.closest("form");
    if (!form) return;
    const line = bar.querySelector("[data-batch-count]");
    const boxes = () => Array.from(form.querySelectorAll("td.data-select input"));
    let last = -1, shift = false;
    form.addEventListener("click", (event) => { shift = event.shiftKey; });
    form.addEventListener("change", (event) => {
      const all = boxes(), i = all.indexOf(event.target);
      if (i < 0) return;
      if (shift && last >= 0) all.slice(Math.min(i, last), Math.max(i, last) + 1).forEach((box) => { box.checked = event.target.checked; });
      last = i;
      all.forEach((box) => box.closest("tr").classList.toggle("row-chosen", box.checked));
      line.textContent = amount("parts.batch_chosen", all.filter((box) => box.checked).length);
    });
  });
}
