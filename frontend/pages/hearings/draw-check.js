// Draws again from the published file of a draw and compares every byte, on the
// reader's own device. It follows the rule in the package comment of app/kit/draw,
// and stands alone so that it also works as a saved page without any server.

const K = new Uint32Array(64);
const H = new Uint32Array(8);
// The constants of SHA-256 are the fractions of roots of the first primes (FIPS 180-4).
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (found < 8) H[found] = (Math.sqrt(n) % 1) * 4294967296;
  K[found++] = (Math.cbrt(n) % 1) * 4294967296;
}

// A file of a hundred thousand lines is half a million short hashes: the working
// space is kept between them, and nothing is made anew for each.
const w = new Uint32Array(64);
const state = new Uint32Array(8);

function block(view, at) {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], k = state[7];
  for (let i = 0; i < 64; i++) {
    const t = k + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + w[i] | 0;
    const u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
    k = g; g = f; f = e; e = d + t | 0; d = c; c = b; b = a; a = t + u | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += k;
}

// digest leaves the hash of the first n bytes of data in state; data has room for the
// padding behind them.
function digest(data, view, n) {
  const size = ((n + 72) >> 6) << 6;
  data[n] = 0x80;
  data.fill(0, n + 1, size - 8);
  view.setUint32(size - 8, Math.floor(n / 0x20000000));
  view.setUint32(size - 4, n << 3);
  state.set(H);
  for (let at = 0; at < size; at += 64) block(view, at);
}

// sha256 gives the 32 bytes of the hash of some bytes. crypto.subtle would do it
// too, but only on pages that came over https.
export function sha256(bytes) {
  const data = new Uint8Array(bytes.length + 72);
  data.set(bytes);
  digest(data, new DataView(data.buffer), bytes.length);
  const out = new Uint8Array(32);
  const o = new DataView(out.buffer);
  state.forEach((v, i) => o.setUint32(4 * i, v));
  return out;
}

const coder = new TextEncoder();
const line = new Uint8Array(4096);
const lineView = new DataView(line.buffer);

// hash gives the hash of a text in hex.
function hash(text) {
  if (text.length < 1000) { // at most three bytes for each of its units
    digest(line, lineView, coder.encodeInto(text, line).written);
  } else {
    const bytes = coder.encode(text);
    const data = new Uint8Array(bytes.length + 72);
    data.set(bytes);
    digest(data, new DataView(data.buffer), bytes.length);
  }
  let out = "";
  for (let i = 0; i < 8; i++) out += (state[i] + 0x100000000).toString(16).slice(1);
  return out;
}
const checkOf = (n, content) => hash(n + " " + content).slice(0, 8);

// columns says how many fields a line has, by its first word.
const columns = { "minyi-draw": 2, hearing: 2, made: 2, seats: 2, category: 5, rule: 4, applicants: 2, ticket: 5, commitment: 2, value: 2, witness: 2, drawn: 2, seed: 2, chosen: 5, reserve: 5, end: 2 };

// read takes the file apart. Each line's check digits are held against the line.
function read(file) {
  const p = { lines: file.replace(/\n$/, "").split("\n"), categories: [], tickets: [], witnesses: [], seats: 0, at: 0, found: [] };
  p.lines.forEach((line, i) => {
    const cut = line.lastIndexOf("\t");
    const f = line.slice(0, Math.max(cut, 0)).split("\t");
    if (cut < 0 || checkOf(i + 1, line.slice(0, cut)) !== line.slice(cut + 1)) p.found.push({ line: i + 1, key: "draw.find_line" });
    else if (columns[f[0]] !== f.length || (i === 0) !== (f[0] === "minyi-draw")) p.found.push({ line: i + 1, key: "draw.find_form" });
    if (f[0] === "seats") p.seats = Number(f[1]);
    if (f[0] === "category") p.categories.push({ key: f[1], min: Number(f[2]), max: Number(f[3]), reserves: Number(f[4]) });
    if (f[0] === "ticket") p.tickets.push({ number: f[1], category: f[2], persons: Number(f[3]), later: f[4] === "later" });
    if (f[0] === "witness") p.witnesses.push(f[1]);
    if (f[0] === "commitment" && !p.at) [p.at, p.commitment] = [i + 1, f[1]];
    if (f[0] === "hearing" || f[0] === "applicants" || f[0] === "value" || f[0] === "drawn") p[f[0]] = f[1];
  });
  if (!file.endsWith("\n")) p.found.push({ line: p.lines.length, key: "draw.find_short" });
  return p;
}

