// How a page of a server asks it for more. A page that is a file has no such part: it asks nobody.

let asking = false;

// ------------------------------------------------------------ asking the server

class Trouble extends Error {
  constructor(words, hint = "", reload = false) {
    super(words);
    Object.assign(this, { hint, reload });
  }
}

async function ask(parameters) {
  let answer;
  try {
    answer = await fetch(`${model.served.grow}${parameters}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(60000) });
  } catch (error) {
    throw error.name === "TimeoutError" ? new Trouble("The server took longer than a minute.", "It may be busy: try again.")
      : new Trouble("The server cannot be reached.", "Is it running, and is there a connection? Then try again.");
  }
  if (!answer.ok) {
    const { detail = `The server answers ${answer.status}.`, hint = "" } = await answer.json().catch(() => ({}));
    const after = Number(answer.headers.get("Retry-After"));
    if (answer.status === 429) throw new Trouble("You have enough running at the server.", `Try again ${after ? `in ${plural(after, "second")}` : "when other answers have come"}.`);
    if (answer.status === 503) throw new Trouble(`The server is busy: ${detail}.`, after ? `Try again in ${plural(after, "second")}.` : "Try again later.");
    const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1).replace(/\.$/, "")}.` : "");
    throw new Trouble(sentence(detail), sentence(hint));
  }
  const said = await answer.json().catch(() => { throw new Trouble("The answer broke off.", "Try again."); });
  if (said.data !== model.data) throw new Trouble("The data at the server have changed since this page was opened.", "Load the page anew to go on; what you have chosen stays.", true);
  return said;
}

// One at a time; what goes wrong is told in a line, and nothing that is shown is lost.
async function asked_(parameters, again, words = "Asking the server…") {
  if (asking) {
    tell("The server has not answered the last question yet.");
    return null;
  }
  asking = true;
  trouble();
  document.body.setAttribute("aria-busy", "true");
  tell(words);
  clearTimeout(telling); // it stays until there is an answer
  try {
    return await ask(parameters);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    trouble(error, again);
    return null;
  } finally {
    asking = false;
    byId("message").hidden = true;
    document.body.removeAttribute("aria-busy");
  }
}

function trouble(error, again) {
  const box = byId("trouble");
  box.hidden = !error;
  if (!error) return box.replaceChildren();
  byId("message").hidden = true;
  return box.replaceChildren(el("p", { text: `${error.message} ${error.hint} Nothing that is shown is lost.` }), el("div", {},
    error.reload ? plain("Load it anew", () => location.reload(), { "data-do": "reload" }) : again ? plain("Try again", again, { "data-do": "again" }) : "",
    plain("✕", () => { trouble(); if (camera && state.view === "graph") camera.focus(); }, { "aria-label": "Close this message" })));
}

const opens = (steps) => steps.map((one) => `&open=${encodeURIComponent(one)}`).join("");

// Ask for something more than is shown.
async function askMore(more, again, words) {
  const steps = [...state.opened];
  const ready_ = grownTo === steps.join("\n");
  const said = await asked_(`${opens(steps)}&have=${ready_ ? steps.length : 0}${more}`, again, words);
  if (!said) return null;
  const step = said.steps[said.steps.length - 1];
  absorb(said, ready_ ? [...steps, step.open] : [...said.steps.map(({ open: text }) => text)]);
  return { ...said, step };
}

// A link, or a step back, names things that are not here. What else it says (the text of the
// address) is taken once they are.
async function fetchAll(text, steps = [...state.opened]) {
  holding = true;
  const said = await asked_(`${opens(steps)}&have=0`, () => fetchAll(text, steps));
  holding = false;
  if (!said) return;
  absorb(said, steps);
  if (text !== null && location.hash.slice(1) === text) begin(false);
  else {
    if (text !== null) take(text);
    else state.opened = steps;
    apply();
  }
  if (fitted) fit(false);
  const gone = said.steps.flatMap(({ missing }) => missing);
  if (gone.length) tell(`${plural(gone.length, "thing")} that the link names ${gone.length === 1 ? "is" : "are"} not in the data any more.`);
}

// ------------------------------------------------------------ what a reader asks for

// Bring in what is beside a thing: the most connected first, as many as the server gives at a time.
async function bring(id, relation = "") {
  const name = cut(nodeOf.get(id).label, 60);
  const found = await askMore(`&more=${encodeURIComponent(id)}${relation ? `&relation=${encodeURIComponent(relation)}` : ""}`, () => bring(id, relation), `Asking for what is beside ${name}…`);
  if (!found) return;
  if (!nodeOf.has(id)) return;
  if (!state.selected || state.selected.id !== id) select("node", id);
  changeOpened(withStep(state.opened, found.step.open), () => {
    const { scene } = state;
    const ids = found.step.things.filter((one) => one !== id);
    if (scene && scene.kind === "ego") state.scene = { ...scene, add: [...new Set([...scene.add, ...ids])] };
    else if (scene) state.scene = null;
  }, (fresh_, lines) => {
    const rest = found.step.all - besideHere(nodeOf.get(id), relation).size;
    if (!fresh_.length && !lines) return `Everything beside ${name} is shown.`;
    return `${plural(fresh_.length, "thing")} and ${plural(lines, "line")} brought in beside ${name}.${alsoHidden(fresh_)} ${rest > 0 ? `${number(rest)} more ${rest === 1 ? "is" : "are"} beside it: Expand again brings the next.` : "Nothing more is beside it."}`;
  });
}

