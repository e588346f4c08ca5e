// What must hold on every page. Each check returns what is wrong as a list of sentences, so
// that a journey says `expect(await axe(page)).toEqual([])`; sound() asks them all.
// checks.spec.js proves that each one catches what it is for.
import { AxeBuilder } from "@axe-core/playwright";

/**
 * axe runs the rules of WCAG 2.2 AA and the best practices. Where scripts do not run neither
 * does axe: then it looks at a copy of the page as it stands, without its scripts.
 */
export async function axe(page, { within, without = [] } = {}) {
  await page.waitForLoadState(); // half a page has half of what it needs
  if (page.context().noScripts) return onCopy(page, (copy) => axe(copy, { within, without }));
  let builder = new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  if (within) builder = builder.include(within);
  for (const selector of without) builder = builder.exclude(selector);
  const { violations } = await builder.analyze();
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.target.join(" ")} ${n.html.slice(0, 160)}`));
}

/** onCopy opens what a page without scripts shows in a browser with scripts, and asks there. */
async function onCopy(page, ask) {
  const html = (await page.content()).replace(/<script\b[^>]*>[\s\S]*?<\/script>/gi, "").replace(/<\/?noscript\b[^>]*>/gi, "");
  const colorScheme = (await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches)) ? "dark" : "light";
  const context = await page.context().browser().newContext({ viewport: page.viewportSize(), colorScheme, reducedMotion: "reduce" });
  try {
    await context.addCookies(await page.context().cookies());
    const copy = await context.newPage();
    const url = page.url().split("#")[0];
    await copy.route(url, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
    await copy.goto(url);
    return await ask(copy);
  } finally {
    await context.close();
  }
}

/** landmarks: one h1, one main, header and footer, a title, a language, a way past the header. */
export async function landmarks(page) {
  return page.evaluate(() => {
    const wrong = [];
    const seen = (e) => e.checkVisibility(); // what a closed <details> holds has boxes, but is not shown
    const count = (what, selector, want) => {
      const n = [...document.querySelectorAll(selector)].filter(seen).length;
      if (n !== want) wrong.push(`${n} ${what}, not ${want}`);
    };
    count("h1", "h1", 1);
    count("main", "main, [role=main]", 1);
    count("page header", "body > header, body > [role=banner], body > div > header", 1);
    count("page footer", "body > footer, body > [role=contentinfo], body > div > footer", 1);
    if (!document.title.trim()) wrong.push("no title");
    if (!/^(zh(-\w+)*|en(-\w+)*)$/.test(document.documentElement.lang)) wrong.push(`language "${document.documentElement.lang}"`);
    const first = document.querySelector("a[href], button, input, select, textarea");
    const to = first?.getAttribute("href") ?? "";
    if (!to.startsWith("#") || to.length < 2) wrong.push("the first control does not lead past the header");
    else if (!document.getElementById(to.slice(1))) wrong.push(`the way past the header leads to ${to}, which is not there`);
    const navs = [...document.querySelectorAll("nav, [role=navigation]")].filter(seen);
    if (navs.length > 1)
      for (const n of navs)
        if (!n.getAttribute("aria-label") && !n.getAttribute("aria-labelledby")) wrong.push(`one of ${navs.length} navigations has no name`);
    let level = 0;
    for (const h of [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen)) {
      const l = Number(h.tagName[1]);
      if (level && l > level + 1) wrong.push(`h${l} after h${level}: ${h.textContent.trim().slice(0, 40)}`);
      level = l;
    }
    return wrong;
  });
}

/** sideways: nothing makes the page itself scroll from side to side. */
export async function sideways(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const over = document.documentElement.scrollWidth - wide;
    if (over <= 0) return [];
    // A box that scrolls by itself (a table in a frame of its own) does not count.
    const scrolls = (e) => {
      for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
        if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return true;
      return false;
    };
    const guilty = [...document.body.querySelectorAll("*")]
      .filter((e) => e.getBoundingClientRect().right > wide + 0.5 && !scrolls(e))
      .slice(0, 5)
      .map((e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${typeof e.className === "string" && e.className ? "." + e.className.split(" ").join(".") : ""}`);
    return [`the page is ${over} px wider than the screen: ${guilty.join(", ")}`];
  });
}

/**
 * targets: what acts on the page (buttons, fields, navigation) is at least least px high and
 * wide (44, in the elder view 60), label and padding included; every other link and the boxes
 * of a table are at least 24 px, the measure of WCAG 2.5.8, which exempts links in a sentence.
 */
