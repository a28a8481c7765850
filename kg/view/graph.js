// The page's own script: filters, search, panels and the drawing, on top of vis-network.
// Whatever the data say is put into the page as text (textContent, canvas), never as markup.
"use strict";
(() => {
  const { nodes, edges, model, style } = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const nodeOf = new Map(nodes.map((node) => [node.id, node]));
  const edgeOf = new Map(edges.map((edge) => [edge.id, edge]));
  const incident = new Map(nodes.map((node) => [node.id, []]));
  const drawnAs = new Map(); // claim -> its edge
  for (const edge of edges) {
    incident.get(edge.from).push(edge);
    if (edge.to !== edge.from) incident.get(edge.to).push(edge);
    for (const claim of edge.claims) drawnAs.set(claim, edge);
  }
  const UNCERTAIN = new Set(["potential", "planned", "notHappened"]);
  const CREDIBILITY = ["", "confirmed", "probably true", "possibly true", "doubtful", "improbable", "cannot be judged"];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 899px)");

  const state = {
    hedged: true,
    off: { family: new Set(), sign: new Set(), modality: new Set() },
    selected: null, // { kind: "node" | "edge" | "claim", id }
    trail: [], // what was selected before
    near: null, // ids that stay bright while something is selected
    step: null, // rounded zoom that line widths were last set for
    query: "", rows: 200,
  };

  // ------------------------------------------------------------ small helpers

  // text: shown as it is; dir="auto" lets names in any script stand right.
  function el(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
      if (value === undefined || value === null || value === false) continue;
      if (name === "onclick") node.onclick = value;
      else if (name === "text") Object.assign(node, { textContent: value });
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  const span = (text, kind) => el("span", { class: kind, text });
  function svg(tag, props, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  const asked = () => document.documentElement.dataset.theme;
  const theme = () => (asked() in style.theme ? asked() : dark.matches ? "dark" : "light");
  const colour = (role) => style.theme[theme()][role];
  const look = (family) => style.families[family] || style.families.other;
  const plural = (count, one, many) => `${count} ${count === 1 ? one : many || one + "s"}`;
  const nameOf = (id) => (nodeOf.has(id) ? nodeOf.get(id).label : model.names[id] || id);
  const cut = (text, size) => (text.length > size ? text.slice(0, size - 1) + "…" : text);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
  const languages = new Intl.DisplayNames(["en"], { type: "language" });
  function languageName(tag) {
    try {
      return tag ? languages.of(tag) : "—";
    } catch {
      return tag; // not a language tag
    }
  }

  // ------------------------------------------------------------ what is visible

  const isOn = (group, value) => !state.off[group].has(value);
  const edgeShown = (edge) => (edge.direct || state.hedged) && isOn("sign", edge.sign) && isOn("modality", edge.modality)
    && [edge.from, edge.to].every((end) => isOn("family", nodeOf.get(end).family));
  // A thing that only hidden claims join to the rest goes with them.
  const nodeShown = (node) => isOn("family", node.family) && (node.degree === 0 || incident.get(node.id).some(edgeShown));
  const visible = () => ({ nodes: nodes.filter(nodeShown), edges: edges.filter(edgeShown) });

  // ------------------------------------------------------------ drawing

  let network = null, nodeData = null, edgeData = null;
  // Nodes shrink more slowly than the drawing, so that they can still be hit when all is shown.
  const radius = (node) => Math.min(7 + 2 * Math.sqrt(node.degree), 19) / Math.sqrt(Math.min(network ? network.getScale() : 1, 1));
  const dimmed = (id) => state.near !== null && !state.near.has(id);

  // Corners for a radius of 1; the circle has none. The canvas and the legend use the same ones.
  const ring = (count, turn, size, down = 0) => Array.from({ length: count }, (_, i) => {
    const angle = ((turn + (360 / count) * i) * Math.PI) / 180;
    return [Math.cos(angle) * size, Math.sin(angle) * size + down];
  });
  const CORNERS = {
    circle: null,
    square: [[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]],
    page: [[-0.75, -1], [0.75, -1], [0.75, 1], [-0.75, 1]],
    triangle: ring(3, -90, 1.22, 0.2),
    diamond: ring(4, -90, 1.15),
    hexagon: ring(6, 0, 1.05),
  };

  function outline(ctx, shape, x, y, r) {
    ctx.beginPath();
    if (!CORNERS[shape]) ctx.arc(x, y, r, 0, 2 * Math.PI);
    else CORNERS[shape].forEach(([dx, dy]) => ctx.lineTo(x + dx * r, y + dy * r));
    ctx.closePath();
  }

  function drawNode({ ctx, id, x, y, state: vis }) {
    const node = nodeOf.get(id);
    const r = radius(node);
    const family = look(node.family);
    const fill = family[theme()];
    const pixel = 1 / network.getScale();
    const open = UNCERTAIN.has(node.status);
    return {
      drawNode() {
        ctx.globalAlpha = dimmed(id) ? 0.2 : 1;
        const chosen = state.selected && state.selected.id === id;
        if (chosen || vis.hover) {
          outline(ctx, family.shape, x, y, r + 5 * pixel);
          ctx.strokeStyle = chosen ? colour("selected") : colour("link");
          ctx.lineWidth = (chosen ? 4 : 2) * pixel;
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
        if (r / pixel >= 8 && node.mark) {
          ctx.font = `600 ${r * (family.shape === "triangle" ? 0.72 : 0.85)}px system-ui, sans-serif`;
          Object.assign(ctx, { textAlign: "center", textBaseline: "middle", fillStyle: family.filled && !open ? colour("canvas") : fill });
          ctx.fillText(node.mark, x, y + r * (family.shape === "triangle" ? 0.28 : 0.05));
        }
      },
      nodeDimensions: { width: 2 * r, height: 2 * r },
    };
  }

  function edgeItem(edge) {
    // Widths and dashes are given in screen pixels, a little finer when the whole is in view.
    const k = 1 / Math.min(state.step || 1, 1.4) ** 0.75;
    const sign = style.signs[edge.sign];
    const faint = dimmed(edge.id);
    const chosen = state.selected && state.selected.id === edge.id;
    const origins = Math.min(edge.origins === null ? 1 : edge.origins, 3);
    // Thin: a claim and no direct edge. That shows where a mark on the line has no room.
    const width = ((edge.direct ? [1.3, 1.7, 2.6, 3.5][origins] : 1) + (chosen ? 1.5 : 0)) * k;
    const end = { enabled: true, type: edge.modality === "prescribed" ? "vee" : sign.end, scaleFactor: 0.6 * k ** 0.6 };
    const dash = style.modalities[edge.modality].dash;
    const hue = sign[theme()];
    const opacity = faint ? 0.12 : edge.confidence !== null && edge.confidence < 50 ? 0.75 : 1;
    const casing = chosen ? colour("selected") + "33" : edge.contested && !faint ? colour("contested") + "66" : null;
    return {
      id: edge.id, from: edge.from, to: edge.to,
      title: `${nameOf(edge.from)}\n${edge.label} → ${nameOf(edge.to)}\n${firmness(edge)}`,
      hidden: !edgeShown(edge),
      width,
      dashes: dash.length ? dash.map((length) => length * k * (width > 2 * k ? 1.2 : 0.9)) : false,
      color: { color: hue, hover: hue, highlight: hue, opacity },
      arrows: { to: end, from: edge.symmetric ? end : { enabled: false } },
      background: casing ? { enabled: true, color: casing, size: width + (chosen ? 9 : 6) * k, dashes: false } : { enabled: false },
      smooth: { enabled: edge.bend !== 0, type: edge.bend > 0 ? "curvedCW" : "curvedCCW", roundness: Math.abs(edge.bend) },
      selfReference: { size: 18 + 8 * Math.max(edge.loop, 0), angle: Math.PI / 4, renderBehindTheNode: true },
    };
  }

  function firmness(edge) {
    const words = [edge.modality, edge.hedge && `“${edge.hedge}”`, edge.denied && "DENIED", edge.contested && "contested"];
    return [...words, edge.direct ? "fact, direct edge" : `${edge.kind}, no direct edge`].filter(Boolean).join(", ");
  }

  // Line widths follow the zoom in steps: each step touches every edge once.
  const zoomStep = (fine = edges.length > 1500 ? 1 : 4) => 2 ** (Math.round(Math.log2(network.getScale()) * fine) / fine);
  function restyle() {
    if (!network) return;
    state.step = zoomStep();
    edgeData.update(edges.map(edgeItem));
    nodeData.update(nodes.map((node) => ({ id: node.id, hidden: !nodeShown(node) })));
  }

  // ---- labels: constant size on the screen, important ones first, none over another

  const widths = new Map();
  function textWidth(ctx, text) {
    const key = ctx.font + text;
    if (!widths.has(key)) widths.set(key, ctx.measureText(text).width);
    return widths.get(key);
  }

  // Rectangles that are taken, kept by cells of 64 pixels.
  function taken() {
    const cells = new Map();
    const cellsOf = (box) => {
      const found = [];
      for (let x = box[0] >> 6; x <= box[2] >> 6; x += 1) for (let y = box[1] >> 6; y <= box[3] >> 6; y += 1) found.push(`${x} ${y}`);
      return found;
    };
    const over = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
    return {
      add: (box, owner) => cellsOf(box).forEach((key) => cells.set(key, [...(cells.get(key) || []), [box, owner]])),
      hits: (box, owner) => cellsOf(box).some((key) => (cells.get(key) || []).some(([other, whose]) => whose !== owner && over(box, other))),
    };
  }

  function write(ctx, lines, x, y, height, align, hue) {
    Object.assign(ctx, { textAlign: align, textBaseline: "middle", lineJoin: "round", lineWidth: 4, strokeStyle: colour("canvas"), fillStyle: hue });
    lines.forEach((text, i) => {
      ctx.strokeText(text, x, y + (i + 0.5) * height);
      ctx.fillText(text, x, y + (i + 0.5) * height);
    });
  }

  function glyphsOf(edge) {
    const { denied, contested, judgement } = style.glyphs;
    const judged = !edge.direct && edge.modality === "asserted" && !edge.denied && edge.kind !== "fact";
    return (edge.denied ? denied.glyph : "") + (edge.contested ? contested.glyph : "") + (judged ? judgement.glyph : "") + (edge.modality === "conditional" ? "if" : "");
  }

  function drawOver(ctx) {
    const scale = network.getScale();
    const ratio = ctx.getTransform().a / scale;
    const frame = byId("canvas").getBoundingClientRect();
    const inside = (p) => p.x > -60 && p.y > -60 && p.x < frame.width + 60 && p.y < frame.height + 60;
    const room = taken();
    const names = taken();
    room.add([frame.width - 52, 0, frame.width, 130], "zoom buttons");
    const hubs = new Set(nodes.slice(0, 10).map((node) => node.id));
    const seen = [];
    for (const node of nodes) {
      if (!nodeShown(node)) continue;
      const at = network.canvasToDOM(network.getPosition(node.id));
      if (!inside(at)) continue;
      const r = radius(node) * scale + 1;
      seen.push({ node, at, r });
      if (dimmed(node.id)) continue;
      room.add([at.x - r, at.y - r, at.x + r, at.y + r], node.id);
      if (hubs.has(node.id)) names.add([at.x - r, at.y - r, at.x + r, at.y + r], node.id);
    }
    ctx.save();
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawEdgeWords(ctx, room, scale, inside, true);
    const chosen = state.selected && state.selected.id;
    const bright = seen.filter(({ node }) => !dimmed(node.id));
    bright.sort((a, b) => (b.node.id === chosen) - (a.node.id === chosen));
    for (const { node, at, r } of bright) {
      const hub = hubs.has(node.id) || node.id === chosen;
      const size = hub ? 13.5 : 12;
      const height = size * 1.2;
      ctx.font = `${hub ? 650 : 400} ${size}px system-ui, "Noto Sans", "Noto Sans CJK KR", sans-serif`;
      const wide = Math.max(...node.lines.map((line) => textWidth(ctx, line)));
      const high = height * node.lines.length;
      const spots = [
        ["center", at.x, at.x - wide / 2, at.y + r + 3],
        ["center", at.x, at.x - wide / 2, at.y - r - 3 - high],
        ["left", at.x + r + 5, at.x + r + 5, at.y - high / 2],
        ["right", at.x - r - 5, at.x - r - 5 - wide, at.y - high / 2],
      ];
      const within = spots.filter(([, , left]) => left > 2 && left + wide < frame.width - 2);
      const clear = ([, , left, top], map) => !map.hits([left - 2, top - 1, left + wide + 2, top + high + 1], node.id);
      // The names of hubs may cover small things, but never each other.
      const spot = within.find((one) => clear(one, room)) || (hub && within.find((one) => clear(one, names))) || (node.id === chosen && spots[0]);
      if (!spot) continue;
      const [align, x, left, top] = spot;
      for (const map of [room, names]) map.add([left - 2, top - 1, left + wide + 2, top + high + 1], node.id + " label");
      write(ctx, node.lines, x, top, height, align, colour("text"));
    }
    drawEdgeWords(ctx, room, scale, inside, false);
    ctx.restore();
  }

  // First pass: glyphs that change what a line means, always. Second: what the relations are called.
  function drawEdgeWords(ctx, room, scale, inside, glyphs) {
    for (const edge of edges) {
      if (dimmed(edge.id) || !edgeShown(edge)) continue;
      const mark = glyphsOf(edge);
      const chosen = state.selected && (state.selected.id === edge.id || state.near !== null);
      const named = scale >= 1.05 || (chosen && scale > 0.35);
      const sign = style.signs[edge.sign];
      if (glyphs ? !mark && edge.sign !== "positive" && edge.sign !== "negative" : !named) continue;
      if (glyphs && !mark && scale < 0.6) continue;
      const body = network.body.edges[edge.id];
      if (!body || !body.connected) continue;
      const text = glyphs ? sign.glyph.replace("·", "") + mark : edge.label;
      const size = glyphs ? (scale < 0.6 ? 9.5 : 12.5) : 11.5;
      ctx.font = `${glyphs ? 700 : 400} ${size}px system-ui, sans-serif`;
      const wide = textWidth(ctx, text);
      const places = (glyphs ? [0.5, 0.38, 0.62] : [0.42, 0.58]).map((part) => network.canvasToDOM(body.edgeType.getPoint(part)));
      const boxAt = ({ x, y }) => [x - wide / 2 - 2, y - size / 2 - 1, x + wide / 2 + 2, y + size / 2 + 1];
      // A denial is never left out for want of room.
      const at = places.find((place) => inside(place) && !room.hits(boxAt(place), edge.id)) || (glyphs && edge.denied && places[0]);
      if (!at) continue;
      room.add(boxAt(at));
      const hue = edge.contested && glyphs ? colour("contested") : glyphs ? sign[theme()] : colour("muted");
      if (text === style.glyphs.judgement.glyph) {
        outline(ctx, "circle", at.x, at.y, size / 3.2);
        Object.assign(ctx, { fillStyle: colour("canvas"), strokeStyle: hue, lineWidth: 1.6 });
        ctx.fill();
        ctx.stroke();
      } else write(ctx, [text], at.x, at.y - size / 2, size, "center", hue);
    }
  }

  function fit(animated) {
    const shown = nodes.filter(nodeShown);
    if (network) lookAt(shown.length ? shown : nodes, 1.4, animated);
  }

  // Move so that some nodes and their labels fill the view.
  function lookAt(some, most, animated) {
    const xs = some.map((node) => network.getPosition(node.id).x);
    const ys = some.map((node) => network.getPosition(node.id).y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const frame = byId("canvas").getBoundingClientRect();
    // On a phone the open panel covers the lower part.
    const covered = narrow.matches && byId("panel").classList.contains("open") ? Math.max(frame.bottom - byId("panel").offsetTop - 44, 0) : 0;
    const room = { x: Math.max(frame.width - 110, 80), y: Math.max(frame.height - covered - 80, 80) };
    const scale = Math.min(room.x / Math.max(right - left, 1), room.y / Math.max(bottom - top, 1), most);
    move({ x: (left + right) / 2, y: (top + bottom) / 2 + covered / 2 / scale }, scale, animated);
  }

  function move(position, scale, animated = true) {
    const animation = animated && !still.matches ? { duration: 350, easingFunction: "easeInOutQuad" } : false;
    network.moveTo({ position, scale, animation });
  }

  function draw() {
    nodeData = new vis.DataSet(nodes.map((node) => ({
      id: node.id, x: node.x, y: node.y,
      title: `${cut(node.label, 160)}\n${node.type}`,
    })));
    edgeData = new vis.DataSet(edges.map(edgeItem));
    network = new vis.Network(byId("canvas"), { nodes: nodeData, edges: edgeData }, {
      physics: false,
      layout: { improvedLayout: false },
      interaction: { hover: true, tooltipDelay: 250, selectConnectedEdges: false, keyboard: false },
      nodes: { shape: "custom", ctxRenderer: drawNode, chosen: false },
      edges: { chosen: false, selectionWidth: 0, hoverWidth: 0, arrowStrikethrough: false },
    });
    for (const node of nodes) {
      // vis-network takes our shapes for boxes and would end lines too early.
      network.body.nodes[node.id].shape.distanceToBorder = () => radius(node) * 1.02 + 2 / network.getScale();
    }
    network.on("afterDrawing", drawOver);
    let due = false;
    network.on("beforeDrawing", () => {
      if (!due && zoomStep() !== state.step) requestAnimationFrame(() => { due = false; restyle(); });
      due = zoomStep() !== state.step;
    });
    network.on("click", (event) => {
      const [kind, id] = event.nodes.length ? ["node", event.nodes[0]] : ["edge", event.edges[0]];
      select(kind, id) || clear();
    });
    network.on("doubleClick", (event) => event.nodes.length && focusOn(event.nodes[0]));
    const frame = network.canvas.frame;
    frame.setAttribute("role", "application");
    frame.setAttribute("aria-label", "Drawing of the graph. Arrow keys go from thing to thing, Enter opens the details. The claims are also in a table below.");
    frame.addEventListener("keydown", canvasKeys);
    fit(false);
    // A phone starts in the middle; the whole is one button away.
    if (narrow.matches) network.moveTo({ position: network.getPosition(nodes[0].id), scale: network.getScale() * 1.7 });
    restyle();
    new ResizeObserver(() => state.selected === null && !narrow.matches && fit(false)).observe(byId("canvas"));
  }

  // ------------------------------------------------------------ selecting

  function select(kind, id, { focus = false, keep = false, show = false } = {}) {
    if (!{ node: nodeOf.get(id), edge: edgeOf.get(id), claim: model.claims[id] }[kind]) return false;
    if (state.selected && !keep && state.selected.id !== id) state.trail.push(state.selected);
    state.selected = { kind, id };
    state.near = new Set([id]);
    const add = (edge) => [edge.id, edge.from, edge.to].forEach((one) => state.near.add(one));
    if (kind === "node") incident.get(id).filter(edgeShown).forEach(add);
    if (kind === "edge") add(edgeOf.get(id));
    if (kind === "claim") {
      const claim = model.claims[id];
      if (drawnAs.has(id)) add(drawnAs.get(id));
      for (const end of [claim.s, claim.o]) if (nodeOf.has(end)) state.near.add(end);
      if (![...state.near].some((one) => nodeOf.has(one))) state.near = null;
    }
    restyle();
    panel();
    openPanel(true);
    if (show && network) {
      const some = nodes.filter((node) => state.near && state.near.has(node.id) && nodeShown(node));
      if (some.length) lookAt(some, Math.max(network.getScale(), 1.1), true);
    }
    if (focus) byId("panel").focus({ preventScroll: true });
    address(kind === "edge" ? edgeOf.get(id).claims[0] : id);
    return true;
  }

  function clear() {
    Object.assign(state, { selected: null, near: null, trail: [] });
    restyle();
    panel();
    openPanel(false);
    address("");
  }

  function focusOn(id) {
    select("node", id);
    lookAt([nodeOf.get(id), ...nodes.filter((node) => state.near.has(node.id) && nodeShown(node))], 1.3, true);
  }

  const openPanel = (open) => byId("panel").classList.toggle("open", open);

  // What is selected stands in the address, so that it can be passed on.
  function address(id) {
    try {
      history.replaceState(null, "", "#" + id);
    } catch {
      // a sandboxed frame (a notebook) has no address of its own
    }
  }

  // ------------------------------------------------------------ the panel

  function button(text, onclick, props = {}) {
    return el("button", { type: "button", class: "text", onclick, text, ...props });
  }

  const link = (id) => (nodeOf.has(id) ? button(nameOf(id), () => select("node", id, { focus: true, show: true })) : span(nameOf(id)));
  const claimLink = (id, text) => (model.claims[id] ? button(text, () => select("claim", id, { focus: true, show: true })) : span(text));
  const outside = (url, text) => el("a", { href: url, rel: "noreferrer noopener", target: "_blank", text });
  function picture(width, height, ...parts) {
    return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "line", "aria-hidden": "true" }, ...parts);
  }

  function line(modality, sign = "none", width = 34) {
    const dash = style.modalities[modality].dash.join(" ");
    return picture(width, 10, svg("path", { d: `M1 5 H${width - 1}`, "stroke-dasharray": dash, style: `stroke:var(--sign-${sign});stroke-width:2.2` }));
  }

  function swatch(family, dashed = false) {
    const { shape, filled } = look(family);
    const hue = `var(--family-${style.families[family] ? family : "other"})`;
    const looks = { style: `stroke:${hue};stroke-width:2;fill:${filled ? hue : "var(--canvas)"}`, "stroke-dasharray": dashed ? "3.5 2.5" : "" };
    const corners = CORNERS[shape];
    return picture(18, 18, corners
      ? svg("polygon", { points: corners.map(([x, y]) => `${9 + 7 * x},${9 + 7 * y}`).join(" "), ...looks })
      : svg("circle", { cx: 9, cy: 9, r: 7, ...looks }));
  }

  function signEnd(sign) {
    const { end, glyph } = style.signs[sign];
    const head = { arrow: "M26 1 L36 6 L26 11 Z", vee: "M27 1 L36 6 L27 11", bar: "M34.5 0 V12 M36 0 V12" }[end];
    const looks = `stroke:var(--sign-${sign});stroke-width:2;fill:${end === "arrow" ? `var(--sign-${sign})` : "none"}`;
    return [picture(38, 12, svg("path", { d: `M1 6 H34 ${head}`, style: looks })), el("b", { text: glyph, "aria-hidden": "true" })];
  }

  function pairs(rows) {
    const kept = rows.filter(([, ...values]) => values.some((value) => value));
    return el("dl", { class: "pairs" }, ...kept.flatMap(([term, ...values]) => [el("dt", { text: term }), el("dd", { dir: "auto" }, ...values)]));
  }

  const joined = (parts, between = ", ") => parts.flatMap((part, i) => (i ? [between, part] : [part]));
  function sourceLink(id) {
    const source = model.sources[id] || { title: nameOf(id) };
    return source.url ? outside(source.url, source.title) : span(source.title);
  }

  function sourceDetails(id) {
    const source = model.sources[id] || {};
    return [(source.creators || []).join(", "), source.publisher, source.issued].filter(Boolean).join(" · ");
  }

  const chip = (text, kind = "") => el("span", { class: `chip ${kind}`, text });
  function claimChips(claim) {
    return el("div", { class: "chips" },
      el("span", { class: "chip" }, line(claim.modality), claim.modality),
      claim.hedges.length ? chip(claim.hedges.map((words) => `“${words}”`).join(" ")) : "",
      chip(claim.kind),
      claim.denied ? chip(`${style.glyphs.denied.glyph} denied`, "strong") : "",
      claim.rank !== "normal" ? chip(claim.rank, "warn") : "",
      claim.retracted ? chip(`retracted ${claim.retracted}`, "warn") : "");
  }

  function card(id) {
    const claim = model.claims[id];
    const box = el("article", { class: `card${claim.edge ? " direct" : ""}${claim.modality !== "asserted" ? " hedged" : ""}`, "data-claim": id });
    box.append(el("p", { class: "says", text: claim.text || proposition(claim) }), claimChips(claim));
    const sources = claim.places.map((place) => el("div", {}, sourceLink(place.source), el("div", { class: "sub", text: sourceDetails(place.source) }),
      el("div", { text: place.locator }), place.text ? el("blockquote", { text: place.text }) : ""));
    const notes = claim.notes.map(({ marker, cited }) => el("div", {}, marker ? `[${marker}] ` : "",
      ...(cited ? [sourceLink(cited), span([" ", sourceDetails(cited)].filter(Boolean).join("· "), "sub")] : [])));
    const rows = [
      ["Relation", el("span", {}, link(claim.s), ` ${nameOf(claim.p)} `, claim.o ? link(claim.o) : el("b", { text: claim.value }))],
      ["Held by", ...joined(claim.holders.map((holder) => link(holder)))],
      ["Relaying", ...joined(claim.original.map((holder) => link(holder)))],
      ["Read in", ...sources],
      [claim.reach ? `Footnotes (${claim.reach})` : "Footnotes", ...notes],
      ["Holds", claim.valid],
      ["Likelihood", claim.likelihood],
      ["Why this rank", claim.rankReason],
      ["Checked", claim.identity && claim.identity.method],
    ];
    box.append(pairs(rows), scores(claim));
    for (const [words, other] of claim.links) {
      const warn = words === "conflicts with" || words === "in tension with";
      box.append(el("p", {}, el("b", { text: `${warn ? "≠ " : ""}${words} ` }), claimLink(other, cut((model.claims[other] || {}).text || other, 140))));
    }
    if (claim.note) box.append(el("p", { class: "sub", text: `Editors: ${claim.note}` }));
    const foot = el("footer", {}, el("code", { text: id }), claim.edge ? "backs a direct edge" : claim.drawn ? "drawn, not a direct edge" : "not drawn as a line");
    if (drawnAs.has(id) && !(state.selected && state.selected.id === drawnAs.get(id).id)) {
      foot.append(button("show its line", () => select("edge", drawnAs.get(id).id, { focus: true, show: true })));
    }
    box.append(foot);
    return box;
  }

  // Three scales side by side; none is computed from another.
  function scores(claim) {
    const source = claim.places.map((place) => model.sources[place.source])[0] || {};
    const cell = (name, value, words) => el("div", {}, name, el("b", { text: value }), words);
    return el("div", { class: "scores" },
      cell("Confidence", claim.confidence === null ? "—" : String(claim.confidence), claim.confidence === null ? "not judged" : "of 100"),
      cell("Credibility", claim.credibility === null ? "—" : String(claim.credibility), CREDIBILITY[claim.credibility] || "not judged"),
      cell("Source", source.reliability || "—", source.reliable || "not rated"));
  }

  const proposition = (claim) => `${nameOf(claim.s)} ${nameOf(claim.p)} ${claim.o ? nameOf(claim.o) : claim.value}`;

  // A claim as one line that unfolds into its card.
  function folded(id) {
    const claim = model.claims[id];
    const firm = claim.modality + (claim.denied ? " (denied)" : "");
    const summary = el("summary", {}, el("span", {}, span(claim.text || proposition(claim)), " ", span(firm, "sub")));
    const fold = el("details", { class: "fold", "data-claim": id }, summary);
    fold.addEventListener("toggle", () => fold.open && !fold.querySelector(".card") && fold.append(card(id)));
    return fold;
  }

  function panel() {
    const box = byId("panel");
    const top = el("div", { class: "bar" });
    if (state.selected) {
      if (state.trail.length) top.append(el("button", { type: "button", id: "back", text: "‹ Back", onclick: () => back(state.trail.pop()) }));
      if (state.selected.kind === "node") top.append(el("button", { type: "button", text: "Zoom to it", onclick: () => focusOn(state.selected.id) }));
      top.append(el("button", { type: "button", id: "close-panel", text: "Close", onclick: close }));
    }
    const parts = !state.selected ? overview() : { node: nodePanel, edge: edgePanel, claim: claimPanel }[state.selected.kind](state.selected.id);
    box.replaceChildren(...(state.selected ? [top] : []), ...parts);
    box.scrollTop = 0;
  }

  const back = ({ kind, id }) => select(kind, id, { keep: true, focus: true });
  function overview() {
    const { judgement, denied, contested } = style.glyphs;
    const direct = edges.filter((edge) => edge.direct).length;
    const main = el("ul", { class: "names" }, ...nodes.slice(0, 8).filter((node) => node.degree).map((node) =>
      el("li", {}, swatch(node.family), link(node.id), span(node.degree, "sub"))));
    return [
      el("h2", { text: "How to read this" }),
      el("p", { text: "Each line is a claim somebody makes. Select a line or a thing to read the claims behind it, how firmly they are put, and where they stand written." }),
      el("p", {}, line("asserted"), " A solid line is said flatly."),
      el("p", {}, line("possible"), " A dashed line is hedged: somebody expects it, thinks it possible, or passes it on."),
      el("p", { text: `${judgement.glyph} marks a flat statement that is a judgement and no checkable fact; ${denied.glyph} a denial; ${contested.glyph} a line whose claims conflict.` }),
      el("p", { class: "sub", text: `${plural(direct, "line is a direct edge", "lines are direct edges")}, backed by a factual claim. The other ${edges.length - direct} are claims only.` }),
      el("h3", { text: "Most connected" }), main,
      el("h3", { text: "Keys" }),
      el("p", { class: "sub", text: "/ search · arrows move between neighbours · Enter details · f show everything · t table · Esc close" }),
    ];
  }

  // Why it is a direct edge, or is not.
  function standing(edge) {
    if (edge.direct) return "Direct edge: at least one factual claim states it flatly, or reports it with credibility 1 or 2.";
    if (edge.denied) return "No direct edge: the claim denies it.";
    if (edge.modality !== "asserted") return `No direct edge: it is put as ${edge.modality}${edge.hedge ? ` (“${edge.hedge}”)` : ""}.`;
    return `No direct edge: ${edge.kind === "fact" ? "the claim does not qualify" : `said flatly, but as ${edge.kind}, not as a fact`}.`;
  }

  function edgePanel(id) {
    const edge = edgeOf.get(id);
    const verb = el("div", { class: "verb" }, line(edge.modality, edge.sign), el("b", { text: edge.label }), edge.symmetric ? "↔" : "→");
    const others = edges.filter((other) => other !== edge && [other.from, other.to].sort().join() === [edge.from, edge.to].sort().join());
    return [
      el("h2", { class: "unseen", text: `${nameOf(edge.from)} ${edge.label} ${nameOf(edge.to)}` }),
      el("div", { class: "relation" }, link(edge.from), verb, link(edge.to)),
      el("div", { class: "chips" },
        el("span", { class: "chip" }, line(edge.modality), edge.modality),
        edge.denied ? chip("✕ denied", "strong") : "",
        edge.contested ? chip("≠ contested", "warn") : "",
        edge.sign !== "none" ? chip(`${style.signs[edge.sign].glyph} ${style.signs[edge.sign].label}`) : "",
        edge.origins !== null ? chip(plural(edge.origins, "origin")) : ""),
      el("p", { class: "sub", text: standing(edge) }),
      el("h3", { text: plural(edge.claims.length, "claim") + " behind it" }),
      ...edge.claims.filter((claim) => model.claims[claim]).map(card),
      others.length ? el("h3", { text: "Other lines between the two" }) : "",
      el("ul", { class: "names" }, ...others.map((other) => el("li", {}, line(other.modality, other.sign),
        button(`${other.label}${other.denied ? " (denied)" : ""}`, () => select("edge", other.id, { focus: true })), span(other.modality, "sub")))),
    ];
  }

  const claimPanel = (id) => [el("h2", { class: "unseen", text: "One claim" }), card(id)];
  function nodePanel(id) {
    const node = nodeOf.get(id);
    const claims = node.claims.map((claim) => [claim, model.claims[claim]]).filter(([, claim]) => claim);
    const ids = claims.filter(([, claim]) => claim.identity && claim.s === id);
    const values = claims.filter(([, claim]) => !claim.identity && claim.s === id && !claim.o);
    const parts = [el("h2", { text: cut(node.label, 200) })];
    const status = { notHappened: "did not happen", potential: "only possible", planned: "planned" }[node.status] || node.status;
    parts.push(el("div", { class: "chips" }, el("span", { class: "chip" }, swatch(node.family), node.type),
      status ? chip(status, UNCERTAIN.has(node.status) ? "warn" : "") : ""));
    if (node.definition) parts.push(el("p", { text: node.definition }));
    const names = new Map();
    for (const [text, language, preferred] of node.names) {
      if (text === cut(node.label, 200) && preferred) continue;
      const said = el("span", { text, lang: language || null, class: preferred ? null : "sub" });
      names.set(language, [...(names.get(language) || []), said]);
    }
    const part = (title, rows) => rows.length && parts.push(el("h3", { text: title }), pairs(rows));
    part("Names", [...names].map(([language, found]) => [languageName(language), ...joined(found, " · ")]));
    part("What it stands for", node.facts.map(([label, value, target]) => [label, target && nodeOf.has(target) ? link(target) : value]));
    part("Identifiers", ids.map(([claim, { identity }]) => [identity.scheme, identity.url ? outside(identity.url, identity.value) : identity.value, " ",
      button("why", () => select("claim", claim, { focus: true }), { "aria-label": `why ${identity.scheme} ${identity.value}` })]));
    part("Dates and values claimed", values.map(([claim, { p, value, modality, denied }]) => [nameOf(p),
      button(value, () => select("claim", claim, { focus: true })), modality === "asserted" && !denied ? "" : ` (${modality}${denied ? ", denied" : ""})`]));
    return [...parts, ...relations(id), el("h3", { text: `${plural(claims.length, "claim")} about it` }),
      ...claims.map(([claim]) => folded(claim)), el("p", { class: "sub" }, el("code", { text: id }))];
  }

  function relations(id) {
    const groups = new Map();
    for (const edge of incident.get(id)) {
      const out = edge.from === id;
      const words = out || edge.symmetric ? edge.label : edge.inverse || `← ${edge.label}`;
      if (!groups.has(words)) groups.set(words, []);
      groups.get(words).push([edge, out ? edge.to : edge.from]);
    }
    if (!groups.size) return [];
    const sorted = [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
    const few = incident.get(id).length <= 10;
    const entry = (words) => ([edge, other]) => el("li", {}, line(edge.modality, edge.sign, 26), link(other),
      button(edge.denied ? `denied, ${edge.modality}` : edge.modality, () => select("edge", edge.id, { focus: true, show: true }),
        { "aria-label": `${edge.modality}: open the claims of ${words} ${nameOf(other)}` }));
    return [el("h3", { text: `${plural(incident.get(id).length, "line")} from and to it` }), ...sorted.map(([words, found]) =>
      el("details", { class: "fold", open: few }, el("summary", {}, span(words), span(found.length, "count")), el("ul", {}, ...found.map(entry(words)))))];
  }

  // ------------------------------------------------------------ legend and filters

  // The values of a style table that occur, in its order, each with how often.
  function counts(group, key, of) {
    return Object.keys(style[group]).map((value) => [value, of.filter((one) => one[key] === value).length]).filter(([, count]) => count);
  }

  function box(checked, onchange, ...rest) {
    const input = el("input", { type: "checkbox", checked });
    input.addEventListener("change", () => { onchange(input.checked); restyle(); say(); });
    return el("label", {}, input, ...rest);
  }

  function filter(group, value, count, text, ...rest) {
    const turn = (on) => (on ? state.off[group].delete(value) : state.off[group].add(value));
    const label = box(true, turn, ...rest, el("span", { class: "name" }, ...text), span(count, "count"));
    label.firstChild.dataset.filter = `${group}:${value}`;
    return label;
  }

  const field = (title, ...rows) => (rows.length ? el("fieldset", {}, el("legend", { text: title }), ...rows) : "");
  function legend() {
    const families = counts("families", "family", nodes).flatMap(([family, count]) => {
      const marks = new Map(nodes.filter((node) => node.family === family && node.mark).map((node) => [node.mark, node.type]));
      const key = [...marks].sort((a, b) => (a[1] < b[1] ? -1 : 1)).flatMap(([mark, type], i) => [i ? " · " : "", el("b", { text: mark }), ` ${type}`]);
      return [filter("family", family, count, [look(family).label], swatch(family)), key.length ? el("div", { class: "marks" }, ...key) : ""];
    });
    const modalities = counts("modalities", "modality", edges).map(([modality, count]) =>
      filter("modality", modality, count, [style.modalities[modality].label, " ", span(style.modalities[modality].help, "help")], line(modality)));
    const signs = counts("signs", "sign", edges).map(([sign, count]) => filter("sign", sign, count, [style.signs[sign].label], ...signEnd(sign)));
    const rest = edges.filter((edge) => !edge.direct).length;
    const hedged = box(true, (on) => { state.hedged = on; }, el("b", { class: "name", text: "Show hedged claims" }), span(rest, "count"));
    hedged.firstChild.id = "show-hedged";
    const key = Object.values(style.glyphs).map(({ glyph, label }) => el("div", { class: "key" }, el("b", { text: glyph, "aria-hidden": "true" }), span(label)));
    key.push(el("div", { class: "key" }, el("b", {}, swatch("other", true)), span("dashed outline: only possible or planned")));
    byId("legend").replaceChildren(el("div", {},
      rest ? el("div", { class: "switch" }, hedged, el("p", { text: "Also judgements, denials and disputes: whatever is no direct edge." })) : "",
      field("How firmly it is said", ...modalities), field("Stance", ...signs), field("Things", ...families), field("Marks", ...key),
      el("p", { class: "help", text: "Thin lines are claims only. Direct edges are wider, by the number of their independent origins." })));
  }

  let saying = 0;
  function say() {
    const shown = visible();
    const hidden = [nodes.length - shown.nodes.length, edges.length - shown.edges.length];
    const text = `${plural(shown.nodes.length, "thing")}, ${plural(shown.edges.length, "line")}, ${plural(Object.keys(model.claims).length, "claim")}.`
      + (hidden[0] || hidden[1] ? ` Hidden by filters: ${plural(hidden[1], "line")} and ${plural(hidden[0], "thing")}.` : "");
    clearTimeout(saying);
    saying = setTimeout(() => { byId("status").textContent = text; }, byId("status").textContent ? 250 : 0);
  }

  // ------------------------------------------------------------ search and table

  const index = nodes.map((node) => ({ node, names: [[node.label], ...node.names, [node.id]].map(([text]) => ({ text, folded: fold(text) })) }));
  const rowsOf = Object.entries(model.claims).map(([id, claim]) => {
    const ends = [claim.s, claim.o].filter((end) => nodeOf.has(end)).flatMap((end) => nodeOf.get(end).names.map(([text]) => text));
    return { id, claim, folded: fold([claim.text, proposition(claim), id, ...ends].join(" ")) };
  });

  // How well a name fits: 0 the same, 1 its beginning, 2 a word's beginning, 3 somewhere, 4 not at all.
  function misfit(name, wanted) {
    const at = name.indexOf(wanted);
    return at < 0 ? 4 : name === wanted ? 0 : at === 0 ? 1 : /[\s\-(]/.test(name[at - 1]) ? 2 : 3;
  }

  function matches(text) {
    const wanted = fold(text);
    const found = index.map(({ node, names }) =>
      names.map((name) => ({ node, name, rank: misfit(name.folded, wanted) })).sort((a, b) => a.rank - b.rank)[0]);
    return wanted ? found.filter((one) => one.rank < 4).sort((a, b) => a.rank - b.rank || b.node.degree - a.node.degree).slice(0, 8) : [];
  }

  const query = byId("query");
  const list = byId("suggestions");
  let active = -1;
  function suggest() {
    state.query = query.value;
    const found = matches(query.value);
    active = -1;
    list.replaceChildren(...found.map(({ node, name }, i) => {
      const item = el("li", { role: "option", id: `option-${i}`, "aria-selected": "false" }, swatch(node.family),
        el("span", {}, span(cut(node.label, 120)), name.text !== node.label ? el("small", { text: ` ${cut(name.text, 80)}` }) : ""));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(node.id); });
      item.dataset.node = node.id;
      return item;
    }));
    if (query.value.trim() && !found.length) list.append(el("li", { role: "option", "aria-disabled": "true", text: "No name matches. The table below searches the claims." }));
    open(Boolean(query.value.trim()));
    if (byId("claims").open) table();
    rowCount();
  }

  function open(shown) {
    list.hidden = !shown;
    query.setAttribute("aria-expanded", String(shown));
    query.removeAttribute("aria-activedescendant");
  }

  function point(step) {
    const items = [...list.querySelectorAll("[data-node]")];
    if (!items.length) return;
    active = (active + step + items.length) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    query.setAttribute("aria-activedescendant", items[active].id);
    items[active].scrollIntoView({ block: "nearest" });
  }

  function choose(id) {
    open(false);
    select("node", id, { focus: true });
    if (nodeShown(nodeOf.get(id))) focusOn(id);
  }

  query.addEventListener("input", suggest);
  query.addEventListener("blur", () => open(false));
  query.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) suggest();
      point(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      if (list.hidden) suggest();
      const item = list.querySelectorAll("[data-node]")[Math.max(active, 0)];
      if (item) choose(item.dataset.node);
    } else if (event.key === "Escape" && (!list.hidden || query.value)) {
      event.stopPropagation();
      if (list.hidden) { query.value = ""; suggest(); }
      open(false);
    }
  });

  const rowsFound = (wanted = fold(state.query)) => rowsOf.filter((row) => row.folded.includes(wanted));
  function rowCount() {
    const found = rowsFound().length;
    byId("row-count").textContent = found === rowsOf.length ? `(${found})` : `(${found} of ${rowsOf.length} match “${cut(state.query.trim(), 30)}”)`;
  }

  function table() {
    const found = rowsFound();
    const body = el("tbody", {}, ...found.slice(0, state.rows).map(({ id, claim }) => {
      const places = claim.places.map((place) => el("div", {}, sourceLink(place.source), el("div", { class: "sub", text: place.locator })));
      const hedge = claim.hedges.map((words) => `“${words}”`).join(" ");
      return el("tr", {},
        el("td", {}, button(claim.text || id, () => select("claim", id, { focus: true, show: true }))),
        el("td", { text: nameOf(claim.s) }),
        el("td", { text: nameOf(claim.p) }),
        el("td", { text: claim.o ? nameOf(claim.o) : claim.value }),
        el("td", {}, line(claim.modality), el("div", { text: `${claim.modality} ${claim.kind}` }),
          claim.denied ? el("b", { text: "denied" }) : "", el("div", { class: "sub", text: hedge })),
        el("td", { text: [...claim.holders, ...claim.original].map(nameOf).join(" ← ") }),
        el("td", {}, ...places),
        el("td", { text: claim.confidence === null ? "—" : String(claim.confidence) }));
    }));
    const heads = ["Claim", "Subject", "Relation", "Object", "How firmly", "Held by", "Source and place", "Confi\u00addence"];
    const head = el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col", text }))));
    const rest = found.length - state.rows;
    const more = () => { state.rows += 200; table(); };
    byId("rows").replaceChildren(el("table", {}, el("caption", { class: "unseen", text: "Every claim in this page" }), head, body),
      rest > 0 ? el("button", { type: "button", id: "more", text: `Show ${Math.min(rest, 200)} more of ${rest}`, onclick: more }) : "");
  }

  byId("claims").addEventListener("toggle", () => byId("claims").open && table());

  // ------------------------------------------------------------ keys and buttons

  function close() {
    if (byId("panel").contains(document.activeElement)) (network ? network.canvas.frame : byId("claims").querySelector("summary")).focus();
    clear();
  }

  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function canvasKeys(event) {
    const step = STEPS[event.key];
    if (event.key === "Enter" && state.selected) byId("panel").focus();
    else if (step && state.selected && state.selected.kind === "node") walk(state.selected.id, step);
    else if (step) select("node", (nodes.find(nodeShown) || nodes[0]).id);
    else return;
    event.preventDefault();
  }

  // Go to the neighbour that lies most in a direction.
  function walk(here, [x, y]) {
    const from = network.getPosition(here);
    const ways = incident.get(here).filter((edge) => edgeShown(edge) && edge.from !== edge.to).map((edge) => {
      const id = edge.from === here ? edge.to : edge.from;
      const to = network.getPosition(id);
      return { id, to, along: ((to.x - from.x) * x + (to.y - from.y) * y) / (Math.hypot(to.x - from.x, to.y - from.y) || 1) };
    });
    const best = ways.sort((a, b) => b.along - a.along)[0];
    if (!best || best.along < 0.3) return;
    select("node", best.id);
    const at = network.canvasToDOM(best.to);
    const { width, height } = byId("canvas").getBoundingClientRect();
    if (at.x < 30 || at.y < 30 || at.x > width - 30 || at.y > height - 30) move(best.to, network.getScale());
  }

  const zoomBy = (factor) => network.moveTo({ scale: Math.min(Math.max(network.getScale() * factor, 0.05), 5) });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=text], textarea");
    if (event.key === "Escape") {
      if (byId("filters").classList.contains("open")) filters(false);
      else if (state.selected) close();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "/") {
      event.preventDefault();
      query.focus();
      query.select();
    } else if (event.key === "f" && network) fit(true);
    else if (event.key === "t") {
      byId("claims").open = !byId("claims").open;
      byId("claims").querySelector("summary").focus();
    }
  });

  function filters(shown) {
    byId("filters").classList.toggle("open", shown);
    byId("open-filters").setAttribute("aria-expanded", String(shown));
    (shown ? byId("close-filters") : byId("open-filters")).focus();
  }
  byId("open-filters").onclick = () => filters(!byId("filters").classList.contains("open"));
  byId("close-filters").onclick = () => filters(false);

  function themed(name) {
    if (name) document.documentElement.dataset.theme = name;
    const other = theme() === "dark" ? "light" : "dark";
    byId("toggle-theme").textContent = other === "dark" ? "Dark" : "Light";
    byId("toggle-theme").setAttribute("aria-label", `${byId("toggle-theme").textContent} colours`);
    byId("toggle-theme").onclick = () => themed(other);
    restyle();
  }
  dark.addEventListener("change", () => themed());

  if (nodes.length) {
    byId("zoom-in").onclick = () => zoomBy(1.3);
    byId("zoom-out").onclick = () => zoomBy(1 / 1.3);
    byId("zoom-fit").onclick = () => fit(true);
    draw();
  }
  legend();
  panel();
  themed();
  rowCount();
  say();
  const wanted = location.hash.slice(1);
  if (wanted) select("node", wanted, { show: true }) || select("claim", wanted, { show: true });
  // For tests and for the curious: the same calls that clicks make.
  window.gambit = { select, clear, fit, visible, matches, nodes, edges, claims: model.claims, get network() { return network; }, get state() { return state; } };
})();
