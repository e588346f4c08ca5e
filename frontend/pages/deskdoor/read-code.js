// Reads the QR code of a ticket out of a picture of the camera (ISO/IEC 18004), for the
// many browsers without a BarcodeDetector. It knows versions 1 to 10, which is more than
// the address of a ticket needs, and works without a connection.

// What the standard lays down for each version, by level L, M, Q, H.
const checkLength = [[7, 10, 15, 20, 26, 18, 20, 24, 30, 18], [10, 16, 26, 18, 24, 16, 18, 22, 22, 26], [13, 22, 18, 26, 18, 24, 18, 22, 20, 24], [17, 28, 22, 16, 22, 28, 26, 26, 24, 28]];
const blockCount = [[1, 1, 1, 1, 1, 2, 2, 2, 2, 4], [1, 1, 1, 2, 2, 4, 4, 4, 5, 5], [1, 1, 2, 2, 4, 4, 6, 6, 8, 8], [1, 1, 2, 4, 4, 4, 5, 6, 8, 8]];
const levels = [1, 0, 3, 2]; // the two bits of the format → index above
const latest = 10;

// readCode gives the text of a code that the picture shows ({data, width, height} as a
// canvas gives it), or "" when it shows none that can be read.
export function readCode(image) {
  const p = darkOf(image);
  for (const [a, b, c] of corners(p)) {
    const unit = (arm(p, a, b) + arm(p, b, a) + arm(p, a, c) + arm(p, c, a)) / 14;
    if (!(unit >= 1)) continue;
    const guess = Math.round(((apart(a, b) + apart(a, c)) / 2 / unit - 10) / 4);
    for (const version of [guess, guess - 1, guess + 1]) {
      if (version < 1 || version > latest) continue;
      const text = fourth(p, a, b, c, version).map((map) => decode(sample(p, map, 17 + 4 * version), version)).find(Boolean);
      if (text) return text;
    }
  }
  return "";
}

// darkOf tells dark from light by what surrounds each point, so that a shadow over the
// paper does no harm.
function darkOf({ data, width: w, height: h }) {
  const grey = new Uint8Array(w * h), bits = new Uint8Array(w * h), sum = new Uint32Array((w + 1) * (h + 1));
  for (let y = 0; y < h; y++) {
    for (let x = 0, row = 0; x < w; x++) {
      const i = y * w + x;
      row += grey[i] = (data[4 * i] * 3 + data[4 * i + 1] * 6 + data[4 * i + 2]) / 10;
      sum[(y + 1) * (w + 1) + x + 1] = sum[y * (w + 1) + x + 1] + row;
    }
  }
  const r = Math.max(8, Math.min(w, h) >> 3);
  for (let y = 0; y < h; y++) {
    const top = Math.max(0, y - r), bottom = Math.min(h, y + r);
    for (let x = 0; x < w; x++) {
      const left = Math.max(0, x - r), right = Math.min(w, x + r);
      const all = sum[bottom * (w + 1) + right] - sum[top * (w + 1) + right] - sum[bottom * (w + 1) + left] + sum[top * (w + 1) + left];
      bits[y * w + x] = grey[y * w + x] * (bottom - top) * (right - left) < all * 0.85 ? 1 : 0;
    }
  }
  return { bits, w, h };
}

const at = (p, x, y) => (x < 0 || y < 0 || x >= p.w || y >= p.h ? -1 : p.bits[y * p.w + x]);
const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

// likeFinder says whether five runs are as 1 : 1 : 3 : 1 : 1.
function likeFinder(runs) {
  const unit = (runs[0] + runs[1] + runs[2] + runs[3] + runs[4]) / 7;
  return unit >= 1 && runs.every((n, i) => Math.abs(n - unit * (i === 2 ? 3 : 1)) < unit * (i === 2 ? 1.5 : 0.7));
}

// across measures the five runs through a dark point in a direction; how far the middle
// of the centre is from the point, or undefined where it is no finder.
function across(p, x, y, dx, dy) {
  const walk = (sx, sy) => {
    const n = [0, 0, 0];
    let cx = x + sx, cy = y + sy;
    for (let k = 0; k < 3; k++)
      while (at(p, cx, cy) === (k === 1 ? 0 : 1)) [n[k], cx, cy] = [n[k] + 1, cx + sx, cy + sy];
    return n;
  };
  if (at(p, x, y) !== 1) return undefined;
  const to = walk(dx, dy), from = walk(-dx, -dy);
  return likeFinder([from[2], from[1], from[0] + 1 + to[0], to[1], to[2]]) ? { off: (to[0] - from[0]) / 2, size: from[2] + from[1] + from[0] + 1 + to[0] + to[1] + to[2] } : undefined;
}

