import { amount } from "./words.js";
import { join } from "./live.js";

// Keeps the numbers on clause controls fresh. Sampled counts look like
// {"op":"counts","counts":{"clauses":{"a12":42}}}; the control's words change in
// place and are not announced.
let joined = false;
export function start() {
  const topic = document.querySelector("[data-topic]");
  if (joined || !topic || !topic.dataset.topic) return;
  joined = true;
  join(topic.dataset.topic, {
    snapshot: (frame) => show(frame.state),
    counts: (frame) => show(frame.counts),
  });
}

function show(data) {
  const clauses = (data && data.clauses) || {};
  for (const control of document.querySelectorAll("[data-clause-control]")) {
    const n = clauses[control.dataset.clauseControl];
    if (n === undefined || String(n) === control.dataset.count) continue;
    control.dataset.count = n;
    const words = control.querySelector("[data-count-text]");
    const paper = control.querySelector(".paper");
    if (paper && n > 0) paper.textContent = amount("parts.clause_paper", n);
    if (words && n > 0) words.textContent = amount(control.dataset.open === "true" ? "parts.clause_open" : "parts.clause_closed", n);
  }
}
