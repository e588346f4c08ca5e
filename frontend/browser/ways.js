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

/** at is the address of a page in a language: at("en", "/hearings") → /en/hearings. */
export function at(lang, path) {
  return lang === "en" ? "/en" + path : path;
}