// Bring in one thing by its name, with its lines to what is shown.
async function bringThing(id, label) {
  const found = await askMore(`&more=${encodeURIComponent(id)}&limit=0`, () => bringThing(id, label));
  if (!found) return;
  const name = cut(label, 60);
  if (found.step.missing.length) {
    trouble(new Trouble(`No claim joins ${name} to anything.`, "Its own page tells what is known of it."));
    return;
  }
  const thing = found.step.things[0];
  changeOpened(withStep(state.opened, found.step.open), () => { state.scene = null; },
    (_, lines) => (lines ? `${name} is brought in, with ${plural(lines, "line")} to what is shown.` : `${name} is brought in. No line joins it to what is shown; Expand brings what is beside it.`));
  if (nodeOf.has(thing)) {
    select("node", thing, { focus: true });
    if (camera && state.view === "graph") lookAt([nodeOf.get(thing), ...incident(nodeOf.get(thing)).map((edge) => otherEnd(edge, nodeOf.get(thing)))], 1.1, true);
  }
}

// Bring in the best ways between two things, over everything the server has.
async function bringWay(a, b, directed, label = nameOf(b)) {
  const step = `way ${a} ${b}${directed ? " directed" : ""}`;
  if (!STEP.test(step)) return;
  const found = await askMore(`&open=${encodeURIComponent(step)}`, () => { state.picking = a; pathTo(b, label); }, `Asking for ways from ${cut(nameOf(a), 40)} to ${cut(label, 40)}…`);
  if (!found) return;
  if (!found.step.things.length) tell(`No way joins the two${directed ? " along the arrows" : ""}, in the whole graph.`);
  else if (found.step.things.every((id) => nodeOf.has(id))) tell("The best ways are over what is shown.");
  else changeOpened(withStep(state.opened, found.step.open), () => { state.scene = null; }, (fresh_, lines) => `${plural(fresh_.length, "thing")} and ${plural(lines, "line")} on the ways brought in.${alsoHidden(fresh_)}`);
}

// By which relations the rest is beside it; asked for when somebody looks.
function byRelation(node) {
  const box = el("details", { class: "fold", "data-fold": "by relation" }, el("summary", {}, span("Only by one relation")));
  const list_ = () => {
    const rows_ = pool.relations.get(node.id).map(([relation, label, all]) => [relation, label, all, besideHere(node, relation).size]).filter(([, , all, here]) => all > here);
    box.querySelector("ul, p")?.remove();
    box.append(rows_.length ? el("ul", { class: "names" }, rows_.map(([relation, label, all, here]) => el("li", {}, button(label, () => bring(node.id, relation), { "data-do": `bring ${relation}`, "aria-label": `Bring in by: ${label}, ${all - here} more` }), span(`${number(all - here)} more`, "sub")))) : el("p", { class: "sub", text: "Nothing more." }));
  };
  return unfolding(box, async () => {
    if (box.querySelector("ul")) return;
    if (!pool.relations.has(node.id)) {
      const said = await asked_(`${opens(state.opened)}&have=${state.opened.length}&more=${encodeURIComponent(node.id)}&limit=0`, () => panel({ keepScroll: true }));
      if (!said) return;
      pool.relations.set(node.id, said.relations);
    }
    list_();
  });
}

// ------------------------------------------------------------ search

// On a page of a server, what goes by that name and is not shown: it can be brought in.
let looking = 0;
function suggestFurther() {
  clearTimeout(looking);
  const text = query.value.trim();
  if (!text) return;
  looking = setTimeout(async () => {
    const found = await fetch(`${model.served.root}/suggest?q=${encodeURIComponent(text.slice(0, 200))}`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : [])).catch(() => []);
    if (query.value.trim() !== text || suggestions.hidden) return; // somebody typed on, or chose
    const at_ = suggestions.querySelectorAll(CHOICES).length;
    found.filter(({ id }) => !nodeOf.has(id)).forEach(({ id, label, matched, type }, i) => {
      const item = el("li", { role: "option", id: `option-${at_ + i}`, "aria-selected": "false", "data-further": id, "data-label": label }, swatch("other"),
        el("span", {}, span(cut(spelled(label), 120)), matched ? el("small", { text: ` ${cut(spelled(matched), 80)}` }) : "", type ? el("small", { text: ` ${cut(type, 80)}` }) : ""), el("small", { class: "away", text: "bring in" }));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); chooseFurther(id, label); });
      suggestions.append(item);
    });
    if (!suggestions.firstChild) suggestions.append(el("li", { role: "option", "aria-disabled": "true", text: "No name matches. Enter searches the claims." }));
    open(true);
  }, 180);
}

function chooseFurther(id, label) {
  open(false);
  if (state.picking) pathTo(id, label);
  else bringThing(id, label);
}
