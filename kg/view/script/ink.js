// What is drawn under and over the lines and things of vis-network: casings, names, glyphs,
// and everything in bulk while a busy drawing moves.

// What a layout means by its places: boxes, rings and dates behind everything. Only while
// things stand where the layout put them.
const grounded = () => !state.scene && !spots && !relaxed && model.layout.groups.length + model.layout.ticks.length > 0;

// The rectangles that it fills, as [x, y, width, height].
function grounds(some) {
  if (!grounded() || !some.length) return [];
  const [top, bottom] = heights();
  return [...model.layout.groups.map(([, ...box]) => box), ...model.layout.ticks.map(([x]) => [x, top, 0, bottom - top])];
}

// Where its lines and words come to stand, in the units of a canvas or a picture. Large
// parts first; a title that has no room, or would stand on another, is left out.
function groundParts(sx, sy, points, wide) {
  const boxes = model.layout.groups.map(([title, x, y, width, height, ring]) => ({ title, ring, x: sx(x), y: sy(y), width: sx(x + width) - sx(x), height: sy(y + height) - sy(y) }));
  const [words_, stand] = [[], []];
  for (const { title, ring, x, y, width } of [...boxes].sort((a, b) => (b.ring ? Infinity : b.width) - (a.ring ? Infinity : a.width))) {
    const [left, top, room] = ring ? [x + width / 2, y - points / 2, Infinity] : [x + points * 0.7, y + points * 0.4, width - points * 1.4];
    let text = cut(title, 80);
    while (text.length > 4 && wide(text) > room) text = `${text.slice(0, -2).trimEnd()}…`;
    const [from, to] = ring ? [left - wide(text) / 2, left + wide(text) / 2] : [left, left + wide(text)];
    if (to - from > room || stand.some(([a, b, c]) => from < b && to > a && Math.abs(c - top) < points * 1.3)) continue;
    stand.push([from, to, top]);
    words_.push({ text, x: left, y: top, align: ring ? "center" : "left", box: [from, top, to, top + points * 1.3] });
  }
  const [top, bottom] = heights().map(sy);
  const ticks = model.layout.ticks.map(([x]) => ({ x: sx(x), top, bottom }));
  for (const [x, text] of model.layout.ticks) {
    const [place, half] = [sx(x), (wide(text) + points) / 2];
    if (stand.some(([a, b, c]) => place - half < b && place + half > a && c === top)) continue;
    stand.push([place - half, place + half, top]);
    words_.push({ text, x: place, y: top - points * 1.4, align: "center", box: [place - half, top - points * 1.4, place + half, top - points * 0.1] });
  }
  return { boxes, ticks, words: words_ };
}

let groundWords = []; // where its words stand: no name of a thing goes over them
function ground(ctx, sx, sy, scale) {
  groundWords = [];
  if (!grounded()) return;
  const pixel = sx === raw ? 1 / scale : 1;
  ctx.save();
  ctx.font = `600 ${13 * pixel}px system-ui, "Noto Sans", "Noto Sans CJK KR", sans-serif`;
  const { boxes, ticks, words: titles } = groundParts(sx, sy, 13 * pixel, (text) => ctx.measureText(text).width);
  Object.assign(ctx, { strokeStyle: colour("border"), lineWidth: pixel });
  ctx.setLineDash([]);
  for (const { ring, x, y, width, height } of boxes) {
    ctx.beginPath();
    if (ring) ctx.arc(x + width / 2, y + height / 2, width / 2, 0, 7);
    else ctx.rect(x, y, width, height);
    ctx.stroke();
  }
  ctx.setLineDash([2 * pixel, 4 * pixel]);
  for (const { x, top, bottom } of ticks) {
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
  }
  for (const { text, x, y, align } of titles) write(ctx, [text], x, y, 13 * 1.3 * pixel, align, colour("muted"));
  groundWords = titles.map(({ box }) => box);
  ctx.restore();
}
const raw = (value) => value;
let heights_ = null;
function heights() {
  if (!heights_) heights_ = [nodes.reduce((low, node) => Math.min(low, node.y), Infinity) - 60, nodes.reduce((high, node) => Math.max(high, node.y), -Infinity) + 60];
  return heights_;
}

// vis-network draws these under bent lines only.
function casings(ctx) {
  ctx.save();
  ctx.lineCap = "round";
  for (const [edge, hue, broad] of cased.values()) {
    const body = network.body.edges[edge.id];
    if (!body || !body.connected) continue;
    ctx.strokeStyle = hue;
    ctx.lineWidth = broad;
    ctx.beginPath();
    const bent = edge.a === edge.b || (bundles === null && edge.bend !== 0);
    for (const where of bent ? [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] : [0, 1]) {
      const { x, y } = bent ? body.edgeType.getPoint(where) : where ? body.to : body.from;
      ctx.lineTo(x, y);
    }
    ctx.stroke();
  }
  ctx.restore();
}

