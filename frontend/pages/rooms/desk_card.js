import { amount, clock, day, inWords, number, room, text } from "./say.js";

// Cards of the console: always a new copy of the server's sample, filled with what a
// frame or an answer tells, in the place of the old one.
const can = {
  waiting: ["approve", "hold", "merge", "edit"], held: ["approve", "uphold"], queued: ["answering", "wall", "answered", "written", "merge", "edit", "hold"],
  answering: ["answered", "written", "wall", "edit"], written: ["wall", "answering", "edit", "written"], answered: ["wall"], merged: ["unmerge"],
};
const tags = { answering: "official", answered: "ok", written: "warn", waiting: "warn", held: "bad" };
export const card = (id) => document.getElementById("q-" + id);
export const list = (lane) => room.querySelector("[data-lane-list=" + lane + "]");

// laneOf is where a question is looked for.
export function laneOf(q) {
  if (q.merged_into) return "merged";
  if (q.state === "waiting") return "waiting";
  return q.state === "queued" || q.state === "answering" ? "queued" : "handled";
}

export function make(q) {
  const li = document.getElementById("card-template").content.firstElementChild.cloneNode(true);
  const part = (name) => li.querySelector("[data-q=" + name + "]");
  li.id = "q-" + q.id;
  li.className = "desk-card desk-" + q.state;
  Object.assign(li.dataset, { question: q.id, number: q.number, state: q.state, revision: q.revision, supports: q.supports });
  part("link").href = part("link").getAttribute("href") + q.id;
  part("number").textContent = text("number", { number: q.number });
  part("tag").textContent = text("state_" + q.state);
  part("tag").className = "tag tag-" + (tags[q.state] || "info");
  part("author").textContent = q.author || text("anonymous");
  part("time").textContent = clock(q.created_at);
  part("body").textContent = q.body;
  part("note").textContent = note(q);
  voices(li, q.supports);
  const usual = can[q.merged_into ? "merged" : q.state] || [];
  for (const b of li.querySelectorAll("[data-verb]")) {
    const v = b.dataset.verb, hidden = v === "merge" || v === "edit" || (v === "hold" && q.state !== "waiting") || (v === "written" && q.state !== "answering");
    if (!usual.includes(v) || (v === "uphold" && !q.appeal) || hidden !== !!b.closest("[data-rare]")) { b.remove(); continue; }
    for (const name of ["formaction", "href"]) {
      const to = b.getAttribute(name);
      if (to) b.setAttribute(name, to.replace("/questions/", "/questions/" + q.id));
    }
  }
  const like = li.querySelector("[data-like]"), head = q.state === "waiting" && !q.merged_into && q.like && card(q.like);
  if (head) {
    Object.assign(like, { value: head.dataset.number, formAction: like.getAttribute("formaction").replace("/questions/", "/questions/" + q.id) }).dataset.like = q.like;
    part("like").textContent = text("merge_like", { number: head.dataset.number });
  } else like.remove();
  for (const of of li.querySelectorAll("[data-q=of]")) of.textContent = text("verb_of", { number: q.number });
  const rare = li.querySelector("[data-rare]");
  if (!rare.querySelector("[data-verb]")) rare.remove();
  return li;
}

function note(q) {
  const out = [], head = q.merged_into && card(q.merged_into);
  if (q.original) out.push(text("edited", { original: q.original }));
  if (q.merged > 0) out.push(amount("merged", q.merged));
  if (head) out.push(text("merged_into", { number: head.dataset.number }));
  if (q.reason) out.push(text("held_because", { reason: text("reason_" + q.reason) }));
  if (q.appeal) out.push(text("desk_appeal", { text: q.appeal }));
  if (q.like && card(q.like)) out.push(text("desk_like", { number: card(q.like).dataset.number }));
  if (q.state === "written" && q.due_at && !q.answered_at) out.push(text("written_due", { office: inWords(q.office), date: day(q.due_at) }));
  if (q.changed_by) out.push(text("changed_by", { who: q.changed_by }));
  return out.join(text("and"));
}

export function voices(li, n) {
  li.dataset.supports = n;
  li.querySelector("[data-q=voices]").textContent = text("desk_voices", { count: number(n) });
}

// put brings a question into its lane; who stood on it keeps the focus there, or gets
// the next one when it has left the lane.
export function put(q) {
  const old = card(q.id), lane = laneOf(q);
  if (old && Number(old.dataset.revision) > q.revision) return old;
  if (!q.body) { // its author took it back
    if (old) old.remove();
    counted();
    return undefined;
  }
  const fresh = make(q), from = old && old.parentElement, to = list(lane), focus = old && old.contains(document.activeElement);
  const held = focus && document.activeElement.dataset.verb;
  if (old) kept(old, fresh);
  const next = old && (old.nextElementSibling || old.previousElementSibling);
  if (from && from === to && q.state !== "answering") old.replaceWith(fresh);
  else {
    if (old) old.remove();
    if (to) to[q.state === "answering" || lane === "handled" ? "prepend" : "append"](fresh);
  }
  if (focus) {
    if (from === to) ((held && fresh.querySelector("[data-verb=" + held + "]")) || fresh).focus();
    else if (next) next.focus();
    else from.closest("section").querySelector("h2").focus();
  }
  counted();
  return fresh;
}

// kept carries over what belongs to the card and not to the question: who looks at it,
// and whether its rarer verbs are open.
function kept(old, fresh) {
  const mark = old.querySelector("[data-q=watched]"), more = old.querySelector("[data-rare]"), rare = fresh.querySelector("[data-rare]");
  fresh.querySelector("[data-q=watched]").replaceWith(mark);
  if (more && more.open && rare) rare.open = true;
}

// counted shows how many are in each lane.
export function counted() {
  for (const lane of ["waiting", "queued", "handled"]) {
    const n = list(lane).children.length;
    for (const el of room.querySelectorAll("[data-lane-count=" + lane + "]")) el.textContent = number(n);
    room.querySelector("[data-lane-empty=" + lane + "]").hidden = n > 0;
  }
}

// near ranks other questions by the pairs of letters that they share with one.
const pairs = (s) => { const t = s.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""); return new Set(Array.from(t).slice(1).map((c, i) => Array.from(t)[i] + c)); };
export function near(li, all) { return alike(li.querySelector("[data-q=body]").textContent, all.filter((o) => o !== li)); }

function alike(body, all) {
  const own = pairs(body);
  return all.map((o) => {
    const other = pairs(o.querySelector("[data-q=body]").textContent);
    const both = Array.from(own).filter((p) => other.has(p)).length;
    return { li: o, by: both / Math.max(1, Math.min(own.size, other.size)) };
  }).filter((o) => o.by >= 0.28).sort((a, b) => b.by - a.by);
}

// likest is the id of the card that asks nearly the same as a question that has just
// come, as the server says it for those that were there before.
export function likest(q) {
  const best = alike(q.body, [...list("waiting").children, ...list("queued").children].filter((o) => o.dataset.question !== q.id))[0];
  return best && best.by >= 0.5 ? best.li.dataset.question : undefined;
}
