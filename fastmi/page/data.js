// The numbers of the page: where a pair is in them, and how they are written.

const data = JSON.parse(document.getElementById("data").textContent);
const { positions: P, k, labels } = data;
const nPairs = ((P - k) * (P - k + 1)) / 2;
const byId = (id) => document.getElementById(id);

function decoded({ type, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new (type === "f8" ? Float64Array : Float32Array)(bytes.buffer);
}
const arrays = Object.fromEntries(
  Object.entries(data.arrays).map(([name, array]) => [name, decoded(array)]),
);

// Pairs are i-major: the pair (i, j), i + k <= j, has a number; its mirror has the same.
function pairAt(a, b) {
  const i = Math.min(a, b);
  const j = Math.max(a, b);
  return j - i < k || i < 0 || j >= P ? -1 : i * (P - k) - (i * (i - 1)) / 2 + j - i - k;
}
const firsts = new Uint16Array(nPairs);
const seconds = new Uint16Array(nPairs);
for (let i = 0, at = 0; i < P - k; i++) {
  for (let j = i + k; j < P; j++, at++) {
    firsts[at] = i;
    seconds[at] = j;
  }
}
const kmersOf = new Map(data.kmers.map(([i, j, rows]) => [pairAt(i, j), rows]));

const unit = data.unit ? ` (${data.unit})` : "";
const views = [
  { id: "value", name: `${data.name}${unit}`, short: data.measure, values: arrays.value },
];
if (data.null) {
  const logQ = Float64Array.from(arrays.q, (q) => -Math.log10(q));
  const beyond = `${data.measure} beyond the null`;
  views.push({ id: "corrected", name: `${beyond}${unit}`, short: beyond, values: arrays.corrected, zero: true });
  views.push({ id: "logq", name: "−log10 q", short: "−log10 q", values: logQ, zero: true });
}

const signedText = (text) => text.replace("-", "−");

// Four digits: enough to read, and the table's copy has more.
function written(x, shorter = false) {
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (Number.isInteger(x) && size < 1e15) return signedText(x.toLocaleString("en"));
  if (size >= 1e-3 && size < 1e5) {
    const digits = x.toPrecision(4);
    return signedText(shorter ? String(Number(digits)) : digits);
  }
  const [digits, exponent] = x.toExponential(2).split("e");
  return signedText(`${shorter ? Number(digits) : digits}e${Number(exponent)}`);
}
const tickText = (x) => written(x, true);
const number = (at) => (arrays.n ? arrays.n[at] : data.n);

function steps(low, high, most) {
  const raw = (high - low) / most;
  if (!(raw > 0)) return [low];
  const ten = 10 ** Math.floor(Math.log10(raw));
  const step = ten * [1, 2, 5, 10].find((s) => s * ten >= raw * 0.999);
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
    found.push(Number((n * step).toPrecision(12)));
  }
  return found;
}

// Elements; text goes in as text.
function made(tag, attributes = {}, text = "") {
  const svg = ["svg", "g", "line", "path", "rect", "text", "circle", "linearGradient", "stop", "defs"];
  const element = svg.includes(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== "") element.textContent = text;
  return element;
}
