// Suggests titles while somebody types: a list that the browser itself shows and reads
// out. Without it the form works the same.
const waits = 180;

// Firefox shows the label in place of the value, others beside it.
const labelled = CSS.supports("-moz-appearance", "none");

export function start(root) {
  const input = root.querySelector("[data-suggest]");
  if (!input || input.dataset.started) return;
  input.dataset.started = "1";
  const list = document.createElement("datalist");
  list.id = "q-suggestions";
  input.after(list);
  input.setAttribute("list", list.id);
  let timer, asking;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (asking) asking.abort();
      const text = input.value.trim();
      if (text === "") {
        list.replaceChildren();
        return;
      }
      asking = new AbortController();
      try {
        const url = new URL(input.dataset.suggest, location.href);
        url.searchParams.set("q", text);
        const res = await fetch(url, { signal: asking.signal, headers: { Accept: "application/json" } });
        if (!res.ok) return;
        const found = await res.json();
        list.replaceChildren(...found.suggestions.map((s) => {
          const option = document.createElement("option");
          option.value = s;
          // The browser hides what does not hold the typed letters: pinyin, other words for it.
          if (!s.toLowerCase().includes(text.toLowerCase())) option.label = labelled ? `${s} (${text})` : text;
          return option;
        }));
      } catch {
        // nothing is suggested then
      }
    }, waits);
  });
}