// finders lists the middles of what looks like a corner of a code.
function finders(p) {
  const found = [];
  for (let y = 0; y < p.h; y += 2) {
    let runs = [0, 0, 0, 0, 0], last = 0;
    for (let x = 0; x <= p.w; x++) {
      const now = at(p, x, y) === 1 ? 1 : 0;
      if (now === last && x < p.w) {
        runs[4]++;
        continue;
      }
      if (last === 1 && likeFinder(runs)) note(p, found, Math.floor(x - runs[4] - runs[3] - runs[2] / 2), y);
      runs = [runs[1], runs[2], runs[3], runs[4], 1];
      last = now;
    }
  }
  return found.filter((f) => f.seen > 1).sort((a, b) => b.seen - a.seen).slice(0, 9);
}

function note(p, found, x, y) {
  const down = across(p, x, y, 0, 1);
  if (!down) return;
  const cy = Math.round(y + down.off);
  const over = across(p, x, cy, 1, 0);
  if (!over) return;
  const f = { x: x + over.off, y: y + down.off, size: (over.size + down.size) / 2 };
  const near = found.find((o) => apart(o, f) < o.size / 3);
  if (near) {
    near.x += (f.x - near.x) / ++near.seen;
    near.y += (f.y - near.y) / near.seen;
  } else {
    found.push({ ...f, seen: 1 });
  }
}

// corners lists threes that stand like the corners of a code, the likeliest first: the one
// at the right angle, that to its right and that below it.
function corners(p) {
  const f = finders(p), list = [];
  for (let i = 0; i < f.length; i++)
    for (let j = i + 1; j < f.length; j++)
      for (let k = j + 1; k < f.length; k++) {
        const three = [[f[i], f[j], f[k]], [f[j], f[i], f[k]], [f[k], f[i], f[j]]].sort((u, v) => apart(v[1], v[2]) - apart(u[1], u[2]));
        let [a, b, c] = three[0];
        const ab = apart(a, b), ac = apart(a, c), bc = apart(b, c);
        const wrong = Math.abs(ab - ac) / Math.max(ab, ac) + Math.abs(bc / Math.hypot(ab, ac) - 1) + Math.abs(Math.log(b.size / a.size)) / 2 + Math.abs(Math.log(c.size / a.size)) / 2;
        if ((b.x - a.x) * (c.y - a.y) < (b.y - a.y) * (c.x - a.x)) [b, c] = [c, b];
        if (wrong < 1) list.push({ wrong, three: [a, b, c] });
      }
  return list.sort((u, v) => u.wrong - v.wrong).slice(0, 6).map((l) => l.three);
}

// arm is how far the outer edge of a finder is from its middle, on the way to another:
// three and a half modules.
function arm(p, from, to) {
  const d = apart(from, to), dx = (to.x - from.x) / d, dy = (to.y - from.y) / d;
  for (let s = 0, edges = 0, want = 0; s < d; s += 0.5) {
    if (at(p, Math.round(from.x + dx * s), Math.round(from.y + dy * s)) === want) {
      want = 1 - want;
      if (++edges === 3) return s;
    }
  }
  return NaN;
}

// fourth gives the ways in which the code may lie in the picture: by the small pattern
// near the fourth corner where it is found, and as a parallelogram.
function fourth(p, a, b, c, version) {
  const size = 17 + 4 * version, far = size - 7;
  const square = [[3.5, 3.5], [size - 3.5, 3.5], [3.5, size - 3.5]];
  const flat = mapping([...square, [size - 3.5, size - 3.5]], [a, b, c, { x: b.x + c.x - a.x, y: b.y + c.y - a.y }]);
  if (version === 1) return [flat];
  const ux = { x: (b.x - a.x) / far, y: (b.y - a.y) / far }, uy = { x: (c.x - a.x) / far, y: (c.y - a.y) / far };
  const unit = Math.hypot(ux.x, ux.y), step = Math.max(1, unit / 3);
  const mid = { x: a.x + (ux.x + uy.x) * (far - 3), y: a.y + (ux.y + uy.y) * (far - 3) };
  let best = 21, where;
  for (let dy = -6 * unit; dy <= 6 * unit; dy += step)
    for (let dx = -6 * unit; dx <= 6 * unit; dx += step) {
      let fits = 0;
      for (let v = -2; v <= 2; v++)
        for (let u = -2; u <= 2; u++) {
          const dark = Math.max(Math.abs(u), Math.abs(v)) !== 1 ? 1 : 0;
          if (at(p, Math.round(mid.x + dx + ux.x * u + uy.x * v), Math.round(mid.y + dy + ux.y * u + uy.y * v)) === dark) fits++;
        }
      if (fits > best || (fits === best && where && Math.hypot(dx, dy) < Math.hypot(where.x - mid.x, where.y - mid.y))) [best, where] = [fits, { x: mid.x + dx, y: mid.y + dy }];
    }
  return where ? [mapping([...square, [size - 6.5, size - 6.5]], [a, b, c, where]), flat] : [flat];
}

