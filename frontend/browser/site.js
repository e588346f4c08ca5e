// The ground of every journey: a server of the true program with its demonstration content,
// one per worker, and ways to visit it.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test as base, expect } from "@playwright/test";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
/** program is the path of the program under test. */
export const program = process.env.MINYI_PROGRAM || path.join(root, "bin", "minyi");

/** freePort asks the system for a port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const s = net.createServer();
    s.once("error", reject);
    s.listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}

/**
 * startSite runs `minyi demo` on an empty folder and resolves when it answers /readyz.
 * Its search is complete then, unless searches is false. What it resolves to is the object that `minyi demo --json` prints, plus port, stop() and
 * kill().
 */
export async function startSite({ size = "small", env = {}, searches = true } = {}) {
  if (!existsSync(program)) throw new Error(`no program at ${program}: run make build`);
  const data = await mkdtemp(path.join(os.tmpdir(), "minyi-site-"));
  const port = await freePort();
  // Settings of the tests' own (MINYI_CHROMIUM …) are none of the program's: it refuses what it does not know.
  const foreign = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith("MINYI_")));
  const child = spawn(program, ["demo", "--json", "--size", size, "--data", data], {
    cwd: data,
    env: { ...foreign, MINYI_ADDR: `127.0.0.1:${port}`, MINYI_LOG: "text", MINYI_DATABASE_URL: "", MINYI_MEILI_URL: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "", over, log = "";
  child.stderr.on("data", (b) => (log = (log + b).slice(-20_000)));
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve((over = code ?? signal))));

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const last = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(last);
    }
    await rm(data, { recursive: true, force: true });
  };
  try {
    const facts = await new Promise((resolve, reject) => {
      child.stdout.on("data", (b) => {
        printed += b;
        try { resolve(JSON.parse(printed)); } catch { /* the object is not whole yet */ }
      });
      child.once("error", reject);
      ended.then((how) => reject(new Error(`minyi demo ended (${how}):\n${log}`)));
      setTimeout(() => reject(new Error(`minyi demo printed no JSON object in 60 s: ${printed}\n${log}`)), 60_000).unref();
    });
    const url = facts.url.replace(/\/$/, "");
    await expect(async () => {
      const answer = over === undefined ? await fetch(`http://127.0.0.1:${port}/readyz`).catch((e) => ({ status: e.message })) : { status: 200 };
      expect(answer.status, log).toBe(200);
    }).toPass({ timeout: 60_000 });
    if (over !== undefined) throw new Error(`minyi demo ended (${over}):\n${log}`);
    if (searches) await expect(async () => { // while the first index is made, search answers in part
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/search?q=x`).then((r) => r.json());
      expect(answer.degraded, log).toBe(false);
    }).toPass({ timeout: 60_000 });
    return { ...facts, url, port, data, database: env.MINYI_DATABASE_URL || path.join(data, "minyi.db"), stop, kill: () => { child.kill("SIGKILL"); return ended; }, log: () => log };
  } catch (e) {
    await stop();
    throw e;
  }
}

/** postgres is the administrator's database beside which journeys make their own; see .ci/postgres. */
export const postgres = process.env.MINYI_TEST_DATABASE_URL || "";

/** makeDatabase makes an empty PostgreSQL database and resolves to its url and drop(). */
export async function makeDatabase() {
  const name = "minyi_journey_" + randomBytes(6).toString("hex"), url = new URL(postgres);
  const tell = (sql) => promisify(execFile)("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-d", postgres, "-c", sql]);
  await tell(`CREATE DATABASE ${name}`);
  url.pathname = "/" + name;
  return { url: url.href, drop: () => tell(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/**
 * moveDeadline sets when a consultation of a running site closes, in seconds from now, and the
 * minutes of its grace. At the desk a deadline only moves away; for a journey that cannot wait
 * for days this is how time goes by, so what it writes are the two columns and nothing else.
 */
export async function moveDeadline({ database }, id, seconds, grace) {
  const closes = new Date(Date.now() + seconds * 1000);
  const sql = `UPDATE consultations SET closes_at = '${closes.toISOString().replace("T", " ").replace("Z", "+00:00")}', grace_minutes = ${grace} WHERE id = '${id}'`;
  if (/^postgres/.test(database)) await promisify(execFile)("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]);
  else await promisify(execFile)("sqlite3", ["-bail", "-cmd", ".timeout 20000", database, sql]);
  return closes;
}

/**
 * startNodes runs two programs on one PostgreSQL database behind one address, as a site
 * with a balancer does. through(0 or 1) chooses the node that takes what connects from
 * then on; kill(0 or 1) ends one as a power cut would, and the other takes its people.
 */
export async function startNodes() {
  const database = await makeDatabase(), port = await freePort();
  const env = { MINYI_DATABASE_URL: database.url, MINYI_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const nodes = [await startSite({ env })]; // fills; the second finds it filled
  nodes.push(await startSite({ env }));
  let chosen = 0;
  const open = new Set();
  const balancer = net.createServer((from) => {
    const to = net.connect(nodes[chosen].port, "127.0.0.1");
    for (const [one, other] of [[from, to], [to, from]]) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => { open.delete(one); other.destroy(); });
      one.pipe(other);
    }
  });
  await new Promise((listening) => balancer.listen(port, "127.0.0.1", listening));
  return {
    ...nodes[1], // its tokens are the newest
    through: (node) => { chosen = node; },
    kill: async (node) => {
      await nodes[node].kill();
      chosen = 1 - node;
    },
    stop: async () => {
      for (const one of open) one.destroy();
      await new Promise((closed) => balancer.close(closed));
      for (const node of nodes) await node.stop();
      await database.drop();
    },
  };
}

/**
 * test is Playwright's, with
 *   site     the running server of this worker: url, accounts, consultations, hearings, rooms
 *   account  account(role, unit?) → {email, password, token}
 *   visit    visit({lang, theme, width, js, signedIn}) → page of a fresh visitor; see ways.js
 * Pages opened by visit fail the journey on script errors and on refused scripts or styles.
 */
export const test = base.extend({
  site: [
    async ({}, use, info) => {
      const database = process.env.MINYI_JOURNEYS_ON === "postgres" ? await makeDatabase() : undefined;
      const site = await startSite({ env: database ? { MINYI_DATABASE_URL: database.url } : {} });
      await use(site);
      await site.stop();
      if (database) await database.drop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  account: async ({ site }, use) => {
    await use((role, unit) => {
      const found = site.accounts.find((a) => a.role === role && (!unit || a.unit === unit));
      if (!found) throw new Error(`the demonstration has no ${role}${unit ? " of " + unit : ""}`);
      return found;
    });
  },
  visit: async ({ browser, site }, use) => {
    const contexts = [], complaints = [];
    await use(async (way = {}) => {
      const context = await openContext(browser, site.url, way);
      contexts.push(context);
      const page = await context.newPage();
      listen(page, complaints);
      return page;
    });
    await Promise.all(contexts.map((c) => c.close()));
    expect(complaints, "what the browser complained about").toEqual([]);
  },
});

/** listen collects script errors and broken policies of a page into complaints. */
export function listen(page, complaints) {
  page.on("pageerror", (e) => complaints.push(`${page.url()}: ${e.message}`));
  page.on("console", (m) => {
    // A 404 or 422 that a journey provokes is reported by the browser as well, and so is each
    // try to come back while a journey has cut the line: not a complaint.
    if (m.type() === "error" && !/^(Failed to load resource|WebSocket connection to '[^']*' failed)/.test(m.text())) complaints.push(`${page.url()}: ${m.text()}`);
  });
}

/**
 * openContext is a fresh visitor who came in a given way.
 * @param way {lang: "zh"|"en", theme: one of themes in ways.js, width, height, js: false for no JavaScript}
 */
export async function openContext(browser, url, { lang = "zh", theme = "light", width = 390, height = width < 600 ? 844 : 900, js = true, ...more } = {}) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    locale: lang === "en" ? "en-GB" : "zh-CN",
    timezoneId: "Asia/Shanghai",
    colorScheme: theme === "dark" || theme === "black" ? "dark" : "light",
    javaScriptEnabled: js,
    hasTouch: width < 600,
    reducedMotion: "reduce",
    ...more,
  });
  context.noScripts = !js; // checks.js must know, and Playwright does not tell
  await context.addCookies([{ name: "minyi_reading", value: reading[theme], url }]);
  return context;
}

/** turn lets a visitor who is there already go on in another way; the next page is shown in it. */
export async function turn(page, url, { theme = "light", width = 390, height = width < 600 ? 844 : 900 }) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: theme === "dark" || theme === "black" ? "dark" : "light" });
  await page.context().addCookies([{ name: "minyi_reading", value: reading[theme], url }]);
}

/** signIn signs a visitor in with a password, as people do. */
export async function signIn(page, { email, password }, back = "/me") {
  await page.goto("/signin?back=" + encodeURIComponent(back));
  await page.locator("main [name=contact]").fill(email);
  await page.locator("main [name=password]").fill(password);
  await page.locator("main button[value=password]").click();
  await page.waitForURL((url) => url.pathname === back);
}

/** codeFor reads the newest code that was sent to a contact, as its owner would. */
export async function codeFor(page, contact) {
  const box = await page.context().newPage();
  try {
    let code;
    await expect(async () => {
      await box.goto("/mailbox");
      const letters = await box.locator("main").innerText();
      const from = letters.indexOf(contact);
      expect(from, `a letter to ${contact}`).toBeGreaterThanOrEqual(0);
      [code] = letters.slice(from).match(/\b\d{6}\b/);
    }).toPass({ timeout: 30_000 });
    return code;
  } finally {
    await box.close();
  }
}

/** reading is the cookie of the reading settings: size, a point, contrast. */
export const reading = { light: "standard.light", dark: "standard.dark", black: "standard.black", elder: "elder.light" };

export { expect };
