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
    selected: null, // {kind: "node" | "edge" | "claim", id}
    near: null, // ids that stay bright while something is selected
    step: null, // rounded zoom that line widths were last set for
    query: "",
    rows: 200,
    trail: [],
  };

  // ------------------------------------------------------------ small helpers

  function el(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
      if (value === undefined || value === null || value === false) continue;
      if (name === "onclick" || name === "onchange" || name === "ontoggle") node[name] = value;
      else if (name === "text") node.textContent = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  function svg(tag, props, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  const theme = () => {
    const asked = document.documentElement.dataset.theme;
    return asked === "light" || asked === "dark" ? asked : dark.matches ? "dark" : "light";
  };
  const colour = (role) => style.theme[theme()][role];
  const look = (family) => style.families[family] || style.families.other;
  const plural = (count, one, many) => `${count} ${count === 1 ? one : many || one + "s"}`;
  const nameOf = (id) => (nodeOf.has(id) ? nodeOf.get(id).label : model.names[id] || id);
  const cut = (text, size) => (text.length > size ? text.slice(0, size - 1) + "…" : text);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

  const languages = (() => {
    try {
      return new Intl.DisplayNames(["en"], { type: "language" });
    } catch {
      return null;
    }
  })();
  function languageName(tag) {
    try {
      return (tag && languages && languages.of(tag)) || tag || "—";
    } catch {
      return tag;
    }
  }

  // ------------------------------------------------------------ what is visible

  const isOn = (group, value) => !state.off[group].has(value);
  const edgeShown = (edge) =>
    (edge.direct || state.hedged) &&
    isOn("sign", edge.sign) &&
    isOn("modality", edge.modality) &&
    isOn("family", nodeOf.get(edge.from).family) &&
    isOn("family", nodeOf.get(edge.to).family);
  // A thing that only hidden claims join to the rest goes with them.
  const nodeShown = (node) =>
    isOn("family", node.family) && (node.degree === 0 || incident.get(node.id).some(edgeShown));

  const visible = () => ({ nodes: nodes.filter(nodeShown), edges: edges.filter(edgeShown) });

  // ------------------------------------------------------------ drawing

  let network = null;
  let nodeData = null;
  let edgeData = null;
  const screenRadius = (node) => Math.min(7 + 2 * Math.sqrt(node.degree), 19);
  // Nodes shrink more slowly than the drawing, so that they can still be hit when all is shown.
  const radius = (node) => screenRadius(node) / Math.sqrt(Math.min(network ? network.getScale() : 1, 1));
  const dimmed = (id) => state.near !== null && !state.near.has(id);

  function outline(ctx, shape, x, y, r) {
    ctx.beginPath();
    if (shape === "circle") ctx.arc(x, y, r, 0, 2 * Math.PI);
    else if (shape === "square") ctx.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
    else if (shape === "page") ctx.rect(x - r * 0.75, y - r, r * 1.5, r * 2);
    else {
      const corners = { triangle: [3, -90, 1.22], diamond: [4, -90, 1.15], hexagon: [6, 0, 1.05] }[shape];
      for (let i = 0; i < corners[0]; i += 1) {
        const angle = ((corners[1] + (360 / corners[0]) * i) * Math.PI) / 180;
        const down = shape === "triangle" ? r * 0.2 : 0;
        ctx.lineTo(x + Math.cos(angle) * r * corners[2], y + down + Math.sin(angle) * r * corners[2]);
      }
      ctx.closePath();
    }
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
          ctx.globalAlpha *= 0.25;
          ctx.fillStyle = fill;
          ctx.fill();
          ctx.globalAlpha *= 4;
        }
        ctx.strokeStyle = fill;
        ctx.lineWidth = Math.min(2.2 * pixel, r * 0.22);
        ctx.setLineDash(open ? [3.5 * pixel, 2.5 * pixel] : []);
        ctx.stroke();
        ctx.setLineDash([]);
        if (r / pixel >= 8 && node.mark) {
          ctx.font = `600 ${r * (family.shape === "triangle" ? 0.72 : 0.85)}px system-ui, sans-serif`;
          ctx.textAlign = "center";
          ctx.textBaseline = "middle";
          ctx.fillStyle = family.filled && !open ? colour("canvas") : fill;
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
    const faint = state.near !== null && !state.near.has(edge.id);
    const chosen = state.selected && state.selected.id === edge.id;
    const origins = Math.min(edge.origins === null ? 1 : edge.origins, 3);
    const width = ([1, 1.5, 2.5, 3.5][origins] + (chosen ? 1.5 : 0)) * k;
    const end = { enabled: true, type: edge.modality === "prescribed" ? "vee" : sign.end, scaleFactor: 0.6 * k ** 0.6 };
    const dash = style.modalities[edge.modality].dash;
    const hues = { color: chosen ? colour("selected") : sign[theme()], opacity: 1 };
    if (faint) hues.opacity = 0.12;
    else if (!chosen && edge.confidence !== null && edge.confidence < 50) hues.opacity = 0.75;
    hues.hover = hues.highlight = hues.color;
    return {
      id: edge.id,
      from: edge.from,
      to: edge.to,
      title: `${nameOf(edge.from)}\n${edge.label} → ${nameOf(edge.to)}\n${firmness(edge)}`,
      hidden: !edgeShown(edge),
      width,
      dashes: dash.length ? dash.map((length) => length * k * (width > 2 * k ? 1.2 : 0.9)) : false,
      color: hues,
      arrows: { to: end, from: edge.symmetric ? end : { enabled: false } },
      background: edge.contested && !faint
        ? { enabled: true, color: colour("contested") + "66", size: width + 6 * k, dashes: false }
        : { enabled: false },
      smooth: edge.bend
        ? { enabled: true, type: edge.bend > 0 ? "curvedCW" : "curvedCCW", roundness: Math.abs(edge.bend) }
        : { enabled: false },
      selfReference: { size: 18 + 8 * Math.max(edge.loop, 0), angle: Math.PI / 4, renderBehindTheNode: true },
    };
  }

  function firmness(edge) {
    const words = [edge.modality];
    if (edge.hedge) words.push(`“${edge.hedge}”`);
    if (edge.denied) words.push("DENIED");
    if (edge.contested) words.push("contested");
    words.push(edge.direct ? "fact, direct edge" : `${edge.kind}, no direct edge`);
    return words.join(", ");
  }

  // Line widths follow the zoom in steps: each step touches every edge once.
  const zoomStep = () => {
    const fine = edges.length > 1500 ? 1 : 4;
    return 2 ** (Math.round(Math.log2(network.getScale()) * fine) / fine);
  };

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

  function taken() {
    const cells = new Map();
    const each = (box, act) => {
      for (let x = box[0] >> 6; x <= box[2] >> 6; x += 1) {
        for (let y = box[1] >> 6; y <= box[3] >> 6; y += 1) if (act(`${x} ${y}`)) return true;
      }
      return false;
    };
    return {
      add(box, owner) {
        each(box, (key) => void (cells.get(key) || cells.set(key, []).get(key)).push([box, owner]));
      },
      hits: (box, owner) =>
        each(box, (key) =>
          (cells.get(key) || []).some(
            ([other, whose]) =>
              whose !== owner && box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1],
          ),
        ),
    };
  }

  function write(ctx, lines, x, y, height, align, hue) {
    ctx.textAlign = align;
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    lines.forEach((line, i) => {
      const middle = y + (i + 0.5) * height;
      ctx.strokeStyle = colour("canvas");
      ctx.lineWidth = 4;
      ctx.strokeText(line, x, middle);
      ctx.fillStyle = hue;
      ctx.fillText(line, x, middle);
    });
  }

  function glyphsOf(edge) {
    const found = [];
    if (edge.denied) found.push(style.glyphs.denied.glyph);
    if (edge.contested) found.push(style.glyphs.contested.glyph);
    if (!edge.direct && edge.modality === "asserted" && !edge.denied && edge.kind !== "fact") {
      found.push(style.glyphs.judgement.glyph);
    }
    if (edge.modality === "conditional") found.push("if");
    return found.join("");
  }

  function drawOver(ctx) {
    const scale = network.getScale();
    const ratio = ctx.getTransform().a / scale;
    const frame = byId("canvas").getBoundingClientRect();
    const inside = (p) => p.x > -60 && p.y > -60 && p.x < frame.width + 60 && p.y < frame.height + 60;
    const room = taken();
    const names = taken();
    const hubs = new Set(nodes.slice(0, 12).map((node) => node.id));
    const seen = [];
    for (const node of nodes) {
      if (!nodeShown(node)) continue;
      const at = network.canvasToDOM(network.getPosition(node.id));
      if (!inside(at)) continue;
      const r = radius(node) * scale + 1;
      seen.push({ node, at, r });
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
      const free = within.find((spot) => clear(spot, room)) || (hub && within.find((spot) => clear(spot, names)));
      const spot = free || (node.id === chosen ? spots[0] : null);
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
      const faint = state.near !== null && !state.near.has(edge.id);
      if (faint || !edgeShown(edge)) continue;
      const mark = glyphsOf(edge);
      const chosen = state.selected && (state.selected.id === edge.id || state.near !== null);
      const named = scale >= 1.05 || (chosen && scale > 0.35);
      const sign = style.signs[edge.sign];
      if (glyphs ? !mark && edge.sign !== "positive" && edge.sign !== "negative" : !named) continue;
      if (glyphs && !mark && scale < 0.6) continue;
      const body = network.body.edges[edge.id];
      if (!body || !body.connected) continue;
      const at = network.canvasToDOM(body.edgeType.getPoint(glyphs ? 0.5 : 0.42));
      if (!inside(at)) continue;
      const text = glyphs ? sign.glyph.replace("·", "") + mark : edge.label;
      const size = glyphs ? (scale < 0.6 ? 10.5 : 12.5) : 11.5;
      ctx.font = `${glyphs ? 700 : 400} ${size}px system-ui, sans-serif`;
      const wide = textWidth(ctx, text);
      const box = [at.x - wide / 2 - 2, at.y - size / 2 - 1, at.x + wide / 2 + 2, at.y + size / 2 + 1];
      if (room.hits(box, edge.id)) continue;
      room.add(box, edge.id);
      const hue = edge.contested && glyphs ? colour("contested") : glyphs ? sign[theme()] : colour("muted");
      write(ctx, [text], at.x, at.y - size / 2, size, "center", hue);
    }
  }

  function fit(animated) {
    if (!network) return;
    const shown = nodes.filter(nodeShown);
    lookAt(shown.length ? shown : nodes, 1.4, animated);
  }

  // Move so that some nodes and their labels fill the view.
  function lookAt(some, most, animated) {
    const at = some.map((node) => network.getPosition(node.id));
    const xs = at.map((p) => p.x);
    const ys = at.map((p) => p.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const frame = byId("canvas").getBoundingClientRect();
    const room = { x: Math.max(frame.width - 110, 80), y: Math.max(frame.height - 80, 80) };
    const scale = Math.min(room.x / Math.max(right - left, 1), room.y / Math.max(bottom - top, 1), most);
    move({ x: (left + right) / 2, y: (top + bottom) / 2 }, scale, animated);
  }

  function move(position, scale, animated = true) {
    const animation = animated && !still.matches ? { duration: 350, easingFunction: "easeInOutQuad" } : false;
    network.moveTo({ position, scale, animation });
  }

  function draw() {
    nodeData = new vis.DataSet(nodes.map((node) => ({
      id: node.id,
      x: node.x,
      y: node.y,
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
      if (due || zoomStep() === state.step) return;
      due = true;
      requestAnimationFrame(() => { due = false; restyle(); });
    });
    network.on("click", (event) => {
      if (event.nodes.length) select("node", event.nodes[0]);
      else if (event.edges.length) select("edge", event.edges[0]);
      else clear();
    });
    network.on("doubleClick", (event) => event.nodes.length && focusOn(event.nodes[0]));
    network.on("dragEnd", (event) => event.nodes.length && network.unselectAll());
    const frame = network.canvas.frame;
    frame.setAttribute("role", "application");
    frame.setAttribute("aria-label", "Drawing of the graph. Arrow keys go from thing to thing, Enter opens the details. The claims are also in a table below.");
    frame.addEventListener("keydown", canvasKeys);
    fit(false);
    restyle();
    new ResizeObserver(() => state.selected === null && fit(false)).observe(byId("canvas"));
  }

  // ------------------------------------------------------------ selecting

  function select(kind, id, { focus = false, keep = false, show = false } = {}) {
    if (kind === "claim" && !model.claims[id]) return false;
    if (kind === "node" && !nodeOf.has(id)) return false;
    if (kind === "edge" && !edgeOf.has(id)) return false;
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
    if (show && network) {
      const some = nodes.filter((node) => state.near && state.near.has(node.id) && nodeShown(node));
      if (some.length) lookAt(some, Math.max(network.getScale(), 1.1), true);
    }
    openPanel(true);
    if (focus) byId("panel").focus({ preventScroll: true });
    history.replaceState(null, "", "#" + encodeURIComponent(kind === "edge" ? edgeOf.get(id).claims[0] : id));
    return true;
  }

  function clear() {
    state.selected = null;
    state.near = null;
    state.trail = [];
    restyle();
    panel();
    openPanel(false);
    history.replaceState(null, "", "#");
  }

  function focusOn(id) {
    select("node", id);
    const some = [nodeOf.get(id), ...nodes.filter((node) => state.near.has(node.id) && nodeShown(node))];
    lookAt(some, 1.3, true);
  }

  function openPanel(open) {
    byId("panel").classList.toggle("open", open);
  }

  // ------------------------------------------------------------ the panel

  function button(text, onclick, props = {}) {
    return el("button", { type: "button", class: "text", onclick, text, dir: "auto", ...props });
  }

  function link(id, kind) {
    const there = kind === "claim" ? model.claims[id] : nodeOf.has(id);
    return there ? button(nameOf(id), () => select(kind, id, { focus: true, show: true })) : el("span", { text: nameOf(id), dir: "auto" });
  }

  function line(modality, sign = "none", width = 34) {
    const dash = style.modalities[modality].dash.join(" ");
    const drawn = svg("line", { x1: 1, y1: 5, x2: width - 1, y2: 5, "stroke-width": 2.2, "stroke-dasharray": dash });
    drawn.style.stroke = `var(--sign-${sign})`;
    return svg("svg", { width, height: 10, class: "line", "aria-hidden": "true" }, drawn);
  }

  function swatch(family) {
    const { shape, filled } = look(family);
    const points = {
      triangle: "9,2 17,15.5 1,15.5",
      diamond: "9,0.8 17.2,9 9,17.2 0.8,9",
      hexagon: "17,9 13,16 5,16 1,9 5,2 13,2",
      square: "2.5,2.5 15.5,2.5 15.5,15.5 2.5,15.5",
      page: "4,1.5 14,1.5 14,16.5 4,16.5",
    }[shape];
    const drawn = points ? svg("polygon", { points }) : svg("circle", { cx: 9, cy: 9, r: 7.2 });
    drawn.style.stroke = `var(--family-${style.families[family] ? family : "other"})`;
    drawn.style.strokeWidth = "2";
    drawn.style.fill = filled ? drawn.style.stroke : "var(--canvas)";
    return svg("svg", { width: 18, height: 18, viewBox: "0 0 18 18", "aria-hidden": "true" }, drawn);
  }

  function signEnd(sign) {
    const { end, glyph } = style.signs[sign];
    const path = { arrow: "M26 1 L36 6 L26 11 Z", vee: "M27 1 L36 6 L27 11", bar: "M35 0 L35 12" }[end];
    const shaft = svg("path", { d: end === "bar" ? "M1 6 L35 6" : "M1 6 L34 6" });
    const head = svg("path", { d: path });
    for (const part of [shaft, head]) {
      part.style.stroke = `var(--sign-${sign})`;
      part.style.strokeWidth = part === head && end === "bar" ? "3.5" : "2";
      part.style.fill = part === head && end === "arrow" ? `var(--sign-${sign})` : "none";
    }
    return [svg("svg", { width: 38, height: 12, class: "line", "aria-hidden": "true" }, shaft, head), el("b", { text: glyph, "aria-hidden": "true" })];
  }

  function pairs(rows) {
    const list = el("dl", { class: "pairs" });
    for (const [term, ...values] of rows) {
      if (values.some((value) => value !== "" && value !== null && value !== undefined)) {
        list.append(el("dt", { text: term }), el("dd", { dir: "auto" }, ...values));
      }
    }
    return list;
  }

  const joined = (parts, between = ", ") => parts.flatMap((part, i) => (i ? [between, part] : [part]));

  function sourceLink(id) {
    const source = model.sources[id];
    if (!source) return el("span", { text: nameOf(id) });
    if (!source.url) return el("span", { text: source.title, dir: "auto" });
    return el("a", { href: source.url, rel: "noreferrer noopener", target: "_blank", text: source.title, dir: "auto" });
  }

  function sourceDetails(id) {
    const source = model.sources[id] || {};
    return [(source.creators || []).join(", "), source.publisher, source.issued].filter(Boolean).join(" · ");
  }

  function claimChips(claim) {
    const chips = el("div", { class: "chips" });
    chips.append(el("span", { class: "chip" }, line(claim.modality), claim.modality));
    if (claim.hedges.length) chips.append(el("span", { class: "chip", dir: "auto", text: joined(claim.hedges.map((h) => `“${h}”`), " ").join("") }));
    chips.append(el("span", { class: "chip", text: claim.kind }));
    if (claim.denied) chips.append(el("span", { class: "chip strong", text: `${style.glyphs.denied.glyph} denied` }));
    if (claim.rank !== "normal") chips.append(el("span", { class: "chip warn", text: claim.rank }));
    if (claim.retracted) chips.append(el("span", { class: "chip warn", text: `retracted ${claim.retracted}` }));
    return chips;
  }

  function card(id) {
    const claim = model.claims[id];
    const box = el("article", { class: `card${claim.edge ? " direct" : ""}${claim.modality !== "asserted" ? " hedged" : ""}`, "data-claim": id });
    box.append(el("p", { class: "says", text: claim.text || proposition(claim), dir: "auto" }), claimChips(claim));
    const sources = claim.places.map((place) => {
      const part = el("div", {}, sourceLink(place.source));
      const details = sourceDetails(place.source);
      if (details) part.append(el("div", { class: "sub", text: details, dir: "auto" }));
      part.append(el("div", { text: place.locator, dir: "auto" }));
      if (place.text) part.append(el("blockquote", { text: place.text, dir: "auto" }));
      return part;
    });
    const notes = claim.notes.map((note) =>
      el("div", {}, note.marker ? `[${note.marker}] ` : "", note.cited ? sourceLink(note.cited) : "", note.cited && sourceDetails(note.cited) ? el("span", { class: "sub", text: " · " + sourceDetails(note.cited) }) : ""));
    const rows = [
      ["Relation", el("span", {}, link(claim.s, "node"), ` ${nameOf(claim.p)} `, claim.o ? link(claim.o, "node") : el("b", { text: claim.value, dir: "auto" }))],
      ["Held by", ...joined(claim.holders.map((holder) => link(holder, "node")))],
      ["Relaying", ...joined(claim.original.map((holder) => link(holder, "node")))],
      ["Read in", ...sources],
      [claim.reach ? `Footnotes (${claim.reach})` : "Footnotes", ...notes],
      ["Holds", claim.valid],
      ["Likelihood", claim.likelihood],
      ["Why this rank", claim.rankReason],
    ];
    if (claim.identity) rows.push(["Checked", claim.identity.method]);
    box.append(pairs(rows), scores(claim));
    for (const [words, other] of claim.links) {
      const target = model.claims[other];
      const warn = words === "conflicts with" || words === "in tension with";
      box.append(el("p", {}, el("b", { class: warn ? "warned" : "", text: `${warn ? "≠ " : ""}${words} ` }),
        target ? button(cut(target.text || other, 140), () => select("claim", other, { focus: true, show: true })) : el("span", { text: other })));
    }
    if (claim.note) box.append(el("p", { class: "sub", text: `Editors: ${claim.note}`, dir: "auto" }));
    const foot = el("footer", {}, el("code", { text: id }), claim.edge ? "backs a direct edge" : claim.drawn ? "drawn, not a direct edge" : "not drawn as a line");
    if (drawnAs.has(id) && !(state.selected && state.selected.id === drawnAs.get(id).id)) {
      foot.append(button("show its line", () => select("edge", drawnAs.get(id).id, { focus: true, show: true })));
    }
    box.append(foot);
    return box;
  }

  // Three scales side by side; none is computed from another.
  function scores(claim) {
    const place = claim.places[0];
    const source = (place && model.sources[place.source]) || {};
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
    const mark = claim.denied ? " (denied)" : "";
    const summary = el("summary", {}, el("span", {}, el("span", { text: claim.text || proposition(claim), dir: "auto" }), " ",
      el("span", { class: "sub", text: `${claim.modality}${mark}` })));
    const fold = el("details", { class: "fold", "data-claim": id }, summary);
    fold.addEventListener("toggle", () => fold.open && !fold.querySelector(".card") && fold.append(card(id)));
    return fold;
  }

  function panel() {
    const box = byId("panel");
    const top = el("div", { class: "bar" });
    if (state.selected) {
      if (state.trail.length) top.append(el("button", { type: "button", id: "back", text: "‹ Back", onclick: back }));
      if (state.selected.kind === "node") top.append(el("button", { type: "button", text: "Zoom to it", onclick: () => focusOn(state.selected.id) }));
      top.append(el("button", { type: "button", id: "close-panel", text: "Close", onclick: () => { clear(); focusCanvas(); } }));
    }
    const parts = !state.selected ? overview() : { node: nodePanel, edge: edgePanel, claim: claimPanel }[state.selected.kind](state.selected.id);
    box.replaceChildren(...(state.selected ? [top] : []), ...parts);
    box.scrollTop = 0;
  }

  function back() {
    const { kind, id } = state.trail.pop();
    select(kind, id, { keep: true, focus: true });
  }

  function overview() {
    const direct = edges.filter((edge) => edge.direct).length;
    const main = el("ul", { class: "names" }, ...nodes.slice(0, 8).filter((node) => node.degree).map((node) =>
      el("li", {}, swatch(node.family), link(node.id, "node"), el("span", { class: "sub", text: String(node.degree) }))));
    return [
      el("h2", { text: "How to read this" }),
      el("p", { text: "Each line is a claim somebody makes. Select a line or a thing to read the claims behind it, how firmly they are put, and where they stand written." }),
      el("p", {}, line("asserted"), " A solid line is said flatly."),
      el("p", {}, line("possible"), " A dashed line is hedged: somebody expects it, thinks it possible, or passes it on."),
      el("p", { text: `${style.glyphs.judgement.glyph} marks a flat statement that is a judgement and no checkable fact; ${style.glyphs.denied.glyph} a denial; ${style.glyphs.contested.glyph} a line whose claims conflict.` }),
      el("p", { class: "sub", text: `${plural(direct, "line is a direct edge", "lines are direct edges")}: backed by at least one flat factual claim. The other ${edges.length - direct} are claims only.` }),
      el("h3", { text: "Most connected" }), main,
      el("h3", { text: "Keys" }),
      el("p", { class: "sub", text: "/ search · arrows move between neighbours · Enter details · f show everything · t table · Esc close" }),
    ];
  }

  function edgePanel(id) {
    const edge = edgeOf.get(id);
    const verb = el("div", { class: "verb" }, line(edge.modality, edge.sign), el("b", { text: edge.label }), edge.symmetric ? "↔" : "→");
    const why = edge.direct
      ? "Direct edge: at least one claim states it flatly, as a fact, and nobody's hedge is passed over."
      : `No direct edge: ${edge.denied ? "the claim denies it" : edge.modality !== "asserted" ? `it is ${edge.modality}${edge.hedge ? ` (“${edge.hedge}”)` : ""}` : edge.kind !== "fact" ? `it is ${/^[aeiou]/.test(edge.kind) ? "an" : "a"} ${edge.kind}, not a fact` : "the claim does not qualify"}.`;
    const others = edges.filter((other) => other !== edge && [other.from, other.to].sort().join() === [edge.from, edge.to].sort().join());
    return [
      el("h2", { class: "unseen", text: `${nameOf(edge.from)} ${edge.label} ${nameOf(edge.to)}` }),
      el("div", { class: "relation" }, link(edge.from, "node"), verb, link(edge.to, "node")),
      el("div", { class: "chips" }, el("span", { class: "chip" }, line(edge.modality), edge.modality), edge.denied ? el("span", { class: "chip strong", text: "✕ denied" }) : "",
        edge.contested ? el("span", { class: "chip warn", text: "≠ contested" }) : "",
        edge.sign !== "none" ? el("span", { class: "chip", text: `${style.signs[edge.sign].glyph} ${style.signs[edge.sign].label}` }) : "",
        edge.origins !== null ? el("span", { class: "chip", text: plural(edge.origins, "origin") }) : ""),
      el("p", { class: "sub", text: why }),
      el("h3", { text: plural(edge.claims.length, "claim") + " behind it" }),
      ...edge.claims.filter((claim) => model.claims[claim]).map(card),
      ...(others.length ? [el("h3", { text: "Other lines between the two" }), el("ul", { class: "names" }, ...others.map((other) =>
        el("li", {}, line(other.modality, other.sign), button(`${other.label}${other.denied ? " (denied)" : ""}`, () => select("edge", other.id, { focus: true })), el("span", { class: "sub", text: other.modality }))))] : []),
    ];
  }

  function claimPanel(id) {
    return [el("h2", { class: "unseen", text: "One claim" }), card(id)];
  }

  function nodePanel(id) {
    const node = nodeOf.get(id);
    const claims = node.claims.map((claim) => [claim, model.claims[claim]]).filter(([, claim]) => claim);
    const ids = claims.filter(([, claim]) => claim.identity && claim.s === id);
    const values = claims.filter(([, claim]) => !claim.identity && claim.s === id && !claim.o);
    const parts = [el("h2", { text: node.label, dir: "auto" })];
    const chips = el("div", { class: "chips" }, el("span", { class: "chip" }, swatch(node.family), node.type));
    if (node.status) {
      const warn = UNCERTAIN.has(node.status);
      const words = { notHappened: "did not happen", potential: "only possible", planned: "planned" }[node.status] || node.status;
      chips.append(el("span", { class: warn ? "chip warn" : "chip", text: words }));
    }
    parts.push(chips);
    if (node.definition) parts.push(el("p", { text: node.definition, dir: "auto" }));
    const names = new Map();
    for (const [text, language, preferred] of node.names) {
      if (text === node.label && preferred) continue;
      const said = el("span", { text, lang: language || null, dir: "auto", class: preferred ? null : "sub" });
      names.set(language, [...(names.get(language) || []), said]);
    }
    if (names.size) parts.push(el("h3", { text: "Names" }), pairs([...names].map(([language, found]) => [languageName(language), ...joined(found, " · ")])));
    if (node.facts.length) {
      parts.push(el("h3", { text: "What it stands for" }), pairs(node.facts.map(([label, value, target]) =>
        [label, target && nodeOf.has(target) ? link(target, "node") : value])));
    }
    if (ids.length) {
      parts.push(el("h3", { text: "Identifiers" }), pairs(ids.map(([claim, { identity }]) =>
        [identity.scheme, identity.url ? el("a", { href: identity.url, rel: "noreferrer noopener", target: "_blank", text: identity.value }) : identity.value, " ", button("why", () => select("claim", claim, { focus: true }), { "aria-label": `why ${identity.scheme} ${identity.value}` })])));
    }
    if (values.length) {
      parts.push(el("h3", { text: "Dates and values claimed" }), pairs(values.map(([claim, { p, value, modality, denied }]) =>
        [nameOf(p), button(value, () => select("claim", claim, { focus: true })), modality === "asserted" && !denied ? "" : ` (${modality}${denied ? ", denied" : ""})`])));
    }
    parts.push(...relations(id));
    if (claims.length) {
      parts.push(el("h3", { text: `${plural(claims.length, "claim")} about it` }), el("div", {}, ...claims.map(([claim]) => folded(claim))));
    } else parts.push(el("p", { class: "sub", text: "No claim is about it." }));
    parts.push(el("p", { class: "sub" }, el("code", { text: id })));
    return parts;
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
    return [el("h3", { text: `${plural(incident.get(id).length, "line")} from and to it` }), el("div", {}, ...sorted.map(([words, found]) =>
      el("details", { class: "fold", open: few }, el("summary", {}, el("span", { text: words }), el("span", { class: "count", text: String(found.length) })),
        el("ul", {}, ...found.map(([edge, other]) => el("li", {}, line(edge.modality, edge.sign, 26), link(other, "node"),
          button(edge.denied ? `denied, ${edge.modality}` : edge.modality, () => select("edge", edge.id, { focus: true, show: true }), { "aria-label": `${edge.modality}: open the claims of ${words} ${nameOf(other)}` })))))))];
  }

  // ------------------------------------------------------------ legend and filters

  function counts(group, key, of) {
    const found = new Map();
    for (const one of of) found.set(one[key], (found.get(one[key]) || 0) + 1);
    return Object.keys(style[group]).filter((value) => found.has(value)).map((value) => [value, found.get(value)]);
  }

  function box(checked, onchange, ...rest) {
    const input = el("input", { type: "checkbox", checked });
    input.addEventListener("change", () => { onchange(input.checked); restyle(); say(); });
    return el("label", {}, input, ...rest);
  }

  function filter(group, value, ...rest) {
    const label = box(true, (on) => (on ? state.off[group].delete(value) : state.off[group].add(value)), ...rest);
    label.firstChild.dataset.filter = `${group}:${value}`;
    return label;
  }

  function field(title, ...children) {
    return el("fieldset", {}, el("legend", { text: title }), ...children);
  }

  function legend() {
    const families = counts("families", "family", nodes).flatMap(([family, count]) => {
      const marks = new Map(nodes.filter((node) => node.family === family && node.mark).map((node) => [node.mark, node.type]));
      const key = [...marks].sort((a, b) => (a[1] < b[1] ? -1 : 1)).flatMap(([mark, type], i) => [i ? " · " : "", el("b", { text: mark }), ` ${type}`]);
      return [
        filter("family", family, swatch(family), el("span", { class: "name", text: look(family).label }), el("span", { class: "count", text: String(count) })),
        key.length ? el("div", { class: "marks" }, ...key) : "",
      ];
    });
    const modalities = counts("modalities", "modality", edges).map(([modality, count]) =>
      filter("modality", modality, line(modality), el("span", { class: "name" }, style.modalities[modality].label, " ", el("span", { class: "help", text: style.modalities[modality].help })), el("span", { class: "count", text: String(count) })));
    const signs = counts("signs", "sign", edges).map(([sign, count]) =>
      filter("sign", sign, ...signEnd(sign), el("span", { class: "name", text: style.signs[sign].label }), el("span", { class: "count", text: String(count) })));
    const hedged = box(true, (on) => { state.hedged = on; }, el("span", { class: "name" }, el("b", { text: "Show hedged claims" })), el("span", { class: "count", text: String(edges.filter((edge) => !edge.direct).length) }));
    hedged.firstChild.id = "show-hedged";
    const key = Object.values(style.glyphs).map(({ glyph, label }) => el("div", { class: "key" }, el("b", { text: glyph, "aria-hidden": "true" }), el("span", { text: label })));
    const dashed = svg("circle", { cx: 9, cy: 9, r: 7, "stroke-dasharray": "3.5 2.5", "stroke-width": 2 });
    dashed.style.stroke = "var(--text)";
    dashed.style.fill = "none";
    key.push(el("div", { class: "key" }, el("b", {}, svg("svg", { width: 18, height: 18, "aria-hidden": "true" }, dashed)), el("span", { text: "dashed outline: only possible or planned" })));
    byId("legend").replaceChildren(
      el("div", { class: "switch" }, hedged, el("p", { text: "Also judgements, denials and disputes: whatever is no direct edge." })),
      field("How firmly it is said", ...modalities), field("Stance", ...signs), field("Things", ...families), field("Marks", ...key),
      el("p", { class: "help", text: "Line width: number of independent origins." }));
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

  const index = nodes.map((node) => ({
    node,
    names: [[node.label, ""], ...node.names, [node.id, ""]].map(([text, language]) => ({ text, language, folded: fold(text) })),
  }));
  const rowsOf = Object.entries(model.claims).map(([id, claim]) => ({
    id,
    claim,
    folded: fold([claim.text, proposition(claim), id, ...[claim.s, claim.o].flatMap((end) => (nodeOf.has(end) ? nodeOf.get(end).names.map(([text]) => text) : []))].join(" ")),
  }));

  function matches(query) {
    const wanted = fold(query);
    if (!wanted) return [];
    const found = [];
    for (const { node, names } of index) {
      let best = null;
      for (const name of names) {
        const at = name.folded.indexOf(wanted);
        if (at < 0) continue;
        const rank = name.folded === wanted ? 0 : at === 0 ? 1 : /[\s\-(]/.test(name.folded[at - 1]) ? 2 : 3;
        if (!best || rank < best.rank) best = { node, name, rank };
      }
      if (best) found.push(best);
    }
    return found.sort((a, b) => a.rank - b.rank || b.node.degree - a.node.degree).slice(0, 8);
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
        el("span", {}, el("span", { text: cut(node.label, 120), dir: "auto" }), name.text !== node.label ? el("small", { text: ` ${cut(name.text, 80)}`, dir: "auto" }) : ""));
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
      const items = list.querySelectorAll("[data-node]");
      if (!items.length) suggest();
      const item = list.querySelectorAll("[data-node]")[Math.max(active, 0)];
      if (item) choose(item.dataset.node);
    } else if (event.key === "Escape" && (!list.hidden || query.value)) {
      event.stopPropagation();
      if (list.hidden) { query.value = ""; suggest(); }
      open(false);
    }
  });

  function rowsFound() {
    const wanted = fold(state.query);
    return wanted ? rowsOf.filter((row) => row.folded.includes(wanted)) : rowsOf;
  }

  function rowCount() {
    const found = rowsFound().length;
    byId("row-count").textContent = found === rowsOf.length ? `(${found})` : `(${found} of ${rowsOf.length} match “${cut(state.query.trim(), 30)}”)`;
  }

  function table() {
    const found = rowsFound();
    const body = el("tbody", {}, ...found.slice(0, state.rows).map(({ id, claim }) => {
      const places = claim.places.map((place) => el("div", {}, sourceLink(place.source), el("div", { class: "sub", text: place.locator, dir: "auto" })));
      return el("tr", {},
        el("td", {}, button(claim.text || id, () => select("claim", id, { focus: true, show: true }))),
        el("td", { text: nameOf(claim.s), dir: "auto" }), el("td", { text: nameOf(claim.p) }), el("td", { text: claim.o ? nameOf(claim.o) : claim.value, dir: "auto" }),
        el("td", {}, line(claim.modality), ` ${claim.modality}`, claim.denied ? el("b", { text: " denied" }) : "", claim.hedges.length ? el("div", { class: "sub", text: `“${claim.hedges.join("”, “")}”` }) : ""),
        el("td", { text: claim.kind }), el("td", { text: [...claim.holders, ...claim.original].map(nameOf).join(" ← "), dir: "auto" }), el("td", {}, ...places),
        el("td", { text: claim.confidence === null ? "—" : String(claim.confidence) }));
    }));
    const heads = ["Claim", "Subject", "Relation", "Object", "How firmly", "Kind", "Held by", "Source and place", "Confidence"];
    const whole = el("table", {}, el("caption", { class: "unseen", text: "Every claim in this page" }), el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col", text })))), body);
    const rest = found.length - state.rows;
    byId("rows").replaceChildren(whole, rest > 0 ? el("button", { type: "button", id: "more", text: `Show ${Math.min(rest, 200)} more of ${rest}`, onclick: () => { state.rows += 200; table(); } }) : "");
  }

  byId("claims").addEventListener("toggle", () => byId("claims").open && table());

  // ------------------------------------------------------------ keys and buttons

  function focusCanvas() {
    if (network) network.canvas.frame.focus();
  }

  function canvasKeys(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === "Enter" && state.selected) {
      event.preventDefault();
      openPanel(true);
      byId("panel").focus();
    } else if (event.key in steps) {
      event.preventDefault();
      const here = state.selected && state.selected.kind === "node" ? nodeOf.get(state.selected.id) : null;
      if (!here) return void select("node", (nodes.find(nodeShown) || nodes[0]).id);
      const from = network.getPosition(here.id);
      let best = null;
      for (const edge of incident.get(here.id).filter(edgeShown)) {
        const id = edge.from === here.id ? edge.to : edge.from;
        const to = network.getPosition(id);
        const [dx, dy] = [to.x - from.x, to.y - from.y];
        const along = (dx * steps[event.key][0] + dy * steps[event.key][1]) / (Math.hypot(dx, dy) || 1);
        if (id !== here.id && along > 0.3 && (!best || along > best.along)) best = { id, along };
      }
      if (best) {
        select("node", best.id);
        const at = network.canvasToDOM(network.getPosition(best.id));
        const frame = byId("canvas").getBoundingClientRect();
        if (at.x < 30 || at.y < 30 || at.x > frame.width - 30 || at.y > frame.height - 30) move(network.getPosition(best.id), network.getScale());
      }
    }
  }

  function zoomBy(factor) {
    network.moveTo({ scale: Math.min(Math.max(network.getScale() * factor, 0.05), 5) });
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=text], textarea");
    if (event.key === "Escape") {
      if (byId("filters").classList.contains("open")) return void filters(false);
      const inPanel = byId("panel").contains(document.activeElement);
      if (state.selected) clear();
      if (inPanel) focusCanvas();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
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

  function themed() {
    byId("toggle-theme").textContent = theme() === "dark" ? "Light" : "Dark";
    byId("toggle-theme").setAttribute("aria-label", `Use ${theme() === "dark" ? "light" : "dark"} colours`);
    restyle();
  }
  byId("toggle-theme").onclick = () => {
    document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark";
    themed();
  };
  dark.addEventListener("change", themed);

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
  const asked = (() => {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return "";
    }
  })();
  if (asked) select("node", asked, { show: true }) || select("claim", asked, { show: true });

  // For tests and for the curious: the same calls that clicks make.
  window.gambit = { select, clear, fit, visible, matches, nodes, edges, claims: model.claims, get network() { return network; }, get state() { return state; } };
})();
