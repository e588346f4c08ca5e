// The draw of a hearing: as officers and residents go through it, and as anybody checks it, in
// the browser, without scripts, and without any server.
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sound } from "./checks.js";
import { localTime, makeHearing, officers, register, somebody } from "./hearings.js";
import { expect, program, signIn, test } from "./site.js";
import { at } from "./ways.js";

const sample = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../app/kit/draw/testdata/sample.draw");
const file = fs.readFileSync(sample, "utf8");
const commitment = /commitment\t(\w+)/.exec(file)[1];
const as = (text) => ({ name: "hearing.draw", mimeType: "text/plain", buffer: Buffer.from(text) });

// cases are files and what must be said of them, in English.
const cases = [
  [file, commitment, /Drawing again gives the same file/],
  [file.replace("T358", "T359"), commitment, /Line 17/],
  [file, "ab".repeat(32), /not the list that was published/],
  [file.slice(0, file.indexOf("value\t")), commitment, /holds the list only/],
  [file.slice(0, -20), commitment, /Line 34|breaks off/],
];

for (const js of [true, false]) {
  test(`a draw can be checked ${js ? "with" : "without"} scripts`, async ({ visit }) => {
    const page = await visit({ lang: "en", width: 390, js });
    for (const [text, told, want] of cases) {
      await page.goto("/en/hearings/check-draw");
      await page.getByLabel("File of the draw").setInputFiles(as(text));
      await page.getByLabel(/Fingerprint published/).fill(told);
      await page.getByRole("button", { name: "Draw again" }).click();
      await expect(page.locator("#draw-said")).toContainText(want);
    }
    expect(await sound(page)).toEqual([]);
  });
}

test("the page that checks works from a disk, without any server", async ({ visit, site, browser }) => {
  const page = await visit({ lang: "zh", width: 1280 });
  await page.goto("/hearings/check-draw");
  expect(await sound(page)).toEqual([]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "保存核对网页" }).click()]);
  const saved = test.info().outputPath("check.html");
  await download.saveAs(saved);
  const alone = await browser.newContext({ offline: true });
  const tab = await alone.newPage();
  await tab.goto("file://" + saved);
  await tab.locator("input[type=file]").setInputFiles(as(file));
  await tab.locator("input[name=commitment]").fill(commitment);
  await tab.getByRole("button", { name: "重新抽一遍" }).click();
  await expect(tab.locator("#draw-said")).toContainText("一字不差");
  await alone.close();
});

/** draws are the two ways in which the number comes about, each with a language of the residents. */
const draws = [
  { method: "dice", lang: "zh", js: false, rule: "见证人轮流掷骰子。", value: "35162 41352 16435 22164", proof: { witnesses: "邵一舟\n葛青禾" }, shown: "邵一舟、葛青禾",
    words: { pool: "待抽签", early: "还没到公布的时间", seat: "已确认", reserve: "候补", drawn: "您被抽中，编号", result: "递补第", same: "一字不差", download: "下载抽签文件", here: "在这个网站上重新抽一遍", again: "重新抽一遍" } },
  { method: "public", lang: "en", js: true, rule: "后天的福利彩票开奖号码。", value: "03 11 17 22 28 31", proof: { source: "lottery.example, 2026-141" }, shown: "lottery.example, 2026-141",
    words: { pool: "In the draw", early: "还没到公布的时间", seat: "Confirmed", reserve: "Waiting list", drawn: "you were drawn, number", result: "is reserve", same: "gives the same file", download: "Download the file of the draw", here: "Draw again on this site", again: "Draw again" } },
];

