// The overview: our own canvas for what is too much for detail. All lines of one colour and
// dash are one stroke, at most 6,000 while it moves; names by importance on a grid.

const MOVING_LINES = 6000, MOVING_NODES = 8000, NAMES = 120, BUBBLES = 80;
let plane = null, pen = null, at = { x: 0, y: 0, scale: 1 };
let batches = [], nodeBatches = [], bubbles = null, cells = null, sliding = false, frame = 0, settle = 0;

const overview = {
  view: () => ({ ...at }),

  look({ x, y, scale }) {
    at = { x, y, scale };
    overview.redraw();
  },

  toScreen([x, y]) {
    return { x: (x - at.x) * at.scale + plane.clientWidth / 2, y: (y - at.y) * at.scale + plane.clientHeight / 2 };
  },
  toDrawing: (x, y) => [(x - plane.clientWidth / 2) / at.scale + at.x, (y - plane.clientHeight / 2) / at.scale + at.y],

  hide() {
    plane.hidden = true;
  },

  load() {
    const anew = !plane;
    if (anew) makePlane();
    plane.hidden = false;
    prepare();
    return anew;
  },

  restyle: () => overview.redraw(),
  focus: () => plane.focus(),
  redraw() {
    if (!frame) frame = requestAnimationFrame(() => { frame = 0; paint(); });
  },
};

// Sort what is shown into strokes and cells; done when filters change, not while drawing.
function prepare() {
  bundle();
  const kinds = new Map();
  for (const edge of edges) {
    if (edgeWhy[edge.i] !== 0 || (bundles && !bundles.has(edge.i))) continue;
    const key = `${edge.sign} ${edge.modality} ${edge.denied}`;
    let found = kinds.get(key);
    if (!found) kinds.set(key, (found = { sign: edge.sign, modality: edge.modality, denied: edge.denied, lines: [] }));
    found.lines.push(edge.a, edge.b);
  }
  batches = [...kinds.values()].map((one) => ({ ...one, lines: Int32Array.from(one.lines) }));
  const families = new Map();
  cells = new Map();
  for (const node of nodes) {
    if (nodeWhy[node.i] !== 0) continue;
    const key = `${node.family} ${UNCERTAIN.has(node.status)}`;
    if (!families.has(key)) families.set(key, { family: node.family, open: UNCERTAIN.has(node.status), some: [] });
    families.get(key).some.push(node);
  }
  nodeBatches = [...families.values()];
  xs = new Float32Array(nodes.length);
  ys = new Float32Array(nodes.length);
  for (const node of nodes) [xs[node.i], ys[node.i]] = spot(node);
  cells = null;
  bubbles = state.groups && model.groups && !state.scene ? sumUp() : null;
}
let xs = null, ys = null;

// The parts of the graph as bubbles: where their things are on average, with counted lines.
function sumUp() {
  const { of, named } = model.groups;
  const found = named.map((leader, group) => ({ group, leader: nodes[leader], count: 0, x: 0, y: 0, families: new Map() }));
  for (const node of nodes) {
    if (nodeWhy[node.i] !== 0) continue;
    const one = found[of[node.i]];
    one.count += 1;
    one.x += xs[node.i];
    one.y += ys[node.i];
    one.families.set(node.family, (one.families.get(node.family) || 0) + 1);
  }
  const kept = found.filter((one) => one.count).sort((a, b) => b.count - a.count).slice(0, BUBBLES);
  const drawn = new Map(kept.map((one) => [one.group, one]));
  for (const one of kept) {
    one.x /= one.count;
    one.y /= one.count;
    one.family = [...one.families].sort((a, b) => b[1] - a[1])[0][0];
    one.r = Math.max(8, 32 * Math.sqrt(one.count / kept[0].count));
  }
  const between = new Map();
  for (const edge of edges) {
    if (edgeWhy[edge.i] !== 0) continue;
    const [p, q] = [of[edge.a], of[edge.b]];
    if (p === q || !drawn.has(p) || !drawn.has(q)) continue;
    const key = Math.min(p, q) * named.length + Math.max(p, q);
    between.set(key, (between.get(key) || 0) + 1);
  }
  const ties = [...between].map(([key, count]) => ({ from: drawn.get(Math.floor(key / named.length)), to: drawn.get(key % named.length), count }));
  return { all: kept, ties: ties.sort((a, b) => b.count - a.count).slice(0, 400), groups: found.filter((one) => one.count).length };
}

