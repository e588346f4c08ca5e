// A steward checks people in at the door: by digits with the keyboard alone, without a
// connection, and without scripts.
import { sound } from "./checks.js";
import { expect, signIn, test } from "./site.js";
import { at, languages } from "./ways.js";

/** doorOf is the address of the check-in of the hearing that is being held, in a language. */
function doorOf(site, lang = "zh") {
  return at(lang, `/desk/hearings/${site.hearings.find((h) => h.state === "live").id}/door`);
}

/** steward signs the city's moderator in and opens the door. */
async function steward(page, site, lang = "zh") {
  await signIn(page, site.accounts.find((a) => a.role === "moderator"));
  expect((await page.goto(doorOf(site, lang), { waitUntil: "networkidle" })).status()).toBe(200);
}

const word = (page) => page.locator(".door-word");

for (const lang of languages)
  for (const js of [true, false])
    test(`the door is sound on the smallest screen and says what is wrong with a ticket: ${lang}${js ? "" : " without scripts"}`, async ({ site, visit }) => {
      const page = await visit({ lang, width: 320, js });
      await steward(page, site, lang);
      expect(await sound(page)).toEqual([]);
      await page.locator("#f-ticket").fill("000000");
      await page.keyboard.press("Enter");
      await expect(word(page)).toHaveText({ zh: "没有这张票", en: "No such ticket" }[lang]);
      expect(await sound(page)).toEqual([]);
      // By name: everybody has one of these characters in the demonstration.
      await page.locator("#f-q").fill("士");
      await page.locator("form.door-find button").click();
      await expect(page.locator(".door-people li").first()).toBeVisible();
      expect(await sound(page)).toEqual([]);
    });

test("a steward goes on without a connection, and what was let in is sent once", async ({ site, visit }) => {
  const page = await visit({ width: 390 });
  await steward(page, site);
  const state = page.locator("[data-door-state]");
  await expect(state).toContainText("名单");
  // Somebody who has a seat and is not in yet, found by the list.
  const open = page.locator(".door-people form[data-door=check]");
  for (const name of ["先生", "女士"]) {
    if (await open.count()) break;
    await page.locator("#f-q").fill(name);
    await page.locator("form.door-find button").click();
    await expect(page.locator(".door-people li").first()).toBeVisible();
  }
  const missing = open.first();
  await expect(missing).toBeVisible();
  await page.context().setOffline(true);
  await missing.locator("button").press("Enter");
  await expect(word(page)).toHaveText("请进");
  await expect(page.locator(".door-result")).toContainText("断网");
  await expect(state).toContainText("1 条待上传");
  // The same ticket once more: this device knows.
  await missing.locator("button").press("Enter");
  await expect(word(page)).toHaveText("已经进过场");
  await page.context().setOffline(false);
  await expect(state).not.toContainText("待上传");
  await expect(page.locator("[data-door-conflicts]")).toBeHidden();
  // Another desk hears of it.
  const other = await visit({ width: 1280, js: false });
  await steward(other, site);
  await other.locator("#f-q").fill(await missing.locator("xpath=ancestor::li").locator(".hint").innerText().then((t) => String(Number(t.split(" ")[0]))));
  await other.locator("form.door-find button").click();
  await expect(other.locator("#door-found")).toContainText("已签到");
});
