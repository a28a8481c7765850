// The graph of the page: things, lines, claims. A small page carries a record for each,
// a large one columns; here both become objects with the same properties.

let nodes = [], edges = [], model = null, style = null;
let nodeOf = new Map(), drawnAs = null, edgeIds = null;
let first = null, ways = null; // lines of a thing: ways[first[i]] to ways[first[i + 1] - 1]

const cell = ({ v, i }) => (i ? (row) => v[i[row]] : () => v[0]);

// A thing of a large page; what few have is looked up when somebody asks.
class Thing {
  constructor(i, id, label) { Object.assign(this, { i, id, label, degree: 0 }); }

  get more() { return model.columns.node.more[this.i] || {}; }
  get names() { return this.more.names || [[this.label, "en", 1]]; }
  get facts() { return this.more.facts || []; }
  get dates() { return this.more.dates || []; }
  get definition() { return this.more.definition || ""; }
  get claims() { return this.more.claims || []; }
  get lines() { return wrap(this.label); }
}

let reads = null;
class Line {
  constructor(i, a, b) { Object.assign(this, { i, a, b, bend: 0, loop: -1 }); }

  get id() { return `line:${this.i}`; }
  get from() { return nodes[this.a].id; }
  get to() { return nodes[this.b].id; }
  get relation() { return reads.relation(this.i); }
  get predicate() { return this.relation[0]; }
  get label() { return this.relation[1]; }
  get inverse() { return this.relation[2]; }
  get symmetric() { return Boolean(this.relation[3]); }
  get flags() { return reads.flags(this.i); }
  get denied() { return Boolean(this.flags & 1); }
  get direct() { return Boolean(this.flags & 2); }
  get contested() { return Boolean(this.flags & 4); }
  get claims() { return reads.claims(this.i).split(" ").filter(Boolean); }
  get began() { return null; }
}
for (const name of ["sign", "modality", "kind", "hedge", "origins", "confidence", "credibility", "sources", "when"]) {
  Object.defineProperty(Line.prototype, name, { get() { return reads[name](this.i); } });
}

function load() {
  const data = JSON.parse(byId("data").textContent);
  ({ nodes, edges, model, style } = data);
  if (model.columns) unpack(model.columns);
  nodeOf = new Map(nodes.map((node) => [node.id, node]));
  if (!model.columns) {
    nodes.forEach((node, i) => { node.i = i; });
    edges.forEach((edge, i) => Object.assign(edge, { i, a: nodeOf.get(edge.from).i, b: nodeOf.get(edge.to).i }));
  }
  base = { nodes, edges, ids: new Set(nodeOf.keys()), claims: model.claims, sources: model.sources, behind: model.behind, left: model.claimsLeftOut };
  joinUp();
}

// What the page came with; what was brought in since comes after it (growing.js), so that its
// things and lines keep their numbers.
let base = null;

// Which lines each thing has.
function joinUp() {
  const count = new Int32Array(nodes.length + 1);
  for (const { a, b } of edges) {
    count[a] += 1;
    if (b !== a) count[b] += 1;
  }
  first = new Int32Array(nodes.length + 1);
  for (let i = 0; i < nodes.length; i += 1) {
    first[i + 1] = first[i] + count[i];
    nodes[i].degree = count[i];
  }
  ways = new Int32Array(first[nodes.length]);
  const next = first.slice();
  for (const { i, a, b } of edges) {
    ways[next[a]++] = i;
    if (b !== a) ways[next[b]++] = i;
  }
}

function unpack({ node, edge }) {
  const labels = node.label.split("\n");
  const read = Object.fromEntries(["type", "family", "mark", "status"].map((name) => [name, cell(node[name])]));
  nodes = (node.id ? node.id.split("\n") : []).map((id, i) => {
    const thing = new Thing(i, id, labels[i]);
    thing.type = read.type(i);
    thing.family = read.family(i);
    thing.mark = read.mark(i);
    thing.status = read.status(i);
    thing.x = node.x[i];
    thing.y = node.y[i];
    return thing;
  });
  edges = edge.from.map((from, i) => new Line(i, from, edge.to[i]));
  reads = Object.fromEntries(Object.entries(edge).filter(([, column]) => column.v).map(([name, column]) => [name, cell(column)]));
  let lines = null;
  reads.claims = (i) => (lines = lines || edge.claims.split("\n"))[i];
}

const incident = (node) => Array.from(ways.subarray(first[node.i], first[node.i + 1]), (i) => edges[i]);
const otherEnd = (edge, node) => nodes[edge.a === node.i ? edge.b : edge.a];

