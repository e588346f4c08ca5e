// The deadline of a consultation, for who wrote before it: who began in time may still send for
// some minutes, who began later may not, and nobody loses a word.
import { sound } from "./checks.js";
import { expect, moveDeadline, test } from "./site.js";
import { at, languages } from "./ways.js";

const says = {
  zh: { soon: "截止前在这一页开始写的", now: "截止前已经开始写的", basket: "征集已经截止。您在截止前就开始写了", refused: "征集已经结束，不能再提交。您写的内容没有丢", left: "可以复制下来寄给联系人", copied: "已复制", stance: "态度：不赞成", suggests: "建议改成" },
  en: { soon: "If you begin on this page before then", now: "If you began to write before closing", basket: "Comments have closed. You began before that", refused: "The consultation has closed. Your text is safe", left: "You can copy it and send it to the contact", copied: "Copied", stance: "View: Oppose", suggests: "Suggested wording" },
};
const grace = 30; // minutes

/** clock is how pages write the hour of a moment. */
const clock = (time) => time.toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" });
/** ends is when the grace after a deadline ends, as pages write it. */
const ends = (closes) => clock(new Date(closes.getTime() + grace * 60_000));

const area = (page) => page.locator("main form textarea[name=body]");
const putIn = (page) => page.locator("main form:has(textarea[name=body]) button[type=submit]").first().click();

// An open consultation with many clauses, which no other journey writes to.
const chosen = (site) => site.consultations.filter((c) => c.status === "open")[3].id;

test.afterEach(({ site }) => moveDeadline(site, chosen(site), 20 * 86_400, grace));

for (const lang of languages)
  for (const js of [false, true])
    test(`who began before the deadline sends within the grace, nobody else and nobody later: ${lang}${js ? "" : ", without scripts"}`, async ({ site, visit }) => {
      const id = chosen(site), home = at(lang, `/consultations/${id}`), words = says[lang];
      // Pages that were read without a cookie are kept until the deadline that they know: each journey reads its own.
      const clause = (n) => `${home}/clauses/a${n + (js ? 10 : 0)}`;
      let closes = await moveDeadline(site, id, 3600, grace);

      // Before: one opinion is in the basket, a second one is being written, by others a third and a fourth.
      const resident = await visit({ lang, js });
      await resident.goto(clause(1));
      await expect(resident.locator(".composer")).toContainText(words.soon);
      await expect(resident.locator(".composer")).toContainText(ends(closes));
      await area(resident).fill("截止前放进意见篮的一条。");
      await putIn(resident);
      await expect(resident.locator("aside.basket-bar")).toBeVisible();
      await resident.goto(clause(2));
      await area(resident).fill("截止时正在写的一条。");
      const slow = await visit({ lang, js }), late = await visit({ lang, js });
      await slow.goto(clause(3));
      await area(slow).fill("写得太慢的一条。");
      await late.goto(clause(4));
      await area(late).fill("截止以后才写的一条。");

      // It closes by its clock. Who comes now finds no form, and reads for whom it is still open and until when.
      closes = await moveDeadline(site, id, 0, grace);
      const newcomer = await visit({ lang, js });
      await newcomer.goto(clause(5));
      await expect(newcomer.locator("main")).toContainText(words.now);
      await expect(newcomer.locator("main")).toContainText(ends(closes));
      await expect(area(newcomer)).toBeHidden();
      expect(await sound(newcomer)).toEqual([]);

      // Who began in time sends both.
      await putIn(resident);
      await expect(resident.locator("aside.basket-bar")).toContainText("2");
      await resident.goto(home + "/basket");
      await expect(resident.locator("main .grace")).toContainText(words.basket);
      await expect(resident.locator("main .grace")).toContainText(ends(closes));
      expect(await sound(resident)).toEqual([]);
      await resident.locator("input[name=way][value=none]").check({ force: true });
      await resident.locator("form[action$='/basket/send'] .button-row button").click();
      await expect(resident).toHaveURL(/\/r\/[0-9A-Z-]+/);
      await expect(resident.locator("main")).toContainText("截止前放进意见篮的一条。");
      await expect(resident.locator("main")).toContainText("截止时正在写的一条。");
      expect(await sound(resident)).toEqual([]);

      // Who began when the time was over is refused within the grace, and the words stay to be copied.
      await moveDeadline(site, id, -300, grace);
      const refused = async (page, text) => {
        await putIn(page);
        await expect(page.locator(".error-summary")).toContainText(words.refused);
        if (js) await expect(page.locator(".error-summary")).toBeFocused();
        await expect(area(page)).toHaveValue(text);
        await expect(area(page)).toBeEditable(); // a field that is off cannot be copied from everywhere
        expect(await sound(page)).toEqual([]);
      };
      await refused(late, "截止以后才写的一条。");

      // After the grace nobody can, whenever they began: what is in a basket becomes a letter.
      closes = await moveDeadline(site, id, 0, grace);
      await putIn(slow);
      await expect(slow.locator("aside.basket-bar")).toBeVisible();
      await slow.goto(home + "/basket");
      await slow.locator("input[name=way][value=none]").check({ force: true });
      await moveDeadline(site, id, -1, 0);
      await slow.locator("form[action$='/basket/send'] .button-row button").click();
      await expect(slow.locator("#letter")).toHaveValue(/写得太慢的一条。/);
      await expect(slow.locator(".error-summary")).toContainText(words.refused);
      await expect(slow.locator("form[action$='/basket/send']")).toHaveCount(0);
      expect(await sound(slow)).toEqual([]);
    });

