// What every page shares: the frame, in every way of visiting, on the home page and in the
// gallery that shows every component in every state.
import { axe, sideways, sound, targets, weigh } from "./checks.js";
import { walk } from "./keyboard.js";
import { expect, test } from "./site.js";
import { at, few, languages, themes, ways } from "./ways.js";

for (const way of ways())
  test(`home is sound: ${way.name}`, async ({ visit }) => {
    const page = await visit(way);
    const answer = await page.goto(at(way.lang, "/"));
    expect(answer.status()).toBe(200);
    await expect(page.locator("html")).toHaveAttribute("lang", way.lang === "en" ? /^en/ : /^zh/);
    expect(await sound(page, way)).toEqual([]);
  });

// The gallery is long: eight ways in which each language, look and width appears at least twice.
for (const way of few)
  test(`the gallery is sound: ${way.name}`, async ({ visit }) => {
    const page = await visit(way);
    const answer = await page.goto(at(way.lang, "/gallery"));
    expect(answer.status()).toBe(200);
    // It repeats components, so it has several of what a page has once.
    expect([...(await axe(page)), ...(await sideways(page)), ...(await targets(page, way.theme === "elder" ? 60 : 44))]).toEqual([]);
  });

for (const lang of languages)
  test(`home is sound and complete without scripts: ${lang}`, async ({ visit }) => {
    const plain = await visit({ lang, js: false, width: 320 });
    await plain.goto(at(lang, "/"));
    expect(await sound(plain)).toEqual([]);
    const scripted = await visit({ lang, width: 320 });
    await scripted.goto(at(lang, "/"));
    const links = (page) => page.locator("a[href]").evaluateAll((all) => all.map((a) => a.getAttribute("href")).sort());
    const there = await links(plain);
    for (const href of await links(scripted)) expect(there).toContain(href);
  });

test("each look of the reading settings changes the page", async ({ visit }) => {
  const looks = new Set();
  for (const theme of themes) {
    const page = await visit({ theme });
    await page.goto("/");
    looks.add(await page.evaluate(() => {
      const s = getComputedStyle(document.body);
      return [s.backgroundColor, s.color, getComputedStyle(document.documentElement).fontSize, s.fontSize].join(" ");
    }));
  }
  expect(looks.size).toBe(themes.length);
});

for (const lang of languages)
  for (const width of [390, 1280])
    test(`home by keyboard only: ${lang} ${width}`, async ({ visit }) => {
      const page = await visit({ lang, width });
      await page.goto(at(lang, "/"));
      const { stops, wrong } = await walk(page);
      expect(wrong).toEqual([]);
      expect(stops.length).toBeGreaterThan(3);
      // The first stop leads past the header, and really moves the focus there.
      await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => !!document.activeElement.closest("main, footer"))).toBe(true);
    });

test("home weighs at most 45 kB, asks nobody else, loads no font", async ({ site, browser }) => {
  const context = await browser.newContext();
  for (const lang of languages) {
    const w = await weigh(context, site.url + at(lang, "/"));
    expect(w.third).toEqual([]);
    expect(w.fonts).toBe(0);
    expect(w.plain).toEqual([]);
    expect(w.total).toBeLessThanOrEqual(45_000);
    expect(w.css).toBeLessThanOrEqual(14_000);
    expect(w.js).toBeLessThanOrEqual(18_000);
  }
  await context.close();
});

test("what is not there says so in the reader's language, in the same frame", async ({ visit }) => {
  for (const lang of languages) {
    const page = await visit({ lang });
    const answer = await page.goto(at(lang, "/consultations/9999-999"));
    expect(answer.status()).toBe(404);
    await expect(page.locator("html")).toHaveAttribute("lang", lang === "en" ? /^en/ : /^zh/);
    expect(await sound(page)).toEqual([]);
  }
});

test("public pages set no cookie on a first visit", async ({ site }) => {
  for (const path of ["/", "/en/", "/consultations"]) {
    const answer = await fetch(site.url + path);
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get("set-cookie"), path).toBeNull();
  }
});
