// What is drawn where, and in which of two ways: detail (vis-network) for what a person can
// read, the overview (our own canvas) for what only shows its shape.

const DETAIL = 2000, LEAN = 5000;
let camera = null; // the way of drawing in use: detail or overview
let spots = null; // where things stand in a part with an arrangement of its own
let relaxed = null; // where things stood before they were relaxed

// Where a thing stands: in the arrangement of a part, where it was pinned, else as computed.
const spot = (node) => (spots && spots.get(node.i)) || state.pins.get(node.id) || [node.x, node.y];

function chooseStage() {
  const shown = nodeWhy.reduce((sum, why) => sum + (why === 0), 0);
  if (!nodes.length) return null;
  return shown > LEAN ? overview : detail;
}

// Show the state: filters, drawing, counts, the other views, the panel, the address.
function apply({ refit = false, words = "" } = {}) {
  grow();
  refilter();
  arrange();
  stage(refit);
  if (state.selected) {
    near();
    panel({ keepScroll: true });
  }
  if (!fresh_ || state.selected) restyle();
  if (nodes.length) byId("laid-out").textContent = laidOut();
  showView();
  say(words);
  sceneBar();
  address();
  // The counts of a large graph can wait until the picture is there.
  clearTimeout(counting);
  if (big()) counting = setTimeout(recount, counted.size ? 60 : 0);
  else recount();
}
let counting = 0;

let fresh_ = false; // what is on the stage was styled when it came
function stage(refit = false) {
  const next = chooseStage();
  if (!next) return;
  const at = camera && camera.view();
  const changed = next !== camera;
  if (camera && changed) camera.hide();
  camera = next;
  const anew = camera.load(refit);
  if (changed && at && !refit) camera.look(at, false);
  if (refit || (anew && !at)) fit(Boolean(at));
  fresh_ = anew;
  if (anew && camera === detail) detail.settle();
  byId("canvas").classList.toggle("overview", camera === overview);
}

const restyle = () => camera && camera.restyle();

// Everything that is shown, with what the layout drew around it. As long as nobody moves
// the drawing, it stays that way when the window changes.
let fitted = false;
function fit(animated) {
  const shown = shownNodes();
  if (!camera) return;
  lookAt(shown.length ? shown : nodes, 1.4, animated, grounds(shown));
  fitted = true;
}

// Move so that some things and their labels fill the view.
function lookAt(some, most, animated, around = []) {
  if (!camera || !some.length) return;
  fitted = false;
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const node of some) {
    const [x, y] = spot(node);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  for (const [x, y, width, height] of around) [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x + width), Math.min(top, y), Math.max(bottom, y + height)];
  const frame = byId("canvas").getBoundingClientRect();
  // On a phone the open panel covers the lower part.
  const covered = narrow.matches && byId("panel").classList.contains("open") ? Math.max(frame.bottom - byId("panel").offsetTop - 44, 0) : 0;
  const room = { x: Math.max(frame.width - 110, 80), y: Math.max(frame.height - covered - 90, 80) };
  const scale = Math.min(room.x / Math.max(right - left, 1), room.y / Math.max(bottom - top, 1), most);
  camera.look({ x: (left + right) / 2, y: (top + bottom) / 2 + (covered / 2 - 5) / scale, scale }, animated);
}

const zoomBy = (factor) => {
  const at = camera.view();
  fitted = false;
  camera.look({ ...at, scale: Math.min(Math.max(at.scale * factor, 0.005), 5) }, false);
};

const dimmed = (id) => state.near !== null && !state.near.has(id);
const chosen = (id) => state.selected !== null && state.selected.id === id;

// ------------------------------------------------------------ bundles

// With parallel lines bundled, one line of each pair stands for all; how many, and the
// least firm of them, so that nothing hedged looks like a fact.
let bundles = null; // line number -> the lines it stands for
function bundle() {
  bundles = null;
  if (!state.bundle) return;
  const pairs = new Map();
  for (const edge of edges) {
    if (!edgeShown(edge)) continue;
    const key = Math.min(edge.a, edge.b) * nodes.length + Math.max(edge.a, edge.b);
    if (!pairs.has(key)) pairs.set(key, []);
    pairs.get(key).push(edge);
  }
  bundles = new Map([...pairs.values()].map((found) => [found[0].i, found]));
}
const drawn = (edge) => edgeShown(edge) && (bundles === null || bundles.has(edge.i));
const standsFor = (edge) => (bundles && bundles.get(edge.i)) || [edge];
const weakest = (found) => {
  const order = Object.keys(style.modalities);
  return found.reduce((worst, edge) => (order.indexOf(edge.modality) > order.indexOf(worst) ? edge.modality : worst), found[0].modality);
};

