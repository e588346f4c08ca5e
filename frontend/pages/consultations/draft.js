// A long draft is shown by chapter: an address with the clause of another chapter
// (draft#a212) goes to the page that holds it. Wide windows unfold the contents.
export function start(root) {
  const column = root.querySelector(".draft-columns");
  if (!column || column.dataset.started) return;
  column.dataset.started = "1";
  const key = decodeURIComponent(location.hash.slice(1));
  if (/^[a-z][a-z0-9-]*$/.test(key) && !document.getElementById(key)) {
    const there = new URL(location.href);
    if (there.searchParams.get("clause") !== key) {
      there.searchParams.delete("chapter");
      there.searchParams.set("clause", key);
      location.replace(there.href);
    }
  }
  const folded = column.querySelector(".draft-contents details");
  if (folded && matchMedia("(min-width: 72em)").matches) folded.open = true;
}
