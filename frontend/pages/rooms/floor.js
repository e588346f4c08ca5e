import { set } from "./clock.js";
import { amount, inWords, number, room, text } from "./say.js";
import { sign } from "./visit.js";

// The speaking list and the polls of a room, drawn from frames.
const box = room.querySelector("[data-floor]");
const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

// speakers shows the list as it was at a moment of the server's clock; undefined leaves
// it and only opens or closes signing up.
export function speakers(list, open, at = new Date().toISOString()) {
  if (!box) return;
  if (open !== undefined) {
    box.dataset.listOpen = open;
    const form = box.querySelector("[data-list-open-only]");
    if (form && !form.contains(document.activeElement)) form.hidden = !open;
  }
  if (list) {
    const mine = new Set(Array.from(box.querySelectorAll("[data-speaker]")).filter((li) => li.querySelector(".tag-mine")).map((li) => li.dataset.speaker));
    const now = list.filter((s) => s.state === "speaking" || s.state === "paused"), next = list.filter((s) => s.state === "waiting");
    fillList(box.querySelector("[data-speakers=now]"), now, mine, at);
    fillList(box.querySelector("[data-speakers=next]"), next, mine, at);
    box.querySelector("[data-speakers-empty]").hidden = now.length + next.length > 0;
  }
  box.hidden = box.dataset.listOpen !== "true" && !box.querySelector("[data-speaker]");
}

function fillList(ul, list, mine, at) {
  if (ul.contains(document.activeElement)) return; // not under somebody's finger
  ul.replaceChildren(...list.map((s) => {
    const kept = mine.has(s.id) && ul.querySelector('[data-speaker="' + s.id + '"]');
    const li = kept || clone("speaker-template");
    li.className = "speaker speaker-" + s.state;
    li.dataset.speaker = s.id;
    const part = (name) => li.querySelector("[data-s=" + name + "]");
    part("name").textContent = s.name;
    part("kind").textContent = text("kind_" + s.kind);
    for (const side of ["for", "against"]) part(side).hidden = s.side !== side;
    for (const state of ["speaking", "paused"]) part(state).hidden = s.state !== state;
    const time = li.querySelector("[data-clock]");
    time.hidden = s.state === "waiting";
    set(time, s.seconds || 0, s.spoken + (s.running_at ? Math.max(0, (Date.parse(at) - Date.parse(s.running_at)) / 1000) : 0), !!s.running_at);
    return li;
  }));
}

// polls shows a poll that was opened, closed or whose result is shown; true if it is new.
export function polls(p) {
  const section = room.querySelector("[data-polls]"), list = section.querySelector("[data-poll-list]");
  let card = list.querySelector('[data-poll="' + p.id + '"]');
  const seen = p.state === "open" || p.shown;
  if (!seen && card) card.remove();
  if (seen) {
    const fresh = !card, form = card && card.querySelector("form");
    if (!card || (p.state !== "open" && form)) {
      const next = p.state === "open" ? ballot(p) : still(p);
      if (card) card.replaceWith(next);
      else list.prepend(next);
      card = next;
    }
    if (p.counts) result(card, p.options.map(inWords), p.counts, p.voters);
    else card.querySelector("[data-result]").replaceChildren();
    section.hidden = false;
    return fresh && p.state === "open";
  }
  section.hidden = !list.children.length;
  return false;
}

function still(p) {
  const card = document.createElement("div");
  card.className = "poll";
  card.dataset.poll = p.id;
  const title = Object.assign(document.createElement("p"), { className: "poll-title", textContent: inWords(p.title) });
  const space = document.createElement("div");
  space.dataset.result = "";
  card.append(title, space);
  return card;
}

// ballot is the form of an open poll, from the server's own sample.
function ballot(p) {
  const card = clone("poll-template"), form = card.querySelector("form");
  card.dataset.poll = p.id;
  card.querySelector("[data-p=title]").textContent = inWords(p.title);
  if (!form) return card;
  form.action = form.getAttribute("action") + p.id;
  if (room.dataset.csrf) sign(form, room.dataset.csrf);
  const sample = card.querySelector("[data-option]");
  sample.replaceWith(...p.options.map((o, i) => {
    const one = sample.cloneNode(true), input = one.querySelector("input"), label = one.querySelector("label");
    input.type = p.kind === "multiple" ? "checkbox" : "radio";
    input.value = i;
    input.id = label.htmlFor = "poll-" + p.id + "-" + i;
    label.textContent = inWords(o);
    return one;
  }));
  return card;
}

function result(card, options, counts, voters) {
  const place = card.querySelector("[data-result]"), sample = document.getElementById("result-template").content;
  place.replaceChildren(sample.cloneNode(true));
  const one = place.querySelector("li"), all = voters || 0;
  one.replaceWith(...options.map((o, i) => {
    const li = one.cloneNode(true), share = all ? Math.round((counts[i] * 100) / all) : 0;
    li.querySelector(".poll-option").textContent = o;
    li.querySelector(".poll-count").textContent = text("poll_count", { count: number(counts[i]), share });
    li.querySelector(".poll-fill").setAttribute("width", share);
    return li;
  }));
  place.querySelector(".hint").textContent = amount("poll_voters", all);
}

// pollCounts moves the bars of results that are shown while people vote. Where one may
// choose several, voters says how many people voted.
export function pollCounts(all, voters) {
  for (const [id, counts] of Object.entries(all)) {
    const card = room.querySelector('[data-poll="' + id + '"]');
    if (!card || !card.querySelector(".poll-result")) continue;
    const options = Array.from(card.querySelectorAll(".poll-option")).map((o) => o.textContent);
    result(card, options, counts, id in voters ? voters[id] : counts.reduce((a, b) => a + b, 0));
  }
}
