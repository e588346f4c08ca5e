// A room where no socket can be kept: in networks that let none through, and in a pocket.
import { sound } from "./checks.js";
import { call, makeRoom, scripted } from "./rooms.js";
import { expect, signIn, test } from "./site.js";

// What hinders sockets, and what lets them through again where that can be.
const hindrances = {
  "there are none": (page) => page.addInitScript(() => { delete window.WebSocket; }),
  "none opens": (page) => page.addInitScript(() => {
    const True = window.WebSocket;
    window.through = false;
    window.WebSocket = function (url) {
      if (window.through) return new True(url);
      setTimeout(() => this.onclose({ code: 1006 }));
      return this;
    };
  }),
  "each opens and is cut": async (page) => {
    let through = false;
    await page.routeWebSocket(/\/ws$/, (ws) => { if (through) ws.connectToServer(); else ws.close(); });
    await page.exposeFunction("letThrough", () => { through = true; });
  },
};
/**
 * onAsking passes once what is looked for has come by asking: the clock of the page is moved to its next asking again and again,
 * as an answer may have left the server just before the news did.
 */
const onAsking = (page, look) => expect(async () => {
  await page.clock.fastForward(15_000);
  await look({ timeout: 1000 });
}).toPass();
const letThrough = { "none opens": () => { window.through = true; }, "each opens and is cut": () => window.letThrough() };

for (const [what, hinder] of Object.entries(hindrances))
  test(`everything reaches a phone by asking from time to time, with the same numbers: ${what}`, async ({ site, account, visit }) => {
    test.setTimeout(120_000);
    const { code } = await makeRoom(visit, account), chair = account("moderator");
    const [reader, asker] = site.accounts.filter((a) => a.role === "resident");
    const approved = async (body) => {
      const { id } = await call(site, asker, "POST", `/rooms/${code}/questions`, { body, anonymous: true });
      await call(site, chair, "POST", `/desk/questions/${id}/approve`, {});
      return id;
    };
    const first = await approved("路灯什么时候修好？");
    const phone = await visit();
    await signIn(phone, reader);
    await phone.clock.install();
    await hinder(phone);
    await phone.goto("/live/" + code, scripted);
    const room = phone.locator("#room"), open = phone.locator("[data-list=open] li");
    await expect(room).toHaveAttribute("data-live", "polled", { timeout: 20_000 });

    // A voice goes the way of a form, is counted once, and others' voices come.
    const voice = open.first().locator("button.voice"), shown = open.first().locator("[data-q=count]");
    await voice.click();
    await expect(voice).toHaveAttribute("aria-pressed", "true");
    const count = async () => String((await call(site, chair, "GET", `/questions/${first}`)).supports);
    await expect.poll(count).toBe("1");
    await call(site, chair, "POST", `/questions/${first}/support`);
    await onAsking(phone, async (within) => expect(shown).toHaveText(await count(), within));
    expect(await count()).toBe("2");

    // A new question, one's own with its state, and where the room stands.
    await approved("几点收摊？");
    await phone.locator("#ask textarea").fill("雨天能不能搬到停车场？");
    await phone.locator(".ask-send button").click();
    const own = phone.locator("[data-list=mine] li");
    await expect(own.locator("[data-q=tag]")).toHaveText("待审");
    await onAsking(phone, (within) => expect(phone.locator("[data-more]")).toContainText("1", within));
    await phone.locator("[data-more]").click();
    await expect(open).toHaveCount(2);
    const { waiting } = await call(site, chair, "GET", `/rooms/${code}/queue`);
    await call(site, chair, "POST", `/desk/questions/${waiting[0].id}/approve`, {});
    await onAsking(phone, (within) => expect(own.locator("[data-q=tag]")).toHaveText("已排队", within));
    await call(site, chair, "POST", `/rooms/${code}/pause`, {});
    await onAsking(phone, (within) => expect(room).toHaveAttribute("data-state", "paused", within));
    expect(await sound(phone)).toEqual([]);

    if (!letThrough[what]) return;
    await phone.evaluate(letThrough[what]);
    await expect(async () => { await phone.clock.fastForward(30_000); await expect(room).toHaveAttribute("data-live", "open", { timeout: 2000 }); }).toPass();
    await call(site, chair, "POST", `/rooms/${code}/open`, {});
    await expect(room).toHaveAttribute("data-state", "open"); // at once, by the socket
  });

