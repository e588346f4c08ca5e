// A resident says something about two clauses and can prove it: without scripts, on a phone
// through the sheet, with errors on the way.
import { sound } from "./checks.js";
import { focused, press } from "./keyboard.js";
import { codeFor, expect, test } from "./site.js";
import { at, languages } from "./ways.js";

const error = { zh: /^错误：/, en: /^Error: / };
const draft = (site) => `/consultations/${site.consultations.filter((c) => c.status === "open").pop().id}`;

// A page is complete before its scripts are there; a journey that needs them waits for the last of them.
const scripted = { waitUntil: "networkidle" };

/** write fills the form about a clause on its own page and puts it into the basket. */
async function write(page, path, text) {
  await page.goto(path);
  await page.locator("form textarea[name=body]").fill(text);
  await page.locator("form:has(textarea[name=body]) button[type=submit]").first().click();
}

/** leave goes through the basket: with nothing but the receipt where the unit allows it, else contact and code. */
async function leave(page, lang, home) {
  await page.goto(at(lang, home + "/basket"));
  expect(await sound(page)).toEqual([]);
  await page.locator("input[name=display][value=anonymous]").check({ force: true });
  const nothing = page.locator("input[name=way][value=none]"), free = await nothing.count(), contact = `walker-${Date.now()}@yunting.example`;
  if (free) await nothing.check({ force: true });
  else await page.locator("input[name=contact]").fill(contact);
  await page.locator("form[action$='/basket/send'] .button-row button").click();
  if (free) return;
  await expect(page.locator("input[name=code]")).toBeInViewport({ ratio: 1 }); // whatever stands in the basket
  await page.locator("input[name=code]").fill(await codeFor(page, contact));
  await page.locator("form[action$='/basket/send'] .button-row button").click();
}

for (const lang of languages)
  test(`a printed draft or clause invites nobody to write, and says how many opinions there are: ${lang}`, async ({ site, visit }) => {
    const home = at(lang, `/consultations/${site.consultations.find((c) => c.status === "open").id}`), page = await visit({ lang, js: false });
    await page.emulateMedia({ media: "print" });
    await page.goto(`${home}/draft`);
    const quiet = page.locator("a.clause-control[data-count='0']"), spoken = page.locator("a.clause-control:not([data-count='0'])");
    for (const control of await quiet.all()) await expect(control).toBeHidden();
    for (const control of await spoken.all()) {
      await expect(control.locator("[data-count-text]")).toBeHidden();
      await expect(control.locator(".paper")).toHaveText(new RegExp(`^${await control.getAttribute("data-count")} `));
      await expect(control.locator(".paper")).toBeVisible();
    }
    expect(await quiet.count() + await spoken.count()).toBeGreaterThan(3);
    await page.goto(await page.locator("a.clause-control").first().getAttribute("href"));
    await expect(page.locator(".composer")).toBeHidden();
  });

for (const lang of languages)
  for (const width of [320, 1280])
    test(`two clauses, one receipt, without scripts: ${lang} ${width}`, async ({ site, visit }) => {
      const page = await visit({ lang, width, js: false });
      const home = draft(site);
      await page.goto(at(lang, "/"));
      await page.goto(at(lang, home + "/draft"));
      expect(await page.locator("a.clause-control").count()).toBeGreaterThan(3);
      await write(page, at(lang, home + "/clauses/a1"), `第一条写得清楚 <b>${width}</b>`);
      await write(page, at(lang, home + "/clauses/a2"), "Please say who pays for the repair.");
      await leave(page, lang, home);
      await expect(page).toHaveURL(/\/r\/[0-9A-Z-]+/);
      expect(await sound(page)).toEqual([]);
      await expect(page.locator("main")).toContainText("Please say who pays for the repair.");
      // Whoever holds the code finds it again, signed out, in a browser that knows nothing.
      const code = page.url().match(/\/r\/([0-9A-Z-]+)/)[1];
      const other = await visit({ lang, width, js: false });
      await other.goto(at(lang, "/r"));
      await other.locator("main input[name=code]").fill(code.toLowerCase());
      await other.locator("main form button").first().click();
      await expect(other).toHaveURL(new RegExp(`/r/${code}`));
      expect(await sound(other)).toEqual([]);
    });

for (const lang of languages)
  test(`an empty opinion is refused where it was written, with the error in the title: ${lang}`, async ({ site, visit }) => {
    const page = await visit({ lang });
    await write(page, at(lang, draft(site) + "/clauses/a1"), "   ");
    await expect(page).toHaveTitle(error[lang]);
    await expect(page.locator(".error-summary")).toBeFocused();
    expect(await sound(page)).toEqual([]);
  });

