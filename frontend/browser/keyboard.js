// Walking a page without a mouse.

/** focused describes what has the focus: its name, tag, where it is and whether one sees it. */
export async function focused(page) {
  return page.evaluate(() => {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return null;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    // Something else at all four corners and the middle: a sticky bar covers the focus.
    const points = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]];
    const covered = points.every(([x, y]) => {
      const at = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
      return !at || !(e.contains(at) || at.contains(e) || [...(e.labels ?? [])].some((l) => l.contains(at)));
    });
    const name = e.getAttribute("aria-label") || [...(e.labels ?? [])].map((l) => l.textContent).join(" ") || e.textContent || e.value || e.title || "";
    return { tag: e.tagName.toLowerCase(), type: e.type ?? "", id: e.id, href: e.getAttribute("href"), name: name.replace(/\s+/g, " ").trim(), ring, covered };
  });
}

/**
 * walk goes through the whole page by Tab and returns every stop. What is wrong on the way
 * (no ring, covered by something, a trap that the Tab key does not leave) is in `wrong`.
 */
export async function walk(page, { most = 400 } = {}) {
  // From the top, also where a heading had the focus: a blur alone leaves the place.
  await page.evaluate(() => {
    document.body.setAttribute("tabindex", "-1");
    document.body.focus();
    document.body.removeAttribute("tabindex");
    scrollTo(0, 0);
  });
  const stops = [], wrong = [];
  const expected = await page.evaluate(mark);
  const reached = new Set();
  let last = null, same = 0;
  for (let i = 0; i < most; i++) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (!stop) break;
    const key = await page.evaluate(() => document.activeElement.dataset.walk ?? "");
    if (reached.has(key) && key === (await page.evaluate(firstMark))) break;
    same = key !== "" && key === last ? same + 1 : 0;
    if (same >= 2) { wrong.push(`the Tab key does not leave: ${describe(stop)}`); break; }
    last = key;
    if (reached.has(key)) continue;
    reached.add(key);
    stops.push(stop);
    if (!stop.ring) wrong.push(`no focus ring: ${describe(stop)}`);
    if (stop.covered) wrong.push(`covered while it has the focus: ${describe(stop)}`);
  }
  for (const [key, html] of expected) if (!reached.has(key)) wrong.push(`never reached: ${html}`);
  return { stops, wrong };
}

/** mark numbers everything that a keyboard must reach, and lists it. */
function mark() {
  const list = [];
  let n = 0;
  const radios = new Set();
  for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")) {
    const style = getComputedStyle(e);
    if (e.disabled || e.tabIndex < 0 || style.visibility === "hidden" || !e.checkVisibility() || e.closest("[inert]")) continue;
    e.dataset.walk = String(++n);
    // Of a group of radio buttons the Tab key reaches one.
    if (e.type === "radio") {
      const group = (e.form?.id ?? "") + "/" + e.name;
      const chosen = document.querySelector(`input[type=radio][name="${CSS.escape(e.name)}"]:checked`);
      if (radios.has(group) || (chosen && chosen !== e)) continue;
      radios.add(group);
    }
    list.push([String(n), e.outerHTML.slice(0, 120)]);
  }
  return list;
}

function firstMark() {
  return document.querySelector("[data-walk]")?.dataset.walk ?? "";
}

function describe(stop) {
  return `${stop.tag}${stop.id ? "#" + stop.id : ""} "${stop.name.slice(0, 60)}"`;
}

/** press moves by Tab to the control whose name matches and presses a key on it. */
export async function press(page, name, key = "Enter", { most = 300 } = {}) {
  for (let i = 0; i < most; i++) {
    const stop = await focused(page);
    if (stop && (typeof name === "string" ? stop.name === name : name.test(stop.name))) {
      await page.keyboard.press(key);
      return stop;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`${most} Tabs did not reach ${name}`);
}
