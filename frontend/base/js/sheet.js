import { once, text } from "./words.js";
import { fetchPage, send } from "./send.js";
import { start as startAll } from "./app.js";
import { start as keepDrafts } from "./draft-keeper.js";

// The thread and the form of a clause without leaving the draft: a sheet from
// below on phones, a panel at the side on wide screens. It takes the piece
// marked data-fragment="thread" out of the clause page. Back and Escape close it.
let dialog, body, opener, open = false;

function make() {
  if (dialog && dialog.isConnected) return;
  dialog = document.createElement("dialog");
  dialog.className = "dialog sheet";
  const head = document.createElement("div");
  head.className = "dialog-head";
  const title = document.createElement("h2");
  title.id = "sheet-h";
  title.tabIndex = -1;
  head.append(title, control("sheet-size", "parts.sheet_larger", () => dialog.classList.toggle("sheet-tall")), control("", "parts.close", close));
  body = document.createElement("div");
  body.className = "sheet-body";
  dialog.append(head, body);
  dialog.setAttribute("aria-labelledby", "sheet-h");
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); close(); } });
  dialog.addEventListener("submit", submit);
  dialog.addEventListener("minyi:answered", (event) => { event.preventDefault(); answered(event.detail, event.target); });
  document.body.append(dialog);
}

function control(kind, key, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet " + kind;
  const label = document.createElement("span");
  label.textContent = text(key);
  button.append(label);
  button.addEventListener("click", act);
  return button;
}

const wide = () => matchMedia("(min-width: 56em)").matches && !["elder", "xl"].includes(document.documentElement.dataset.size);

async function show(link) {
  make();
  opener = link;
  dialog.querySelector("h2").textContent = link.dataset.sheetTitle || (link.querySelector(".sr") || link).textContent.trim();
  body.textContent = text("parts.loading");
  if (!open) {
    history.pushState({ sheet: true }, "");
    if (wide()) dialog.show();
    else dialog.showModal();
    document.documentElement.classList.toggle("sheet-open", !wide());
    open = true;
  }
  dialog.querySelector("h2").focus();
  try {
    fill(await fetchPage(link.href));
  } catch (e) {
    body.textContent = text("parts.load_failed");
  }
}

function fill(page) {
  const piece = page.doc.querySelector("[data-fragment=thread]");
  if (!piece) return location.assign(page.url);
  body.replaceChildren(piece);
  keepDrafts(body); // at once: Back may follow the first words
  startAll(body);
}

// close goes one step back in history, which does the rest.
function close() {
  if (open) history.back();
}

function hide() {
  if (!open) return;
  open = false;
  dialog.close();
  document.documentElement.classList.remove("sheet-open");
  if (opener && opener.isConnected) opener.focus();
}

async function submit(event) {
  if (event.defaultPrevented) return;
  event.preventDefault();
  try {
    answered(await send(event.target, event.submitter), event.target);
  } catch (e) {
    event.target.submit();
  }
}

// answered shows errors and what else belongs to the clause in the sheet and goes on to
// where any other answer leads. Who has put an opinion into the basket stays at the
// clause in the draft.
function answered(page, form) {
  if (page.doc.querySelector(".error-summary")) return fill(page);
  const bar = page.doc.querySelector("[data-basket]");
  if (!open || !opener || !opener.isConnected || new URL(page.url).pathname !== new URL(opener.href).pathname) return location.replace(page.url);
  if (!form.matches("[data-draft]") || !bar) return fill(page);
  const old = document.querySelector("[data-basket]");
  if (old) old.replaceWith(bar);
  else document.querySelector("main").after(bar);
  const told = page.doc.querySelector(".notice");
  if (told) tell(told.textContent.trim());
  close();
}

// tell says beside the clause that the opinion is kept, politely and once.
function tell(words) {
  const beside = opener.parentElement;
  let status = beside.querySelector(".clause-told");
  if (!status) {
    status = document.createElement("p");
    status.className = "clause-told";
    status.setAttribute("role", "status");
    beside.append(status);
  }
  status.textContent = "";
  setTimeout(() => { status.textContent = words; }, 100); // a region is read out when it changes
}

addEventListener("popstate", hide);

export function start(root) {
  if (!window.HTMLDialogElement) return;
  once(root, "a[data-sheet]", "sheet", (link) => {
    link.addEventListener("click", (event) => {
      if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.getAttribute("href")[0] === "#") return;
      event.preventDefault();
      show(link);
    });
  });
}
