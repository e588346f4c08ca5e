// Starts what a page needs and nothing else. Pages are complete without it.
const uses = [
  ["[data-counter]", "./counter.js"],
  ["form[data-busy]", "./busy-submit.js"],
  ["form[data-draft]", "./draft-keeper.js"],
  ["[data-left]", "./left.js"],
  ["[data-unsent-clauses]", "./unsent.js"],
  ["form[data-support]", "./support.js"],
  ["a[data-sheet]", "./sheet.js"],
  ["[data-copy], [data-share]", "./share.js"],
  ["[data-read-aloud]", "./read-aloud.js"],
  ["live-list", "./live-list.js"],
  ["[data-topic] [data-clause-control]", "./clause-counts.js"],
  ["form[data-leave]", "./confirm-leave.js"],
  ["[data-opens]", "./dialog.js"],
  ["[data-batch]", "./batch.js"],
  ["#offline", "./offline.js"],
];

// start brings the elements below root to life; every module may be started
// again for a part of the page that came later.
export function start(root = document) {
  for (const [selector, module] of uses) {
    if (root.querySelector(selector)) {
      import(module).then((m) => m.start(root)).catch(() => {});
    }
  }
  for (const el of root.querySelectorAll("[data-module]")) {
    import(new URL("../../" + el.dataset.module, import.meta.url).href).then((m) => m.start && m.start(root)).catch(() => {});
  }
  const first = root.querySelector("[data-focus]");
  if (first && !first.closest("[data-story]")) first.focus();
}

// Menus made of details close when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.documentElement.classList.add("js");
start();
