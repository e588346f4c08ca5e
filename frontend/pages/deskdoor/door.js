// Check-in with scripts: the answer comes without a new page, and without a
// connection from the list that this device keeps. What is let in meanwhile waits
// here under its own key and is sent later; the server lets each ticket in once.
import { sha256 } from "../hearings/draw-check.js";
import { fetchPage } from "../../base/js/send.js";
import { drop, keys, put, take } from "../../base/js/store.js";
import { readCode } from "./read-code.js";

const data = JSON.parse(document.getElementById("door-data").textContent);
const say = (key, values = {}) => (data.words[key] || key).replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
const part = (name) => document.querySelector("[data-door-" + name + "]");
const form = document.querySelector("form.door-form");
const field = form.elements.ticket;
const patience = 3000; // ms that somebody at the door waits for the server
const atOnce = 100; // showings in one sending
const base = "door:" + data.hearing + ":";
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const newKey = () => hex(crypto.getRandomValues(new Uint8Array(16)));
const clock = (at) => new Date(at).toTimeString().slice(0, 5);
let list, last, sending, stays, told;

// The queue on this device, in the order in which it was made.
const waiting = async () => (await keys()).filter((k) => k.startsWith(base + "q:")).sort();

async function wait(entry) {
  const name = base + "q:" + String(Date.now()).padStart(15, "0") + ":" + entry.key + (entry.undo ? ":undo" : "");
  if ((await put(name, { entry })) === undefined) say1("bad", "not_kept");
}

