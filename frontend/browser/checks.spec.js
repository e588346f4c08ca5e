// Proves that the checks catch what they are for, on small pages served here: a check that
// passes everything would let every journey pass.
import http from "node:http";
import zlib from "node:zlib";
import { test as base, expect } from "@playwright/test";
import { axe, hints, landmarks, sideways, sound, targets, weigh } from "./checks.js";
import { focused, press, walk } from "./keyboard.js";
import { listen, openContext } from "./site.js";

const head = (title = "页面") => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{margin:8px;background:#fff;color:#111} a,button,summary{display:inline-block;min-width:48px;min-height:48px} p a{display:inline;min-height:0} .skip{position:absolute;left:-9999px} .skip:focus{left:0;top:0;background:#fff} :focus{outline:3px solid #0e5163}</style></head>`;
const good = `${head()}<body><a class="skip" href="#main">跳到正文</a><header><nav><a href="/">首页</a></nav></header>
<main id="main" tabindex="-1"><h1>意见征集</h1><h2>正在征集</h2><p>这是一句话，<a href="/x">里面有一个链接</a>。</p>
<label>姓名 <input style="min-height:48px;min-width:120px"></label> <button>提交</button></main><footer>主办单位</footer></body></html>`;

const pages = {
  "/good": good.replace("<footer>", `<footer><details><summary>更多</summary><h5>关着</h5><button style="min-height:0">小</button></details>`),
  "/axe": good.replace("<label>姓名 ", "").replace("</label>", "").replace("这是一句话", `<span style="color:#ccc">这是一句话</span>`),
  "/two-h1": good.replace("<h2>正在征集</h2>", "<h1>正在征集</h1>"),
  "/no-main": good.replace("<main ", "<div ").replace("</main>", "</div>"),
  "/skip-nowhere": good.replace(`href="#main"`, `href="#content"`),
  "/level": good.replace("<h2>正在征集</h2>", "<h4>正在征集</h4>"),
  "/small": good.replace("<button>", `<button style="min-height:0;min-width:0;height:20px;width:20px;padding:0">`),
  "/small-link": good.replace(`<a href="/">首页</a>`, `<a href="/" style="display:inline;min-height:0;font-size:12px">首页</a>`),
  "/hint-cut": good.replace("<input ", `<input placeholder="${"要找的草案、条款和答复".repeat(3)}" `),
  "/hint-pale": good.replace("<input ", `<input placeholder="7K4M" class="pale" `).replace("</head>", "<style>.pale{background:#1b2326} .pale::placeholder{color:#757575;opacity:1}</style></head>"),
  "/wide": good.replace("<h2>", `<div id="guilty" style="width:900px">宽</div><h2>`),
  "/wide-in-frame": good.replace("<h2>", `<div style="overflow-x:auto" tabindex="0" role="region" aria-label="表"><div style="width:900px">宽</div></div><h2>`),
  "/no-ring": good.replace("<button>", `<button style="outline:none">`),
  "/covered": good.replace("</body>", `<div style="position:fixed;inset:0;background:#fff"></div></body>`),
  "/trap": good.replace("</main>", `<button id="trap">陷阱</button></main>`).replace("</body>", `<script>document.getElementById("trap").addEventListener("keydown",(e)=>{if(e.key==="Tab")e.preventDefault()})</script></body>`),
  "/unreached": good.replace("<button>", `<button onfocus="this.blur()" id="shy">`),
  "/error": good.replace("</body>", `<script>throw new Error("kaputt")</script></body>`),
};

const test = base.extend({
  served: [
    async ({}, use) => {
      const text = "字".repeat(20_000);
      const other = http.createServer((_, res) => res.end("/* other */"));
      await new Promise((done) => other.listen(0, "127.0.0.1", done));
      const server = http.createServer((req, res) => {
        const send = (body, type, coded) => {
          const bytes = coded ? zlib.brotliCompressSync(body) : Buffer.from(body);
          res.writeHead(200, { "content-type": type, ...(coded ? { "content-encoding": "br" } : {}), "content-length": bytes.length });
          res.end(bytes);
        };
        if (req.url === "/big.css") return send(`/*${text}*/`, "text/css", true);
        if (req.url === "/plain.js") return send(`/*${text}*/`, "text/javascript", false);
        if (req.url === "/heavy") return send(good.replace("</head>", `<link rel="icon" href="data:,"><link rel="stylesheet" href="/big.css"><script src="/plain.js"></script><script src="http://127.0.0.1:${other.address().port}/t.js"></script></head>`), "text/html", true);
        if (pages[req.url]) return send(pages[req.url], "text/html", false);
        res.writeHead(404).end();
      });
      await new Promise((done) => server.listen(0, "127.0.0.1", done));
      await use(`http://127.0.0.1:${server.address().port}`);
      for (const s of [server, other]) { s.closeAllConnections?.(); s.close(); }
    },
    { scope: "worker" },
  ],
  open: async ({ page, served }, use) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await use(async (path) => { await page.goto(served + path); return page; });
  },
});

