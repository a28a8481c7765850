// What was brought in from a server besides what the page came with: what is beside a thing,
// and ways between two. It is merged into the graph that is shown without moving it, written
// into the address, and taken back again. How it is fetched is in asking.js.

const STEP = /^(\d{1,5} \S+( \S+)?|way \S+ \S+( directed)?)$/;
// Everything that was fetched, whether it is shown at present or not.
const pool = { nodes: new Map(), edges: new Map(), claims: {}, sources: {}, behind: {}, around: {}, steps: new Map(), relations: new Map() };
let grownTo = ""; // the steps that are in the graph
let whole_ = []; // lists of steps whose things were fetched with all lines between them
let growing = false; // what is around a thing stays where it is meanwhile
let holding = false; // the address names what is on its way

// Whether there is more than the page came with.
const beyondPage = () => Boolean(model.served && model.served.part);
const linkTo = (relation) => (relation ? ` ${relation}` : "");

function stepIn(text) {
  const words = text.split(" ");
  if (words[0] === "way") return { way: true, id: words[1], to: words[2], key: text };
  return { way: false, until: Number(words[0]), id: words[1], relation: words[2] || "", key: `near ${words[1]}${linkTo(words[2])}` };
}

// The things of a step, in the order in which they came.
function thingsOf(text) {
  const { way, until, key } = stepIn(text);
  const { things } = pool.steps.get(key) || { things: [] };
  return way ? things : things.slice(0, until + 1);
}

const within = (some, all) => some.every((text) => all.some((other) => {
  const [one, two] = [stepIn(text), stepIn(other)];
  return one.key === two.key && (one.way || one.until <= two.until);
}));
const fetched = (steps) => !steps.length || whole_.some((all) => within(steps, all));

// How many things are beside one at the server and not in the page.
function beyond(node) {
  if (!beyondPage()) return 0;
  const all = pool.around[node.id] ?? model.served.around[node.id];
  if (all === undefined) return 0;
  return Math.max(all - besideHere(node).size, 0);
}
const besideHere = (node, relation = "") => new Set(incident(node).filter((edge) => edge.a !== edge.b && (!relation || edge.predicate === relation)).map((edge) => otherEnd(edge, node).i));

function absorb(said, steps) {
  for (const node of said.nodes) if (!pool.nodes.has(node.id)) pool.nodes.set(node.id, node);
  for (const edge of said.edges) if (!pool.edges.has(edge.id)) pool.edges.set(edge.id, { bend: 0, loop: -1, ...edge });
  for (const part_ of ["claims", "sources", "behind", "around"]) pool[part_] = { ...said[part_], ...pool[part_] };
  model.names = { ...said.names, ...model.names };
  for (const { open: text, things, all } of said.steps) {
    const { key } = stepIn(text);
    const before = pool.steps.get(key);
    if (!before || before.things.length <= things.length) pool.steps.set(key, { things, all });
    if (said.relations) pool.relations.set(stepIn(text).id, said.relations);
  }
  whole_.push(steps);
}

// ------------------------------------------------------------ the graph of the page

// Bring the graph to what is asked for; what is not here yet is fetched.
function grow(text = null) {
  const wanted = state.opened.join("\n");
  if (wanted === grownTo || holding) return;
  if (!fetched(state.opened)) {
    fetchAll(text);
    return;
  }
  rebuild();
  grownTo = wanted;
}

