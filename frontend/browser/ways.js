// The ways in which every page must work: two languages, four looks, three widths.

export const languages = ["zh", "en"];
export const themes = ["light", "dark", "black", "elder"];
export const widths = [320, 390, 1280];

/** ways lists all 24 combinations, or those that only leaves: ways({ widths: [320] }). */
export function ways(only = {}) {
  const list = [];
  for (const lang of only.languages ?? languages)
    for (const theme of only.themes ?? themes)
      for (const width of only.widths ?? widths) list.push({ lang, theme, width, name: `${lang} ${theme} ${width}` });
  return list;
}

/** few is what a long page is tried in: each language, look and width at least twice. */
export const few = [
  ["zh", "light", 320], ["en", "light", 1280], ["zh", "dark", 1280], ["en", "dark", 390],
  ["zh", "black", 390], ["en", "black", 1280], ["zh", "elder", 320], ["en", "elder", 1280],
].map(([lang, theme, width]) => ({ lang, theme, width, name: `${lang} ${theme} ${width}` }));

/** at is the address of a page in a language: at("en", "/hearings") → /en/hearings. */
export function at(lang, path) {
  return lang === "en" ? "/en" + path : path;
}
