// The panel: the dossier of a thing, the claims behind a line, a claim, a source, a path.

const link = (id) => (nodeOf.has(id) ? button(nameOf(id), () => pickFromPanel(id)) : span(nameOf(id)));
const pickFromPanel = (id) => (state.picking ? pathTo(id) : select("node", id, { focus: true, show: true }));
const claimLink = (id, text) => (claimOf(id) ? button(text, () => select("claim", id, { focus: true, show: true })) : span(text));

function pairs(rows) {
  const kept = rows.filter(([, ...values]) => values.some((value) => value));
  return el("dl", { class: "pairs" }, kept.flatMap(([term, ...values]) => [el("dt", { text: term }), el("dd", { dir: "auto" }, values)]));
}

function sourceLink(id) {
  const source = sourceOf(id);
  if (!source) return span(nameOf(id));
  return el("span", {}, button(source.title, () => select("source", id, { focus: true, show: true })), source.url ? [" ", outside(source.url, "open ↗")] : "");
}

function sourceDetails(id) {
  const source = sourceOf(id) || {};
  return [(source.creators || []).join(", "), source.publisher, source.issued].filter(Boolean).join(" · ");
}

// ------------------------------------------------------------ the whole panel

function panel({ keepScroll = false } = {}) {
  const box = byId("panel");
  const scrolled = box.firstChild ? box.scrollTop : 0; // asking costs a layout of the page
  const { open } = keepScroll ? reading() : { open: [] };
  const top = el("div", { class: "bar" });
  if (state.selected) {
    if (state.trail.length) top.append(plain("‹ Back", () => back(state.trail.pop()), { id: "back" }));
    if (state.selected.kind === "node") top.append(plain("Zoom to it", () => focusOn(state.selected.id)));
    top.append(plain("Close", close, { id: "close-panel" }));
  }
  const parts = !state.selected ? overviewPanel()
    : { holder: holderPanel, node: nodePanel, edge: edgePanel, pair: pairPanel, claim: claimPanel, source: sourcePanel, group: groupPanel, path: pathPanel }[state.selected.kind](state.selected.id);
  const asking = state.picking ? [el("p", { class: "asking", text: `Path from ${cut(nameOf(state.picking), 80)}: pick the other end.` }), plain("Give up", () => { state.picking = null; panel(); })] : [];
  const [title, ...rest] = parts.flat().filter(Boolean);
  // The way back and what one reads about stay in sight.
  box.replaceChildren(...(state.selected ? [el("div", { class: "top" }, top, title)] : [title]), ...asking, ...rest);
  reopen(open);
  if (scrolled) box.scrollTop = keepScroll ? scrolled : 0;
}

// What is unfolded in the panel and how far it is scrolled.
const foldName = (one) => one.dataset.claim || one.dataset.fold;
function reading() {
  const box = byId("panel");
  const all = [...box.querySelectorAll("details")];
  return { scroll: box.scrollTop, open: all.filter((one) => one.open).map(foldName), shut: all.filter((one) => !one.open).map(foldName) };
}

function reopen(open, shut = []) {
  for (const one of byId("panel").querySelectorAll("details")) {
    if (shut.includes(foldName(one))) one.open = false;
    if (!open.includes(foldName(one))) continue;
    one.open = true;
    if (one.fill) one.fill();
  }
}

function back({ kind, id, read }) {
  select(kind, id, { keep: true, focus: true });
  if (!read) return;
  reopen(read.open, read.shut);
  byId("panel").scrollTop = read.scroll;
}

