import { room } from "./say.js";

// Whom the scripts of a room speak for when they send something.

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
