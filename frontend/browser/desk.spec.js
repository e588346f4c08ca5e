// An officer's way from a file to a published answer, at the desk, and what a resident
// sees of it: with scripts on a desktop, and without them.
import { axe, sideways, sound } from "./checks.js";
import { docx } from "./files.js";
import { expect, openContext, signIn, startSite, test } from "./site.js";
import { at } from "./ways.js";

// Officers of one unit: the demonstration gives both the password of its sign-ins.
const first = { email: "han-zhaonan@yunting.example", password: "yunting-open-house" };
const second = { email: "lu-wanqing@yunting.example", password: "yunting-open-house" };

const markdown = `# 楼道充电管理办法（征求意见稿）

## 第一章　总则

第一条　为了防止火灾，制定本办法。

第二条　楼道里不得停放电动自行车。

## 第二章　充电

第三条　充电点应当设在室外，离外墙不少于六米。

第四条　充电价格由街道和居民商定，每年公布一次。
`;

const paragraphs = ["楼道照明管理办法", "第一条　为了夜里看得见，制定本办法。", "第二条　楼道灯由物业负责，坏了三日内修好。", "第三条　电费从公共收益里出。"];

/** local is a moment some days from now in the form of a datetime-local field. */
function local(days) {
  const d = new Date(Date.now() + days * 864e5 + 8 * 36e5);
  return d.toISOString().slice(0, 16);
}

/** make fills the form of a new consultation and gives its address at the desk. */
async function make(page, title) {
  await page.goto("/desk/new");
  const fill = (name, text) => page.locator(`main [name=${name}]`).fill(text);
  await fill("title_zh", title);
  await fill("title_en", "Lights and charging in stairwells");
  await fill("opens_at", local(0));
  await fill("closes_at", local(32));
  await fill("response_due_at", local(60));
  for (const lang of ["zh", "en"]) {
    await fill("points_" + lang, lang === "zh" ? "楼道里不能充电\n室外设充电点\n价格一起商量" : "No charging in stairwells\nCharging points outdoors\nPrices agreed together");
    await fill("who_" + lang, lang === "zh" ? "住楼房的人" : "People who live in flats");
    await fill("what_" + lang, lang === "zh" ? "充电搬到室外" : "Charging moves outdoors");
    await fill("explanation_" + lang, lang === "zh" ? "去年全市有 12 起楼道火灾。" : "There were 12 fires in stairwells last year.");
    await fill("next_" + lang, lang === "zh" ? "截止后 30 天内答复。" : "Answers come within 30 days of closing.");
  }
  await fill("contact_name", "住房局");
  await fill("contact_phone", "010-55550123");
  await fill("contact_email", "city-housing@yunting.example");
  await page.locator("form.edit-form .button-row button").first().click();
  await page.waitForURL(/\/desk\/c\/[0-9-]+$/);
  return new URL(page.url()).pathname;
}

