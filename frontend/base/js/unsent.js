import { once } from "./words.js";
import { keys, take } from "./store.js";

// Says about which clauses something was typed on this device and never sent, and marks
// those that stand on the page.
export function start(root) {
  once(root, "[data-unsent-clauses]", "unsent", (line) => {
    const { unsentClauses: unsent, unsentUrl } = line.dataset;
    const list = line.querySelector("ul"), mark = line.querySelector("template");
    let named = new Set();

    // A draft that was kept before drafts knew their clause is named as its page was.
    const link = (clause, kept, control) => {
      const item = document.createElement("li"), a = document.createElement("a");
      a.href = unsentUrl.replace("*", encodeURIComponent(clause));
      a.textContent = (control && control.querySelector(".sr").textContent.trim()) || kept.label || kept.title;
      if (!control && kept.lang) a.lang = kept.lang;
      item.append(a);
      return item;
    };

    const show = async () => {
      const found = (await keys()).filter((name) => name.startsWith(unsent)).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
      const drafts = await Promise.all(found.map(take));
      named = new Set(found.filter((name, i) => drafts[i]));
      list.replaceChildren();
      for (const old of document.querySelectorAll(".clause-unsent")) old.remove();
      found.forEach((name, i) => {
        if (!drafts[i]) return;
        const clause = name.slice(unsent.length), control = document.querySelector(`[data-clause-control="${CSS.escape(clause)}"]`);
        list.append(link(clause, drafts[i], control));
        if (control) control.after(mark.content.cloneNode(true));
      });
      line.hidden = !named.size;
    };

    // In the sheet words begin and end while the page stands.
    addEventListener("minyi:kept", ({ detail: { key, there } }) => {
      if (key.startsWith(unsent) && named.has(key) !== there) show();
    });
    addEventListener("pageshow", (event) => { if (event.persisted) show(); });
    show();
  });
}
