// What happens while a page is open: opinions of others, and connections that break.
import { sound } from "./checks.js";
import { codeFor, expect, test } from "./site.js";

const open = (site) => site.consultations.filter((c) => c.status === "open").pop().id;

/** give sends a basket of opinions over the API, as another resident. */
async function give(site, account, id, opinions) {
  const answer = await fetch(`${site.url}/api/v1/consultations/${id}/opinions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer " + account.token, "Idempotency-Key": String(Math.random()) },
    body: JSON.stringify({ opinions, display: "anonymous" }),
  });
  expect(answer.status).toBe(201);
}

/** keeping waits until the script keeps what is written in the form. */
const keeping = (page) => expect(page.locator("form[data-draft] .draft-bar")).toBeAttached();

test("opinions of others wait behind a button and move nothing", async ({ site, account, visit }) => {
  const id = open(site), page = await visit({ lang: "en", width: 1280 });
  await page.goto(`/en/consultations/${id}/clauses/a4`, { waitUntil: "networkidle" });
  const more = page.locator("live-list [data-live-more]"), cards = page.locator("article.opinion");
  await expect(more).toBeHidden();
  const before = await cards.count();
  // Three in one basket: counted together, told once.
  await give(site, account("resident"), id, ["one", "two", "three"].map((n) => ({ clause: "a4", body: `From elsewhere, number ${n}.` })));
  await expect(more).toHaveText(/3 new opinions/);
  expect(await cards.count()).toBe(before);
  expect(await sound(page)).toEqual([]);
  await more.click();
  await expect(page.locator("main")).toContainText("From elsewhere, number three.");
  await expect(more).toBeHidden();
  expect(await page.evaluate(() => !!document.activeElement.closest("article.opinion"))).toBe(true);
});

test("where no socket can be kept, opinions of others are asked for and wait behind the same button", async ({ site, account, visit }) => {
  const id = open(site), page = await visit({ lang: "en", width: 390 });
  await page.addInitScript(() => { // as behind a proxy that knows no sockets
    window.WebSocket = class { constructor() { throw new Error("no sockets here"); } };
  });
  let go;
  const given = new Promise((done) => { go = done; });
  await page.route("**/api/v1/live**", async (route) => { await given; await route.continue(); });
  await page.goto(`/en/consultations/${id}/clauses/a6`);
  const more = page.locator("live-list [data-live-more]");
  await expect(more).toBeHidden();
  // Before the page has asked for anything: what comes after it was drawn is news too.
  await give(site, account("resident"), id, ["one", "two"].map((n) => ({ clause: "a6", body: `Fetched without a socket, number ${n}.` })));
  go();
  await expect(more).toHaveText(/2 new opinions/, { timeout: 40_000 });
  expect(await sound(page)).toEqual([]);
  await more.click();
  await expect(page.locator("main")).toContainText("Fetched without a socket, number two.");
  await expect(more).toBeHidden();
});

test("two residents on one draft see each other's counts", async ({ site, visit }) => {
  const id = open(site);
  const watching = await visit({ width: 1280 }), writing = await visit({ width: 390 });
  await watching.goto(`/consultations/${id}/draft`, { waitUntil: "networkidle" });
  const control = watching.locator("[data-clause-control=a5]");
  const before = Number(await control.getAttribute("data-count"));
  await writing.goto(`/consultations/${id}/clauses/a5`, { waitUntil: "networkidle" });
  await writing.locator("textarea[name=body]").fill("从另一部手机上写的。");
  await writing.locator("form:has(textarea[name=body]) button[value=basket]").click();
  await writing.waitForURL(/\/basket/);
  const nothing = writing.locator("input[name=way][value=none]"), free = await nothing.count(), contact = `live-${Date.now()}@yunting.example`;
  if (free) await nothing.check({ force: true });
  else await writing.locator("input[name=contact]").fill(contact);
  await writing.locator("form[action$='/basket/send'] .button-row button").click();
  if (!free) {
    await writing.locator("input[name=code]").fill(await codeFor(writing, contact));
    await writing.locator("form[action$='/basket/send'] .button-row button").click();
  }
  await writing.waitForURL(/\/r\//);
  await expect(control).toHaveAttribute("data-count", String(before + 1));
});

test("what is sent while the connection is lost arrives once", async ({ site, visit }) => {
  const id = open(site), page = await visit();
  await page.goto(`/consultations/${id}/clauses/a1`, { waitUntil: "networkidle" });
  await keeping(page);
  const form = page.locator("form[data-draft]");
  await form.locator("textarea[name=body]").fill("地铁里断了网也写得完。");
  await page.context().setOffline(true);
  await form.locator("button[type=submit]").first().click();
  const bar = page.locator(".draft-bar");
  await expect(bar.locator("button")).toBeVisible(); // sent again only if the reader says so
  await expect(form.locator("textarea[name=body]")).toHaveValue("地铁里断了网也写得完。");
  await bar.locator("button").click();
  await page.context().setOffline(false);
  await expect(page.locator("aside.basket-bar")).toBeVisible();
  await page.goto(`/consultations/${id}/basket`);
  await expect(page.locator(".check-answers > li")).toHaveCount(1);
});

test("an answer that is lost on its way is asked for again, and the opinion is there once", async ({ site, visit }) => {
  const id = open(site), page = await visit();
  await page.goto(`/consultations/${id}/clauses/a2`, { waitUntil: "networkidle" });
  let lost = 0;
  await page.route(/\/basket\?clause=/, async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch({ maxRedirects: 0 }); // it reached the server
    await route.abort("connectionreset"); // its answer did not reach the reader
  });
  await keeping(page);
  const form = page.locator("form[data-draft]");
  await form.locator("textarea[name=body]").fill("答复丢了，意见没丢。");
  await form.locator("button[type=submit]").first().click();
  const again = page.locator(".draft-bar button");
  await expect(again).toBeVisible();
  await again.click();
  await expect(page.locator("aside.basket-bar")).toBeVisible();
  await page.goto(`/consultations/${id}/basket`);
  await expect(page.locator(".check-answers > li")).toHaveCount(1);
  await expect(page.locator("main")).toContainText("答复丢了，意见没丢。");
});

test("scripts that fail midway leave a page that takes an opinion", async ({ site, visit }) => {
  const id = open(site), page = await visit();
  await page.route(/\/assets\/.*(send|draft-keeper|sheet|words)[^/]*\.js/, (route) => route.abort());
  await page.goto(`/consultations/${id}/clauses/a3`);
  await page.locator("textarea[name=body]").fill("脚本没到，意见照样能提。");
  await page.locator("form:has(textarea[name=body]) button[value=basket]").click();
  await page.waitForURL(/\/basket/);
  await expect(page.locator("main")).toContainText("脚本没到，意见照样能提。");
});
