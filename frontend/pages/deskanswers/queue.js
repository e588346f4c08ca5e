// Single keys of the queue: only while the list has the focus, listed with "?",
// and switched off by whoever wants (WCAG 2.1.4).
const kept = "minyi-list-keys";
const list = document.querySelector("[data-keys]");
const help = document.querySelector("[data-key-help]");
const dialog = document.getElementById("keys");
const box = document.querySelector("[data-keys-on]");

const rows = () => Array.from(list.querySelectorAll("tbody tr")).filter((row) => row.querySelector("th a"));
const here = () => rows().findIndex((row) => row.contains(document.activeElement));
const link = () => here() >= 0 && rows()[here()].querySelector("th a");

function move(by) {
  const all = rows(), at = here();
  const row = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  if (row) row.querySelector("th a").focus();
}

function choose(on) {
  const row = rows()[here()];
  const mark = row && row.querySelector("td.data-select input");
  if (!mark) return;
  mark.checked = on === undefined ? !mark.checked : on;
  mark.dispatchEvent(new Event("change", { bubbles: true }));
}

function answerChosen() {
  if (list.tagName !== "FORM") return;
  if (!list.querySelector("td.data-select input:checked")) choose(true);
  if (list.querySelector("td.data-select input:checked")) list.submit();
}

const acts = {
  j: () => move(1),
  k: () => move(-1),
  x: () => choose(),
  e: () => link() && link().click(),
  r: () => { if (link()) location.assign(link().href + "#f-reason_zh"); },
  c: answerChosen,
  "/": () => {
    const field = document.getElementById("f-text");
    const folded = field && field.closest("details");
    if (folded) folded.open = true;
    if (field) field.focus();
  },
  "?": () => dialog.showModal(),
};

// Some browsers keep nothing: the keys are on then.
const on = () => {
  try {
    return localStorage.getItem(kept) !== "off";
  } catch (e) {
    return true;
  }
};

function keep(wanted) {
  try {
    localStorage.setItem(kept, wanted ? "on" : "off");
  } catch (e) { /* for this page only */ }
}

if (list && help && window.HTMLDialogElement) {
  help.hidden = false;
  box.checked = on();
  box.addEventListener("change", () => keep(box.checked));
  list.addEventListener("keydown", (event) => {
    const typing = event.target.matches("textarea, select, input:not([type=checkbox])");
    if (!on() || typing || event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}
