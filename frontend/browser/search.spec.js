// Finding things: the page before a question, with hits, narrowed, with nothing found; by
// keyboard and without scripts.
import { sound } from "./checks.js";
import { walk } from "./keyboard.js";
import { expect, signIn, test } from "./site.js";
import { at, few, languages } from "./ways.js";

const words = { zh: "停车", en: "parking" };

for (const way of few)
  test(`the search page is sound: ${way.name}`, async ({ visit }) => {
    const page = await visit(way);
    for (const path of ["/search", `/search?q=${encodeURIComponent(words[way.lang])}`, "/search?q=zzzzqqqq"]) {
      const answer = await page.goto(at(way.lang, path));
      expect(answer.status()).toBe(200);
      expect(await sound(page, way)).toEqual([]);
    }
  });

for (const lang of languages)
  test(`a word is found, marked, narrowed and widened without scripts: ${lang}`, async ({ visit }) => {
    const page = await visit({ lang, js: false, width: 390 });
    await page.goto(at(lang, "/search"));
    await page.locator("#q").fill(words[lang]);
    await page.locator(".search-form button").click();
    await expect(page.locator(".hit").first()).toBeVisible();
    await expect(page.locator(".hit mark").first()).toBeVisible();
    const all = await page.locator(".search-result").textContent();
    await page.locator(".search-facets input[name=topic]").first().check();
    await page.locator(".search-facets button").click();
    await expect(page.locator(".chosen a")).toHaveCount(1);
    expect(await page.locator(".search-result").textContent()).not.toBe(all);
    await page.locator(".chosen a").click();
    await expect(page.locator(".search-result")).toHaveText(all);
    await page.locator(".hit-title a").first().click();
    await expect(page).toHaveURL(/consultations|opinions/);
  });

for (const lang of languages)
  test(`hits by keyboard only: ${lang}`, async ({ visit }) => {
    const page = await visit({ lang, width: 1280 });
    await page.goto(at(lang, `/search?q=${encodeURIComponent(words[lang])}`));
    const { wrong } = await walk(page);
    expect(wrong).toEqual([]);
  });

for (const way of few)
  test(`an officer's search and what a resident saved are sound: ${way.name}`, async ({ account, visit }) => {
    const word = encodeURIComponent(words[way.lang]);
    const look = async (page, path) => {
      const answer = await page.goto(at(way.lang, path));
      expect(answer.status()).toBe(200);
      expect(await sound(page, way)).toEqual([]);
    };
    const officer = await visit(way);
    await signIn(officer, account("officer"), "/desk");
    for (const path of ["/desk/search", `/desk/search?q=${word}`, "/desk/search?q=zzzzqqqq"]) await look(officer, path);
    const resident = await visit(way);
    await signIn(resident, account("resident"));
    await look(resident, "/search/saved");
    await resident.goto(at(way.lang, `/search?q=${word}`));
    await resident.locator(".search-keep form button").click();
    await resident.waitForURL(/\/search\/saved/);
    await expect(resident.locator(".matter")).toHaveCount(1);
    expect(await sound(resident, way)).toEqual([]);
    await resident.locator(".matter form button").click();
    await expect(resident.locator(".matter")).toHaveCount(0);
  });
