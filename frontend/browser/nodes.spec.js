// Two programs on one PostgreSQL behind one address: people of one room are at either.
import { sound } from "./checks.js";
import { call, everybodyInARoom } from "./rooms.js";
import { expect, postgres, startNodes, test as base } from "./site.js";

const test = base.extend({
  site: [
    async ({}, use) => {
      const site = await startNodes();
      await use(site);
      await site.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
});
if (!postgres && process.env.REQUIRE_SERVICES === "1") throw new Error("MINYI_TEST_DATABASE_URL names no PostgreSQL (REQUIRE_SERVICES=1)");
test.skip(!postgres, "needs PostgreSQL: MINYI_TEST_DATABASE_URL");

test("phones, console and wall of one room at two nodes; when one is killed its people go on at the other with nothing lost or doubled", async ({ site, account, visit }) => {
  test.setTimeout(120_000);
  const { desk, code, wall, phone, other, words } = await everybodyInARoom({ site, account, visit, through: site.through });
  const ask = (body) => call(site, account("resident"), "POST", `/rooms/${code}/questions`, { body, anonymous: true });
  const approve = ({ id }) => call(site, account("moderator"), "POST", `/desk/questions/${id}/approve`, {});

  // How soon what is asked at the one node can be read at the other.
  site.through(0);
  const began = Date.now();
  await approve(await ask("雨天能不能搬到停车场？"));
  await expect(other.locator("[data-more]")).toContainText("1", { timeout: 10_000 });
  console.log(`asked and approved at one node, on a phone of the other after ${Date.now() - began} ms`);

  await expect(phone.locator("#room")).toHaveAttribute("data-live", "open");
  await site.kill(0);
  await approve(await ask("几点收摊？")); // while the people of the first node are on their way
  for (const page of [phone, other]) await expect(page.locator("#room")).toHaveAttribute("data-live", "open", { timeout: 30_000 });
  await expect(desk.locator(".lane-queued .desk-card", { hasText: "几点收摊？" })).toHaveCount(1, { timeout: 30_000 });
  for (const page of [phone, other]) {
    await expect(page.locator("[data-more]")).toContainText("2");
    await page.locator("[data-more]").click();
    for (const body of [words, "雨天能不能搬到停车场？", "几点收摊？"]) await expect(page.locator("[data-list=open] li", { hasText: body })).toHaveCount(1);
  }
  await expect(wall.locator(".wall-words")).toHaveText(words);
  const next = desk.locator(".lane-queued .desk-card", { hasText: "几点收摊？" });
  await next.focus();
  await desk.keyboard.press("n");
  await expect(wall.locator(".wall-words")).toHaveText("几点收摊？");
  for (const page of [phone, other]) await expect(page.locator("[data-now-body]")).toHaveText("几点收摊？");
  expect(await sound(phone)).toEqual([]);
});
