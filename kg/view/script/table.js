// The table: what the graph shows, as rows. Claims, lines or things; sorted, filtered,
// copied, saved. It has everything the drawing has.

const PAGE = 200;
const rows = { kind: "claims", sort: null, down: false, page: 0, hiddenToo: false };
const text_ = (value) => (value === null || value === undefined || value === "" ? "—" : String(value));

// Columns: heading, the value that is sorted, searched and saved, how it is shown (or null),
// whether it is only saved, and words that find it besides.
const noteText = ({ marker, cited }) => `${marker ? `[${marker}] ` : ""}${cited ? (sourceOf(cited) || { title: cited }).title : ""}`.trim();
const otherNames = (id) => behind(id) || (nodeOf.has(id) ? nodeOf.get(id).names.map(([text]) => text) : []);
// A file says from which state of the data it was made, in every row: it has no place for remarks.
const DATA_COLUMN = ["data", () => model.data, null, true];
const COLUMNS = {
  claims: [
    ["Claim", ([, claim]) => claim.text || proposition(claim), ([id, claim]) => button(claim.text || id, () => select("claim", id, { focus: true, show: true }))],
    ["Held by", ([, claim]) => [...claim.holders, ...claim.original].map(nameOf).join(" ← ") + (inferred(claim) ? " (an inference)" : ""), ([, claim]) => [...joined([...claim.holders, ...claim.original].map(holderLink), " ← "), inferred(claim) ? el("div", { class: "sub", text: "an inference" }) : ""],
      false, ([, claim]) => [...claim.holders, ...claim.original].flatMap(otherNames)],
    ["How firmly", ([, claim]) => `${claim.modality} ${claim.kind}${claim.denied ? " denied" : ""} ${claim.hedges.join(" ")}`, ([, claim]) => [line(claim.modality), `${claim.modality} ${claim.kind}`,
      claim.denied ? el("b", { text: "denied" }) : "", el("div", { class: "sub", text: claim.hedges.map((words) => `“${words}”`).join(" ") })]],
    ["Subject", ([, claim]) => nameOf(claim.s)],
    ["Relation", ([, claim]) => nameOf(claim.p)],
    ["Object", ([, claim]) => (claim.o ? nameOf(claim.o) : claim.value)],
    ["Source and place", ([, claim]) => claim.places.map((place) => `${(sourceOf(place.source) || { title: place.source }).title}: ${place.locator}`).join("; "),
      ([, claim]) => claim.places.map((place) => el("div", {}, sourceLink(place.source), el("div", { class: "sub", text: place.locator })))],
    ["Foot\u00adnotes", ([, claim]) => claim.notes.map(noteText).join("; "), ([, claim]) => claim.notes.map((note) => el("div", {}, note.marker ? `[${note.marker}] ` : "", note.cited ? sourceLink(note.cited) : ""))],
    ["Rank", ([, claim]) => claim.rank],
    ["Credi\u00adbility", ([, claim]) => claim.credibility],
    ["Confi\u00addence", ([, claim]) => claim.confidence],
    ["Conflicts with", ([, claim]) => disputedBy(claim).join(" "), ([, claim]) => disputedBy(claim).map((other) => el("div", {}, el("b", { class: "disputed", text: "≠ " }), claimLink(other, cut((claimOf(other) || {}).text || other, 90)))),
      false, ([, claim]) => (disputedBy(claim).length ? ["disputed"] : [])],
    ["URL", ([, claim]) => [...new Set(claim.places.map((place) => (sourceOf(place.source) || {}).url).filter(Boolean))].join(" "), null, true],
    ["Id", ([id]) => id, null, true],
    DATA_COLUMN,
  ],
  lines: [
    ["From", (edge) => nodes[edge.a].label, (edge) => button(cut(nodes[edge.a].label, 120), () => pickFromPanel(edge.from))],
    ["Relation", (edge) => edge.label, (edge) => button(edge.label, () => select("edge", edge.id, { focus: true, show: true }), { "aria-label": `open the claims: ${edge.label} ${cut(nodes[edge.b].label, 80)}` })],
    ["To", (edge) => nodes[edge.b].label, (edge) => button(cut(nodes[edge.b].label, 120), () => pickFromPanel(edge.to))],
    ["How firmly", (edge) => firmness(edge), (edge) => [line(edge.modality, edge.sign), el("div", { text: firmness(edge) })]],
    ["Stance", (edge) => style.signs[edge.sign].label],
    ["Standing", (edge) => statusOf(edge), null, false, (edge) => (edge.contested ? ["disputed"] : [])],
    ["When", (edge) => edge.when.filter(Boolean).slice(0, 2).join(" to ")],
    ["Claims", (edge) => edge.claims.length],
    ["Claim ids", (edge) => edge.claims.join(" "), null, true],
    DATA_COLUMN,
  ],
  things: [
    ["Name", (node) => node.label, (node) => button(cut(node.label, 160), () => pickFromPanel(node.id))],
    ["Type", (node) => node.type, (node) => [swatch(node.family), " ", node.type]],
    ["Other names", (node) => node.names.map(([text]) => text).filter((text) => text !== node.label).join(" · "), (node) => cut(node.names.map(([text]) => text).filter((text) => text !== node.label).join(" · "), 160)],
    ["Dates", (node) => node.dates.map(([predicate, text, precision]) => `${nameOf(predicate)} ${worded(text, precision)}`).join("; ")],
    ["Status", (node) => node.status],
    ["Lines", (node) => node.degree],
    ["Id", (node) => node.id, null, true],
    DATA_COLUMN,
  ],
};

