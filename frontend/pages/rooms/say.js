// What the scripts of a room share: its words, whom they speak for, and how often
// news is read out.
export const room = document.getElementById("room") || document.getElementById("console") || document.getElementById("wall");
const texts = Object.assign({}, ...["room-words", "desk-words"].map((id) => {
  const data = document.getElementById(id);
  return data ? JSON.parse(data.textContent) : {};
}));
const lang = document.documentElement.lang;

// text fills {name} placeholders of a key's text.
export function text(key, values = {}) {
  return (texts[key] || key).replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

// amount chooses the form for one where the language has it.
export const amount = (key, n, values) => text(n === 1 && texts[key + ".one"] ? key + ".one" : key, { n: number(n), ...values });
export const number = (n) => Number(n).toLocaleString("en-US");
export const inWords = (w) => (w ? (lang === "en" && w.en) || w.zh || w.en : "");
export const day = (at) => new Date(at).toLocaleDateString(lang, { year: "numeric", month: "long", day: "numeric", timeZone: "Asia/Shanghai" });
export const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });

// since reads a position "epoch:seq" that the server wrote into the page.
export function since(value) {
  const [epoch, seq] = (value || "").split(":");
  return epoch ? { epoch, seq: Number(seq) } : {};
}

// announcer gives the function that reads news out, politely and at most once in the
// pause: what comes meanwhile replaces what waits.
export function announcer(pause) {
  let last = 0, later;
  return (words) => {
    const line = room.querySelector("[data-said]");
    const wait = pause();
    if (!line || !wait) return;
    clearTimeout(later);
    later = setTimeout(() => {
      last = Date.now();
      line.textContent = words;
    }, Math.max(0, last + wait - Date.now()));
  };
}

// sign puts the token against forged forms into a form.
export function sign(form, token) {
  let field = form.querySelector("[name=csrf]");
  if (!field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = "csrf";
    form.append(field);
  }
  if (token) field.value = token;
  return field.value;
}

// visitor makes sure that this reader can be told apart before the first act: then
// an act that is sent again comes from the same visitor.
let asked;
export function visitor() {
  const have = document.querySelector("[name=csrf]");
  if (have && have.value) return Promise.resolve();
  asked = asked || fetch("/live/" + room.dataset.room + "/visit", { method: "POST", credentials: "same-origin" })
    .then((r) => (r.ok ? r.json() : Promise.reject(new Error(String(r.status)))))
    .then((got) => {
      for (const form of document.querySelectorAll("form[method=post]")) sign(form, got.csrf);
      room.dataset.csrf = got.csrf;
      room.dataset.own = got.own;
      room.dispatchEvent(new CustomEvent("visitor"));
    })
    .catch((e) => { asked = undefined; throw e; });
  return asked;
}

// post sends a form as a script: the answer is JSON, or a page that says what is wrong.
export async function post(url, fields) {
  const body = new URLSearchParams(fields);
  if (room.dataset.csrf) body.set("csrf", room.dataset.csrf);
  const answer = await fetch(url, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" } });
  const json = (answer.headers.get("Content-Type") || "").includes("json");
  return { ok: answer.ok && json, status: answer.status, data: json ? await answer.json() : undefined, page: json ? undefined : await answer.text() };
}
