// Draws each figure[data-chart] from its own table by uPlot: the first column is the x axis, columns of numbers are series.
// Colours come from the style sheet, words and formats from the page's language.
"use strict";

const language = document.documentElement.lang;
const FORMATS = {
  count: new Intl.NumberFormat(language, { maximumFractionDigits: 0 }),
  share: new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }),
  other: new Intl.NumberFormat(language, { maximumFractionDigits: 1 }),
  day: new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" }),
};
const DAY = 86400;

function readTable(figure) {
  const source = figure.querySelector("details table");
  const heads = [...source.querySelectorAll("thead th")].map((th) => ({ words: th.textContent, kind: th.dataset.kind }));
  const rows = [...source.querySelectorAll("tbody tr")].map((tr) => [...tr.children]);
  const timed = heads[0].kind === "day" || heads[0].kind === "moment";
  const labels = rows.map((cells) => cells[0].textContent.trim());
  const x = timed ? rows.map((cells) => Date.parse(cells[0].dataset.value) / 1000) : rows.map((_, place) => place);
  const series = heads
    .map((head, place) => ({ ...head, place }))
    .filter((head) => ["count", "share", "decimal", "days", "minutes"].includes(head.kind) && head.place > 0)
    .map((head) => ({ ...head, values: rows.map((cells) => ("value" in cells[head.place].dataset ? Number(cells[head.place].dataset.value) : null)) }));
  return { head: heads[0].words, timed, labels, x, series };
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Stacked: each series is drawn as the sum of itself and those below it, the highest first.
function stacked(series) {
  const sums = [];
  series.forEach(({ values }, number) => sums.push(values.map((value, row) => (value ?? 0) + (number ? sums[number - 1][row] : 0))));
  return sums;
}

function xAxis(table) {
  const axis = { stroke: colour("--faint"), grid: { show: false }, ticks: { stroke: colour("--grid") } };
  if (table.timed) {
    return { ...axis, space: 60, incrs: [1, 2, 7, 14, 28, 91, 182, 365].map((days) => days * DAY), values: (_, ticks) => ticks.map((tick) => FORMATS.day.format(tick * 1000)) };
  }
  return { ...axis, space: 45, incrs: [1, 2, 5, 10, 20, 50, 100], values: (_, ticks) => ticks.map((tick) => table.labels[tick] ?? "") };
}

function options(table, kind, width) {
  const bars = kind !== "line";
  const step = table.x.length > 1 ? Math.min(...table.x.slice(1).map((at, place) => at - table.x[place])) : table.timed ? DAY : 1;
  const margin = bars || table.x.length === 1 ? step * 0.6 : 0;
  const format = FORMATS[table.series[0].kind] ?? FORMATS.other;
  const order = table.series.map((one, number) => ({ ...one, number }));
  if (kind === "stacked") order.reverse();
  const beside = kind === "bars" ? table.series.length : 1;
  return {
    width, height: 190, legend: { live: true }, cursor: { y: false, drag: { x: false, y: false } },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    scales: {
      x: { time: table.timed, range: () => [table.x[0] - margin, table.x.at(-1) + margin] },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.08 : 1] },
    },
    axes: [xAxis(table), { stroke: colour("--faint"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false }, size: 58, values: (_, ticks) => ticks.map((tick) => (format === FORMATS.count && tick % 1 ? "" : format.format(tick))) }],
    series: [
      { label: table.head, value: (_, at, __, row) => (row === null ? "" : table.labels[row]) },
      ...order.map((one) => {
        const paint = colour(`--series-${(one.number % 5) + 1}`);
        return {
          label: one.words, stroke: paint, width: bars ? 0 : 2, fill: bars ? paint : undefined, spanGaps: false,
          points: { show: !bars && table.x.length < 25, size: 6, fill: paint },
          paths: bars ? uPlot.paths.bars({ size: [0.8 / beside, 60], align: 0 }) : undefined,
          value: (_, __, ___, row) => (row === null || one.values[row] === null ? "" : (FORMATS[one.kind] ?? FORMATS.other).format(one.values[row])),
        };
      }),
    ],
  };
}

function data(table, kind) {
  if (kind === "stacked") return [table.x, ...stacked(table.series).reverse()];
  return [table.x, ...table.series.map((one) => one.values)];
}

// Bars side by side: uPlot draws each series around its x; here they are moved apart.
function apart(drawn, table) {
  const parts = table.series.length;
  const place = (number) => (number - (parts - 1) / 2) * (0.8 / parts);
  const step = table.x.length > 1 ? table.x[1] - table.x[0] : table.timed ? DAY : 1;
  drawn.series.forEach((one, number) => {
    if (number) one.paths = uPlot.paths.bars({ size: [0.8 / parts, 60], align: 0, disp: { x0: { unit: 1, values: (self) => self.data[0].map((at) => at + place(number - 1) * step - (0.4 * step) / parts) }, size: { unit: 1, values: (self) => self.data[0].map(() => (0.8 * step) / parts) } } });
  });
}

function draw(figure) {
  const plot = figure.querySelector(".plot");
  const table = readTable(figure);
  if (!table.series.length || !plot.clientWidth) return;
  const kind = figure.dataset.chart;
  const drawn = options(table, kind, plot.clientWidth);
  if (kind === "bars" && table.series.length > 1) apart(drawn, table);
  plot.replaceChildren();
  plot.drawn = new uPlot(drawn, data(table, kind), plot);
}

const figures = [...document.querySelectorAll("figure[data-chart]")];
// In the next frame: what is drawn may change the size of what is observed.
const widths = new ResizeObserver((entries) => requestAnimationFrame(() => {
  for (const { target } of entries) {
    if (target.drawn) target.drawn.setSize({ width: target.clientWidth, height: 190 });
    else draw(target.closest("figure"));
  }
}));
for (const figure of figures) widths.observe(figure.querySelector(".plot"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => figures.forEach(draw));
