import { newKey } from "../../base/js/live.js";
import { drop, put, take } from "../../base/js/store.js";
import { start } from "../../base/js/app.js";
import { number, room, text } from "./say.js";
import { post, visitor, why } from "./visit.js";

// The box to ask: similar questions while one types, and a queue on this device, so
// that a question written without a connection is sent once when it is back.
const shelf = "ask:" + (document.querySelector("[data-ask]") || { dataset: {} }).dataset.ask;
let sending = false;
const form = () => document.querySelector("[data-ask]");
const queue = async () => ((await take(shelf)) || { list: [] }).list;
const status = (words) => { const line = form() && form().querySelector("[data-unsent]"); if (line) line.textContent = words; };

function named() {
  const f = form();
  if (f) f.dataset.anonymous = f.elements.anonymous.checked ? "1" : "";
}

// flush sends what waits, one after the other, each under the key that it was given.
async function flush() {
  if (sending) return;
  sending = true;
  try {
    for (const q of await queue()) {
      await visitor();
      const got = await post(q.action, { ...q.fields });
      const rest = (await queue()).filter((o) => o.fields.idempotency_key !== q.fields.idempotency_key);
      await (rest.length ? put(shelf, { list: rest }) : drop(shelf));
      if (got.ok) taken(q, got.data);
      else refused(q, got.page);
    }
  } catch (e) {
    const left = await queue();
    if (left.length) status(text("unsent") + " (" + left.length + ") " + text("unsent_hint"));
  }
  sending = false;
}

function taken(q, got) {
  status(text("sent", { number: got.number }));
  room.dispatchEvent(new CustomEvent("asked", { detail: { ...got, body: q.fields.body, author: q.fields.anonymous ? "" : q.fields.name, supports: 0 } }));
}

// refused shows the server's own box with what is wrong and what was typed.
function refused(q, page) {
  const doc = new DOMParser().parseFromString(page || "", "text/html"), fresh = doc.getElementById("ask"), here = document.getElementById("ask");
  if (fresh) {
    here.replaceWith(document.importNode(fresh, true));
    bind();
    start(document.getElementById("ask"));
  } else {
    form().elements.body.value = q.fields.body;
    status(why(page));
  }
}

// similar shows what others ask while one types.
let pause;
function similar() {
  clearTimeout(pause);
  pause = setTimeout(async () => {
    const f = form(), box = f.querySelector("[data-similar-list]"), body = f.elements.body.value.trim();
    let found = [];
    if (body.length >= 4 && navigator.onLine !== false) {
      try {
        found = (await (await fetch(f.dataset.similar + "?body=" + encodeURIComponent(body), { credentials: "same-origin" })).json()).questions.slice(0, 3);
      } catch (e) { /* only a help */ }
    }
    box.hidden = !found.length;
    box.querySelector("ul").replaceChildren(...found.map(line));
  }, 400);
}

function line(q) {
  const li = document.createElement("li"), a = document.createElement("a");
  a.href = "#q-" + q.id;
  a.textContent = text("number", { number: q.number }) + " " + q.body + " (" + number(q.supports) + ")";
  a.addEventListener("click", () => {
    if (!document.getElementById("q-" + q.id)) room.dispatchEvent(new CustomEvent("show"));
    const voice = document.querySelector("#q-" + q.id + " button, #q-" + q.id + " a.voice");
    if (voice) setTimeout(() => voice.focus());
  });
  li.append(a);
  return li;
}

function bind() {
  const f = form();
  if (!f) return;
  named();
  f.elements.anonymous.addEventListener("change", named);
  f.elements.body.addEventListener("input", () => { status(""); similar(); });
  f.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(f));
    delete fields.csrf;
    if (fields.body.trim()) {
      const kept = await put(shelf, { list: [...(await queue()), { action: f.getAttribute("action"), fields }] });
      if (kept === undefined) return f.submit(); // nothing can be kept here: the plain way
      f.elements.body.value = "";
      f.elements.idempotency_key.value = newKey();
      f.querySelector("[data-similar-list]").hidden = true;
      f.elements.body.dispatchEvent(new Event("input"));
    } else {
      const got = await post(f.getAttribute("action"), { ...fields, csrf: f.elements.csrf ? f.elements.csrf.value : "" });
      return refused({ fields }, got.page);
    }
    flush();
  });
}

bind();
flush();
addEventListener("online", flush);
room.addEventListener("live", () => { if (room.dataset.live !== "lost") flush(); });
