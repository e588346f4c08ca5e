import { amount, day, inWords, number, room, text } from "./say.js";
import { sign } from "./visit.js";

// Cards of questions: copies of the server's own, filled with what a frame tells.
const tags = { answering: "official", answered: "ok", written: "warn", waiting: "warn", held: "bad" };
const part = (li, name) => li.querySelector("[data-q=" + name + "]");

// settled says that nothing more will come.
export const settled = (q) => q.state === "answered" || (q.state === "written" && !!q.answered_at);

// copy makes a card from a template of the page.
export function copy(template, q, own) {
  const li = document.getElementById(template).content.firstElementChild.cloneNode(true);
  li.id = (own ? "mine-" : "q-") + q.id;
  li.dataset.question = q.id;
  li.dataset.number = q.number;
  const form = li.querySelector("form[data-voice]");
  if (form) {
    form.action = form.getAttribute("action").replace("/0/", "/" + q.id + "/");
    if (room.dataset.csrf) sign(form, room.dataset.csrf);
  }
  const hidden = li.querySelector("button.voice .sr, a.voice .sr");
  if (hidden) hidden.textContent = text("voice_of", { number: q.number });
  fill(li, q, own);
  return li;
}

// fill brings a card up to date where it stands.
export function fill(li, q, own) {
  li.dataset.state = q.state;
  li.dataset.settled = settled(q);
  li.classList.toggle("asked-now", q.state === "answering");
  li.classList.remove("asked-gone");
  part(li, "number").textContent = text("number", { number: q.number });
  part(li, "tag").textContent = text("state_" + q.state);
  part(li, "tag").className = "tag tag-" + (tags[q.state] || "info");
  part(li, "author").textContent = q.author || text("anonymous");
  const manage = part(li, "manage"), body = part(li, "body");
  if (manage) {
    const a = manage.querySelector("a");
    if (a.getAttribute("href").endsWith("/")) a.href = a.getAttribute("href") + q.id;
    manage.hidden = q.merged > 0 || !["waiting", "queued", "held"].includes(q.state);
  }
  body.textContent = q.body;
  if (q.lang && !document.documentElement.lang.startsWith(q.lang)) body.lang = q.lang === "zh" ? "zh-CN" : q.lang;
  else body.removeAttribute("lang");
  count(li, q.supports);
  const more = part(li, "more");
  more.replaceChildren(...said(q, own).map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  if (q.answer) {
    const box = Object.assign(document.createElement("div"), { className: "asked-answer" });
    if (q.state === "written") box.append(Object.assign(document.createElement("strong"), { textContent: text("written_answer", { office: inWords(q.office) }) }));
    box.append(Object.assign(document.createElement("p"), { className: "asked-answer-text", textContent: inWords(q.answer) }));
    more.append(box);
  }
}

// said is what became of a question, line by line.
function said(q, own) {
  const out = [];
  if (q.original) out.push(text("edited", { original: q.original }));
  if (q.merged > 0) out.push(amount("merged", q.merged));
  if (q.agenda) out.push(text("about_agenda", { title: named('[data-agenda="' + q.agenda + '"] span', q.agenda) }));
  if (q.clause) out.push(text("about_clause", { clause: named('[name=clause] option[value="' + q.clause + '"]', q.clause) }));
  if (own && q.state === "held") out.push(text("held_because", { reason: text("reason_" + q.reason) }));
  if (own && q.appeal && q.state === "held") out.push(text("appealed"));
  if (own && q.note) out.push(text("note", { note: q.note }));
  if (own && q.state === "waiting") out.push(text("waits"));
  if (q.answerer) out.push(text("answered_by", { who: q.answerer }));
  if (q.state === "written" && q.due_at && !q.answer) out.push(text("written_due", { office: inWords(q.office), date: day(q.due_at) }));
  return out;
}

// named finds what the page calls an item of the agenda or a clause.
const named = (selector, id) => (room.querySelector(selector) || { textContent: id }).textContent;

// count shows how many want to know; the greater of two late numbers is not decided here.
export function count(li, n) {
  const el = part(li, "count");
  if (el && n !== undefined) el.textContent = number(n);
  li.dataset.supports = n;
}

// pressed shows whether the reader's own voice is given.
export function pressed(li, on) {
  const button = li.querySelector("button.voice");
  if (!button) return;
  button.setAttribute("aria-pressed", String(on));
  button.value = on ? "off" : "on";
}

// gone marks a card that is no longer shown on its own; it keeps its place.
export function gone(li, into) {
  li.classList.add("asked-gone");
  part(li, "tag").textContent = into ? text("merged_into", { number: into }) : text("removed");
  const voice = li.querySelector(".voice-form");
  if (voice) voice.remove();
}
