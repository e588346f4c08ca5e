// Draws again from the published file of a draw and compares every byte, on the
// reader's own device. It follows the rule in the package comment of app/kit/draw,
// and stands alone so that it also works as a saved page without any server.

const K = new Int32Array(64);
const H = new Int32Array(8);
// The constants of SHA-256 are the fractions of roots of the first primes (FIPS 180-4).
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (found < 8) H[found] = (Math.sqrt(n) % 1) * 4294967296;
  K[found++] = (Math.cbrt(n) % 1) * 4294967296;
}

// A file of a hundred thousand lines is half a million short hashes: the working
// space is kept between them, nothing is made anew for each, and every number stays
// a whole one of 32 bits, which the browser counts fastest.
const w = new Int32Array(64);
const state = new Int32Array(8);

function block(data, at) {
  for (let i = 0; i < 16; i++, at += 4) w[i] = data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    w[i] = (w[i - 16] + w[i - 7] | 0) + (((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0) | 0;
  }
  let a = state[0] | 0, b = state[1] | 0, c = state[2] | 0, d = state[3] | 0, e = state[4] | 0, f = state[5] | 0, g = state[6] | 0, k = state[7] | 0;
  for (let i = 0; i < 64; i++) {
    const t = ((k + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) | 0) + ((e & f ^ ~e & g) + (K[i] + w[i] | 0) | 0)) | 0;
    const u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
    k = g; g = f; f = e; e = d + t | 0; d = c; c = b; b = a; a = t + u | 0;
  }
  state[0] = state[0] + a | 0; state[1] = state[1] + b | 0; state[2] = state[2] + c | 0; state[3] = state[3] + d | 0;
  state[4] = state[4] + e | 0; state[5] = state[5] + f | 0; state[6] = state[6] + g | 0; state[7] = state[7] + k | 0;
}

// piece takes the bytes that are hashed last, and the padding behind them.
const piece = new Uint8Array(8192);

// finish hashes the first n bytes of piece, the last of all in a message of so many.
function finish(n, all) {
  const size = ((n + 72) >> 6) << 6;
  piece[n] = 0x80;
  piece.fill(0, n + 1, size - 8);
  for (let i = 0, left = all * 8; i < 8; i++, left = Math.floor(left / 256)) piece[size - 1 - i] = left % 256;
  for (let at = 0; at < size; at += 64) block(piece, at);
}

const hex = () => state.reduce((out, v) => out + (v + 0x100000000).toString(16).slice(-8), "");
const first8 = () => (state[0] + 0x100000000).toString(16).slice(-8);

/** sum leaves the hash of data[from, to) in state; every so often it gives way to others. */
async function sum(data, from, to, giveWay = () => {}) {
  let kept = H.slice(), at = from;
  while (to - at >= 64) {
    state.set(kept);
    for (const end = Math.min(to - 63, at + 262144); at < end; at += 64) block(data, at);
    kept = state.slice();
    await giveWay();
  }
  state.set(kept);
  piece.set(data.subarray(at, to));
  finish(to - at, to - from);
}

// sha256 gives the 32 bytes of the hash of some bytes. crypto.subtle would do it
// too, but only on pages that came over https, and slowly where there are many.
export function sha256(bytes) {
  let at = 0;
  state.set(H);
  for (; bytes.length - at >= 64; at += 64) block(bytes, at);
  piece.set(bytes.subarray(at));
  finish(bytes.length - at, bytes.length);
  const out = new Uint8Array(32);
  const o = new DataView(out.buffer);
  state.forEach((v, i) => o.setInt32(4 * i, v));
  return out;
}

const coder = new TextEncoder();

/** short leaves the hash of a short text in state. */
function short(text) {
  const bytes = text.length < 2000 ? piece : coder.encode(text); // at most three bytes for each of its units
  if (bytes !== piece) return sha256(bytes);
  state.set(H);
  const n = coder.encodeInto(text, piece).written;
  finish(n, n);
}
const hash = (text) => (short(text), hex());

// columns says how many fields a line has, by its first word.
const columns = { "minyi-draw": 2, hearing: 2, made: 2, seats: 2, category: 5, rule: 4, applicants: 2, ticket: 5, commitment: 2, value: 2, witness: 2, drawn: 2, seed: 2, chosen: 5, reserve: 5, end: 2 };

// pace lets a long work give way to the reader every 30 ms, and tells how much of it is done.
function pace(tell) {
  let last = Date.now();
  return async (done) => {
    if (Date.now() - last < 30) return;
    if (done !== undefined) tell(done);
    await new Promise((go) => setTimeout(go));
    last = Date.now();
  };
}
const often = 512; // lines between two looks at the clock