function overviewPanel() {
  const { judgement, denied, contested } = style.glyphs;
  const direct = edges.reduce((sum, edge) => sum + edge.direct, 0);
  const main = el("ul", { class: "names" }, mostConnected().map(([node, many]) => el("li", {}, swatch(node.family), link(node.id), span(many, "sub"))));
  const notCarried = model.claimsLeftOut ? el("p", { class: "warning", text: `This page carries ${number(Object.keys(model.claims).length)} claims, those ${state.opened.length ? "behind lines and " : ""}of the most connected things; ${number(model.claimsLeftOut)} more are not in it. A line without its claims here still names them.` }) : "";
  return [
    el("h2", { text: "How to read this" }),
    el("p", { text: "Each line is a claim somebody makes. Select a line or a thing to read the claims behind it, how firmly they are put, and where they stand written." }),
    el("p", {}, line("asserted"), " A solid line is said flatly."),
    el("p", {}, line("possible"), " A dashed line is hedged: somebody expects it, thinks it possible, or passes it on."),
    el("p", { text: `${judgement.glyph} marks a flat statement that is a judgement and no checkable fact; ${denied.glyph} a denial; ${contested.glyph} a line whose claims conflict.` }),
    el("p", { class: "sub", text: `${plural(direct, "line is a direct edge", "lines are direct edges")}, backed by a factual claim. The other ${number(edges.length - direct)} are claims only.` }),
    notCarried,
    broughtList(),
    model.groups ? partsList() : "",
    main.children.length ? el("h3", { text: "Most connected" }) : "", main,
    el("h3", { text: "Keys" }),
    el("p", { class: "sub", text: "/ search · on the drawing, arrows go from thing to thing (click it or come by Tab first) · [\u00a0] through the lines of a thing · Enter details · f fit to view · g graph · t table · l timeline · u undo · ? all keys · Esc close" }),
  ];
}

// By the lines that are shown.
function mostConnected(most = 8) {
  const count = new Int32Array(nodes.length);
  for (const edge of edges) {
    if (edgeWhy[edge.i] !== 0) continue;
    count[edge.a] += 1;
    if (edge.b !== edge.a) count[edge.b] += 1;
  }
  const best = [];
  for (const node of nodes) {
    const many = nodeWhy[node.i] === 0 ? count[node.i] : 0;
    if (!many || (best.length === most && many <= best[most - 1][1])) continue;
    const at_ = best.findIndex(([, other]) => other < many);
    best.splice(at_ < 0 ? best.length : at_, 0, [node, many]);
    best.length = Math.min(best.length, most);
  }
  return best;
}

function partsList() {
  const count = model.groups.named.map(() => 0);
  for (const group of model.groups.of) count[group] += 1;
  const item = (group) => el("li", {}, swatch(nodes[model.groups.named[group]].family),
    button(model.groups.by === "type" ? nodes[model.groups.named[group]].type || "untyped" : cut(nodes[model.groups.named[group]].label, 60), () => select("group", group, { focus: true })), span(number(count[group]), "sub"));
  return el("details", { class: "fold", "data-fold": "parts", open: true }, el("summary", {}, span(model.groups.by === "type" ? "Types" : "Parts of the graph, by their hub"), span(number(count.length), "count")),
    el("ul", { class: "names" }, count.slice(0, 12).map((_, group) => item(group))));
}

// ------------------------------------------------------------ lines

// Why it is a direct edge, or is not.
function standing(edge) {
  if (edge.direct) return "Direct edge: at least one factual claim states it flatly, or reports it with credibility 1 or 2.";
  if (edge.denied) return "No direct edge: the claim denies it.";
  if (edge.modality !== "asserted") return `No direct edge: it is put as ${edge.modality}${edge.hedge ? ` (“${edge.hedge}”)` : ""}.`;
  return `No direct edge: ${edge.kind === "fact" ? "the claim does not qualify" : `said flatly, but as ${edge.kind}, not as a fact`}.`;
}

// The four conditions of the edge rule, for each claim.
function rule(edge) {
  const ids = edge.claims.filter(claimOf);
  const row = (good, words) => el("li", { class: good ? "yes" : "no" }, el("b", { text: good ? "✓" : "✕" }), span(words));
  const test = (id) => {
    const claim = claimOf(id);
    const firm = claim.modality === "asserted" || (claim.modality === "reported" && claim.credibility !== null && claim.credibility <= 2);
    return el("div", {}, el("p", {}, claimLink(id, cut(claim.text || id, 100))), el("ul", { class: "rule" },
      row(claim.kind === "fact", `is put as a fact (${claim.kind})`),
      row(firm, `is asserted, or reported with credibility 1 or 2 (${claim.modality}${claim.modality === "reported" ? `, ${claim.credibility ?? "not judged"}` : ""})`),
      row(!claim.denied, claim.denied ? "is denied" : "is affirmed"),
      row(claim.rank !== "deprecated" && !claim.retracted, claim.retracted ? `retracted ${claim.retracted}` : `neither deprecated nor retracted (${claim.rank})`)));
  };
  return el("details", { class: "fold", "data-fold": "rule" }, el("summary", {}, span(edge.direct ? "Why is this an edge?" : "Why is this no edge?")),
    el("p", { class: "sub", text: "A line is a direct edge if some claim meets all four. For a value that a thing has once, such as a date, the claims must agree or one be preferred." }), ids.map(test));
}