// mapping takes places in the code to places in the picture, in perspective.
function mapping(from, to) {
  const rows = [];
  from.forEach(([x, y], i) => {
    rows.push([x, y, 1, 0, 0, 0, -x * to[i].x, -y * to[i].x, to[i].x], [0, 0, 0, x, y, 1, -x * to[i].y, -y * to[i].y, to[i].y]);
  });
  for (let i = 0; i < 8; i++) {
    let top = i;
    for (let r = i; r < 8; r++) if (Math.abs(rows[r][i]) > Math.abs(rows[top][i])) top = r;
    [rows[i], rows[top]] = [rows[top], rows[i]];
    for (let r = 0; r < 8; r++) {
      if (r === i) continue;
      const f = rows[r][i] / rows[i][i];
      for (let k = i; k < 9; k++) rows[r][k] -= f * rows[i][k];
    }
  }
  const m = rows.map((r, i) => r[8] / r[i]);
  return (x, y) => {
    const z = m[6] * x + m[7] * y + 1;
    return [(m[0] * x + m[1] * y + m[2]) / z, (m[3] * x + m[4] * y + m[5]) / z];
  };
}

function sample(p, map, size) {
  const code = [];
  for (let y = 0; y < size; y++) {
    code.push([]);
    for (let x = 0; x < size; x++) {
      const [px, py] = map(x + 0.5, y + 0.5);
      code[y].push(at(p, Math.round(px), Math.round(py)) === 1 ? 1 : 0);
    }
  }
  return code;
}

// formatOf reads level and mask; of the 32 that exist the nearest counts.
function formatOf(code) {
  const size = code.length;
  let one = 0, two = 0;
  for (let i = 0; i < 15; i++) {
    const [x, y] = i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i === 8 ? [7, 8] : [14 - i, 8];
    one |= code[y][x] << i;
    two |= (i < 8 ? code[8][size - 1 - i] : code[size - 15 + i][8]) << i;
  }
  let best = 4, format = -1;
  for (let f = 0; f < 32; f++) {
    let rest = f;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const word = ((f << 10) | rest) ^ 0x5412;
    for (const seen of [one, two]) {
      let wrong = 0;
      for (let d = seen ^ word; d; d &= d - 1) wrong++;
      if (wrong < best) [best, format] = [wrong, f];
    }
  }
  return format;
}

const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => ((x / 3 | 0) + (y / 2 | 0)) % 2,
  (x, y) => x * y % 2 + x * y % 3, (x, y) => (x * y % 2 + x * y % 3) % 2, (x, y) => ((x + y) % 2 + x * y % 3) % 2,
];

// fixed says whether a module belongs to the form of the code and not to what it says.
function fixed(x, y, version) {
  const size = 17 + 4 * version;
  if (x === 6 || y === 6 || (x < 9 && y < 9) || (x >= size - 8 && y < 9) || (x < 9 && y >= size - 8)) return true;
  if (version >= 7 && ((x >= size - 11 && y < 6) || (y >= size - 11 && x < 6))) return true;
  if (version === 1) return false;
  const last = size - 7, places = version < 7 ? [6, last] : [6, (6 + last) / 2, last];
  return places.some((v) => places.some((u) => {
    const corner = (u === 6 && v === 6) || (u === 6 && v === last) || (u === last && v === 6);
    return !corner && Math.abs(x - u) <= 2 && Math.abs(y - v) <= 2;
  }));
}

function decode(code, version) {
  const format = formatOf(code);
  if (format < 0) return "";
  const level = levels[format >> 3], mask = masks[format & 7], size = code.length, words = [];
  let word = 0, bits = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < 2; j++) {
        const x = right - j, y = (right + 1) & 2 ? i : size - 1 - i;
        if (fixed(x, y, version)) continue;
        word = (word << 1) | (code[y][x] ^ (mask(x, y) === 0 ? 1 : 0));
        if (++bits === 8) {
          words.push(word);
          [word, bits] = [0, 0];
        }
      }
  }
  const data = together(words, blockCount[level][version - 1], checkLength[level][version - 1]);
  return data ? textOf(data, version) : "";
}

