// Filters: which things and lines are shown, why the others are not, and the legend,
// whose rows are the filters.

const UNKNOWN = "unknown";
const styled = (group) => ({ order: () => Object.keys(style[group]), text: (value) => style[group][value].label });

// of: the values of a line or thing; one of them shown is enough.
const FACETS = [
  { key: "modality", title: "How firmly it is said", of: (edge) => [edge.modality], ...styled("modalities"),
    help: (value) => style.modalities[value].help, picture: (value) => [line(value)] },
  { key: "sign", title: "Stance", of: (edge) => [edge.sign], ...styled("signs"), picture: (value) => signEnd(value) },
  { key: "family", title: "Things", things: true, of: (node) => [node.family], ...styled("families"), picture: (value) => [swatch(value)] },
  { key: "type", title: "Types of things", things: true, closed: true, of: (node) => [node.type || UNKNOWN] },
  { key: "relation", title: "Relations", closed: true, of: (edge) => [edge.predicate], text: (value) => relationName(value) },
  { key: "kind", title: "Kind of claim", closed: true, of: (edge) => [edge.kind], order: () => ["fact", "assessment", "ascription", "forecast", "recommendation"] },
  { key: "polarity", title: "For or against", closed: true, of: (edge) => [edge.denied ? "denied" : "affirmed"], order: () => ["affirmed", "denied"] },
  { key: "status", title: "Standing", closed: true, of: (edge) => [statusOf(edge)],
    order: () => ["supported", "single origin", "unsourced", "hedged", "contested", UNKNOWN],
    help: (value) => ({ supported: "two origins or more", hedged: "nobody says it flatly" })[value] },
  { key: "source", title: "Sources", closed: true, of: (edge) => (edge.sources.length ? edge.sources : [UNKNOWN]), text: (value) => (sourceOf(value) || { title: value }).title },
  { key: "credibility", title: "Credibility of the claim", closed: true, of: (edge) => [edge.credibility === null ? UNKNOWN : String(edge.credibility)],
    order: () => ["1", "2", "3", "4", "5", "6", UNKNOWN], text: (value) => (value === UNKNOWN ? value : `${value} ${CREDIBILITY[value]}`) },
  { key: "reliability", title: "Reliability of the source", closed: true, of: reliabilities, order: () => ["A", "B", "C", "D", "E", "F", UNKNOWN] },
  { key: "confidence", title: "Confidence", closed: true,
    of: ({ confidence: c }) => [c === null ? UNKNOWN : c >= 75 ? "75 to 100" : c >= 50 ? "50 to 74" : "below 50"], order: () => ["75 to 100", "50 to 74", "below 50", UNKNOWN] },
];
const facet = (key) => FACETS.find((one) => one.key === key);

function reliabilities(edge) {
  const known = [...new Set(edge.sources.map((source) => (sourceOf(source) || {}).reliability).filter(Boolean))];
  return known.length ? known : [UNKNOWN];
}

const relationNames = new Map();
function relationName(predicate) {
  if (!relationNames.size) for (const edge of edges) relationNames.set(edge.predicate, edge.label);
  return relationNames.get(predicate) || nameOf(predicate);
}

// Why each thing and line is hidden: an index into CAUSES, 0 where it is shown.
const CAUSES = ["", "hedged claims are off", "the date range", "no date is known", "hidden by hand", "folded away", "outside this part", "an end is hidden", "no line left",
  ...FACETS.map((one) => one.title.toLowerCase())];
const [, HEDGED, RANGE, UNDATED, BY_HAND, FOLDED, OUTSIDE, END, LONELY] = CAUSES.keys();
let nodeWhy = new Uint8Array(0), edgeWhy = new Uint8Array(0);
const nodeShown = (node) => nodeWhy[node.i] === 0;
const edgeShown = (edge) => edgeWhy[edge.i] === 0;
const shownNodes = () => nodes.filter(nodeShown);
const shownEdges = () => edges.filter(edgeShown);
const visible = () => ({ nodes: shownNodes(), edges: shownEdges() });
// Passes every filter, in whatever part of the graph it is.
const passes = (why) => why === 0 || why === OUTSIDE;

