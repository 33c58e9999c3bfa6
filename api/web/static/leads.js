// An answer that needs a reason opens by its key, and the first field has the focus. The ADF text is copied by a button.
"use strict";

document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches(".answer") && event.target.open) event.target.querySelector("select, button")?.focus();
  },
  true,
);

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const box = button.closest("details");
    await navigator.clipboard.writeText(box.querySelector("textarea").value);
    const told = box.querySelector("[data-copied]");
    told.textContent = told.dataset.copied;
  });
}
