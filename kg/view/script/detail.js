// Detail: vis-network, every style, for what a person can read. Above 2,000 things it is
// lean: straight lines, no hover. While a busy drawing moves, lines are drawn in bulk.

const BUSY = 300;
let network = null, nodeData = null, edgeData = null;
let staged = [], stagedLines = [], stagedKey = null, zoomed = null, moving = false;
const isLean = () => staged.length > DETAIL;
const isBusy = () => staged.length > BUSY || stagedLines.length > 2 * BUSY;

// Nodes shrink more slowly than the drawing, so that they can still be hit when all is shown.
const radius = (node) => size(node) / Math.sqrt(Math.min(network ? network.getScale() : 1, 1));

function drawNode({ ctx, id, x, y, state: vis }) {
  const node = nodeOf.get(id);
  const r = radius(node);
  if (isMany()) {
    return {
      drawNode() {
        if (shapesDrawn) return;
        shapesDrawn = true;
        shapes(ctx);
      },
      nodeDimensions: { width: 2 * r, height: 2 * r },
    };
  }
  const family = look(node.family);
  const fill = family[theme()];
  const pixel = 1 / network.getScale();
  const open = UNCERTAIN.has(node.status);
  return {
    drawNode() {
      ctx.globalAlpha = dimmed(id) ? 0.2 : 1;
      if (chosen(id) || vis.hover) {
        outline(ctx, family.shape, x, y, r + 5 * pixel);
        ctx.strokeStyle = chosen(id) ? colour("selected") : colour("link");
        ctx.lineWidth = (chosen(id) ? 4 : 2) * pixel;
        ctx.stroke();
      }
      outline(ctx, family.shape, x, y, r);
      ctx.fillStyle = family.filled && !open ? fill : colour("canvas");
      ctx.fill();
      if (family.filled && open) {
        ctx.fillStyle = fill + "40";
        ctx.fill();
      }
      ctx.strokeStyle = fill;
      ctx.lineWidth = Math.min(2.2 * pixel, r * 0.22);
      ctx.setLineDash(open ? [3.5 * pixel, 2.5 * pixel] : []);
      ctx.stroke();
      ctx.setLineDash([]);
      if (state.pins.has(id)) {
        ctx.beginPath();
        ctx.arc(x, y, r + 3 * pixel, 0, 2 * Math.PI);
        ctx.strokeStyle = colour("muted");
        ctx.lineWidth = 1.2 * pixel;
        ctx.stroke();
      }
      if (r / pixel >= 8 && node.mark && !moving) {
        ctx.font = `600 ${r * (family.shape === "triangle" ? 0.72 : 0.85)}px system-ui, sans-serif`;
        Object.assign(ctx, { textAlign: "center", textBaseline: "middle", fillStyle: family.filled && !open ? colour("canvas") : fill });
        ctx.fillText(node.mark, x, y + r * (family.shape === "triangle" ? 0.28 : 0.05));
      }
    },
    nodeDimensions: { width: 2 * r, height: 2 * r },
  };
}