function refilter() {
  nodeWhy = new Uint8Array(nodes.length);
  edgeWhy = new Uint8Array(edges.length);
  const active = FACETS.map((one, i) => [one, state.off[one.key], CAUSES.length - FACETS.length + i]).filter(([, off]) => off && off.size);
  const cause = (things, item) => {
    for (const [{ things: about, of }, off, why] of active) if (Boolean(about) === things && of(item).every((value) => off.has(value))) return why;
    return 0;
  };
  const folded = foldedAway();
  const ofThings = active.some(([one]) => one.things);
  for (const node of nodes) {
    if (ofThings) nodeWhy[node.i] = cause(true, node);
    if (state.hidden.size && state.hidden.has(node.id)) nodeWhy[node.i] = BY_HAND;
    if (folded.has(node.i)) nodeWhy[node.i] = FOLDED;
  }
  const [from, to] = [period(state.from), period(state.to, precisionOf(state.to))];
  const spanned = state.mode === "published" ? published : spanOf;
  const ofLines = active.some(([one]) => !one.things);
  for (const edge of edges) {
    if (!state.hedged && !edge.direct) edgeWhy[edge.i] = HEDGED;
    else if (ofLines) edgeWhy[edge.i] = cause(false, edge);
    if (edgeWhy[edge.i] === 0 && (from || to || !state.undated)) edgeWhy[edge.i] = outOfRange(spanned(edge), from, to);
    if (edgeWhy[edge.i] === 0 && (nodeWhy[edge.a] || nodeWhy[edge.b])) edgeWhy[edge.i] = END;
  }
  lonely();
  const members = part();
  if (members) {
    for (const node of nodes) if (nodeWhy[node.i] === 0 && !members.has(node.i)) nodeWhy[node.i] = OUTSIDE;
    for (const edge of edges) if (edgeWhy[edge.i] === 0 && (!members.has(edge.a) || !members.has(edge.b))) edgeWhy[edge.i] = OUTSIDE;
  }
}

// A thing that only hidden lines join to the rest goes with them.
function lonely() {
  const joinedOnes = new Uint8Array(nodes.length);
  for (const edge of edges) if (edgeWhy[edge.i] === 0) joinedOnes[edge.a] = joinedOnes[edge.b] = 1;
  for (const node of nodes) if (nodeWhy[node.i] === 0 && node.degree > 0 && !joinedOnes[node.i]) nodeWhy[node.i] = LONELY;
}

const precisionOf = (text) => ["year", "month", "day"][(text.match(/(?<=\d)-/g) || []).length];
function outOfRange(known, from, to) {
  if (!known) return state.undated ? 0 : UNDATED;
  return (from && known[1] < from[0]) || (to && known[0] > to[1]) ? RANGE : 0;
}

// What hangs on a folded thing by shown lines alone, and on nothing else.
function foldedAway() {
  const away = new Set();
  for (const id of state.folded) if (nodeOf.has(id)) for (const leaf of leaves(nodeOf.get(id))) away.add(leaf.i);
  return away;
}
function leaves(node) {
  const beside = new Set(incident(node).map((edge) => otherEnd(edge, node)).filter((other) => other !== node));
  return [...beside].filter((other) => incident(other).every((edge) => otherEnd(edge, other) === node || otherEnd(edge, other) === other));
}

// ------------------------------------------------------------ the legend

const counted = new Map(); // facet key -> value -> [shown now, in all]
function count() {
  for (const one of FACETS) {
    const values = counted.get(one.key) || new Map();
    const fresh = !values.size;
    for (const pair of values.values()) pair[0] = 0;
    for (const item of one.things ? nodes : edges) {
      const shown = one.things ? nodeWhy[item.i] === 0 : edgeWhy[item.i] === 0;
      if (!fresh && !shown) continue;
      for (const value of one.of(item)) {
        if (!values.has(value)) values.set(value, [0, 0]);
        const pair = values.get(value);
        if (shown) pair[0] += 1;
        if (fresh) pair[1] += 1;
      }
    }
    counted.set(one.key, values);
  }
}

const ROWS = 30; // more values of a filter come on demand
function rowsOf(one, all) {
  const values = counted.get(one.key);
  const ordered = one.order ? one.order().filter((value) => values.has(value))
    : [...values.keys()].sort((a, b) => (a === UNKNOWN) - (b === UNKNOWN) || values.get(b)[1] - values.get(a)[1] || (a < b ? -1 : 1));
  return all ? ordered : ordered.slice(0, ROWS);
}

function filterRow(one, value) {
  const text = one.text ? (value === UNKNOWN ? UNKNOWN : one.text(value)) : value;
  const input = el("input", { type: "checkbox", "data-filter": `${one.key}:${value}` });
  input.addEventListener("change", () => change(() => turn(one.key, value, input.checked)));
  const help = one.help && one.help(value);
  const row = el("label", { title: "Alt and click: only this" }, input, one.picture ? one.picture(value) : "",
    el("span", { class: "name" }, text, help ? span(` ${help}`, "help") : ""), el("span", { class: "count", "data-count": `${one.key}:${value}` }));
  row.addEventListener("click", (event) => {
    if (!event.altKey) return;
    event.preventDefault();
    change(() => { state.off[one.key] = new Set([...counted.get(one.key).keys()].filter((other) => other !== value)); });
  });
  return row;
}