// read takes the file apart. Each line's check digits are held against the line.
async function read(bytes, giveWay) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const p = { lines: text.replace(/\n$/, "").split("\n"), categories: [], tickets: [], witnesses: [], seats: 0, at: 0, found: [], from: [] };
  let from = 0;
  for (let i = 0; i < p.lines.length; i++) {
    const line = p.lines[i], cut = line.lastIndexOf("\t");
    const f = line.slice(0, Math.max(cut, 0)).split("\t");
    let to = bytes.indexOf(10, from);
    if (to < 0) to = bytes.length;
    p.from.push(from);
    if (cut < 0 || checkOf(i + 1, bytes, from, bytes.lastIndexOf(9, to - 1)) !== line.slice(cut + 1)) p.found.push({ line: i + 1, key: "draw.find_line" });
    else if (columns[f[0]] !== f.length || (i === 0) !== (f[0] === "minyi-draw")) p.found.push({ line: i + 1, key: "draw.find_form" });
    from = to + 1;
    if (f[0] === "seats") p.seats = Number(f[1]);
    if (f[0] === "category") p.categories.push({ key: f[1], min: Number(f[2]), max: Number(f[3]), reserves: Number(f[4]) });
    if (f[0] === "ticket") p.tickets.push({ number: f[1], category: f[2], persons: Number(f[3]), later: f[4] === "later" });
    if (f[0] === "witness") p.witnesses.push(f[1]);
    if (f[0] === "commitment" && !p.at) [p.at, p.commitment] = [i + 1, f[1]];
    if (f[0] === "hearing" || f[0] === "applicants" || f[0] === "value" || f[0] === "drawn") p[f[0]] = f[1];
    if (i % often === 0) await giveWay(0.5 * i / p.lines.length);
  }
  if (bytes[bytes.length - 1] !== 10) p.found.push({ line: p.lines.length, key: "draw.find_short" });
  return p;
}

// checkOf gives the check digits of the line that stands in bytes.
function checkOf(n, bytes, from, to) {
  const start = coder.encodeInto(n + " ", piece).written, size = start + to - from;
  if (size > piece.length - 72) {
    const all = new Uint8Array(size);
    all.set(piece.subarray(0, start));
    all.set(bytes.subarray(from, to), start);
    sha256(all);
    return first8();
  }
  for (let i = from, at = start; i < to; i++) piece[at++] = bytes[i];
  state.set(H);
  finish(size, size);
  return first8();
}

// ranked puts the tickets into the order of chance. The first 64 bytes of what is hashed
// are the same for all of them, and so they are hashed once.
async function ranked(p, seed, giveWay) {
  const before = coder.encode("minyi draw rank\n" + seed + "\n"), rest = before.subarray(64);
  state.set(H);
  block(before, 0);
  const common = state.slice(), ranks = new Uint32Array(8 * p.tickets.length);
  for (let i = 0; i < p.tickets.length; i++) {
    piece.set(rest);
    const n = rest.length + coder.encodeInto(p.tickets[i].number, piece.subarray(rest.length)).written;
    state.set(common);
    finish(n, 64 + n);
    ranks.set(state, 8 * i);
    p.tickets[i].at = 8 * i;
    if (i % often === 0) await giveWay(0.5 + 0.2 * i / p.tickets.length);
  }
  return p.tickets.sort((a, b) => {
    if (a.later !== b.later) return a.later ? 1 : -1;
    for (let i = 0; i < 8; i++) if (ranks[a.at + i] !== ranks[b.at + i]) return ranks[a.at + i] - ranks[b.at + i];
    return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
  });
}

// choose gives the seats and names the reserves; all are in the order of chance.
function choose(p, all) {
  const filled = {};
  let total = 0;
  const take = (t) => {
    t.taken = true;
    filled[t.category] += t.persons;
    total += t.persons;
  };
  const groups = {};
  for (const t of all) (groups[t.category] = groups[t.category] || []).push(t);
  const of = (c) => groups[c.key] || [];
  const most = {};
  for (const c of p.categories) [filled[c.key], most[c.key]] = [0, c.max];
  for (const c of p.categories) for (const t of of(c)) if (filled[c.key] + t.persons <= c.min) take(t);
  for (const t of all) if (!t.taken && filled[t.category] + t.persons <= most[t.category] && total + t.persons <= p.seats) take(t);
  const chosen = [], reserves = [];
  for (const c of p.categories) {
    chosen.push(...of(c).filter((t) => t.taken));
    of(c).filter((t) => !t.taken).slice(0, c.reserves).forEach((t, i) => reserves.push([t, i + 1]));
  }
  return { chosen, reserves };
}

