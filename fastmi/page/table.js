// The table of pairs: any column sorts, filters, and only the rows in sight are elements.

const HEIGHT = 24;
const MOST_ROWS = 500000; // higher than that no browser scrolls
const scroller = byId("pairs");
const [head, body] = [scroller.querySelector("thead tr"), scroller.querySelector("tbody")];

const kmerText = (at) => (kmersOf.get(at) ?? []).map(([a, b]) => `${a}–${b}`).join(" ");
const valueName = data.measure.toLowerCase() + (data.unit ? `_${data.unit}` : "");
const columns = [
  { name: "i", tsv: "label_i", text: true, of: (at) => labels[firsts[at]], key: (at) => firsts[at] },
  { name: "j", tsv: "label_j", text: true, of: (at) => labels[seconds[at]], key: (at) => seconds[at] },
  { name: "distance", tsv: "distance", key: (at) => seconds[at] - firsts[at] },
  { name: `${data.measure}${unit}`, tsv: valueName, key: (at) => arrays.value[at], digits: 7 },
];
if (data.null) {
  columns.push(
    { name: `beyond the null${unit}`, tsv: "corrected", key: (at) => arrays.corrected[at], digits: 7 },
    { name: "p", tsv: "p", key: (at) => arrays.p[at], digits: 10, first: 1 },
    { name: "q", tsv: "q", key: (at) => arrays.q[at], digits: 10, first: 1 },
  );
}
if (arrays.error) columns.push({ name: "standard error", tsv: "standard_error", key: (at) => arrays.error[at], digits: 7 });
columns.push({ name: "N", tsv: "n", key: number, digits: 10 });
if (kmersOf.size) {
  columns.push({ name: "leading k-mer pairs", tsv: "top_kmers", text: true, kmers: true, of: kmerText, key: (at) => kmersOf.get(at)?.[0]?.[4] ?? NaN });
}

// Largest effect first; not the smallest p, which depends on the number of sequences.
const sorting = { column: columns[data.null ? 4 : 3], direction: -1 };
let order = [];
let chosen = -1;

function sort() {
  const { column, direction } = sorting;
  const sized = data.signed && column.tsv === valueName;
  const keys = new Float64Array(nPairs);
  for (const at of order) keys[at] = sized ? Math.abs(column.key(at)) : column.key(at);
  order.sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a - b; // last
    return direction * (x < y ? -1 : x > y ? 1 : 0) || a - b;
  });
}

