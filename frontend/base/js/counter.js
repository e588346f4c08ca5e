import { amount, once } from "./words.js";

// Counts characters from three quarters of the limit on; it speaks on a pause.
export function start(root) {
  once(root, "textarea[data-counter]", "counter", (area) => {
    const max = Number(area.dataset.counter);
    const line = document.getElementById(area.id + "-count");
    if (!line) return;
    const first = line.textContent;
    const spoken = document.createElement("span");
    spoken.className = "sr";
    spoken.setAttribute("role", "status");
    line.after(spoken);
    let pause;
    const count = () => {
      const left = max - Array.from(area.value).length;
      const say = left < 0 ? amount("form.over", -left) : left <= max / 4 ? amount("form.left", left) : first;
      line.textContent = say;
      line.classList.toggle("counter-over", left < 0);
      clearTimeout(pause);
      if (say !== first) pause = setTimeout(() => { spoken.textContent = say; }, 1200);
    };
    area.addEventListener("input", count);
    if (area.value) count();
  });
}
