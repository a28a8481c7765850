"use strict";
// The SPARQL page: an editor with completion of our own, over /sparql of the same server.
// A query stays in this page and in its address; nothing is stored.
(() => {
  const { EditorView, HighlightStyle, autocompletion, bracketMatching, closeBrackets, closeBracketsKeymap, completionKeymap,
    defaultKeymap, drawSelection, highlightSelectionMatches, history, historyKeymap, indentOnInput, keymap, lineNumbers, lintGutter, searchKeymap,
    setDiagnostics, sparql, syntaxHighlighting, syntaxTree, tags } = CodeMirrorKit;
  const root = document.body.dataset.root;
  const byId = (id) => document.getElementById(id);
  const LONGEST = 8000; // characters of an address
  const make = (tag, props = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
      if (name === "text") node.textContent = value;
      else if (name === "onclick") node.onclick = value;
      else if (value !== false && value !== null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  // ------------------------------------------------------------ completion

  let terms = null;
  // Over much data the counts of what goes with what come later: they are asked for again.
  const load = (again) => fetch(`${root}/query/terms.json`).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
    if (!found) return terms;
    terms = found;
    terms.known = new Set([...terms.properties, ...terms.classes, ...terms.values].map((one) => one.id));
    if (again && !Object.keys(terms.of).length) setTimeout(() => load(again - 1), 5000);
    return terms;
  }).catch(() => terms);
  const loading = load(5);

  const option = (one, type, boost = 0) => ({ label: one.id, detail: one.label, info: one.about || undefined, type, boost });
  // The subject of the triple one is in, and the classes that the query gives it.
  function classesAt(before, whole) {
    const part = before.split(/[{}]|\.(?=\s|$)/).pop();
    const subject = (part.trim().match(/^\S+/) || [""])[0];
    if (!subject) return [];
    const escaped = subject.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const found = [...whole.matchAll(new RegExp(`${escaped}\\s+(?:[^.{}]*;\\s*)?(?:a|rdf:type)\\s+([\\w-]+:[\\w-]+)`, "g"))];
    if (found.length) return found.map((one) => one[1]);
    const leading = [...whole.matchAll(new RegExp(`([\\w-]+:[\\w-]+)\\s+${escaped}(?![\\w-])`, "g"))];
    return leading.flatMap((one) => terms.leads[one[1]] || []); // what it is by the property that leads to it
  }
  // In comments, texts and whole IRIs nothing is completed.
  const silent = (state, place) => ["Comment", "String", "IriRef"].includes(syntaxTree(state).resolveInner(place, -1).name);

  async function complete(context) {
    const word = context.matchBefore(/[?$]?[\w:-]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    await loading;
    if (!terms || context.aborted) return null;
    const whole = context.state.doc.toString();
    const before = whole.slice(0, word.from);
    if (silent(context.state, context.pos) || /<[^<>\s]*$/.test(before)) return null;
    if (/^[?$]/.test(word.text)) {
      const names = new Set(whole.match(/[?$]\w+/g) || []);
      names.delete(word.text);
      return { from: word.from, options: [...names].map((label) => ({ label, type: "variable" })), validFor: /^[?$]\w*$/ };
    }
    const validFor = /^[\w:-]*$/;
    if (/\bPREFIX\s+$/i.test(before)) return { from: word.from, options: Object.entries(terms.prefixes).map(([name, iri]) => ({ label: `${name}:`, detail: iri, type: "namespace", apply: `${name}: <${iri}>` })), validFor };
    if (/(?:^|\s)(?:a|rdf:type)\s+$/.test(before)) return { from: word.from, options: terms.classes.map((one) => option(one, "class")), validFor };
    // After a property that takes one of a list: that list, also after the first of several.
    const asked = (before.match(/([\w-]+:[\w-]+)\s+(?:[\w-]+:[\w-]+\s*,\s*)*$/) || [])[1];
    const lists = (asked && Object.hasOwn(terms.takes, asked) && terms.takes[asked]) || [];
    if (lists.length) return { from: word.from, options: terms.values.filter((one) => lists.includes(one.of)).map((one) => option(one, "constant")), validFor };
    const used = [...new Set(classesAt(before, whole).flatMap((name) => terms.of[name] || []))];
    const rank = new Map(used.map((name, i) => [name, Math.max(99 - i, 20)])); // what is frequent there comes first
    const blank = whole.replace(/#.*/g, "").trim() === word.text;
    return {
      from: word.from,
      options: [
        ...(blank ? Object.entries(terms.queries).map(([name, one]) => ({ label: name, detail: one.summary, type: "query", boost: 40, apply: () => put(one.text) })) : []),
        ...terms.properties.map((one) => option(one, "property", rank.get(one.id) || 0)),
        ...terms.classes.map((one) => option(one, "class", -10)),
        ...terms.values.map((one) => option(one, "constant", -15)),
        ...(word.text.includes(":") ? [] : Object.entries(terms.prefixes)).map(([name, iri]) => ({ label: `${name}:`, detail: iri, type: "namespace", boost: -20 })),
        ...["SELECT", "CONSTRUCT", "ASK", "DESCRIBE", "WHERE", "OPTIONAL", "FILTER", "UNION", "MINUS", "BIND", "VALUES", "ORDER BY", "GROUP BY", "LIMIT", "DISTINCT"].map((label) => ({ label, type: "keyword", boost: -5 })),
      ],
      validFor,
    };
  }

  // A name of ours that the ontology does not have matches nothing: a query with a slip in one
  // has no rows, and says nothing of it.
  function strange(query) {
    const bare = query.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>|#.*/g, " ");
    return [...new Set(bare.match(/(?<![\w:-])kg:\w[\w-]*/g) || [])].filter((name) => !terms.known.has(name)).slice(0, 5);
  }
  function nearest(name) {
    const steps = (one, other) => { // insertions, deletions and changes from one to the other
      let row = [...Array(other.length + 1).keys()];
      for (let i = 1; i <= one.length; i++) {
        const next = [i];
        for (let j = 1; j <= other.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] !== other[j - 1])));
        row = next;
      }
      return row[other.length];
    };
    const found = [...terms.known].filter((one) => one.startsWith("kg:")).map((one) => [steps(name.toLowerCase(), one.toLowerCase()), one]);
    return found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).filter(([far], _, all) => far <= 3 && far === all[0][0]).slice(0, 2).map(([, one]) => one);
  }

  // ------------------------------------------------------------ the editor

  const area = byId("query");
  const style = HighlightStyle.define([
    { tag: tags.keyword, color: "var(--sign-positive)", fontWeight: "600" },
    { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--family-motivation)" },
    { tag: [tags.string, tags.literal], color: "var(--family-agreement)" },
    { tag: [tags.number, tags.bool], color: "var(--contested)" },
    { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  ]);
  const look = EditorView.theme({
    "&": { color: "var(--text)", backgroundColor: "var(--canvas)" },
    ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--muted)", border: "none" },
    ".cm-cursor": { borderLeftColor: "var(--text)" },
    "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--link) 25%, transparent) !important" },
    ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--control)" },
    ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--canvas)" },
    ".cm-completionDetail": { fontStyle: "normal", marginLeft: ".8em" },
    ".cm-completionInfo": { maxWidth: "22rem" },
    ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)" },
  });
  const view = new EditorView({
    doc: area.value,
    extensions: [
      lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), highlightSelectionMatches(), lintGutter(),
      autocompletion({ override: [complete], icons: false }), sparql(), syntaxHighlighting(style), look, EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-labelledby": "query-label", spellcheck: "false" }),
      ...(area.parentNode.nonce ? [EditorView.cspNonce.of(area.parentNode.nonce)] : []),
      keymap.of([
        { key: "Mod-Enter", run: () => { ask(); return true; }, preventDefault: true },
        ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...searchKeymap, ...defaultKeymap,
      ]),
    ],
    parent: byId("editor"),
  });
  area.hidden = true;
  area.disabled = true;
  for (const id of ["cancel", "share", "keys"]) byId(id).hidden = false;
  document.querySelector(".begin").hidden = false;
  const text = () => view.state.doc.toString();
  const put = (words) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } });

  byId("saved").onchange = async (event) => {
    await loading;
    const found = terms && terms.queries[event.target.value];
    if (found) { put(found.text); view.focus(); }
  };
  byId("share").onclick = (event) => {
    if (link(text()).length > LONGEST) { say("The query is too long for a link."); return; }
    window.history.replaceState(null, "", link(text()));
    gambitPage.copy(location.href, event.target);
  };

  // ------------------------------------------------------------ asking

  // The server makes the answer as a page of its own would show it; here it is put into this one.
  let asking = null;
  let shownFor = null; // whose answer is shown
  const say = (words) => { byId("status").textContent = words; };
  byId("ask").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  byId("cancel").onclick = () => asking && asking.abort();
  byId("result").addEventListener("click", (event) => {
    const tab = event.target.closest("a[data-view]");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    ask(tab.dataset.view, new URL(tab.href).searchParams.get("query"));
  });
  const link = (query, shown) => {
    const kept = new URLSearchParams({ query });
    if (shown && shown !== "table") kept.set("as", shown);
    return `${root}/query?${kept}`;
  };

  async function ask(shown = "table", query = text()) {
    if (asking) asking.abort();
    const mine = (asking = new AbortController());
    shownFor = null;
    byId("problem").replaceChildren();
    byId("result").setAttribute("aria-busy", "true");
    view.dispatch(setDiagnostics(view.state, []));
    byId("cancel").disabled = false;
    say("Asking…");
    const begun = performance.now();
    const clock = setInterval(() => { byId("clock").textContent = `${Math.round((performance.now() - begun) / 1000)} s; a query may run for ${byId("ask").dataset.limit} s`; }, 1000);
    try {
      const answer = await fetch(`${root}/query`, { method: "POST", body: new URLSearchParams({ query, as: shown }), headers: { Accept: "text/html" }, signal: mine.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== asking) return;
      const told = page.getElementById("status");
      const made = page.getElementById("result");
      byId("result").replaceChildren(...(made ? document.adoptNode(made).childNodes : []));
      const wrong = page.querySelector(".problem");
      if (wrong) { refused(document.adoptNode(wrong), page.querySelector("h1"), !made); return; }
      if (!answer.ok || !told) throw new Error(`status ${answer.status}`);
      say(`${told.textContent.trim()} ${((performance.now() - begun) / 1000).toFixed(2)} s`);
      if (link(query, shown).length <= LONGEST) window.history.replaceState(null, "", link(query, shown));
      shownFor = mine;
      loading.then(() => { if (terms && shownFor === mine) tell(query); });
      gambitPage.adorn(byId("result"));
      const tab = byId("result").querySelector("a[aria-current]");
      if (shown !== "table" && tab) tab.focus({ preventScroll: true });
    } catch (error) {
      if (mine !== asking) return;
      byId("result").replaceChildren();
      say(error.name === "AbortError" ? "Stopped." : "");
      if (error.name !== "AbortError") byId("problem").replaceChildren(make("div", { class: "problem", role: "alert" }, make("p", {}, make("b", { text: "The server cannot be reached." })), make("p", { text: String(error.message) })));
    } finally {
      clearInterval(clock);
      if (mine === asking) byId("clock").textContent = "";
      if (mine === asking) { asking = null; byId("cancel").disabled = true; byId("result").removeAttribute("aria-busy"); }
    }
  }

  function refused(problem, heading, whole) {
    say("");
    if (whole && heading) problem.prepend(make("p", {}, make("b", { text: heading.textContent }))); // of a page that has nothing else
    problem.setAttribute("role", "alert");
    byId("problem").replaceChildren(problem);
    mark(problem);
  }

  function tell(query) {
    for (const name of strange(query)) {
      const near = nearest(name);
      byId("result").prepend(make("p", { class: "note", text: `No term here is called ${name}${near.length ? `: is ${near.join(" or ")} meant?` : "; the page Terms lists those there are."}` }));
    }
  }

  // The place of an error, in the text.
  function mark(problem) {
    const number = Number(problem.dataset.line);
    if (!number || number > view.state.doc.lines) return;
    const line = view.state.doc.line(number);
    const from = Math.min(line.from + Math.max(Number(problem.dataset.column || 1) - 1, 0), line.to);
    const to = Math.min(Math.max(from + 1, from + (line.text.slice(from - line.from).match(/^[\w:?$-]+/) || [""])[0].length), view.state.doc.length);
    const message = (problem.querySelector("b") || problem).textContent;
    view.dispatch(setDiagnostics(view.state, [{ from: from === to ? Math.max(from - 1, 0) : from, to, severity: "error", message }]), { selection: { anchor: from }, scrollIntoView: true });
    view.focus();
  }

  const problem = document.querySelector("#problem .problem");
  if (problem) mark(problem);
  window.gambitEditor = { view, ask, put };
})();
