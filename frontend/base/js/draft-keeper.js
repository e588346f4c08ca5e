import { once, text } from "./words.js";
import { drop, put, take } from "./store.js";
import { send, show } from "./send.js";

const keyField = "idempotency_key";

// fields are those worth keeping: no files, tokens, passwords or codes.
function fields(form) {
  return Array.from(form.elements).filter((el) => el.name && el.name !== keyField && !["hidden", "file", "password", "submit", "button", "fieldset"].includes(el.type) && el.autocomplete !== "one-time-code");
}

function read(form) {
  const values = {};
  for (const el of fields(form)) {
    const choice = el.type === "radio" || el.type === "checkbox";
    if (choice ? el.checked : el.value) (values[el.name] = values[el.name] || []).push(el.value);
  }
  return values;
}

function write(form, values) {
  for (const el of fields(form)) {
    const kept = values[el.name];
    if (!kept) continue;
    if (el.type === "radio" || el.type === "checkbox") el.checked = kept.includes(el.value);
    else el.value = kept[0];
    el.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

class Keeper {
  constructor(form) {
    this.form = form;
    this.id = form.dataset.draft;
    this.dirty = false;
    this.first = JSON.stringify(read(form));
    this.bar = document.createElement("p");
    this.bar.className = "draft-bar";
    this.bar.setAttribute("role", "status");
    form.append(this.bar);
    form.addEventListener("input", () => { this.dirty = true; });
    // A sheet that closes takes the form away before the clock comes round.
    form.addEventListener("focusout", () => this.save());
    form.addEventListener("submit", (event) => this.submit(event));
    this.timer = setInterval(() => this.save(), 2000);
    addEventListener("pagehide", () => this.save());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.save(); });
    this.restore();
  }

  key() {
    return this.form.elements[keyField];
  }

  async restore() {
    const kept = await take(this.id);
    if (!kept || this.dirty) return;
    if (kept.key && this.key()) this.key().value = kept.key;
    // What the server put back after an error is newer than what is kept here.
    if (this.form.querySelector("[aria-invalid]") || Array.from(this.form.querySelectorAll("textarea:not([data-prefilled])")).some((t) => t.value)) return;
    write(this.form, kept.values);
    this.dirty = false;
    this.say(text("form.restored"), text("form.clear_draft"), () => this.clear());
  }

  save(sent) {
    if (!this.form.isConnected) return clearInterval(this.timer);
    if (!this.dirty && !sent) return;
    this.dirty = false;
    const hidden = this.key();
    put(this.id, { values: read(this.form), key: sent && hidden ? hidden.value : undefined, path: location.pathname, title: document.title });
    if (!sent) this.say(text("form.saved_here"), text("form.clear_draft"), () => this.clear());
  }

  async clear() {
    await drop(this.id);
    this.form.reset();
    this.dirty = false;
    this.say("");
  }

  say(words, action, act) {
    this.bar.textContent = words;
    if (!action) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet";
    const label = document.createElement("span");
    label.textContent = action;
    button.append(label);
    button.addEventListener("click", act);
    this.bar.append(button);
  }

  async submit(event) {
    event.preventDefault();
    if (this.form.dataset.sending) return;
    const button = event.submitter || this.form.querySelector("[type=submit]");
    this.save(true);
    if (navigator.onLine === false) return this.wait(button);
    try {
      this.answered(await send(this.form, button));
    } catch (e) {
      this.wait(button);
    }
  }

  // wait offers to send again, by itself only if the reader says so.
  wait(button) {
    this.say(text("form.offline"), text("form.send_when_online"), () => {
      const again = () => this.submit({ preventDefault() {}, submitter: button });
      if (navigator.onLine !== false) return again();
      this.say(text("form.offline") + " " + text("form.send_when_online") + "…");
      addEventListener("online", again, { once: true });
    });
  }

  answered(page) {
    // What is wrong may be a file only: the words are in the basket.
    if (page.doc.querySelector("[data-draft-taken]")) {
      clearInterval(this.timer);
      this.dirty = false;
      drop(this.id);
    }
    const failed = page.status >= 400 || page.doc.querySelector(".error-summary");
    if (!failed) {
      clearInterval(this.timer);
      this.dirty = false;
      drop(this.id);
    }
    const told = new CustomEvent("minyi:answered", { bubbles: true, cancelable: true, detail: page });
    if (!this.form.dispatchEvent(told)) return; // the sheet shows it itself
    if (failed) show(page);
    else if (page.url.split("#")[0] === location.href.split("#")[0]) show(page);
    else location.assign(page.url);
  }
}

export function start(root) {
  once(root, "form[data-draft]", "draft", (form) => new Keeper(form));
}
