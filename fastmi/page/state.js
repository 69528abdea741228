// What is being looked at. Whoever changes it says what; whoever shows it hears of it.

const state = {
  view: views[data.null ? 1 : 0],
  limits: "full",
  row: 0, // of the cursor, i downwards
  column: k, // j to the right
  pinned: null, // {row, column}
  q: 0.05,
  zoom: { row: 0, column: 0, span: P },
  kept: null, // of a filter: 1 for each pair that passes it; null without one
};
let printing = 0; // rows of the table on paper
const watchers = [];
const changed = new Set();
const watch = (whats, show) => watchers.push({ whats: whats.split(" "), show });

// Shown with the next frame, once for all changes until then.
function change(what, values) {
  Object.assign(state, values);
  if (!changed.size) requestAnimationFrame(showChanges);
  changed.add(what);
}

function showChanges() {
  const now = new Set(changed);
  changed.clear();
  if (!byId("map").clientWidth || printing) return; // what is not laid out has no size
  for (const { whats, show } of watchers) if (whats.some((what) => now.has(what))) show();
}

// The pair that the card and the curves are about.
const subject = () => state.pinned ?? { row: state.row, column: state.column };
const subjectPair = () => pairAt(subject().row, subject().column);

let saying = 0;
function say(words) {
  clearTimeout(saying); // a reader that moves fast hears where it stops
  saying = setTimeout(() => (byId("said").textContent = words), 150);
}

function factsOf(at) {
  const facts = [["distance", seconds[at] - firsts[at]], [data.unit ? `${data.measure} (${data.unit})` : data.measure, arrays.value[at]]];
  if (arrays.error) facts.push(["standard error", arrays.error[at]]);
  if (data.null) {
    facts.push(["beyond the null", arrays.corrected[at]], ["p", arrays.p[at]], ["q", arrays.q[at]]);
  }
  facts.push(["N", number(at)]);
  return facts.map(([name, value]) => [name, written(value)]);
}
