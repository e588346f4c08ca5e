// Saves the report while it is written: some seconds after the last key, when the
// page is left, and with Ctrl+S. A colleague's faster saving stops it with a message;
// the button then shows both.
const form = document.querySelector("form[data-autosave]");
const line = form && form.querySelector("[data-autosaved]");
let dirty = false, busy = false, stopped = false, pause;

async function save(leaving) {
  if (!dirty || busy || stopped) return;
  dirty = false;
  busy = true;
  const body = new URLSearchParams(new FormData(form));
  body.set("auto", "1");
  try {
    const response = await fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin", keepalive: Boolean(leaving) && body.toString().length < 60000 });
    const answer = await response.json();
    line.textContent = answer.text;
    if (response.ok) {
      form.elements.seen.value = answer.seen;
      if (!dirty) form.dispatchEvent(new Event("minyi:saved"));
    } else {
      stopped = response.status === 409;
      line.classList.toggle("field-error", true);
    }
  } catch (e) {
    dirty = true; // the next key or the button tries again
    line.textContent = form.dataset.away;
  }
  busy = false;
}

if (form && line) {
  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(pause);
    pause = setTimeout(save, 3000);
  });
  form.addEventListener("submit", () => { stopped = true; });
  addEventListener("pagehide", () => save(true));
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      dirty = true;
      save();
    }
  });
}