let held = null; // where the pointer went down
const fingers = new Map();
let pinched = null; // how far apart two fingers were, and the scale then
function apart() {
  const [p, q] = [...fingers.values()];
  return Math.hypot(p.clientX - q.clientX, p.clientY - q.clientY) || 1;
}

function makePlane() {
  plane = el("canvas", { id: "plane", tabindex: 0, role: "application", "aria-label": DRAWING });
  byId("canvas").append(plane);
  pen = plane.getContext("2d");
  plane.addEventListener("keydown", canvasKeys);
  plane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.shiftKey) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) pinched = { apart: apart(), scale: at.scale };
    held = { x: event.clientX, y: event.clientY, from: { ...at }, moved: false };
    plane.setPointerCapture(event.pointerId);
  });
  plane.addEventListener("pointermove", (event) => {
    if (!held) return hover(event);
    fingers.set(event.pointerId, event);
    if (pinched) {
      held.moved = true;
      at = { ...at, scale: Math.min(Math.max((pinched.scale * apart()) / pinched.apart, 0.003), 5) };
      return slide();
    }
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < 4) return undefined;
    held.moved = true;
    at = { ...held.from, x: held.from.x - dx / at.scale, y: held.from.y - dy / at.scale };
    return slide();
  });
  plane.addEventListener("pointerup", (event) => {
    const click = held && !held.moved;
    fingers.clear();
    pinched = null;
    held = null;
    if (click) clicked(event);
    else slide();
  });
  plane.addEventListener("dblclick", (event) => {
    const hit = hitAt(event);
    if (hit && hit.group !== undefined) change(() => { state.scene = { kind: "group", group: hit.group }; }, { fit: true });
    else if (hit && hit.id) focusOn(hit.id);
  });
  plane.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = plane.getBoundingClientRect();
    const [x, y] = [event.clientX - box.x, event.clientY - box.y];
    const [wx, wy] = overview.toDrawing(x, y);
    const scale = Math.min(Math.max(at.scale * Math.exp(-event.deltaY * 0.0016), 0.003), 5);
    at = { x: wx - (x - plane.clientWidth / 2) / scale, y: wy - (y - plane.clientHeight / 2) / scale, scale };
    slide();
  }, { passive: false });
  plane.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    const hit = hitAt(event);
    if (hit && hit.id) menu(hit.id, event.clientX, event.clientY);
  });
}

function slide() {
  sliding = true;
  fitted = false;
  clearTimeout(settle);
  settle = setTimeout(() => { sliding = Boolean(held); overview.redraw(); }, 160);
  overview.redraw();
}

// ------------------------------------------------------------ what lies under the pointer

const CELL = 64; // in pixels of the drawing at the scale at which the grid was made
function grid() {
  const unit = CELL / at.scale;
  if (cells && cells.unit / unit < 2 && unit / cells.unit < 2) return cells;
  cells = { unit, map: new Map() };
  for (const { some } of nodeBatches) {
    for (const node of some) {
      const key = `${Math.floor(xs[node.i] / unit)} ${Math.floor(ys[node.i] / unit)}`;
      if (!cells.map.has(key)) cells.map.set(key, []);
      cells.map.get(key).push(node);
    }
  }
  return cells;
}

function hitAt(event) {
  const box = plane.getBoundingClientRect();
  const [px, py] = [event.clientX - box.x, event.clientY - box.y];
  if (bubbles) {
    const found = bubbles.all.map((one) => [one, overview.toScreen([one.x, one.y])]).filter(([one, p]) => Math.hypot(p.x - px, p.y - py) <= one.r + 2);
    return found.length ? found[found.length - 1][0] : null;
  }
  const [x, y] = overview.toDrawing(px, py);
  const { unit, map } = grid();
  let [best, least] = [null, 12];
  for (let i = -1; i <= 1; i += 1) {
    for (let j = -1; j <= 1; j += 1) {
      for (const node of map.get(`${Math.floor(x / unit) + i} ${Math.floor(y / unit) + j}`) || []) {
        const away = Math.hypot(xs[node.i] - x, ys[node.i] - y) * at.scale - dot(node);
        if (away < least) [best, least] = [node, away];
      }
    }
  }
  return best;
}

function clicked(event) {
  const hit = hitAt(event);
  if (!hit) clear();
  else if (hit.group !== undefined) select("group", hit.group);
  else pick(hit.id);
}

function hover(event) {
  const hit = hitAt(event);
  plane.style.cursor = hit ? "pointer" : "";
  plane.title = !hit ? "" : hit.group !== undefined ? groupName(hit) : `${cut(hit.label, 160)}, ${hit.type}`;
}

// ------------------------------------------------------------ painting

