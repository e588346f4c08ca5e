import { once } from "./words.js";

// Asks before leaving a form that was changed and not sent (desk pages; drafts
// of residents are kept instead).
export function start(root) {
  once(root, "form[data-leave]", "leave", (form) => {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    for (const done of ["submit", "minyi:saved"]) form.addEventListener(done, () => { changed = false; });
    addEventListener("beforeunload", (event) => {
      if (!changed || !form.isConnected) return;
      event.preventDefault();
      event.returnValue = "";
    });
  });
}
