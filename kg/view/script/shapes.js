// What things and lines look like: one set of shapes for canvas, legend, panel and export.

// Corners for a radius of 1; the circle has none.
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
  trace(ctx, shape, x, y, r);
}

function trace(ctx, shape, x, y, r) {
  const corners = CORNERS[shape];
  if (!corners) {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  } else {
    corners.forEach(([dx, dy], i) => (i ? ctx.lineTo(x + dx * r, y + dy * r) : ctx.moveTo(x + dx * r, y + dy * r)));
    ctx.closePath();
  }
}

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

// How large a thing is drawn, in pixels of the drawing at full size.
const size = (node) => Math.min(7 + 2 * Math.sqrt(node.degree), 19);

function glyphsOf(edge) {
  const { denied, contested, judgement } = style.glyphs;
  const judged = !edge.direct && edge.modality === "asserted" && !edge.denied && edge.kind !== "fact";
  return (edge.denied ? denied.glyph : "") + (edge.contested ? contested.glyph : "") + (judged ? judgement.glyph : "") + (edge.modality === "conditional" ? "if" : "");
}

function firmness(edge) {
  const words = [edge.modality, edge.hedge && `“${edge.hedge}”`, edge.denied && "DENIED", edge.contested && "contested"];
  return [...words, edge.direct ? "fact, direct edge" : `${edge.kind}, no direct edge`].filter(Boolean).join(", ");
}

// Thin: a claim and no direct edge. That shows where a mark on the line has no room.
function widthOf(edge) {
  const origins = Math.min(edge.origins === null ? 1 : edge.origins, 3);
  return edge.direct ? [1.3, 1.7, 2.6, 3.5][origins] : 1;
}

// ---- labels: constant size on the screen, important ones first, none over another

const widths = new Map();
function textWidth(ctx, text) {
  const key = ctx.font + text;
  if (!widths.has(key)) {
    if (widths.size > 20000) widths.clear();
    widths.set(key, ctx.measureText(text).width);
  }
  return widths.get(key);
}

// Rectangles that are taken, kept by cells of 64 pixels.
function taken() {
  const cells = new Map();
  const cellsOf = (box) => {
    const found = [];
    for (let x = box[0] >> 6; x <= box[2] >> 6; x += 1) for (let y = box[1] >> 6; y <= box[3] >> 6; y += 1) found.push(x * 4096 + y);
    return found;
  };
  const over = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  return {
    add(box, owner) {
      for (const key of cellsOf(box)) {
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push([box, owner]);
      }
    },
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
