import { amount, text } from "./words.js";
import { join } from "./live.js";
import { fetchPage } from "./send.js";
import { start as startAll } from "./app.js";

// A list that grows: new items wait behind a button, so nothing moves under a
// finger; what waits is said at most every 10 s.
class LiveList extends HTMLElement {
  connectedCallback() {
    if (this.leave || !this.getAttribute("topic")) return;
    this.waiting = 0;
    this.said = 0;
    this.button = this.querySelector("[data-live-more]");
    this.status = this.querySelector("[data-live-status]");
    const kinds = (this.getAttribute("kinds") || "").split(" ");
    const [epoch, seq] = (this.getAttribute("since") || "").split(":");
    this.button.addEventListener("click", () => this.load());
    this.leave = join(this.getAttribute("topic"), {
      event: (frame) => { if (kinds.includes(frame.kind)) this.more(this.count(frame.data)); },
      poll: () => this.look(),
      state: (state) => this.connection(state),
    }, epoch ? { epoch, seq: Number(seq) } : {});
  }

  disconnectedCallback() {
    if (this.leave) this.leave();
    this.leave = undefined;
  }

  // count tells how many of the news belong to this list.
  count(data) {
    const clause = this.getAttribute("clause");
    if (!clause || !data || !Array.isArray(data.opinions)) return 1;
    return data.opinions.filter((o) => o.clause === clause).length;
  }

  get list() {
    return document.getElementById(this.getAttribute("for"));
  }

  connection(state) {
    this.querySelector("[data-live-refresh]").hidden = state === "open";
    this.status.textContent = state === "lost" ? text("parts.reconnecting") : "";
  }

  more(n) {
    this.waiting += n;
    this.button.hidden = this.waiting === 0;
    this.button.textContent = amount("parts.new_items", this.waiting);
    if (this.waiting && Date.now() - this.said > 10000) {
      this.said = Date.now();
      this.status.textContent = amount("parts.new_items", this.waiting);
    }
  }

  // fresh are the items of the page as it is now that are not here yet.
  async fresh() {
    const page = await fetchPage(this.getAttribute("src"), { cache: "no-cache" });
    const now = page.doc.getElementById(this.getAttribute("for"));
    const has = (item) => {
      const id = item.id || (item.querySelector("[id]") || {}).id;
      return id && document.getElementById(id);
    };
    return now ? Array.from(now.children).filter((item) => !has(item)) : [];
  }

  async look() {
    try {
      const n = (await this.fresh()).length;
      this.waiting = 0;
      this.more(n);
    } catch (e) { /* the next look may work */ }
  }

  async load() {
    this.button.setAttribute("aria-disabled", "true");
    try {
      const items = await this.fresh();
      this.list.prepend(...items);
      startAll(this.list);
      this.waiting = 0;
      this.more(0);
      this.status.textContent = "";
      const first = items[0] && (items[0].querySelector("h2,h3,h4,a,button") || items[0]);
      if (first) {
        if (!first.matches("a,button")) first.tabIndex = -1;
        first.focus();
      }
    } catch (e) {
      this.status.textContent = text("parts.load_failed");
    }
    this.button.removeAttribute("aria-disabled");
  }
}

export function start() {
  if (!customElements.get("live-list")) customElements.define("live-list", LiveList);
}