// choose gives the seats and names the reserves.
function choose(p, seed) {
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const all = p.tickets.map((t) => ({ ...t, rank: hash("minyi draw rank\n" + seed + "\n" + t.number) }));
  all.sort((a, b) => a.later - b.later || compare(a.rank, b.rank) || compare(a.number, b.number));
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
    reserves.push(...of(c).filter((t) => !t.taken).slice(0, c.reserves).map((t, i) => ({ ...t, place: i + 1 })));
  }
  return { chosen, reserves };
}

// verify gives what is wrong with a file, and how many tickets were chosen.
export function verify(file, published = "") {
  const p = read(file);
  const fail = (finding) => ({ commitment: p.commitment || "", chosen: 0, found: p.found.concat(finding).slice(0, 20) });
  if (p.found.length) return fail([]);
  if (!p.hearing || !p.at) return fail([{ line: 1, key: "draw.find_form" }]);
  const first = p.lines.slice(0, p.at - 1).join("\n") + "\n";
  if (hash(first) !== p.commitment || Number(p.applicants) !== p.tickets.length) {
    return fail([{ line: p.at, key: "draw.find_commitment", have: p.commitment, want: hash(first) }]);
  }
  const told = published.trim().toLowerCase();
  if (told && told !== p.commitment) return fail([{ key: "draw.find_published", have: p.commitment, want: told }]);
  if (p.at === p.lines.length) return fail([{ key: "draw.find_no_result" }]);
  const seed = hash("minyi draw seed\n" + p.commitment + "\n" + p.value);
  const { chosen, reserves } = choose(p, seed);
  const want = p.lines.slice(0, p.at);
  const add = (...fields) => {
    const content = fields.join("\t");
    want.push(content + "\t" + checkOf(want.length + 1, content));
  };
  add("value", p.value);
  for (const name of p.witnesses) add("witness", name);
  add("drawn", p.drawn);
  add("seed", seed);
  chosen.forEach((t, i) => add("chosen", i + 1, t.number, t.category, t.persons));
  for (const t of reserves) add("reserve", t.place, t.number, t.category, t.persons);
  add("end", hash(want.join("\n") + "\n"));
  const found = [];
  want.forEach((line, i) => {
    const have = p.lines[i] || "";
    if (line === have) return;
    let at = 0;
    while (at < line.length && line[at] === have[at]) at++;
    found.push({ line: i + 1, byte: at + 1, key: "draw.find_result", have: have.replace(/\t/g, " "), want: line.replace(/\t/g, " ") });
  });
  if (p.lines.length > want.length) found.push({ line: want.length + 1, key: "draw.find_form" });
  return { commitment: p.commitment, chosen: chosen.length, found: found.slice(0, 20) };
}

// start makes the form check files by itself; without it the form is sent.
export function start(root) {
  const form = root.querySelector("form[data-draw-check]");
  if (!form) return;
  const words = JSON.parse(root.getElementById("draw-words").textContent);
  const say = (key, values) => words[key].replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
  const out = root.getElementById("draw-said");
  form.addEventListener("submit", async (event) => {
    const file = form.elements.file.files[0];
    if (!file) return;
    event.preventDefault();
    const text = new TextDecoder().decode(await file.arrayBuffer());
    const r = verify(text, form.elements.commitment.value);
    const lines = r.found.length
      ? [words["draw.wrong"]].concat(r.found.map((f) => say(f.key, f)))
      : [say("draw.right", r), say("draw.commitment", r)].concat(form.elements.commitment.value.trim() ? [] : [words["draw.not_compared"]]);
    out.replaceChildren(...lines.map((line) => {
      const el = root.createElement("p");
      el.textContent = line;
      return el;
    }));
    out.className = "notice " + (r.found.length ? "notice-problem" : "notice-success");
    out.focus();
  });
}
if (typeof document !== "undefined") start(document);
