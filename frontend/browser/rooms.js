// What the journeys of rooms share: how a room is made, and the one in which everybody
// takes part, which must hold on each database and on several nodes.
import { axe, sound } from "./checks.js";
import { expect, signIn } from "./site.js";

// A page is complete before its scripts are there; a journey that needs them waits for the last of them.
export const scripted = { waitUntil: "networkidle" };

/** call speaks to the programs' interface for somebody; what a broken connection leaves open is sent again under its key. */
export async function call(site, who, method, path, body) {
  const request = {
    method,
    headers: { Authorization: "Bearer " + who.token, "Content-Type": "application/json", "Idempotency-Key": String(Math.random()) + Date.now() },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
  const send = () => fetch(site.url + "/api/v1" + path, request);
  const r = await send().catch(send);
  const text = await r.text();
  expect(r.ok, `${method} ${path}: ${text}`).toBe(true);
  return text ? JSON.parse(text) : undefined;
}

/** makeRoom lets the moderator make a room by the form and open it from the console, as people do. */
export async function makeRoom(visit, account, { width = 1280, title = "夜市听证会" } = {}) {
  const desk = await visit({ width });
  await signIn(desk, account("moderator"));
  await desk.goto("/desk/live/new");
  await desk.locator("[name=title_zh]").fill(title);
  await desk.locator("[name=title_en]").fill("Night market hearing");
  await desk.locator("details.panel-more summary").click();
  await desk.locator("[name=per_person]").fill("100");
  await desk.locator(".room-form .button-row button").click();
  await expect(desk).toHaveURL(/\/desk\/live\/[A-Z0-9]{4}$/);
  const code = desk.url().split("/").pop();
  await desk.waitForLoadState("networkidle");
  await desk.locator("#control-panel button[value=open]").click();
  await expect(desk.locator("#control-panel button[value=paused]")).toBeVisible();
  return { desk, code };
}

export const wallOf = async (site, account, code) => "/wall/" + (await call(site, account("moderator"), "GET", `/rooms/${code}/queue`)).wall.secret;

/**
 * everybodyInARoom: a question goes from a phone over the console to every phone and the
 * wall, and nobody sees it before. through(0 or 1) is called before each page is opened,
 * where there are two nodes to open them at. It resolves to the pages.
 */
export async function everybodyInARoom({ site, account, visit, through = () => {} }) {
  through(0);
  const { desk, code } = await makeRoom(visit, account);
  through(1);
  const wall = await visit({ width: 1920, height: 1080 });
  await wall.goto(await wallOf(site, account, code), scripted);
  through(0);
  const phone = await visit();
  await phone.goto("/live/" + code, scripted);
  through(1);
  const other = await visit({ lang: "en" });
  await other.goto("/en/live/" + code, scripted);

  const words = "夜市收摊能不能统一到晚上十一点？";
  await phone.locator("#ask textarea").fill(words);
  await phone.locator(".ask-send button").click();
  const own = phone.locator("[data-list=mine] li");
  await expect(own).toContainText(words);
  await expect(own.locator("[data-q=tag]")).toHaveText("待审");
  const waits = desk.locator(".lane-waiting .desk-card");
  await expect(waits).toContainText(words);
  for (const page of [wall, other]) expect(await page.content()).not.toContain(words);

  await waits.focus();
  await desk.keyboard.press("a");
  await expect(desk.locator(".lane-queued .desk-card")).toContainText(words);
  await expect(own.locator("[data-q=tag]")).toHaveText("已排队");
  await other.locator("[data-more]").click();
  const card = other.locator("[data-list=open] li");
  await expect(card).toContainText(words);
  await card.locator("button.voice").click();
  await expect(card.locator("button.voice")).toHaveAttribute("aria-pressed", "true");
  await expect(own.locator("[data-q=count]")).toHaveText("1");
  await expect(desk.locator(".lane-queued [data-q=voices]")).toContainText("1");

  await desk.locator(".lane-queued .desk-card").focus();
  await desk.keyboard.press("n");
  await expect(wall.locator(".wall-words")).toHaveText(words);
  await expect(phone.locator("[data-now-body]")).toHaveText(words);
  await expect(other.locator("[data-now-body]")).toHaveText(words);
  // The blank key needs no list of buttons, and what it hides is not in the page any more.
  await desk.locator(".lane-queued .desk-card").focus();
  await desk.keyboard.press("b");
  await expect(wall.locator(".wall-words")).toHaveCount(0);
  await expect(desk.locator("[data-wall-preview]")).toHaveClass(/wall-preview-blank/);
  await desk.locator(".lane-queued .desk-card").focus();
  await desk.keyboard.press("b");
  await expect(wall.locator(".wall-words")).toHaveText(words);
  expect(await axe(wall)).toEqual([]);
  expect(await sound(phone)).toEqual([]);
  // Who asked cannot second their own question; the question is marked as theirs after loading anew.
  await phone.reload(scripted);
  await expect(phone.locator("[data-list=open] li button.voice")).toHaveCount(0);
  return { desk, code, wall, phone, other, words };
}
