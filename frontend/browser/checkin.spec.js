// At the door of a hearing as it truly is: a camera that sees a ticket, a hall without a
// connection, and two desks that let the same ticket in.
import { writeFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { sound } from "./checks.js";
import { expect, listen, openContext, signIn, test } from "./site.js";

const live = (site) => site.hearings.find((h) => h.state === "live").id;
const door = (site) => `/desk/hearings/${live(site)}/door`;
const word = (page) => page.locator(".door-word");
const state = (page) => page.locator("[data-door-state]");
const conflicts = (page) => page.locator("[data-door-conflicts]");

/** family opens the tickets of a family that has not come yet. */
async function family(page, site) {
  await signIn(page, site.accounts.find((a) => a.role === "attendee"));
  const own = page.locator("main a[href*='/t/']").first();
  await page.goto(await own.getAttribute("href"));
  await expect(page.locator(".ticket")).toHaveCount(3);
  return (await page.locator(".ticket .digits").allInnerTexts()).map((t) => t.replace(/\s/g, ""));
}

/** steward opens the door as a moderator, and waits until the device has what it needs alone. */
async function steward(page, site, desk) {
  await signIn(page, site.accounts.find((a) => a.role === "moderator"));
  await page.goto(door(site));
  await expect(state(page)).toContainText("名单");
  await page.locator("#f-desk").fill(desk);
  await page.locator("#f-desk").blur();
  await expect.poll(() => kept(page)).toBe(true);
}

/** kept says whether the page of the door lies on the device. */
const kept = (page) => page.evaluate(async () => {
  const at = location.pathname;
  return !!(await caches.match(at, { ignoreVary: true })) && !!navigator.serviceWorker && !!(await navigator.serviceWorker.getRegistration(at))?.active;
});

async function show(page, digits) {
  await page.locator("#f-ticket").fill(digits);
  await page.keyboard.press("Enter");
}

/** film writes what a camera sees that looks at a ticket as it was kept as a picture: a few frames of it, a little askew. */
async function film(page, file) {
  const width = 640, height = 480;
  const raw = await page.evaluate(async ({ width, height }) => {
    const picture = new Image();
    picture.src = document.querySelector(".ticket-picture img").src;
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#8a8a80"; // a hand, a hall
    brush.fillRect(0, 0, width, height);
    brush.translate(width / 2 + 20, height / 2 - 10);
    brush.transform(0.96, 0.16, -0.12, 0.93, 0, 0);
    brush.filter = "blur(1px) brightness(0.8)";
    brush.drawImage(picture, -130, -130, 260, (260 * picture.naturalHeight) / picture.naturalWidth);
    return Array.from(brush.getImageData(0, 0, width, height).data);
  }, { width, height });
  const luma = Buffer.alloc(width * height);
  for (let i = 0; i < luma.length; i++) luma[i] = (raw[4 * i] * 3 + raw[4 * i + 1] * 6 + raw[4 * i + 2]) / 10;
  const frame = Buffer.concat([Buffer.from("FRAME\n"), luma, Buffer.alloc(luma.length / 2, 128)]);
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...Array(10).fill(frame)]));
}

