// The map: cells as pixels, the contour of what stands out, axes, and a cursor over all of it.

const canvas = byId("map");
const marks = byId("marks");
const tip = byId("tip");
let scale = scaleOf(state.view, state.limits);
let hovering = false;

const cell = () => canvas.clientWidth / state.zoom.span;

function fitted(target) {
  const ratio = window.devicePixelRatio || 1;
  const size = Math.round(canvas.clientWidth * ratio);
  if (target.width !== size) target.width = target.height = size;
  const ink = target.getContext("2d");
  ink.setTransform(1, 0, 0, 1, 0, 0);
  ink.clearRect(0, 0, size, size);
  return { ink, size, ratio };
}

// Of each block of cells the pair to show: where cells are smaller than pixels the largest of
// some, so that none is lost.
function blocks(size) {
  const { row, column, span } = state.zoom;
  const side = Math.max(1, Math.ceil(span / size));
  const n = Math.ceil(span / side);
  const shown = new Int32Array(n * n).fill(-1);
  const { values } = state.view;
  const strength = data.signed ? (at) => Math.abs(values[at]) : (at) => values[at];
  for (let y = 0; y < span; y++) {
    for (let x = 0; x < span; x++) {
      const at = pairAt(row + y, column + x);
      if (at < 0 || Number.isNaN(values[at])) continue;
      const where = Math.floor(y / side) * n + Math.floor(x / side);
      if (shown[where] < 0 || strength(at) > strength(shown[where])) shown[where] = at;
    }
  }
  return { shown, n, side };
}

function drawMap() {
  const { ink, size, ratio } = fitted(canvas);
  const { shown, n, side } = blocks(size);
  const image = new ImageData(n, n);
  for (let where = 0; where < shown.length; where++) {
    const at = shown[where];
    if (at < 0) continue;
    const share = shareOf(scale, state.view.values[at]);
    const colour = 3 * Math.round(share * 255);
    image.data.set(palette.subarray(colour, colour + 3), 4 * where);
    image.data[4 * where + 3] = !state.kept || state.kept[at] ? 255 : 70;
  }
  const pixels = new OffscreenCanvas(n, n);
  pixels.getContext("2d").putImageData(image, 0, 0);
  const step = (size * side) / state.zoom.span; // of a block, on the screen
  ink.imageSmoothingEnabled = false;
  ink.drawImage(pixels, 0, 0, n * step, n * step);
  canvas.dataset.edges = data.null ? drawContour(ink, shown, n, step, ratio) : 0;
}

function drawContour(ink, shown, n, step, ratio) {
  const inside = (x, y) => {
    const at = x < 0 || y < 0 || x >= n || y >= n ? -1 : shown[y * n + x];
    return at >= 0 && arrays.q[at] <= state.q;
  };
  let edges = 0;
  ink.beginPath();
  const edge = (x1, y1, x2, y2) => {
    ink.moveTo(x1 * step, y1 * step);
    ink.lineTo(x2 * step, y2 * step);
    edges++;
  };
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) edge(x, y, x + 1, y);
      if (!inside(x, y + 1)) edge(x, y + 1, x + 1, y + 1);
      if (!inside(x - 1, y)) edge(x, y, x, y + 1);
      if (!inside(x + 1, y)) edge(x + 1, y, x + 1, y + 1);
    }
  }
  ink.lineCap = "square";
  for (const [width, style] of [[2.6, "rgb(0 0 0 / .65)"], [1.1, "#fff"]]) {
    ink.lineWidth = width * ratio;
    ink.strokeStyle = style;
    ink.stroke();
  }
  return edges;
}

// ------------------------------------------------------------------------------------- axes

function ticksOf(start) {
  const first = data.first;
  const last = first + Math.min(start + state.zoom.span, P) - 1;
  const most = Math.max(2, Math.floor(canvas.clientWidth / (labels[0].length > 4 ? 90 : 62)));
  return steps(first + start, last, Math.min(most, 12)).filter(Number.isInteger).map((x) => x - first);
}

