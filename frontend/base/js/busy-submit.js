import { once, text } from "./words.js";

// busy marks a form as being sent: one sending at a time, words after 400 ms,
// another try after 8 s. It gives the function that ends it.
export function busy(form, button, again) {
  form.dataset.sending = "1";
  const label = button && (button.querySelector("span:not(.sr)") || button);
  const before = label && label.textContent;
  if (button) button.setAttribute("aria-disabled", "true");
  const soon = setTimeout(() => { if (label) label.textContent = text("form.sending"); }, 400);
  const late = setTimeout(() => {
    free();
    if (label) label.textContent = text("form.retry");
    if (again) again();
  }, 8000);
  function free() {
    delete form.dataset.sending;
    if (button) button.removeAttribute("aria-disabled");
  }
  return function done() {
    clearTimeout(soon);
    clearTimeout(late);
    free();
    if (label) label.textContent = before;
  };
}

export function start(root) {
  once(root, "form[data-busy]:not([data-draft]):not([data-support])", "busy", (form) => {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (form.dataset.sending) {
        event.preventDefault();
        return;
      }
      const done = busy(form, event.submitter);
      // Coming back by the Back button shows the page as it was: free again.
      addEventListener("pageshow", (e) => { if (e.persisted) done(); }, { once: true });
    });
  });
}
