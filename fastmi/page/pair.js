// The card of the pair under the cursor, or of the pinned one.

function drawCard() {
  const at = subjectPair();
  byId("pair-title").textContent = `${pairName(at)}${state.pinned ? " · pinned" : ""}`;
  byId("unpin").hidden = !state.pinned;
  const facts = factsOf(at).flatMap(([name, value]) => [made("dt", {}, name), made("dd", {}, value)]);
  byId("facts").replaceChildren(...facts);
  const rows = kmersOf.get(at);
  byId("kmers").hidden = !rows;
  byId("kmers").tBodies[0].replaceChildren(
    ...(rows ?? []).map(([a, b, ...numbers]) => {
      const row = made("tr");
      row.append(made("td", {}, `${a}–${b}`), ...numbers.map((x) => made("td", {}, written(x))));
      return row;
    }),
  );
  byId("no-kmers").hidden = Boolean(rows) || data.measure !== "MI";
  byId("no-kmers").textContent = kmersOf.size
    ? `Leading k-mer pairs are here for the ${kmersOf.size.toLocaleString("en")} pairs with the largest values.`
    : "";
}

byId("unpin").addEventListener("click", () => {
  change("cursor", { pinned: null });
  canvas.focus();
});
watch("cursor size", drawCard);