function corroboration(edge) {
  if (edge.origins === null) return "";
  const names = edge.began && edge.began.length ? `: ${edge.began.join(", ")}` : "";
  const words = edge.origins === 0 ? "No origin is known." : `${plural(edge.origins, "independent origin")}${names}. Relays of one agency count once.`;
  return el("p", { class: "sub", text: words });
}

function edgePanel(id) {
  const edge = edgeOf(id);
  const verb = el("div", { class: "verb" }, line(edge.modality, edge.sign), el("b", { text: edge.label }), edge.symmetric ? "↔" : "→");
  const others = between(edge).filter((other) => other !== edge);
  const carried = edge.claims.filter(claimOf);
  const missing = edge.claims.filter((claim) => !claimOf(claim));
  const whose = holdersOf(edge);
  return [
    el("h2", { class: "unseen", text: `${nameOf(edge.from)} ${edge.label} ${nameOf(edge.to)}` }),
    el("div", { class: "relation" }, link(edge.from), verb, link(edge.to)),
    el("div", { class: "chips" },
      el("span", { class: "chip" }, line(edge.modality), edge.modality),
      edge.denied ? chip("✕ denied", "strong") : "",
      edge.contested ? chip("≠ contested", "warn") : "",
      edge.sign !== "none" ? chip(`${style.signs[edge.sign].glyph} ${style.signs[edge.sign].label}`) : "",
      edge.contested ? "" : chip(statusOf(edge)),
      whose.inferred ? chip(inferenceOf(whose.held), "warn") : ""),
    heldBy(whose),
    el("p", { class: "sub", text: standing(edge) }),
    corroboration(edge),
    carried.length ? rule(edge) : "",
    el("h3", { text: plural(edge.claims.length, "claim") + " behind it" }),
    carried.map(card),
    missing.length ? el("div", { class: "warning" }, el("p", { text: "Not carried in this page; the store has them:" }), missing.slice(0, 20).map((claim) => el("p", {}, el("code", { text: spelled(`kg why ${claim}`) })))) : "",
    others.length ? el("h3", { text: "Other lines between the two" }) : "",
    el("ul", { class: "names" }, others.map((other) => lineEntry(other))),
  ];
}

// Who says so, in one line; claims that are not in the page say nothing of it.
function heldBy({ held, relayed, inferred: own }) {
  if (!held.length) return "";
  return el("p", { class: `sub held${own ? " own" : ""}` }, own ? "An inference, held by " : "Held by ", ...joined(held.map(holderLink)), relayed.length ? [", relaying ", ...joined(relayed.map(holderLink))] : "", own ? ", who made none of the documents it is read from." : "");
}

const lineEntry = (edge) => el("li", {}, line(edge.modality, edge.sign),
  button(`${edge.label}${edge.denied ? " (denied)" : ""}`, () => select("edge", edge.id, { focus: true })), span(edge.modality, "sub"));

function pairPanel(id) {
  const edge = edgeOf(id);
  const all = between(edge).filter(edgeShown);
  return [el("h2", { text: `${cut(nameOf(edge.from), 80)} and ${cut(nameOf(edge.to), 80)}` }),
    el("div", { class: "relation" }, link(edge.from), span("↔"), link(edge.to)),
    el("h3", { text: `${plural(all.length, "line")} bundled here` }),
    el("ul", { class: "names" }, all.map((one) => el("li", {}, line(one.modality, one.sign), span(one.a === edge.a ? "→" : "←"),
      button(`${one.label}${one.denied ? " (denied)" : ""}`, () => select("edge", one.id, { focus: true })), span(one.modality, "sub"))))];
}

const claimPanel = (id) => [el("h2", { class: "unseen", text: "One claim" }), card(id)];

