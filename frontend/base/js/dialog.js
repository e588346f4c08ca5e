import { once } from "./words.js";

// Opens small dialogs (data-opens names the id); the focus comes back.
export function start(root) {
  if (!window.HTMLDialogElement) return;
  once(root, "[data-opens]", "opens", (button) => {
    const dialog = document.getElementById(button.dataset.opens);
    if (!dialog) return;
    button.addEventListener("click", () => {
      dialog.showModal();
      dialog.querySelector("h2").focus();
    });
    for (const close of dialog.querySelectorAll("[data-close]")) close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => button.focus());
  });
}
