import { text } from "./say.js";

// Runs the clocks of who speaks. They begin with the time that the page or the frame
// told, and count by this device's own seconds, however wrong its clock is.
const minutes = (n) => Math.floor(n / 60) + ":" + String(Math.floor(n % 60)).padStart(2, "0");

// set gives a clock what the server said.
export function set(el, seconds, spoken, running) {
  Object.assign(el.dataset, { seconds, spoken, running, seen: performance.now() });
  show(el);
}

function show(el) {
  const d = el.dataset;
  if (!d.seen) d.seen = performance.now();
  const spoken = Number(d.spoken) + (d.running === "true" ? (performance.now() - Number(d.seen)) / 1000 : 0);
  const limit = Number(d.seconds);
  const over = limit > 0 && spoken > limit;
  el.classList.toggle("clock-over", over);
  const say = !limit ? minutes(spoken) : over ? text("time_over", { time: minutes(spoken - limit) }) : text("time_left", { time: minutes(limit - spoken) });
  if (el.textContent !== say) el.textContent = say;
}

const tick = () => { if (!document.hidden) document.querySelectorAll("[data-clock]:not([hidden])").forEach(show); };
tick();
setInterval(tick, 1000);
