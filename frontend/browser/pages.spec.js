// Every public page, looked at in several ways of visiting: one visitor walks the whole list,
// so that the list may grow with each feature and still cost little. What is wrong is named
// with its address.
import { axe, landmarks, sideways, sound, targets, weigh } from "./checks.js";
import { expect, test, turn } from "./site.js";
import { at, languages, ways } from "./ways.js";

const having = (site, status) => site.consultations.filter((c) => c.status === status).pop().id;

/** publicPages are the addresses that anybody may open, and that must be complete. */
function publicPages(site) {
  const list = ["/", "/consultations", "/consultations?status=open", "/units", "/signin", "/signin/reset", "/signup", "/r", "/reading", "/help", "/privacy", "/accessibility", "/sitemap", "/developers", "/mailbox", "/nothing-here"];
  for (const status of ["open", "closed", "scheduled"]) {
    const home = "/consultations/" + having(site, status);
    list.push(home, home + "/draft", home + "/clauses/a1");
  }
  const open = "/consultations/" + having(site, "open"), answered = "/consultations/" + having(site, "answered");
  // The consultation with two versions stands in the middle of the list: compare says which.
  const versions = site.consultations.filter((c) => c.status === "open").map((c) => `/consultations/${c.id}/compare`);
  list.push(open + "/basket", open + "/adoption", answered, answered + "/response", answered + "/adoption", ...versions.slice(-2));
  return list;
}

/** allowed are the answers of an address: what is not there says so on a page of its own. */
const allowed = (path) => (path === "/nothing-here" ? [404] : path.endsWith("/compare") ? [200, 404] : [200]);

const seen = [
  { lang: "zh", theme: "light", width: 390 }, { lang: "en", theme: "dark", width: 1280 },
  { lang: "zh", theme: "elder", width: 320 }, { lang: "en", theme: "black", width: 320 },
];
for (const way of seen)
  test(`every public page is sound: ${way.lang} ${way.theme} ${way.width}`, async ({ site, visit }) => {
    test.setTimeout(240_000);
    const page = await visit(way);
    const wrong = [];
    for (const path of publicPages(site)) {
      const answer = await page.goto(at(way.lang, path));
      const found = [
        ...(allowed(path).includes(answer.status()) ? [] : [`answered ${answer.status()}`]),
        ...(await axe(page)), ...(await landmarks(page)), ...(await sideways(page)), ...(await targets(page, way.theme === "elder" ? 60 : 44)),
      ];
      wrong.push(...found.map((f) => `${path}: ${f}`));
    }
    expect(wrong).toEqual([]);
  });

// All 24 ways, two of them for each page in turn, so that over the pages every combination is seen.
test("public pages are sound in every combination of language, look and width, in turn", async ({ site, visit }) => {
  test.setTimeout(600_000); // about 70 pages, on a machine that others may use too
  const page = await visit(), all = ways(), wrong = [];
  const pages = [...publicPages(site), "/search?q=" + encodeURIComponent("停车"), "/hearings", "/hearings/" + site.hearings[1].id];
  for (const [i, path] of pages.entries())
    for (const way of [all[(2 * i) % all.length], all[(2 * i + 13) % all.length]]) {
      await turn(page, site.url, way);
      const answer = await page.goto(at(way.lang, path));
      const found = [...(allowed(path).includes(answer.status()) ? [] : [`answered ${answer.status()}`]), ...(await sound(page, way))];
      wrong.push(...found.map((f) => `${path} ${way.name}: ${f}`));
    }
  expect(wrong).toEqual([]);
});

test("every public page is complete without scripts, and stays in 320 px", async ({ site, visit }) => {
  test.setTimeout(120_000);
  const page = await visit({ width: 320, js: false });
  const wrong = [];
  for (const path of publicPages(site)) {
    const answer = await page.goto(path);
    if (!allowed(path).includes(answer.status())) wrong.push(`${path}: answered ${answer.status()}`);
    wrong.push(...[...(await landmarks(page)), ...(await sideways(page))].map((f) => `${path}: ${f}`));
    // A control that does nothing without scripts is not shown.
    for (const dead of await page.locator("main button[type=button]:visible").all()) wrong.push(`${path}: a dead button: ${await dead.innerText()}`);
  }
  expect(wrong).toEqual([]);
});

test("public pages weigh at most 75 kB and ask nobody else", async ({ site, browser }) => {
  test.setTimeout(240_000);
  const context = await browser.newContext();
  const heavy = [];
  for (const lang of languages)
    for (const path of publicPages(site)) {
      const w = await weigh(context, site.url + at(lang, path));
      if (w.total > 75_000 || w.third.length || w.fonts || w.plain.length) heavy.push(`${at(lang, path)}: ${JSON.stringify(w)}`);
    }
  await context.close();
  expect(heavy).toEqual([]);
});
