// Controls, and the first picture.

const THRESHOLDS = [];
for (let power = -10; power < 0; power++) for (const step of [1, 2, 5]) THRESHOLDS.push(Number(`${step}e${power}`));
THRESHOLDS.push(1);

function remove(what) {
  for (const element of document.querySelectorAll(`[data-needs="${what}"]`)) element.remove();
}
if (!data.null) remove("q");
if (!data.logo) remove("logo");

for (const view of views) {
  const label = made("label");
  const input = made("input", { type: "radio", name: "view", value: view.id });
  input.checked = view === state.view;
  input.addEventListener("change", () => change("view", { view }));
  label.append(input, view.short);
  byId("views").append(label);
}
byId("views").hidden = views.length < 2;
if (data.signed) byId("limits").querySelector("[value=log]").remove();
byId("limits").addEventListener("change", () => change("view", { limits: byId("limits").value }));
byId("zoom-in").addEventListener("click", () => zoomBy(0.5));
byId("zoom-out").addEventListener("click", () => zoomBy(2));
byId("zoom-reset").addEventListener("click", () => zoomTo(0, 0, P));

if (data.null) {
  const slider = byId("q-slider");
  const counted = () => {
    let n = 0;
    for (let at = 0; at < nPairs; at++) n += arrays.q[at] <= state.q;
    const text = String(state.q);
    byId("q-text").textContent = text;
    slider.setAttribute("aria-valuetext", `q at most ${text}, ${n} pairs`);
    byId("q-count").textContent = `${n.toLocaleString("en")} pairs`;
  };
  slider.max = THRESHOLDS.length - 1;
  slider.value = THRESHOLDS.indexOf(state.q);
  slider.addEventListener("input", () => change("q", { q: THRESHOLDS[slider.value] }));
  watch("q", counted);
  counted();
}

// On paper the pictures are those of the screen, as wide as the paper, and the table is short.
const board = document.querySelector(".board");
const PAPER = 700;
window.addEventListener("beforeprint", () => {
  const { width } = board.getBoundingClientRect();
  board.style.gridTemplateColumns = getComputedStyle(board).gridTemplateColumns;
  board.style.width = `${width}px`;
  board.style.zoom = Math.min(1, PAPER / width);
  printing = 40;
  draw();
});
window.addEventListener("afterprint", () => {
  board.removeAttribute("style");
  printing = 0;
  draw();
});

canvas.setAttribute("aria-label", `Map of ${data.name}, ${P} by ${P} positions`);
sortMarks();
filter();
const strongest = order.find((at) => !Number.isNaN(state.view.values[at])) ?? 0;
change("size", { row: firsts[strongest], column: seconds[strongest] });
new ResizeObserver(() => change("size", {})).observe(document.body);