function drawAxes() {
  const size = canvas.clientWidth;
  const what = k === 1 ? "" : `, start of ${k}-mer`;
  const [left, bottom] = [byId("axis-i"), byId("axis-j")];
  const width = left.getBoundingClientRect().width;
  left.replaceChildren(made("text", { class: "title", transform: `translate(12 ${size / 2}) rotate(-90)`, "text-anchor": "middle" }, `position i${what}`));
  bottom.replaceChildren(made("text", { class: "title", x: size / 2, y: 34, "text-anchor": "middle" }, `position j${what}`));
  for (const p of ticksOf(state.zoom.row)) {
    const y = (p - state.zoom.row + 0.5) * cell();
    left.append(made("line", { class: "tick", x1: width - 4, x2: width, y1: y, y2: y }));
    left.append(made("text", { x: width - 7, y: y + 4, "text-anchor": "end" }, signedText(labels[p])));
  }
  for (const p of ticksOf(state.zoom.column)) {
    const x = (p - state.zoom.column + 0.5) * cell();
    bottom.append(made("line", { class: "tick", x1: x, x2: x, y1: 0, y2: 4 }));
    bottom.append(made("text", { x, y: 17, "text-anchor": "middle" }, signedText(labels[p])));
  }
}

// ----------------------------------------------------------------------------------- cursor

function corner(row, column) {
  return [(column - state.zoom.column) * cell(), (row - state.zoom.row) * cell()];
}

// Black and white, to be seen on any colour.
function outlined(ink, draw, thin = 1) {
  for (const [width, style] of [[4.6, "#000"], [2, "#fff"]]) {
    ink.lineWidth = width * thin;
    ink.strokeStyle = style;
    ink.beginPath();
    draw();
    ink.stroke();
  }
}

function box(ink, row, column) {
  const [x, y] = corner(row, column);
  const grown = Math.max(2, (10 - cell()) / 2);
  outlined(ink, () => ink.rect(x - grown, y - grown, cell() + 2 * grown, cell() + 2 * grown));
}

function drawMarks() {
  const { ink, ratio } = fitted(marks);
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { row, column } = subject();
  const [x, y] = corner(row, column).map((at) => at + cell() / 2);
  const size = canvas.clientWidth;
  ink.setLineDash([4, 3]);
  ink.globalAlpha = 0.6;
  outlined(ink, () => {
    ink.moveTo(0, y);
    ink.lineTo(x, y);
    ink.lineTo(x, size);
  }, 0.5);
  ink.setLineDash([]);
  ink.globalAlpha = 1;
  box(ink, row, column);
  if (state.pinned) box(ink, state.row, state.column);
  if (state.drag) {
    const { x1, y1, x2, y2 } = state.drag;
    outlined(ink, () => ink.rect(x1, y1, x2 - x1, y2 - y1));
  }
}

function showTip() {
  const at = pairAt(state.row, state.column);
  tip.hidden = at < 0 || !(hovering || (document.activeElement === canvas && state.pinned));
  if (tip.hidden) return;
  const facts = factsOf(at).slice(1, data.null ? -1 : undefined);
  tip.textContent = [pairName(at), ...facts.map(([name, value]) => `${name} ${value}`)].join("\n");
  const [x, y] = corner(state.row, state.column);
  const size = canvas.clientWidth;
  tip.style.left = x > size / 2 ? "" : `${x + cell() + 14}px`;
  tip.style.right = x > size / 2 ? `${size - x + 14}px` : "";
  tip.style.top = `${Math.min(Math.max(y - 20, 2), size - tip.offsetHeight - 2)}px`;
}

const pairName = (at) => `${signedText(labels[firsts[at]])} – ${signedText(labels[seconds[at]])}`;

// ----------------------------------------------------------------------------------- moving

function zoomTo(row, column, span) {
  span = Math.min(Math.max(Math.round(span), Math.min(P, 8)), P);
  const inside = (start) => Math.min(Math.max(Math.round(start), 0), P - span);
  change("zoom", { zoom: { row: inside(row), column: inside(column), span } });
}

function zoomBy(factor) {
  const span = state.zoom.span * factor;
  const { row, column } = subject();
  zoomTo(row - span / 2, column - span / 2, span);
}

// To a cell with a value, over those without.
function moveTo(row, column) {
  change("cursor", { row, column });
  const { zoom } = state;
  const outside = (p, start) => p < start || p >= start + zoom.span;
  if (outside(row, zoom.row) || outside(column, zoom.column)) {
    const keep = (p, start) => (outside(p, start) ? p - zoom.span / 2 : start);
    zoomTo(keep(row, zoom.row), keep(column, zoom.column), zoom.span);
  }
}