// together puts the blocks in order, each corrected by its check words; undefined where
// one cannot be.
function together(words, count, check) {
  const short = Math.floor(words.length / count), longer = words.length % count, blocks = [], data = [];
  for (let k = 0; k < count; k++) blocks.push([]);
  let next = 0;
  for (let i = 0; i <= short; i++)
    for (let k = 0; k < count; k++) {
      if (i === short - check && k < count - longer) continue; // one word less
      if (next < words.length) blocks[k].push(words[next++]);
    }
  for (const block of blocks) {
    if (!corrected(block, check)) return undefined;
    data.push(...block.slice(0, block.length - check));
  }
  return data;
}

// The field of 256 elements in which the check words are computed.
const power = new Uint8Array(512), log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  power[i] = power[i + 255] = x;
  log[x] = i;
  x = x << 1 ^ (x >> 7) * 0x11d;
}
const times = (a, b) => (a && b ? power[log[a] + log[b]] : 0);
const over = (a, b) => (a ? power[log[a] + 255 - log[b]] : 0);
const valueAt = (poly, x) => poly.reduceRight((sum, c) => times(sum, x) ^ c, 0); // lowest first

// corrected mends a block by Reed and Solomon's check words, in place; false where too
// much of it is wrong.
function corrected(block, check) {
  const n = block.length, syndromes = [];
  for (let i = 0; i < check; i++) syndromes.push(block.reduce((sum, c) => times(sum, power[i]) ^ c, 0));
  if (syndromes.every((s) => s === 0)) return true;
  let locator = [1], before = [1], errors = 0, gap = 1, last = 1; // Berlekamp and Massey
  for (let i = 0; i < check; i++) {
    let d = syndromes[i];
    for (let k = 1; k <= errors; k++) d ^= times(locator[k] || 0, syndromes[i - k]);
    if (d === 0) {
      gap++;
      continue;
    }
    const kept = locator.slice(), f = over(d, last);
    before.forEach((c, k) => { locator[k + gap] = (locator[k + gap] || 0) ^ times(f, c); });
    for (let k = 0; k < locator.length; k++) locator[k] = locator[k] || 0;
    if (2 * errors <= i) [errors, before, last, gap] = [i + 1 - errors, kept, d, 1];
    else gap++;
  }
  if (2 * errors > check) return false;
  const values = []; // the evaluator
  for (let i = 0; i < check; i++) {
    let v = 0;
    for (let k = 0; k <= i; k++) v ^= times(locator[k] || 0, syndromes[i - k]);
    values.push(v);
  }
  const slope = locator.map((c, i) => (i % 2 ? c : 0)).slice(1);
  let mended = 0;
  for (let i = 0; i < n; i++) {
    const x = power[(255 - i) % 255]; // the inverse of the place, counted from the end
    if (valueAt(locator, x) !== 0) continue;
    const below = valueAt(slope, x);
    if (below === 0) return false;
    block[n - 1 - i] ^= times(over(valueAt(values, x), below), power[i]);
    mended++;
  }
  return mended === errors;
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

function textOf(data, version) {
  let next = 0;
  const left = () => data.length * 8 - next;
  const take = (n) => {
    let v = 0;
    for (; n > 0; n--, next++) v = (v << 1) | (data[next >> 3] >> (7 - (next & 7)) & 1);
    return v;
  };
  const bytes = [];
  const say = (s) => bytes.push(...new TextEncoder().encode(s));
  const wide = version > 9;
  while (left() >= 4) {
    const mode = take(4);
    if (mode === 0) break;
    if (mode === 7) { // the alphabet; here it is always UTF-8
      take(take(1) ? 15 : 7);
      continue;
    }
    let n = mode === 4 ? take(wide ? 16 : 8) : mode === 2 ? take(wide ? 11 : 9) : mode === 1 ? take(wide ? 12 : 10) : -1;
    if (n < 0 || n > left()) return "";
    if (mode === 4) for (; n > 0; n--) bytes.push(take(8));
    if (mode === 2) {
      for (; n > 1; n -= 2) {
        const v = take(11);
        say((letters[v / 45 | 0] || "") + letters[v % 45]);
      }
      if (n) say(letters[take(6)] || "");
    }
    if (mode === 1) {
      for (; n > 2; n -= 3) say(String(take(10)).padStart(3, "0"));
      if (n) say(String(take(n === 2 ? 7 : 4)).padStart(n, "0"));
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
