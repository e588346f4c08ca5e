// The live connection of a page: one socket for all topics, resumed by epoch and
// position, with growing pauses between tries. Where no socket can be kept, the
// same frames are fetched every 15 s.
const topics = new Map(); // topic -> {members, epoch, seq}
const waiting = new Map(); // key -> {frame, resolve, reject}
const pollEvery = 15000;
let socket, tries = 0, polling, everOpen = false, final = false, alive, heard = 0;

function connect() {
  if (socket || final || !topics.size) return;
  const url = (location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/ws";
  try {
    socket = new WebSocket(url);
  } catch (e) {
    return poll();
  }
  socket.onopen = () => {
    tries = 0;
    everOpen = true;
    poll(false);
    tell("state", "open");
    for (const name of topics.keys()) join1(name);
    for (const w of waiting.values()) push(w.frame);
    alive = setInterval(() => push({ op: "ping" }), 25000);
  };
  socket.onmessage = (event) => {
    heard++;
    try {
      receive(JSON.parse(event.data));
    } catch (e) { /* a frame of a newer server */ }
  };
  socket.onclose = (event) => {
    socket = undefined;
    clearInterval(alive);
    tell("state", "lost");
    if ([1008, 1009, 4401, 4403].includes(event.code)) {
      final = true;
      for (const w of waiting.values()) w.reject(new Error(String(event.code)));
      waiting.clear();
      return poll();
    }
    tries++;
    if (!everOpen && tries >= 3) poll();
    const most = Math.min(30000, 500 * 2 ** tries);
    setTimeout(connect, most / 2 + Math.random() * most / 2);
  };
}

function push(frame) {
  if (socket && socket.readyState === 1) socket.send(JSON.stringify(frame));
}

function join1(name) {
  const t = topics.get(name);
  const frame = { op: "join", topic: name };
  if (t.epoch) frame.since = { epoch: t.epoch, seq: t.seq };
  push(frame);
}

function receive(frame) {
  if (frame.op === "ack" || frame.op === "error") {
    const w = frame.key && waiting.get(frame.key);
    if (!w) return;
    waiting.delete(frame.key);
    if (frame.op === "ack") w.resolve(frame);
    else w.reject(Object.assign(new Error(frame.message || frame.code), { code: frame.code }));
    return;
  }
  const t = topics.get(frame.topic);
  if (!t) return;
  if (frame.op === "events") return frame.events.forEach(receive);
  if (frame.op === "snapshot") {
    t.epoch = frame.epoch;
    t.seq = frame.seq;
  } else if (frame.op === "event") {
    if (t.seq !== undefined && frame.seq <= t.seq) return; // seen before
    if (t.seq !== undefined && frame.seq > t.seq + 1) return join1(frame.topic); // a gap: ask for what is missing
    t.seq = frame.seq;
  }
  tell(frame.op, frame, frame.topic);
}

function tell(what, value, only) {
  for (const [name, t] of topics) {
    if (only && name !== only) continue;
    for (const m of t.members) if (m[what]) m[what](value);
  }
}

// poll fetches what is missing until a socket opens.
function poll(on = true) {
  clearInterval(polling);
  polling = on ? setInterval(() => { if (!document.hidden) topics.forEach(fetchMissed); }, pollEvery) : undefined;
}

// fetchMissed asks over HTTP for the frames since the last position.
async function fetchMissed(t, name) {
  const query = new URLSearchParams({ topic: name });
  if (t.epoch) {
    query.set("epoch", t.epoch);
    query.set("seq", t.seq);
  }
  try {
    const response = await fetch("/api/v1/live?" + query, { cache: "no-cache", credentials: "same-origin" });
    if (!response.ok) throw new Error(String(response.status));
    const news = await response.json();
    news.frames.forEach(receive);
    t.epoch = news.epoch;
    t.seq = news.seq;
  } catch (e) {
    tell("poll", undefined, name);
  }
}

// join listens to a topic. member may have snapshot(frame), event(frame),
// counts(frame), poll() and state("open"|"lost"). since {epoch, seq} is the
// position that the page was drawn at. It gives the function that leaves.
export function join(name, member, since = {}) {
  let t = topics.get(name);
  if (!t) {
    t = { members: new Set(), epoch: since.epoch, seq: since.seq };
    topics.set(name, t);
    if (socket) join1(name);
  }
  t.members.add(member);
  if (final) poll();
  connect();
  return () => {
    t.members.delete(member);
    if (t.members.size) return;
    topics.delete(name);
    push({ op: "leave", topic: name });
  };
}

// ask sends a frame with an idempotency key until it is answered; after a lost
// connection the same key is sent again, so it has one effect.
export function ask(frame) {
  return new Promise((resolve, reject) => {
    if (final) return reject(new Error("closed"));
    waiting.set(frame.key, { frame, resolve, reject });
    push(frame);
    connect();
  });
}

// renew opens the socket again, because who reads has become known meanwhile.
export function renew() {
  if (socket) socket.close();
}

// newKey makes an idempotency key.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

addEventListener("online", () => { tries = 0; connect(); });
// Coming back after an hour in a pocket: the system may have cut the socket without a
// word. A ping is answered at once, or the socket is given up and opened again.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  tries = 0;
  if (!socket) return connect();
  const then = heard, old = socket;
  push({ op: "ping" });
  setTimeout(() => {
    if (old !== socket || heard !== then) return;
    old.onclose({ code: 1006 });
    old.onclose = old.onmessage = null;
    old.close();
  }, 4000);
});
addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