/** bring imports a file and confirms what was found. */
async function bring(page, desk, file, articles) {
  await page.goto(desk + "/import");
  await page.locator("input[type=file][name=file]").setInputFiles(file);
  await page.locator("form:has(input[type=file]) .button-row button").first().click();
  await page.waitForURL(/\/desk\/imports\//);
  expect(await sound(page)).toEqual([]);
  for (const words of articles) await expect(page.locator(".tree")).toContainText(words);
  await page.locator(".import-end a").first().click();
  await page.waitForURL(/\/confirm/);
  await page.locator("form[action$='/confirm'] .button-row button").first().click();
  await page.waitForURL((url) => url.pathname === desk);
}

/** publish takes two people: one proposes, another one makes it public. */
async function publish(one, two, desk) {
  await one.goto(desk + "/checklist");
  expect(await sound(one)).toEqual([]);
  await one.locator("form[action$='/propose'] button").click();
  await expect(one.locator("form[action$='/publish']")).toHaveCount(0); // never by oneself
  await two.goto(desk + "/checklist");
  await two.locator("form[action$='/publish'] button").click();
  await two.waitForURL(/\/published/);
}

for (const [kind, js, file] of [["Markdown", true, { name: "draft.md", mimeType: "text/markdown", buffer: Buffer.from(markdown) }], ["Word, without scripts", false, { name: "draft.docx", mimeType: "application/octet-stream", buffer: docx(paragraphs) }]])
  test(`from a file to the public and to the queue: ${kind}`, async ({ visit }) => {
    test.setTimeout(120_000);
    const one = await visit({ width: 1280, js }), two = await visit({ width: 1280, js });
    await signIn(one, first, "/desk");
    await signIn(two, second, "/desk");
    const desk = await make(one, js ? "楼道充电管理办法" : "楼道照明管理办法");
    await bring(one, desk, file, js ? ["防止火灾", "每年公布一次"] : ["夜里看得见", "公共收益"]);
    await publish(one, two, desk);
    const home = desk.replace("/desk/c/", "/consultations/");
    const resident = await visit({ js });
    await resident.goto(home + "/clauses/a2");
    await resident.locator("textarea[name=body]").fill("三日太长，<b>一日</b>就够。");
    await resident.locator("form:has(textarea[name=body]) button[value=basket]").click();
    await resident.waitForURL(/\/basket/);
    await expect(resident.locator("main")).toContainText("三日太长，<b>一日</b>就够。");
    await one.goto(desk + "/entry");
    await one.locator("input[name=channel][value=phone]").check({ force: true });
    await one.locator("select[name=clause]").selectOption("a3");
    await one.locator("main textarea[name=body]").fill("打电话说：价格要公布。");
    await one.locator("input[name=consent]").check({ force: true });
    await one.locator("form:has(input[name=consent]) > button, form:has(input[name=consent]) .button").last().click();
    await expect(one.locator(".notice")).toBeVisible();
    await one.goto(desk + "/queue");
    await expect(one.locator("table.data")).toContainText("价格要公布");
  });

/** regulation has five chapters of forty articles; two of them carry the same number. */
function regulation() {
  const text = ["# 夜市管理条例"];
  for (let n = 1; n <= 200; n++) {
    if (n % 40 === 1) text.push(`第${(n + 39) / 40}章　分则`);
    text.push(`第${n === 99 ? 98 : n}条　摊位编号${n}，前面留出三米宽的通道。`);
  }
  return Buffer.from(text.join("\n\n"));
}

for (const js of [true, false])
  test(`a long draft is checked by chapter, and a fix leads back to its clause${js ? "" : ", without scripts"}`, async ({ visit }) => {
    const page = await visit({ js });
    await signIn(page, first, "/desk");
    const desk = await make(page, js ? "夜市管理条例" : "早市管理条例");
    await page.goto(desk + "/import");
    await page.locator("input[type=file][name=file]").setInputFiles({ name: "draft.md", mimeType: "text/markdown", buffer: regulation() });
    await page.locator("form:has(input[type=file]) .button-row button").first().click();
    await page.waitForURL(/\/desk\/imports\//);
    expect(await sound(page)).toEqual([]);
    await page.locator(".warnings a", { hasText: "第98条" }).first().click();
    const open = page.locator(".tree-open");
    await expect(open).toContainText("摊位编号99，");
    await expect(open).toBeInViewport();
    if (js) await expect(open.locator("[data-row]")).toBeFocused();
    await expect(page.locator(".source-text")).toContainText("摊位编号99，");
    await expect(page.locator(".source-text")).not.toContainText("摊位编号1，");
    expect(await sound(page)).toEqual([]);
    if (js) await open.locator("[data-row]").press("Backspace");
    else await open.locator("button[value=merge]").click();
    await expect(open).toContainText("摊位编号98，");
    await expect(open).toContainText("摊位编号99，");
    await expect(open).toBeInViewport();
    await page.locator("a[rel=next]").last().click();
    await expect(page.locator(".tree")).toContainText("摊位编号121，");
    await expect(page.locator("#pieces")).toBeInViewport();
    await page.locator(".import-end a").first().click();
    await page.locator("form[action$='/confirm'] .button-row button").first().click();
    await page.waitForURL((url) => url.pathname === desk);
    await page.goto(desk + "/versions/1?chapter=a200");
    await expect(page.locator(".tree")).toContainText("摊位编号200，");
    expect(await sound(page)).toEqual([]);
  });

test("every opinion is answered, two people publish, and the receipt says it", async ({ browser }) => {
  test.setTimeout(180_000);
  const site = await startSite();
  try {
    const open = async (way) => (await openContext(browser, site.url, way)).newPage();
    const one = await open({ width: 1280 }), two = await open({ width: 1280 });
    await signIn(one, first, "/desk");
    await signIn(two, second, "/desk");
    const { id } = site.consultations.find((c) => c.status === "closed");
    // What reached the office in time may still be entered; its receipt is what a resident has.
    await one.goto(`/desk/c/${id}/entry`);
    await one.locator("input[name=channel][value=paper]").check({ force: true });
    await one.locator("input[name=received]").fill(local(-12).slice(0, 10));
    await one.locator("main textarea[name=body]").fill("信里写的：请多设充电点。");
    await one.locator("input[name=contact]").fill("reader@yunting.example");
    await one.locator("input[name=consent]").check({ force: true });
    await one.locator("form:has(input[name=consent]) .button").last().click();
    const receipt = await one.locator(".notice a").getAttribute("href");
    // One by itself, by the keys of the list.
    await one.goto(`/desk/c/${id}/queue?state=open&text=${encodeURIComponent("信里写的")}`, { waitUntil: "networkidle" });
    await one.locator("table.data tbody th a").first().focus();
    await one.keyboard.press("r");
    await one.waitForURL(/\/desk\/opinions\//);
    await one.locator("input[name=decision][value=adopted]").check({ force: true });
    await one.locator("textarea[name=reason_zh]").fill("采纳，每栋楼增设 2 处。");
    await one.locator("form[action$='/answer'] .button-row button").first().click();
    await expect(one.locator(".decision").first()).toContainText("每栋楼增设 2 处");
    expect(await sound(one)).toEqual([]);
    // All others at once, with the effect in numbers first.
    await one.goto(`/desk/c/${id}/queue?state=open`);
    await one.locator(".batch-bar a.button").click();
    await one.locator("input[name=decision][value=study]").check({ force: true });
    await one.locator("textarea[name=reason_zh]").fill("写进明年的计划，再一起商量。");
    await one.locator("form[action$='/answer'] .button-row button").first().click();
    await one.waitForURL(/\/queue/);
    await one.goto(`/desk/c/${id}/queue?state=open`);
    await expect(one.locator("table.data tbody tr th a")).toHaveCount(0);
    // The report is saved while it is written; then one proposes and another one publishes.
    await one.goto(`/desk/c/${id}/report`, { waitUntil: "networkidle" });
    await one.locator("input[name=story1_zh]").fill("我们问了：充电点设在哪里。");
    await one.locator("textarea[name=method_zh]").fill("两位工作人员逐条读过。");
    await expect(one.locator("[data-autosaved]")).not.toBeEmpty();
    await one.locator("form[data-autosave] .button-row button").first().click();
    await expect(one.locator("textarea[name=method_zh]")).toHaveValue("两位工作人员逐条读过。");
    expect(await sound(one)).toEqual([]);
    await one.locator("form[action$='/report/propose'] button").click();
    await two.goto(`/desk/c/${id}/report`);
    await two.locator("form[action$='/report/publish'] button").click();
    await two.waitForURL(/\/report/);
    const resident = await open({ js: false });
    await resident.goto(receipt);
    await expect(resident.locator("main")).toContainText("每栋楼增设 2 处");
    expect(await sound(resident)).toEqual([]);
    for (const page of ["response", "adoption"]) {
      await resident.goto(`/consultations/${id}/${page}`);
      await expect(resident.locator("main")).toContainText(page === "response" ? "充电点设在哪里" : "写进明年的计划");
      expect(await sound(resident)).toEqual([]);
    }
    await resident.goto("/mailbox");
    await expect(resident.locator("main")).toContainText("reader@yunting.example");
  } finally {
    await site.stop();
  }
});

/** signedIn are the addresses behind a sign-in, by role. */
function signedIn(site) {
  const id = site.consultations.find((c) => c.status === "open" && c.id).id;
  return {
    officer: ["/desk", "/desk/queue", "/desk/new", "/desk/templates", "/desk/templates/new"],
    administrator: ["/admin", "/admin/units", "/admin/people", "/admin/site", "/admin/holidays", "/admin/rules", "/admin/rules/major_decision", "/admin/retention", "/admin/letters", "/admin/audit"],
    resident: ["/me", "/me/settings", `/consultations/${id}/basket`],
    supervisor: ["/desk"],
  };
}

const steps = ["", "/import", "/checklist", "/files", "/queue", "/entry", "/moderation", "/report", "/extend"];

// Each page in each look, width and language at least once, as the public ones.
const seen = [["zh", "light", 1280], ["en", "dark", 390], ["zh", "elder", 320], ["en", "black", 1280]].map(([lang, theme, width]) => ({ lang, theme, width }));
for (const way of seen)
  test(`pages behind a sign-in are sound: ${way.lang} ${way.theme} ${way.width}`, async ({ site, account, visit }) => {
    test.setTimeout(600_000);
    const wrong = [];
    const look = async (page, path) => {
      const answer = await page.goto(at(way.lang, path));
      const found = [...(answer.status() === 200 ? [] : [`answered ${answer.status()}`]), ...(await axe(page)), ...(await sideways(page))];
      wrong.push(...found.map((f) => `${path}: ${f}`));
    };
    for (const [role, paths] of Object.entries(signedIn(site))) {
      const page = await visit(way);
      await signIn(page, account(role), role === "resident" ? "/me" : "/desk");
      for (const path of paths) await look(page, path);
      if (role !== "officer") continue;
      await page.goto("/desk");
      const desk = (await page.locator("main a[href*='/desk/c/']").first().getAttribute("href")).match(/\/desk\/c\/[0-9-]+/)[0];
      for (const step of steps) await look(page, desk + step);
      await page.goto(desk + "/queue");
      await look(page, await page.locator("table.data tbody th a").first().getAttribute("href"));
    }
    expect(wrong).toEqual([]);
  });

test("keys of the queue: listed by ?, only in the list, and off when one wants", async ({ account, visit }) => {
  const page = await visit({ width: 1280 });
  await signIn(page, account("officer"), "/desk");
  await page.goto("/desk/queue", { waitUntil: "networkidle" });
  const links = page.locator("table.data tbody th a");
  await page.keyboard.press("j");
  await expect(links.first()).not.toBeFocused(); // the list has no focus yet
  await links.first().focus();
  await page.keyboard.press("j");
  await expect(links.nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(links.first()).toBeFocused();
  await page.keyboard.press("?");
  await expect(page.locator("#keys")).toBeVisible();
  expect(await axe(page)).toEqual([]);
  await page.locator("#keys-on").uncheck();
  await page.keyboard.press("Escape");
  await links.first().focus();
  await page.keyboard.press("j");
  await expect(links.first()).toBeFocused();
});
