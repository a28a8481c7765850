// The timeline: agreements, events, claims by the day their source came out. A day is a
// filled mark; a month or a year a hatched bar over all of it, never a point in the middle;
// two dates in dispute stand both, joined by a dotted bracket.

const EACH = 100, DENSE = 1000;
let tall = 28; // of a row; on a phone the name stands over its marks
const stacked = () => tall > 30;
const span_ = { from: 0, to: 1, even: false }; // the window, in parts of the whole
const MARKS = {
  signedOn: "diamond", adoptedOn: "diamond", ratifiedOn: "triangle", inForceOn: "circle", terminatedOn: "square",
  date: "circle", startDate: "circle", endDate: "square", issued: "page",
};
const local = (predicate) => predicate.split(/[:#/]/).pop();
const bounded = (dates) => dates.every(({ p }) => p === "notBefore" || p === "notAfter");

function entry(node) {
  const dates = node.dates.map(([predicate, text, precision, claim]) => ({ predicate, p: local(predicate), text, precision, claim, who: "" }));
  return { kind: "node", id: node.id, label: node.label, family: node.family, dates: dates.filter(({ text, precision }) => period(text, precision)) };
}

// What shall be drawn: lanes with their entries, and what has no date.
function lanes() {
  const [agreements, events, others, undated] = [new Map(), [], [], []];
  const parties = [];
  for (const node of nodes) {
    if (!nodeShown(node)) continue;
    const one = entry(node);
    if (node.type === "party status") parties.push([node, one]);
    else if (["agreement", "instrument", "event"].includes(node.family) && !one.dates.length) undated.push(one);
    else if (one.dates.length && (node.family === "agreement" || node.family === "instrument")) agreements.set(node.id, one);
    else if (one.dates.length && node.family === "event") events.push(one);
    else if (one.dates.length && !sourceOf(node.id)) others.push(one);
  }
  // A party's own signature or ratification is a mark on the bar of its agreement.
  for (const [node, one] of parties) {
    const ends = node.facts.map(([, , target]) => target).concat(incident(node).map((edge) => otherEnd(edge, node).id));
    const agreement = ends.find((id) => agreements.has(id));
    const party = ends.find((id) => nodeOf.has(id) && nodeOf.get(id).family === "actor");
    if (!agreement) agreements.set(node.id, one);
    else join(agreements.get(agreement).dates, one.dates, party ? nameOf(party) : node.label);
  }
  const bySource = new Map();
  for (const row of Object.entries(model.claims)) {
    if (!claimShown(row)) continue;
    for (const source of new Set(row[1].places.map((place) => place.source))) bySource.set(source, (bySource.get(source) || 0) + 1);
  }
  const published_ = [];
  for (const [id, count] of bySource) {
    const source = sourceOf(id) || {};
    const one = { kind: "source", id, label: source.title || nameOf(id), count, dates: [] };
    if (dayOf(source.issued) !== null) {
      one.dates.push({ predicate: "dcterms:issued", p: "issued", text: source.issued, precision: precisionOf(source.issued), claim: "", who: "" });
      published_.push(one);
    } else if (nodeOf.has(id) && entry(nodeOf.get(id)).dates.length) {
      one.dates = entry(nodeOf.get(id)).dates;
      published_.push(one);
    } else undated.push(one);
  }
  const start = (one) => Math.min(...one.dates.map(({ text, precision }) => period(text, precision)[0]));
  const sorted = (some) => some.map((one) => [start(one), one]).sort((a, b) => a[0] - b[0] || (a[1].label < b[1].label ? -1 : 1)).map(([, one]) => one);
  return {
    lanes: [["Agreements and resolutions", sorted([...agreements.values()])], ["Events", sorted(events)], ["Other things", sorted(others)], ["Claims, by publication of their source", sorted(published_)]].filter(([, some]) => some.length),
    undated,
  };
}

// What a party did on the same day as all is no mark of its own.
function join(dates, more, who) {
  for (const date of more) {
    if (!dates.some((one) => one.predicate === date.predicate && one.text === date.text && !one.who)) dates.push({ ...date, who });
  }
}

// Days to places. Long stretches without a date are drawn shorter, unless "to scale".
function scale(days, width) {
  const known = [...new Set(days)].sort((a, b) => a - b);
  if (known.length < 2) known.push((known[0] ?? 0) + 1, (known[0] ?? 0) - 1);
  known.sort((a, b) => a - b);
  const short = 12;
  const places = [0];
  for (let i = 1; i < known.length; i += 1) {
    const gap = known[i] - known[i - 1];
    places.push(places[i - 1] + (span_.even || gap <= short ? gap : short * (1 + 0.3 * Math.log(gap / short))));
  }
  const all = places[places.length - 1] || 1;
  const [low, high] = [known[0], known[known.length - 1]];
  const whole = (day) => {
    if (day <= low) return (day - low) / all / 8;
    if (day >= high) return 1 + (day - high) / all / 8;
    let [a, b] = [0, known.length - 1];
    while (b - a > 1) {
      const middle = (a + b) >> 1;
      if (known[middle] <= day) a = middle;
      else b = middle;
    }
    return (places[a] + ((places[b] - places[a]) * (day - known[a])) / (known[b] - known[a])) / all;
  };
  const x = (day) => ((whole(day) - span_.from) / (span_.to - span_.from)) * width;
  const gaps = known.flatMap((day, i) => (i && !span_.even && day - known[i - 1] > 400 ? [[known[i - 1], day]] : []));
  return { x, low, high, gaps };
}

function ticks({ x, low, high }, width) {
  const [from, to] = [new Date(low * DAY).getUTCFullYear() - 1, new Date(high * DAY).getUTCFullYear() + 1];
  const found = [];
  const place = (day, text, room) => {
    const at = x(day);
    if (at < 0 || at > width - 34 || found.some((one) => Math.abs(one.at - at) < room)) return;
    found.push({ at, text });
  };
  const every = Math.max(1, Math.ceil((to - from) / 400));
  const years = [];
  for (let year = from; year <= to; year += every) years.push(year);
  // Years with more room on the page come first.
  const room = (year) => x(dayOf(`${year + 1}`)) - x(dayOf(`${year}`));
  years.filter((year) => year > 999 && year < 9999).sort((a, b) => room(b) - room(a)).forEach((year) => place(dayOf(`${year}`), String(year), 44));
  if (to - from < 60) years.filter((year) => year > 999 && room(year) > 220).forEach((year) => MONTHS.forEach((month, i) => i && place(dayOf(`${year}-${String(i + 1).padStart(2, "0")}`), month.slice(0, 3), 38)));
  return found.sort((a, b) => a.at - b.at);
}

function mark(shape, x, y, r, looks) {
  const corners = CORNERS[shape];
  return corners ? svg("polygon", { points: corners.map(([dx, dy]) => `${(x + r * dx).toFixed(1)},${(y + r * dy).toFixed(1)}`).join(" "), ...looks }) : svg("circle", { cx: x.toFixed(1), cy: y, r, ...looks });
}

const predicateWords = (date) => `${nameOf(date.predicate) === date.predicate ? date.p.replace(/([A-Z])/g, " $1").toLowerCase() : nameOf(date.predicate)}${date.who ? ` (${date.who})` : ""}`;

// In words, for those who hear the page.
function sentence(one, groups) {
  const parts = groups.map((group) => {
    const values = group.map(({ text, precision }) => worded(text, precision));
    return `${predicateWords(group[0])} ${values.join(" or ")}${values.length > 1 ? ", sources disagree" : ""}`;
  });
  return `${cut(one.label, 160)}${one.count ? `, ${plural(one.count, "claim")}` : ""}: ${parts.join("; ")}`;
}

function grouped(dates) {
  const found = new Map();
  for (const date of dates) {
    const key = `${date.predicate} ${date.who}`;
    if (!found.has(key)) found.set(key, []);
    const group = found.get(key);
    const same = group.find(({ text }) => text === date.text);
    if (!same) group.push({ ...date, claims: date.claim ? [date.claim] : [] });
    else if (date.claim) same.claims.push(date.claim);
  }
  return [...found.values()];
}

// Marks that are close are set apart, so that each can be seen and hit.
function setApart(marks, most) {
  for (let i = 1; i < marks.length; i += 1) marks[i].left = Math.max(marks[i].left, marks[i - 1].left + 15);
  for (let i = marks.length - 1; i >= 0; i -= 1) marks[i].left = Math.min(marks[i].left, i + 1 < marks.length ? marks[i + 1].left - 15 : most);
}

let ruler = null;
// A name cut to what fits beside the marks.
function fitting(text, more, room) {
  ruler = ruler || document.createElement("canvas").getContext("2d");
  ruler.font = '12.5px system-ui, "Noto Sans", "Noto Sans CJK KR", sans-serif';
  let kept = cut(text, 120);
  while (kept.length > 4 && ruler.measureText(kept + more).width > room) kept = `${kept.slice(0, -3).trimEnd()}…`;
  return kept + more;
}

function drawRow(one, y, at, gutter, width) {
  const groups = grouped(one.dates);
  const hue = one.family ? `var(--family-${style.families[one.family] ? one.family : "other"})` : "var(--text)";
  const middle = stacked() ? y + 33 : y + tall / 2;
  const parts = [];
  const x = (day) => gutter + Math.max(-20, Math.min(at.x(day), width - gutter + 20));
  const all = one.dates.map(({ text, precision }) => period(text, precision));
  const [begin, end] = [Math.min(...all.map(([from]) => from)), Math.max(...all.map(([, to]) => to))];
  const open = () => (one.kind === "node" ? pick(one.id) : select("source", one.id, { focus: false }));
  if (bounded(one.dates)) {
    // Only bounds are known: the period between them, fading where one is missing.
    const [least, most] = ["notBefore", "notAfter"].map((p) => one.dates.find((date) => date.p === p));
    const [left, right] = [least ? x(dayOf(least.text)) : x(begin) - 46, most ? x(dayOf(most.text)) : x(end) + 46];
    parts.push(svg("rect", { class: "between", x: left, y: middle - 6, width: Math.max(right - left, 4), height: 12, fill: `url(#${least && most ? "hatch" : least ? "fade-right" : "fade-left"})`, stroke: least && most ? hue : "none" }));
    if (least) parts.push(svg("path", { d: `M${left + 5} ${middle - 8} H${left} V${middle + 8} H${left + 5}`, class: "bound" }));
    if (most) parts.push(svg("path", { d: `M${right - 5} ${middle - 8} H${right} V${middle + 8} H${right - 5}`, class: "bound" }));
  } else if (one.family === "agreement" || one.dates.some(({ p }) => p === "startDate" || p === "endDate")) {
    const ended = one.dates.some(({ p }) => p === "terminatedOn" || p === "endDate");
    const right = ended ? x(end) : gutter + at.x(at.high) + 14;
    const left = one.dates.some(({ p }) => p !== "endDate") ? x(begin) : x(end) - 40;
    parts.push(svg("path", { d: `M${left} ${middle} H${right}${ended ? "" : ` m-6 -4 l6 4 l-6 4`}`, class: "bar", style: `stroke:${hue}` }));
  }
  const label = svg("text", { x: 8, y: stacked() ? y + 12 : middle, class: "name" });
  label.textContent = fitting(one.label, one.count ? ` (${one.count})` : "", stacked() ? width - 20 : gutter - 20);
  const name = svg("g", { role: "button", tabindex: 0, class: "row", "aria-label": sentence(one, groups), "data-kind": one.kind, "data-id": one.id },
    svg("rect", { x: 2, y: y + 1, width: stacked() ? width - 6 : gutter - 6, height: stacked() ? 22 : tall - 2, class: "hit" }), label);
  act(name, open);
  const marks = groups.filter((group) => !bounded(group)).flatMap((group) => group.map((date) => {
    const [from, to] = period(date.text, date.precision);
    return { group, date, from, to, left: x(from) };
  })).sort((a, b) => a.from - b.from);
  setApart(marks, width - 10);
  for (const { group, date, from, to, left } of marks) {
    if (at.x(to) < -2 || at.x(from) > width - gutter + 2) continue;
    const preferred = group.some(({ claims }) => claims.some((id) => claimOf(id) && claimOf(id).rank === "preferred"));
    const behind = date.claims.map(claimOf).filter(Boolean);
    const held = behind.some((claim) => claim.rank === "preferred");
    const given_up = behind.length > 0 && behind.every((claim) => claim.rank === "deprecated");
    const filled = date.precision === "day" && !given_up && (group.length === 1 || held || (!preferred && behind.length === 0));
    const looks = { style: `stroke:${hue};fill:${filled ? hue : "var(--canvas)"}`, class: "mark" };
    const words = `${predicateWords(date)} ${worded(date.text, date.precision)}${group.length > 1 ? ", disputed" : ""}${held ? ", preferred" : ""}${given_up ? ", deprecated" : ""}`;
    const bits = [];
    if (date.precision === "day") bits.push(mark(MARKS[date.p] || "circle", left, middle, 6, looks));
    else {
      const right = Math.max(x(to), left + 14);
      bits.push(svg("rect", { x: left, y: middle - 6, width: right - left, height: 12, fill: "url(#hatch)", style: `stroke:${hue}`, class: "period" }),
        mark(MARKS[date.p] || "circle", left, middle, 4, { style: `stroke:${hue};fill:var(--canvas)`, class: "mark" }));
    }
    if (given_up) bits.push(svg("path", { d: `M${left - 9} ${middle + 5} L${left + 9} ${middle - 5}`, class: "struck" }));
    const hit = svg("g", { role: "button", tabindex: 0, class: "when", "aria-label": `${cut(one.label, 80)}: ${words}`, "data-claim": date.claims[0] || "", "data-precision": date.precision },
      svg("rect", { x: left - 8, y: middle - 11, width: 16, height: 22, class: "hit" }), bits);
    titled(hit, `${cut(one.label, 80)}\n${words}`);
    act(hit, () => (date.claims[0] && claimOf(date.claims[0]) ? select("claim", date.claims[0]) : open()));
    parts.push(hit);
  }
  for (const group of groups.filter((some) => some.length > 1)) {
    const stood = marks.filter((one_) => one_.group === group).map(({ left }) => left);
    parts.push(svg("path", { d: `M${Math.min(...stood)} ${middle - 8} V${middle - 12} H${Math.max(...stood)} V${middle - 8}`, class: "dispute" }));
  }
  return svg("g", { class: "line-of", "data-kind": one.kind, "data-id": one.id }, svg("rect", { x: 0, y, width, height: tall, class: "ground" }), parts, name);
}

// Words beside a mark, for the pointer and for the keyboard alike.
function titled(node, text) {
  const show = () => {
    const tip = byId("tip");
    tip.textContent = text;
    tip.hidden = false;
    const box = node.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(box.x, byId("lanes").getBoundingClientRect().right - tip.offsetWidth - 4))}px`;
    tip.style.top = `${box.bottom + tip.offsetHeight + 6 > innerHeight ? box.top - tip.offsetHeight - 4 : box.bottom + 4}px`;
  };
  for (const kind of ["pointerenter", "focus"]) node.addEventListener(kind, show);
  for (const kind of ["pointerleave", "blur"]) node.addEventListener(kind, () => { byId("tip").hidden = true; });
}

function act(node, how) {
  node.addEventListener("click", how);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    how();
  });
}

const pattern = () => svg("defs", {},
  svg("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("path", { d: "M0 0 V5", class: "hatching" })),
  ...[["fade-right", 0, 1], ["fade-left", 1, 0]].map(([id, a, b]) => svg("linearGradient", { id }, svg("stop", { offset: 0, class: "fading", "stop-opacity": b * 0.6 }), svg("stop", { offset: 1, class: "fading", "stop-opacity": a * 0.6 }))));

function lane([title, some], at, gutter, width) {
  const inView = some.filter(({ dates }) => dates.some(({ text, precision }) => {
    const [from, to] = period(text, precision);
    return at.x(to) >= -1 && at.x(from) <= width - gutter + 1;
  }) || (dates.length > 1 && at.x(period(dates[0].text, "day")[0]) < 0));
  const dense = some.length > DENSE;
  const listed = inView.slice(0, dense ? EACH : Math.max(EACH, 300));
  const top = dense ? 60 : 0;
  const height = top + listed.length * tall + 4;
  const sheet = svg("svg", { width, height, role: "group", "aria-label": title });
  for (const { at: place } of ticks(at, width - gutter)) sheet.append(svg("path", { d: `M${gutter + place} 0 V${height}`, class: "tick" }));
  for (const [from, to] of at.gaps) {
    const [left, right] = [gutter + at.x(from), gutter + at.x(to)];
    if (right > gutter && left < width) sheet.append(svg("rect", { x: Math.max(left + 8, gutter), y: 0, width: Math.max(Math.min(right, width) - Math.max(left, gutter) - 16, 0), height, class: "gap" }));
  }
  if (dense) sheet.append(columns(inView, at, gutter, width));
  listed.forEach((one, i) => sheet.append(drawRow(one, top + i * tall, at, gutter, width)));
  return el("section", { class: "lane", "data-lane": title }, el("h2", {}, title, " ", span(`(${number(some.length)})`, "sub")), sheet,
    listed.length < inView.length ? el("p", { class: "sub", text: `${number(inView.length - listed.length)} more in this stretch: zoom in, or filter.` }) : "",
    inView.length < some.length ? el("p", { class: "sub", text: `${number(some.length - inView.length)} lie outside the stretch that is shown.` }) : "");
}

// How many fall into each stretch, where rows would be too many.
function columns(some, at, gutter, width) {
  const bins = new Array(80).fill(0);
  for (const { dates } of some) {
    const place = at.x(period(dates[0].text, dates[0].precision)[0]) / (width - gutter);
    if (place >= 0 && place <= 1) bins[Math.min(Math.floor(place * 80), 79)] += 1;
  }
  const most = Math.max(...bins, 1);
  const wide = (width - gutter) / 80;
  const box = svg("g", { class: "density", role: "img", "aria-label": `${number(some.length)} in this stretch, at most ${number(most)} in one column` });
  bins.forEach((many, i) => many && box.append(svg("rect", { x: gutter + i * wide, y: 54 - (50 * many) / most, width: Math.max(wide - 1, 1), height: (50 * many) / most })));
  return box;
}

function timeline() {
  const { lanes: found, undated } = lanes();
  const box = byId("lanes");
  const width = Math.max(box.clientWidth - 2, 280);
  tall = width < 600 ? 48 : 28;
  const gutter = stacked() ? 14 : Math.min(Math.max(Math.round(width * 0.38), 250), 420);
  const days = found.flatMap(([, some]) => some.flatMap(({ dates }) => dates.flatMap(({ text, precision }) => period(text, precision))));
  byId("time-key").replaceChildren(...(days.length ? [timeKey()] : []));
  if (!days.length) {
    box.replaceChildren(el("p", { class: "empty", text: "Nothing that is shown has a date." }), tray(undated));
    return;
  }
  const at = scale(days, width - gutter - 34);
  const axis = svg("svg", { width, height: 24, class: "axis", "aria-hidden": "true" }, pattern());
  for (const { at: place, text } of ticks(at, width - gutter)) {
    const label = svg("text", { x: gutter + place + 3, y: 16 });
    label.textContent = text;
    axis.append(svg("path", { d: `M${gutter + place} 4 V24`, class: "tick" }), label);
  }
  box.replaceChildren(el("div", { class: "axis-box" }, axis), ...found.map((one) => lane(one, at, gutter, width)), tray(undated));
  markTimeline();
}

function tray(undated) {
  if (!undated.length) return el("p", { class: "sub", text: "Everything here has a date." });
  const groups = [["Agreements and resolutions", undated.filter((one) => ["agreement", "instrument"].includes(one.family))], ["Events", undated.filter((one) => one.family === "event")], ["Sources without a date", undated.filter((one) => one.kind === "source")]];
  const item = (one) => el("li", {}, button(cut(one.label, 120), () => (one.kind === "node" ? pickFromPanel(one.id) : select("source", one.id, { focus: true }))), one.count ? span(plural(one.count, "claim"), "sub") : "");
  return el("details", { class: "fold tray", "data-fold": "undated" }, el("summary", {}, span(`Undated (${number(undated.length)})`)),
    groups.filter(([, some]) => some.length).map(([title, some]) => el("div", {}, el("h2", { text: `${title} (${number(some.length)})` }), el("ul", { class: "names" }, some.slice(0, 200).map(item)))));
}

// One line, what changes a meaning first; a small screen scrolls it.
function timeKey() {
  const one = (words, help, ...drawn_) => el("span", { class: "key", title: help }, ...drawn_, words);
  const shape = (name, filled = true) => picture(16, 16, mark(name, 8, 8, 5.5, { style: `stroke:var(--text);stroke-width:2;fill:${filled ? "var(--text)" : "var(--canvas)"}` }));
  return el("p", { class: "time-key", tabindex: 0, role: "group", "aria-label": "What the marks mean" },
    one("settled", "filled: an exact day that is undisputed or preferred", shape("circle")), one("unsettled", "hollow: less exact than a day, or not the preferred of two", shape("circle", false)),
    one("within", "hatched: some day in this month or year", picture(26, 16, svg("rect", { x: 1, y: 3, width: 24, height: 10, fill: "url(#hatch)", style: "stroke:var(--text)" }))),
    one("in dispute", "a dotted bracket joins dates that conflict", picture(28, 16, svg("path", { d: "M2 14 V4 H26 V14", class: "dispute" }))),
    one("signed", "signed or adopted", shape("diamond")), one("ratified", "ratified", shape("triangle")), one("began", "in force, happened or began", shape("circle")), one("ended", "ended", shape("square")), one("issued", "published", shape("page")),
    one("↔ apart", "marks that would cover each other stand side by side, away from their exact place: the words of each say its date"),
    one("no dates", "a stretch without dates, drawn shorter", picture(20, 16, svg("rect", { x: 1, y: 0, width: 18, height: 16, class: "gap" }))));
}

function markTimeline() {
  if (state.view !== "timeline") return;
  const wanted = state.selected;
  const claim = wanted && wanted.kind === "claim" ? claimOf(wanted.id) : null;
  let first = null;
  for (const row of byId("lanes").querySelectorAll(".line-of")) {
    const { kind, id } = row.dataset;
    const on = Boolean(wanted) && ((wanted.kind === kind && wanted.id === id) || (claim && claim.s === id) || (wanted.kind === "edge" && kind === "node" && [edgeOf(wanted.id).from, edgeOf(wanted.id).to].includes(id))
      || (claim && kind === "source" && claim.places.some((place) => place.source === id)));
    row.classList.toggle("on", on);
    if (on && !first) first = row;
  }
  if (first) first.scrollIntoView({ block: "nearest" });
}

function zoomTime(factor, middle = (span_.from + span_.to) / 2) {
  const half = Math.min(Math.max(((span_.to - span_.from) * factor) / 2, 0.005), 0.5);
  span_.from = Math.max(0, Math.min(middle - half, 1 - 2 * half));
  span_.to = span_.from + 2 * half;
  timeline();
}

function setUpTimeline() {
  byId("time-in").onclick = () => zoomTime(0.5);
  byId("time-out").onclick = () => zoomTime(2);
  byId("time-all").onclick = () => zoomTime(1000);
  byId("time-left").onclick = () => zoomTime(1, (span_.from + span_.to) / 2 - (span_.to - span_.from) / 3);
  byId("time-right").onclick = () => zoomTime(1, (span_.from + span_.to) / 2 + (span_.to - span_.from) / 3);
  byId("lanes").addEventListener("scroll", () => { byId("tip").hidden = true; });
  byId("even").onchange = () => { span_.even = byId("even").checked; timeline(); };
}
