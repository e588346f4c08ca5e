import { join } from "../../base/js/live.js";
import { fetchPage } from "../../base/js/send.js";
import { set } from "./clock.js";
import { number, room as wall, since } from "./say.js";

// Keeps a wall fresh: whatever changes is drawn by the server and put in its place.
// The key b blanks this screen at once, with or without a connection.
const dot = document.querySelector("[data-dot]");
let running = false, again = false, last = 0, later, numbers = {};

async function draw() {
  if (running) { again = true; return; }
  running = true;
  clearTimeout(later);
  later = undefined;
  numbers = {};
  try {
    const { doc, status } = await fetchPage(wall.dataset.wall, { cache: "no-store" });
    const fresh = doc.getElementById("wall");
    if (status === 404) location.reload(); // the address was renewed: show nothing old
    else if (fresh && fresh.querySelector("main").textContent !== wall.querySelector("main").textContent) await swap(fresh);
  } catch (e) {
    again = true; // once the connection is back
  }
  last = Date.now();
  running = false;
  if (again) {
    again = false;
    setTimeout(draw, 1000);
  }
}

async function swap(fresh) {
  const main = wall.querySelector("main");
  main.classList.add("wall-changing");
  await new Promise((done) => setTimeout(done, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180));
  wall.className = fresh.className;
  wall.dataset.show = fresh.dataset.show;
  main.replaceChildren(...document.importNode(fresh.querySelector("main"), true).childNodes);
  count(numbers); // those that came while the page was under way may be newer
  for (const el of main.querySelectorAll("[data-clock]")) set(el, el.dataset.seconds, el.dataset.spoken, el.dataset.running);
  main.classList.remove("wall-changing");
}

function count(supports) {
  for (const [id, n] of Object.entries(supports)) {
    const el = document.querySelector('[data-count="' + id + '"]');
    if (el) el.textContent = number(n);
  }
}

join(wall.dataset.topic, {
  snapshot: draw,
  event({ data }) {
    if (data.wall && data.wall.blank) wall.classList.add("wall-blank"); // at once, before the page is fetched
    draw();
  },
  state(state) {
    dot.hidden = state === "open";
    if (state === "open") draw();
  },
  poll: draw,
}, since(wall.dataset.since));

// Numbers move in place; a list of the most wanted is drawn anew when its order may
// have changed, and the bars of a poll, at most every two seconds and after the last.
join(wall.dataset.room, {
  event: ({ data }) => { if (data.question || data.removed || data.poll) draw(); },
  counts(frame) {
    numbers = frame.counts.supports;
    count(numbers);
    if ((wall.dataset.show === "top" || wall.dataset.show === "poll") && !later) later = setTimeout(draw, Math.max(0, last + 2000 - Date.now()));
  },
});

document.addEventListener("keydown", (event) => {
  if (event.key === "b" && !event.ctrlKey && !event.metaKey && !event.altKey) wall.classList.toggle("wall-blank-here");
});
setInterval(() => { if (Date.now() - last > 60000) draw(); }, 60000); // whatever was missed in eight hours