function pathPanel() {
  const { a, b, directed } = state.path;
  const { ways, steps } = wayOf(state.path);
  const way = Math.min(state.path.way, ways.length - 1);
  const follow = el("input", { type: "checkbox", id: "directed", checked: directed });
  follow.onchange = () => turnPath({ directed: follow.checked, way: 0 });
  const parts = [el("h2", { text: `From ${cut(nameOf(a), 80)} to ${cut(nameOf(b), 80)}` }),
    el("label", { class: "follow" }, follow, "only along the arrows")];
  if (!steps.length) return [...parts, el("p", { text: `No way joins the two among the lines that are shown${directed ? ", along the arrows" : ""}. That says nothing about lines that are hidden.` })];
  const weak = steps.filter(({ edge }) => !edge.direct).length;
  parts.push(el("p", { text: `${plural(steps.length, "step")}; ${weak ? `${weak} of them ${weak === 1 ? "is" : "are"} no direct edge: the way is only as firm as that.` : "every one a direct edge."}` }));
  // Steps that no document states are not the same as steps somebody wrote down.
  const owned = steps.map(({ edge }) => holdersOf(edge)).filter((whose) => whose.inferred);
  if (owned.length) parts.push(el("p", { class: "warning", id: "own-steps", text: `${steps.length === 1 ? "The step" : `${owned.length === 1 ? "One" : number(owned.length)} of the ${plural(steps.length, "step")}`} ${owned.length === 1 ? "is" : "are"} ${inferenceOf([...new Set(owned.flatMap((whose) => whose.held))])}; the documents ${owned.length === 1 ? "it is" : "they are"} read from are by others.` }));
  const against = steps.filter(({ edge, from }) => edge.a !== from.i && !edge.symmetric).length;
  if (against) parts.push(el("p", { text: `${against === 1 ? "One step goes" : `${against} steps go`} against the arrow: this is a connection, not a chain of cause and effect.` }));
  if (ways.length > 1) {
    const soft = (some) => {
      const all = some.map(({ edge }) => edge).filter((edge) => !edge.direct).sort((p, q) => rank(q) - rank(p));
      return all.length ? `softest: ${all[0].modality} ${all[0].kind}` : "direct edges";
    };
    const via = (some) => some.slice(0, -1).slice(0, 4).map(({ node }) => cut(node.label, 36)).join(", ") + (some.length > 5 ? ", …" : "");
    parts.push(el("h3", { text: `The best ${ways.length} ways, shorter and firmer ones first` }), el("div", { class: "ways", role: "group", "aria-label": "Ways" }, ways.map((one, i) =>
      plain(`${i + 1}: ${plural(one.length, "step")}${one.length > 1 ? ` by ${via(one)}` : ""}; ${soft(one)}`, () => turnPath({ way: i }), { "data-way": i, "aria-pressed": String(i === way) }))));
  }
  const step = ({ edge, from, node }) => {
    const forward = edge.a === from.i;
    return el("li", {}, el("div", { class: "relation" }, link(from.id),
      el("div", { class: "verb" }, line(edge.modality, edge.sign), el("b", { text: forward || edge.symmetric ? edge.label : edge.inverse || `← ${edge.label}` }), span(forward ? "→" : "←")), link(node.id)),
    el("p", { class: "sub", text: `${firmness(edge)}.` }), heldBy(holdersOf(edge)), edge.claims.filter(claimOf).map(folded), edge.claims.filter((claim) => !claimOf(claim)).slice(0, 3).map((claim) => el("p", {}, el("code", { text: spelled(claim) }))));
  };
  return [...parts, el("ol", { class: "steps" }, steps.map(step))];
}

// ------------------------------------------------------------ things

function actionBar(id) {
  return el("div", { class: "bar actions", role: "group", "aria-label": "What to do with it" }, actions(id).map(([name, text, act, help]) => plain(text, act, { title: help, "data-do": name })));
}

// On a page of a server, a thing has a page of its own, and there may be more around it.
function servedBar(id) {
  const { root } = model.served;
  const name = encodeURIComponent(id);
  return el("div", { class: "bar" }, el("a", { class: "button", href: `${root}/doc?iri=${name}`, text: "Open its page", "data-do": "page" }),
    el("a", { class: "button", href: `${root}/graph?about=${name}`, text: "Only what is around it", "data-do": "fetch" }));
}

