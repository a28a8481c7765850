"use strict";
// What scripts add to pages that read without them: suggestions while one types a name,
// the / key for the search field, and the mark of the page one is at.
(() => {
  const root = document.body.dataset.root;
  const make = (tag, kind, text) => {
    const node = document.createElement(tag);
    if (kind) node.className = kind;
    if (text) node.textContent = text;
    return node;
  };

  for (const link of document.querySelectorAll(".top nav a")) {
    const path = new URL(link.href).pathname;
    if (path === location.pathname) link.setAttribute("aria-current", "page");
    else if (location.pathname.startsWith(`${path}/`)) link.setAttribute("aria-current", "true");
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    document.getElementById("find").focus();
  });

  // A combobox after the ARIA authoring practices: the list follows the field.
  let many = 0;
  function suggesting(field, choose) {
    const list = make("ul", "suggest");
    list.id = `suggest-${(many += 1)}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Matching names");
    list.hidden = true;
    field.after(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) field.setAttribute(name, value);
    let found = [];
    let at = -1;
    let wanted = 0;
    let waiting = 0;
    let asking = null;
    const close = () => {
      list.hidden = true;
      at = -1;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const mark = (next) => {
      at = next;
      [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
      if (at < 0) field.removeAttribute("aria-activedescendant");
      else {
        field.setAttribute("aria-activedescendant", list.children[at].id);
        list.children[at].scrollIntoView({ block: "nearest" });
      }
    };
    const show = () => {
      list.replaceChildren(...found.map((one, i) => {
        const item = make("li", "", one.label);
        item.id = `${list.id}-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dir = "auto";
        item.append(make("span", "sub", [one.matched, one.type, `${one.claims} claim${one.claims === 1 ? "" : "s"}`].filter(Boolean).join(" · ")));
        item.addEventListener("pointerdown", (event) => event.preventDefault());
        item.addEventListener("click", () => { close(); choose(one); });
        return item;
      }));
      list.hidden = !found.length;
      field.setAttribute("aria-expanded", String(!list.hidden));
      mark(-1);
    };
    const ask = async () => {
      const mine = (wanted += 1);
      const text = field.value.trim();
      if (asking) asking.abort();
      if (!text) { found = []; show(); return; }
      asking = new AbortController();
      try {
        const answer = await fetch(`${root}/suggest?q=${encodeURIComponent(text.slice(0, 200))}`, { signal: asking.signal });
        const all = answer.ok ? await answer.json() : [];
        if (mine === wanted && document.activeElement === field) { found = all; show(); }
      } catch { /* the next letter asks again */ }
    };
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
    field.addEventListener("blur", () => { clearTimeout(waiting); close(); });
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") mark((at + 1) % found.length);
      else if (event.key === "ArrowUp") mark(at <= 0 ? found.length - 1 : at - 1);
      else if (event.key === "Escape") close();
      else if (event.key === "Enter" && at >= 0) { const one = found[at]; close(); choose(one); }
      else return;
      event.preventDefault();
    });
  }

  suggesting(document.getElementById("find"), (one) => { location.href = one.page; });
  for (const field of document.querySelectorAll("[data-suggest]")) suggesting(field, (one) => { field.value = one.id; });

  // Copying says what came of it, and then is what it was.
  async function copy(address, button) {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it from the address line";
    }
    setTimeout(() => { button.textContent = words; }, 2500);
  }
  // What is shown only where scripts run, in the page and in what comes into it later.
  function adorn(part) {
    for (const button of part.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const address = new URL(button.dataset.copy, location.href).href;
        window.history.replaceState(null, "", address);
        copy(address, button);
      });
    }
  }
  adorn(document);
  window.gambitPage = { copy, adorn };
})();