for (const lang of languages)
  test(`the notice and the draft name the clauses that hold words which were not sent: ${lang}`, async ({ site, visit }) => {
    const id = chosen(site), home = at(lang, `/consultations/${id}`);
    const page = await visit({ lang }), named = page.locator("[data-unsent-clauses] a"), mark = page.locator(".clause-unsent");
    await page.goto(`${home}/draft`, { waitUntil: "networkidle" });
    await expect(page.locator("[data-unsent-clauses]")).toBeHidden();

    // In the sheet: a clause is named with its first words, and no more when they are taken away again.
    const control = page.locator("a.clause-control").nth(1), clause = (await control.locator(".sr").textContent()).trim();
    const typed = page.locator("dialog textarea[name=body]");
    await control.click();
    await typed.fill("写了一半。");
    await expect(named).toHaveText([clause]);
    await expect(mark).toHaveCount(1);
    await typed.fill("");
    await expect(mark).toHaveCount(0);
    await expect(page.locator("[data-unsent-clauses]")).toBeHidden();
    await typed.fill("写了一半，又写。");
    await expect(mark).toHaveCount(1);

    // The notice leads to them, and once they are in the basket nothing is left to name.
    await page.goto(home);
    await expect(named).toHaveText([clause]);
    expect(await sound(page)).toEqual([]);
    await named.click();
    await expect(area(page)).toHaveValue("写了一半，又写。");
    await putIn(page);
    await expect(page.locator("aside.basket-bar")).toBeVisible();
    await page.goto(`${home}/draft`, { waitUntil: "networkidle" });
    await expect(page.locator("[data-unsent-clauses]")).toBeHidden();
    await expect(mark).toHaveCount(0);
    // Without scripts nobody reads of it.
    const plain = await visit({ lang, js: false });
    await plain.goto(home);
    await expect(plain.locator("[data-unsent-clauses]")).toBeHidden();
  });

for (const lang of languages)
  test(`what stayed on the device is sent within the grace, and is there to be copied after it: ${lang}`, async ({ site, visit }) => {
    const id = chosen(site), home = at(lang, `/consultations/${id}`), words = says[lang], typed = "写了一半，手机没电了。";
    const left = (page) => page.locator("[data-left]");
    await moveDeadline(site, id, 3600, grace);
    const write = async (n, more = async () => {}) => {
      const page = await visit({ lang });
      // Who has something in the basket is known, and reads past the pages that were kept with the old deadline.
      await page.goto(`${home}/clauses/a24`);
      await area(page).fill("这一条已经放进意见篮。");
      await putIn(page);
      await expect(page.locator("aside.basket-bar")).toBeVisible();
      await page.goto(`${home}/clauses/a${n}`);
      await area(page).fill(typed);
      await more(page);
      await expect(page.locator(".draft-bar")).not.toBeEmpty();
      await page.goto("about:blank");
      return page;
    };
    const quick = await write(21), slow = await write(22, async (page) => {
      await page.locator("input[name=stance][value=oppose]").check({ force: true });
      await page.locator("details.suggest summary").first().click();
      await page.locator("textarea[name=suggestion]").fill("改成这样。");
    });
    const closes = await moveDeadline(site, id, 0, grace);

    // Within the grace the form comes back with the words to who began in time, and to nobody else.
    await quick.goto(`${home}/clauses/a23`, { waitUntil: "networkidle" });
    await expect(area(quick)).toBeHidden();
    await expect(quick.getByText(words.now)).toBeVisible();
    await quick.goto(`${home}/clauses/a21`);
    await expect(area(quick)).toHaveValue(typed);
    await expect(area(quick)).toBeVisible();
    await expect(quick.locator("main .grace")).toContainText(words.basket);
    await expect(quick.locator("main .grace")).toContainText(ends(closes));
    await expect(quick.getByText(words.now)).toBeHidden(); // it is said once
    expect(await sound(quick)).toEqual([]);
    await putIn(quick);
    await expect(quick.locator("aside.basket-bar")).toContainText("2");
    await expect(area(quick)).toBeHidden();

    // After it the words are shown with what can be done, in the sheet of the draft as well, until they are cleared.
    await moveDeadline(site, id, -1, 0);
    await slow.goto(`${home}/draft`, { waitUntil: "networkidle" });
    await slow.locator("a.clause-control[href*='/clauses/a22']").click();
    await expect(left(slow).locator("textarea")).toHaveValue(new RegExp(typed));
    await slow.goto(`${home}/clauses/a22`);
    await expect(left(slow)).toBeVisible();
    await expect(left(slow)).toContainText(words.left);
    await expect(left(slow)).toContainText(/\S+@\S+/);
    // Whom they are sent to can tell what they are about, and nothing that was chosen or typed is missing.
    const clause = (await slow.locator("h1").textContent()).trim();
    await expect(left(slow).locator("textarea")).toHaveValue(new RegExp(`${clause}\n\n${words.stance}\n\n${typed}\n\n${words.suggests}\n改成这样。$`));
    expect(await sound(slow)).toEqual([]);
    await left(slow).locator("[data-copy]").click();
    await expect(left(slow).locator("[data-share-status]")).toContainText(words.copied);
    await left(slow).locator("[data-left-drop]").click();
    await expect(left(slow)).toBeHidden();
    await slow.reload({ waitUntil: "networkidle" });
    await expect(left(slow)).toBeHidden();
    // Who wrote nothing sees nothing of it.
    await quick.goto(`${home}/clauses/a22`, { waitUntil: "networkidle" });
    await expect(left(quick)).toBeHidden();
  });