const dot = (node) => Math.max(1.2, Math.min(size(node) * Math.sqrt(Math.min(at.scale, 1)) * 0.9, 19));

function paint() {
  if (!plane || plane.hidden) return;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const [width, height] = [byId("canvas").clientWidth, byId("canvas").clientHeight];
  if (plane.width !== Math.round(width * ratio) || plane.height !== Math.round(height * ratio)) {
    plane.width = Math.round(width * ratio);
    plane.height = Math.round(height * ratio);
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintOn(pen, width, height, sliding);
}

function paintOn(ctx, width, height, quick) {
  ctx.fillStyle = colour("canvas");
  ctx.fillRect(0, 0, width, height);
  const sx = (i) => (xs[i] - at.x) * at.scale + width / 2;
  const sy = (i) => (ys[i] - at.y) * at.scale + height / 2;
  const faint = state.near !== null;
  if (!quick && !bubbles) ground(ctx, (x) => (x - at.x) * at.scale + width / 2, (y) => (y - at.y) * at.scale + height / 2, at.scale);
  // A summary has lines between its parts; those between things would only be a grey veil.
  if (!bubbles) paintLines(ctx, sx, sy, width, height, quick, faint ? 0.1 : 0.42);
  paintNodes(ctx, sx, sy, width, height, quick, bubbles ? 0.22 : faint ? 0.22 : 1);
  if (faint) paintNear(ctx, sx, sy);
  if (bubbles) paintBubbles(ctx, quick);
  else if (!quick) paintNames(ctx, sx, sy, width, height);
}

function paintLines(ctx, sx, sy, width, height, quick, alpha) {
  const all = batches.reduce((sum, one) => sum + one.lines.length / 2, 0);
  const step = 2 * (quick ? Math.ceil(all / MOVING_LINES) : 1);
  ctx.globalAlpha = alpha;
  for (const { sign, modality, denied, lines } of batches) {
    ctx.strokeStyle = style.signs[sign][theme()];
    ctx.lineWidth = modality === "asserted" && !denied ? 0.9 : 0.8;
    // A denial is no line between two things: hardly more than dots.
    ctx.setLineDash(denied ? [1, 7] : quick ? [] : style.modalities[modality].dash);
    ctx.beginPath();
    for (let k = 0; k < lines.length; k += step) {
      const [x1, y1, x2, y2] = [sx(lines[k]), sy(lines[k]), sx(lines[k + 1]), sy(lines[k + 1])];
      if ((x1 < 0 && x2 < 0) || (y1 < 0 && y2 < 0) || (x1 > width && x2 > width) || (y1 > height && y2 > height)) continue;
      ctx.moveTo(x1, y1);
      ctx.lineTo(x2, y2);
    }
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

function paintNodes(ctx, sx, sy, width, height, quick, alpha) {
  const all = nodeBatches.reduce((sum, { some }) => sum + some.length, 0);
  const step = quick ? Math.ceil(all / MOVING_NODES) : 1;
  ctx.globalAlpha = alpha;
  for (const { family, open, some } of nodeBatches) {
    const { shape, filled, [theme()]: hue } = look(family);
    ctx.beginPath();
    // The most connected come first in each batch: while it moves, they are kept.
    for (let k = 0; k < some.length; k += k < 2000 ? 1 : step) {
      const node = some[k];
      const [x, y, r] = [sx(node.i), sy(node.i), dot(node)];
      if (x < -r || y < -r || x > width + r || y > height + r) continue;
      if (r < 2.4) ctx.rect(x - r, y - r, 2 * r, 2 * r);
      else trace(ctx, shape, x, y, r);
    }
    ctx.fillStyle = filled && !open ? hue : colour("canvas");
    ctx.fill();
    ctx.strokeStyle = hue;
    ctx.lineWidth = 1.1;
    ctx.setLineDash(open ? [2, 2] : []);
    if (!filled || open) ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

function paintNear(ctx, sx, sy) {
  const some = [...state.near].map((id) => nodeOf.get(id)).filter((node) => node && nodeShown(node));
  const centre = state.selected && state.selected.kind === "node" ? nodeOf.get(state.selected.id) : null;
  const lines = (centre ? incident(centre) : [...state.near].map((id) => edgeOf(id)).filter(Boolean)).filter((edge) => edgeShown(edge));
  for (const edge of lines.slice(0, 5000)) {
    ctx.strokeStyle = style.signs[edge.sign][theme()];
    ctx.lineWidth = 1.6;
    ctx.setLineDash(edge.denied ? [1, 7] : style.modalities[edge.modality].dash);
    ctx.beginPath();
    ctx.moveTo(sx(edge.a), sy(edge.a));
    ctx.lineTo(sx(edge.b), sy(edge.b));
    ctx.stroke();
  }
  ctx.setLineDash([]);
  for (const node of some) {
    const { shape, filled, [theme()]: hue } = look(node.family);
    const r = Math.max(dot(node), 3.5);
    outline(ctx, shape, sx(node.i), sy(node.i), r);
    ctx.fillStyle = filled ? hue : colour("canvas");
    ctx.fill();
    ctx.strokeStyle = chosen(node.id) ? colour("selected") : hue;
    ctx.lineWidth = chosen(node.id) ? 4 : 1.4;
    ctx.stroke();
  }
}

function paintNames(ctx, sx, sy, width, height) {
  const room = new Set();
  ctx.font = '500 12px system-ui, "Noto Sans", "Noto Sans CJK KR", sans-serif';
  let written = 0;
  // Things come with the most connected first; the chosen one and its neighbours before them.
  const order = state.near ? [...state.near].map((id) => nodeOf.get(id)).filter(Boolean) : nodes;
  for (const node of order) {
    if (written >= NAMES) break;
    if (!nodeShown(node)) continue;
    const [x, y] = [sx(node.i), sy(node.i)];
    if (x < 10 || y < 10 || x > width - 10 || y > height - 20) continue;
    const [column, row] = [Math.round(x / 118), Math.round(y / 24)];
    if ([-1, 0, 1].some((i) => room.has(`${column + i} ${row}`))) continue;
    room.add(`${column} ${row}`);
    write(ctx, [node.lines.length > 1 ? `${cut(node.lines[0], 21)}…` : node.lines[0]], x, y + dot(node) + 2, 14, "center", colour("text"));
    written += 1;
  }
}

const groupName = ({ leader, count, group }) => (model.groups.by === "type" ? `${nodes[model.groups.named[group]].type || "untyped"} (${number(count)})` : `around ${cut(leader.label, 40)} (${number(count)})`);

function paintBubbles(ctx, quick) {
  const most = bubbles.ties.length ? bubbles.ties[0].count : 1;
  ctx.strokeStyle = colour("muted");
  for (const { from, to, count } of quick ? bubbles.ties.slice(0, 120) : bubbles.ties) {
    const [p, q] = [overview.toScreen([from.x, from.y]), overview.toScreen([to.x, to.y])];
    ctx.globalAlpha = 0.18 + 0.5 * (count / most);
    ctx.lineWidth = 0.6 + 5 * Math.sqrt(count / most);
    ctx.beginPath();
    ctx.moveTo(p.x, p.y);
    ctx.lineTo(q.x, q.y);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  const room = taken();
  for (const one of [...bubbles.all].reverse()) {
    const p = overview.toScreen([one.x, one.y]);
    const { [theme()]: hue } = look(one.family);
    ctx.beginPath();
    ctx.arc(p.x, p.y, one.r, 0, 2 * Math.PI);
    ctx.fillStyle = colour("canvas");
    ctx.fill();
    ctx.fillStyle = hue + "38";
    ctx.fill();
    const picked = state.selected && state.selected.kind === "group" && state.selected.id === one.group;
    ctx.strokeStyle = picked ? colour("selected") : hue;
    ctx.lineWidth = picked ? 4 : 1.8;
    ctx.stroke();
    if (one.r > 12) {
      ctx.font = "600 12px system-ui, sans-serif";
      Object.assign(ctx, { textAlign: "center", textBaseline: "middle", fillStyle: colour("text") });
      ctx.fillText(number(one.count), p.x, p.y);
    }
    room.add([p.x - one.r, p.y - Math.min(one.r, 8), p.x + one.r, p.y + Math.min(one.r, 8)], one.group);
  }
  ctx.font = '500 12px system-ui, "Noto Sans", "Noto Sans CJK KR", sans-serif';
  for (const one of quick ? bubbles.all.slice(0, 20) : bubbles.all) {
    const p = overview.toScreen([one.x, one.y]);
    const text = cut(model.groups.by === "type" ? one.leader.type || "untyped" : one.leader.label, 26);
    const wide = textWidth(ctx, text);
    const box = [p.x - wide / 2 - 2, p.y + one.r + 1, p.x + wide / 2 + 2, p.y + one.r + 17];
    if (room.hits(box, "")) continue;
    room.add(box, `${one.group} name`);
    write(ctx, [text], p.x, p.y + one.r + 2, 14, "center", colour("text"));
  }
}
