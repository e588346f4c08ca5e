// Anybody can check a draw: in the browser, without scripts, and without any server.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "./site.js";
import { sound } from "./checks.js";

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
      await page.getByLabel(/Commitment published/).fill(told);
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
