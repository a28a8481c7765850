"use strict";
// The SPARQL page: an editor with completion of our own, over /sparql of the same server.
// A query stays in this page and in its address; nothing is stored.
(() => {
  const { Compartment, EditorState, EditorView, HighlightStyle, autocompletion, bracketMatching, closeBrackets, closeBracketsKeymap, completionKeymap,
    defaultKeymap, drawSelection, highlightSelectionMatches, history, historyKeymap, indentOnInput, keymap, lineNumbers, lintGutter, searchKeymap,
    setDiagnostics, sparql, syntaxHighlighting, tags } = CodeMirrorKit;
  const root = document.body.dataset.root;
  const byId = (id) => document.getElementById(id);
  const SHOWN = 1000;
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
  const loading = fetch(`${root}/query/terms.json`).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
    terms = found;
    if (terms) terms.known = new Set(terms.properties.map((one) => one.id));
    return terms;
  }).catch(() => null);

  const option = (one, type, boost = 0) => ({ label: one.id, detail: one.label, info: one.about || undefined, type, boost });
  // The subject of the triple one is in, and the classes that the query gives it.
  function classesAt(before, whole) {
    const part = before.split(/[{}]|\.(?=\s|$)/).pop();
    const subject = (part.trim().match(/^\S+/) || [""])[0];
    if (!subject) return [];
    const escaped = subject.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const found = [...whole.matchAll(new RegExp(`${escaped}\\s+(?:[^.{}]*;\\s*)?(?:a|rdf:type)\\s+([\\w-]+:[\\w-]+)`, "g"))];
    return found.map((one) => one[1]);
  }

  async function complete(context) {
    const word = context.matchBefore(/[?$]?[\w:-]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    await loading;
    if (!terms || context.aborted) return null;
    const whole = context.state.doc.toString();
    const before = whole.slice(0, word.from);
    if (/^[?$]/.test(word.text)) {
      const names = new Set(whole.match(/[?$]\w+/g) || []);
      names.delete(word.text);
      return { from: word.from, options: [...names].map((label) => ({ label, type: "variable" })), validFor: /^[?$]\w*$/ };
    }
    const validFor = /^[\w:-]*$/;
    if (/(?:^|\s)(?:a|rdf:type)\s+$/.test(before)) return { from: word.from, options: terms.classes.map((one) => option(one, "class")), validFor };
    const used = [...new Set(classesAt(before, whole).flatMap((name) => terms.of[name] || []))];
    const rank = new Map(used.map((name, i) => [name, Math.max(99 - i, 20)])); // what is frequent there comes first
    return {
      from: word.from,
      options: [
        ...terms.properties.map((one) => option(one, "property", rank.get(one.id) || 0)),
        ...terms.classes.map((one) => option(one, "class", -10)),
        ...Object.entries(terms.prefixes).map(([name, iri]) => ({ label: `${name}:`, detail: iri, type: "namespace", boost: -20 })),
        ...["SELECT", "CONSTRUCT", "ASK", "DESCRIBE", "WHERE", "OPTIONAL", "FILTER", "UNION", "MINUS", "BIND", "VALUES", "ORDER BY", "GROUP BY", "LIMIT", "DISTINCT"].map((label) => ({ label, type: "keyword", boost: -5 })),
      ],
      validFor,
    };
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
      keymap.of([
        { key: "Mod-Enter", run: () => { ask(); return true; }, preventDefault: true },
        ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...searchKeymap, ...defaultKeymap,
      ]),
    ],
    parent: byId("editor"),
  });
  area.hidden = true;
  for (const id of ["cancel", "share", "keys"]) byId(id).hidden = false;
  const text = () => view.state.doc.toString();
  const put = (words) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } });

  byId("saved").onchange = async (event) => {
    await loading;
    const found = terms && terms.queries[event.target.value];
    if (found) { put(found); view.focus(); }
  };
  byId("share").onclick = async (event) => {
    const link = `${location.origin}${root}/query?query=${encodeURIComponent(text())}`;
    window.history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      event.target.textContent = "Copied";
    } catch {
      event.target.textContent = "Copy it from the address line";
    }
  };

  // ------------------------------------------------------------ asking

  let asking = null;
  byId("ask").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  byId("cancel").onclick = () => asking && asking.abort();
  const say = (words) => { byId("status").textContent = words; };

  async function ask() {
    if (asking) asking.abort();
    const mine = (asking = new AbortController());
    const query = text();
    byId("problem").replaceChildren();
    byId("result").replaceChildren();
    view.dispatch(setDiagnostics(view.state, []));
    byId("cancel").disabled = false;
    say("Asking…");
    const begun = performance.now();
    try {
      const answer = await fetch(`${root}/sparql`, {
        method: "POST", body: query, signal: mine.signal,
        headers: { "Content-Type": "application/sparql-query", Accept: "application/sparql-results+json, application/n-triples;q=0.9, application/problem+json;q=0.1" },
      });
      const kind = (answer.headers.get("Content-Type") || "").split(";")[0];
      const body = await answer.text();
      await Promise.race([loading, new Promise((done) => { setTimeout(done, 1500); })]); // prefixes shorten names
      if (mine !== asking) return;
      if (!answer.ok) return refused(kind.endsWith("json") ? JSON.parse(body) : { detail: `The server answered ${answer.status}.` });
      const seconds = ((performance.now() - begun) / 1000).toFixed(2);
      if (kind === "application/n-triples") show(query, graphOf(body), seconds);
      else {
        const found = JSON.parse(body);
        if ("boolean" in found) { say(`Answered in ${seconds} s.`); byId("result").replaceChildren(make("p", {}, make("b", { text: found.boolean ? "Yes" : "No" }))); }
        else show(query, { heads: found.head.vars, rows: found.results.bindings.map((row) => found.head.vars.map((name) => row[name] || null)), graph: false }, seconds);
      }
      byId("result").focus({ preventScroll: true });
    } catch (error) {
      if (mine === asking) { say(error.name === "AbortError" ? "Stopped." : ""); if (error.name !== "AbortError") refused({ detail: "The server cannot be reached.", hint: String(error.message) }); }
    } finally {
      if (mine === asking) { asking = null; byId("cancel").disabled = true; }
    }
  }

  function refused(problem) {
    say("");
    const place = problem.line ? ` Line ${problem.line}, column ${problem.column || 1}.` : "";
    byId("problem").replaceChildren(make("div", { class: "problem" }, make("p", {}, make("b", { text: problem.detail || problem.title }), place), make("p", { class: "lines", text: problem.hint || "" })));
    if (!problem.line || problem.line > view.state.doc.lines) return;
    const line = view.state.doc.line(problem.line);
    const from = Math.min(line.from + Math.max((problem.column || 1) - 1, 0), line.to);
    const to = Math.min(Math.max(from + 1, from + (line.text.slice(from - line.from).match(/^\S+/) || [""])[0].length), view.state.doc.length);
    view.dispatch(setDiagnostics(view.state, [{ from, to, severity: "error", message: problem.detail }]), { selection: { anchor: from }, scrollIntoView: true });
    view.focus();
  }

  // N-Triples as rows; the server writes one triple a line.
  function graphOf(body) {
    const part = /<([^>]*)>|(_:\S+)|"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?/g;
    const unescaped = (words) => words.replace(/\\(u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|.)/g, (_, code) => (code.length > 1 ? String.fromCodePoint(parseInt(code.slice(1), 16)) : ({ n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" })[code] || code));
    const rows = body.split("\n").filter(Boolean).map((line) => [...line.matchAll(part)].slice(0, 3).map(([, iri, blank, words, language, datatype]) => (
      iri !== undefined ? { type: "uri", value: unescaped(iri) } : blank ? { type: "bnode", value: blank } : { type: "literal", value: unescaped(words), "xml:lang": language, datatype })));
    return { heads: ["subject", "predicate", "object"], rows, graph: true };
  }

  // ------------------------------------------------------------ the answer

  const OURS = "https://w3id.org/gambit/id/";
  const TERMS = "https://w3id.org/gambit/ontology#";
  function curie(iri) {
    const cut = Math.max(iri.lastIndexOf("/"), iri.lastIndexOf("#")) + 1;
    const found = terms && Object.entries(terms.prefixes).find(([, namespace]) => namespace === iri.slice(0, cut));
    return found && /^[\w.-]+$/.test(iri.slice(cut)) ? `${found[0]}:${iri.slice(cut)}` : iri;
  }
  const page = (iri) => (iri.startsWith(TERMS) ? `${root}/ontology#${encodeURIComponent(iri.slice(TERMS.length))}`
    : iri.startsWith(OURS) ? `${root}/doc/${iri.slice(OURS.length).split("/").map(encodeURIComponent).join("/")}` : /^https?:\/\/[^\s<>"\\^`{|}]+$/.test(iri) ? iri : "");
  const spelled = (words) => words.replace(/[\u202a-\u202e\u2066-\u2069]/g, (char) => `[U+${char.charCodeAt(0).toString(16).toUpperCase()}]`);
  function cell(term) {
    if (!term) return make("td");
    if (term.type === "uri") {
      const href = page(term.value);
      return make("td", {}, href ? make("a", { href, rel: "noreferrer", text: spelled(curie(term.value)) }) : spelled(term.value));
    }
    return make("td", { lang: term["xml:lang"] || null, dir: "auto", class: /#(integer|decimal|double)$/.test(term.datatype || "") ? "n" : null, text: spelled(term.value) });
  }
  const dated = (term) => term && /#date(Time)?$/.test(term.datatype || "");

  function table(heads, rows, label) {
    return make("div", { class: "scroll tall", tabindex: 0, role: "group", "aria-label": label },
      make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col", text: head })))),
        make("tbody", {}, ...rows.slice(0, SHOWN).map((row) => make("tr", {}, ...row.map((one) => (one instanceof Node ? one : cell(one))))))));
  }

  function timeline({ heads, rows }) {
    const column = heads.findIndex((_, i) => rows.some((row) => dated(row[i])));
    const some = rows.filter((row) => dated(row[column])).sort((a, b) => (a[column].value < b[column].value ? -1 : 1));
    const days = some.map((row) => Date.parse(row[column].value.slice(0, 10)));
    const [low, high] = [Math.min(...days), Math.max(...days)];
    const strip = (day) => {
      const space = "http://www.w3.org/2000/svg";
      const node = document.createElementNS(space, "svg");
      const set = (one, props) => { for (const [name, value] of Object.entries(props)) one.setAttribute(name, value); return one; };
      set(node, { class: "strip", viewBox: "0 0 200 16", preserveAspectRatio: "none", "aria-hidden": "true" });
      const x = 3 + (193 * (day - low)) / Math.max(high - low, 1);
      node.append(set(document.createElementNS(space, "line"), { x1: 0, x2: 200, y1: 8, y2: 8 }), set(document.createElementNS(space, "rect"), { x: Number.isNaN(x) ? 0 : x, y: 2, width: 3, height: 12 }));
      return make("td", {}, node);
    };
    const others = heads.map((_, i) => i).filter((i) => i !== column);
    return table([heads[column], "Place in time", ...others.map((i) => heads[i])], some.map((row, i) => [row[column], strip(days[i]), ...others.map((j) => row[j])]), "Answer in order of time");
  }

  function show(query, answer, seconds) {
    const { heads, rows, graph } = answer;
    say(`${rows.length.toLocaleString("en")} ${graph ? "triples" : "rows"} in ${seconds} s${rows.length > SHOWN ? `; the first ${SHOWN.toLocaleString("en")} are shown, a download has all` : ""}.`);
    const address = `${root}/sparql?query=${encodeURIComponent(query)}`;
    const box = make("div");
    const tabs = make("ul", { class: "tabs", "aria-label": "Show as" });
    const views = [["Table", () => table(heads, rows, "Answer as a table")]];
    if (rows.some((row) => row.some(dated))) views.push(["Timeline", () => timeline(answer)]);
    const turn = (i) => {
      [...tabs.querySelectorAll("button")].forEach((one, j) => one.setAttribute("aria-pressed", String(i === j)));
      box.replaceChildren(views[i][1]());
    };
    views.forEach(([name], i) => tabs.append(make("li", {}, make("button", { type: "button", text: name, onclick: () => turn(i) }))));
    const drawable = graph || heads.includes("claim") || (heads.includes("source") && heads.includes("target"));
    if (drawable && rows.length) tabs.append(make("li", {}, make("a", { href: `${root}/graph?sparql=${encodeURIComponent(query)}`, text: "Graph" })));
    const forms = graph ? ["turtle", "ntriples", "jsonld", "rdfxml"] : ["json", "xml", "csv", "tsv", "xlsx", "parquet", "markdown", "html"];
    const along = make("p", { class: "tools" }, "Take it along:", ...forms.flatMap((form) => [" ", make("a", { href: `${address}&format=${form}`, download: `answer.${form}`, text: form })]));
    byId("result").replaceChildren(tabs, box, along);
    turn(0);
  }

  if (byId("ask").dataset.run) ask();
  window.gambitEditor = { view, ask, put };
})();
