// The texts that scripts say, put into the page by the server in its language.
const data = document.getElementById("script-words");
const texts = data ? JSON.parse(data.textContent) : {};

// text fills {name} placeholders of a key's text.
export function text(key, values = {}) {
  return (texts[key] || key).replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

// amount chooses the form for one where the language has it.
export function amount(key, n) {
  return text(n === 1 && texts[key + ".one"] ? key + ".one" : key, { n: n.toLocaleString("en-US") });
}

// once runs make for each element that it has not seen before.
const seen = new WeakMap();
export function once(root, selector, name, make) {
  for (const el of root.querySelectorAll(selector)) {
    const names = seen.get(el) || new Set();
    if (names.has(name)) continue;
    names.add(name);
    seen.set(el, names);
    make(el);
  }
}
