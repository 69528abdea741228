// Curves along the map: by distance, of neighbours, and of one position with all others.

const ROOM = { left: 58, right: 8, top: 5, bottom: 29 };

function finiteRange(series) {
  const all = series.flatMap(({ ys }) => ys).filter(Number.isFinite);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (!all.length) return [0, 1];
  const floor = low >= 0 && low < 0.5 * high ? 0 : low;
  return floor < high ? [floor, high + 0.05 * (high - floor)] : [floor, floor + (Math.abs(floor) || 1)];
}

// Points without a value are gaps in the line.
function pathOf(xs, ys, toX, toY) {
  let words = "";
  let drawing = false;
  for (let n = 0; n < xs.length; n++) {
    if (Number.isFinite(ys[n])) {
      words += `${drawing ? "L" : "M"}${toX(xs[n]).toFixed(1)} ${toY(ys[n]).toFixed(1)}`;
      if (!drawing && !Number.isFinite(ys[n + 1])) words += "h.01";
    }
    drawing = Number.isFinite(ys[n]);
  }
  return words;
}

// series: [{xs, ys, name}], marks: [x], label(x) of a tick, said(x) of a point under the pointer.
function drawChart(svg, { series, marks: at, xName, label, low, high, said, out }) {
  const { width, height } = svg.getBoundingClientRect();
  const [bottom, top] = finiteRange(series);
  const toX = (x) => ROOM.left + ((x - low + 0.5) / (high - low + 1)) * (width - ROOM.left - ROOM.right);
  const toY = (y) => height - ROOM.bottom - ((y - bottom) / (top - bottom)) * (height - ROOM.bottom - ROOM.top);
  svg.replaceChildren();
  for (const y of steps(bottom, top, 3)) {
    svg.append(made("line", { class: "grid", x1: ROOM.left, x2: width - ROOM.right, y1: toY(y), y2: toY(y) }));
    svg.append(made("text", { x: ROOM.left - 5, y: toY(y) + 4, "text-anchor": "end" }, tickText(y)));
  }
  for (const x of steps(low, high, 10).filter(Number.isInteger)) {
    svg.append(made("text", { x: toX(x), y: height - ROOM.bottom + 14, "text-anchor": "middle" }, signedText(label(x))));
  }
  svg.append(made("text", { class: "title", x: (width + ROOM.left) / 2, y: height - 2, "text-anchor": "middle" }, xName));
  for (const x of at) {
    svg.append(made("line", { class: "mark-line", x1: toX(x), x2: toX(x), y1: ROOM.top, y2: height - ROOM.bottom }));
  }
  series.forEach(({ xs, ys }, n) => {
    svg.append(made("path", { class: `line ${"ab"[n]}`, d: pathOf(xs, ys, toX, toY) }));
  });
  svg.setAttribute("aria-label", `${xName}: ${series.map(({ name, ys }) => `${name} up to ${written(Math.max(...ys.filter(Number.isFinite)))}`).join(", ")}`);
  svg.under = (event) => {
    const share = (event.clientX - svg.getBoundingClientRect().left - ROOM.left) / (width - ROOM.left - ROOM.right);
    const x = Math.floor(low + share * (high - low + 1));
    return x < low || x > high ? null : x;
  };
  svg.onpointermove = (event) => {
    const x = svg.under(event);
    out.textContent = x === null ? "" : said(x);
  };
  svg.onpointerleave = () => (out.textContent = "");
}

function byDistance() {
  const { values } = state.view;
  const [xs, mean, max] = [[], [], []];
  for (let d = k; d < P; d++) {
    let [sum, n, most] = [0, 0, -Infinity];
    for (let i = 0; i + d < P; i++) {
      const value = values[pairAt(i, i + d)];
      if (Number.isNaN(value)) continue;
      sum += value;
      n++;
      most = Math.max(most, value);
    }
    xs.push(d);
    mean.push(n ? sum / n : NaN);
    max.push(n ? most : NaN);
  }
  return { xs, mean, max };
}
let curves = byDistance();

function drawByDistance(id, ys, name) {
  const at = subjectPair();
  drawChart(byId(id), {
    series: [{ xs: curves.xs, ys, name }],
    marks: [seconds[at] - firsts[at]],
    xName: "distance j − i (letters)",
    label: String,
    low: k,
    high: P - 1,
    said: (d) => `${d}: ${written(ys[d - k])}; click to filter`,
    out: byId(`${id}-text`),
  });
}

function drawAdjacent() {
  const { values } = state.view;
  const xs = Array.from({ length: P - k }, (_, i) => i);
  const ys = xs.map((i) => values[pairAt(i, i + k)]);
  const at = subjectPair();
  drawChart(byId("adjacent"), {
    series: [{ xs, ys, name: state.view.short }],
    marks: [firsts[at], seconds[at]],
    xName: "position i",
    label: (i) => labels[i] ?? "",
    low: 0,
    high: P - 1,
    said: (i) => (i < P - k ? `${labels[i]} – ${labels[i + k]}: ${written(ys[i])}` : ""),
    out: byId("adjacent-text"),
  });
}

function drawRow() {
  const at = subjectPair();
  const xs = Array.from({ length: P }, (_, x) => x);
  const [i, j] = [firsts[at], seconds[at]];
  const [a, b] = [i, j].map((p) => xs.map((x) => (pairAt(p, x) < 0 ? NaN : state.view.values[pairAt(p, x)])));
  byId("row-i").textContent = signedText(labels[i]);
  byId("row-j").textContent = signedText(labels[j]);
  drawChart(byId("row"), {
    series: [{ xs, ys: a, name: labels[i] }, { xs, ys: b, name: labels[j] }],
    marks: [i, j],
    xName: "the other position",
    label: (x) => labels[x],
    low: 0,
    high: P - 1,
    said: (x) => `with ${labels[x]}: ${written(a[x])} and ${written(b[x])}`,
    out: byId("row-text"),
  });
}

byId("k-text").textContent = k;
for (const id of ["mean", "max"]) {
  byId(id).addEventListener("click", ({ currentTarget, clientX }) => {
    const d = currentTarget.under({ clientX });
    if (d !== null) filterDistance(d);
  });
}
byId("adjacent").addEventListener("click", ({ currentTarget, clientX }) => {
  const i = currentTarget.under({ clientX });
  if (i !== null && i < P - k) pin(i, i + k);
});
watch("view", () => (curves = byDistance()));
watch("view cursor size", () => {
  drawByDistance("mean", curves.mean, "mean");
  drawByDistance("max", curves.max, "maximum");
  drawAdjacent();
  drawRow();
});