function edgeOf(id) {
  const row = model.columns && /^line:(\d+)$/.exec(id);
  if (row) return edges[Number(row[1])];
  edgeIds = edgeIds || new Map(edges.map((edge) => [edge.id, edge]));
  return edgeIds.get(id);
}

// The line that a claim stands behind, if it is drawn at all.
function lineOf(claim) {
  if (!drawnAs) {
    drawnAs = new Map();
    for (const edge of edges) for (const one of edge.claims) drawnAs.set(one, edge);
  }
  return drawnAs.get(claim);
}

const claimOf = (id) => (Object.hasOwn(model.claims, id) ? model.claims[id] : undefined);
const sourceOf = (id) => (Object.hasOwn(model.sources, id) ? model.sources[id] : undefined);
const nameOf = (id) => (nodeOf.has(id) ? nodeOf.get(id).label : Object.hasOwn(model.names, id) ? model.names[id] : spelled(id));
// Everybody on whom claims rest and who is nothing in the drawing: their names, by identifier.
const behind = (id) => (Object.hasOwn(model.behind, id) ? model.behind[id] : undefined);
const proposition = (claim) => `${nameOf(claim.s)} ${nameOf(claim.p)} ${claim.o ? nameOf(claim.o) : claim.value}`;
const colour = (role) => style.theme[theme()][role];
const look = (family) => style.families[family] || style.families.other;
const big = () => nodes.length > 2000;

const makersOf = (source) => (sourceOf(source) || {}).by || [];
// Whose conclusion a claim is: it relays nobody, and who holds it made none of the documents
// it is read from. Where nobody is known to have made one, nothing is said.
function inferred(claim) {
  const makers = claim.places.flatMap((place) => [...makersOf(place.source), ...((sourceOf(place.source) || {}).from || [])]);
  return makers.length > 0 && claim.holders.length > 0 && !claim.original.length && !claim.holders.some((holder) => makers.includes(holder));
}

// The claims that rest on somebody, by how.
const rested = new Map();
function restingOn(id) {
  if (rested.has(id)) return rested.get(id);
  const found = { held: [], relayed: [], read: [] };
  const made = new Set(Object.keys(model.sources).filter((source) => source === id || makersOf(source).includes(id) || (sourceOf(source).from || []).includes(id)));
  for (const [claim, says] of Object.entries(model.claims)) {
    if (says.holders.includes(id)) found.held.push(claim);
    else if (says.original.includes(id)) found.relayed.push(claim);
    else if (says.places.some((place) => made.has(place.source))) found.read.push(claim);
  }
  rested.set(id, found);
  return found;
}
const restsOn = (id) => Object.values(restingOn(id)).flat();

// Who stands behind a line: each holder once, and whether the line is nothing but a conclusion.
function holdersOf(edge) {
  const claims = edge.claims.map(claimOf).filter(Boolean);
  return {
    held: [...new Set(claims.flatMap((claim) => claim.holders))], relayed: [...new Set(claims.flatMap((claim) => claim.original))],
    inferred: claims.length > 0 && claims.every(inferred),
  };
}
const disputedBy = (claim) => claim.links.filter(([words]) => words === "conflicts with").map(([, other]) => other);

// As kg.dossier.status: derived each time, never stored.
function statusOf(edge) {
  if (edge.contested) return "contested";
  if (edge.modality !== "asserted") return "hedged";
  if (edge.origins === null) return "unknown";
  return ["unsourced", "single origin"][edge.origins] || "supported";
}

// The period of a line: as its claims say, else that of the event or agreement at an end.
function spanOf(edge) {
  if (edge.when.length) {
    const [from, to, precision] = edge.when;
    const [begin, end] = [period(from, precision), period(to, precision)];
    return [begin ? begin[0] : -Infinity, end ? end[1] : Infinity];
  }
  for (const end of [edge.a, edge.b]) {
    const known = spans(nodes[end]);
    if (known) return known;
  }
  return null;
}

function spans(node) {
  const found = node.dates.map(([, text, precision]) => period(text, precision)).filter(Boolean);
  return found.length ? [Math.min(...found.map(([from]) => from)), Math.max(...found.map(([, to]) => to))] : null;
}

function published(edge) {
  const days = edge.sources.map((source) => dayOf((sourceOf(source) || {}).issued)).filter((day) => day !== null);
  return days.length ? [Math.min(...days), Math.max(...days)] : null;
}
