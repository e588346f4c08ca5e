import { once, text } from "./words.js";

// Reads a part of the page aloud; the button shows only where a voice for the
// page's language exists (in-app browsers often have none).
export function start(root) {
  const speech = window.speechSynthesis;
  if (!speech) return;
  const lang = document.documentElement.lang;
  const voice = () => speech.getVoices().find((v) => v.lang.replace("_", "-").startsWith(lang.slice(0, 2)));
  once(root, "[data-read-aloud]", "read", (button) => {
    const label = button.querySelector("span");
    const offer = () => { button.hidden = !voice(); };
    offer();
    if (speech.addEventListener) speech.addEventListener("voiceschanged", offer);
    const stop = () => {
      speech.cancel();
      label.textContent = text("parts.read_aloud");
      button.setAttribute("aria-pressed", "false");
    };
    button.addEventListener("click", () => {
      if (speech.speaking) return stop();
      const parts = Array.from(document.querySelectorAll(button.dataset.readAloud + " :is(h1,h2,h3,h4,p,li,dt,dd)")).filter((el) => el.offsetParent && !el.closest("[hidden],nav,form,.opinion-actions"));
      parts.forEach((el, i) => {
        const say = new SpeechSynthesisUtterance(el.textContent.trim());
        say.lang = el.closest("[lang]").lang;
        say.voice = voice();
        if (i === parts.length - 1) say.onend = stop;
        speech.speak(say);
      });
      label.textContent = text("parts.read_stop");
      button.setAttribute("aria-pressed", "true");
    });
    addEventListener("pagehide", stop);
  });
}