function rebuild() {
  const extra = new Map();
  for (const text of state.opened) for (const id of thingsOf(text)) if (!base.ids.has(id) && !extra.has(id) && pool.nodes.has(id)) extra.set(id, stepIn(text).way ? "" : stepIn(text).id); // a way runs from neighbour to neighbour
  const there = (id) => base.ids.has(id) || extra.has(id);
  const own = new Set(model.served.query ? base.edges.map(sameLine) : []);
  const lines = [...pool.edges.values()].filter((edge) => there(edge.from) && there(edge.to)
    && (extra.has(edge.from) || extra.has(edge.to) || (model.served.query && !own.has(sameLine(edge)) && inStep(edge))));
  nodes = [...base.nodes, ...[...extra.keys()].map((id) => pool.nodes.get(id))];
  nodeOf = new Map(nodes.map((node) => [node.id, node]));
  edges = [...base.edges, ...lines];
  nodes.forEach((node, i) => { node.i = i; });
  lines.forEach((edge, i) => Object.assign(edge, { i: base.edges.length + i, a: nodeOf.get(edge.from).i, b: nodeOf.get(edge.to).i }));
  joinUp();
  fanAnew(lines);
  if (model.groups) model.groups.of = [...model.groups.of.slice(0, base.nodes.length), ...[...extra.values()].map((anchor) => model.groups.of[(nodeOf.get(anchor) || nodes[0]).i] ?? 0)];
  // Step by step, as they came: a link brings each to the same place.
  for (const text of state.opened) place(thingsOf(text).map((id) => nodeOf.get(id)).filter((node) => node && node.x === undefined), extra);
  sayings(extra, lines);
  forget();
}
const sameLine = (edge) => `${edge.from} ${edge.predicate} ${edge.to} ${edge.claims.join(" ")}`;

// On the page of a query's answer, a line between two of its things comes with what was opened.
const inStep = (edge) => state.opened.some((text) => {
  const { way, id } = stepIn(text);
  const things = thingsOf(text);
  return things.includes(edge.from) && things.includes(edge.to) && (way || edge.from === id || edge.to === id);
});

// Lines between two things fan out again where one has come to them; others are left alone.
function fanAnew(lines) {
  const touched = new Set(lines.map((edge) => Math.min(edge.a, edge.b) * nodes.length + Math.max(edge.a, edge.b)));
  fan(edges.filter((edge) => touched.has(Math.min(edge.a, edge.b) * nodes.length + Math.max(edge.a, edge.b))));
}

// The claims, sources and names that belong to what is shown.
function sayings(extra, lines) {
  const wanted = new Set([...lines.flatMap((edge) => edge.claims), ...[...extra.keys()].flatMap((id) => nodeOf.get(id).claims)]);
  for (const id of [...wanted]) for (const [, other] of (pool.claims[id] || { links: [] }).links) wanted.add(other);
  model.claims = { ...base.claims };
  for (const id of wanted) if (!Object.hasOwn(model.claims, id) && Object.hasOwn(pool.claims, id)) model.claims[id] = pool.claims[id];
  const sources = new Set(lines.flatMap((edge) => edge.sources));
  const people = new Set();
  for (const claim of Object.values(model.claims)) {
    for (const { source } of claim.places) sources.add(source);
    for (const { cited } of claim.notes) sources.add(cited);
    for (const id of [...claim.holders, ...claim.original]) people.add(id);
  }
  const kept = (all, some) => Object.fromEntries(Object.entries(all).filter(([id]) => some.has(id)));
  model.sources = { ...kept(pool.sources, sources), ...base.sources };
  for (const { by: makers = [], from = [] } of Object.values(model.sources)) for (const id of [...makers, ...from]) people.add(id);
  model.behind = { ...kept(pool.behind, people), ...base.behind };
  drawnAs = null;
  for (const [id, claim] of Object.entries(model.claims)) claim.drawn = Boolean(lineOf(id));
  model.claimsLeftOut = base.left + [...extra.keys()].map((id) => nodeOf.get(id)).reduce((sum, { said, claims: told }) => sum + said - told.length, 0);
  const [brought, left] = [byId("brought"), byId("not-carried")];
  const claims = new Set(lines.flatMap((edge) => edge.claims)).size;
  brought.hidden = !state.opened.length;
  brought.textContent = `Brought in since: ${plural(extra.size, "thing")}, ${plural(lines.length, "line")} with ${plural(claims, "claim")}.`;
  left.hidden = !model.claimsLeftOut;
  left.textContent = `${number(model.claimsLeftOut)} more ${model.claimsLeftOut === 1 ? "claim is" : "claims are"} not in this page.`;
}