// While it moves, a busy drawing has plain lines and shapes, all of one kind in one stroke.
let batches_ = null;
function sortBulk() {
  const [kinds, families] = [new Map(), new Map()];
  const step = Math.ceil(stagedLines.length / MOVING_LINES);
  for (let i = 0; i < stagedLines.length; i += step) {
    const edge = stagedLines[i];
    if (!drawn(edge)) continue;
    const key = `${edge.sign} ${edge.modality}`;
    if (!kinds.has(key)) kinds.set(key, { sign: edge.sign, modality: edge.modality, ends: [] });
    kinds.get(key).ends.push(network.body.nodes[edge.from], network.body.nodes[edge.to]);
  }
  for (const node of staged) {
    if (!nodeShown(node)) continue;
    const key = `${node.family} ${UNCERTAIN.has(node.status)}`;
    if (!families.has(key)) families.set(key, { family: node.family, open: UNCERTAIN.has(node.status), some: [] });
    families.get(key).some.push([node, network.body.nodes[node.id]]);
  }
  batches_ = { kinds: [...kinds.values()], families: [...families.values()] };
}

function bulk(ctx) {
  if (!batches_) sortBulk();
  const pixel = 1 / network.getScale();
  ctx.save();
  ctx.lineWidth = pixel;
  ctx.globalAlpha = state.near ? 0.25 : 0.6;
  for (const { sign, modality, ends } of batches_.kinds) {
    ctx.strokeStyle = style.signs[sign][theme()];
    ctx.setLineDash(isLean() ? [] : style.modalities[modality].dash.map((length) => length * pixel));
    ctx.beginPath();
    for (let i = 0; i < ends.length; i += 2) {
      ctx.moveTo(ends[i].x, ends[i].y);
      ctx.lineTo(ends[i + 1].x, ends[i + 1].y);
    }
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.restore();
}

// Many things seen from afar: one stroke for each look. The first of them that vis-network
// draws brings all, so that they stand over the lines.
let shapesDrawn = false;
const isMany = () => isBusy() && (moving || (staged.length > 800 && zoomed < 0.6)) && (state.near === null || moving);
function shapes(ctx) {
  if (!batches_) sortBulk();
  const pixel = 1 / network.getScale();
  ctx.save();
  ctx.lineWidth = 1.6 * pixel;
  ctx.globalAlpha = state.near ? 0.4 : 1;
  for (const { family, open, some } of batches_.families) {
    const { shape, filled, [theme()]: hue } = look(family);
    ctx.beginPath();
    for (const [node, body] of some) trace(ctx, shape, body.x, body.y, radius(node));
    ctx.fillStyle = filled && !open ? hue : colour("canvas");
    ctx.fill();
    ctx.strokeStyle = hue;
    ctx.setLineDash(open ? [3.5 * pixel, 2.5 * pixel] : []);
    if (!filled || open) ctx.stroke();
  }
  ctx.restore();
}

function drawOver(ctx) {
  const scale = network.getScale();
  const ratio = ctx.getTransform().a / scale;
  const frame = { width: network.canvas.frame.clientWidth, height: network.canvas.frame.clientHeight };
  const within = (p) => p.x > -60 && p.y > -60 && p.x < frame.width + 60 && p.y < frame.height + 60;
  const room = taken();
  const names = taken();
  room.add([frame.width - 52, 0, frame.width, 130], "zoom buttons");
  for (const [x, y, right, bottom] of groundWords) {
    const [p, q] = [network.canvasToDOM({ x, y }), network.canvasToDOM({ x: right, y: bottom })];
    for (const map of [room, names]) map.add([p.x, p.y, q.x, q.y], "ground");
  }
  const hubs = new Set(staged.slice(0, 10).map((node) => node.id));
  const seen = [];
  const most = moving && isBusy() ? 40 : isBusy() ? 160 : Infinity;
  for (const node of staged) {
    const body = network.body.nodes[node.id];
    if (!body || !nodeShown(node)) continue; // while data are exchanged, some are not there
    const at = network.canvasToDOM(body);
    if (!within(at)) continue;
    const r = radius(node) * scale + 1;
    if (seen.length < 1500) seen.push({ node, at, r });
    // Seen from afar, names of many may cover small things.
    if (dimmed(node.id) || (moving && isBusy()) || (isMany() && isLean() && r < 6)) continue;
    room.add([at.x - r, at.y - r, at.x + r, at.y + r], node.id);
    if (hubs.has(node.id)) names.add([at.x - r, at.y - r, at.x + r, at.y + r], node.id);
  }
  ctx.save();
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (!isBusy() || !moving) drawEdgeWords(ctx, room, scale, within, true);
  const bright = seen.filter(({ node }) => !dimmed(node.id));
  bright.sort((a, b) => chosen(b.node.id) - chosen(a.node.id));
  let [written, tried] = [0, 0];
  for (const { node, at, r } of bright) {
    tried += 1;
    if (written >= most || tried > 3 * most) break;
    const hub = hubs.has(node.id) || chosen(node.id);
    const points = hub ? 13.5 : 12;
    const height = points * 1.2;
    ctx.font = `${hub ? 650 : 400} ${points}px system-ui, "Noto Sans", "Noto Sans CJK KR", sans-serif`;
    const more = chosen(node.id) ? beyond(node) : 0;
    const lines = more ? [...node.lines, `+${number(more)} not shown`] : node.lines;
    const wide = Math.max(...lines.map((text) => textWidth(ctx, text)));
    const high = height * lines.length;
    const places = [
      ["center", at.x, at.x - wide / 2, at.y + r + 3],
      ["center", at.x, at.x - wide / 2, at.y - r - 3 - high],
      ["left", at.x + r + 5, at.x + r + 5, at.y - high / 2],
      ["right", at.x - r - 5, at.x - r - 5 - wide, at.y - high / 2],
    ];
    const fitting = places.filter(([, , left]) => left > 2 && left + wide < frame.width - 2);
    const clear = ([, , left, top], map) => !map.hits([left - 2, top - 1, left + wide + 2, top + high + 1], node.id);
    // The names of hubs may cover small things, but never each other.
    const place = fitting.find((one) => clear(one, room)) || (hub && fitting.find((one) => clear(one, names))) || (chosen(node.id) && places[0]);
    if (!place) continue;
    const [align, x, left, top] = place;
    for (const map of [room, names]) map.add([left - 2, top - 1, left + wide + 2, top + high + 1], node.id + " label");
    write(ctx, lines, x, top, height, align, colour("text"));
    written += 1;
    const away = state.folded.has(node.id) ? leaves(node).length : 0;
    if (away) write(ctx, [`+${away}`], at.x + r + 4, at.y - r - 8, 12, "left", colour("muted"));
  }
  if (!isBusy() || !moving) drawEdgeWords(ctx, room, scale, within, false);
  ctx.restore();
}

// First pass: glyphs that change what a line means, always. Second: what the relations are called.
function drawEdgeWords(ctx, room, scale, within, glyphs) {
  for (const edge of stagedLines) {
    if (dimmed(edge.id) || !drawn(edge)) continue;
    const many = standsFor(edge);
    const mark = many.length > 1 ? `×${many.length}` : glyphsOf(edge);
    const picked = state.selected && (chosen(edge.id) || state.near !== null);
    const named = (scale >= 1.05 || (picked && scale > 0.35)) && many.length === 1;
    const sign = style.signs[edge.sign];
    if (glyphs ? !mark && edge.sign !== "positive" && edge.sign !== "negative" : !named) continue;
    if (glyphs && !edge.denied && scale < (isBusy() || !mark ? 0.6 : 0)) continue;
    const body = network.body.edges[edge.id];
    if (!body || !body.connected) continue;
    const text = many.length > 1 ? mark : glyphs ? sign.glyph.replace("·", "") + mark : edge.label;
    const points = glyphs ? (scale < 0.6 ? 9.5 : 12.5) : 11.5;
    ctx.font = `${glyphs ? 700 : 400} ${points}px system-ui, sans-serif`;
    const wide = textWidth(ctx, text);
    const places = (glyphs ? [0.5, 0.38, 0.62] : [0.42, 0.58]).map((where) => network.canvasToDOM(body.edgeType.getPoint(where)));
    const boxAt = ({ x, y }) => [x - wide / 2 - 2, y - points / 2 - 1, x + wide / 2 + 2, y + points / 2 + 1];
    // A denial is never left out for want of room.
    const at = places.find((place) => within(place) && !room.hits(boxAt(place), edge.id)) || (glyphs && edge.denied && places[0]);
    if (!at) continue;
    room.add(boxAt(at));
    const hue = edge.contested && glyphs ? colour("contested") : glyphs ? sign[theme()] : colour("muted");
    if (text === style.glyphs.judgement.glyph) {
      outline(ctx, "circle", at.x, at.y, points / 3.2);
      Object.assign(ctx, { fillStyle: colour("canvas"), strokeStyle: hue, lineWidth: 1.6 });
      ctx.fill();
      ctx.stroke();
    } else write(ctx, [text], at.x, at.y - points / 2, points, "center", hue);
  }
}
