// Every public page, looked at in many ways of visiting: one visitor walks the whole list, so that
// the list may grow with each feature and still cost little. What is wrong is named with its address.
import { axe, landmarks, sideways, targets, weigh } from "./checks.js";
import { expect, test } from "./site.js";
import { at, languages, ways } from "./ways.js";

/** open is the consultation of the demonstration that residents write on. */
const open = (site) => site.consultations.filter((c) => c.status === "open");
const closed = (site) => site.consultations.filter((c) => c.status === "closed");

/** publicPages are the addresses that anybody may open, and that must be complete. */
function publicPages(site) {
  const list = ["/", "/consultations", "/consultations?status=open", "/units", "/signin", "/signin/reset", "/signup", "/r", "/mailbox", "/nothing-here"];
  const some = [open(site).pop(), closed(site).pop()];
  for (const { id } of some) list.push(`/consultations/${id}`, `/consultations/${id}/draft`, `/consultations/${id}/clauses/a1`, `/consultations/${id}/basket`);
  return list;
}

/** look walks the addresses and lists what is wrong, each with its address. */
async function look(page, way, paths) {
  const wrong = [];
  for (const path of paths) {
    const answer = await page.goto(at(way.lang, path));
    const expected = path === "/nothing-here" ? 404 : 200;
    const found = [
      ...(answer.status() === expected ? [] : [`answered ${answer.status()}`]),
      ...(await axe(page)), ...(await landmarks(page)), ...(await sideways(page)), ...(await targets(page, way.theme === "elder" ? 60 : 44)),
    ];
    wrong.push(...found.map((f) => `${path}: ${f}`));
  }
  return wrong;
}

const seen = [...ways({ themes: ["light", "dark"], widths: [390, 1280] }), ...ways({ languages: ["zh"], themes: ["elder"], widths: [320] }), ...ways({ languages: ["en"], themes: ["black"], widths: [320] })];
for (const way of seen)
  test(`every public page is sound: ${way.name}`, async ({ site, visit }) => {
    test.setTimeout(180_000);
    const page = await visit(way);
    expect(await look(page, way, publicPages(site))).toEqual([]);
  });

for (const way of seen)
  test(`the officers' parts are sound: ${way.name}`, async ({ visit }) => {
    const page = await visit(way);
    const wrong = [];
    for (const path of ["/gallery/desk", "/gallery/interruption"]) {
      await page.goto(at(way.lang, path));
      wrong.push(...(await axe(page)), ...(await sideways(page)), ...(await targets(page, way.theme === "elder" ? 60 : 44)));
    }
    expect(wrong).toEqual([]);
  });

test("public pages weigh at most 75 kB and ask nobody else", async ({ site, browser }) => {
  test.setTimeout(120_000);
  const context = await browser.newContext();
  const heavy = [];
  for (const lang of languages)
    for (const path of ["/", "/consultations", ...open(site).flatMap(({ id }) => [`/consultations/${id}/draft`, `/consultations/${id}/clauses/a1`]), "/r"]) {
      const w = await weigh(context, site.url + at(lang, path));
      if (w.total > 75_000 || w.third.length || w.fonts || w.plain.length) heavy.push(`${path}: ${JSON.stringify(w)}`);
    }
  await context.close();
  expect(heavy).toEqual([]);
});
