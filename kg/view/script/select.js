// Selecting: one selection for graph, table, timeline and panel.

const EXISTS = {
  node: (id) => nodeOf.has(id),
  edge: (id) => Boolean(edgeOf(id)),
  pair: (id) => Boolean(edgeOf(id)),
  claim: (id) => Boolean(claimOf(id)),
  source: (id) => Boolean(sourceOf(id)),
  holder: (id) => isBehind(id),
  group: (id) => Boolean(model.groups && model.groups.named[id] !== undefined),
  path: () => Boolean(state.path),
};

// Somebody on whom claims rest, in the drawing or not.
const isBehind = (id) => Boolean(nodeOf.has(id) || behind(id) || sourceOf(id));

function select(kind, id, { focus = false, keep = false, show = false } = {}) {
  if (!Object.hasOwn(EXISTS, kind) || !EXISTS[kind](id)) return false;
  if (state.selected && !keep && (state.selected.id !== id || state.selected.kind !== kind)) state.trail.push({ ...state.selected, read: reading() });
  hideTip();
  state.selected = { kind, id };
  near();
  restyle();
  panel();
  openPanel(true);
  markRows();
  if (show && camera && state.view === "graph") {
    const some = nodes.filter((node) => state.near && state.near.has(node.id) && nodeShown(node));
    if (some.length) lookAt(some, Math.max(camera.view().scale, 1.1), true);
  }
  else if (kind === "node" && camera && state.view === "graph" && narrow.matches && nodeShown(nodeOf.get(id))) {
    // The sheet of a phone covers the lower part; what was touched stays in sight.
    const [spot_, now] = [spot(nodeOf.get(id)), camera.view()];
    const free = byId("panel").offsetTop - byId("stage").offsetTop - byId("graph").offsetTop;
    if (camera.toScreen(spot_).y > free - 30) {
      fitted = false;
      camera.look({ ...now, y: spot_[1] + (byId("canvas").clientHeight - free) / 2 / now.scale }, true);
    }
  }
  if (focus) byId("panel").focus({ preventScroll: true });
  address();
  return true;
}

// A line of several in a bundle shows all of them.
function selectLine(edge) {
  const many = standsFor(edge);
  return many.length > 1 ? select("pair", edge.id) : select("edge", edge.id);
}

// A click on a thing selects it, or is the other end of a path.
const pick = (id) => (state.picking ? pathTo(id) : select("node", id));

// What stays bright: the selected and what belongs to it.
function near() {
  state.near = null;
  if (!state.selected) return;
  const { kind, id } = state.selected;
  const found = new Set([id]);
  const add = (edge) => [edge.id, edge.from, edge.to].forEach((one) => found.add(one));
  if (kind === "node") incident(nodeOf.get(id)).filter(edgeShown).forEach(add);
  if (kind === "edge") add(edgeOf(id));
  if (kind === "pair") between(edgeOf(id)).forEach(add);
  if (kind === "path" && state.path) {
    const { steps, nodes: along } = wayOf(state.path);
    steps.forEach(({ edge }) => add(edge));
    along.forEach((node) => found.add(node.id));
  }
  if (kind === "claim") {
    const claim = claimOf(id);
    const edge = lineOf(id);
    if (edge) add(edge);
    for (const end of [claim.s, claim.o]) if (nodeOf.has(end)) found.add(end);
  }
  if (kind === "holder") {
    const on = new Set(restsOn(id));
    for (const edge of edges) if (edgeShown(edge) && edge.claims.some((claim) => on.has(claim))) add(edge);
  }
  if (kind === "source" || kind === "group") {
    if (kind === "group") return;
    for (const edge of edges) if (edge.sources.includes(id) && edgeShown(edge)) add(edge);
  }
  if ([...found].some((one) => nodeOf.has(one) && nodeShown(nodeOf.get(one)))) state.near = found;
}

const between = (edge) => incident(nodes[edge.a]).filter((other) => (other.a === edge.a && other.b === edge.b) || (other.a === edge.b && other.b === edge.a));

function clear() {
  Object.assign(state, { selected: null, near: null, trail: [], picking: null });
  if (state.path) return change(() => { state.path = null; }) || shut();
  return shut();
}

function shut() {
  hideTip();
  restyle();
  panel();
  openPanel(false);
  markRows();
  address();
}

function focusOn(id) {
  select("node", id);
  if (camera === overview) return ego(id);
  return lookAt([nodeOf.get(id), ...nodes.filter((node) => state.near.has(node.id) && nodeShown(node))], 1.3, true);
}

const openPanel = (open) => byId("panel").classList.toggle("open", open);

function close() {
  const inPanel = byId("panel").contains(document.activeElement);
  clear();
  if (!inPanel) return;
  if (camera && state.view === "graph") camera.focus();
  else byId(`show-${state.view}`).focus();
}

// ------------------------------------------------------------ keys on the drawing

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function canvasKeys(event) {
  const step = STEPS[event.key];
  const kind = state.selected && state.selected.kind;
  if (event.key === "Enter" && state.picking && kind === "node") pathTo(state.selected.id);
  else if (event.key === "Enter" && state.selected) byId("panel").focus();
  else if (step && kind === "node") walk(nodeOf.get(state.selected.id), step);
  else if (step && kind === "edge") select("node", edgeOf(state.selected.id).to);
  else if (step && bubbles && camera === overview) bubbleStep(step);
  else if (step) select("node", (nodes.find(nodeShown) || nodes[0]).id);
  else return;
  event.preventDefault();
}

// Go to the neighbour that lies most in a direction.
function walk(here, [x, y]) {
  const from = spot(here);
  const found = incident(here).filter((edge) => edgeShown(edge) && edge.a !== edge.b).map((edge) => {
    const node = otherEnd(edge, here);
    const to = spot(node);
    return { node, to, along: ((to[0] - from[0]) * x + (to[1] - from[1]) * y) / (Math.hypot(to[0] - from[0], to[1] - from[1]) || 1) };
  });
  const best = found.sort((a, b) => b.along - a.along)[0];
  if (!best || best.along < 0.3) return;
  select("node", best.node.id);
  intoView(best.to);
}

function intoView(place) {
  const { x, y } = camera.toScreen(place);
  const { width, height } = byId("canvas").getBoundingClientRect();
  if (x < 30 || y < 30 || x > width - 30 || y > height - 30) {
    fitted = false;
    camera.look({ x: place[0], y: place[1], scale: camera.view().scale }, true);
  }
}

// From part to part of a summary, by size.
function bubbleStep([x, y]) {
  const at = bubbles.all.findIndex((one) => state.selected && state.selected.id === one.group);
  const next = bubbles.all[Math.min(Math.max(at + (x + y), 0), bubbles.all.length - 1)];
  select("group", next.group);
}

// Through the lines of a thing, one after the other: [ and ].
let turning = { id: null, at: -1 };
function turnLines(step) {
  if (!state.selected) return;
  const { kind, id } = state.selected;
  if (kind === "node") turning = { id, at: step > 0 ? -1 : 0 };
  else if (kind !== "edge" || !turning.id) return;
  const lines = incident(nodeOf.get(turning.id)).filter(edgeShown);
  if (!lines.length) return;
  turning.at = (turning.at + step + lines.length) % lines.length;
  select("edge", lines[turning.at].id);
}
