// Taking it along: pictures drawn from the model (not from the screen), data, links, print.

const PICTURE = 1500;
const PRINTED = 60; // sources named under a picture
const NAMED = 40; // up to so many lines, each is named

// What shall be exported: what is selected with what belongs to it, or all that is shown.
function chosenPart() {
  const only = byId("only-selected");
  const bright = only && only.checked && !only.disabled && state.near;
  return {
    nodes: shownNodes().filter((node) => !bright || state.near.has(node.id)),
    edges: shownEdges().filter((edge) => !bright || state.near.has(edge.id)),
  };
}

// What the picture or the file holds, and what it does not.
function extent() {
  const only = byId("only-selected");
  if (!(only && only.checked && !only.disabled && state.near)) return hiddenText();
  const { kind, id } = state.selected || {};
  const centre = { node: nameOf, holder: (one) => `claims that rest on ${nameOf(one)}`, source: (one) => `the source ${(sourceOf(one) || { title: one }).title}`, claim: (one) => `the claim ${(claimOf(one) || {}).text || one}`,
    path: () => `the path from ${nameOf(state.path.a)} to ${nameOf(state.path.b)}`, edge: (one) => `${nameOf(edgeOf(one).from)} ${edgeOf(one).label} ${nameOf(edgeOf(one).to)}`, pair: (one) => `${nameOf(edgeOf(one).from)} and ${nameOf(edgeOf(one).to)}` }[kind];
  const part_ = chosenPart();
  const hidden = hiddenText();
  return `${number(part_.nodes.length)} of ${plural(nodes.length, "thing")} and ${number(part_.edges.length)} of ${plural(edges.length, "line")}: what is selected with what belongs to it${centre ? `. In the middle: ${cut(centre(id), 140)}` : ""}.${hidden === "Nothing is hidden." ? "" : ` ${hidden}`}`;
}

function drawing() {
  const { nodes: some, edges: lines } = chosenPart();
  const many = some.length > DETAIL;
  const xs_ = some.map((node) => spot(node)[0]);
  const ys_ = some.map((node) => spot(node)[1]);
  const low = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  for (const [x, y, wide, tall_] of grounds(some)) {
    xs_.push(x, x + wide);
    ys_.push(y, y + tall_);
  }
  const [left, right, top, bottom] = some.length ? [low(xs_), high(xs_), low(ys_), high(ys_)] : [0, 1, 0, 1];
  const scale_ = Math.min(1, PICTURE / Math.max(right - left, 1), PICTURE / Math.max(bottom - top, 1));
  const width = Math.round(Math.max((right - left) * scale_ + 180, 760));
  const plot = Math.round((bottom - top) * scale_ + 130);
  const across = (x) => (width - (right - left) * scale_) / 2 + (x - left) * scale_;
  const down = (y) => 80 + (y - top) * scale_;
  const at = (node) => [across(spot(node)[0]), down(spot(node)[1])];
  const sheet = svg("svg", { xmlns: "http://www.w3.org/2000/svg", "font-family": 'system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK KR", sans-serif' });
  const ground = svg("rect", { x: 0, y: 0, width, fill: colour("canvas") });
  sheet.append(ground, words(24, 34, cut(model.title, 90), 19, 650));
  const ink = document.createElement("canvas").getContext("2d");
  const taken_ = some.length && grounded() ? groundBehind(sheet, ink, across, down) : [];
  (many ? manyLines : eachLine)(sheet, lines, at, scale_);
  for (const node of some) sheet.append(nodeShape(node, ...at(node), many));
  const room = taken();
  for (const box of taken_) room.add(box, "ground");
  names_(sheet, ink, some, at, width, plot, room);
  relationNames_(sheet, ink, lines, at, room);
  const foot = legendBelow(sheet, some, lines, width, plot + 20);
  const height = Math.round(foot + 16);
  ground.setAttribute("height", height);
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) sheet.setAttribute(name, value);
  return { sheet, width, height };
}

