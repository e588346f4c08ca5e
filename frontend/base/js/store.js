// Drafts on this device (IndexedDB). Every call works without it too: it then
// keeps nothing.
const days = 30;
let opened;

function open() {
  opened = opened || new Promise((resolve) => {
    if (!window.indexedDB) return resolve(null);
    const request = indexedDB.open("minyi", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("drafts");
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => resolve(null);
  });
  return opened;
}

async function run(mode, act) {
  const db = await open();
  if (!db) return undefined;
  return new Promise((resolve) => {
    try {
      const request = act(db.transaction("drafts", mode).objectStore("drafts"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    } catch (e) {
      resolve(undefined);
    }
  });
}

// told lets the page know that a draft came or went.
const told = (key, there) => (result) => {
  dispatchEvent(new CustomEvent("minyi:kept", { detail: { key, there } }));
  return result;
};

export const put = (key, draft) => run("readwrite", (s) => s.put({ ...draft, at: Date.now() }, key)).then(told(key, true));
export const drop = (key) => run("readwrite", (s) => s.delete(key)).then(told(key, false));

// take reads a draft; one older than 30 days is dropped.
export async function take(key) {
  const draft = await run("readonly", (s) => s.get(key));
  if (draft && Date.now() - draft.at > days * 864e5) {
    drop(key);
    return undefined;
  }
  return draft;
}

// keys lists the drafts on this device.
export const keys = async () => (await run("readonly", (s) => s.getAllKeys())) || [];