// A line as vis-network wants it; with a memory of the last time, null if nothing changed.
function edgeItem(edge, last = null) {
  // Widths and dashes are given in screen pixels, a little finer when the whole is in view.
  const k = 1 / Math.min(zoomed || 1, 1.4) ** 0.75;
  const many = standsFor(edge);
  const signs = new Set(many.map((one) => one.sign));
  const sign = style.signs[signs.size === 1 ? edge.sign : "none"];
  const modality = weakest(many);
  const faint = dimmed(edge.id);
  const picked = chosen(edge.id);
  const width = (Math.max(...many.map(widthOf)) * (isLean() && !picked ? 0.6 : 1) + (picked ? 1.5 : 0)) * k;
  // Ends of many lines seen from afar are specks; they come back close by.
  const plainEnd = stagedLines.length > 1500 && zoomed < 0.6 && (state.near === null || faint);
  const end = { enabled: !plainEnd && many.length === 1, type: modality === "prescribed" ? "vee" : sign.end, scaleFactor: 0.6 * k ** 0.6 };
  const dash = style.modalities[modality].dash;
  const hue = sign[theme()];
  const opacity = faint ? 0.12 : edge.confidence !== null && edge.confidence < 50 ? 0.75 : isLean() && state.near === null ? 0.6 : 1;
  const onPath = state.path && state.near !== null && !faint;
  const contested = many.some((one) => one.contested);
  const casing = picked ? colour("selected") + "33" : (contested || onPath) && !faint ? colour("contested") + "66" : null;
  const hidden = !drawn(edge);
  if (casing && !hidden) cased.set(edge.i, [edge, casing, width + (picked ? 9 : 6) * k]);
  else cased.delete(edge.i);
  const bend = isLean() || bundles !== null ? 0 : edge.bend;
  // What would change the line: as long as it is the same, vis-network is left alone.
  const seen = `${hidden} ${width} ${dash} ${hue} ${opacity} ${end.enabled} ${end.type} ${bend}`;
  if (last && last.get(edge.i) === seen) return null;
  looks.set(edge.i, seen);
  const item = {
    id: edge.id, from: edge.from, to: edge.to, hidden, width,
    dashes: dash.length ? dash.map((length) => length * k * (width > 2 * k ? 1.2 : 0.9)) : false,
    color: { color: hue, hover: hue, highlight: hue, opacity },
  };
  // Every option costs time for every line, so only what differs from the defaults is said.
  if (last || end.enabled) item.arrows = { to: end, from: edge.symmetric ? end : { enabled: false } };
  if (bend !== 0) item.smooth = { enabled: true, type: bend > 0 ? "curvedCW" : "curvedCCW", roundness: Math.abs(bend) };
  else if (last) item.smooth = false;
  if (edge.a === edge.b) item.selfReference = { size: 18 + 8 * Math.max(edge.loop, 0), angle: Math.PI / 4, renderBehindTheNode: true };
  if (!isLean()) item.title = many.length > 1 ? `${nameOf(edge.from)}\n${plural(many.length, "line")} ↔ ${nameOf(edge.to)}` : `${nameOf(edge.from)}\n${edge.label} → ${nameOf(edge.to)}\n${firmness(edge)}`;
  return item;
}
const cased = new Map(); // lines with a broad light line under them: selected, contested, on a path
let looks = new Map(); // how each line and each thing was last handed to vis-network

// Lines between the same two things fan out; one alone, or the middle one, is straight.
function fan(lines) {
  const beside = new Map();
  for (const edge of lines) {
    const key = Math.min(edge.a, edge.b) * nodes.length + Math.max(edge.a, edge.b);
    if (!beside.has(key)) beside.set(key, []);
    beside.get(key).push(edge);
  }
  for (const found of beside.values()) {
    found.forEach((edge, i) => {
      const bend = (i - (found.length - 1) / 2) * Math.min(0.14, 1.2 / found.length);
      edge.bend = edge.a <= edge.b ? bend : -bend;
      edge.loop = edge.a === edge.b ? i : -1;
    });
  }
}

// Line widths follow the zoom in steps: each step touches every line once.
const stepOf = (scale_, fine = stagedLines.length > 1500 ? 1 : 4) => 2 ** (Math.round(Math.log2(scale_) * fine) / fine);
const zoomStep = () => stepOf(network.getScale());

