import { once, text } from "./words.js";

// copy works in in-app browsers that have no clipboard too.
async function copy(words) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(words);
  const area = document.createElement("textarea");
  area.value = words;
  area.className = "sr";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("no copy");
}

export function start(root) {
  once(root, "[data-copy]", "copy", (button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const panel = button.closest(".share, [data-left]") || document;
      const status = panel.querySelector("[data-share-status]");
      try {
        await copy(button.dataset.copy);
        if (status) status.textContent = text("parts.copied");
      } catch (e) {
        const field = panel.querySelector("[readonly]");
        if (field) field.select();
      }
    });
  });
  once(root, "[data-share]", "share", (button) => {
    if (!navigator.share) return;
    button.hidden = false;
    button.addEventListener("click", () => navigator.share({ url: button.dataset.share, title: button.dataset.shareTitle }).catch(() => {}));
  });
}
