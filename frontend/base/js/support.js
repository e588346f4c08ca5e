import { once } from "./words.js";
import { send } from "./send.js";
import { start as startAll } from "./app.js";

// One voice for an opinion without leaving the page: the card is replaced by
// the one in the answer. If anything fails, the form is sent the plain way.
export function start(root) {
  once(root, "form[data-support]", "support", (form) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.sending) return;
      const card = form.closest("[data-opinion]");
      try {
        const page = await send(form, event.submitter);
        const fresh = card && page.status < 400 && page.doc.getElementById(card.id);
        if (!fresh) return location.assign(page.url);
        card.replaceWith(fresh);
        startAll(fresh.parentElement);
        const button = fresh.querySelector("form[data-support] button");
        if (button) button.focus();
      } catch (e) {
        form.submit();
      }
    });
  });
}
