import { text } from "./words.js";

// The bar that says what is safe while there is no connection.
let bound = false;
export function start() {
  const tell = () => {
    const bar = document.getElementById("offline");
    if (!bar) return;
    const off = navigator.onLine === false;
    if (!off && bar.hidden) return;
    bar.hidden = false;
    bar.textContent = text(off ? "form.offline" : "form.back_online");
    if (!off) setTimeout(() => { bar.hidden = true; }, 4000);
  };
  if (!bound) {
    bound = true;
    addEventListener("offline", tell);
    addEventListener("online", tell);
  }
  tell();
}
