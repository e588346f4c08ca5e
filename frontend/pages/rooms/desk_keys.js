import { act, takeBack, tell } from "./desk_console.js";
import { card, near } from "./desk_card.js";
import { blank } from "./desk_panels.js";
import { room, text } from "./say.js";

// The console by keyboard, and the small forms of verbs that ask for more. Keys work
// only while the focus is in a lane, and can be switched off.
const kept = "minyi-keys", box = room.querySelector("[data-keys-on]");
let on = true, subject;
try { on = localStorage.getItem(kept) !== "off"; } catch (e) { /* not allowed here */ }
box.checked = on;
box.addEventListener("change", () => {
  on = box.checked;
  try { localStorage.setItem(kept, on ? "on" : "off"); } catch (e) { /* not allowed here */ }
});

const lanes = () => Array.from(room.querySelectorAll(".lane")).filter((l) => l.offsetParent !== null);
const cards = (lane) => Array.from(lane.querySelectorAll("[data-question]")).filter((li) => li.offsetParent !== null);
const verbs = { a: "approve", p: "wall", n: "answering", d: "answered", x: "hold", m: "merge", e: "edit", w: "written" };

function step(li, by) {
  const all = cards(li.closest(".lane")), to = all[all.indexOf(li) + by];
  if (to) to.focus();
}

function across(lane, by) {
  const all = lanes(), to = all[all.indexOf(lane) + by];
  if (to) (cards(to)[0] || to.querySelector("h2")).focus();
}

room.addEventListener("keydown", (event) => {
  const lane = event.target.closest(".lane");
  if (!on || !lane || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  const li = event.target.closest("[data-question]"), key = event.key, verb = verbs[key];
  if (key === "?") document.getElementById("help-dialog").showModal();
  else if (key === "b") blank();
  else if (key === "u") takeBack();
  else if (key === "h" || key === "l") across(lane, key === "l" ? 1 : -1);
  else if ((key === "j" || key === "k") && li) step(li, key === "j" ? 1 : -1);
  else if (key === "j" && cards(lane)[0]) cards(lane)[0].focus();
  else if (verb && li && li.querySelector("[data-verb=" + verb + "]")) run(li, verb);
  else return;
  event.preventDefault();
});

// run does a verb, or opens the form of one that asks for more.
function run(li, verb) {
  const dialog = document.getElementById(verb + "-dialog");
  if (!dialog || !dialog.showModal) return act(li, verb);
  subject = li;
  const form = dialog.querySelector("form"), body = li.querySelector("[data-q=body]").textContent;
  form.reset();
  dialog.querySelector("[data-dialog-body]").textContent = li.querySelector("[data-q=number]").textContent + " " + body;
  if (verb === "edit") form.elements.body.value = body;
  if (verb === "merge") others(form, li);
  dialog.showModal();
  const first = form.querySelector("input:not([type=hidden]), textarea, select");
  if (first) first.focus();
  return undefined;
}

// others offers the likeliest questions to merge into.
function others(form, li) {
  const all = Array.from(room.querySelectorAll("[data-lane-list=waiting] > li, [data-lane-list=queued] > li"));
  form.querySelector("[data-near]").replaceChildren(...near(li, all).slice(0, 3).map(({ li: o }) => {
    const item = document.createElement("li"), button = Object.assign(document.createElement("button"), { type: "button", className: "button button-plain" });
    button.textContent = o.dataset.number + " " + o.querySelector("[data-q=body]").textContent;
    button.addEventListener("click", () => { form.elements.into.value = o.dataset.number; form.querySelector("button:not([type=button])").click(); });
    item.append(button);
    return item;
  }));
}

room.addEventListener("click", (event) => {
  const a = event.target.closest("a[data-verb]");
  if (!a || event.ctrlKey || event.metaKey) return;
  if (!document.getElementById(a.dataset.verb + "-dialog").showModal) return; // an old browser: the page of the question
  event.preventDefault();
  run(a.closest("[data-question]"), a.dataset.verb);
});

for (const form of room.querySelectorAll("[data-verb-form]")) {
  const dialog = form.closest("dialog"), verb = form.dataset.verbForm;
  if (!dialog) continue;
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { if (subject && subject.isConnected && !subject.dataset.busy) subject.focus(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { csrf, revision, ...fields } = Object.fromEntries(new FormData(form));
    if (verb === "merge") {
      const head = room.querySelector('[data-question][data-number="' + Number(fields.into) + '"]');
      if (!head) return tell(text("desk_failed", { why: fields.into }));
      fields.into = head.dataset.question;
    }
    if (verb === "hold" && !fields.reason) return form.elements.reason[0].focus();
    subject = card(subject.dataset.question) || subject; // it may have been drawn anew meanwhile
    dialog.close();
    subject.focus();
    return act(subject, verb, fields);
  });
  // In the list of reasons a digit is enough.
  if (verb === "hold") form.addEventListener("keydown", (event) => {
    const radio = event.target.matches("[type=radio]") && form.elements.reason[Number(event.key) - 1];
    if (radio) radio.click();
  });
}

// The list has the focus at once, so that the first key works.
const first = cards(lanes()[0] || room)[0];
if (first && document.activeElement === document.body && !location.hash) first.focus({ preventScroll: true });
