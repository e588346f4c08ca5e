// Finding things: the page before a question, with hits, narrowed, with nothing found; by
// keyboard and without scripts; and what is left of it while the engine answers nothing.
import net from "node:net";
import { sound } from "./checks.js";
import { walk } from "./keyboard.js";
import { expect, listen, openContext, signIn, startSite, test } from "./site.js";
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

test("an engine that takes calls and answers none: titles and clauses answer and say so, writing goes on, in both languages without scripts", async ({ browser }) => {
  test.setTimeout(240_000);
  const open = new Set(), silent = net.createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
  });
  await new Promise((listening) => silent.listen(0, "127.0.0.1", listening));
  const site = await startSite({ env: { MINYI_MEILI_URL: `http://127.0.0.1:${silent.address().port}` }, searches: false });
  const complaints = [];
  try {
    for (const way of few.slice(1, 3)) {
      const context = await openContext(browser, site.url, { ...way, js: false }), page = await context.newPage();
      listen(page, complaints);
      await page.goto(at(way.lang, "/search"));
      await page.locator("#q").fill(words[way.lang]);
      const began = Date.now();
      await page.locator(".search-form button").click();
      await expect(page.locator("main .notice")).toContainText(way.lang === "en" ? "Only titles and clauses of drafts" : "只查了草案标题和条款");
      console.log(`answered from titles and clauses after ${Date.now() - began} ms: ${way.name}`);
      await expect(page.locator(".hit mark").first()).toBeVisible();
      await expect(page.locator(".tabs, .search-facets, .search-sorts")).toHaveCount(0); // nothing is counted
      expect(await sound(page, way)).toEqual([]);
      await page.goto(at(way.lang, "/search?q=zzzzqqqq"));
      await expect(page.locator("main .notice")).toBeVisible();
      await expect(page.locator(".search-empty a").first()).toBeVisible();
      expect(await sound(page, way)).toEqual([]);
      await context.close();
    }
    const context = await openContext(browser, site.url, { lang: "zh", width: 1280, js: false }), desk = await context.newPage();
    listen(desk, complaints);
    await signIn(desk, site.accounts.find((a) => a.role === "officer"), "/desk");
    await desk.goto(`/desk/search?q=${encodeURIComponent(words.zh)}`);
    await expect(desk.locator("main .notice")).toBeVisible();
    await context.close();

    const of = `${site.url}/api/v1/consultations/${site.consultations.find((c) => c.status === "open").id}`;
    const { clauses } = await fetch(`${of}/draft`).then((r) => r.json());
    const said = await fetch(`${of}/opinions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${site.accounts.find((a) => a.role === "resident").token}` },
      body: JSON.stringify({ opinions: [{ clause: clauses.find((c) => c.kind === "article").key, stance: "support", body: "支持这个办法。" }], display: "anonymous" }),
    });
    expect(said.status, await said.text()).toBe(201);
    expect(open.size, "the engine was called").toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  } finally {
    await site.stop();
    for (const socket of open) socket.destroy();
    await new Promise((closed) => silent.close(closed));
  }
});
