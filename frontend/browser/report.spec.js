// The report on a long draft: officers write it piece by piece, at a desk with scripts and
// on a phone without them, and neither loses what the other one wrote.
import { sound } from "./checks.js";
import { officers } from "./hearings.js";
import { expect, signIn, test } from "./site.js";

test("a long report is written piece by piece by two officers", async ({ site, visit }) => {
  const { id } = site.consultations.find((c) => c.status === "closed");
  const one = await visit({ width: 1280 }), two = await visit({ width: 390, js: false });
  await signIn(one, officers[0], "/desk");
  await signIn(two, officers[1], "/desk");
  const overview = `/desk/c/${id}/report`;
  await one.goto(overview);
  const pieces = one.locator("table.data tbody tr a");
  expect(await pieces.count()).toBeGreaterThan(1);
  expect(await sound(one)).toEqual([]);
  const piece = await pieces.first().getAttribute("href");
  // One writes with scripts: Ctrl+S keeps the place, and what is kept is said.
  await one.goto(piece, { waitUntil: "networkidle" });
  const unfold = (page) => page.locator(".report-clause").first().evaluate((d) => { d.open = true; }); // what is done is folded
  const block = one.locator(".report-clause").first();
  const name = await block.locator("textarea[name$=_reason_zh]").getAttribute("name");
  await unfold(one);
  await block.locator("select").selectOption("not");
  await one.locator(`textarea[name=${name}]`).fill("消防通道要留四米宽。");
  await one.keyboard.press("Control+s");
  await expect(one.locator("[data-autosaved]")).not.toBeEmpty();
  expect(await sound(one)).toEqual([]);
  // The other one finds it on a phone, writes on, and is led to the next piece.
  await two.goto(piece);
  await expect(two.locator(`textarea[name=${name}]`)).toHaveValue("消防通道要留四米宽。");
  await unfold(two);
  await two.locator(`textarea[name=${name}]`).fill("消防通道要留四米宽，标准里写着。");
  await two.locator("button[name=then][value=next]").click();
  await expect(two.locator(`textarea[name=${name}]`)).toHaveCount(0);
  await expect(two.locator(".report-clause").first()).toBeVisible();
  expect(await sound(two)).toEqual([]);
  // Who saves what they no longer have before them is shown both, and nothing is lost.
  await one.locator(`textarea[name=${name}]`).fill("我又改了一遍。");
  await one.locator("form[data-autosave] .button-row button").first().click();
  await expect(one.locator(".report-note[open]")).toContainText("标准里写着");
  await expect(one.locator(`textarea[name=${name}]`)).toHaveValue("我又改了一遍。");
  await one.locator("form[data-autosave] .button-row button").first().click();
  await two.goto(piece);
  await expect(two.locator(`textarea[name=${name}]`)).toHaveValue("我又改了一遍。");
});