for (const { method, lang, js, rule, value, proof, shown, words } of draws)
  test(`a draw by ${method} from the fixed list to the proof that anybody checks: ${lang}${js ? "" : " without scripts"}`, async ({ visit }, info) => {
    test.setTimeout(300_000);
    const id = await makeHearing(visit, { title: `夜市听证会（${method}）`, groups: [{ zh: "沿路住户", en: "Residents", role: "speaker", method: "draw", seats: 2 }, { zh: "旁听", en: "Observers", role: "observer", method: "first_come", seats: 2, waiting: 5 }] });
    const people = [];
    for (let i = 0; i < 3; i++) {
      const page = await visit({ lang, js }), who = somebody();
      await register(page, id, who, { lang, category: "g1", more: (p) => p.locator("main [name=key_points]").fill("夜里安静些。") });
      await expect(page.locator(".ticket-word")).toHaveText(words.pool);
      people.push({ page, who });
    }
    const [one, two] = [await visit({ width: 1280, js: false }), await visit({ width: 390 })];
    await signIn(one, officers[0], "/desk");
    await signIn(two, officers[1], "/desk");
    const desk = `/desk/hearings/${id}`;
    await one.goto(desk + "/move");
    await one.locator("main [name=signup_closes_at]").fill(localTime(-1 / 1440));
    await one.locator("main [name=reason_zh]").fill("报名的人够了，提前截止。");
    await one.locator("form[action$='/move'] button").first().click();
    await expect(one.locator(".notice")).toBeVisible();
    // The list and the rule are fixed; a colleague whose form is older fixes nothing else.
    await two.goto(desk + "/draw");
    await one.goto(desk + "/draw");
    expect(await sound(one)).toEqual([]);
    const fix = async (page, text) => {
      await page.locator(`main [name=method][value=${method}]`).check();
      await page.locator("main [name=rule_zh]").fill(text);
      const soon = new Date(Date.now() + 8 * 36e5 + 30_000).toISOString().slice(0, 19).replace(/:00$/, ""); // a full minute has no seconds in such a field
      await page.locator("main [name=seed_at]").fill(soon);
      await page.locator("form[action$='/commit'] button").click();
    };
    await fix(one, rule);
    await expect(one.locator(".notice")).toBeVisible();
    // Too early: refused, and what was typed stays.
    await one.goto(desk + "/draw");
    const number = one.locator("main [name=value]");
    await number.fill(value);
    for (const [name, text] of Object.entries(proof)) await one.locator(`main [name=${name}]`).fill(text);
    const draw = one.locator("form[action$='/seed'] button");
    await draw.click();
    await expect(one.locator(".error-summary")).toContainText(words.early);
    await expect(number).toHaveValue(value);
    expect(await sound(one)).toEqual([]);
    await fix(two, "换一条规则。");
    await expect(two.locator(".error-summary")).toBeVisible();
    await expect(two.locator("main")).toContainText(rule);
    // Before there is a number, everybody sees the list and its fingerprint.
    const anybody = await visit({ lang, js, width: 390 });
    await anybody.goto(at(lang, `/hearings/${id}/draw`));
    const print = (await anybody.locator(".draw-proof code").first().innerText()).trim();
    expect(print).toMatch(/^[0-9a-f]{64}$/);
    await expect(anybody.locator(".draw-proof")).toContainText(rule);
    await expect(anybody.locator("details table tbody tr")).toHaveCount(people.length);
    expect(await sound(anybody)).toEqual([]);
    // Its time has come.
    await expect(async () => {
      if (await draw.count()) await draw.click();
      await expect(one.locator("main form[action$='/seed']")).toHaveCount(0, { timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    await expect(one.locator(".error-summary")).toHaveCount(0);
    expect(await sound(one)).toEqual([]);
    // The result is public, with everything it follows from.
    await anybody.reload();
    await expect(anybody.locator(".draw-proof")).toContainText(shown);
    expect((await anybody.locator(".draw-proof code").first().innerText()).trim()).toBe(print);
    await expect(anybody.locator("table").nth(1).locator("tbody tr")).toHaveCount(2);
    expect(await sound(anybody)).toEqual([]);
    // Everybody knows how it came out for them, on the ticket and by mail.
    const states = [];
    for (const { page, who } of people) {
      await page.reload();
      const seat = (await page.locator(".ticket-word").innerText()).trim() === words.seat;
      states.push(seat);
      if (!seat) await expect(page.locator(".ticket-word")).toHaveText(words.reserve);
      await expect(async () => {
        await anybody.goto("/mailbox");
        const letters = await anybody.locator("main").innerText(); // the newest first
        expect(letters.slice(letters.indexOf(who.contact)).split("收信人")[0]).toContain(seat ? words.drawn : words.result);
      }).toPass({ timeout: 20_000 });
    }
    expect(states.filter(Boolean)).toHaveLength(2);
    // Anybody draws again: on the site, and by the program.
    await anybody.goto(at(lang, `/hearings/${id}/draw`));
    const [download] = await Promise.all([anybody.waitForEvent("download"), anybody.getByRole("link", { name: words.download }).click()]);
    const saved = info.outputPath("of-the-draw.txt");
    await download.saveAs(saved);
    await anybody.getByRole("link", { name: words.here }).click();
    await anybody.locator("input[type=file]").setInputFiles(saved);
    await anybody.locator("input[name=commitment]").fill(print);
    await anybody.getByRole("button", { name: words.again }).click();
    await expect(anybody.locator("#draw-said")).toContainText(words.same);
    expect(await sound(anybody)).toEqual([]);
    const verify = (name) => promisify(execFile)(program, ["draw", "verify", name, "--commitment", print, "--lang", lang]);
    expect((await verify(saved)).stdout).toContain(words.same);
    const bad = info.outputPath("changed.txt");
    fs.writeFileSync(bad, fs.readFileSync(saved, "utf8").replace("\t000002\t", "\t000009\t"));
    await expect(verify(bad)).rejects.toThrow(lang === "zh" ? /第 \d+ 行/ : /[Ll]ine \d+/);
  });