function nodePanel(id) {
  const node = nodeOf.get(id);
  const claims = node.claims.map((claim) => [claim, claimOf(claim)]).filter(([, claim]) => claim);
  const ids = claims.filter(([, claim]) => claim.identity && claim.s === id);
  const values = claims.filter(([, claim]) => !claim.identity && claim.s === id && !claim.o);
  const parts = [el("h2", { text: cut(node.label, 200), dir: "auto" })];
  const status = { notHappened: "did not happen", potential: "only possible", planned: "planned" }[node.status] || node.status;
  parts.push(el("div", { class: "chips" }, el("span", { class: "chip" }, swatch(node.family), node.type || "no type"),
    status ? chip(status, UNCERTAIN.has(node.status) ? "warn" : "") : "", state.hidden.has(id) ? chip("hidden by hand", "warn") : ""));
  parts.push(actionBar(id));
  if (model.served) parts.push(furtherPart(node), servedBar(id));
  if (node.definition) parts.push(el("p", { text: node.definition }));
  const names = new Map();
  for (const [text, language, preferred] of node.names) {
    if (text === cut(node.label, 200) && preferred) continue;
    const said = el("span", { text, lang: language || null, class: preferred ? null : "sub" });
    names.set(language, [...(names.get(language) || []), said]);
  }
  const part = (title, rows) => rows.length && parts.push(el("h3", { text: title }), pairs(rows));
  part("Names", [...names].map(([language, found]) => [languageName(language), ...joined(found, " · ")]));
  if (node.label.length > 90) parts.push(el("details", { class: "fold", "data-fold": "name" }, el("summary", {}, span("The whole name"), span(number(node.label.length), "count")), el("p", { text: node.label })));
  part("What it stands for", node.facts.map(([label, value, target]) => [label, target && nodeOf.has(target) ? link(target) : value]));
  part("Identifiers", ids.map(([claim, { identity }]) => [identity.scheme, identity.url ? outside(identity.url, identity.value) : identity.value, " ",
    button("why", () => select("claim", claim, { focus: true }), { "aria-label": `why ${identity.scheme} ${identity.value}` })]));
  const days = agreementDates(node);
  part("Dates", days.map(dateRow));
  const shownDays = new Set(days.flatMap(({ groups }) => groups.flatMap((date) => date.claims)));
  const stands = restsOn(id).length;
  part("As a source of claims", stands ? [["", button(plural(stands, "claim rests on it", "claims rest on it"), () => select("holder", id, { focus: true }), { "data-do": "resting" })]] : []);
  part("Dates and values claimed", values.filter(([claim]) => !shownDays.has(claim)).map(([claim, { p, value, modality, denied, links }]) => [nameOf(p),
    button(value, () => select("claim", claim, { focus: true })), modality === "asserted" && !denied ? "" : ` (${modality}${denied ? ", denied" : ""})`,
    links.some(([words]) => words === "conflicts with") ? el("b", { class: "disputed", text: " ≠ disputed" }) : ""]));
  return [...parts, ...relations(node), claims.length ? el("h3", { text: `${plural(claims.length, "claim")} about it${node.said > claims.length ? `, of ${number(node.said)}: its page has all` : ""}` }) : "",
    claims.map(([claim]) => folded(claim)), el("p", { class: "sub" }, el("code", { text: spelled(id) }))];
}

const LISTED = 100; // entries of one relation in the panel; the table has them all
function relations(node) {
  const groups = new Map();
  const all = incident(node);
  for (const edge of all) {
    const out = edge.a === node.i;
    const words = out || edge.symmetric ? edge.label : edge.inverse || `← ${edge.label}`;
    if (!groups.has(words)) groups.set(words, []);
    groups.get(words).push([edge, otherEnd(edge, node).id]);
  }
  if (!groups.size) return [];
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const hiddenOnes = all.filter((edge) => !edgeShown(edge)).length;
  const entry = (words) => ([edge, other]) => el("li", { class: edgeShown(edge) ? null : "away" }, line(edge.modality, edge.sign, 26), link(other),
    button(edge.denied ? `denied, ${edge.modality}` : edge.modality, () => select("edge", edge.id, { focus: true, show: true }),
      { "aria-label": `${edge.modality}: open the claims of ${words} ${nameOf(other)}` }), edgeShown(edge) ? "" : span("hidden", "sub"));
  const group = ([words, found]) => {
    const box = el("details", { class: "fold", "data-fold": `relation ${words}`, open: all.length <= 10 }, el("summary", {}, span(words), span(number(found.length), "count")));
    const fill = () => box.querySelector("ul") || box.append(el("ul", {}, found.slice(0, LISTED).map(entry(words))),
      found.length > LISTED ? el("p", { class: "sub", text: `${number(found.length - LISTED)} more are in the table.` }) : "");
    if (all.length <= 10) fill();
    return unfolding(box, fill);
  };
  return [el("h3", { text: `${plural(all.length, "line")} from and to it` }),
    hiddenOnes ? el("p", { class: "sub", text: `${number(hiddenOnes)} of them ${hiddenOnes === 1 ? "is" : "are"} hidden at present.` }) : "", ...sorted.map(group)];
}