function turn(key, value, on) {
  const off = state.off[key] || (state.off[key] = new Set());
  if (on) off.delete(value);
  else off.add(value);
}

function marks(family) {
  const known = new Map();
  for (const node of nodes) if (node.family === family && node.mark) known.set(node.mark, node.type);
  const sorted = [...known].sort((a, b) => (a[1] < b[1] ? -1 : 1));
  return sorted.length ? el("div", { class: "marks" }, sorted.flatMap(([mark, type], i) => [i ? " · " : "", el("b", { text: mark }), ` ${type}`])) : "";
}

function fieldset(one) {
  const values = counted.get(one.key);
  if (values.size < 1 || (one.closed && values.size === 1 && values.has(UNKNOWN))) return "";
  const body = (all) => rowsOf(one, all).flatMap((value) => [filterRow(one, value), one.key === "family" ? marks(value) : ""]);
  const rows = el("div", {}, body(false));
  const more = values.size > ROWS && !one.order ? button(`all ${values.size}`, () => { rows.replaceChildren(...body(true).filter(Boolean)); more.remove(); recount(); }) : "";
  const both = el("span", { class: "both" }, button("all", () => change(() => { state.off[one.key] = new Set(); }), { "aria-label": `all: ${one.title}` }), " · ",
    button("none", () => change(() => { state.off[one.key] = new Set(values.keys()); }), { "aria-label": `none: ${one.title}` }));
  if (!one.closed) return el("fieldset", {}, el("legend", { text: one.title }), rows, more);
  return el("details", { class: "fold", "data-facet": one.key }, el("summary", {}, span(one.title), span(String(values.size), "count")),
    el("fieldset", {}, el("legend", { class: "unseen", text: one.title }), values.size > 3 ? both : "", rows, more));
}

function check(id, text, count, help, checked, turned) {
  const input = el("input", { type: "checkbox", id, checked });
  input.addEventListener("change", () => change(() => turned(input.checked)));
  return el("div", { class: "switch" }, el("label", {}, input, el("b", { class: "name", text }), count), help ? el("p", { text: help }) : "");
}

// The legend of a graph that has changed; what was unfolded in it, and the place one was at, stay.
function legendAnew() {
  const box = byId("legend");
  if (!box.firstChild) return;
  const open = [...box.querySelectorAll("details[open]")].map((one) => one.dataset.facet);
  const at_ = box.contains(document.activeElement) ? document.activeElement : null;
  box.replaceChildren();
  unfolded = { open, at: at_ && (at_.dataset.filter ? `[data-filter="${CSS.escape(at_.dataset.filter)}"]` : at_.id && `#${at_.id}`) };
}
let unfolded = null;

function legend() {
  const hedgedOnes = edges.reduce((sum, edge) => sum + !edge.direct, 0);
  const parallel = edges.some((edge) => edge.bend !== 0 || edge.loop > 0);
  const key = Object.values(style.glyphs).map(({ glyph, label }) => el("div", { class: "key" }, el("b", { text: glyph, "aria-hidden": "true" }), span(label)));
  key.push(el("div", { class: "key" }, el("b", {}, swatch("other", true)), span("dashed outline: only possible or planned")));
  const open = FACETS.filter((one) => !one.closed).map(fieldset);
  const closed = FACETS.filter((one) => one.closed).map(fieldset);
  byId("legend").replaceChildren(el("div", {},
    hedgedOnes ? check("show-hedged", "Show hedged claims", span(number(hedgedOnes), "count"), "Also judgements, denials and disputes: whatever is no direct edge.", state.hedged, (on) => { state.hedged = on; }) : "",
    open, dateFilter(), el("div", { class: "folds" }, closed),
    parallel || big() ? check("bundle", "Bundle parallel lines", "", "One line with a count between two things.", state.bundle, (on) => { state.bundle = on; }) : "",
    el("fieldset", {}, el("legend", { text: "Marks" }), key),
    el("p", { class: "help", text: "Thin lines are claims only. Direct edges are wider, by the number of their independent origins." })));
}

