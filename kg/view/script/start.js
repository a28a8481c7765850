// Views, keys, buttons, and the start: at once for a small page, in steps for a large one.

const VIEWS = ["graph", "table", "timeline"];
function showView() {
  document.body.dataset.view = state.view;
  document.body.classList.toggle("split", state.split && state.view !== "graph");
  const graphOn = state.view === "graph" || state.split;
  byId("graph").hidden = !graphOn;
  byId("table").hidden = state.view !== "table";
  byId("timeline").hidden = state.view !== "timeline";
  byId("split").hidden = state.view === "graph";
  byId("split").setAttribute("aria-pressed", String(state.split));
  for (const view of VIEWS) byId(`show-${view}`).setAttribute("aria-pressed", String(state.view === view));
  hideTip();
  if (state.view === "table") table();
  if (state.view === "timeline") timeline();
}

const toView = (view, focus) => {
  if (state.view !== view) change(() => { state.view = view; });
  if (focus && view === "table") byId("rows").focus();
  if (focus && view === "timeline") byId("lanes").focus();
  if (focus && view === "graph" && camera) camera.focus();
};

function themed(name) {
  if (name) document.documentElement.dataset.theme = name;
  const other = theme() === "dark" ? "light" : "dark";
  byId("toggle-theme").textContent = other === "dark" ? "Dark" : "Light";
  byId("toggle-theme").setAttribute("aria-label", `${byId("toggle-theme").textContent} colours`);
  byId("toggle-theme").onclick = () => { themed(other); address(); };
  if (window.gambit) restyle();
}

function filters(shown) {
  byId("filters").classList.toggle("open", shown);
  byId("open-filters").setAttribute("aria-expanded", String(shown));
  (shown ? byId("close-filters") : byId("open-filters")).focus();
}

const KEYS = [
  ["/", "search"], ["arrows", "on the drawing: to the neighbour in that direction"], ["[ ]", "through the lines of a thing"], ["Enter", "details; with a path begun: this is the other end"],
  ["e", "expand"], ["c", "collapse"], ["o", "focus on what is beside it; again: the whole"], ["p", "pin"], ["h", "hide"], ["u", "undo"], ["f", "fit to view"], ["+ −", "zoom"],
  ["b", "bundle parallel lines"], ["g", "graph"], ["t", "table"], ["l", "timeline"], ["Esc", "back one level"], ["?", "this list"],
];

function keys(event) {
  if (event.key === "Escape") {
    if (document.querySelector("dialog[open]")) return;
    if (!byId("menu").hidden) closeMenu();
    else if (byId("filters").classList.contains("open")) filters(false);
    else if (lassoing) setLasso(false);
    else if (state.picking) { state.picking = null; panel(); tell("No path."); }
    else if (state.selected || state.path) close();
    else if (state.scene) whole();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing(event)) {
    event.preventDefault();
    undo();
  }
  if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const id = state.selected && state.selected.kind === "node" ? state.selected.id : null;
  const on = (how) => (id ? () => how(id) : undefined);
  const how = {
    "/": () => { query.focus(); query.select(); },
    f: () => fit(true), u: undo, t: () => toView("table", true), g: () => toView("graph", true), l: () => toView("timeline", true),
    b: () => change(() => { state.bundle = !state.bundle; }, { say: state.bundle ? "Parallel lines fan out." : "Parallel lines are bundled." }),
    "+": camera ? () => zoomBy(1.3) : undefined, "-": camera ? () => zoomBy(1 / 1.3) : undefined, "?": () => byId("help").showModal(),
    "[": () => turnLines(-1), "]": () => turnLines(1),
    e: on(expand), c: on(collapse), p: on(pin), h: on(hide),
    o: state.scene && (!id || state.scene.id === id) ? whole : on(ego),
  }[event.key];
  if (!how) return;
  event.preventDefault();
  how();
}
const typing = (event) => event.target.matches("input[type=text], input[type=search], textarea, select");

