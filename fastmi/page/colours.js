// From values to colours, and the bar that says which is which.

const palette = new Uint8Array(256 * 3);
for (let n = 0; n < palette.length; n++) palette[n] = parseInt(data.colours.substr(2 * n, 2), 16);
const LOG_DEPTH = 1e-5; // of the largest value: where a logarithmic scale begins at the lowest

function ordered(view) {
  view.sorted ??= Float64Array.from(view.values).filter(Number.isFinite).sort();
  return view.sorted;
}

function percentile(sorted, share) {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

// What the colours span, and whether values lie beyond.
function scaleOf(view, limits) {
  let sorted = ordered(view);
  const least = sorted[0];
  const greatest = sorted[sorted.length - 1];
  const log = limits === "log" && !data.signed && greatest > 0;
  if (log) sorted = sorted.filter((x) => x > 0);
  let low = sorted[0];
  let high = sorted[sorted.length - 1];
  if (limits === "robust") [low, high] = [percentile(sorted, 0.01), percentile(sorted, 0.998)];
  if (data.signed) {
    high = Math.max(-low, high) || 1;
    low = -high;
  } else if (log) {
    low = Math.max(low, high * LOG_DEPTH);
  } else if (view.zero) {
    low = 0; // below the mean of the null is chance
  }
  if (!(low < high)) [low, high] = sorted.length ? [low, low + (Math.abs(low) || 1)] : [0, 1];
  return { low, high, log, under: least < low, over: greatest > high };
}

function shareOf(scale, value) {
  const { low, high, log } = scale;
  const share = log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(Math.max(share, 0), 1);
}

function drawBar(svg, scale, view) {
  const { width, height } = svg.getBoundingClientRect();
  const [left, thick, tip] = [14, 14, 9];
  const y = (share) => height - share * height;
  svg.replaceChildren();
  const fill = made("linearGradient", { id: "bar-fill", x1: 0, x2: 0, y1: 1, y2: 0 });
  const colour = (n) => `rgb(${palette.slice(3 * n, 3 * n + 3).join(" ")})`;
  for (let n = 0; n < 256; n += 15) fill.append(made("stop", { offset: n / 255, "stop-color": colour(n) }));
  const defs = made("defs");
  defs.append(fill);
  svg.append(defs, made("rect", { x: left, y: 0, width: thick, height, fill: "url(#bar-fill)" }));
  if (scale.over) svg.append(made("path", { d: `M${left} 0L${left + thick / 2} ${-tip}L${left + thick} 0Z`, fill: colour(255) }));
  if (scale.under) svg.append(made("path", { d: `M${left} ${height}L${left + thick / 2} ${height + tip}L${left + thick} ${height}Z`, fill: colour(0) }));
  const ticks = scale.log
    ? Array.from({ length: 640 }, (_, n) => 10 ** (n - 320)).filter((x) => x >= scale.low && x <= scale.high)
    : steps(scale.low, scale.high, 6);
  for (const value of ticks) {
    const at = y(shareOf(scale, value));
    svg.append(made("line", { class: "tick", x1: left + thick, x2: left + thick + 4, y1: at, y2: at }));
    svg.append(made("text", { x: left + thick + 6, y: at + 4 }, tickText(value)));
  }
  const middle = `translate(${width - 3} ${height / 2}) rotate(-90)`;
  svg.append(made("text", { class: "title", transform: middle, "text-anchor": "middle" }, view.name));
}