function groundBehind(sheet, ink, across, down) {
  ink.font = "600 12px system-ui, sans-serif";
  const { boxes, ticks, words: titles } = groundParts(across, down, 12, (text) => textWidth(ink, text));
  const looks = { fill: "none", stroke: colour("border") };
  for (const { ring, x, y, width, height } of boxes) {
    sheet.append(ring ? svg("circle", { class: "part", cx: (x + width / 2).toFixed(1), cy: (y + height / 2).toFixed(1), r: (width / 2).toFixed(1), ...looks })
      : svg("rect", { class: "part", x: x.toFixed(1), y: y.toFixed(1), width: width.toFixed(1), height: height.toFixed(1), ...looks }));
  }
  for (const { x, top, bottom } of ticks) sheet.append(svg("path", { class: "tick", d: `M${x.toFixed(1)} ${top.toFixed(1)} V${bottom.toFixed(1)}`, "stroke-dasharray": "2 4", ...looks }));
  for (const { text, x, y, align } of titles) sheet.append(halo(words(x, y + 12, text, 12, 600, colour("muted"), align === "center" ? "middle" : "start")));
  return titles.map(({ box }) => box);
}

function words(x, y, text, points, weight = 400, hue = colour("text"), anchor = "start") {
  const node = svg("text", { x: x.toFixed(1), y: y.toFixed(1), "font-size": points, "font-weight": weight, fill: hue, "text-anchor": anchor });
  node.textContent = text;
  return node;
}

const reach = (node, many) => (many ? Math.max(1.6, size(node) * 0.35) : size(node) * 0.8);
function nodeShape(node, x, y, many) {
  const { shape, filled, [theme()]: hue } = look(node.family);
  const open = UNCERTAIN.has(node.status);
  return mark(shape, x, y, reach(node, many), { fill: filled && !open ? hue : colour("canvas"), stroke: hue, "stroke-width": many ? 0.6 : 1.8, "stroke-dasharray": open ? "3 2" : null });
}