// Only these claims, where somebody asked for them: all of them, whatever filters say.
const LISTS = {
  undrawn: () => [([, claim]) => !claim.drawn, "claims that are not drawn as lines"],
  on: (id) => {
    const wanted = new Set(restsOn(id));
    return [([claim]) => wanted.has(claim), `claims that rest on ${cut(nameOf(id), 60)}`];
  },
};
const listAsked = () => (state.list ? LISTS[state.list.split(" ")[0]](state.list.slice(3)) : null);
function showList(which) {
  Object.assign(rows, { kind: "claims", sort: null, page: 0 });
  change(() => Object.assign(state, { list: which, about: "", view: "table" }));
  byId("rows").focus();
}

// A claim goes with its line; one without a line goes with the thing it is about.
function claimShown([id, claim]) {
  const edge = lineOf(id);
  if (edge) return edgeShown(edge);
  const about = nodeOf.get(claim.s);
  return about ? nodeShown(about) : !state.scene;
}

// Words of each column, so that a row can say where it matched.
let searchText = new WeakMap();
function wordsOf(row, columns) {
  const key = rows.kind === "claims" ? row[1] : row;
  if (!searchText.has(key)) {
    const ends = (end) => (nodeOf.has(end) ? nodeOf.get(end).names.map(([text]) => text) : []);
    const other = rows.kind === "claims" ? { Subject: ends(row[1].s), Object: ends(row[1].o) } : {};
    searchText.set(key, columns.filter((column) => column !== DATA_COLUMN).map(([head, value, , , besides_]) => [head.replace("\u00ad", ""), fold([text_(value(row)), ...(other[head] || []), ...(besides_ ? besides_(row) : [])].join(" "))]));
  }
  return searchText.get(key);
}
const matchedIn = (row, wanted, columns) => wordsOf(row, columns).filter(([, text]) => text.includes(wanted)).map(([head]) => head);

