// What the scripts of a room share: its words, and how often news is read out.
export const room = document.getElementById("room") || document.getElementById("console") || document.getElementById("wall");
const texts = Object.assign({}, ...["room-words", "desk-words"].map((id) => {
  const data = document.getElementById(id);
  return data ? JSON.parse(data.textContent) : {};
}));
const lang = document.documentElement.lang;

// text fills {name} placeholders of a key's text.
export function text(key, values = {}) {
  return (texts[key] || key).replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

// amount chooses the form for one where the language has it.
export const amount = (key, n, values) => text(n === 1 && texts[key + ".one"] ? key + ".one" : key, { n: number(n), ...values });
export const number = (n) => Number(n).toLocaleString("en-US");
export const inWords = (w) => (w ? (lang === "en" && w.en) || w.zh || w.en : "");
export const day = (at) => new Date(at).toLocaleDateString(lang, { year: "numeric", month: "long", day: "numeric", timeZone: "Asia/Shanghai" });
export const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });

// since reads a position "epoch:seq" that the server wrote into the page.
export function since(value) {
  const [epoch, seq] = (value || "").split(":");
  return epoch ? { epoch, seq: Number(seq) } : {};
}

// announcer gives the function that reads news out, politely and at most once in the
// pause: what comes meanwhile replaces what waits.
export function announcer(pause) {
  let last = 0, later;
  return (words) => {
    const line = room.querySelector("[data-said]");
    const wait = pause();
    if (!line || !wait) return;
    clearTimeout(later);
    later = setTimeout(() => {
      last = Date.now();
      line.textContent = words;
    }, Math.max(0, last + wait - Date.now()));
  };
}
