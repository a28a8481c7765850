// What the reader has chosen. It is written into the address, so that a link passes it
// on, and each step back is an older address.

const VERSION = 1;
const fresh = () => ({
  hedged: true, off: {}, from: "", to: "", mode: "told", undated: true,
  hidden: new Set(), folded: new Set(), pins: new Map(),
  scene: null, // { kind: "ego" | "lasso" | "group" | "path", ... }: only a part is drawn
  path: null, // { a, b, directed, way }
  bundle: false, groups: true, view: "graph", split: false,
  about: "", // words that rows of the table must hold
  opened: [], // what was brought in from the server: "40 ID", "40 ID RELATION", "way ID ID"
  list: "", // only these claims in the table: "undrawn", or "on" and somebody they rest on
});
const state = {
  ...fresh(),
  selected: null, // { kind: "node" | "edge" | "claim" | "pair" | "group" | "source", id }
  trail: [], // what was selected before, how far one had read and what was unfolded
  near: null, // things (by id) and lines (by id) that stay bright while something is selected
  picking: null, // the thing from which a path is wanted
  older: [], // addresses to go back to
};
const STEPS_BACK = 50;

const packed = (text) => encodeURIComponent(text).replace(/%3A/g, ":").replace(/%2F/g, "/");
const list = (ids) => [...ids].map(packed).join(",");
const unlist = (text) => text.split(",").filter(Boolean).map(decodeURIComponent);

// Everything that can be undone, as the fragment of an address.
function written() {
  const found = [["v", VERSION]];
  const put = (key, value) => value && found.push([key, value]);
  put("open", list(state.opened));
  for (const key of Object.keys(state.off).sort()) if (state.off[key].size) put(`no.${key}`, list([...state.off[key]].sort()));
  put("hedged", state.hedged ? "" : "0");
  put("from", state.from);
  put("to", state.to);
  put("mode", state.mode === "told" ? "" : state.mode);
  put("undated", state.undated ? "" : "0");
  put("hide", list(state.hidden));
  put("fold", list(state.folded));
  put("pin", [...state.pins].map(([id, [x, y]]) => [packed(id), Math.round(x), Math.round(y)].join("~")).join(","));
  const { scene, path } = state;
  if (scene && scene.kind === "ego") {
    put("focus", packed(scene.id));
    put("depth", scene.depth === 1 ? "" : String(scene.depth));
    put("add", list(scene.add));
  }
  if (scene && scene.kind === "lasso") put("lasso", scene.corners.flat().map(Math.round).join(","));
  if (scene && scene.kind === "group") put("group", String(scene.group));
  if (path) {
    put("path", list([path.a, path.b]));
    put("dir", path.directed ? "1" : "");
    put("way", path.way ? String(path.way) : "");
  }
  put("bundle", state.bundle ? "1" : "");
  put("all", state.groups ? "" : "1");
  put("view", state.view === "graph" ? "" : state.view);
  put("split", state.split ? "1" : "");
  put("about", packed(state.about));
  put("list", packed(state.list));
  return found.map(([key, value]) => `${key}=${value}`).join("&");
}

// The whole address: what can be undone, what is selected, the colours, the data it speaks of.
function fragment() {
  const parts = [written()];
  if (state.selected) parts.push(`sel=${state.selected.kind}~${packed(linkId(state.selected))}`);
  if (asked() !== "auto" && asked() !== state.theme) parts.push(`theme=${asked()}`);
  if (model.data) parts.push(`data=${model.data.slice(0, 12)}`);
  return `#${parts.join("&")}`;
}

// Lines are known by their first claim: their own names change with the data.
const linkId = ({ kind, id }) => (kind === "edge" || kind === "pair" ? edgeOf(id).claims[0] || id : id);

