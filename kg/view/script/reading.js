// Reading aids: neighbourhoods, paths, lasso, expand and collapse, pin, hide, relax.

const CROWD = 150; // more neighbours than this are not brought in at one stroke

function ego(id, depth = 1) {
  change(() => { state.scene = { kind: "ego", id, depth, add: [] }; state.path = null; }, { fit: true });
  if (!state.selected || state.selected.id !== id) select("node", id);
  if (stopped.length) tell(`Stopped at ${stopped.map((node) => node.label).slice(0, 3).join(", ")}: more than ${HUB} lines each.`);
}

function whole() {
  change(() => { state.scene = null; state.path = null; }, { fit: true });
}

// Bring in what is beside a thing: unfold it, or add its neighbours to the part that is drawn.
function expand(id) {
  const node = nodeOf.get(id);
  if (state.folded.has(id)) {
    const many = leaves(node).length;
    return change(() => state.folded.delete(id), { say: `${plural(many, "thing")} unfolded.` });
  }
  if (!state.scene && beyond(node)) return bring(id);
  if (!state.scene) return tell(`Everything that filters let through around ${cut(node.label, 60)} is already shown.`);
  const missing = new Set();
  for (const edge of incident(node)) {
    const other = otherEnd(edge, node);
    if (passes(edgeWhy[edge.i]) && nodeWhy[other.i] === OUTSIDE) missing.add(other);
  }
  if (!missing.size && beyond(node)) return bring(id);
  if (!missing.size) return tell(`Nothing more is beside ${cut(node.label, 60)}.`);
  const some = [...missing].sort((a, b) => b.degree - a.degree).slice(0, CROWD);
  const words = `${plural(some.length, "thing")} added${missing.size > some.length ? ` of ${number(missing.size)}, the most connected` : ""}.`;
  return change(() => {
    const before = state.scene.kind === "ego" ? state.scene : { kind: "ego", id, depth: 1, add: shownNodes().slice(0, PART).map((one) => one.id) };
    state.scene = { ...before, add: [...before.add, ...some.map((one) => one.id)] };
  }, { fit: true, say: words });
}

// Fold away what hangs on a thing alone; in a neighbourhood also what was added to it.
function collapse(id) {
  const node = nodeOf.get(id);
  const { scene } = state;
  if (scene && scene.kind === "ego") {
    const beside = new Set(incident(node).map((edge) => otherEnd(edge, node).id));
    const kept = scene.add.filter((one) => !beside.has(one));
    if (kept.length < scene.add.length) return change(() => { state.scene = { ...scene, add: kept }; }, { fit: true, say: `${plural(scene.add.length - kept.length, "thing")} taken away.` });
  }
  if (broughtBy(id).length) return takeBack(broughtBy(id), cut(node.label, 60));
  const away = leaves(node).filter(nodeShown);
  if (!away.length) return tell(`Nothing hangs on ${cut(node.label, 60)} alone.`);
  return change(() => state.folded.add(id), { say: `${plural(away.length, "thing")} folded into it.` });
}

function pin(id) {
  const node = nodeOf.get(id);
  change(() => {
    if (state.pins.has(id)) state.pins.delete(id);
    else state.pins.set(id, spot(node));
  }, { say: state.pins.has(id) ? "No longer pinned." : "Pinned." });
}

// A thing that was dragged stays where it was put.
function moved(id) {
  const { x, y } = network.getPosition(id);
  const node = nodeOf.get(id);
  if (spots && spots.has(node.i)) {
    spots.set(node.i, [x, y]);
    if (ego_.places) ego_.places.set(id, [x, y]);
  } else change(() => state.pins.set(id, [x, y]));
}

function hide(id) {
  const label = nodeOf.get(id).label;
  if (chosen(id)) clear();
  change(() => state.hidden.add(id), { say: `${cut(label, 60)} is hidden. Undo with u.` });
}

function reset() {
  change(() => {
    const { view, split, bundle: bundled, pins, opened } = state;
    Object.assign(state, fresh(), { view, split, bundle: bundled, pins, opened });
    state.groups = false;
  }, { fit: true, say: "Everything is shown." });
}

// ------------------------------------------------------------ the best ways between two things

