// A case: arrows in the table, W pins; records are given to people by dragging or by 1 to 4; the page says that it is open.
"use strict";

const typing = (event) => event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey;
const letter = (event) => (event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key);

// ---------------------------------------------------------------- the table
const cells = [...document.querySelectorAll("[data-grid] tbody tr")].map((row) => [...row.querySelectorAll("td")]);
const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], k: [-1, 0], j: [1, 0] };
let at = [0, 0];

function move(rows, columns) {
  const inside = document.activeElement.matches("[data-grid] td");
  const row = inside ? Math.min(Math.max(at[0] + rows, 0), cells.length - 1) : at[0];
  const column = inside ? Math.min(Math.max(at[1] + columns, 0), cells[row].length - 1) : at[1];
  at = [row, column];
  cells[row][column].focus();
}

document.querySelector("[data-grid]")?.addEventListener("focusin", (event) => {
  cells.forEach((row, r) => row.forEach((cell, c) => { if (cell === event.target) at = [r, c]; }));
});

function pin() {
  const cell = document.activeElement, form = document.querySelector("[data-pin]");
  if (!cell.dataset.record || !form) return;
  form.elements.record.value = cell.dataset.record;
  form.elements.name.value = cell.dataset.field;
  form.requestSubmit();
}

// ---------------------------------------------------------------- the split
const split = document.querySelector("[data-split]");
const cards = () => [...split.querySelectorAll("li")];

function give(card, person) {
  const radio = card.querySelector(`input[value="${person}"]`);
  if (!radio) return;
  radio.checked = true;
  split.querySelector(`[data-person="${person}"] ul`).append(card);
  card.focus();
}

function step(card, by) {
  const all = cards(), next = all[(all.indexOf(card) + by + all.length) % all.length];
  next.focus();
}

if (split) {
  split.closest("details").addEventListener("toggle", (event) => { if (event.target.open) cards()[0].focus(); });
  split.addEventListener("change", (event) => { if (event.target.type === "radio") give(event.target.closest("li"), event.target.value); });
  split.addEventListener("dragstart", (event) => {
    const card = event.target.closest("li");
    event.dataTransfer.setData("text/plain", String(cards().indexOf(card)));
    event.dataTransfer.effectAllowed = "move";
    card.classList.add("dragged");
  });
  split.addEventListener("dragend", () => {
    split.querySelectorAll(".dragged, .over").forEach((one) => one.classList.remove("dragged", "over"));
  });
  split.querySelectorAll("[data-person]").forEach((box) => {
    box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
    box.addEventListener("dragleave", () => box.classList.remove("over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      const card = cards()[Number(event.dataTransfer.getData("text/plain"))];
      if (card) give(card, box.dataset.person);
    });
  });
  // what was written as the reason belongs to the split, too
  split.addEventListener("submit", () => {
    const copy = split.querySelector("[data-copy-why]"), why = document.querySelector("[data-why]");
    if (copy && why) copy.value = why.value;
  });
}

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const key = letter(event), card = event.target.closest("[data-split] li");
  if (card && /^[1-4]$/.test(event.key)) return void (event.preventDefault(), give(card, event.key));
  if (card && key === "Enter") return void (event.preventDefault(), split.requestSubmit());
  if (card && key in moves) return void (event.preventDefault(), step(card, moves[key][0] + moves[key][1]));
  if (key in moves && cells.length) return void (event.preventDefault(), move(...moves[key]));
  if (key === "w") pin();
});

// ---------------------------------------------------------------- the lease: a sign of life every two minutes
const token = document.querySelector("[name=csrf]")?.value;
if (token && !document.querySelector("[data-no-lease]")) {
  setInterval(() => {
    if (document.visibilityState === "visible") fetch("/queue/lease", { method: "POST", body: new URLSearchParams({ csrf: token }) });
  }, 120000);
}