const flag = (value) => value === "1";
// What an address names may be on its way from the server.
const known_ = (id) => nodeOf.has(id) || state.opened.length > 0;
function readOpened(value) {
  try {
    if (model.served) state.opened = unlist(value).filter((one) => STEP.test(one)).slice(0, 100);
  } catch {
    // a badly written part says nothing
  }
}
const reader = {
  hedged: (value) => { state.hedged = value !== "0"; },
  from: (value) => { state.from = dayOf(value) === null ? "" : value; },
  to: (value) => { state.to = dayOf(value) === null ? "" : value; },
  mode: (value) => { state.mode = value === "published" ? value : "told"; },
  undated: (value) => { state.undated = value !== "0"; },
  hide: (value) => { state.hidden = new Set(unlist(value).filter(known_)); },
  fold: (value) => { state.folded = new Set(unlist(value).filter(known_)); },
  pin: (value) => {
    for (const one of value.split(",")) {
      const [id, x, y] = one.split("~").map((part, i) => (i ? Number(part) : decodeURIComponent(part)));
      if (known_(id) && Number.isFinite(x) && Number.isFinite(y)) state.pins.set(id, [x, y]);
    }
  },
  focus: (value) => {
    const id = decodeURIComponent(value);
    if (nodeOf.has(id)) state.scene = { kind: "ego", id, depth: 1, add: [] };
  },
  depth: (value) => { if (state.scene && state.scene.kind === "ego") state.scene.depth = Math.min(Math.max(Number(value) || 1, 1), 3); },
  add: (value) => { if (state.scene && state.scene.kind === "ego") state.scene.add = unlist(value).filter((id) => nodeOf.has(id)); },
  lasso: (value) => {
    const numbers = value.split(",").map(Number);
    const corners = numbers.flatMap((x, i) => (i % 2 ? [] : [[x, numbers[i + 1]]]));
    if (corners.length > 2 && numbers.every(Number.isFinite) && numbers.length % 2 === 0) state.scene = { kind: "lasso", corners };
  },
  group: (value) => { if (model.groups && model.groups.named[Number(value)] !== undefined) state.scene = { kind: "group", group: Number(value) }; },
  path: (value) => {
    const [a, b] = unlist(value);
    if (nodeOf.has(a) && nodeOf.has(b)) state.path = { a, b, directed: false, way: 0 };
  },
  dir: (value) => { if (state.path) state.path.directed = flag(value); },
  way: (value) => { if (state.path) state.path.way = Math.max(Math.trunc(Number(value)) || 0, 0); },
  bundle: (value) => { state.bundle = flag(value); },
  all: (value) => { state.groups = !flag(value); },
  view: (value) => { if (["table", "timeline"].includes(value)) state.view = value; },
  split: (value) => { state.split = flag(value); },
  about: (value) => { state.about = decodeURIComponent(value); },
  list: (value) => {
    const given = decodeURIComponent(value);
    if (given === "undrawn" || (given.startsWith("on ") && isBehind(given.slice(3)))) state.list = given;
  },
};

// Take over an address; what it does not name is as at first, what is unknown is ignored.
// Returns the rest: what was selected, the colours, the data it was made from.
function take(text) {
  Object.assign(state, fresh());
  const rest = {};
  const given = text.split("&").map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]);
  const order = Object.keys(reader);
  // The rest may speak of what was brought in.
  const brought = given.find(([key]) => key === "open");
  if (brought) readOpened(brought[1]);
  grow(text);
  for (const [key, value] of given.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]))) {
    if (key === "open") continue;
    try {
      if (Object.hasOwn(reader, key)) reader[key](value);
      else if (key.startsWith("no.") && facet(key.slice(3))) state.off[key.slice(3)] = new Set(unlist(value));
      else rest[key] = decodeURIComponent(value);
    } catch {
      // a badly written part says nothing
    }
  }
  return rest;
}

// Change what can be undone, and show it.
function change(how, { fit: refit = false, say: words = "" } = {}) {
  const before = written();
  how();
  if (written() === before) return apply({ refit, words });
  state.older.push(before);
  if (state.older.length > STEPS_BACK) state.older.shift();
  return apply({ refit, words });
}

function undo() {
  if (!state.older.length) return tell("Nothing to undo.");
  const before = state.view;
  const scene = JSON.stringify(state.scene);
  take(state.older.pop());
  apply({ refit: JSON.stringify(state.scene) !== scene, words: "Undone." });
  if (before !== state.view) byId(`show-${state.view}`).focus();
  return undefined;
}

// What is selected and chosen stands in the address, so that it can be passed on.
let due = 0;
function address() {
  clearTimeout(due);
  if (holding) return; // what it names is on its way
  const before = location.hash;
  due = setTimeout(() => {
    if (location.hash !== before) return; // somebody put in another, which is about to be followed
    try {
      const text = fragment();
      history.replaceState(null, "", text === `#v=${VERSION}&data=${model.data.slice(0, 12)}` ? location.href.split("#")[0] : text);
    } catch {
      // a sandboxed frame (a notebook) has no address of its own
    }
  }, 30);
}
