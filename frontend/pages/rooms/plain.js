import { join } from "../../base/js/live.js";
import { fetchPage } from "../../base/js/send.js";
import { announcer, room, since, text } from "./say.js";

// The plain view: nothing joins or changes its place unless it is asked for; what is
// being answered changes its words; news is read out at the pace that was chosen.
const pace = room.querySelector("[data-pace]"), choice = pace.querySelector("select"), list = room.querySelector("[data-list=plain]");
const row = room.querySelector("[data-more-row]"), button = row.querySelector("button"), kept = "minyi-pace";
const fresh = new Set();
const say = announcer(() => Number(choice.value) * 1000);

pace.hidden = false;
try { choice.value = localStorage.getItem(kept) || "30"; } catch (e) { /* not allowed here */ }
choice.addEventListener("change", () => { try { localStorage.setItem(kept, choice.value); } catch (e) { /* not allowed here */ } });

function more() {
  row.hidden = !fresh.size;
  button.textContent = text("plain_more", { n: fresh.size });
  if (fresh.size) say(button.textContent);
}

function question(q) {
  const box = room.querySelector("[data-now]"), line = box.querySelector("[data-now-body]");
  if (q.state === "answering" && box.dataset.now !== q.id) {
    box.dataset.now = q.id;
    line.textContent = text("plain_now", q);
    say(text("say_now", q));
  } else if (q.state !== "answering" && box.dataset.now === q.id) {
    box.dataset.now = "";
    line.textContent = text("nothing_now");
  }
  if (!document.getElementById("q-" + q.id)) fresh.add(q.id);
  more();
}

// load fetches the page and adds what is new at the end: the order never changes.
async function load() {
  button.setAttribute("aria-disabled", "true");
  try {
    const { doc } = await fetchPage(room.dataset.plain, { cache: "no-cache" });
    const items = Array.from(doc.querySelectorAll("[data-list=plain] > li")).filter((li) => !document.getElementById(li.id));
    list.append(...items);
    fresh.clear();
    more();
    const first = items[0] && items[0].querySelector("h3");
    if (first) {
      first.tabIndex = -1;
      first.focus();
    }
  } catch (e) {
    say(text("lost"));
  }
  button.removeAttribute("aria-disabled");
}
button.addEventListener("click", load);

function stands(r) {
  if (r.state === room.dataset.state) return;
  room.dataset.state = r.state;
  for (const el of room.querySelectorAll("[data-when]")) el.hidden = el.dataset.when !== r.state;
  for (const el of room.querySelectorAll("[data-when-not]")) el.hidden = el.dataset.whenNot === r.state;
  if (r.state !== "waiting") say(text("say_room_" + r.state));
}

join(room.dataset.topic, {
  snapshot({ state }) {
    state.questions.forEach(question);
    stands(state.room);
  },
  event({ data }) {
    if (data.question) question(data.question);
    if (data.removed) {
      fresh.delete(data.removed);
      more();
    }
    if (data.room) stands(data.room);
    if (data.poll && data.poll.state === "open") say(text("say_poll"));
  },
  state: () => {},
}, since(room.dataset.since));
if (room.dataset.own) join(room.dataset.own, { event: ({ data }) => say(text("say_mine", { number: data.question.number, state: text("state_" + data.question.state) })) }, since(room.dataset.ownSince));
