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
const token = () => room.dataset.csrf || (document.querySelector("[name=csrf]") || {}).value;
export function visitor() {
  if (token()) return Promise.resolve();
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
  if (token()) body.set("csrf", token());
  const answer = await fetch(url, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" } });
  const json = (answer.headers.get("Content-Type") || "").includes("json");
  return { ok: answer.ok && json, status: answer.status, data: json ? await answer.json() : undefined, page: json ? undefined : await answer.text() };
}

// why says what a page that refuses something says.
export function why(page) {
  const doc = new DOMParser().parseFromString(page || "", "text/html");
  return (doc.querySelector("main p") || {}).textContent || doc.title;
}
