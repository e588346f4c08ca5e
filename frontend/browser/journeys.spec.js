// The way of an opinion: a resident reads a clause, writes, sends and looks up the answer
// promised, with and without scripts, by keyboard, in both languages; an officer answers it.
import { sound } from "./checks.js";
import { press } from "./keyboard.js";
import { expect, signIn, test } from "./site.js";
import { at } from "./ways.js";

const matter = "2026-008";
const title = { zh: "汀南区文明养犬管理规定" };

/** write fills in the form about a clause; then is the button: into the basket, or to the check. */
async function write(page, stance, text, { basket = false } = {}) {
  await page.locator(`label:has(input[name=stance][value=${stance}]), input[name=stance][value=${stance}] + label`).first().click();
  await page.locator("textarea[name=body]").fill(text);
  const button = page.locator(".composer button[type=submit]");
  await (basket ? button.and(page.locator("[name=then]")) : button.first()).click();
}

/** codeFor reads the newest code for a person out of the mailbox of the demonstration. */
async function codeFor(site, contact) {
  let code;
  await expect(async () => {
    const mail = await (await fetch(site.url + "/mailbox")).text();
    const letter = mail.split("<article>").find((l) => l.includes(contact));
    code = /\b\d{6}\b/.exec(letter ?? "")?.[0];
    expect(code).toBeTruthy();
  }).toPass();
  return code;
}

/** receiptOf is the code that the receipt page shows. */
async function receiptOf(page) {
  await page.waitForURL(/\/r\/[0-9A-Z-]+/i);
  return /\/r\/([^/?#]+)/.exec(page.url())[1];
}

test("without scripts a resident writes on two clauses, confirms by a code and finds the receipt again", async ({ visit, site }) => {
  const page = await visit({ js: false, width: 320 });
  await page.goto("/");
  await page.locator("main").getByRole("link", { name: title.zh }).first().click();
  await page.goto("/consultations");
  await page.locator("main").getByRole("link", { name: title.zh }).first().click();
  await page.locator("main a.button-primary").first().click();
  await expect(page).toHaveURL(/\/draft/);
  await page.locator("#a4 a.clause-control").click();
  await expect(page).toHaveURL(/\/clauses\/a4/);
  await write(page, "amend", "老人牵不住大狗，绳子应该再短一些。");
  await page.locator(".basket-bar a.button").click();
  await expect(page.locator(".check-answers > li")).toHaveCount(1);
  expect(await sound(page)).toEqual([]);
  await page.goto(`/consultations/${matter}/clauses/a8`);
  await write(page, "support", "拾便袋放在路边很方便。", { basket: true });
  await expect(page.locator(".check-answers > li")).toHaveCount(2);

  await page.locator("input[name=contact]").fill("pei-laiyin@yunting.example");
  await page.locator("form .button-primary").last().click();
  await expect(page.locator(".input-code")).toBeVisible();
  expect(await sound(page)).toEqual([]);
  await page.locator(".input-code").fill(await codeFor(site, "pei-laiyin@yunting.example"));
  await page.locator("form .button-row .button-primary").last().click();
  const code = await receiptOf(page);
  await expect(page.locator(".check-answers > li")).toHaveCount(2);
  expect(await sound(page)).toEqual([]);

  const stranger = await visit({ js: false });
  await stranger.goto("/r");
  await stranger.locator("main [name=code]").fill(code.toLowerCase());
  await stranger.locator("main [name=detail]").fill("pei-laiyin@yunting.example");
  await stranger.locator("main .button-primary").click();
  await expect(stranger.locator("main")).toContainText("老人牵不住大狗");
});

test("by keyboard alone a resident sends an opinion and leaves nothing but takes the receipt", async ({ visit }) => {
  const page = await visit({ width: 1280 });
  await page.goto(`/consultations/${matter}/draft`);
  await press(page, /^第五条 .*提意见/);
  const composer = page.locator("dialog .composer");
  await expect(composer).toBeVisible();
  await composer.locator("input[name=stance]").first().focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await press(page, /^您的意见/, "a");
  await page.keyboard.type("校门口早上人多，这样规定很好。");
  await press(page, "放入并去提交");
  await page.waitForURL(/\/basket/);
  await page.locator("input[name=way]").first().focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator("input[name=way][value=none]")).toBeChecked();
  await press(page, /^提交/);
  await receiptOf(page);
  await expect(page.locator("h1")).toBeFocused();
});

test("on a phone the form comes up as a sheet, and Back closes it without losing a word", async ({ visit }) => {
  const page = await visit({ width: 390 });
  await page.goto(`/consultations/${matter}/draft`);
  const control = page.locator("#a7 a.clause-control");
  await control.click();
  const sheet = page.locator("dialog.sheet");
  await expect(sheet.locator("textarea[name=body]")).toBeVisible();
  await sheet.locator("textarea[name=body]").fill("遛犬区晚上也请开放。");
  expect(await sound(page)).toEqual([]);
  await page.goBack();
  await expect(sheet).toBeHidden();
  await expect(control).toBeFocused();
  await control.click();
  await expect(sheet.locator("textarea[name=body]")).toHaveValue("遛犬区晚上也请开放。");
  await write(page, "amend", "遛犬区晚上也请开放到九点。", { basket: true });
  await page.waitForURL(/\/basket/);
  await expect(page.locator(".check-answers")).toContainText("开放到九点");
});

test("in English a resident goes the same way to a receipt", async ({ visit }) => {
  const page = await visit({ lang: "en", js: false });
  await page.goto("/en/consultations");
  await page.locator(`main a[href="/en/consultations/${matter}"]`).click();
  await page.goto(at("en", `/consultations/${matter}/clauses/a9`));
  await write(page, "question", "How is barking measured?", { basket: true });
  await page.locator("input[name=way][value=none]").check();
  await page.locator("form .button-primary").last().click();
  await receiptOf(page);
  await expect(page).toHaveURL(/\/en\/r\//);
  await expect(page.locator("main")).toContainText("Receipt");
});

test("an empty opinion is refused with words that say what to do, and what was chosen stays", async ({ visit }) => {
  const page = await visit({ js: false });
  await page.goto(`/consultations/${matter}/clauses/a2`);
  await page.locator("input[name=stance][value=oppose]").check({ force: true });
  await page.locator(".composer button[type=submit]").first().click();
  await expect(page.locator(".error-summary")).toContainText("请写下您的意见");
  await expect(page.locator("input[name=stance][value=oppose]")).toBeChecked();
  expect(await sound(page)).toEqual([]);
});

test("an officer signs in, opens the queue and answers an opinion with a reason", async ({ visit, account }) => {
  const page = await visit({ width: 1280 });
  await signIn(page, account("officer"), "/desk");
  await page.goto("/desk/queue");
  await page.locator('main a[href^="/desk/opinions/"]').first().click();
  await page.waitForURL(/\/desk\/opinions\//);
  await page.locator("input[name=decision][value=adopted]").check({ force: true });
  await page.locator("textarea[name=reason_zh]").fill("您说得对，修改稿会照这个意思写。");
  expect(await sound(page)).toEqual([]);
  await page.locator("main form:has([name=reason_zh]) .button-primary").click();
  await expect(page.locator("main")).toContainText("已保存");
  await expect(page.locator(".decision").first()).toContainText("修改稿会照这个意思写");
});