function eachLine(sheet, lines, at) {
  for (const edge of lines) {
    if (!drawn(edge)) continue;
    const group = standsFor(edge);
    const sign = style.signs[new Set(group.map((one) => one.sign)).size === 1 ? edge.sign : "none"];
    const modality = weakest(group);
    const [[x1, y1], [x2, y2]] = [at(nodes[edge.a]), at(nodes[edge.b])];
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const bend = bundles ? 0 : edge.bend;
    // The middle of a bent line lies half as far out as its control point.
    const [mx, my] = [(x1 + x2) / 2 + (y2 - y1) * bend, (y1 + y2) / 2 - (x2 - x1) * bend];
    const hue = sign[theme()];
    const d = edge.a === edge.b ? `M${x1} ${y1} C${x1 + 40} ${y1 - 50} ${x1 - 40} ${y1 - 50} ${x1} ${y1}` : `M${x1.toFixed(1)} ${y1.toFixed(1)} Q${mx.toFixed(1)} ${my.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;
    if (group.some((one) => one.contested)) sheet.append(svg("path", { d, fill: "none", stroke: colour("contested"), "stroke-opacity": 0.4, "stroke-width": 6 }));
    sheet.append(svg("path", { d, fill: "none", stroke: hue, "stroke-width": Math.max(...group.map(widthOf)), "stroke-dasharray": style.modalities[modality].dash.join(" ") || null }));
    if (edge.a !== edge.b && group.length === 1) {
      sheet.append(lineEnd(edge, sign.end, hue, [x2, y2], [mx, my], reach(nodes[edge.b])));
      if (edge.symmetric) sheet.append(lineEnd(edge, sign.end, hue, [x1, y1], [mx, my], reach(nodes[edge.a])));
    }
    const text = group.length > 1 ? `×${group.length}` : `${sign.glyph.replace("·", "")}${glyphsOf(edge)}`;
    if (text && (length > 40 || edge.denied)) sheet.append(halo(words((x1 + 2 * mx + x2) / 4, (y1 + 2 * my + y2) / 4 + 4, text, 12, 700, edge.contested ? colour("contested") : hue, "middle")));
  }
}

function lineEnd(edge, end, hue, [x, y], [fx, fy], away) {
  const turn = Math.atan2(y - fy, x - fx);
  const [tx, ty] = [x - Math.cos(turn) * (away + 1), y - Math.sin(turn) * (away + 1)];
  const open = edge.modality === "prescribed" || end === "vee";
  const d = end === "bar" && !open ? "M0 -5 V5" : open ? "M-7 -4 L0 0 L-7 4" : "M-8 -4 L0 0 L-8 4 Z";
  return svg("path", { d, transform: `translate(${tx.toFixed(1)} ${ty.toFixed(1)}) rotate(${((turn * 180) / Math.PI).toFixed(1)})`, fill: open || end === "bar" ? "none" : hue, stroke: hue, "stroke-width": 1.6 });
}

// Of a large graph all lines of one kind are one path.
function manyLines(sheet, lines, at) {
  const kinds = new Map();
  for (const edge of lines) {
    const key = `${edge.sign} ${edge.modality} ${edge.denied}`;
    if (!kinds.has(key)) kinds.set(key, { edge, d: [] });
    const [[x1, y1], [x2, y2]] = [at(nodes[edge.a]), at(nodes[edge.b])];
    kinds.get(key).d.push(`M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`);
  }
  for (const { edge, d } of kinds.values()) {
    sheet.append(svg("path", { d: d.join(""), fill: "none", stroke: style.signs[edge.sign][theme()], "stroke-width": 0.7, "stroke-opacity": 0.4, "stroke-dasharray": edge.denied ? "1 7" : style.modalities[edge.modality].dash.join(" ") || null }));
  }
}

function halo(text) {
  for (const [name, value] of Object.entries({ stroke: colour("canvas"), "stroke-width": 3.5, "paint-order": "stroke", "stroke-linejoin": "round" })) text.setAttribute(name, value);
  return text;
}

// Names by importance: the middle of a selection, then the most connected. Each takes the first
// of many places around it that is free; for hubs a place over small things will do, and at
// last the one with the least in it, for a picture without the names of its hubs says little.
const HUBS = 12;
function names_(sheet, ink, some, at, width, plot, room) {
  const names = taken();
  const many = some.length > DETAIL;
  const degree = new Map(some.map((node) => [node, node.degree]));
  const order = [...some].sort((p, q) => chosen(q.id) - chosen(p.id) || degree.get(q) - degree.get(p) || p.i - q.i);
  const title = [0, 0, 24 + cut(model.title, 90).length * 11, 44];
  names.add(title, "title");
  room.add(title, "title");
  for (const node of order.slice(0, many ? 200 : some.length)) {
    const [x, y] = at(node);
    room.add([x - reach(node, many), y - reach(node, many), x + reach(node, many), y + reach(node, many)], node.id);
  }
  let written = 0;
  for (const [i, node] of order.entries()) {
    if (written >= (many ? NAMES : 600)) return;
    const hub = i < HUBS;
    const [x, y] = at(node);
    const points = hub ? 13 : 11.5;
    ink.font = `${hub ? 650 : 400} ${points}px system-ui, sans-serif`;
    const wide = Math.max(...node.lines.map((text) => textWidth(ink, text)));
    const high = node.lines.length * points * 1.15;
    const r = reach(node, many);
    // Under, over, beside, then farther away.
    const places = [0, ...(hub ? [14, 30] : [])].flatMap((far) => [
      ["middle", x, x - wide / 2, y + r + 2 + far], ["middle", x, x - wide / 2, y - r - 2 - far - high],
      ["start", x + r + 4 + far, x + r + 4 + far, y - high / 2], ["end", x - r - 4 - far, x - r - 4 - far - wide, y - high / 2],
      ["start", x + r + 2, x + r + 2, y + r * 0.7 + far], ["end", x - r - 2, x - r - 2 - wide, y + r * 0.7 + far],
      ["start", x + r + 2, x + r + 2, y - r * 0.7 - far - high], ["end", x - r - 2, x - r - 2 - wide, y - r * 0.7 - far - high]]);
    const boxOf = ([, , left, top]) => [left, top, left + wide, top + high];
    const fits = places.filter((place) => boxOf(place)[0] >= 0 && boxOf(place)[2] <= width && boxOf(place)[1] >= 0 && boxOf(place)[3] <= plot + 10);
    const place = fits.find((one) => !room.hits(boxOf(one), node.id)) || (hub && (fits.find((one) => !names.hits(boxOf(one), node.id)) || fits[0]));
    if (!place) continue;
    const [anchor, px, , top] = place;
    for (const map of [room, names]) map.add(boxOf(place), `${node.id} name`);
    node.lines.forEach((text, k) => sheet.append(halo(words(px, top + (k + 0.85) * points * 1.15, text, points, hub ? 650 : 400, colour("text"), anchor))));
    written += 1;
  }
}

// What each line is called, where there are few: after the names of things, where there is room.
function relationNames_(sheet, ink, lines, at, room) {
  if (lines.length > NAMED) return;
  ink.font = "400 11px system-ui, sans-serif";
  for (const edge of lines) {
    if (!drawn(edge) || standsFor(edge).length > 1 || edge.a === edge.b) continue;
    const [[x1, y1], [x2, y2]] = [at(nodes[edge.a]), at(nodes[edge.b])];
    const bend = bundles ? 0 : edge.bend;
    const [mx, my] = [(x1 + x2) / 2 + (y2 - y1) * bend, (y1 + y2) / 2 - (x2 - x1) * bend];
    const wide = textWidth(ink, edge.label);
    const spots_ = [0.42, 0.58, 0.5, 0.35, 0.65, 0.46, 0.54, 0.3, 0.7, 0.38, 0.62, 0.25, 0.75, 0.2, 0.8].map((k) => [(1 - k) ** 2 * x1 + 2 * k * (1 - k) * mx + k ** 2 * x2, (1 - k) ** 2 * y1 + 2 * k * (1 - k) * my + k ** 2 * y2]);
    const boxOf = ([x, y]) => [x - wide / 2 - 1, y - 7, x + wide / 2 + 1, y + 7];
    const [x, y] = spots_.find((one) => !room.hits(boxOf(one), edge.id)) || spots_[0];
    room.add(boxOf([x, y]), edge.id);
    sheet.append(halo(words(x, y + 4, edge.label, 11, 400, colour("muted"), "middle")));
  }
}

// The legend, what is hidden, the sources, the data: so that a picture can stand alone.
function legendBelow(sheet, some, lines, width, from) {
  let y = from;
  sheet.append(svg("path", { d: `M24 ${y} H${width - 24}`, stroke: colour("border") }));
  y += 22;
  let x = 24;
  const item = (draw, text) => {
    const wide = 44 + text.length * 6.6 + 18;
    if (x + wide > width - 24) [x, y] = [24, y + 22];
    sheet.append(...[draw(x, y - 4)].flat(), words(x + 42, y, text, 12));
    x += wide;
  };
  const has = (of, items) => { const set = new Set(items.map(of)); return (value) => set.has(value); };
  const family = has((node) => node.family, some);
  for (const name of Object.keys(style.families).filter(family)) {
    const { shape, filled, label, [theme()]: hue } = look(name);
    item((px, py) => mark(shape, px + 24, py, 6, { fill: filled ? hue : colour("canvas"), stroke: hue, "stroke-width": 1.8 }), label);
  }
  [x, y] = [24, y + 22];
  for (const name of Object.keys(style.modalities).filter(has((edge) => edge.modality, lines))) {
    item((px, py) => svg("path", { d: `M${px} ${py} H${px + 36}`, stroke: colour("text"), "stroke-width": 2, "stroke-dasharray": style.modalities[name].dash.join(" ") || null }), `${name}, ${style.modalities[name].help}`);
  }
  [x, y] = [24, y + 22];
  for (const name of Object.keys(style.signs).filter(has((edge) => edge.sign, lines))) {
    const { label, glyph, end, [theme()]: hue } = style.signs[name];
    item((px, py) => [svg("path", { d: `M${px} ${py} H${px + 32}`, stroke: hue, "stroke-width": 2 }), lineEnd({ modality: "asserted" }, end, hue, [px + 36, py], [px, py], 0)], `${glyph} ${label}`.trim());
  }
  [x, y] = [24, y + 22];
  if (some.some((node) => UNCERTAIN.has(node.status))) item((px, py) => svg("circle", { cx: px + 24, cy: py, r: 6, fill: colour("canvas"), stroke: colour("text"), "stroke-width": 1.8, "stroke-dasharray": "3 2" }), "dashed outline: planned or only possible");
  for (const { glyph, label } of Object.values(style.glyphs)) item((px, py) => words(px + 18, py + 4, glyph, 13, 700), label);
  y += 26;
  const say_ = (text) => {
    for (const part of wrap(text, Math.floor((width - 48) / 6.1), 30000)) {
      sheet.append(words(24, y, part, 11.5, 400, colour("muted")));
      y += 16;
    }
  };
  const told = extent();
  say_(`${told === hiddenText() ? `${plural(some.length, "thing")}, ${plural(lines.length, "line")}. ` : ""}${told} ${model.leftOut}`);
  // Whose step it is must go along: a reader of the picture would credit the documents' authors.
  const own = lines.filter((edge) => edge.claims.length && edge.claims.every((id) => claimOf(id) && inferred(claimOf(id))));
  if (own.length) {
    const holders = [...new Set(own.flatMap((edge) => edge.claims.flatMap((id) => claimOf(id).holders)))];
    const told_ = own.slice(0, 8).map((edge) => `${cut(nodes[edge.a].label, 50)} ${edge.label} ${cut(nodes[edge.b].label, 50)}`).join("; ");
    say_(`${plural(own.length, "line")} ${own.length === 1 ? "is" : "are"} ${inferenceOf(holders)}, who made none of the documents read: ${told_}${own.length > 8 ? `; and ${own.length - 8} more` : ""}.`);
  }
  const sources = sourcesOf(lines);
  if (sources.length) say_(`Sources: ${sources.slice(0, PRINTED).map((id) => [(sourceOf(id) || { title: id }).title, sourceDetails(id)].filter(Boolean).join(", ")).join("; ")}${sources.length > PRINTED ? `; and ${sources.length - PRINTED} more` : ""}.`);
  say_(`Data ${model.data.slice(0, 12) || "from a server"}. ${laidOut()}. A dashed line is hedged and no fact; every line rests on claims that the page shows.`);
  return y;
}

// By which layout, and by what it was computed; a part or a relaxed drawing stands otherwise.
const laidOut = () => (spots ? "Places: an arrangement of this part" : relaxed ? "Places: relaxed in the browser" : `Layout: ${model.layout.name} (${model.layout.by})`);

const sourcesOf = (lines) => [...new Set(lines.flatMap((edge) => edge.sources))].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));

// ------------------------------------------------------------ saving

function save(name, type, content) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
  const anchor = el("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  tell(`${name} is saved.`);
}

const svgText = () => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(drawing().sheet)}\n`;

// Twice as many pixels as the picture is large, less where a browser would refuse.
async function png() {
  const { sheet, width, height } = drawing();
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(sheet)], { type: "image/svg+xml;charset=utf-8" }));
  const image = new Image();
  await new Promise((done, failed) => Object.assign(image, { onload: done, onerror: failed, src: url }));
  const times = Math.min(2, 8000 / width, 8000 / height);
  const canvas = el("canvas", { width: Math.round(width * times), height: Math.round(height * times) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function dataOf() {
  const part_ = chosenPart();
  const claims = new Set(part_.edges.flatMap((edge) => edge.claims).concat(part_.nodes.flatMap((node) => node.claims)).filter(claimOf));
  const only = byId("only-selected");
  if (only && only.checked && state.selected && state.selected.kind === "claim") claims.add(state.selected.id);
  const carried = Object.fromEntries([...claims].map((id) => [id, claimOf(id)]));
  const sources = new Set(Object.values(carried).flatMap((claim) => claim.places.map((place) => place.source)).concat(part_.edges.flatMap((edge) => edge.sources)));
  return {
    title: model.title, data: model.data, state: fragment().slice(1), hidden: extent(), leftOut: model.leftOut,
    nodes: part_.nodes.map(({ id, label, type, family, status, names: all, definition, dates: when }) => ({ id, label, type, family, status, names: all, definition, dates: when })),
    edges: part_.edges.map((edge) => ({
      from: edge.from, predicate: edge.predicate, label: edge.label, to: edge.to, direct: edge.direct, kind: edge.kind, modality: edge.modality, hedge: edge.hedge, denied: edge.denied,
      contested: edge.contested, origins: edge.origins, confidence: edge.confidence, credibility: edge.credibility, when: edge.when, sources: edge.sources, claims: edge.claims,
    })),
    claims: carried,
    sources: Object.fromEntries([...sources].filter(sourceOf).map((id) => [id, sourceOf(id)])),
  };
}

function dataCsv() {
  const heads = ["from", "from_label", "predicate", "to", "to_label", "direct", "kind", "modality", "hedge", "denied", "contested", "origins", "confidence", "credibility", "sources", "claims", "data"];
  const lines = chosenPart().edges.map((edge) => [edge.from, nodes[edge.a].label, edge.predicate, edge.to, nodes[edge.b].label, edge.direct, edge.kind, edge.modality, edge.hedge, edge.denied, edge.contested, edge.origins, edge.confidence, edge.credibility, edge.sources.join(" "), edge.claims.join(" "), model.data]);
  return `\ufeff${[heads, ...lines].map((cells) => cells.map((value) => csvCell(value === null ? "" : String(value))).join(",")).join("\r\n")}\r\n`;
}

const fileName = (ending) => `${(fold(model.title).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "graph").slice(0, 40)}.${ending}`;
function pageLink() {
  clearTimeout(due);
  return location.href.split("#")[0] + fragment();
}

function snippet() {
  const name = location.href.split("#")[0].split("/").pop() || "graph.html";
  const safe = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  return `<iframe src="${safe(name + fragment())}" title="${safe(model.title)}" width="100%" height="640" sandbox="allow-scripts allow-popups" loading="lazy" style="border:1px solid #ccc"></iframe>`;
}

function setUpExport() {
  const dialog = byId("share");
  byId("open-share").onclick = () => {
    byId("embed").value = snippet();
    byId("only-selected").disabled = !state.near;
    dialog.showModal();
  };
  const doing = {
    "copy-link": () => copy(pageLink(), "The link is copied. It opens this file as it is now."),
    "copy-embed": () => copy(byId("embed").value, "The snippet is copied. Put the file beside the page."),
    "save-png": () => png().then((blob) => save(fileName("png"), "image/png", blob), () => tell("The picture could not be made; try SVG.")),
    "save-svg": () => save(fileName("svg"), "image/svg+xml", svgText()),
    "save-json": () => save(fileName("json"), "application/json", JSON.stringify(dataOf(), null, 1)),
    "save-csv": () => save(fileName("csv"), "text/csv", dataCsv()),
    print: () => { dialog.close(); window.print(); },
  };
  for (const [id, how] of Object.entries(doing)) byId(id).onclick = how;
  window.addEventListener("beforeprint", forPrint);
  window.addEventListener("afterprint", () => byId("print-sheet").replaceChildren());
}

// On paper: the picture with its legend, the panel, every source.
function forPrint() {
  const { sheet } = drawing();
  sheet.removeAttribute("width");
  sheet.removeAttribute("height");
  const sources = sourcesOf(shownEdges());
  byId("print-sheet").replaceChildren(el("figure", {}, sheet), el("h2", { text: "Sources" }),
    el("ol", {}, sources.map((id) => el("li", {}, (sourceOf(id) || { title: id }).title, " ", span(sourceDetails(id), "sub"), (sourceOf(id) || {}).url ? ` ${sourceOf(id).url}` : ""))));
}
