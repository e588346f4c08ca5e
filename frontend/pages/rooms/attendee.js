import { ask, join, newKey, renew } from "../../base/js/live.js";
import { copy, count, fill, gone, pressed, settled } from "./card.js";
import { polls, pollCounts, speakers } from "./floor.js";
import { amount, announcer, number, room, since, text } from "./say.js";
import { post, visitor, why } from "./visit.js";

// Keeps a room fresh on a phone. What is there changes in its place; what is new
// waits behind a button, so that nothing moves under a finger.
const lists = { open: room.querySelector("[data-list=open]"), settled: room.querySelector("[data-list=settled]"), mine: room.querySelector("[data-list=mine]") };
const waiting = new Map();
const say = announcer(() => 10000);
const card = (id) => document.getElementById("q-" + id);
const mine = (id) => document.getElementById("mine-" + id);

// Numbers are told for everybody, in their order: what comes another way may be older, as
// news of one's own question does, and the answer to one's own voice.
let numbers = 0; // how often they have come
const known = (id) => (waiting.has(id) ? waiting.get(id).supports : card(id) ? supports(card(id)) : undefined);

function question(q) {
  now(q);
  const li = card(q.id);
  if (mine(q.id)) count(mine(q.id), q.supports);
  if (li) {
    fill(li, q);
    if (settled(q)) { const f = li.querySelector("form.voice-form"); if (f) f.remove(); }
  } else waiting.set(q.id, q);
  more();
}

// now shows what is being answered.
function now(q) {
  const box = room.querySelector("[data-now]");
  if (q.state === "answering") {
    if (box.dataset.now !== q.id) say(text("say_now", q));
    box.dataset.now = q.id;
    box.querySelector("[data-now-body]").textContent = q.body;
  } else if (box.dataset.now === q.id) {
    box.dataset.now = "";
    box.querySelector("[data-now-body]").textContent = text("nothing_now");
  }
  meta(q.number, q.supports, q.id);
}

function meta(n, supports, id) {
  const box = room.querySelector("[data-now]");
  if (box.dataset.now && box.dataset.now !== id) return;
  const line = box.querySelector("[data-now-meta]");
  line.textContent = box.dataset.now ? text("now_meta", { number: n, count: number(supports) }) : "";
}

// rank is the order of the list: answered now, then by how many want to know.
const rank = (a, b) => (b.dataset.state === "answering") - (a.dataset.state === "answering") || supports(b) - supports(a) || a.dataset.number - b.dataset.number;
const supports = (li) => Number(((li.querySelector("[data-q=count]") || {}).textContent || "0").replace(/,/g, ""));

// more offers what waits, or a better order once it would differ.
function more() {
  const row = room.querySelector("[data-more-row]"), all = Array.from(lists.open.children);
  const stale = all.some((li, i) => li.dataset.settled === "true" || (i > 0 && rank(all[i - 1], li) > 0));
  row.hidden = !waiting.size && !stale;
  row.firstElementChild.textContent = waiting.size ? amount("more_new", waiting.size) : text("more_order");
  if (waiting.size) say(amount("more_new", waiting.size));
}

function load() {
  for (const q of waiting.values()) lists[settled(q) ? "settled" : "open"].append(copy("question-template", q));
  waiting.clear();
  room.querySelectorAll("[data-list=open] .asked-gone").forEach((li) => li.remove());
  for (const li of Array.from(lists.open.children)) if (li.dataset.settled === "true") lists.settled.prepend(li);
  lists.open.append(...Array.from(lists.open.children).sort(rank));
  room.querySelector("[data-empty]").hidden = lists.open.children.length > 0;
  room.querySelector("[data-settled-part]").hidden = !lists.settled.children.length;
  more();
}

// own brings one of the reader's own questions up to date.
function own(q, quiet) {
  const li = mine(q.id), was = li && li.dataset.state;
  if (!q.body) return li && li.remove(); // taken back
  const told = known(q.id);
  if (told !== undefined) q.supports = told;
  if (li) fill(li, q, true);
  else lists.mine.prepend(copy("own-template", q, true));
  room.querySelector("[data-mine-empty]").hidden = true;
  if (!quiet && was && was !== q.state) say(text("say_mine", { number: q.number, state: text("state_" + q.state) }));
  return undefined;
}

function removed(id, into) {
  waiting.delete(id);
  const li = card(id), head = into && card(into);
  if (li) gone(li, head && head.dataset.number);
  now({ id, state: "gone" });
  more();
}

// stands shows where the room stands.
function stands(r) {
  if (r.state !== room.dataset.state) {
    room.dataset.state = r.state;
    for (const el of room.querySelectorAll("[data-when]")) el.hidden = el.dataset.when !== r.state;
    for (const el of room.querySelectorAll("[data-when-not]")) el.hidden = el.dataset.whenNot === r.state;
    if (r.state !== "waiting") say(text("say_room_" + r.state));
  }
  for (const li of room.querySelectorAll("[data-agenda]")) {
    const on = li.dataset.agenda === r.agenda;
    li.querySelector("[data-on]").hidden = !on;
    if (on) li.setAttribute("aria-current", "step");
    else li.removeAttribute("aria-current");
  }
  speakers(undefined, r.list_open);
}

