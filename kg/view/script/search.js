// Search over every name, in any language, with suggestions.

let index = null;
const names = () => (index = index || nodes.map((node) => ({
  node, names: [[node.label], ...node.names, [node.id]].map(([text]) => ({ text, folded: fold(text.length > 300 ? text.slice(0, 300) : text) })),
})));

// How well a name fits: 0 the same, 1 its beginning, 2 a word's beginning, 3 somewhere, 4 not at all.
function misfit(name, wanted) {
  const at = name.indexOf(wanted);
  return at < 0 ? 4 : name === wanted ? 0 : at === 0 ? 1 : /[\s\-(]/.test(name[at - 1]) ? 2 : 3;
}

function matches(text, most = 8) {
  const wanted = fold(text);
  if (!wanted) return [];
  const found = [];
  for (const { node, names: known } of names()) {
    let best = null;
    for (const name of known) {
      const rank = misfit(name.folded, wanted);
      if (rank < 4 && (!best || rank < best.rank)) best = { node, name, rank };
    }
    if (best) found.push(best);
  }
  return found.sort((a, b) => a.rank - b.rank || b.node.degree - a.node.degree).slice(0, most);
}

// Those on whom claims rest, and sources, that are nothing in the drawing.
let besides = null;
function matchesBeside(text, most = 5) {
  const wanted = fold(text);
  if (!wanted) return [];
  besides = besides || [
    ...Object.entries(model.behind).filter(([id]) => !nodeOf.has(id)).map(([id, known]) => ({ kind: "holder", id, label: nameOf(id), what: "stands behind claims", names: [nameOf(id), ...known, id] })),
    ...Object.entries(model.sources).filter(([id]) => !nodeOf.has(id)).map(([id, source]) => ({ kind: "source", id, label: source.title, what: ["source", source.publisher, source.issued].filter(Boolean).join(", "), names: [source.title, id] })),
  ].map((one) => ({ ...one, names: one.names.map((name) => ({ text: name, folded: fold(cut(name, 300)) })) }));
  const found = [];
  for (const one of besides) {
    const best = one.names.map((name) => ({ ...one, name, rank: misfit(name.folded, wanted) })).sort((a, b) => a.rank - b.rank)[0];
    if (best.rank < 4) found.push(best);
  }
  return found.sort((a, b) => a.rank - b.rank || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)).slice(0, most);
}

const query = byId("query");
const suggestions = byId("suggestions");
let active = -1;
function suggest() {
  const found = matches(query.value);
  const others = state.picking ? [] : matchesBeside(query.value);
  active = -1;
  suggestions.replaceChildren(...found.map(({ node, name }, i) => {
    const item = el("li", { role: "option", id: `option-${i}`, "aria-selected": "false", "data-node": node.id }, swatch(node.family),
      el("span", {}, span(cut(node.label, 120)), name.text !== node.label ? el("small", { text: ` ${cut(name.text, 80)}` }) : ""),
      nodeShown(node) ? "" : el("small", { class: "away", text: "hidden" }));
    item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(node.id); });
    return item;
  }));
  others.forEach(({ kind, id, label, what, name }, i) => {
    const item = el("li", { role: "option", id: `option-${found.length + i}`, "aria-selected": "false", "data-kind": kind, "data-id": id }, swatch(kind === "source" ? "source" : "other"),
      el("span", {}, span(cut(label, 120)), name.text !== label && name.text !== id ? el("small", { text: ` ${cut(name.text, 80)}` }) : "", el("small", { text: ` ${cut(what, 80)}` })), el("small", { class: "away", text: "not drawn" }));
    item.addEventListener("mousedown", (event) => { event.preventDefault(); chooseBeside(kind, id); });
    suggestions.append(item);
  });
  if (beyondPage()) suggestFurther();
  if (query.value.trim() && !found.length && !others.length && !model.served) suggestions.append(el("li", { role: "option", "aria-disabled": "true", text: "No name matches. Enter searches the claims." }));
  open(Boolean(query.value.trim()));
}

const CHOICES = "[data-node], [data-kind], [data-further]";
function chooseBeside(kind, id) {
  open(false);
  select(kind, id, { focus: true });
}

function open(shown) {
  suggestions.hidden = !shown;
  query.setAttribute("aria-expanded", String(shown));
  query.removeAttribute("aria-activedescendant");
}

function point(step) {
  const items = [...suggestions.querySelectorAll(CHOICES)];
  if (!items.length) return;
  active = (active + step + items.length) % items.length;
  items.forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
  query.setAttribute("aria-activedescendant", items[active].id);
  items[active].scrollIntoView({ block: "nearest" });
}

function choose(id) {
  open(false);
  if (state.picking) {
    pathTo(id);
    return;
  }
  select("node", id, { focus: true });
  const node = nodeOf.get(id);
  if (!nodeShown(node) && nodeWhy[node.i] === OUTSIDE) ego(id);
  else if (!nodeShown(node)) tell(`${cut(node.label, 60)} is hidden: ${CAUSES[nodeWhy[node.i]]}.`);
  else if (state.view === "graph" && camera) {
    if (camera === overview) overview.look({ x: spot(node)[0], y: spot(node)[1], scale: Math.max(camera.view().scale, 0.5) });
    else focusOn(id);
  }
}

query.addEventListener("input", suggest);
query.addEventListener("blur", () => open(false));
query.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (suggestions.hidden) suggest();
    point(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    if (suggestions.hidden) suggest();
    const item = suggestions.querySelectorAll(CHOICES)[Math.max(active, 0)];
    if (item && item.dataset.further) chooseFurther(item.dataset.further, item.dataset.label);
    else if (item && item.dataset.kind) chooseBeside(item.dataset.kind, item.dataset.id);
    else if (item) choose(item.dataset.node);
    else if (query.value.trim()) {
      open(false);
      rows.kind = "claims";
      change(() => { state.about = query.value.trim(); state.view = "table"; });
    }
  } else if (event.key === "Escape" && (!suggestions.hidden || query.value)) {
    event.stopPropagation();
    if (suggestions.hidden) { query.value = ""; suggest(); }
    open(false);
  }
});