// ------------------------------------------------------------ parts with an arrangement of their own

const HUB = 60; // a neighbourhood of two steps or more stops at things with more lines
const PART = 2000;

// The numbers of the things in the part that is drawn, or null for the whole.
let stopped = []; // hubs at which a neighbourhood ends
function part() {
  const { scene, path } = state;
  stopped = [];
  if (path && big()) return new Set(wayOf(path).nodes.map((node) => node.i));
  if (!scene) return null;
  if (scene.kind === "group") return new Set(nodes.filter((node) => model.groups.of[node.i] === scene.group).map((node) => node.i));
  if (scene.kind === "lasso") return new Set(nodes.filter((node) => nodeShown(node) && inside(scene.corners, state.pins.get(node.id) || [node.x, node.y])).map((node) => node.i));
  return new Set(rings(scene).flat().map((node) => node.i));
}

// The things around one, a list for each step away.
function rings({ id, depth, add }) {
  const centre = nodeOf.get(id);
  const found = [[centre]];
  const seen = new Set([centre.i]);
  for (let step = 1; step <= depth; step += 1) {
    const next = [];
    for (const node of found[step - 1]) {
      if (step > 1 && node.degree > HUB) {
        stopped.push(node);
        continue;
      }
      const lines = incident(node).filter(edgeShown).sort((p, q) => (p.predicate < q.predicate ? -1 : p.predicate > q.predicate ? 1 : 0));
      for (const edge of lines) {
        const other = otherEnd(edge, node);
        if (seen.has(other.i) || !nodeShown(other) || seen.size >= PART) continue;
        seen.add(other.i);
        next.push(other);
      }
    }
    found.push(next);
  }
  const more = add.map((one) => nodeOf.get(one)).filter((node) => nodeShown(node) && !seen.has(node.i));
  return more.length ? [...found, more] : found;
}

let ego_ = { key: "", places: null }; // what was around which thing, and where it stood
function arrange() {
  const { scene, path } = state;
  spots = null;
  if (path && big()) {
    spots = new Map(wayOf(path).nodes.map((node, i) => [node.i, [i * 190, (i % 2) * 60]]));
  } else if (scene && scene.kind === "ego") {
    spots = radial(rings(scene));
    if (growing && ego_.key === `${scene.id} ${scene.depth}`) keepSpots(ego_.places);
    ego_ = { key: `${scene.id} ${scene.depth}`, places: new Map([...spots].map(([i, place_]) => [nodes[i].id, place_])) };
  }
}

// The middle, a ring for each step; a full ring is staggered so that names have room.
function radial(found) {
  const places = new Map([[found[0][0].i, [0, 0]]]);
  const turn = new Map([[found[0][0].i, 0]]);
  let radius = 0;
  for (let step = 1; step < found.length; step += 1) {
    const before = new Set(found[step - 1].map((node) => node.i));
    const angle = (node) => {
      const parent = incident(node).map((edge) => otherEnd(edge, node)).find((other) => before.has(other.i));
      return parent ? turn.get(parent.i) : 0;
    };
    const inOrder = found[step].map((node, i) => [node, step === 1 ? i : angle(node), i]).sort((a, b) => a[1] - b[1] || a[2] - b[2]).map(([node]) => node);
    const rows = inOrder.length > 90 ? 3 : inOrder.length > 24 ? 2 : 1;
    radius = Math.max(radius + 190, (inOrder.length * 108) / (2 * Math.PI * rows));
    inOrder.forEach((node, i) => {
      const at = (2 * Math.PI * i) / inOrder.length - Math.PI / 2;
      const r = radius + (i % rows) * 100;
      turn.set(node.i, at + Math.PI / 2);
      places.set(node.i, [Math.round(r * Math.cos(at) * 1.25), Math.round(r * Math.sin(at))]);
    });
    radius += (rows - 1) * 100;
  }
  return places;
}

function inside(corners, [x, y]) {
  let within = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i, i += 1) {
    const [[ax, ay], [bx, by]] = [corners[i], corners[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}