const WAYS = 5, TIES = 100, TRIED = 200000;
let known = { key: "", ways: [] };
const rank = (edge) => Object.keys(style.modalities).indexOf(edge.modality);
const firmer = (p, q) => q.edge.direct - p.edge.direct || rank(p.edge) - rank(q.edge) || p.edge.contested - q.edge.contested
  || (q.edge.confidence ?? -1) - (p.edge.confidence ?? -1) || p.back - q.back;

// The firmest step to each thing beside one. As kg path: a denial joins nothing, and a text
// that treats of two things does not either, unless one end is a text.
function stepsFrom(node, { directed, texts, backwards = false }) {
  const best = new Map();
  for (const edge of incident(node)) {
    if (!passes(edgeWhy[edge.i]) || edge.denied || edge.a === edge.b) continue;
    const other = otherEnd(edge, node);
    const back = !edge.symmetric && (backwards ? edge.b : edge.a) !== node.i;
    if ((directed && back) || (!texts && other.family === "source")) continue;
    const step = { edge, from: node, node: other, back };
    if (!best.has(other.i) || firmer(step, best.get(other.i)) < 0) best.set(other.i, step);
  }
  return [...best.values()];
}

// The best ways over shown lines without going through a thing twice: shorter ones first,
// then firmer ones. Lists of steps { edge, from, node, back }.
function waysBetween({ a, b, directed }) {
  const key = `${a} ${b} ${directed} ${written().replace(/&way=\d+/, "")}`;
  if (known.key === key) return known.ways;
  const [start, goal] = [nodeOf.get(a), nodeOf.get(b)];
  const how = { directed, texts: start.family === "source" || goal.family === "source" };
  // How far the goal is from everywhere: then only promising beginnings are followed.
  const left = new Map([[goal.i, 0]]);
  for (let front = [goal]; front.length;) {
    const next = [];
    for (const node of front) {
      for (const { node: other } of stepsFrom(node, { ...how, backwards: true })) {
        if (left.has(other.i)) continue;
        left.set(other.i, left.get(node.i) + 1);
        next.push(other);
      }
    }
    front = next;
  }
  const found = [];
  const begun = left.has(start.i) ? { [left.get(start.i)]: [{ node: start, before: null, step: null, steps: 0 }] } : {};
  const stepsOf = (one) => (one.before ? [...stepsOf(one.before), one.step] : []);
  let tried = 0;
  const onward = new Map();
  for (let length = left.get(start.i); begun[length]; length = Math.min(...Object.keys(begun).map(Number).filter((one) => one > length))) {
    if (found.length >= WAYS) break;
    while (begun[length].length && tried < TRIED && found.length < TIES) {
      const one = begun[length].pop();
      if (one.node === goal) {
        found.push(stepsOf(one));
        continue;
      }
      const been = new Set();
      for (let at = one; at; at = at.before) been.add(at.node.i);
      if (!onward.has(one.node.i)) onward.set(one.node.i, stepsFrom(one.node, how));
      for (const step of onward.get(one.node.i)) {
        tried += 1;
        if (been.has(step.node.i) || !left.has(step.node.i)) continue;
        const all = one.steps + 1 + left.get(step.node.i);
        (begun[all] = begun[all] || []).push({ node: step.node, before: one, step, steps: one.steps + 1 });
      }
    }
  }
  const order = new Intl.Collator("en", { numeric: true });
  const names = (steps) => steps.map(({ node }) => node.id).join(" ");
  const soft = (steps) => [steps.length, Number(!steps.every(({ edge }) => edge.direct)), Math.max(...steps.map(({ edge }) => rank(edge)))];
  const ways = found.map((steps) => [soft(steps), names(steps), steps])
    .sort(([p, x], [q, y]) => p[0] - q[0] || p[1] - q[1] || p[2] - q[2] || order.compare(x, y)).slice(0, WAYS).map(([, , steps]) => steps);
  known = { key, ways };
  return ways;
}

// The way that is shown: its things and steps.
function wayOf(path) {
  const ways = waysBetween(path);
  const steps = ways[Math.min(path.way, ways.length - 1)] || [];
  return { ways, steps, nodes: [nodeOf.get(path.a), ...(steps.length ? steps.map((step) => step.node) : [nodeOf.get(path.b)])] };
}

