// Keeps the page of a door on this device, so that the check-in comes back when it is
// loaded anew, or the browser is started again, without a connection. It serves that
// page and its styles and scripts only, and only when the server does not answer: what
// the server says always counts more.
const kept = "minyi-door";
const patience = 4000; // ms
const page = new URL(registration.scope).pathname;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

// The page says what it is made of, for the first time it was loaded without this script.
addEventListener("message", (event) => {
  if (event.data.keep) event.waitUntil(keep(event.data.keep));
});

async function keep(paths) {
  const cache = await caches.open(kept);
  await Promise.all(paths.map(async (path) => {
    if (path.startsWith("/assets/") && (await cache.match(path, { ignoreVary: true }))) return;
    const answer = await fetch(path, { credentials: "same-origin", redirect: "manual" });
    if (answer.ok) await cache.put(path, answer);
  }));
  // Files of an older version of the program are needed no more.
  for (const old of await cache.keys()) {
    const path = new URL(old.url).pathname;
    if (path.startsWith("/assets/") && !paths.includes(path)) await cache.delete(old);
  }
}

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === page) event.respondWith(opened(request, url));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
});

async function opened(request, url) {
  const cache = await caches.open(kept);
  try {
    const answer = await inTime(fetch(request));
    if (answer.status >= 500) throw new Error(String(answer.status));
    if (!answer.ok) await cache.delete(page, { ignoreVary: true }); // signed out, or no steward any more
    else if (!url.search) await cache.put(page, answer.clone());
    return answer;
  } catch (e) {
    return (await cache.match(page, { ignoreVary: true })) || Response.error();
  }
}

async function file(request) {
  const have = await (await caches.open(kept)).match(request, { ignoreVary: true });
  return have || fetch(request); // an address of a file never changes what it means
}

const inTime = (answer) => Promise.race([answer, new Promise((resolve, reject) => { setTimeout(() => reject(new Error("late")), patience); })]);
