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

for (const lang of languages)
  test(`everything about a clause and everything that a unit answered, from link to link without scripts: ${lang}`, async ({ site, visit }) => {
    const page = await visit({ lang, js: false, width: 390 });
    const ask = (query) => fetch(`${site.url}/api/v1/search?${query}`).then((r) => r.json());
    const said = (await ask("kind=opinion&limit=50")).hits.find((h) => h.clause);
    const matter = said.matter.replace("consultation:", "");
    await page.goto(at(lang, `/consultations/${matter}/clauses/${said.clause}`));
    await page.locator("a[href*='/search?clause=']").first().click();
    await expect(page.locator("h1")).toContainText(lang === "en" ? "Everything about Article" : "的全部内容");
    await expect(page.locator(".search-about a")).toHaveAttribute("href", new RegExp(`/consultations/${matter}/clauses/`));
    expect(await page.locator(".hit").count()).toBeGreaterThan(1);
    const answer = (await ask("kind=answer&limit=1")).hits[0];
    await page.goto(at(lang, `/units/${answer.unit}`));
    await page.locator("a[href*='/search?kind=answer']").first().click();
    await expect(page.locator("h1")).toContainText(lang === "en" ? "answered" : "的全部答复");
    await expect(page.locator(".hit").first()).toBeVisible();
    if (lang === "en") expect(await page.locator(".hit-title").allTextContents()).not.toContainEqual(expect.stringMatching(/第.+条/));
  });

test("what is typed in pinyin or at great length is answered in its place", async ({ visit }) => {
  const page = await visit({ lang: "zh", width: 390 });
  await page.goto("/search");
  await page.locator("#q").pressSequentially("tingche");
  await expect(page.locator("datalist option").first()).toHaveAttribute("label", "tingche");
  await page.locator(".search-form button").click();
  await expect(page.locator(".hit-title mark").first()).toHaveText("停车");
  await page.goto(`/search?q=${encodeURIComponent("小区里的停车位".repeat(80))}`);
  expect((await page.locator("h1").textContent()).length).toBeLessThan(60);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
});