function pathFrom(id) {
  state.picking = id;
  panel();
  tell(`Path from ${cut(nodeOf.get(id).label, 60)}: pick the other end in the drawing, the table or by search. Esc gives up.`);
}

async function pathTo(id, label = nameOf(id)) {
  const a = state.picking;
  state.picking = null;
  byId("message").hidden = true;
  if (a === id) return tell("A path needs two different things.");
  if (beyondPage()) await bringWay(a, id, false, label);
  if (!nodeOf.has(a) || !nodeOf.has(id)) return panel();
  const found = { a, b: id, directed: false, way: 0 };
  change(() => { state.path = found; if (!big()) state.scene = null; }, { fit: big() });
  return select("path", `${a} ${id}`, { focus: true, show: true });
}

async function turnPath(how) {
  if (how.directed && beyondPage()) await bringWay(state.path.a, state.path.b, true);
  return state.path && change(() => { state.path = { ...state.path, ...how }; });
}

// ------------------------------------------------------------ lasso: shift and drag

let lassoing = false;
function lasso() {
  const stage = byId("canvas");
  let corners = null;
  const shape = svg("polygon", { class: "lasso" });
  const sheet = svg("svg", { id: "lasso", "aria-hidden": "true" }, shape);
  const local = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.x, event.clientY - box.y];
  };
  stage.addEventListener("pointerdown", (event) => {
    if (!(event.shiftKey || lassoing) || event.button !== 0 || !camera || !stage.contains(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    corners = [local(event)];
    stage.append(sheet);
    stage.setPointerCapture(event.pointerId);
  }, true);
  stage.addEventListener("pointermove", (event) => {
    if (!corners) return;
    event.stopPropagation();
    const here = local(event);
    const last = corners[corners.length - 1];
    if (Math.hypot(here[0] - last[0], here[1] - last[1]) > 6) corners.push(here);
    shape.setAttribute("points", corners.map((point) => point.join()).join(" "));
  }, true);
  stage.addEventListener("pointerup", (event) => {
    if (!corners) return;
    event.stopPropagation();
    const step = Math.ceil(corners.length / 40);
    const around = corners.filter((_, i) => i % step === 0).map(([x, y]) => camera.toDrawing(x, y));
    corners = null;
    sheet.remove();
    setLasso(false);
    if (around.length < 3) return;
    if (spots) {
      tell("Lasso works on the whole drawing.");
      return;
    }
    if (!nodes.some((node) => nodeShown(node) && inside(around, spot(node)))) {
      tell("Nothing was inside.");
      return;
    }
    change(() => { state.scene = { kind: "lasso", corners: around }; state.path = null; }, { fit: true });
  }, true);
}

function setLasso(on) {
  lassoing = on;
  byId("lasso-on").setAttribute("aria-pressed", String(on));
  byId("canvas").classList.toggle("lassoing", on);
}

// ------------------------------------------------------------ relax

let relaxing = 0;
function relax() {
  if (camera !== detail || isLean()) return tell(`Only up to ${number(DETAIL)} things can be relaxed in the page.`);
  if (relaxed) {
    for (const node of nodes) if (relaxed.has(node.id)) [node.x, node.y] = relaxed.get(node.id);
    relaxed = null;
    restyle();
    fit(true);
    byId("relax").setAttribute("aria-pressed", "false");
    byId("laid-out").textContent = laidOut();
    return tell("Back to the stored positions.");
  }
  if (spots) return tell("This part has an arrangement of its own.");
  relaxed = new Map(nodes.map((node) => [node.id, [node.x, node.y]]));
  byId("relax").setAttribute("aria-pressed", "true");
  const fixed = [...state.pins.keys()].filter((id) => network.body.nodes[id]);
  nodeData.update(fixed.map((id) => ({ id, fixed: true })));
  network.setOptions({ physics: { enabled: true, solver: "barnesHut", stabilization: false, barnesHut: { springLength: 130, gravitationalConstant: -9000 } } });
  clearTimeout(relaxing);
  relaxing = setTimeout(() => {
    network.setOptions({ physics: false });
    for (const node of staged) {
      const { x, y } = network.getPosition(node.id);
      if (!state.pins.has(node.id)) [node.x, node.y] = [Math.round(x), Math.round(y)];
    }
    nodeData.update(fixed.map((id) => ({ id, fixed: false })));
    byId("laid-out").textContent = laidOut();
    restyle();
    fit(true);
    tell("Relaxed. The same button brings the stored positions back.");
  }, still.matches ? 600 : 2200);
  return undefined;
}

// ------------------------------------------------------------ the line over the drawing

function sceneBar() {
  const bar = byId("scene");
  const { scene, path } = state;
  const parts = [];
  if (scene && scene.kind === "ego") {
    const deeper = (by) => plain(by > 0 ? "+" : "−", () => change(() => { state.scene = { ...scene, depth: scene.depth + by }; }, { fit: true }),
      { "aria-label": by > 0 ? "One step further" : "One step less", disabled: scene.depth + by < 1 || scene.depth + by > 3 });
    parts.push(span(`Around ${cut(nodeOf.get(scene.id).label, 48)}, ${plural(scene.depth, "step")}`), deeper(-1), deeper(1));
    if (stopped.length) parts.push(span(`stops at ${stopped.length === 1 ? cut(stopped[0].label, 30) : plural(stopped.length, "hub")}`, "sub"));
  } else if (scene && scene.kind === "lasso") parts.push(span(`Inside the lasso: ${plural(shownNodes().length, "thing")}`));
  else if (scene && scene.kind === "group") parts.push(span(`One part: ${model.groups.by === "type" ? nodes[model.groups.named[scene.group]].type : `around ${cut(nodes[model.groups.named[scene.group]].label, 48)}`}`));
  else if (path && big()) parts.push(span(`Path: ${cut(nodeOf.get(path.a).label, 28)} to ${cut(nodeOf.get(path.b).label, 28)}`));
  if (parts.length) parts.push(plain("Show the whole", whole, { id: "whole" }));
  else if (model.groups && camera === overview) {
    parts.push(span(state.groups ? `Summary: ${plural(bubbles.groups, model.groups.by === "type" ? "type" : "part")}, ${bubbles.all.length < bubbles.groups ? `the ${bubbles.all.length} largest drawn, ` : ""}${plural(shownNodes().length, "thing")}` : "Every thing"),
      plain(state.groups ? "Show every thing" : "Show the summary", () => change(() => { state.groups = !state.groups; }), { id: "groups" }));
  }
  bar.hidden = !parts.length;
  bar.replaceChildren(...parts);
}

// ------------------------------------------------------------ the menu of a thing

// The same entries as the buttons in the panel.
const actions = (id) => [
  ["focus", "Focus", () => ego(id), "Show only this and what is beside it"],
  ["expand", "Expand", () => expand(id), "Bring in what is beside it (e)"],
  ["collapse", "Collapse", () => collapse(id), "Fold away what hangs on it alone (c)"],
  ["path", "Path from here", () => pathFrom(id), "Then pick the other end"],
  ["pin", state.pins.has(id) ? "Unpin" : "Pin", () => pin(id), "Keep it where it is (p)"],
  ["hide", "Hide", () => hide(id), "Take it out of the picture (h)"],
];

function menu(id, x, y) {
  const box = byId("menu");
  const items = actions(id).map(([name, text, act]) => el("button", { type: "button", role: "menuitem", "data-do": name, text, onclick: () => { closeMenu(); act(); } }));
  items.unshift(el("button", { type: "button", role: "menuitem", text: "Details", onclick: () => { closeMenu(); select("node", id, { focus: true }); } }));
  box.replaceChildren(...items);
  box.setAttribute("aria-label", cut(nodeOf.get(id).label, 80));
  box.hidden = false;
  box.style.left = `${Math.min(x, innerWidth - box.offsetWidth - 8)}px`;
  box.style.top = `${Math.min(y, innerHeight - box.offsetHeight - 8)}px`;
  items[0].focus();
  box.onkeydown = (event) => {
    const at = items.indexOf(document.activeElement);
    if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length].focus();
    else if (event.key === "Escape") {
      closeMenu();
      camera.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function closeMenu() {
  byId("menu").hidden = true;
}