const detail = {
  view() {
    const { x, y } = network.getViewPosition();
    return { x, y, scale: network.getScale() };
  },

  look({ x, y, scale }, animated = true) {
    const animation = animated && !still.matches && !isBusy() ? { duration: 350, easingFunction: "easeInOutQuad" } : false;
    network.moveTo({ position: { x, y }, scale, animation });
  },

  toScreen: ([x, y]) => network.canvasToDOM({ x, y }),
  toDrawing: (x, y) => Object.values(network.DOMtoCanvas({ x, y })),

  hide() {
    byId("network").hidden = true;
  },

  // Bring the things of the present part on; true when they are others than before.
  load(refit) {
    byId("network").hidden = false;
    const stays = stagedKey !== null && !refit;
    const whole = !big() && !part();
    const some = whole ? nodes : shownNodes();
    const lines = whole ? edges : shownEdges();
    const key = whole ? "whole" : `${some.length} ${lines.length} ${some.reduce((sum, node, i) => (sum * 31 + node.i * (i + 7)) % 1000000007, 7)}`;
    if (key === stagedKey) return false;
    if (stagedKey === "stale" && !refit && staged.length > DETAIL === some.length > DETAIL) {
      exchange(some, lines);
      stagedKey = key;
      return false;
    }
    [staged, stagedLines, stagedKey] = [some, lines, key];
    if (model.columns) fan(lines);
    bundle();
    looks = new Map();
    cased.clear();
    batches_ = null;
    const items = some.map((node) => nodeItem(node, null));
    if (!network) start();
    zoomed = stays ? zoomStep() : fitting_(some);
    nodeData = new vis.DataSet(items);
    edgeData = new vis.DataSet(lines.map((edge) => edgeItem(edge)));
    // No picture before everything stands: each costs as much as the last one.
    network.body.emitter.emit("_blockRedraw");
    network.setOptions({ interaction: interaction() });
    network.setData({ nodes: nodeData, edges: edgeData });
    some.forEach(ownBorder);
    return true;
  },

  restyle() {
    if (!network || stagedKey === null) return;
    if (!restyling) zoomed = zoomStep();
    bundle();
    batches_ = null;
    const changed = stagedLines.map((edge) => edgeItem(edge, looks)).filter(Boolean);
    const moved_ = staged.map((node) => nodeItem(node, looks)).filter(Boolean);
    if (changed.length) edgeData.update(changed);
    if (moved_.length) nodeData.update(moved_);
    if (!changed.length && !moved_.length) network.redraw();
  },

  settle() {
    network.body.emitter.emit("_allowRedraw");
    network.redraw();
  },

  focus: () => network.canvas.frame.focus(),
  redraw: () => network.redraw(),
};

// Only what came and what went: to bring everything on anew costs seconds in a large drawing.
function exchange(some, lines) {
  const busy = isBusy();
  const [stay, been] = [new Set([...some, ...lines]), new Set([...staged, ...stagedLines])];
  const gone = (all) => all.filter((one) => !stay.has(one)).map(({ id }) => id);
  const fresh_ones = (all) => all.filter((one) => !been.has(one));
  const [goneNodes, goneLines, newNodes, newLines] = [gone(staged), gone(stagedLines), fresh_ones(some), fresh_ones(lines)];
  [staged, stagedLines] = [some, lines];
  if (model.columns) fan(lines);
  bundle();
  // Lines that came later have other numbers than before.
  for (const number_ of [...looks.keys()]) if (number_ >= base.edges.length) looks.delete(number_);
  for (const id of goneNodes) looks.delete(id);
  cased.clear();
  batches_ = null;
  network.body.emitter.emit("_blockRedraw");
  edgeData.remove(goneLines);
  nodeData.remove(goneNodes);
  nodeData.add(newNodes.map((node) => nodeItem(node, null)));
  edgeData.add(newLines.map((edge) => edgeItem(edge)));
  for (const node of newNodes) ownBorder(node);
  if (isBusy() !== busy) network.setOptions({ interaction: interaction() });
  network.body.emitter.emit("_allowRedraw");
}

const interaction = () => ({ hover: !isLean(), hideEdgesOnDrag: isBusy(), hideEdgesOnZoom: isBusy(), hideNodesOnDrag: isBusy() });

// vis-network takes our shapes for boxes and would end lines too early.
function ownBorder(node) {
  network.body.nodes[node.id].shape.distanceToBorder = () => radius(node) * 1.02 + 2 / network.getScale();
}

