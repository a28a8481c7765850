// One claim as a card: what it says, who holds it, where it stands, how it can be cited.

// Somebody on whom claims rest leads to all of these claims.
const holderLink = (id) => (isBehind(id) ? button(nameOf(id), () => select("holder", id, { focus: true }), { "data-holder": id, title: "All claims that rest on this" }) : span(nameOf(id)));
const inferenceOf = (ids) => `an inference of ${ids.map(nameOf).join(", ")}`;

const chip = (text, kind = "") => el("span", { class: `chip ${kind}`, text });
function claimChips(claim) {
  return el("div", { class: "chips" },
    el("span", { class: "chip" }, line(claim.modality), claim.modality),
    claim.hedges.length ? chip(claim.hedges.map((words) => `“${words}”`).join(" ")) : "",
    chip(claim.kind),
    claim.denied ? chip(`${style.glyphs.denied.glyph} denied`, "strong") : "",
    claim.rank !== "normal" ? chip(claim.rank, "warn") : "",
    inferred(claim) ? chip(inferenceOf(claim.holders), "warn") : "",
    claim.retracted ? chip(`retracted ${claim.retracted}`, "warn") : "");
}

function by(items, key) {
  const found = new Map();
  for (const item of items) found.set(key(item), [...(found.get(key(item)) || []), item]);
  return found;
}
const listed = (words) => (words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}` : words.join());

// ------------------------------------------------------------ one claim

function card(id) {
  const claim = claimOf(id);
  const box = el("article", { class: `card${claim.edge ? " direct" : ""}${claim.modality !== "asserted" ? " hedged" : ""}`, "data-claim": id });
  box.append(el("p", { class: "says", text: claim.text || proposition(claim) }), claimChips(claim));
  // A document with several places, or behind several footnotes, is named once.
  const sources = [...by(claim.places, (place) => place.source)].map(([source, places]) => el("div", { class: "read-in" }, sourceLink(source), el("div", { class: "sub", text: sourceDetails(source) }),
    places.map((place) => [el("div", { text: place.locator }), place.text ? el("blockquote", { text: place.text }) : ""]).flat()));
  const notes = [...by(claim.notes, ({ marker, cited }) => cited || `mark ${marker}`)].map(([, same]) => {
    const marks = same.map(({ marker }) => marker && `[${marker}]`).filter(Boolean);
    const { cited } = same[0];
    return el("div", {}, marks.length ? `${listed(marks)}${same.length > 1 && cited ? ", the same document:" : ""} ` : "",
      cited ? [sourceLink(cited), span([" ", sourceDetails(cited)].filter(Boolean).join("· "), "sub")] : "");
  });
  const rows = [
    ["Relation", el("span", {}, link(claim.s), ` ${nameOf(claim.p)} `, claim.o ? link(claim.o) : el("b", { text: claim.value }))],
    ["Held by", ...joined(claim.holders.map(holderLink))],
    ["Relaying", ...joined(claim.original.map(holderLink))],
    ["", inferred(claim) && el("span", { class: "sub", text: "Who holds it made none of the documents it is read from, and relays nobody: the conclusion is theirs." })],
    ["Read in", ...sources],
    [claim.reach ? `Footnotes (${claim.reach})` : "Footnotes", ...(notes.length ? notes : [span("none for this sentence", "sub")])],
    ["Holds", claim.valid],
    ["Likelihood", claim.likelihood],
    ["Why this rank", claim.rankReason],
    ["Checked", claim.identity && claim.identity.method],
  ];
  box.append(pairs(rows), scores(claim));
  const against = claim.links.filter(([words, other]) => words === "conflicts with" && claimOf(other));
  for (const [words, other] of claim.links) {
    const warn = words === "conflicts with" || words === "in tension with";
    box.append(el("p", {}, el("b", { text: `${warn ? "≠ " : ""}${words} ` }), claimLink(other, cut((claimOf(other) || {}).text || other, 140))));
  }
  against.forEach(([, other]) => box.append(faceToFace(id, other)));
  if (claim.note) box.append(el("p", { class: "sub", text: `Editors: ${claim.note}` }));
  const edge = lineOf(id);
  const foot = el("footer", {}, el("code", { text: spelled(id) }), claim.edge ? "backs a direct edge" : claim.drawn ? "drawn, not a direct edge" : "not drawn as a line",
    button("Cite", () => copy(citation(id), "The citation is copied."), { "aria-label": "Copy as citation", "data-do": "cite" }),
    button("Link", () => copy(permalink(id), "The link to this claim is copied."), { "aria-label": "Copy a link to this claim", "data-do": "permalink" }));
  if (edge && !chosen(edge.id)) foot.append(button("show its line", () => select("edge", edge.id, { focus: true, show: true })));
  box.append(foot);
  return box;
}

// Two claims that cannot both hold, beside each other.
function faceToFace(id, other) {
  const side = (one, title) => {
    const claim = claimOf(one);
    const source = claim.places.map((place) => place.source)[0];
    const firm = `${claim.modality} ${claim.kind}${claim.denied ? ", denied" : ""}${claim.rank !== "normal" ? `, ${claim.rank}` : ""}`;
    return el("div", { class: "side" }, el("b", { text: title }), el("p", { class: "value", text: claim.o ? nameOf(claim.o) : claim.value }),
      el("p", {}, claim.holders.length ? `held by ${claim.holders.map(nameOf).join(", ")}` : "", claim.holders.length ? el("br") : "",
        source ? [span((sourceOf(source) || {}).title || source, "sub"), el("br"), span(sourceDetails(source), "sub")] : ""),
      el("p", { class: "sub", text: `${firm}; confidence ${claim.confidence ?? "not judged"}, credibility ${claim.credibility ?? "not judged"}` }));
  };
  return el("div", { class: "faces", role: "group", "aria-label": "The two sides" }, side(id, "This claim"), side(other, "The other"));
}

// Three scales side by side; none is computed from another.
function scores(claim) {
  const source = claim.places.map((place) => sourceOf(place.source))[0] || {};
  const score = (name, value, words) => el("div", {}, name, el("b", { text: value }), words);
  return el("div", { class: "scores" },
    score("Confidence", claim.confidence === null ? "—" : String(claim.confidence), claim.confidence === null ? "not judged" : "of 100"),
    score("Credibility", claim.credibility === null ? "—" : String(claim.credibility), CREDIBILITY[claim.credibility] || "not judged"),
    score("Source", source.reliability || "—", source.reliable || "not rated"));
}

// What is inside comes when it is opened: by a click, or when a place one was at is brought back.
function unfolding(box, fill) {
  box.fill = fill;
  box.addEventListener("toggle", () => box.open && fill());
  return box;
}

// A claim as one line that unfolds into its card.
function folded(id) {
  const claim = claimOf(id);
  const firm = claim.modality + (claim.denied ? " (denied)" : "");
  const box = el("details", { class: "fold", "data-claim": id }, el("summary", {}, el("span", {}, span(claim.text || proposition(claim)), " ", span(inferred(claim) ? `${firm}, ${inferenceOf(claim.holders)}` : firm, "sub"))));
  return unfolding(box, () => box.querySelector(".card") || box.append(card(id)));
}

// ------------------------------------------------------------ citing

function citation(id) {
  const claim = claimOf(id);
  const places = claim.places.map((place) => {
    const source = sourceOf(place.source) || { title: place.source };
    const who = [(source.creators || []).join(", "), `“${source.title}”`, source.publisher, source.issued].filter(Boolean).join(", ");
    return `${who}: ${place.locator}${source.url ? `. ${source.url}` : ""}`;
  });
  const notes = claim.notes.filter((note) => note.marker).map((note) => `[${note.marker}] ${(sourceOf(note.cited) || { title: note.cited }).title}`);
  const firm = [claim.modality, claim.hedges.length ? claim.hedges.map((words) => `“${words}”`).join(" ") : "", claim.kind, claim.denied ? "denied" : ""].filter(Boolean).join(", ");
  const held = claim.holders.length ? `, ${inferred(claim) ? "an inference of" : "held by"} ${claim.holders.map(nameOf).join(", ")}${claim.original.length ? ` relaying ${claim.original.map(nameOf).join(", ")}` : ""}` : "";
  const ranked = claim.rank === "normal" ? [] : [`Rank: ${claim.rank}${claim.rankReason ? ` (${claim.rankReason})` : ""}`];
  const against = disputedBy(claim).map((other) => `Disputed by: ${(claimOf(other) || {}).text || "a claim that is not in this page"} (${other})`);
  return [`${claim.text || proposition(claim)} (${firm}${held})`, ...places, ...notes, ...ranked, ...against, `${id}, data ${model.data.slice(0, 12) || "from a server"}`].join("\n");
}

const permalink = (id) => `${location.href.split("#")[0]}#${packed(id)}`;

// The clipboard where there is one, else the old way; a sandboxed frame may have neither.
async function copy(text, words) {
  try {
    await navigator.clipboard.writeText(text);
    tell(words);
  } catch {
    const area = el("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    const dialog = document.querySelector("dialog[open]");
    (dialog || document.body).append(area);
    const focused = document.activeElement;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (focused) focused.focus();
    tell(done ? words : "Copying is not allowed here; select the text by hand.");
  }
}