// ------------------------------------------------------------ sources and parts

// Everything that rests on somebody: what they hold, what is relayed from them, what is read
// in documents that they published or from whom these have it.
function holderPanel(id) {
  const { held, relayed, read } = restingOn(id);
  const aliases = (behind(id) || (nodeOf.has(id) ? nodeOf.get(id).names.map(([text]) => text) : [])).filter((text) => text !== nameOf(id));
  const all = held.length + relayed.length + read.length;
  const fold = (title, found) => (found.length ? [el("h3", { text: `${plural(found.length, "claim")} ${title}` }), found.slice(0, 60).map(folded),
    found.length > 60 ? el("p", { class: "sub", text: `${number(found.length - 60)} more are in the table.` }) : ""].flat() : []);
  return [el("h2", { text: `Claims that rest on ${cut(nameOf(id), 160)}` }),
    aliases.length ? el("p", { class: "sub", text: `also ${cut(aliases.join(" · "), 200)}` }) : "",
    el("p", { text: all ? `${plural(all, "claim")} in this page.` : "No claim in this page rests on it." }),
    el("div", { class: "bar" }, all ? plain("Show them in the table", () => showList(`on ${id}`), { "data-do": "list" }) : "",
      nodeOf.has(id) ? plain("Open the thing", () => select("node", id, { focus: true, show: true })) : ""),
    ...fold("held by it", held), ...fold("relayed from it", relayed), ...fold("read in documents it made, or that have it from there", read), el("p", { class: "sub" }, el("code", { text: spelled(id) }))];
}

function sourcePanel(id) {
  const source = sourceOf(id);
  const claims = Object.entries(model.claims).filter(([, claim]) => claim.places.some((place) => place.source === id));
  const cited = Object.entries(model.claims).filter(([, claim]) => claim.notes.some((note) => note.cited === id));
  const fold = (title, found) => (found.length ? [el("h3", { text: `${plural(found.length, "claim")} ${title}` }), found.slice(0, 60).map(([claim]) => folded(claim)),
    found.length > 60 ? el("p", { class: "sub", text: `${number(found.length - 60)} more are in the table.` }) : ""] : []);
  const only = () => change(() => { state.off.source = new Set([...counted.get("source").keys()].filter((other) => other !== id)); });
  return [el("h2", { text: cut(source.title, 200) }), el("p", { class: "sub", text: sourceDetails(id) }),
    el("div", { class: "bar" }, counted.get("source") && counted.get("source").has(id) ? plain("Only lines of this source", only, { "data-do": "only-source" }) : "", source.url ? outside(source.url, "open ↗") : ""),
    pairs([["Reliability", source.reliability ? `${source.reliability}, ${source.reliable}` : "not rated"], ["Published", source.issued || "no date"], ["Thing", nodeOf.has(id) ? link(id) : ""]]),
    ...fold("read in it", claims), ...fold("cite it in a footnote", cited), el("p", { class: "sub" }, el("code", { text: spelled(id) }))];
}

function groupPanel(group) {
  const members = nodes.filter((node) => model.groups.of[node.i] === group);
  const types = new Map();
  for (const node of members) types.set(node.type || "no type", (types.get(node.type || "no type") || 0) + 1);
  const leader = nodes[model.groups.named[group]];
  return [el("h2", { text: model.groups.by === "type" ? `Type: ${leader.type || "none"}` : `Part around ${cut(leader.label, 100)}` }),
    el("p", { text: `${plural(members.length, "thing")}. ${model.groups.by === "type" ? "" : "Things that have more lines among each other than to the rest; found by label propagation, not by anybody's judgement."}` }),
    el("div", { class: "bar" }, plain("Open this part", () => change(() => { state.scene = { kind: "group", group }; state.path = null; }, { fit: true }), { id: "open-part" })),
    el("h3", { text: "What is in it" }), pairs([...types].sort((a, b) => b[1] - a[1]).slice(0, 10).map(([type, many]) => [type, number(many)])),
    el("h3", { text: "Most connected" }), el("ul", { class: "names" }, members.slice(0, 15).map((node) => el("li", {}, swatch(node.family), link(node.id), span(node.degree, "sub"))))];
}