function nodeItem(node, last) {
  const [x, y] = spot(node);
  const hidden = !nodeShown(node);
  const seen = `${x} ${y} ${hidden}`;
  if (last && last.get(node.id) === seen) return null;
  looks.set(node.id, seen);
  return last ? { id: node.id, x, y, hidden } : { id: node.id, x, y, hidden, title: `${cut(node.label, 160)}\n${node.type}` };
}

// The step of zoom at which some things will be shown, so that lines are styled once.
function fitting_(some) {
  const frame = byId("canvas").getBoundingClientRect();
  const [xs_, ys_] = [0, 1].map((axis) => some.map((node) => spot(node)[axis]));
  const extent = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity) - values.reduce((a, b) => Math.min(a, b), Infinity);
  return stepOf(Math.min(Math.max(frame.width - 110, 80) / Math.max(extent(xs_), 1), Math.max(frame.height - 90, 80) / Math.max(extent(ys_), 1), 1.4));
}

function start() {
  network = new vis.Network(byId("network"), { nodes: [], edges: [] }, {
    physics: false,
    layout: { improvedLayout: false },
    interaction: { hover: true, tooltipDelay: 250, selectConnectedEdges: false, keyboard: false },
    nodes: { shape: "custom", ctxRenderer: drawNode, chosen: false },
    edges: { chosen: false, smooth: false, selectionWidth: 0, hoverWidth: 0, arrowStrikethrough: false },
  });
  network.on("beforeDrawing", (ctx) => {
    shapesDrawn = false;
    ground(ctx, raw, raw, network.getScale());
    casings(ctx);
    if (isBusy() && moving) {
      bulk(ctx);
      shapes(ctx);
      shapesDrawn = true;
    }
    if (!restyling && zoomStep() !== zoomed) restyling = setTimeout(() => { restyling = 0; if (!moving && zoomStep() !== zoomed) restyle(); }, isBusy() ? 300 : 0);
  });
  network.on("afterDrawing", drawOver);
  network.on("click", (event) => {
    if (event.event.srcEvent && event.event.srcEvent.shiftKey) return;
    if (event.nodes.length) pick(event.nodes[0]);
    else if (event.edges.length) selectLine(edgeOf(event.edges[0]));
    else clear();
  });
  network.on("doubleClick", (event) => event.nodes.length && focusOn(event.nodes[0]));
  network.on("oncontext", (event) => {
    event.event.preventDefault();
    const id = network.getNodeAt(event.pointer.DOM);
    if (id !== undefined) menu(id, event.event.clientX, event.event.clientY);
  });
  network.on("dragStart", (event) => {
    moving = true;
    hideTip();
    if (!event.nodes.length) fitted = false;
  });
  network.on("dragEnd", (event) => {
    moving = false;
    if (event.nodes.length) moved(event.nodes[0]);
    if (isBusy()) network.redraw();
  });
  network.on("zoom", () => {
    moving = true;
    fitted = false;
    hideTip();
    clearTimeout(resting);
    resting = setTimeout(() => { moving = false; network.redraw(); }, 180);
  });
  const frame = network.canvas.frame;
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-label", DRAWING);
  frame.addEventListener("keydown", canvasKeys);
  for (const kind of ["pointerleave", "touchend", "touchcancel"]) frame.addEventListener(kind, hideTip);
}

// The box beside the pointer belongs to what is under it: it goes when that is left, chosen or moved.
function hideTip() {
  byId("tip").hidden = true;
  if (!network) return;
  const hand = network.interactionHandler;
  clearTimeout(hand.popupTimer);
  Object.assign(hand, { popupTimer: undefined, popupObj: undefined });
  if (hand.popup) hand.popup.hide();
}
let restyling = 0, resting = 0;
const DRAWING = "Drawing of the graph. Arrow keys go from thing to thing, Enter opens the details, question mark lists all keys. The table view has the same things, lines and claims.";