// held shows how many questions are not shown, by reason.
function held(by) {
  let any = 0;
  for (const li of room.querySelectorAll("[data-held]")) {
    const n = by[li.dataset.held] || 0;
    any += n;
    li.hidden = !n;
    li.textContent = amount("held_line", n, { reason: text("reason_" + li.dataset.held) });
  }
  room.querySelector("[data-held-part]").hidden = !any;
}

function counts(c) {
  numbers++;
  for (const [id, n] of Object.entries(c.supports || {})) {
    const li = card(id);
    if (li) count(li, n);
    if (waiting.has(id)) waiting.get(id).supports = n;
    if (mine(id)) count(mine(id), n);
    if (room.querySelector("[data-now]").dataset.now === id && li) meta(li.dataset.number, n, id);
  }
  pollCounts(c.polls || {}, c.voters || {});
  more();
}

function snapshot(s) {
  const there = new Set(s.questions.map((q) => q.id));
  for (const li of room.querySelectorAll("[data-list=open] > li, [data-list=settled] > li")) if (!there.has(li.dataset.question)) removed(li.dataset.question);
  s.questions.forEach(question);
  (s.mine || []).forEach((q) => own(q, true));
  for (const id of s.voiced || []) if (card(id)) pressed(card(id), true);
  stands(s.room);
  held(s.room.held || {});
  speakers(s.speakers, s.room.list_open);
  s.polls.forEach(polls);
}

join(room.dataset.topic, {
  snapshot: (frame) => snapshot(frame.state),
  event({ data, at }) {
    if (data.question) question(data.question);
    if (data.removed) removed(data.removed, data.into);
    if (data.room) stands(data.room);
    if (data.held) held(data.held);
    if (data.speakers) speakers(data.speakers, undefined, at);
    if (data.poll && polls(data.poll)) say(text("say_poll"));
  },
  counts: (frame) => counts(frame.counts || frame),
  state(state) {
    room.dataset.live = state;
    if (state === "lost" && document.visibilityState === "visible") say(text("lost"));
    room.dispatchEvent(new CustomEvent("live"));
  },
}, since(room.dataset.since));

function joinOwn() {
  if (room.dataset.own) join(room.dataset.own, { snapshot: (f) => f.state.mine.forEach((q) => own(q)), event: (f) => f.data.question && own(f.data.question) }, since(room.dataset.ownSince));
}
joinOwn();
room.addEventListener("visitor", () => { joinOwn(); renew(); });
room.addEventListener("asked", (event) => { if (!mine(event.detail.id)) own(event.detail, true); }); // else news of it was faster than its answer
room.addEventListener("show", load);
room.querySelector("[data-more]").addEventListener("click", () => {
  load();
  document.getElementById("questions-h").focus();
});

// A voice shows at once and is taken back if it was not counted.
room.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-voice]")) return;
  event.preventDefault();
  if (form.dataset.sending || room.dataset.state !== "open") return;
  form.dataset.sending = "1";
  const li = form.closest("li"), on = form.querySelector("button").value === "on", was = supports(li), before = numbers;
  pressed(li, on);
  count(li, Math.max(0, was + (on ? 1 : -1)));
  try {
    const told = await give(form, li, on);
    if (before === numbers && told !== undefined) count(li, told);
  } catch (e) {
    pressed(li, !on);
    if (before === numbers) count(li, was);
    say(e.code ? e.message : text("lost"));
  }
  delete form.dataset.sending;
});

// give sends a voice over the socket; as the form does for who has no account, and
// where no socket can be kept. Then the answer tells a number.
async function give(form, li, on) {
  if (room.dataset.known === "true") {
    try {
      await ask({ op: "support", topic: room.dataset.topic, key: newKey(), question: li.dataset.question, on });
      return undefined;
    } catch (e) {
      if (!e.socketless) throw e;
    }
  }
  await visitor();
  const got = await post(form.action, [...new FormData(form), ["support", on ? "on" : "off"]].filter(([name]) => name !== "idempotency_key"));
  if (!got.ok) throw Object.assign(new Error(why(got.page)), { code: got.status });
  return got.data.supports;
}

// The bar comes under the thumb once the box to ask is out of sight.
const bar = room.querySelector(".room-bar");
new IntersectionObserver(([seen]) => bar.classList.toggle("room-bar-on", !seen.isIntersecting)).observe(document.getElementById("ask-h").parentElement);

// The screen stays on while somebody follows, where the device allows it.
const wake = () => { if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen").catch(() => {}); };
document.addEventListener("visibilitychange", wake);
wake();