// again writes the lines that must follow the list, the seed being what the file says.
async function again(p, bytes, giveWay) {
  const seed = hash("minyi draw seed\n" + p.commitment + "\n" + p.value);
  const { chosen, reserves } = choose(p, await ranked(p, seed, giveWay));
  const want = [];
  const add = (...fields) => {
    const content = fields.join("\t");
    short(p.at + want.length + 1 + " " + content);
    want.push(content + "\t" + first8());
  };
  add("value", p.value);
  for (const name of p.witnesses) add("witness", name);
  add("drawn", p.drawn);
  add("seed", seed);
  chosen.forEach((t, i) => add("chosen", i + 1, t.number, t.category, t.persons));
  for (let i = 0; i < reserves.length; i++) {
    const [t, place] = reserves[i];
    add("reserve", place, t.number, t.category, t.persons);
    if (i % often === 0) await giveWay(0.7 + 0.3 * i / reserves.length);
  }
  const list = bytes.subarray(0, p.from[p.at]), result = coder.encode(want.join("\n") + "\n");
  const whole = new Uint8Array(list.length + result.length);
  whole.set(list);
  whole.set(result, list.length);
  await sum(whole, 0, whole.length, giveWay);
  add("end", hex());
  return { want, chosen: chosen.length };
}

/**
 * verify gives what is wrong with the bytes of a file, and how many tickets were chosen.
 * It gives way to others while it works, and tells the part that is done, from 0 to 1.
 */
export async function verify(bytes, published = "", tell = () => {}) {
  const giveWay = pace(tell);
  const p = await read(bytes, giveWay);
  const fail = (finding) => ({ commitment: p.commitment || "", chosen: 0, found: p.found.concat(finding).slice(0, 20) });
  if (p.found.length) return fail([]);
  if (!p.hearing || !p.at) return fail([{ line: 1, key: "draw.find_form" }]);
  await sum(bytes, 0, p.from[p.at - 1], giveWay);
  const told = published.trim().toLowerCase(), list = hex();
  if (list !== p.commitment || Number(p.applicants) !== p.tickets.length) {
    return fail([{ line: p.at, key: "draw.find_commitment", have: p.commitment, want: list }]);
  }
  if (told && told !== p.commitment) return fail([{ key: "draw.find_published", have: p.commitment, want: told }]);
  if (p.at === p.lines.length) return fail([{ key: "draw.find_no_result" }]);
  const { want, chosen } = await again(p, bytes, giveWay);
  const found = [];
  want.forEach((line, i) => {
    const have = p.lines[p.at + i] || "";
    if (line === have) return;
    const [one, other] = [coder.encode(line), coder.encode(have)];
    let at = 0;
    while (at < one.length && one[at] === other[at]) at++;
    found.push({ line: p.at + i + 1, byte: at + 1, key: "draw.find_result", have: have.replace(/\t/g, " "), want: line.replace(/\t/g, " ") });
  });
  if (p.lines.length > p.at + want.length) found.push({ line: p.at + want.length + 1, key: "draw.find_form" });
  return { commitment: p.commitment, chosen, found: found.slice(0, 20) };
}

// start makes the form check files by itself; without it the form is sent.
export function start(root) {
  const form = root.querySelector("form[data-draw-check]");
  if (!form) return;
  const words = JSON.parse(root.getElementById("draw-words").textContent);
  const say = (key, values) => words[key].replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
  const out = root.getElementById("draw-said");
  const put = (kind, ...lines) => {
    out.replaceChildren(...lines.map((line) => {
      const el = root.createElement("p");
      el.append(line);
      return el;
    }));
    out.className = "notice notice-" + kind;
  };
  let checks = 0; // who asks again while a check goes on wants the newer answer alone
  form.addEventListener("submit", async (event) => {
    const file = form.elements.file.files[0];
    if (!file) return;
    event.preventDefault();
    const mine = ++checks, told = form.elements.commitment.value;
    const bar = root.createElement("progress");
    bar.setAttribute("aria-label", words["draw.working"]);
    put("info", words["draw.working"], bar);
    const r = await verify(new Uint8Array(await file.arrayBuffer()), told, (done) => { bar.value = done; });
    if (mine !== checks) return;
    if (r.found.length) put("problem", words["draw.wrong"], ...r.found.map((f) => say(f.key, f)));
    else put("success", say("draw.right", r), say("draw.commitment", r), ...(told.trim() ? [] : [words["draw.not_compared"]]));
    out.focus();
  });
}
if (typeof document !== "undefined") start(document);