test("the console works where no socket can be kept", async ({ site, account, visit }) => {
  const { code } = await makeRoom(visit, account);
  await call(site, account("resident"), "POST", `/rooms/${code}/questions`, { body: "路灯什么时候修好？", anonymous: true });
  const desk = await visit({ width: 1280 });
  await signIn(desk, account("moderator"));
  await desk.clock.install();
  await hindrances["none opens"](desk);
  await desk.goto("/desk/live/" + code, scripted);
  await expect(desk.locator("#console")).toHaveAttribute("data-live", "polled", { timeout: 20_000 });
  await expect(desk.locator("[data-lost]")).toBeHidden();
  await desk.locator(".lane-waiting .desk-card").focus();
  await desk.keyboard.press("a");
  await expect(desk.locator(".lane-queued .desk-card")).toHaveCount(1);
  await call(site, account("resident"), "POST", `/rooms/${code}/questions`, { body: "几点收摊？", anonymous: true });
  await onAsking(desk, (within) => expect(desk.locator(".lane-waiting .desk-card")).toContainText("几点收摊？", within));
});

test("a phone that was frozen in a pocket has everything once and in order when it wakes, without a new page", async ({ site, account, visit }) => {
  const { code } = await makeRoom(visit, account), chair = account("moderator");
  const phone = await visit();
  await phone.goto("/live/" + code, scripted);
  await expect(phone.locator("#room")).toHaveAttribute("data-live", "open");
  await phone.locator("#ask textarea").fill("雨天能不能搬到停车场？");
  await phone.locator(".ask-send button").click();
  await expect(phone.locator("[data-list=mine] li [data-q=tag]")).toHaveText("待审");
  await phone.evaluate(() => { window.samePage = true; });

  const lifecycle = await phone.context().newCDPSession(phone);
  await lifecycle.send("Page.setWebLifecycleState", { state: "frozen" });
  const { waiting } = await call(site, chair, "GET", `/rooms/${code}/queue`);
  await call(site, chair, "POST", `/desk/questions/${waiting[0].id}/approve`, {});
  const asked = [];
  for (let i = 1; i <= 40; i++) {
    const { id } = await call(site, account("resident"), "POST", `/rooms/${code}/questions`, { body: `第 ${i} 个问题：几点收摊？`, anonymous: true });
    await call(site, chair, "POST", `/desk/questions/${id}/approve`, {});
    asked.push(id);
  }
  await call(site, chair, "POST", `/questions/${asked[39]}/support`);
  await call(site, chair, "POST", `/desk/questions/${asked[6]}/answering`, {});
  await lifecycle.send("Page.setWebLifecycleState", { state: "active" });

  await expect(phone.locator("[data-now-body]")).toHaveText("第 7 个问题：几点收摊？");
  await expect(phone.locator("[data-list=mine] li [data-q=tag]")).toHaveText("已排队");
  await expect(phone.locator("[data-more]")).toContainText("41");
  await phone.locator("[data-more]").click();
  const cards = phone.locator("[data-list=open] li");
  await expect(cards).toHaveCount(41);
  await expect(async () => { // the voices may come after the cards: then the page offers the better order, and moves nothing by itself
    if (await phone.locator("[data-more]").isVisible()) await phone.locator("[data-more]").click({ timeout: 2000 });
    await expect(cards.nth(1).locator("[data-q=count]")).toHaveText("1", { timeout: 2000 });
  }).toPass();
  const order = await cards.evaluateAll((list) => list.map((li) => li.dataset.question));
  const rest = asked.filter((id) => id !== asked[6] && id !== asked[39]);
  expect(order).toEqual([asked[6], asked[39], waiting[0].id, ...rest]); // answered now, then by voices, then as asked
  expect(await phone.evaluate(() => window.samePage)).toBe(true);
});

test("a socket that the network has cut without a word is given up on coming back", async ({ site, account, visit }) => {
  const { code } = await makeRoom(visit, account);
  const phone = await visit();
  let mute = false, sockets = 0;
  await phone.routeWebSocket(/\/ws$/, (ws) => {
    const server = ws.connectToServer(), first = ++sockets === 1;
    ws.onMessage((m) => { if (!(mute && first)) server.send(m); });
    server.onMessage((m) => { if (!(mute && first)) ws.send(m); });
  });
  await phone.goto("/live/" + code, scripted);
  await expect(phone.locator("#room")).toHaveAttribute("data-live", "open");
  mute = true;
  const { id } = await call(site, account("resident"), "POST", `/rooms/${code}/questions`, { body: "几点收摊？", anonymous: true });
  await call(site, account("moderator"), "POST", `/desk/questions/${id}/approve`, {});
  await phone.evaluate(() => dispatchEvent(new Event("online"))); // another network
  await expect(phone.locator("[data-more]")).toContainText("1", { timeout: 20_000 });
  expect(sockets).toBeGreaterThan(1);
});
