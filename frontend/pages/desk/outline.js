// Keys for the tree of an import: the same changes as the buttons, sent by the same
// kind of form. Tab keeps moving the focus.
const list = document.querySelector("[data-outline]");
const form = document.getElementById("key-form");

function send(row, op, offset) {
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  form.elements.key.value = row.dataset.key;
  form.elements.op.value = op;
  form.elements.offset.value = offset === undefined ? "" : offset;
  form.submit();
}

// caret counts the characters (not UTF-16 units) before the cursor in a row's text.
function caret(row) {
  const text = row.querySelector("[data-text]");
  const chosen = getSelection();
  if (!text || !chosen.rangeCount || !text.contains(chosen.anchorNode)) return undefined;
  const before = document.createRange();
  before.selectNodeContents(text);
  before.setEnd(chosen.anchorNode, chosen.anchorOffset);
  return Array.from(before.toString()).length;
}

if (list && form) {
  list.querySelectorAll("[data-text]").forEach((text) => {
    text.addEventListener("click", () => text.closest("[data-key]").querySelector("[data-row]").focus({ preventScroll: true }));
  });
  list.addEventListener("keydown", (event) => {
    const link = event.target.closest("[data-row]");
    if (!link || event.ctrlKey || event.metaKey) return;
    const row = link.closest("[data-key]");
    if (event.altKey && event.key === "ArrowRight") send(row, "demote");
    else if (event.altKey && event.key === "ArrowLeft") send(row, "promote");
    else if (event.altKey) return;
    else if (event.key === "Backspace") send(row, "merge");
    else if (event.key === "Enter" && caret(row) > 0) send(row, "split", caret(row));
    else return;
    event.preventDefault();
  });
  const open = list.querySelector(".tree-open [data-row]");
  // The jump to the clause of the address comes later than this and takes the focus away.
  const focus = () => open.focus({ preventScroll: true });
  if (open && document.readyState === "complete") focus();
  else if (open) addEventListener("load", focus);
}
