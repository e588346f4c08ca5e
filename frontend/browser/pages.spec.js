// Every kind of page is sound: on a small phone screen in Chinese, on a wide dark one in English.
import { sound, weigh } from "./checks.js";
import { expect, signIn, test } from "./site.js";
import { at } from "./ways.js";

const two = [{ lang: "zh", theme: "light", width: 390 }, { lang: "en", theme: "dark", width: 1280 }];

/** faults visits addresses one after the other and tells what is wrong, with the address. */
async function faults(page, way, addresses) {
  const wrong = [];
  for (const address of addresses) {
    const answer = await page.goto(at(way.lang, address));
    if (answer.status() !== 200) wrong.push(`${address}: answered ${answer.status()}`);
    else wrong.push(...(await sound(page, way)).map((fault) => `${address}: ${fault}`));
  }
  return wrong;
}

for (const way of two) {
  const how = `${way.lang} ${way.theme} ${way.width}`;
  const some = (site, status) => site.consultations.find((c) => c.status === status).id;

  test(`public pages are sound: ${how}`, async ({ visit, site }) => {
    const open = "/consultations/" + some(site, "open"), closed = "/consultations/" + some(site, "closed");
    expect(await faults(await visit(way), way, [
      "/consultations", open, `${open}/draft`, `${open}/clauses/a1`, `${open}/basket`, "/consultations/2026-005/compare",
      closed, `${closed}/draft`, `${closed}/response`, "/r", "/signin", "/signup", "/units",
    ])).toEqual([]);
  });

  test(`pages of a resident are sound: ${how}`, async ({ visit, account }) => {
    const page = await visit(way);
    await signIn(page, account("resident"));
    expect(await faults(page, way, ["/me", "/me/settings", "/consultations"])).toEqual([]);
  });

  test(`pages of an officer are sound: ${how}`, async ({ visit, account }) => {
    const page = await visit(way);
    await signIn(page, account("officer"));
    await page.goto("/desk");
    const own = await page.locator('main a[href^="/desk/c/"]').first().getAttribute("href");
    const id = own.split("/")[3];
    expect(await faults(page, way, [
      "/desk", "/desk/queue", "/desk/new", `/desk/c/${id}`, `/desk/c/${id}/import`, `/desk/c/${id}/checklist`,
      `/desk/c/${id}/queue`, `/desk/c/${id}/moderation`, `/desk/c/${id}/entry`, `/desk/c/${id}/report`,
    ])).toEqual([]);
  });

  test(`pages of an administrator are sound: ${how}`, async ({ visit, account }) => {
    const page = await visit(way);
    await signIn(page, account("administrator"));
    expect(await faults(page, way, ["/admin", "/admin/units", "/admin/people", "/admin/rules", "/admin/site", "/admin/holidays", "/admin/letters", "/admin/audit"])).toEqual([]);
  });
}

test("what residents read weighs at most 75 kB and asks nobody else", async ({ site, browser }) => {
  const context = await browser.newContext();
  for (const path of ["/", "/consultations", "/consultations/2026-008/draft", "/consultations/2026-008/clauses/a4", "/consultations/2026-005/draft"]) {
    const w = await weigh(context, site.url + path);
    expect(w.third, path).toEqual([]);
    expect(w.plain, path).toEqual([]);
    expect(w.total, path).toBeLessThanOrEqual(75_000);
  }
  await context.close();
});