// What was worked out from the graph before, and what points to things that are gone.
function forget() {
  [edgeIds, index, besides, heights_, searchText] = [null, null, null, null, new WeakMap()];
  rested.clear();
  relationNames.clear();
  counted.clear();
  known = { key: "", ways: [] };
  stagedKey = stagedKey === null ? null : "stale";
  legendAnew();
  const { scene, path, selected } = state;
  if (scene && scene.kind === "ego" && !nodeOf.has(scene.id)) state.scene = null;
  else if (scene && scene.add) scene.add = scene.add.filter((id) => nodeOf.has(id));
  if (path && !(nodeOf.has(path.a) && nodeOf.has(path.b))) state.path = null;
  if (state.picking && !nodeOf.has(state.picking)) state.picking = null;
  if (selected && !EXISTS[selected.kind](selected.id)) Object.assign(state, { selected: null, near: null, trail: [] });
}

// ------------------------------------------------------------ where new things stand

// Near the thing they came with, on the side where there is room; nothing else moves.
function place(fresh_, anchors) {
  if (!fresh_.length) return;
  const room = taken();
  const settled = nodes.filter((node) => node.x !== undefined);
  const here = (node) => state.pins.get(node.id) || [node.x, node.y];
  for (const node of settled) room.add(boxOf(node, ...here(node)), node.id);
  const middle = [0, 1].map((axis) => settled.reduce((sum, node) => sum + here(node)[axis], 0) / (settled.length || 1));
  for (const node of fresh_) {
    const anchor = [nodeOf.get(anchors.get(node.id)), ...incident(node).map((edge) => otherEnd(edge, node))].find((one) => one && one !== node && one.x !== undefined);
    const [ax, ay] = anchor ? here(anchor) : [settled.reduce((most, one) => Math.max(most, here(one)[0]), 0) + 200, middle[1]];
    const out = Math.atan2(ay - middle[1], (ax - middle[0]) / 1.25);
    [node.x, node.y] = freeSpot(ax, ay, out, (x, y) => !room.hits(boxOf(node, x, y), node.id));
    room.add(boxOf(node, node.x, node.y), node.id);
  }
}

// What is around a thing keeps its place when more comes; that gets what is free.
function keepSpots(places) {
  const room = taken();
  const kept = [...spots.keys()].map((i) => nodes[i]).filter((node) => places.has(node.id));
  for (const node of kept) {
    spots.set(node.i, places.get(node.id));
    room.add(boxOf(node, ...places.get(node.id)), node.id);
  }
  for (const node of [...spots.keys()].map((i) => nodes[i]).filter((one) => !places.has(one.id))) {
    const place_ = freeSpot(0, 0, -Math.PI / 2, (x, y) => !room.hits(boxOf(node, x, y), node.id));
    spots.set(node.i, place_);
    room.add(boxOf(node, ...place_), node.id);
  }
}

// Seen from a little further off, names take more room.
function boxOf(node, x, y) {
  const { lines } = node;
  const half = Math.max(34, Math.min(Math.max(...lines.map((text) => text.length)) * 4.4, 100)) + 8;
  return [x - half, y - 30, x + half, y + 34 + 19 * lines.length];
}

// The first free place on rings around a point, outwards first.
function freeSpot(ax, ay, out, free) {
  if (free(ax, ay)) return [Math.round(ax), Math.round(ay)];
  for (let r = 110; r < 6000; r += 55) {
    const most = Math.max(10, Math.floor((2 * Math.PI * r) / 70));
    const shift = (r / 55) % 2 ? Math.PI / most : 0; // not one behind the other, or lines would hide
    for (let i = 0; i < most; i += 1) {
      const turn = out + shift + ((i % 2 ? 1 : -1) * Math.ceil(i / 2) * 2 * Math.PI) / most;
      const [x, y] = [Math.round(ax + 1.25 * r * Math.cos(turn)), Math.round(ay + r * Math.sin(turn))];
      if (free(x, y)) return [x, y];
    }
  }
  return [Math.round(ax + 110), Math.round(ay)];
}

// ------------------------------------------------------------ what a reader does