function filter() {
  const numberIn = (id, none) => (byId(id)?.value.trim() ? Number(byId(id).value) : none);
  const [from, to] = [numberIn("from", -Infinity), numberIn("to", Infinity)];
  const most = numberIn("most-q", null);
  const words = byId("text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = new Uint8Array(nPairs);
  order = [];
  for (let at = 0; at < nPairs; at++) {
    const distance = seconds[at] - firsts[at];
    if (distance < from || distance > to) continue;
    if (most !== null && !(arrays.q[at] <= most)) continue;
    if (words.length) {
      const text = `${labels[firsts[at]]} ${labels[seconds[at]]} ${kmerText(at)}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
    }
    kept[at] = 1;
    order.push(at);
  }
  sort();
  scroller.scrollTop = 0;
  const all = order.length === nPairs;
  byId("shown").textContent = `${order.length.toLocaleString("en")} of ${nPairs.toLocaleString("en")} pairs`;
  if (order.length > MOST_ROWS) byId("shown").textContent += `, the first ${MOST_ROWS.toLocaleString("en")} listed`;
  draw();
  change("filter", { kept: all ? null : kept });
}

function filterDistance(distance) {
  byId("from").value = byId("to").value = distance;
  filter();
}

const classOf = (column) => (column.kmers ? "text kmers" : column.text ? "text" : "");

function rowOf(at, index) {
  const row = made("tr", { "aria-rowindex": index + 2, "data-pair": at });
  row.id = `row-${index}`;
  if (at === chosen) row.className = "chosen";
  if (at === chosen) row.setAttribute("aria-current", "true");
  for (const column of columns) {
    const text = column.of ? signedText(column.of(at)) : written(column.key(at));
    row.append(made("td", { class: classOf(column) }, text));
  }
  return row;
}

function spacer(rows) {
  const row = made("tr", { "aria-hidden": "true" });
  const filled = made("td", { colspan: columns.length });
  filled.style.height = `${rows * HEIGHT}px`;
  row.append(filled);
  return row;
}

function draw() {
  const n = Math.min(order.length, MOST_ROWS);
  const start = printing ? 0 : Math.max(0, Math.floor(scroller.scrollTop / HEIGHT) - 10);
  const stop = Math.min(n, printing || start + Math.ceil(scroller.clientHeight / HEIGHT) + 22);
  const rows = order.slice(start, stop).map((at, n) => rowOf(at, start + n));
  if (!printing) {
    if (start) rows.unshift(spacer(start));
    if (stop < n) rows.push(spacer(n - stop));
  }
  body.replaceChildren(...rows);
  body.parentElement.setAttribute("aria-rowcount", order.length + 1);
  const index = order.indexOf(chosen);
  if (index >= start && index < stop) scroller.setAttribute("aria-activedescendant", `row-${index}`);
  else scroller.removeAttribute("aria-activedescendant");
}

function choose(at, inSight) {
  chosen = at;
  const index = order.indexOf(at);
  if (inSight && index >= 0) {
    const top = index * HEIGHT;
    const room = scroller.clientHeight - head.offsetHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    if (top + HEIGHT > scroller.scrollTop + room) scroller.scrollTop = top + HEIGHT - room;
  }
  draw();
}

// The next of the table's order, for the map's keys too.
function nextPair(by) {
  const now = order.indexOf(pairAt(state.row, state.column));
  const at = order[Math.min(Math.max(now + by, 0), order.length - 1)];
  if (at === undefined) return;
  const { row, column } = showPair(at);
  moveTo(row, column);
  choose(at, true);
  sayPair();
}

for (const column of columns) {
  const cellOf = made("th", { scope: "col", class: classOf(column) });
  const button = made("button", { type: "button" }, column.name);
  button.addEventListener("click", () => {
    const again = sorting.column === column;
    sorting.direction = again ? -sorting.direction : (column.first ?? (column.text && !column.kmers ? 1 : -1));
    sorting.column = column;
    sort();
    scroller.scrollTop = 0;
    sortMarks();
    draw();
    say(`sorted by ${column.name}, ${sorting.direction > 0 ? "ascending" : "descending"}`);
  });
  cellOf.append(button);
  head.append(cellOf);
}

function sortMarks() {
  columns.forEach((column, n) => {
    const direction = sorting.direction > 0 ? "ascending" : "descending";
    head.cells[n].setAttribute("aria-sort", column === sorting.column ? direction : "none");
  });
}

scroller.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
scroller.addEventListener("keydown", (event) => {
  if (event.target !== scroller) return;
  const pages = Math.floor(scroller.clientHeight / HEIGHT) - 2;
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: pages, PageUp: -pages, Home: -Infinity, End: Infinity }[event.key];
  if (by !== undefined && order.length) {
    event.preventDefault();
    const last = Math.min(order.length, MOST_ROWS) - 1;
    choose(order[Math.min(Math.max(order.indexOf(chosen) + by, 0), last)], true);
    const { row, column } = showPair(chosen);
    moveTo(row, column);
    sayPair();
  } else if (event.key === "Enter" && chosen >= 0) {
    const { row, column } = showPair(chosen);
    pin(row, column);
  }
});
body.addEventListener("click", (event) => {
  const at = event.target.closest("tr")?.dataset.pair;
  if (at === undefined) return;
  const { row, column } = showPair(Number(at));
  moveTo(row, column);
  choose(Number(at), false);
  pin(row, column);
});

for (const id of ["from", "to", "most-q", "text"]) byId(id)?.addEventListener("input", filter);
byId("clear").addEventListener("click", () => {
  for (const id of ["from", "to", "most-q", "text"]) if (byId(id)) byId(id).value = "";
  filter();
});
watch("cursor size", () => {
  const at = subjectPair();
  choose(at, false);
});

// ------------------------------------------------------------------------------------- TSV

const plain = (x, digits) => (Number.isNaN(x) ? "nan" : String(digits ? Number(x.toPrecision(digits)) : x));

function tsvCell(column, at) {
  if (column.kmers) {
    const rows = kmersOf.get(at) ?? [];
    return rows.map(([a, b, count, , bits]) => `${a}~${b}:${count}:${bits.toPrecision(3)}`).join(";") || ".";
  }
  return column.of ? column.of(at).replace(/[\t\r\n]/g, " ") : plain(column.key(at), column.digits);
}

function tsv() {
  const places = [{ tsv: "i", key: (at) => firsts[at] }, { tsv: "j", key: (at) => seconds[at] }];
  const all = [...places, ...columns];
  const lines = order.map((at) => all.map((column) => tsvCell(column, at)).join("\t"));
  return [all.map((column) => column.tsv).join("\t"), ...lines, ""].join("\n");
}

byId("save").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([tsv()], { type: "text/tab-separated-values" }));
  const name = data.title.replace(/[^\w.-]+/g, "_").replace(/^[_.]+|[_.]+$/g, "").slice(0, 80);
  const link = made("a", { href: url, download: `${name || "pairs"}.pairs.tsv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  say(`${order.length} pairs saved`);
});

byId("copy").addEventListener("click", async () => {
  const text = tsv();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = made("textarea", { class: "hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy"); // where a page from a file may not use the clipboard
    area.remove();
  }
  byId("shown").textContent = `${order.length.toLocaleString("en")} pairs copied`;
  say(byId("shown").textContent);
});