function step(down, right) {
  let [row, column] = [state.row + down, state.column + right];
  const clamp = (p) => Math.min(Math.max(p, 0), P - 1);
  [row, column] = [clamp(row), clamp(column)];
  while (pairAt(row, column) < 0) {
    row += Math.sign(down);
    column += Math.sign(right);
    if (row < 0 || column < 0 || row >= P || column >= P) return;
  }
  moveTo(row, column);
  sayPair();
}

function sayPair() {
  const at = pairAt(state.row, state.column);
  const facts = factsOf(at).map(([name, value]) => `${name} ${value}`).join(", ");
  const pinned = state.pinned && pairAt(state.pinned.row, state.pinned.column) === at;
  say(`${labels[firsts[at]]} and ${labels[seconds[at]]}${pinned ? ", pinned" : ""}: ${facts}`);
}

function pin(row, column) {
  const same = state.pinned && state.pinned.row === row && state.pinned.column === column;
  change("cursor", { row, column, pinned: same ? null : { row, column } });
  sayPair();
}

function showPair(at) {
  const lower = state.row > state.column; // stay in this half of the map
  const [row, column] = lower ? [seconds[at], firsts[at]] : [firsts[at], seconds[at]];
  return { row, column };
}

const KEYS = {
  ArrowUp: (n) => step(-n, 0),
  ArrowDown: (n) => step(n, 0),
  ArrowLeft: (n) => step(0, -n),
  ArrowRight: (n) => step(0, n),
  Enter: () => pin(state.row, state.column),
  Escape: () => change("cursor", { pinned: null }),
  "+": () => zoomBy(0.5),
  "=": () => zoomBy(0.5),
  "-": () => zoomBy(2),
  0: () => zoomTo(0, 0, P),
  n: () => nextPair(1),
  p: () => nextPair(-1),
};

canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  hovering = false;
  act(event.shiftKey ? 10 : 1);
});
canvas.addEventListener("focus", () => {
  showTip();
  sayPair();
});
canvas.addEventListener("blur", showTip);

function cellUnder(event) {
  const { left, top } = canvas.getBoundingClientRect();
  const at = (from, start) => Math.min(start + Math.floor(Math.max(from, 0) / cell()), P - 1);
  return { row: at(event.clientY - top, state.zoom.row), column: at(event.clientX - left, state.zoom.column) };
}

let pressed = null;
canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  pressed = { x: event.offsetX, y: event.offsetY, ...cellUnder(event) };
  if (event.pointerType !== "touch") canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  const { row, column } = cellUnder(event);
  const far = pressed && Math.hypot(event.offsetX - pressed.x, event.offsetY - pressed.y) > 6;
  if (far && event.pointerType !== "touch") {
    const side = Math.max(Math.abs(event.offsetX - pressed.x), Math.abs(event.offsetY - pressed.y));
    const [x2, y2] = [pressed.x + side * Math.sign(event.offsetX - pressed.x || 1), pressed.y + side * Math.sign(event.offsetY - pressed.y || 1)];
    state.drag = { x1: pressed.x, y1: pressed.y, x2, y2 };
    drawMarks();
  } else if (pairAt(row, column) >= 0) {
    hovering = true;
    change("cursor", { row, column });
  } else {
    hovering = false;
    showTip();
  }
});
canvas.addEventListener("pointerup", () => {
  const { drag } = state;
  state.drag = null;
  if (drag) {
    const cells = (from) => from / cell();
    const [x, y] = [Math.min(drag.x1, drag.x2), Math.min(drag.y1, drag.y2)];
    zoomTo(state.zoom.row + cells(y), state.zoom.column + cells(x), cells(Math.abs(drag.x2 - drag.x1)));
  } else if (pressed && pairAt(pressed.row, pressed.column) >= 0) {
    pin(pressed.row, pressed.column);
  }
  pressed = null;
});
canvas.addEventListener("pointercancel", () => {
  pressed = state.drag = null;
  drawMarks();
});
canvas.addEventListener("pointerleave", () => {
  hovering = false;
  showTip();
});

function drawAll() {
  scale = scaleOf(state.view, state.limits);
  drawMap();
  drawBar(byId("bar"), scale, state.view);
  drawAxes();
  drawMarks();
}
watch("view zoom size", drawAll);
watch("q filter", drawMap);
watch("cursor zoom size", () => {
  drawMarks();
  showTip();
});
