// The live connection of a page: one socket for all topics, resumed by epoch and
// position, with growing pauses between tries. Where no socket can be kept, or none
// can be had again, the same frames are fetched every 15 s until one opens.
const topics = new Map(); // topic -> {members, epoch, seq}
const waiting = new Map(); // key -> {frame, resolve, reject}
const pollEvery = 15000;
let socket, tries = 0, polling, reached, final = false, alive, heard = 0, works = false;

function connect() {
  if (socket || final || !topics.size) return;
  const url = (location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/ws";
  try {
    socket = new WebSocket(url);
  } catch (e) {
    return poll();
  }
  works = false;
  socket.onopen = () => {
    push({ op: "ping" });
    for (const name of topics.keys()) join1(name);
    for (const w of waiting.values()) push(w.frame);
    alive = setInterval(probe, 25000);
  };
  socket.onmessage = (event) => {
    heard++;
    if (!works) opened();
    try {
      receive(JSON.parse(event.data));
    } catch (e) { /* a frame of a newer server */ }
  };
  socket.onclose = (event) => {
    socket = undefined;
    clearInterval(alive);
    if (!polling) tell("state", "lost");
    if ([1008, 1009, 4401, 4403].includes(event.code)) {
      final = true;
      return poll();
    }
    tries++;
    if (tries >= 3) poll();
    const most = Math.min(30000, 500 * 2 ** tries);
    setTimeout(connect, most / 2 + Math.random() * most / 2);
  };
}

// opened: only an answer shows that a socket works; what stands between may open one and
// let nothing through.
function opened() {
  works = true;
  tries = 0;
  poll(false);
  tell("state", "open");
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

// poll fetches what is missing, now and from time to time, until a socket opens.
function poll(on = true) {
  if (on === !!polling) return;
  clearInterval(polling);
  polling = on ? setInterval(fetchAll, pollEvery) : undefined;
  reached = undefined;
  if (on) fetchAll();
}

// fetchAll tells whether the site can be reached without a socket. If so, what waits
// for an answer over one is given back, to be sent another way.
async function fetchAll() {
  if (document.hidden || !polling) return;
  const got = await Promise.all(Array.from(topics, ([name, t]) => fetchMissed(t, name)));
  if (!polling) return;
  const now = got.some(Boolean), was = reached;
  reached = now;
  if (now !== was) tell("state", now ? "polled" : "lost");
  if (!now) return;
  for (const w of waiting.values()) w.reject(socketless());
  waiting.clear();
}

const socketless = () => Object.assign(new Error("no socket"), { socketless: true });

// fetchMissed asks over HTTP for the frames since the last position; false when there
// is no answer. What a socket that has opened meanwhile has brought is not undone.
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
    if (t.epoch && t.epoch !== news.epoch && !polling) return true;
    news.frames.forEach(receive);
    t.seq = t.epoch === news.epoch ? Math.max(t.seq || 0, news.seq) : news.seq;
    t.epoch = news.epoch;
    return true;
  } catch (e) {
    tell("poll", undefined, name);
    return false;
  }
}

// join listens to a topic. member may have snapshot(frame), event(frame),
// counts(frame), poll() and state("open"|"polled"|"lost"). since {epoch, seq} is the
// position that the page was drawn at. It gives the function that leaves.
export function join(name, member, since = {}) {
  let t = topics.get(name);
  if (!t) {
    t = { members: new Set(), epoch: since.epoch, seq: since.seq };
    topics.set(name, t);
    if (socket) join1(name);
  }
  t.members.add(member);
  if (polling) fetchMissed(t, name);
  connect();
  return () => {
    t.members.delete(member);
    if (t.members.size) return;
    topics.delete(name);
    push({ op: "leave", topic: name });
  };
}

// ask sends a frame with an idempotency key until it is answered; after a lost
// connection the same key is sent again, so it has one effect. Where no socket can be
// kept it fails with socketless, and the caller takes the way of a form.
export function ask(frame) {
  return new Promise((resolve, reject) => {
    if (polling && reached) return reject(socketless());
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

// probe asks whether the line is alive: the system may have cut it without a word. A
// ping is answered at once, or the socket is given up and opened again.
function probe() {
  const then = heard, old = socket;
  push({ op: "ping" });
  setTimeout(() => {
    if (old !== socket || heard !== then) return;
    old.onclose({ code: 1006 });
    old.onclose = old.onmessage = null;
    old.close();
  }, 4000);
}

// again is for who comes back: after an hour in a pocket, or in another network.
function again() {
  if (document.hidden) return;
  tries = 0;
  fetchAll();
  if (socket) probe();
  else connect();
}
addEventListener("online", again);
document.addEventListener("visibilitychange", again);
document.addEventListener("resume", again); // of a page that the system had frozen
addEventListener("pageshow", (event) => { if (event.persisted) again(); });
