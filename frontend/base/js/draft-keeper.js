import { once, text } from "./words.js";
import { drop, put, take } from "./store.js";
import { send, show } from "./send.js";

const keyField = "idempotency_key";

// fields are those worth keeping: no files, tokens, passwords or codes.
function fields(form) {
  return Array.from(form.elements).filter((el) => el.name && el.name !== keyField && !["hidden", "file", "password", "submit", "button", "fieldset"].includes(el.type) && el.autocomplete !== "one-time-code");
}

// read leaves out a field that still holds what it came with: those are not words of the reader.
function read(form) {
  const values = {};
  for (const el of fields(form)) {
    if ("prefilled" in el.dataset && el.value === el.defaultValue) continue;
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

// touched tells whether somebody has changed the form since it came: the script may
// be later than the first words.
function touched(form) {
  return fields(form).some((el) => (el.type === "radio" || el.type === "checkbox" ? el.checked !== el.defaultChecked : el.tagName !== "SELECT" && el.value !== el.defaultValue));
}

// freshKey is for a page that was made for everybody and holds no key: with it an
// opinion that is sent again after a lost answer is one opinion.
function freshKey() {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = keyField;
  field.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  return field;
}

class Keeper {
  constructor(form) {
    this.form = form;
    this.id = form.dataset.draft;
    this.dirty = touched(form);
    this.over = false; // sent: nothing is kept any more
    this.grace = form.closest("[data-in-grace]"); // shown only to who began before the deadline
    this.held = false; // the bar offers to send again, which nothing else may cover
    if (!this.key()) form.append(freshKey());
    this.bar = document.createElement("p");
    this.bar.className = "draft-bar";
    this.bar.setAttribute("role", "status");
    form.append(this.bar);
    // Every character is on its way to the disk at once; that it is kept is said on a pause.
    form.addEventListener("input", () => {
      this.dirty = true;
      this.keep();
    });
    form.addEventListener("focusout", () => this.save());
    form.addEventListener("submit", (event) => this.submit(event));
    this.timer = setInterval(() => this.save(), 2000);
    addEventListener("pagehide", () => this.save());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.save(); });
    if (this.dirty) this.save();
    else this.restore();
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
    if (this.grace) {
      this.form.elements.began.value = kept.began || "";
      this.inGrace(true);
    }
    this.say(text("form.restored"), text("form.clear_draft"), () => this.clear());
  }

  // inGrace shows the form with its own line on until when it may be sent, instead of the
  // line for everybody.
  inGrace(shown) {
    this.grace.hidden = !shown;
    const told = this.grace.parentElement.querySelector("[data-grace-told]");
    if (told) told.hidden = shown;
  }

  // keep writes what stands in the form, one writing at a time, and tells whether the
  // device took it.
  keep(sent) {
    if (this.over) return Promise.resolve(false);
    if (this.writing) {
      this.again = true;
      return this.writing;
    }
    const hidden = this.key(), values = read(this.form);
    const draft = { values, key: sent && hidden ? hidden.value : undefined, began: this.form.elements.began && this.form.elements.began.value, path: location.pathname, title: document.title, label: this.form.dataset.draftLabel, lang: document.documentElement.lang };
    // An empty form is no draft. Within the grace it stays one: it tells when it was begun.
    const empty = !this.grace && !Object.keys(values).length;
    this.writing = (empty ? drop(this.id) : put(this.id, draft)).then((taken) => {
      this.writing = undefined;
      if (!this.again) return taken !== undefined;
      this.again = false;
      return this.keep(sent);
    });
    return this.writing;
  }

  async save(sent) {
    if (!this.form.isConnected) clearInterval(this.timer);
    if (!this.dirty && !sent) return;
    this.dirty = false;
    const taken = await this.keep(sent);
    if (sent || this.over || this.held) return;
    if (!taken) this.say("");
    else this.say(text("form.saved_here"), text("form.clear_draft"), () => this.clear());
  }

  // forget takes the draft off the device, after what is still being written.
  async forget() {
    this.over = true;
    this.dirty = false;
    clearInterval(this.timer);
    await this.writing;
    await drop(this.id);
  }

  async clear() {
    await this.forget();
    this.form.reset();
    if (this.grace) this.inGrace(false); // who begins now begins too late
    this.over = false;
    this.timer = setInterval(() => this.save(), 2000);
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
    this.held = true;
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
    if (page.doc.querySelector("[data-draft-taken]")) this.forget();
    this.held = false;
    const failed = page.status >= 400 || page.doc.querySelector(".error-summary");
    if (!failed) this.forget();
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