export async function targets(page, least = 44) {
  return page.evaluate((least) => {
    const wrong = [];
    const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=link], [role=checkbox], [role=radio], [role=tab]";
    const inSentence = (e) => {
      if (e.tagName !== "A" || !getComputedStyle(e).display.startsWith("inline") || getComputedStyle(e).display !== "inline") return false;
      const around = e.closest("p, li, dd, td, figcaption, blockquote, label, legend");
      if (!around) return false;
      const rest = around.textContent.replace(/\s+/g, "").length - e.textContent.replace(/\s+/g, "").length;
      return rest > 0;
    };
    for (const e of document.querySelectorAll(controls)) {
      const style = getComputedStyle(e);
      if (style.visibility === "hidden" || e.disabled || !e.checkVisibility()) continue;
      if (e.tabIndex < 0 && e.closest("[aria-hidden=true]")) continue; // there for the Enter key only
      let box = e.getBoundingClientRect();
      // Off the screen until it has focus (a skip link, a visually hidden field).
      const hidden = box.right <= 0 || box.bottom + scrollY <= 0 || /rect\(0|inset\(50%/.test(style.clip + style.clipPath);
      const labels = e.labels ? [...e.labels].filter((l) => l.getClientRects().length > 0) : [];
      if (hidden && labels.length === 0) continue;
      if (e.type === "checkbox" || e.type === "radio" || hidden)
        for (const l of labels) {
          const b = l.getBoundingClientRect();
          const left = Math.min(box.left, b.left), top = Math.min(box.top, b.top);
          box = hidden ? b : new DOMRect(left, top, Math.max(box.right, b.right) - left, Math.max(box.bottom, b.bottom) - top);
        }
      if (inSentence(e)) continue;
      const acts = e.tagName === "A" ? e.matches(".button, .tool, .main-nav a, .desk-nav a, .clause-control, [role=button]") : !e.closest("td, th");
      const need = acts ? least : 24;
      if (box.width < need - 0.5 || box.height < need - 0.5)
        wrong.push(`${Math.round(box.width)} × ${Math.round(box.height)} px, not ${need}: ${e.outerHTML.slice(0, 120)}`);
    }
    return wrong;
  }, least);
}

/**
 * hints: what a field says before anything is typed is whole, and stands out from the field
 * by 4.5 : 1 as all text does; axe looks at neither.
 */
export async function hints(page) {
  return page.evaluate(() => {
    const wrong = [], pen = document.createElement("canvas").getContext("2d");
    const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = (rgb) => {
      const [r, g, b] = rgb.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const e of document.querySelectorAll("input[placeholder]")) {
      if (!e.checkVisibility() || e.clientWidth < 2) continue;
      const own = getComputedStyle(e), style = getComputedStyle(e, "::placeholder");
      pen.font = own.font;
      const room = e.clientWidth - parseFloat(own.paddingLeft) - parseFloat(own.paddingRight);
      if (pen.measureText(e.placeholder).width > room) wrong.push(`the hint "${e.placeholder}" is cut: ${Math.round(room)} px are too few`);
      let ground = e;
      while (ground && parts(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
      const behind = ground ? parts(getComputedStyle(ground).backgroundColor) : [255, 255, 255];
      const seen = parts(style.color).slice(0, 3).map((v, i) => v * style.opacity + behind[i] * (1 - style.opacity));
      const [low, high] = [light(seen), light(behind)].sort((a, b) => a - b), ratio = (high + 0.05) / (low + 0.05);
      if (ratio < 4.5) wrong.push(`the hint "${e.placeholder}" stands out by ${ratio.toFixed(1)} : 1 only`);
    }
    return wrong;
  });
}

/** sound asks everything that holds for every page in a given way of visiting. */
export async function sound(page, { theme = "light", without } = {}) {
  return [
    ...(await axe(page, { without })),
    ...(await landmarks(page)),
    ...(await sideways(page)),
    ...(await targets(page, theme === "elder" ? 60 : 44)),
    ...(await hints(page)),
  ];
}

/**
 * weigh opens an address in an empty browser and adds up what came over the wire, headers
 * left out: { total, html, css, js, other, requests, third: requests to anybody else,
 * plain: kinds that came without compression }. Sizes in bytes.
 */
export async function weigh(context, url) {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  const sum = { total: 0, html: 0, css: 0, js: 0, other: 0, requests: 0, third: [], plain: [], fonts: 0 };
  const asked = new Map();
  let home;
  cdp.on("Network.requestWillBeSent", ({ requestId, request, type }) => {
    if (request.url.startsWith("data:") || request.url.startsWith("blob:")) return;
    sum.requests++;
    home ??= new URL(request.url).origin;
    if (new URL(request.url).origin !== home) sum.third.push(request.url);
    if (type === "Font") sum.fonts++;
  });
  cdp.on("Network.responseReceived", ({ requestId, response, type }) => {
    const headers = Object.fromEntries(Object.entries(response.headers).map(([k, v]) => [k.toLowerCase(), v]));
    const kind = { Document: "html", Stylesheet: "css", Script: "js" }[type] ?? "other";
    asked.set(requestId, { kind, url: response.url, coded: headers["content-encoding"], head: response.encodedDataLength });
  });
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const a = asked.get(requestId);
    if (!a) return;
    // The length that is told at the end counts the head of the answer too.
    const bytes = Math.max(0, encodedDataLength - a.head);
    sum[a.kind] += bytes;
    sum.total += bytes;
    if (a.kind !== "other" && bytes > 1400 && !a.coded) sum.plain.push(a.url);
  });
  await page.goto(url, { waitUntil: "load" });
  await page.waitForLoadState("networkidle");
  await page.close();
  return sum;
}
