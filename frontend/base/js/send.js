import { start } from "./app.js";
import { busy } from "./busy-submit.js";

// fetchPage gets a page of this site as a document.
export async function fetchPage(url, options) {
  const response = await fetch(url, { credentials: "same-origin", ...options });
  const kind = response.headers.get("Content-Type") || "";
  if (!kind.includes("html")) throw new Error("not a page");
  const doc = new DOMParser().parseFromString(await response.text(), "text/html");
  return { doc, url: response.url, redirected: response.redirected, status: response.status };
}

// send posts a form once with its hidden idempotency key and gives the page that
// answers. A lost connection throws; sending again has no second effect.
export async function send(form, button) {
  const data = new FormData(form);
  if (button && button.name) data.append(button.name, button.value);
  const action = (button && button.getAttribute("formaction")) || form.getAttribute("action") || location.href;
  const wanted = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  const cut = new AbortController();
  const done = busy(form, button, () => cut.abort());
  try {
    return await fetchPage(action, { method: "POST", body: wanted, signal: cut.signal });
  } finally {
    if (!cut.signal.aborted) done();
  }
}

// show puts an answered page in the place of this one.
export function show(page) {
  document.title = page.doc.title;
  document.body.replaceWith(page.doc.body);
  start(document);
  if (!document.querySelector("[data-focus]")) {
    const heading = document.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
  }
}