test("a sound page passes every check", async ({ open }) => {
  const page = await open("/good");
  expect(await sound(page)).toEqual([]);
  const { stops, wrong } = await walk(page);
  expect(wrong).toEqual([]);
  expect(stops.map((s) => s.name)).toEqual(["跳到正文", "首页", "里面有一个链接", "姓名", "提交", "更多"]);
});

test("the checks also work where scripts do not run", async ({ browser, served }) => {
  const context = await openContext(browser, served, { js: false, width: 320 });
  const page = await context.newPage();
  await page.goto(served + "/good");
  expect(await sound(page)).toEqual([]);
  await page.goto(served + "/axe");
  expect((await axe(page)).join()).toContain("color-contrast");
  await context.close();
});

test("axe names a missing label and weak contrast", async ({ open }) => {
  const found = (await axe(await open("/axe"))).join("\n");
  expect(found).toContain("label:");
  expect(found).toContain("color-contrast:");
});

for (const [path, word] of [["/two-h1", "2 h1"], ["/no-main", "0 main"], ["/skip-nowhere", "#content"], ["/level", "h4 after h1"]])
  test(`landmarks complains about ${path}`, async ({ open }) => {
    expect((await landmarks(await open(path))).join("\n")).toContain(word);
  });

test("targets names what is too small, and knows the elder view", async ({ open }) => {
  expect((await targets(await open("/small"))).join("\n")).toMatch(/20 × 20 px.*button/);
  expect((await targets(await open("/small-link"))).join("\n")).toContain("首页");
  const page = await open("/good");
  expect(await targets(page)).toEqual([]);
  expect(await targets(page, 60)).not.toEqual([]);
});

for (const [path, word] of [["/hint-cut", "is cut"], ["/hint-pale", '"7K4M" stands out by']])
  test(`hints complains about ${path}`, async ({ open }) => {
    expect((await hints(await open(path))).join("\n")).toContain(word);
  });

test("sideways names the guilty box, and leaves boxes alone that scroll by themselves", async ({ open }) => {
  expect((await sideways(await open("/wide"))).join()).toContain("div#guilty");
  expect(await sideways(await open("/wide-in-frame"))).toEqual([]);
});

for (const [path, word] of [["/no-ring", 'no focus ring: button "提交"'], ["/covered", "covered while it has the focus"], ["/trap", 'does not leave: button#trap'], ["/unreached", "never reached: <button"]])
  test(`the keyboard walk complains about ${path}`, async ({ open }) => {
    expect((await walk(await open(path))).wrong.join("\n")).toContain(word);
  });

test("press finds a control by its name", async ({ open }) => {
  const page = await open("/good");
  await press(page, /首页/, "Shift");
  expect((await focused(page)).name).toBe("首页");
  await expect(press(page, "没有这个", "Enter", { most: 20 })).rejects.toThrow("did not reach");
});

test("weigh counts bytes on the wire, strangers, and what came uncompressed", async ({ browser, served }) => {
  const context = await browser.newContext();
  const w = await weigh(context, served + "/heavy");
  expect(w.requests).toBe(4);
  expect(w.third).toHaveLength(1);
  expect(w.css).toBeGreaterThan(10);
  expect(w.css).toBeLessThan(200); // 60 kB of one character, compressed
  expect(w.js).toBeGreaterThan(60_000);
  expect(w.plain).toEqual([served + "/plain.js"]);
  expect(w.total).toBe(w.html + w.css + w.js + w.other);
  expect(w.html).toBe(zlib.brotliCompressSync(Buffer.from(await (await context.request.get(served + "/heavy")).body())).length);
  await context.close();
});

test("a script error on a page is a complaint", async ({ page, served }) => {
  const complaints = [];
  listen(page, complaints);
  await page.goto(served + "/error");
  expect(complaints.join()).toContain("kaputt");
});