function setUp() {
  document.addEventListener("keydown", keys);
  document.addEventListener("pointerdown", (event) => byId("menu").contains(event.target) || closeMenu());
  for (const view of VIEWS) byId(`show-${view}`).onclick = () => toView(view);
  byId("split").onclick = () => {
    change(() => { state.split = !state.split; });
    if (state.split && !state.selected) requestAnimationFrame(() => fit(false));
  };
  byId("open-filters").onclick = () => filters(!byId("filters").classList.contains("open"));
  byId("close-filters").onclick = () => filters(false);
  byId("undo").onclick = undo;
  byId("reset").onclick = reset;
  byId("open-help").onclick = () => byId("help").showModal();
  byId("key-list").replaceChildren(...KEYS.flatMap(([key, text]) => [el("dt", {}, el("kbd", { text: key })), el("dd", { text })]));
  for (const one of document.querySelectorAll("dialog .close-dialog")) one.onclick = () => one.closest("dialog").close();
  byId("skip").onclick = (event) => { event.preventDefault(); toView("table", true); };
  dark.addEventListener("change", () => themed());
  setUpTable();
  setUpTimeline();
  setUpExport();
  window.addEventListener("hashchange", () => begin(false));
  if (!nodes.length) return;
  byId("zoom-in").onclick = () => zoomBy(1.3);
  byId("zoom-out").onclick = () => zoomBy(1 / 1.3);
  byId("zoom-fit").onclick = () => fit(true);
  byId("relax").onclick = relax;
  byId("lasso-on").onclick = () => { setLasso(!lassoing); if (lassoing) tell("Draw around the things that shall stay. Esc gives up."); };
  lasso();
  new ResizeObserver(() => {
    if (!camera || byId("graph").hidden) return;
    if (camera === detail) network.canvas.setSize();
    else overview.redraw();
    if (fitted) fit(false);
  }).observe(byId("canvas"));
  let resizing = 0;
  window.addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => state.view === "timeline" && timeline(), 150); });
}

// Take over what the address says. An address from another page may name what is not here.
function begin(firstTime) {
  const text = location.hash.slice(1);
  const ours = /^v=\d/.test(text);
  const rest = ours || firstTime ? take(ours ? text : "") : {};
  if (ours && Number(rest.v) > VERSION) tell("The link was made by a newer page; some of it may be missing.");
  else if (rest.data && model.data && !model.data.startsWith(rest.data)) tell(`The data changed since this link was made (${cut(rest.data, 12)}, now ${model.data.slice(0, 12)}).`);
  if (rest.theme === "dark" || rest.theme === "light") themed(rest.theme);
  Object.assign(state, { selected: null, near: null, trail: [] });
  apply({ refit: firstTime || Boolean(state.scene) });
  panel();
  openPanel(false);
  if (ours && rest.sel && !holding) {
    const cutAt = rest.sel.indexOf("~");
    arrive(rest.sel.slice(0, cutAt), decoded(rest.sel.slice(cutAt + 1)));
  } else if (ours && state.path) select("path", `${state.path.a} ${state.path.b}`, { show: true });
  else if (!ours && text) {
    const id = decoded(text);
    if (!select("node", id, { show: true })) select("claim", id, { show: true });
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A line is named by its first claim.
function arrive(kind, id) {
  const edge = (kind === "edge" || kind === "pair") && (lineOf(id) || edgeOf(id));
  if (edge) select(kind, edge.id, { show: true });
  else if (kind === "group") select("group", Number(id));
  else if (!select(kind, id, { show: true })) tell("What the link points to is not in this page.");
}

function ready() {
  byId("loading").remove();
  state.theme = asked();
  // Where no claim fitted into the page, the table begins with what there is.
  if (!Object.keys(model.claims).length && edges.length) rows.kind = "lines";
  setUp();
  begin(true);
  themed();
  // For tests and for the curious: the same calls that clicks make.
  window.gambit = {
    restart: () => { take(""); Object.assign(state, { older: [], picking: null }); Object.assign(rows, { kind: Object.keys(model.claims).length || !edges.length ? "claims" : "lines", sort: null, page: 0, hiddenToo: false }); byId("hidden-too").checked = false; begin(false); fit(false); },
    select, clear, fit, visible, matches, ego, undo, drawing, waysBetween, set: (how) => change(() => Object.assign(state, how)), spot, get nodes() { return nodes; }, get edges() { return edges; }, get claims() { return model.claims; },
    toScreen: (id) => camera.toScreen(spot(nodeOf.get(id))),
    get network() { return network; }, get state() { return state; }, get mode() { return camera === overview ? "overview" : camera === detail ? (isLean() ? "lean" : "detail") : "none"; }, get bubbles() { return bubbles; }, view: () => camera.view(), look: (place) => camera.look(place, false),
  };
}

// A large page says what it does before it does it, so that nobody waits before a white sheet.
function boot() {
  const large = Number(byId("loading").dataset.nodes) > 2000;
  if (!large) {
    load();
    ready();
    return;
  }
  const step = (value, words, next) => {
    byId("progress").value = value;
    byId("loading-words").textContent = words;
    requestAnimationFrame(() => setTimeout(next, 0));
  };
  step(0.2, "Reading the graph…", () => {
    load();
    step(0.7, "Drawing…", ready);
  });
}
boot();