function dateFilter() {
  const field = (id, label, key) => {
    const input = el("input", { type: "text", id, inputmode: "numeric", placeholder: "YYYY-MM-DD", maxlength: 10, value: state[key], autocomplete: "off" });
    input.addEventListener("change", () => {
      const given = input.value.trim();
      const wrong = given !== "" && dayOf(given) === null;
      input.setAttribute("aria-invalid", String(wrong));
      if (wrong) tell(`“${given}” is no date. Write it as 2024, 2024-11 or 2024-11-12.`);
      else change(() => { state[key] = given; });
    });
    return el("label", { class: "date" }, span(label), input);
  };
  const mode = el("select", { id: "date-mode", "aria-label": "Which dates" }, el("option", { value: "told", text: "what is told of" }), el("option", { value: "published", text: "publication" }));
  mode.value = state.mode;
  mode.onchange = () => change(() => { state.mode = mode.value; });
  const undated = el("input", { type: "checkbox", id: "undated" });
  undated.onchange = () => change(() => { state.undated = undated.checked; });
  return el("fieldset", { id: "dates" }, el("legend", { text: "Dates" }), el("label", { class: "date" }, span("of"), mode),
    el("div", { class: "range" }, field("date-from", "from", "from"), field("date-to", "to", "to")),
    el("label", {}, undated, el("span", { class: "name", text: "include undated" }), el("span", { class: "count", id: "undated-count" })));
}

function recount() {
  count();
  if (!byId("legend").firstChild) legend();
  if (unfolded) {
    for (const one of byId("legend").querySelectorAll("details")) one.open = unfolded.open.includes(one.dataset.facet);
    if (unfolded.at) (byId("legend").querySelector(unfolded.at) || byId("legend")).focus();
    unfolded = null;
  }
  for (const input of document.querySelectorAll("[data-filter]")) {
    const at = input.dataset.filter.indexOf(":");
    const [key, value] = [input.dataset.filter.slice(0, at), input.dataset.filter.slice(at + 1)];
    const [now, all] = counted.get(key).get(value);
    input.checked = !(state.off[key] && state.off[key].has(value));
    const shown = input.parentElement.querySelector(".count");
    shown.textContent = now === all ? number(all) : `${number(now)} / ${number(all)}`;
    shown.setAttribute("aria-label", now === all ? `, ${now}` : `, ${now} of ${all} shown`);
  }
  for (const [id, on] of [["show-hedged", state.hedged], ["bundle", state.bundle], ["undated", state.undated]]) if (byId(id)) byId(id).checked = on;
  for (const [id, value] of [["date-from", state.from], ["date-to", state.to], ["date-mode", state.mode]]) if (byId(id)) byId(id).value = value;
  const spanned = state.mode === "published" ? published : spanOf;
  byId("undated-count").textContent = number(edges.reduce((sum, edge) => sum + (spanned(edge) === null), 0));
  // What is most connected depends on what is shown.
  if (!state.selected) {
    const inside_ = byId("panel").contains(document.activeElement);
    panel({ keepScroll: true });
    if (inside_) byId("panel").focus({ preventScroll: true });
  }
}

// ------------------------------------------------------------ what is hidden, and why

function hiddenWhy(whys) {
  const counts = new Map();
  for (const why of whys) if (why) counts.set(why, (counts.get(why) || 0) + 1);
  return counts;
}

function hiddenText() {
  const [ofNodes, ofEdges] = [hiddenWhy(nodeWhy), hiddenWhy(edgeWhy)];
  const sum = (counts) => [...counts.values()].reduce((all, one) => all + one, 0);
  if (!sum(ofNodes) && !sum(ofEdges)) return "Nothing is hidden.";
  const why = (counts) => [...counts].sort((a, b) => b[1] - a[1]).map(([cause, many]) => (counts.size > 1 ? `${number(many)} ${CAUSES[cause]}` : CAUSES[cause])).join(", ");
  const parts = [];
  if (sum(ofEdges)) parts.push(`${plural(sum(ofEdges), "line")} (${why(ofEdges)})`);
  if (sum(ofNodes)) parts.push(`${plural(sum(ofNodes), "thing")} (${why(ofNodes)})`);
  return `Hidden by filters: ${parts.join(" and ")}.`;
}

// How many claims the filters let through.
function claimsSaid() {
  const all = Object.entries(model.claims);
  const complete = !nodeWhy.some(Boolean) && !edgeWhy.some(Boolean);
  const shown = complete ? all.length : all.filter(claimShown).length;
  return shown === all.length ? plural(shown, "claim") : `${number(shown)} of ${plural(all.length, "claim")}`;
}

let saying = 0;
function say(words = "") {
  const total = (whys) => whys.reduce((sum, why) => sum + (why === 0), 0);
  const text = `${plural(total(nodeWhy), "thing")}, ${plural(total(edgeWhy), "line")}, ${claimsSaid()}. ${hiddenText()}`;
  byId("reset").hidden = nodeWhy.every((why) => !why) && edgeWhy.every((why) => !why);
  clearTimeout(saying);
  saying = setTimeout(() => { byId("status").textContent = text; }, byId("status").textContent ? 250 : 0);
  if (words) tell(words);
}

// A message that is seen and heard, and goes away.
let telling = 0;
function tell(words) {
  const box = byId("message");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(telling);
  telling = setTimeout(() => { box.hidden = true; }, 6000);
}