function found() {
  const all = { claims: () => Object.entries(model.claims), lines: () => edges, things: () => nodes }[rows.kind]();
  const listed_ = rows.kind === "claims" && listAsked();
  const shown = listed_ ? all.filter(listed_[0]) : rows.hiddenToo ? all : all.filter({ claims: claimShown, lines: edgeShown, things: nodeShown }[rows.kind]);
  const wanted = fold(state.about);
  const columns = COLUMNS[rows.kind];
  const kept = wanted ? shown.filter((row) => wordsOf(row, columns).some(([, text]) => text.includes(wanted)) || wordsOf(row, columns).map(([, text]) => text).join(" ").includes(wanted)) : shown;
  const column = columns.find(([head]) => head === rows.sort);
  if (column) {
    const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
    const keyed = kept.map((row) => [column[1](row), row]);
    const blank = (value) => value === null || value === undefined || value === "";
    keyed.sort(([a], [b]) => blank(a) - blank(b) || (rows.down ? -1 : 1) * (typeof a === "number" && typeof b === "number" ? a - b : order.compare(String(a), String(b))));
    return { all: all.length, shown: shown.length, kept: keyed.map(([, row]) => row) };
  }
  return { all: all.length, shown: shown.length, kept };
}

// Under the first cell, where the words stand that were looked for, unless that is plain to see.
function matchNote(row) {
  const wanted = fold(state.about);
  if (!wanted) return "";
  const where = matchedIn(row, wanted, COLUMNS[rows.kind]);
  return where.length && where[0] !== COLUMNS[rows.kind][0][0] ? el("div", { class: "sub match", text: `found in: ${where.join(", ").toLowerCase()}` }) : "";
}

const rowId = (row) => (rows.kind === "claims" ? row[0] : row.id);
function table() {
  const { all, shown, kept } = found();
  const columns = COLUMNS[rows.kind].filter(([, , , saved]) => !saved);
  const pages = Math.max(Math.ceil(kept.length / PAGE), 1);
  rows.page = Math.min(rows.page, pages - 1);
  const from = rows.page * PAGE;
  const body = el("tbody", {}, kept.slice(from, from + PAGE).map((row) => el("tr", { "data-row": rowId(row) },
    columns.map(([, value, show], i) => el("td", { dir: "auto" }, el("div", { class: "cell" }, show ? show(row) : cut(text_(value(row)), 300)), i ? "" : matchNote(row))))));
  const head = el("tr", {}, columns.map(([name]) => el("th", { scope: "col", "aria-sort": rows.sort === name ? (rows.down ? "descending" : "ascending") : "none" },
    el("button", { type: "button", class: "head", text: name, onclick: () => sortBy(name) }, span(rows.sort === name ? (rows.down ? " ▼" : " ▲") : "", "arrow")))));
  byId("rows").replaceChildren(el("table", { class: `of-${rows.kind}` }, el("caption", { class: "unseen", text: `${rows.kind} that are shown` }), el("thead", {}, head), body));
  if (!kept.length) byId("rows").append(el("p", { class: "none", text: all ? "No row fits." : `This page carries no ${rows.kind}.` }));
  byId("rows").scrollTop = 0;
  // What does not fit into three lines fades out, and is told in full on demand.
  const cut_ = [...byId("rows").querySelectorAll(".cell")].filter((one) => one.scrollHeight > one.clientHeight + 2);
  for (const one of cut_) {
    one.classList.add("cut");
    one.title = one.textContent;
  }
  const asked_ = rows.kind === "claims" && listAsked();
  byId("row-list").hidden = !asked_;
  byId("row-list").replaceChildren(...(asked_ ? [span(`Only ${asked_[1]}`), plain("✕", () => change(() => { state.list = ""; }), { "aria-label": "All claims again", id: "unlist" })] : []));
  const hiddenOnes = asked_ ? 0 : all - shown;
  byId("row-count").textContent = `${number(kept.length)}${state.about ? ` of ${number(shown)} match “${cut(state.about, 30)}”` : ` ${rows.kind}`}${hiddenOnes ? `; ${number(hiddenOnes)} hidden by filters` : ""}`;
  byId("pages").replaceChildren(...(pages > 1 ? [
    plain("‹", () => turnPage(-1), { "aria-label": "Page before", disabled: rows.page === 0 }), span(`Rows ${number(from + 1)} to ${number(Math.min(from + PAGE, kept.length))}`),
    plain("›", () => turnPage(1), { id: "next-page", "aria-label": "Next page", disabled: rows.page === pages - 1 })] : []));
  for (const kind of Object.keys(COLUMNS)) byId(`rows-${kind}`).setAttribute("aria-pressed", String(rows.kind === kind));
  byId("row-filter").value = state.about;
  markRows();
}

