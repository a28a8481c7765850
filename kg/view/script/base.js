// Small helpers that every part uses. All parts share one function scope, in the order
// that kg/view/__init__.py states; whatever the data say goes into the page as text.

const byId = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 899px)");
const UNCERTAIN = new Set(["potential", "planned", "notHappened"]);
const CREDIBILITY = ["", "confirmed", "probably true", "possibly true", "doubtful", "improbable", "cannot be judged"];

// A text without a space for thousands of letters takes a browser seconds to wrap, unless it
// is told where it may: that changes neither what is read nor what is copied.
const breakable = (text) => (text.length > 300 && /\S{200}/.test(text) ? text.match(/.{1,12}/gsu).flatMap((part, i) => (i ? [document.createElement("wbr"), part] : [part])) : [text]);

// text: shown as it is. Falsy attributes are left out.
function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "onclick" || name === "onchange" || name === "oninput") node[name] = value;
    else if (name === "text") node.append(...breakable(String(value)));
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== "" && child !== false)
    .flatMap((child) => (typeof child === "string" ? breakable(child) : [child])));
  return node;
}

function svg(tag, props = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const span = (text, kind) => el("span", { class: kind, text });
const button = (text, onclick, props = {}) => el("button", { type: "button", class: "text", onclick, text, ...props });
const plain = (text, onclick, props = {}) => el("button", { type: "button", onclick, text, ...props });
const outside = (url, text) => el("a", { href: url, rel: "noreferrer noopener", target: "_blank", text });
const joined = (parts, between = ", ") => parts.flatMap((part, i) => (i ? [between, part] : [part]));
const number = (value) => value.toLocaleString("en");
const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many || one + "s"}`;
const cut = (text, size) => (text.length > size ? text.slice(0, size - 1) + "…" : text);
// A name of a thing may hold what turns the direction of reading; it is spelled out, as in kg.view.shown.
const spelled = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (char) => `[U+${char.charCodeAt(0).toString(16).toUpperCase()}]`);
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
const asked = () => document.documentElement.dataset.theme;
const theme = () => (asked() === "light" || asked() === "dark" ? asked() : dark.matches ? "dark" : "light");

const languages = new Intl.DisplayNames(["en"], { type: "language" });
function languageName(tag) {
  try {
    return tag ? languages.of(tag) : "—";
  } catch {
    return tag; // not a language tag
  }
}

// A label as the lines drawn on the canvas, as kg.view.label_lines does it.
function wrap(text, line = 22, most = 60) {
  const words = cut(text.trim().replace(/\s+/g, " "), most).split(" ").flatMap((word) => word.match(new RegExp(`.{1,${line}}`, "gu")) || []);
  const lines = [];
  for (const word of words) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + word.length < line) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.length ? lines : ["(no name)"];
}

// ------------------------------------------------------------ days

const DAY = 864e5;
// The number of a day; a year or a month alone stands for its first day.
function dayOf(text) {
  const found = /^(-?\d{4,6})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(text || "");
  if (!found) return null;
  const date = new Date(0);
  date.setUTCFullYear(Number(found[1]), Number(found[2] || 1) - 1, Number(found[3] || 1));
  return Math.floor(date.getTime() / DAY);
}

// The first and the last day of the period that a date of some precision means.
function period(text, precision) {
  const day = dayOf(text);
  if (day === null) return null;
  const date = new Date(day * DAY);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const end = new Date(0);
  if (precision === "year") {
    date.setUTCFullYear(year, 0, 1);
    end.setUTCFullYear(year, 11, 31);
  } else if (precision === "month") {
    date.setUTCFullYear(year, month, 1);
    end.setUTCFullYear(year, month + 1, 0);
  } else return [day, day];
  return [Math.floor(date.getTime() / DAY), Math.floor(end.getTime() / DAY)];
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
// A date in words, no more exact than it is known.
function worded(text, precision) {
  const day = dayOf(text);
  if (day === null) return text || "undated";
  const date = new Date(day * DAY);
  const year = String(date.getUTCFullYear());
  if (precision === "year") return year;
  return (precision === "month" ? "" : `${date.getUTCDate()} `) + `${MONTHS[date.getUTCMonth()]} ${year}`;
}
