// Sequence logos: all positions along the map, and those around the two of a pair.

const heights = data.logo && decoded(data.logo.heights);
const A = data.logo ? data.logo.letters.length : 0;
const L = data.length;
const WIDEST = data.logo ? Math.max(...data.logo.shapes.map(({ aspect }) => aspect)) : 1;

const information = (p) => {
  let sum = 0;
  for (let a = 0; a < A; a++) sum += heights[p * A + a];
  return sum;
};

// The top of the axis: all that a position can have, or a round number above what is seen.
function highest(from, to) {
  let most = 0;
  for (let p = Math.max(from, 0); p < Math.min(to, L); p++) most = Math.max(most, information(p));
  const all = Math.log2(A);
  if (most > all / 2) return all;
  const ten = 10 ** Math.floor(Math.log10(Math.max(most, 0.05)));
  return ten * [1, 2, 5, 10].find((step) => step * ten >= Math.max(most, 0.05));
}

// Letters from `from` on, each `wide` pixels, in a box from y = top to y = bottom.
function letters(group, from, to, left, wide, top, bottom, most) {
  const { inks, shapes } = data.logo;
  for (let p = Math.max(from, 0); p < Math.min(to, L); p++) {
    const stack = Array.from({ length: A }, (_, a) => a)
      .filter((a) => heights[p * A + a] > 0)
      .sort((a, b) => heights[p * A + a] - heights[p * A + b] || b - a);
    let y = bottom;
    for (const a of stack) {
      const high = (heights[p * A + a] / most) * (bottom - top);
      y -= high;
      if (high < 0.3) continue;
      const across = 0.94 * wide * Math.min(1, (1.35 * shapes[a].aspect) / WIDEST);
      const x = left + (p - from + 0.5) * wide - across / 2;
      group.append(made("path", {
        class: inks[a],
        d: shapes[a].path,
        transform: `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${(across / 1000).toFixed(5)} ${(high / 1000).toFixed(5)})`,
      }));
    }
  }
}

function scaleMarks(svg, x, top, bottom, most) {
  svg.append(made("path", { class: "frame", d: `M${x - 4} ${top}h4V${bottom}h-4` }));
  svg.append(made("text", { x: x - 6, y: top + 8, "text-anchor": "end" }, tickText(Number(most.toPrecision(3)))));
  svg.append(made("text", { x: x - 6, y: bottom, "text-anchor": "end" }, "0"));
}

function drawLogo() {
  const svg = byId("logo");
  const left = byId("axis-i").getBoundingClientRect().width;
  const { column, span } = state.zoom;
  const [top, bottom] = [4, 66];
  const most = highest(0, L);
  svg.replaceChildren(made("g"));
  letters(svg, column, column + span, left, cell(), top, bottom, most);
  scaleMarks(svg, left, top, bottom, most);
  svg.append(made("text", { class: "title", transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, "bits"));
}

function markLogo() {
  const left = byId("axis-i").getBoundingClientRect().width;
  const { column, span } = state.zoom;
  const found = [];
  for (const p of Object.values(subject())) {
    const [from, to] = [Math.max(p, column), Math.min(p + k, column + span)];
    if (from < to) found.push(made("rect", { class: "mark", x: left + (from - column) * cell(), y: 0, width: (to - from) * cell(), height: 70 }));
  }
  byId("logo").firstChild.replaceChildren(...found);
}

function drawWindow(svg, at) {
  const { width } = svg.getBoundingClientRect();
  const left = 36;
  const n = Math.max(9, 2 * Math.floor((width - left) / 32) + 1);
  const from = Math.min(Math.max(at - Math.floor((n - k) / 2), 0), Math.max(L - n, 0));
  const wide = (width - left) / n;
  const [top, bottom] = [4, 58];
  const most = highest(0, L);
  svg.replaceChildren();
  svg.append(made("rect", { class: "mark", x: left + (at - from) * wide, y: 0, width: k * wide, height: 60 }));
  letters(svg, from, from + n, left, wide, top, bottom, most);
  scaleMarks(svg, left, top, bottom, most);
  for (const x of steps(data.first + from, data.first + Math.min(from + n, L) - 1, 5).filter(Number.isInteger)) {
    svg.append(made("text", { x: left + (x - data.first - from + 0.5) * wide, y: 73, "text-anchor": "middle" }, signedText(String(x))));
  }
  svg.setAttribute("aria-label", `Sequence logo around ${labels[at]}`);
}

if (data.logo) {
  watch("zoom size", drawLogo);
  watch("cursor zoom size", markLogo);
  watch("cursor size", () => {
    const at = subjectPair();
    drawWindow(byId("logo-i"), firsts[at]);
    drawWindow(byId("logo-j"), seconds[at]);
  });
}