test("the camera reads a ticket and lets it in", async ({ site, visit }, info) => {
  const holder = await visit({ width: 390 });
  await family(holder, site);
  const file = info.outputPath("camera.y4m");
  await film(holder, file);
  const options = info.project.use.launchOptions;
  const browser = await chromium.launch({ ...options, args: [...options.args, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${file}`] });
  try {
    const page = await (await openContext(browser, site.url, { width: 390 })).newPage();
    const complaints = [];
    listen(page, complaints);
    await steward(page, site, "东门");
    const began = Date.now();
    await page.getByRole("button", { name: "用摄像头扫码" }).click();
    await expect(word(page)).toHaveText("请进", { timeout: 30_000 });
    console.log(`the camera had read a ticket and let it in after ${Date.now() - began} ms`); // four seconds are the aim
    await expect(page.locator(".door-result")).toContainText("桑柏舟");
    await expect(page.locator("[data-door-video]")).toBeVisible();
    expect(await sound(page, { without: ["video"] })).toEqual([]);
    await page.getByRole("button", { name: "用摄像头扫码" }).click();
    await expect(page.locator("[data-door-video]")).toBeHidden();
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});

test("without a connection the page comes back, lets people in, and keeps what it saw", async ({ site, visit }) => {
  const [, digits] = await family(await visit({ width: 390 }), site);
  const page = await visit({ width: 390 });
  await steward(page, site, "西门");
  await page.context().setOffline(true);
  await page.reload();
  await expect(state(page)).toContainText("断网");
  await expect(state(page)).toContainText("名单");
  await show(page, digits);
  await expect(word(page)).toHaveText("请进");
  await expect(state(page)).toContainText("1 条待上传");
  expect(await sound(page)).toEqual([]);
  // The browser is closed and opened again, still without a connection.
  await page.reload();
  await expect(state(page)).toContainText("1 条待上传");
  await expect(page.locator("#f-desk")).toHaveValue("西门");
  await show(page, digits);
  await expect(word(page)).toHaveText("已经进过场");
  await page.context().setOffline(false);
  await expect(state(page)).not.toContainText("待上传");
  await expect(conflicts(page)).toBeHidden();
  const other = await visit({ width: 1280, js: false });
  await signIn(other, site.accounts.find((a) => a.role === "moderator"));
  await other.goto(door(site) + "?q=" + encodeURIComponent("桑一苇"));
  await expect(other.locator("#door-found")).toContainText("已签到");
});

test("two desks that let one ticket in admit it once, and the conflict stays until somebody has looked after it", async ({ site, visit }) => {
  const [, , digits] = await family(await visit({ width: 390 }), site);
  const east = await visit({ width: 390 }), west = await visit({ width: 1280 });
  await steward(east, site, "东门");
  await steward(west, site, "西门");
  await east.context().setOffline(true);
  await west.context().setOffline(true);
  for (const page of [east, west]) {
    await show(page, digits);
    await expect(word(page)).toHaveText("请进");
  }
  await west.context().setOffline(false);
  await expect(state(west)).not.toContainText("待上传");
  await expect(conflicts(west)).toBeHidden();
  await east.context().setOffline(false);
  await expect(conflicts(east)).toBeVisible();
  await expect(conflicts(east)).toContainText("西门");
  await east.reload();
  await expect(conflicts(east).locator("li")).toContainText(/^\d\d:\d\d · 已经进过场 · 旁听人 · 编号 \d+ · /);
  expect(await sound(east)).toEqual([]);
  await conflicts(east).getByRole("button").press("Enter");
  await expect(conflicts(east)).toBeHidden();
  await east.reload();
  await expect(state(east)).toContainText("名单");
  await expect(conflicts(east)).toBeHidden();
  // The server lists both showings, whichever desk looks.
  await expect(east.locator("#door-numbers")).toContainText("重复出示的票");
});

test("an answer that got lost and a sign-in that ran out leave nothing undone at the door", async ({ site, visit }) => {
  const page = await visit({ width: 390 });
  await steward(page, site, "东门");
  await page.locator("#f-q").fill("女士");
  await page.locator("form.door-find button").click();
  const missing = page.locator("#door-found .door-people form[data-door=check]").first();
  await expect(missing).toBeVisible();
  const number = (await missing.locator("xpath=ancestor::li").locator(".hint").innerText()).split(" ")[0];
  const arrived = async (count) => { // as another desk sees it
    const other = await visit({ width: 1280, js: false });
    await signIn(other, site.accounts.find((a) => a.role === "moderator"));
    await other.goto(door(site) + "?q=" + Number(number));
    await expect(other.locator("#door-found li", { hasText: number }).filter({ hasText: "已签到" })).toHaveCount(count);
  };
  // The server lets in, but nobody hears of it; the steward takes it back.
  let lost = 0;
  await page.route("**/check-ins", async (route) => {
    if (lost++) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await missing.locator("button").press("Enter");
  await expect(word(page)).toHaveText("请进");
  await page.locator("[data-door-undo] button").press("Enter");
  await expect(word(page)).toHaveText("已撤销");
  await page.evaluate(() => dispatchEvent(new Event("online"))); // the connection is back
  await expect(state(page)).not.toContainText("待上传");
  await arrived(0);
  // Let in without a connection; meanwhile the sign-in ends.
  await page.context().setOffline(true);
  await missing.locator("button").press("Enter");
  await expect(word(page)).toHaveText("请进");
  await page.context().clearCookies();
  await page.context().setOffline(false);
  await expect(state(page)).toContainText("登录已经过期，1 条记录还在这台设备上");
  expect(await sound(page)).toEqual([]);
  await state(page).getByRole("link", { name: "重新打开本页" }).click();
  await signIn(page, site.accounts.find((a) => a.role === "moderator"));
  await page.goto(door(site));
  await expect(state(page)).toContainText("名单");
  await expect(state(page)).not.toContainText("待上传");
  await arrived(1);
});
