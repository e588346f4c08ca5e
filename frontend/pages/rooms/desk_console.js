import { join, newKey } from "../../base/js/live.js";
import { card, counted, likest, list, near, put, voices } from "./desk_card.js";
import { announcer, room, since, text } from "./say.js";

// The console's lanes: moves go to the server one by one, what others do comes in over
// the live connection, and the last move can be taken back for ten seconds.
const bar = room.querySelector("[data-undo-bar]");
const sayLater = announcer(() => 10000);
let undoable, fading;

// tell reads the result of an own act out at once.
export function tell(words) { room.querySelector("[data-said]").textContent = words; }

// api posts to the programs' interface in the page's language.
export async function api(path, body, key = newKey()) {
  const answer = await fetch("/api/v1" + path, {
    method: "POST", credentials: "same-origin", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang, "X-CSRF-Token": room.dataset.csrf, "Idempotency-Key": key },
  });
  const data = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(data.detail || data.title), { status: answer.status });
  return data;
}

// answered is a question as an answer tells it, which may come later than frames do: the
// number of a card that is as new is not older.
function answered(q) {
  const li = card(q.id);
  return li && Number(li.dataset.revision) === q.revision ? { ...q, supports: Number(li.dataset.supports) } : q;
}

// act does a verb to the question of a card. What hinders it is said beside the lanes.
export async function act(li, verb, fields = {}) {
  if (room.dataset.live === "lost") return tell(text("desk_lost"));
  if (li.dataset.busy) return undefined;
  li.dataset.busy = "1";
  try {
    const got = await api("/desk/questions/" + li.dataset.question + "/" + verb, { revision: Number(li.dataset.revision), ...fields });
    put(answered(got.question));
    undo(got.move, text("done_" + verb, { number: li.dataset.number }));
    return got;
  } catch (e) {
    note(text("desk_failed", { why: e.message }));
    return undefined;
  } finally {
    delete li.dataset.busy;
  }
}

function note(words, move) {
  clearTimeout(fading);
  undoable = move;
  bar.hidden = false;
  bar.querySelector("[data-undo-text]").textContent = words;
  bar.querySelector("form").hidden = !move;
  tell(words);
  fading = setTimeout(() => { bar.hidden = true; undoable = undefined; }, 10000);
}
const undo = (move, words) => note(words, move);

// takeBack undoes the last move and leads back to its question.
export async function takeBack() {
  if (!undoable) return;
  const move = undoable;
  undoable = undefined;
  try {
    const got = await api("/desk/moves/" + move + "/undo", {});
    note(text("done_undo", { number: got.question.number }));
    const li = put(answered(got.question));
    if (li) li.focus();
  } catch (e) {
    note(text("desk_failed", { why: e.message }));
  }
}

room.addEventListener("submit", (event) => {
  if (event.target.matches("[data-undo]") && undoable) {
    event.preventDefault();
    takeBack();
  }
  if (event.target.matches("[data-moves]")) event.preventDefault();
});
room.addEventListener("click", (event) => {
  const b = event.target.closest("button[data-verb], button[data-like]");
  if (!b) return;
  event.preventDefault();
  if (b.dataset.like) act(b.closest("[data-question]"), "merge", { into: b.dataset.like });
  else act(b.closest("[data-question]"), b.dataset.verb);
});

// Small screens show one lane; its tab changes it without a new page.
room.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-lane-tab]");
  if (!tab || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  room.dataset.lane = tab.dataset.laneTab;
  for (const a of room.querySelectorAll("[data-lane-tab]")) {
    if (a === tab) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
});

// A flood of questions: similar ones can be put together by their shared letters.
const arrived = [];
function came(q) {
  sayLater(text("desk_new", { number: q.number }));
  arrived.push(Date.now());
  while (arrived[0] < Date.now() - 60000) arrived.shift();
  if (arrived.length > 30) room.querySelector("[data-flood]").hidden = false;
}
room.addEventListener("click", (event) => {
  if (!event.target.closest("[data-group]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const all = Array.from(list("waiting").children), done = new Set();
  for (const li of all) {
    if (done.has(li)) continue;
    for (const one of [li, ...near(li, all).map((o) => o.li)]) {
      if (done.has(one)) continue;
      done.add(one);
      list("waiting").append(one);
    }
  }
});

// Moderators see where the others are: the question that somebody stands on bears
// their name.
const at = new Map();
let told, telling;
function looks({ question, person, name }) {
  if (person === room.dataset.person) return;
  if (question) at.set(person, { question, name });
  else at.delete(person);
  for (const mark of room.querySelectorAll("[data-q=watched]")) {
    const who = Array.from(at.values()).filter((o) => o.question === mark.closest("[data-question]").dataset.question).map((o) => o.name);
    mark.hidden = !who.length;
    mark.textContent = who.length ? text("desk_looks", { who: who.join(" ") }) : "";
  }
}
room.addEventListener("focusin", (event) => {
  const li = event.target.closest("[data-question]"), id = li ? li.dataset.question : "";
  clearTimeout(telling);
  telling = setTimeout(() => {
    if (id === told || room.dataset.live === "lost") return;
    told = id;
    api("/rooms/" + room.dataset.console + "/focus", { question: id }).catch(() => {});
  }, 700);
});

function event({ data }) {
  if (data.focus) looks(data.focus);
  if (data.question) {
    if (!card(data.question.id) && data.question.state === "waiting" && data.question.body) {
      data.question.like = data.question.like || likest(data.question);
      if (data.question.like) room.querySelector("[data-flood]").hidden = false;
      came(data.question);
    }
    put(data.question);
  }
  if (data.room || data.speakers || data.poll || data.question) room.dispatchEvent(new CustomEvent("panels", { detail: data }));
}
function snapshot({ state }) {
  for (const lane of ["waiting", "queued", "handled", "merged"]) (state[lane] || []).forEach(put);
  room.dispatchEvent(new CustomEvent("panels", { detail: {} }));
}
join(room.dataset.topic, {
  snapshot, event,
  counts(frame) {
    for (const [id, n] of Object.entries(frame.counts.supports)) if (card(id)) voices(card(id), n);
  },
  state(state) {
    room.dataset.live = state;
    room.querySelector("[data-lost]").hidden = state !== "lost";
  },
}, since(room.dataset.since));
counted();
for (const el of room.querySelectorAll("[data-script-only]")) el.hidden = false;
for (const h of room.querySelectorAll(".lane > h2")) h.tabIndex = -1;
if (!bar.hidden) { // came by a form: the same move can be taken back here
  undoable = bar.querySelector("form").action.split("/").pop();
  note(bar.querySelector("[data-undo-text]").textContent.trim(), undoable);
}