async function post(entries) {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), patience * (entries.length > 1 ? 5 : 1));
  try {
    const response = await fetch(data.post, {
      method: "POST", credentials: "same-origin", signal: cut.signal,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": data.csrf, "Accept-Language": data.lang },
      body: JSON.stringify({ check_ins: entries, sent_at: new Date().toISOString() }), // the clock here may be wrong
    });
    if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
    const answer = await response.json();
    if (!response.ok) return { refused: answer.detail || answer.title, status: response.status };
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

// read makes of what is typed or scanned what the list knows: the digits or the secret.
function read(typed) {
  const text = typed.normalize("NFKC").trim();
  const at = text.lastIndexOf("/t/");
  if (at >= 0) return text.slice(at + 3).replace(/\/+$/, "");
  const digits = text.replace(/[\s-]/g, "");
  return /^\d{6}$/.test(digits) ? digits : text;
}

function known(shown) {
  if (!list) return undefined;
  const hash = hex(sha256(new TextEncoder().encode(list.salt + ":" + shown))).slice(0, 32);
  return list.tickets.find((t) => t.id === shown || t.code === hash || t.digits === hash);
}

// judge decides from the list of this device, as the server will decide later.
function judge(ticket) {
  if (!ticket) return { result: "unknown_here" };
  const about = { number: ticket.number, category: ticket.category, status: ticket.status };
  if (ticket.arrived_at) return { ...about, result: "already", since: ticket.arrived_at, desk: ticket.desk };
  if (ticket.status === "confirmed") return { ...about, result: "in" };
  if (ticket.status === "waiting") return { ...about, result: "reserve" };
  return { ...about, result: "not_confirmed" };
}

async function check(typed, way) {
  const desk = form.elements.desk.value.trim();
  const shown = read(typed);
  if (!shown) return;
  const entry = { key: newKey(), ticket: shown, way, desk, at: new Date().toISOString() };
  last = { entry };
  if (navigator.onLine !== false) {
    last.tried = true;
    try {
      const answer = await post([entry]);
      if (answer.refused) return tell("bad", answer.refused, []);
      mark(answer.outcomes[0], entry);
      show(answer.outcomes[0]);
      flush();
      return answer.outcomes[0];
    } catch (e) { /* no connection: this device decides */ }
  }
  const ticket = known(shown);
  const verdict = judge(ticket);
  if (verdict.result === "in" || verdict.result === "reserve") {
    entry.ticket = ticket.id; // the device keeps neither digits nor secrets
    if (verdict.result === "in") {
      ticket.arrived_at = entry.at;
      ticket.desk = desk;
      await put(base + "list", { list });
    }
    await wait(entry);
    last.kept = true;
  }
  show(verdict, true);
  state();
  return verdict;
}

// mark notes in the list what the server said, for the next minutes offline.
function mark(outcome, entry) {
  const ticket = known(entry.ticket);
  if (!ticket || !["in", "already", "undone"].includes(outcome.result)) return;
  ticket.arrived_at = outcome.result === "undone" ? undefined : outcome.since || entry.at;
  ticket.desk = outcome.desk || entry.desk;
}

const kinds = { in: "ok", already: "warn", reserve: "warn", undone: "warn" };

function words(o) {
  if (o.result === "not_confirmed" && data.words["word_" + o.status]) return say("word_" + o.status);
  return say("word_" + o.result);
}

function details(o, here) {
  const lines = [];
  const who = [o.name, o.category, o.number && say("number", { number: String(o.number).padStart(6, "0") })].filter(Boolean).join(" · ");
  if (who) lines.push(who);
  if (o.result === "already" && o.since) lines.push(say(o.desk ? "since_desk" : "since", { time: clock(o.since), desk: o.desk }));
  if (here && (o.result === "in" || o.result === "reserve")) lines.push(say("kept_here"));
  return lines;
}

function show(o, here) {
  tell(kinds[o.result] || "bad", words(o), details(o, here));
  const undo = part("undo");
  undo.hidden = o.result !== "in";
  if (navigator.vibrate) navigator.vibrate(o.result === "in" ? 60 : [120, 80, 120]);
}

function tell(kind, word, lines) {
  const box = document.createElement("div");
  box.className = "door-result door-" + kind;
  [word, ...lines].forEach((line, i) => {
    const p = document.createElement("p");
    if (i === 0) p.className = "door-word";
    p.textContent = line;
    box.append(p);
  });
  part("undo").hidden = true;
  document.querySelectorAll("form[data-door=undo]").forEach((old) => old.remove());
  part("result").replaceChildren(box);
  const view = window.visualViewport; // a keyboard on the screen hides the rest
  if (view && box.getBoundingClientRect().bottom > view.offsetTop + view.height) form.scrollIntoView({ block: "start" });
}

const say1 = (kind, key) => tell(kind, say(key), []);

async function undo() {
  const { entry, kept, tried, unsay } = last || {};
  if (!entry) return;
  if (unsay) unsay();
  const ticket = known(entry.ticket);
  if (ticket) ticket.arrived_at = undefined;
  const name = kept && !tried && !sending && (await waiting()).find((k) => k.endsWith(":" + entry.key));
  const back = { key: entry.key, ticket: entry.ticket, undo: true };
  if (name) {
    await drop(name); // nobody else knows of it
  } else if (kept) {
    await wait(back); // the server may have it, though its answer did not come
  } else {
    try {
      const answer = await post([back]);
      if (answer.refused) return tell("bad", answer.refused, []);
    } catch (e) {
      await wait(back);
    }
  }
  put(base + "list", { list });
  say1("warn", "word_undone");
  field.focus();
  state();
  numbers();
}

// flush sends what waits here. What another desk let in before, or what was taken
// back meanwhile, is listed: somebody may have to look after it.
async function flush() {
  if (sending || navigator.onLine === false) return;
  sending = true;
  try {
    for (let names = await waiting(); names.length; names = await waiting()) {
      const some = names.slice(0, atOnce);
      const entries = [];
      for (const name of some) {
        const { key, ticket, way, desk, at, undo: back } = await kept(name);
        entries.push(back ? { key, ticket, undo: true } : { key, ticket, way, desk, at });
      }
      const answer = await post(entries);
      if (answer.refused) {
        told = refusal(answer, names.length);
        break;
      }
      told = undefined;
      if (answer.outcomes.some((o) => o.result === "held")) break; // later
      for (let i = 0; i < entries.length; i++) {
        const o = answer.outcomes[i];
        if (!["in", "reserve", "undone"].includes(o.result)) await conflict(o, entries[i]);
        await drop(some[i]);
      }
      await conflicts();
      if (names.length <= some.length) await fresh();
    }
  } catch (e) { /* still no connection */ } finally {
    sending = false;
    state();
  }
}

// refusal says what the steward can do so that what waits here is taken.
function refusal({ status, refused }, n) {
  if (status === 401 || status === 403) return { text: say("refused_sign_in", { n }), again: true };
  return { text: status === 404 ? say("refused_role", { n }) : refused };
}

// kept reads one entry of the queue; "at" is its own moment, not that of keeping.
async function kept(name) {
  const row = await take(name);
  return { ...row.entry };
}

// A conflict stays on the list, over reloads too, until somebody has looked after it.
// Names are not kept on the device.
async function conflict(o, entry) {
  await put(base + "c:" + entry.key, { seen: { result: o.result, status: o.status, number: o.number, category: o.category, since: o.since, desk: o.desk, shown: entry.at } });
}

async function conflicts() {
  const box = part("conflicts");
  const rows = [];
  for (const name of (await keys()).filter((k) => k.startsWith(base + "c:"))) {
    const row = await take(name);
    if (row) rows.push({ place: name, ...row.seen });
  }
  rows.sort((a, b) => (a.shown < b.shown ? -1 : 1));
  box.querySelector("ul").replaceChildren(...rows.map((o) => {
    const li = document.createElement("li");
    const text = document.createElement("p");
    text.textContent = [clock(o.shown), words(o), ...details(o)].filter(Boolean).join(" · ");
    const seen = document.createElement("button");
    seen.type = "button";
    seen.className = "button button-quiet";
    seen.textContent = say("conflict_seen");
    seen.setAttribute("aria-label", say("conflict_seen_of", { number: String(o.number || 0).padStart(6, "0") }));
    seen.addEventListener("click", async () => {
      await drop(o.place);
      await conflicts();
      field.focus();
    });
    li.append(text, seen);
    return li;
  }));
  box.hidden = rows.length === 0;
}

async function state() {
  const box = part("state");
  const n = (await waiting()).length;
  const off = navigator.onLine === false;
  const said = [off ? say("state_off") : say("state_on")];
  if (list) said.push(say("state_list", { n: list.tickets.length, time: clock(list.at) }));
  if (n) said.push(say("state_waiting", { n }));
  if (told) said.push(told.text);
  const words = said.join(data.lang === "zh" ? "" : " ");
  box.hidden = false;
  box.toggleAttribute("data-off", off || n > 0);
  if (box.dataset.said === words) return; // a screen reader would say it again
  box.dataset.said = words;
  box.textContent = words;
  if (told && told.again) {
    const again = document.createElement("a");
    again.href = data.page;
    again.textContent = say("open_again");
    box.append(" ", again);
  }
}

// fresh fetches the list for the time without a connection.
async function fresh() {
  try {
    const response = await fetch(data.list, { credentials: "same-origin", headers: { "Accept-Language": data.lang } });
    if (!response.ok) return;
    const got = await response.json();
    const names = {};
    got.categories.forEach((c) => { names[c.id] = c.name; });
    got.tickets.forEach((t) => { t.category = names[t.category] || ""; });
    list = got;
    await remember();
    const needed = list.open || (await waiting()).length > 0;
    if (needed) await put(base + "list", { list });
    else await drop(base + "list");
    await stay(needed);
  } catch (e) { /* the old list stays */ }
  state();
  numbers();
}

// stay keeps this page on the device while it is needed, by a script that answers for
// it when the server does not.
async function stay(needed) {
  if (!navigator.serviceWorker) return; // no https: the page must be left open
  if (!needed) {
    const mine = await navigator.serviceWorker.getRegistration(data.page);
    if (mine && mine.scope.endsWith(data.page) && (await mine.unregister())) await caches.delete("minyi-door");
    return;
  }
  if (stays) return;
  stays = true;
  const mine = await navigator.serviceWorker.register("/door-worker.js", { scope: data.page });
  const worker = mine.active || mine.waiting || mine.installing;
  const files = performance.getEntriesByType("resource").map((r) => new URL(r.name)).filter((u) => u.origin === location.origin && u.pathname.startsWith("/assets/"));
  worker.postMessage({ keep: [data.page, ...new Set(files.map((u) => u.pathname))] });
}

// remember puts what waits here into a fresh list, which cannot know of it.
async function remember() {
  const entries = [];
  for (const name of await waiting()) entries.push(await kept(name));
  const undone = new Set(entries.filter((e) => e.undo).map((e) => e.key));
  for (const entry of entries) {
    const ticket = !undone.has(entry.key) && list.tickets.find((t) => t.id === entry.ticket);
    if (ticket && ticket.status === "confirmed") Object.assign(ticket, { arrived_at: ticket.arrived_at || entry.at, desk: entry.desk });
  }
}

// numbers brings the counts up to date, unless somebody is using them.
async function numbers() {
  const box = document.getElementById("door-numbers");
  if (navigator.onLine === false || box.contains(document.activeElement)) return;
  try {
    const page = await fetchPage(data.page);
    const news = page.doc.getElementById("door-numbers");
    if (news && !box.contains(document.activeElement)) box.replaceWith(news);
  } catch (e) { /* they stay as they are */ }
}

async function find(asked) {
  const box = document.getElementById("door-found");
  try {
    if (navigator.onLine === false) throw new Error("offline");
    const page = await fetchPage(data.page + "?" + new URLSearchParams(new FormData(asked)));
    box.replaceChildren(...page.doc.getElementById("door-found").childNodes);
  } catch (e) {
    box.textContent = say("find_off");
  }
}

let stream;
async function camera(button) {
  const video = part("video");
  if (stream) {
    stream.getTracks().forEach((t) => t.stop());
    stream = undefined;
  } else {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
      watch(video, await eye());
    } catch (e) {
      stream = undefined;
      say1("bad", "camera_failed");
    }
  }
  video.hidden = !stream;
  button.setAttribute("aria-pressed", String(!!stream));
}

