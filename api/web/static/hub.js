// Keys: an element with data-key="s" is pressed (or focused, if it is a field) by S, unless one is typing.
// Selects with data-submit send their form at once; without this script the button beside them does.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && typing) typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const wanted = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
  const target = document.querySelector(`[data-key="${CSS.escape(wanted)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea")) target.focus();
  else target.click();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A decision is sent once, however often the key is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// What scrolls sideways is reached by the keyboard, too; what fits is no stop of the Tab key.
const fitting = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".scroll")) fitting.observe(box);