test("on a phone the sheet takes the focus, Back closes it, and the focus returns", async ({ site, visit }) => {
  const page = await visit({ width: 390 });
  await page.goto(draft(site) + "/draft", scripted);
  const control = page.locator("a.clause-control").nth(1);
  await control.click();
  const sheet = page.locator("dialog.sheet");
  await expect(sheet.locator("textarea[name=body]")).toBeVisible();
  expect(await page.evaluate(() => !!document.activeElement.closest("dialog.sheet"))).toBe(true);
  await page.goBack();
  await expect(sheet).toBeHidden();
  await expect(control).toBeFocused();
  await expect(page).toHaveURL(/\/draft/);
  // Escape does the same.
  await control.click();
  await expect(sheet.locator("textarea[name=body]")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(control).toBeFocused();
});

test("what is written in the sheet reaches the basket, and the reader stays at the clause", async ({ site, visit }) => {
  const page = await visit({ width: 390 });
  await page.goto(draft(site) + "/draft", scripted);
  const control = page.locator("a.clause-control").nth(1);
  await control.click();
  await page.locator("dialog.sheet textarea[name=body]").fill("在手机上写的一条意见。");
  await page.locator("dialog.sheet form:has(textarea[name=body]) button[type=submit]").first().click();
  await expect(page.locator("aside.basket-bar")).toBeVisible();
  await expect(page.locator("dialog.sheet")).toBeHidden();
  await expect(page).toHaveURL(/\/draft/);
  await expect(control).toBeFocused();
  await expect(page.locator(".clause-told")).not.toBeEmpty();
  expect(await sound(page)).toEqual([]);
  // The next one opens with an empty form.
  await control.click();
  await expect(page.locator("dialog.sheet textarea[name=body]")).toHaveValue("");
  await page.locator("dialog.sheet textarea[name=body]").fill("再写一条。");
  await page.locator("dialog.sheet form:has(textarea[name=body]) button[type=submit]").first().click();
  await expect(page.locator("aside.basket-bar")).toContainText("2");
  await page.goto(draft(site) + "/basket");
  await expect(page.locator("main")).toContainText("在手机上写的一条意见。");
  await expect(page.locator("main")).toContainText("再写一条。");
});

test("a tab that is lost while writing gives back every character", async ({ site, visit }) => {
  const page = await visit({ width: 390 });
  const path = draft(site) + "/clauses/a3";
  await page.goto(path);
  await page.locator("textarea[name=body]").fill("写到一半，浏览器关了。");
  // The page says when it is kept on the device; from then on nothing may be lost.
  await expect(page.locator(".draft-bar")).not.toBeEmpty();
  const again = await page.context().newPage();
  await page.close();
  await again.goto(path);
  await expect(again.locator("textarea[name=body]")).toHaveValue("写到一半，浏览器关了。");
});

test("text typed in the sheet and left by Back at once is there again", async ({ site, visit }) => {
  const page = await visit({ width: 390 });
  await page.goto(draft(site) + "/draft", scripted);
  const control = page.locator("a.clause-control").nth(2);
  await control.click();
  const words = "一口气写完就退出来的一段话，一个字也不能少。";
  const area = page.locator("dialog.sheet textarea[name=body]");
  await area.fill(words);
  await page.goBack();
  await expect(page.locator("dialog.sheet")).toBeHidden();
  await control.click();
  await expect(area).toHaveValue(words);
  // And after the tab is gone.
  await page.goBack();
  const again = await page.context().newPage();
  await page.close();
  await again.goto(draft(site) + "/draft", scripted);
  await again.locator("a.clause-control").nth(2).click();
  await expect(again.locator("dialog.sheet textarea[name=body]")).toHaveValue(words);
});

test("from the draft to the receipt by keyboard alone", async ({ site, visit }) => {
  test.setTimeout(120_000);
  const page = await visit({ lang: "en", width: 1280 });
  const home = "/en" + draft(site);
  await page.goto(home + "/draft", scripted);
  await page.keyboard.press("Tab");
  expect((await focused(page)).href).toBe("#main"); // the way past the header comes first
  for (const words of ["First, by keyboard.", "Second, by keyboard."]) {
    await press(page, words.startsWith("First") ? /^Article 1 .*Have your say/ : /^Article 2 .*Have your say/);
    await expect(page.locator("dialog.sheet textarea[name=body]")).toBeVisible();
    await press(page, /^Your opinion/i, "ArrowRight");
    await page.keyboard.type(words);
    await press(page, /^Put in( the)? basket|^Put into/i);
    await expect(page.locator("aside.basket-bar")).toBeVisible();
    await expect(page.locator("dialog.sheet")).toBeHidden(); // and the focus is at the clause again
  }
  await page.goto(home + "/basket", scripted);
  await expect(page.locator(".check-answers > li")).toHaveCount(2);
  const nothing = page.locator("input[name=way][value=none]"), free = await nothing.count(), contact = `keys-${Date.now()}@yunting.example`;
  if (free) {
    await nothing.focus();
    await page.keyboard.press("Space");
  } else {
    await page.locator("input[name=contact]").focus();
    await page.keyboard.type(contact);
  }
  await press(page, /^Send 2 opinions/i);
  if (!free) {
    const code = await codeFor(page, contact);
    await page.locator("input[name=code]").focus();
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");
  }
  await page.waitForURL(/\/r\//);
  await expect(page.locator("h1")).toBeFocused();
  await expect(page.locator("main")).toContainText("Second, by keyboard.");
});

test("a file that cannot be taken is named, and the words stay", async ({ site, visit }) => {
  const page = await visit({ width: 390 });
  await page.goto(draft(site) + "/clauses/a4", scripted);
  await page.locator("textarea[name=body]").fill("照片里看得清楚。");
  await page.locator("summary", { hasText: "附照片" }).click();
  await page.locator("input[type=file]").setInputFiles([{ name: "page.html", mimeType: "text/html", buffer: Buffer.from("<script>") }, { name: "plan.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n%%EOF") }]);
  await page.locator("form:has(textarea[name=body]) button[type=submit]").first().click();
  await expect(page.locator(".error-summary")).toContainText("page.html");
  await expect(page.locator(".error-summary")).toBeFocused();
  await expect(page.locator("textarea[name=body]")).toHaveValue("照片里看得清楚。");
  await expect(page.locator(".files")).toContainText("plan.pdf");
  expect(await sound(page)).toEqual([]);
  await page.goto(draft(site) + "/basket");
  await expect(page.locator(".files")).toContainText("plan.pdf");
  // The device does not offer the same words once more.
  await page.goto(draft(site) + "/clauses/a4", scripted);
  await expect(page.locator("textarea[name=body]")).toHaveValue("");
});