// eye gives what finds the text of a code in a video: the browser's own way, or ours
// where it has none, as on most phones and computers.
async function eye() {
  const own = window.BarcodeDetector && (await window.BarcodeDetector.getSupportedFormats().catch(() => []));
  if (own && own.includes("qr_code")) {
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => {
      const found = await detector.detect(video).catch(() => []);
      return found.length ? found[0].rawValue : "";
    };
  }
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, 640 / Math.max(video.videoWidth, video.videoHeight, 1));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!canvas.width) return "";
    brush.drawImage(video, 0, 0, canvas.width, canvas.height);
    return readCode(brush.getImageData(0, 0, canvas.width, canvas.height));
  };
}

// watch looks for a code a few times a second; the same one is taken again only
// after it was away for a while.
async function watch(video, see) {
  let seen, at = 0;
  while (stream) {
    const value = await see(video);
    if (value && (value !== seen || Date.now() - at > 4000)) await check(value, "camera");
    if (value) [seen, at] = [value, Date.now()];
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

// noted writes beside a person of a list that they are in, and how to take that back.
function noted(sent, outcome, shown) {
  const hint = sent !== form && sent.closest("li") && sent.closest("li").querySelector(".hint");
  if (!hint || !outcome || !["in", "already"].includes(outcome.result)) return;
  const was = hint.textContent, parts = was.split(" · ");
  if (outcome.result === "in") shown.unsay = () => { hint.textContent = was; };
  hint.textContent = [...parts.slice(0, 2), say("arrived_at", { time: clock(outcome.since || Date.now()) })].join(" · ");
}

document.addEventListener("submit", (event) => {
  const sent = event.target.closest("form[data-door]");
  if (!sent) return;
  event.preventDefault();
  if (sent.dataset.door === "find") return find(sent);
  if (sent.dataset.door === "undo") {
    last = { entry: { key: sent.elements.key.value, ticket: "" } };
    return undo();
  }
  const typed = sent.elements.ticket.value;
  if (sent === form) field.value = "";
  const answer = check(typed, sent.elements.way.value), shown = last;
  answer.then((o) => noted(sent, o, shown));
  field.focus();
});
part("undo").querySelector("button").addEventListener("click", undo);

const button = part("camera");
if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
  button.hidden = false;
  button.addEventListener("click", () => camera(button));
}

// The name of the desk stays on the device, like the list.
const deskName = form.elements.desk;
take("door:desk").then((kept1) => { if (kept1 && !deskName.value) deskName.value = kept1.name; });
deskName.addEventListener("change", () => put("door:desk", { name: deskName.value.trim() }));

addEventListener("online", () => { state(); flush().then(fresh); });
addEventListener("offline", state);
setInterval(() => { if (!document.hidden) flush().then(fresh); }, 30000);
conflicts();
take(base + "list").then((row) => { list = list || (row && row.list); }).then(flush).then(fresh);