// Change what is brought in: a step of its own in the browser's history, so that its Back undoes it.
function changeOpened(steps, more, words) {
  const focused = document.activeElement;
  const inPanel = byId("panel").contains(focused);
  const again = inPanel && focused.dataset && focused.dataset.do;
  const seen = new Set(nodes.map((node) => node.id));
  const [before, followed] = [edges.length, fitted];
  growing = true;
  change(() => { state.opened = steps; more(); });
  growing = false;
  try {
    history.pushState(null, "", fragment());
  } catch {
    // a sandboxed frame has no history
  }
  if (!grownTo && steps.length) return;
  const fresh_ = nodes.filter((node) => !seen.has(node.id));
  tell(words(fresh_, edges.length - before));
  if (followed) fit(true);
  else if (fresh_.length && camera && state.view === "graph") showFresh(fresh_);
  if (inPanel && !byId("panel").contains(document.activeElement)) (byId("panel").querySelector(`[data-do="${again}"]`) || byId("panel")).focus({ preventScroll: true });
}

// What came is brought into sight if hardly any of it is.
function showFresh(fresh_) {
  const { width, height: all, top } = byId("canvas").getBoundingClientRect();
  // On a phone the open panel covers the lower part.
  const height = narrow.matches && byId("panel").classList.contains("open") ? byId("panel").getBoundingClientRect().top - top : all;
  const seen = fresh_.filter((node) => {
    const { x, y } = camera.toScreen(spot(node));
    return x > 0 && y > 0 && x < width && y < height;
  });
  if (seen.length * 5 < fresh_.length * 4) lookAt([...fresh_, ...(state.selected && nodeOf.has(state.selected.id) ? [nodeOf.get(state.selected.id)] : [])], camera.view().scale, true);
}

const withStep = (steps, text) => {
  const at = steps.findIndex((one) => stepIn(one).key === stepIn(text).key);
  return at < 0 ? [...steps, text] : steps.map((one, i) => (i === at ? text : one));
};
const hiddenOf = (some) => some.filter((node) => !nodeShown(node)).length;
const alsoHidden = (some) => (hiddenOf(some) ? ` ${plural(hiddenOf(some), "of them is", "of them are")} hidden by filters.` : "");

const broughtBy = (id) => state.opened.filter((text) => !stepIn(text).way && stepIn(text).id === id);
function takeBack(steps, name) {
  const before = nodes.length;
  changeOpened(state.opened.filter((text) => !steps.includes(text)), () => {}, () => `${plural(before - nodes.length, "thing")} that came with ${name} taken back.`);
}

// ------------------------------------------------------------ in the panel

// How much of what is beside a thing is shown, and how to get the rest.
function furtherPart(node) {
  const more = beyond(node);
  if (!more && !broughtBy(node.id).length) return "";
  const all = more + besideHere(node).size;
  const next = Math.min(more, 40);
  const bar = el("div", { class: "bar" },
    more ? plain(`Bring in ${next < more ? `${next} of ` : ""}${number(more)} more`, () => bring(node.id), { class: "main", "data-do": "bring", "aria-describedby": "further" }) : "",
    broughtBy(node.id).length ? plain("Take back", () => takeBack(broughtBy(node.id), cut(node.label, 60)), { "data-do": "take-back" }) : "");
  return el("section", { class: "further" }, el("p", { id: "further", text: more ? `${number(all - more)} of ${plural(all, "thing")} beside it ${all - more === 1 ? "is" : "are"} shown.` : `All ${plural(all, "thing")} beside it are shown.` }), bar, more ? byRelation(node) : "");
}

// Everything that was brought in, with a way to take each back.
function broughtList() {
  if (!state.opened.length) return "";
  return [el("h3", { text: "Brought in" }), el("ul", { class: "names" }, state.opened.map((text) => {
    const { way, id, to, relation } = stepIn(text);
    const words = way ? `ways from ${cut(nameOf(id), 40)} to ${cut(nameOf(to), 40)}` : `beside ${cut(nameOf(id), 60)}${relation ? ` by ${relationName(relation)}` : ""}`;
    return el("li", {}, nodeOf.has(id) ? button(words, () => select("node", id, { focus: true, show: true })) : span(words), plain("✕", () => takeBack([text], words), { class: "sub", "aria-label": `Take back what came ${words}` }));
  }))];
}
