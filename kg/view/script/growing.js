// What is brought in from the server besides what the page came with: what is beside a thing,
// and ways between two. It is fetched as records, merged into the graph that is shown
// without moving it, written into the address, and taken back again.

const STEP = /^(\d{1,5} \S+( \S+)?|way \S+ \S+( directed)?)$/;
// Everything that was fetched, whether it is shown at present or not.
const pool = { nodes: new Map(), edges: new Map(), claims: {}, sources: {}, behind: {}, around: {}, steps: new Map(), relations: new Map(), left: new Map() };
let grownTo = ""; // the steps that are in the graph
let whole_ = []; // lists of steps whose things were fetched with all lines between them
let asking = false, holding = false;

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

// ------------------------------------------------------------ asking the server

class Trouble extends Error {
  constructor(words, hint = "", reload = false) {
    super(words);
    Object.assign(this, { hint, reload });
  }
}

async function ask(parameters) {
  let answer;
  try {
    answer = await fetch(`${model.served.grow}${parameters}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(60000) });
  } catch (error) {
    throw error.name === "TimeoutError" ? new Trouble("The server took longer than a minute.", "It may be busy: try again.")
      : new Trouble("The server cannot be reached.", "Is it running, and is there a connection? Then try again.");
  }
  if (!answer.ok) {
    const { detail = `The server answers ${answer.status}.`, hint = "" } = await answer.json().catch(() => ({}));
    const after = Number(answer.headers.get("Retry-After"));
    if (answer.status === 429) throw new Trouble("You have enough running at the server.", `Try again ${after ? `in ${plural(after, "second")}` : "when other answers have come"}.`);
    if (answer.status === 503) throw new Trouble(`The server is busy: ${detail}.`, after ? `Try again in ${plural(after, "second")}.` : "Try again later.");
    throw new Trouble(`${detail[0].toUpperCase()}${detail.slice(1)}.`, hint);
  }
  const said = await answer.json().catch(() => { throw new Trouble("The answer broke off.", "Try again."); });
  if (said.data !== model.data) throw new Trouble("The data at the server have changed since this page was opened.", "Load the page anew to go on; what you have chosen stays.", true);
  return said;
}

// One at a time; what goes wrong is told in a line, and nothing that is shown is lost.
async function asked_(parameters, again) {
  if (asking) {
    tell("The server has not answered the last question yet.");
    return null;
  }
  asking = true;
  trouble();
  document.body.setAttribute("aria-busy", "true");
  try {
    return await ask(parameters);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    trouble(error, again);
    return null;
  } finally {
    asking = false;
    document.body.removeAttribute("aria-busy");
  }
}

function trouble(error, again) {
  const box = byId("trouble");
  box.hidden = !error;
  if (!error) return box.replaceChildren();
  byId("message").hidden = true;
  return box.replaceChildren(el("p", { text: `${error.message} ${error.hint} Nothing that is shown is lost.` }), el("div", {},
    error.reload ? plain("Load it anew", () => location.reload(), { "data-do": "reload" }) : again ? plain("Try again", again, { "data-do": "again" }) : "",
    plain("✕", () => { trouble(); if (camera && state.view === "graph") camera.focus(); }, { "aria-label": "Close this message" })));
}

const opens = (steps) => steps.map((one) => `&open=${encodeURIComponent(one)}`).join("");

// Ask for something more than is shown.
async function askMore(more, again) {
  const steps = [...state.opened];
  const ready_ = grownTo === steps.join("\n");
  const said = await asked_(`${opens(steps)}&have=${ready_ ? steps.length : 0}${more}`, again);
  if (!said) return null;
  const step = said.steps[said.steps.length - 1];
  absorb(said, ready_ ? [...steps, step.open] : [...said.steps.map(({ open: text }) => text)]);
  return { ...said, step };
}

function absorb(said, steps) {
  for (const node of said.nodes) if (!pool.nodes.has(node.id)) pool.nodes.set(node.id, node);
  for (const edge of said.edges) if (!pool.edges.has(edge.id)) pool.edges.set(edge.id, { bend: 0, loop: -1, ...edge });
  for (const part_ of ["claims", "sources", "behind", "around"]) pool[part_] = { ...said[part_], ...pool[part_] };
  model.names = { ...said.names, ...model.names };
  for (const { open: text, things, all } of said.steps) {
    const { key } = stepIn(text);
    const before = pool.steps.get(key);
    if (!before || before.things.length <= things.length) pool.steps.set(key, { things, all });
    pool.left.set(text, said.claimsLeftOut / said.steps.length);
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

// A link, or a step back, names things that are not here. What else it says (the text of the
// address) is taken once they are.
async function fetchAll(text, steps = [...state.opened]) {
  holding = true;
  const said = await asked_(`${opens(steps)}&have=0`, () => fetchAll(text, steps));
  holding = false;
  if (!said) return;
  absorb(said, steps);
  if (text !== null && location.hash.slice(1) === text) begin(false);
  else {
    if (text !== null) take(text);
    else state.opened = steps;
    apply();
  }
  if (fitted) fit(false);
  const gone = said.steps.flatMap(({ missing }) => missing);
  if (gone.length) tell(`${plural(gone.length, "thing")} that the link names ${gone.length === 1 ? "is" : "are"} not in the data any more.`);
}

function rebuild() {
  const extra = new Map();
  for (const text of state.opened) for (const id of thingsOf(text)) if (!base.ids.has(id) && !extra.has(id) && pool.nodes.has(id)) extra.set(id, stepIn(text).id);
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
  model.claimsLeftOut = base.left + Math.round(state.opened.reduce((sum, text) => sum + (pool.left.get(text) || 0), 0));
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
  const boxOf = (node, x, y) => {
    const lines = node.lines;
    // Seen from a little further off, names take more room.
    const half = Math.max(34, Math.min(Math.max(...lines.map((text) => text.length)) * 4.4, 100)) + 8;
    return [x - half, y - 30, x + half, y + 34 + 19 * lines.length];
  };
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

// The first free place on rings around a point, outwards first.
function freeSpot(ax, ay, out, free) {
  if (free(ax, ay)) return [Math.round(ax), Math.round(ay)];
  for (let r = 110; r < 6000; r += 55) {
    const most = Math.max(10, Math.floor((2 * Math.PI * r) / 70));
    for (let i = 0; i < most; i += 1) {
      const turn = out + ((i % 2 ? 1 : -1) * Math.ceil(i / 2) * 2 * Math.PI) / most;
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
  change(() => { state.opened = steps; more(); });
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

// Bring in what is beside a thing: the most connected first, as many as the server gives at a time.
async function bring(id, relation = "") {
  const name = cut(nodeOf.get(id).label, 60);
  tell(`Asking for what is beside ${name}…`);
  const found = await askMore(`&more=${encodeURIComponent(id)}${relation ? `&relation=${encodeURIComponent(relation)}` : ""}`, () => bring(id, relation));
  if (!found) return;
  if (!nodeOf.has(id)) return;
  if (!state.selected || state.selected.id !== id) select("node", id);
  changeOpened(withStep(state.opened, found.step.open), () => {
    const { scene } = state;
    const ids = found.step.things.filter((one) => one !== id);
    if (scene && scene.kind === "ego") state.scene = { ...scene, add: [...new Set([...scene.add, ...ids])] };
    else if (scene) state.scene = null;
  }, (fresh_, lines) => {
    const rest = found.step.all - besideHere(nodeOf.get(id), relation).size;
    if (!fresh_.length && !lines) return `Everything beside ${name} is shown.`;
    return `${plural(fresh_.length, "thing")} and ${plural(lines, "line")} brought in beside ${name}.${alsoHidden(fresh_)} ${rest > 0 ? `${number(rest)} more ${rest === 1 ? "is" : "are"} beside it: Expand again brings the next.` : "Nothing more is beside it."}`;
  });
}

// Bring in one thing by its name, with its lines to what is shown.
async function bringThing(id, label) {
  const found = await askMore(`&more=${encodeURIComponent(id)}&limit=0`, () => bringThing(id, label));
  if (!found) return;
  const name = cut(label, 60);
  if (found.step.missing.length) {
    trouble(new Trouble(`No claim joins ${name} to anything.`, "Its own page tells what is known of it."));
    return;
  }
  const thing = found.step.things[0];
  changeOpened(withStep(state.opened, found.step.open), () => { state.scene = null; },
    (_, lines) => (lines ? `${name} is brought in, with ${plural(lines, "line")} to what is shown.` : `${name} is brought in. No line joins it to what is shown; Expand brings what is beside it.`));
  if (nodeOf.has(thing)) {
    select("node", thing, { focus: true });
    if (camera && state.view === "graph") lookAt([nodeOf.get(thing), ...incident(nodeOf.get(thing)).map((edge) => otherEnd(edge, nodeOf.get(thing)))], 1.1, true);
  }
}

// Bring in the best ways between two things, over everything the server has.
async function bringWay(a, b, directed, label = nameOf(b)) {
  const step = `way ${a} ${b}${directed ? " directed" : ""}`;
  if (!STEP.test(step)) return;
  tell(`Asking for ways from ${cut(nameOf(a), 40)} to ${cut(label, 40)}…`);
  const found = await askMore(`&open=${encodeURIComponent(step)}`, () => { state.picking = a; pathTo(b, label); });
  if (!found) return;
  if (!found.step.things.length) tell(`No way joins the two${directed ? " along the arrows" : ""}, in the whole graph.`);
  else if (found.step.things.every((id) => nodeOf.has(id))) tell("The best ways are over what is shown.");
  else changeOpened(withStep(state.opened, found.step.open), () => { state.scene = null; }, (fresh_, lines) => `${plural(fresh_.length, "thing")} and ${plural(lines, "line")} on the ways brought in.${alsoHidden(fresh_)}`);
}

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

// By which relations the rest is beside it; asked for when somebody looks.
function byRelation(node) {
  const box = el("details", { class: "fold", "data-fold": "by relation" }, el("summary", {}, span("Only by one relation")));
  const list_ = () => {
    const rows_ = pool.relations.get(node.id).map(([relation, label, all]) => [relation, label, all, besideHere(node, relation).size]).filter(([, , all, here]) => all > here);
    box.querySelector("ul, p")?.remove();
    box.append(rows_.length ? el("ul", { class: "names" }, rows_.map(([relation, label, all, here]) => el("li", {}, button(label, () => bring(node.id, relation), { "data-do": `bring ${relation}`, "aria-label": `Bring in by: ${label}, ${all - here} more` }), span(`${number(all - here)} more`, "sub")))) : el("p", { class: "sub", text: "Nothing more." }));
  };
  return unfolding(box, async () => {
    if (box.querySelector("ul")) return;
    if (!pool.relations.has(node.id)) {
      const said = await asked_(`${opens(state.opened)}&have=${state.opened.length}&more=${encodeURIComponent(node.id)}&limit=0`, () => panel({ keepScroll: true }));
      if (!said) return;
      pool.relations.set(node.id, said.relations);
    }
    list_();
  });
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
