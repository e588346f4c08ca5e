// Hearings for journeys: made, proposed and published at the desk as two officers do it.
import { codeFor, expect, signIn } from "./site.js";
import { at } from "./ways.js";

/** officerOf is the sign-in of an officer of the demonstration, which gives all the same password. */
export const officerOf = (name) => ({ email: name + "@yunting.example", password: "yunting-open-house" });

/** officers are two of one unit: publishing takes both. */
export const officers = ["han-zhaonan", "lu-wanqing"].map(officerOf);

/** localTime is a moment some days (or a part of one) from now as a datetime-local field has it. */
export function localTime(days) {
  return new Date(Date.now() + days * 864e5 + 8 * 36e5).toISOString().slice(0, 16);
}

/** save keeps a step of the form and waits for what comes next. */
async function save(page) {
  await page.locator("form.edit-form .button-row button").first().click();
  await page.waitForLoadState();
  expect(await page.locator(".error-summary").allInnerTexts()).toEqual([]);
}

/**
 * makeHearing lets two officers make a hearing public and gives its id.
 * @param groups rows of {zh, en, role, method, seats, waiting}
 * @param starts days from now; offer is the hours that an offered seat is kept
 * @param look is called with the page of the first officer at each step, review with both
 * officers and the path of the desk when it is proposed
 */
export async function makeHearing(visit, { title = "路灯听证会", groups, starts = 60, offer = 24, look = async () => {}, review = async () => {} } = {}) {
  const [one, two] = [await visit({ width: 1280, js: false }), await visit({ width: 1280, js: false })];
  await signIn(one, officers[0], "/desk");
  await signIn(two, officers[1], "/desk");
  const fill = async (fields) => {
    for (const [name, value] of Object.entries(fields)) {
      const field = one.locator(`main [name=${name}]`);
      if (await field.evaluate((e) => e.tagName === "SELECT")) await field.selectOption(value);
      else await field.fill(String(value));
    }
  };
  await one.goto("/desk/hearings/new");
  await look(one);
  await fill({ kind: "hearing", profile: "hearing_default", title_zh: title, title_en: "Hearing on street lights", about_zh: "哪些路段先装路灯。", about_en: "Which roads get street lights first." });
  await save(one);
  await look(one);
  await fill({ starts_at: localTime(starts), ends_at: localTime(starts + 0.1), signup_opens_at: localTime(-0.01), signup_closes_at: localTime(starts / 3), place_zh: "街道办事处二楼", place_en: "Second floor, Subdistrict Office" });
  if (groups.some((g) => g.method === "draw")) await fill({ draw_at: localTime(starts / 3 + 1) });
  await save(one);
  await look(one);
  for (const [i, g] of groups.entries()) {
    if (!(await one.locator(`[name=cat_zh_${i}]`).count())) {
      await one.locator("form.edit-form button[value=more]").click();
      await expect(one.locator(`[name=cat_zh_${i}]`)).toBeVisible();
    }
    await fill({ ["cat_zh_" + i]: g.zh, ["cat_en_" + i]: g.en, ["cat_role_" + i]: g.role, ["cat_method_" + i]: g.method, ["cat_seats_" + i]: g.seats, ["cat_wait_" + i]: g.waiting ?? 0 });
  }
  await fill({ method_zh: "先到先得，陈述人抽签。", method_en: "First come; speakers are drawn.", offer_hours: offer });
  await save(one);
  await look(one);
  await fill({ ag_zh_0: "介绍方案", ag_en_0: "The plan", ag_min_0: 20, ag_zh_1: "发言", ag_en_1: "Statements", ag_min_1: 60 });
  await save(one);
  await look(one);
  await fill({ access_zh: "有坡道和手语翻译。", access_en: "Ramp and sign language.", rules_zh: "每人五分钟。", rules_en: "Five minutes each.", contact_name: "城管科", contact_phone: "0000-5550111" });
  await save(one);
  await look(one);
  await save(one); // no questions of its own
  await look(one);
  await fill({ override_zh: "演练用，人少场小。", override_en: "A small one for practice." });
  await save(one);
  await look(one);
  const desk = new URL(one.url()).pathname;
  await one.locator("form[action$='/propose'] button").click();
  await expect(one.locator("form[action$='/publish']")).toHaveCount(0); // never by oneself
  await review(one, two, desk);
  await two.goto(desk);
  await two.locator("form[action$='/publish'] button").click();
  await expect(two.locator(".notice")).toBeVisible();
  return desk.split("/").pop();
}

let people = 0;
/** somebody is a new person each time: a name and an address nobody used before. */
export function somebody() {
  const n = ++people + Math.floor(Math.random() * 36 ** 5).toString(36);
  return { name: "何" + "甲乙丙丁戊己庚辛"[people % 8], contact: `he${n}@mail.example` };
}

/** register signs somebody up without an account and ends on their ticket. */
export async function register(page, id, who, { lang = "zh", category = "watch", more = async () => {} } = {}) {
  await page.goto(at(lang, `/hearings/${id}/register`));
  await page.locator(`main input[name=category][value=${category}]`).check();
  await page.locator("main input[name=name]").fill(who.name);
  await page.locator("main input[name=contact]").fill(who.contact);
  await more(page);
  await page.locator("form.hearing-form .button-row button").click();
  await page.locator("input[name=code]").fill(await codeFor(page, who.contact));
  await page.locator("form.hearing-form .button-row button").click();
  await page.waitForURL(/\/t\//);
}