function sortBy(name) {
  rows.down = rows.sort === name ? !rows.down : name === "Lines" || name === "Claims";
  rows.sort = name;
  rows.page = 0;
  table();
  [...byId("rows").querySelectorAll("th button")].find((one) => one.textContent.startsWith(name)).focus();
  tell(`Sorted by ${name.replace("\u00ad", "").toLowerCase()}, ${rows.down ? "descending" : "ascending"}.`);
}

function turnPage(step) {
  rows.page += step;
  table();
  byId("rows").focus();
}

// The rows that belong to what is selected.
function markRows() {
  if (state.view !== "table") {
    markTimeline();
    return;
  }
  let first = null;
  for (const row of byId("rows").querySelectorAll("[data-row]")) {
    const on = state.selected !== null && belongs(row.dataset.row);
    row.classList.toggle("on", on);
    if (on) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    if (on && !first) first = row;
  }
  if (first) first.scrollIntoView({ block: "nearest" });
}

function belongs(id) {
  const { kind, id: wanted } = state.selected;
  if (id === wanted) return true;
  if (rows.kind === "claims" && claimOf(id)) {
    const claim = claimOf(id);
    if (kind === "node") return claim.s === wanted || claim.o === wanted;
    if (kind === "edge") return edgeOf(wanted).claims.includes(id);
    if (kind === "holder") return restsOn(wanted).includes(id);
    if (kind === "source") return claim.places.some((place) => place.source === wanted);
    if (kind === "path") return wayOf(state.path).steps.some(({ edge }) => edge.claims.includes(id));
  }
  if (rows.kind === "lines" && kind === "node") return edgeOf(id).from === wanted || edgeOf(id).to === wanted;
  return kind !== "node" && state.near !== null && state.near.has(id);
}

// ------------------------------------------------------------ copy and save

const grid_ = (separator, quote) => {
  const columns = COLUMNS[rows.kind];
  return [columns.map(([name]) => name.replace("\u00ad", "")), ...found().kept.map((row) => columns.map(([, value]) => value(row)))]
    .map((cells) => cells.map((value) => quote(value === null || value === undefined ? "" : String(value))).join(separator)).join("\r\n");
};
// A spreadsheet would run what begins like a formula.
const harmless = (text) => (/^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text);
const csvCell = (text) => (/[",\r\n;]/.test(harmless(text)) ? `"${harmless(text).replace(/"/g, '""')}"` : harmless(text));
const asCsv = () => `${grid_(",", csvCell)}\r\n`;
const asTabs = () => grid_("\t", (text) => harmless(text.replace(/[\t\r\n]+/g, " ")));

function setUpTable() {
  for (const kind of Object.keys(COLUMNS)) byId(`rows-${kind}`).onclick = () => { Object.assign(rows, { kind, sort: null, page: 0 }); table(); };
  let typing = 0;
  byId("row-filter").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => { rows.page = 0; state.about = byId("row-filter").value.trim(); table(); address(); }, 120);
  });
  byId("copy-rows").onclick = () => copy(asTabs(), `${plural(found().kept.length, "row")} copied.`);
  byId("save-rows").onclick = () => save(`${rows.kind}.csv`, "text/csv", `\ufeff${asCsv()}`);
  const undrawn = Object.values(model.claims).filter((claim) => !claim.drawn).length;
  if (!undrawn) byId("open-left-out").replaceWith(model.leftOut);
  else byId("open-left-out").onclick = () => { showList("undrawn"); tell(`${plural(undrawn, "claim that is not drawn is", "claims that are not drawn are")} in this page.`); };
  byId("hidden-too").onchange = () => { rows.hiddenToo = byId("hidden-too").checked; table(); };
}
