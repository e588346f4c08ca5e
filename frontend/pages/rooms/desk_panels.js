import { fetchPage, send, show } from "../../base/js/send.js";
import { start } from "../../base/js/app.js";
import { act, api, tell } from "./desk_console.js";
import { room, text } from "./say.js";

// The console's side: wall, room, floor and polls are drawn by the server and put in
// their places, never under somebody's hands.
const panels = ["wall-panel", "control-panel", "floor-panel", "poll-panel"];
let due, busy = false, blanking = false;

function place(doc) {
  for (const id of panels) {
    const here = document.getElementById(id), fresh = doc.getElementById(id);
    if (!here || !fresh || (here.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"))) continue;
    const focus = here.contains(document.activeElement), open = Array.from(here.querySelectorAll("details[open]")).map((d) => d.id);
    here.replaceWith(document.importNode(fresh, true));
    const now = document.getElementById(id);
    for (const one of open) if (one && document.getElementById(one)) document.getElementById(one).open = true;
    if (focus) (now.querySelector("button, a") || now).focus();
    start(now);
  }
  const state = doc.getElementById("console").dataset.state;
  room.dataset.state = state;
  for (const el of room.querySelectorAll("[data-when]")) el.hidden = el.dataset.when !== state;
}

// refresh draws the panels anew, at most once a second.
function refresh() {
  clearTimeout(due);
  due = setTimeout(async () => {
    if (busy) return refresh();
    busy = true;
    try {
      place((await fetchPage(location.pathname, { cache: "no-store" })).doc);
    } catch (e) { /* the next event draws */ }
    busy = false;
    return undefined;
  }, 400);
}
room.addEventListener("panels", refresh);

room.addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (!form.matches("[data-panel]")) return;
  event.preventDefault();
  if (button && button.dataset.blank) return blank();
  if (form.dataset.sending) return;
  try {
    const page = await send(form, button), { doc } = page;
    if (!doc.getElementById("console")) return show(page); // something is asked first
    const notice = doc.querySelector(".notice-problem p");
    place(doc);
    if (notice) tell(notice.textContent.trim());
  } catch (e) {
    tell(text("desk_lost"));
  }
});

// blank turns the wall dark, or shows it again. It is tried until it has worked,
// whatever the connection.
export async function blank() {
  if (blanking) return;
  blanking = true;
  const preview = room.querySelector("[data-wall-preview]"), on = !preview.classList.contains("wall-preview-blank"), key = String(Date.now()) + Math.random();
  for (;;) {
    try {
      await api("/rooms/" + room.dataset.console + "/wall", { blank: on }, key);
      break;
    } catch (e) {
      if (e.status && e.status < 500) { tell(e.message); break; }
      preview.textContent = text("blank_wait");
      tell(text("blank_wait"));
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
  blanking = false;
  refresh();
}

// A card can be dragged to the next lane; every move has its button as well.
let dragged;
for (const li of room.querySelectorAll("[data-lane-list] > li")) li.draggable = true;
new MutationObserver((all) => { for (const m of all) for (const li of m.addedNodes) if (li.nodeType === 1) li.draggable = true; }).observe(room.querySelector(".lanes"), { childList: true, subtree: true });
room.addEventListener("dragstart", (event) => { dragged = event.target.closest && event.target.closest("[data-question]"); });
const target = (event) => {
  const lane = event.target.closest && event.target.closest(".lane"), state = dragged && dragged.dataset.state;
  if (!lane || !state) return undefined;
  if (lane.matches(".lane-queued") && (state === "waiting" || state === "held")) return "approve";
  return lane.matches(".lane-handled") && (state === "queued" || state === "answering") ? "answered" : undefined;
};
room.addEventListener("dragover", (event) => { if (target(event)) event.preventDefault(); });
room.addEventListener("drop", (event) => {
  const verb = target(event);
  if (!verb) return;
  event.preventDefault();
  act(dragged, verb);
});
