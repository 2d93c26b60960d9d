// Which view is shown, the keys, and what keeps it live.
import { exact, note, say } from "./dom.js";
import { ask, follow, token, Refused } from "./api.js";
import { askToken, showHelp } from "./actions.js";
import * as views from "./views.js";

const main = document.getElementById("main");
const dialog = document.getElementById("dialog");
const state = { hello: {}, seen: [], route: null, drawing: 0, stop: null,
  heard: null, touched: 0, pressed: false, took: 0 };

/* --- Addresses: #/view/part/part?query. */

function parse() {
  const [path, words = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const view = parts.shift() || "services";
  return { view: view in views && view !== "historyTable" ? view : "services", path: parts,
    query: new URLSearchParams(words) };
}

function set(name, value) {
  const route = parse();
  if (value) route.query.set(name, value);
  else route.query.delete(name);
  const [path] = location.hash.split("?");
  const words = route.query.toString();
  state.touched = 0;
  history.replaceState(null, "", (path || "#/") + (words ? "?" + words : ""));
  draw();
}

const zone = () => ((state.hello.zones || [state.hello.zone || "service.local."])[0] || "service.local.")
  .replace(/\.$/, "");

// What had the focus keeps it: by its id, or by its place in the row.
function place() {
  const at = document.activeElement;
  if (!main.contains(at) || at === main) return null;
  const row = at.closest("[data-key]");
  return { id: at.id, key: row?.dataset.key, label: at.getAttribute("aria-label"),
    from: at.selectionStart, to: at.selectionEnd };
}

function put(was) {
  if (!was) return;
  const row = was.key && [...main.querySelectorAll("[data-key]")].find((one) =>
    one.dataset.key === was.key);
  const at = was.id ? document.getElementById(was.id)
    : was.label ? row?.querySelector(`[aria-label="${CSS.escape(was.label)}"]`) : row?.querySelector(".row");
  at?.focus({ preventScroll: true });
  if (was.from !== undefined && was.from !== null && at?.type === "search")
    at.setSelectionRange(was.from, was.to);
}

async function draw({ fresh = false } = {}) {
  const route = parse();
  const number = ++state.drawing;
  const opened = [...main.querySelectorAll("details[open]")].map((one) => one.textContent);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === route.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  let content;
  try {
    content = await views[route.view]({ ...route, set, zone: zone(), seen: state.seen,
      go: (hash) => { location.hash = hash; }, again: soon });
  } catch (fault) {
    if (!fresh && fault.status === 0 && main.querySelector("h1")) return; // the banner says it
    content = note(fault instanceof Refused && fault.status === 403
      ? `${fault.message}. Give a token that may read it, by “Token” above.` : fault.message, true);
  }
  if (number !== state.drawing) return; // a later one is on its way
  const was = fresh ? null : place();
  const scroll = window.scrollY;
  main.replaceChildren(content);
  for (const one of main.querySelectorAll("details"))
    if (opened.includes(one.textContent)) one.open = true;
  document.title = (main.querySelector("h1")?.textContent || "rollcall") + " · rollcall";
  if (fresh) {
    main.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  } else {
    put(was);
    window.scrollTo(0, scroll);
  }
}

/* --- Live. */

// A list that is drawn anew closes what is dropped down, loses what is marked, and takes
// the button from under a finger, or the one that gets the focus back from a dialog.
function inUse() {
  const at = document.activeElement;
  const marked = getSelection();
  const since = Date.now() - state.touched;
  return dialog.open || state.pressed || (at?.tagName === "SELECT" && main.contains(at) && since < 8000) ||
    (!marked.isCollapsed && main.contains(marked.anchorNode) && since < 30000);
}

let waiting;
function soon() {
  if (waiting || parse().view === "explain") return; // there somebody is typing
  waiting = setTimeout(async () => {
    waiting = undefined;
    if (document.hidden) return;
    if (inUse()) {
      soon();
      return;
    }
    const began = performance.now();
    await draw();
    state.took = performance.now() - began;
  }, Math.max(250, 3 * state.took)); // a slow machine has time left for its keys
}

for (const [kind, pressed] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false],
  ["keydown", false]])
  document.addEventListener(kind, () => {
    state.touched = Date.now();
    state.pressed = pressed;
  }, true);

function shows(event) {
  const { view, path } = parse();
  return view !== "service" || !event.service ||
    (path[1] === event.service && path[0] === (event.namespace || "default"));
}

// Who is not told must not take what is shown for what is.
function live(on, fault) {
  const place = document.getElementById("live");
  const gone = document.getElementById("gone");
  const barred = fault instanceof Refused && fault.status === 403;
  const words = on ? "live" : barred ? "no right to read" : "not connected";
  place.className = "live " + (on ? "on" : "off");
  if (place.textContent !== words) place.textContent = words;
  place.title = fault?.message || "";
  if (on) state.heard = null;
  else state.heard ??= Date.now();
  const said = on || barred ? "" : `Not connected to rollcalld since ${exact(state.heard)}: what is below is as it was then. ` +
    "DNS may be down too. Trying again…";
  if (gone.textContent !== said) gone.textContent = said;
  gone.hidden = said === "";
}

function hear(kind, data) {
  if (kind === "hello") return; // the connection, no event
  state.seen.unshift({ ...data, event: data.event || kind, at: Date.now() });
  state.seen.length = Math.min(state.seen.length, 200);
  const { view } = parse();
  if (shows(data) && view !== "explain" && !dialog.open) soon();
}

function listen() {
  state.stop?.();
  let was = false;
  state.stop = follow({
    event: hear,
    lost: soon,
    live: (on, fault) => {
      live(on, fault);
      if (on && !was) greet().then(soon);
      was = on;
    },
  });
}

async function greet() {
  try {
    state.hello = await ask("hello");
    document.getElementById("node").textContent =
      `${state.hello.node || ""} · ${state.hello.datacenter || ""} · ${state.hello.version || ""}`;
  } catch (fault) {
    if (fault.status !== 0) say(fault.message);
  }
}

/* --- Keys. */

function move(by) {
  const rows = [...main.querySelectorAll("tbody .row")];
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

const GOTO = { s: "#/", e: "#/explain", h: "#/history", v: "#/events", a: "#/alerts" };
let prefix = false;

function onKey(event) {
  const typing = event.target.closest("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const keys = {
    "/": () => main.querySelector("#filter, input")?.focus(),
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    u: () => { location.hash = "#/"; },
    "?": showHelp,
    g: () => { prefix = true; setTimeout(() => { prefix = false; }, 1500); },
  };
  if (prefix && GOTO[event.key]) {
    prefix = false;
    location.hash = GOTO[event.key];
  } else if (keys[event.key]) {
    keys[event.key]();
  } else {
    return;
  }
  event.preventDefault();
}

document.addEventListener("keydown", onKey);
dialog.addEventListener("close", soon); // what happened while it was open
document.addEventListener("visibilitychange", () => !document.hidden && soon());
document.getElementById("help").addEventListener("click", showHelp);
document.getElementById("token").addEventListener("click", () => askToken(() => {
  greet().then(() => draw());
  listen();
}));
document.getElementById("token").title = token.get() ? "a token is set" : "anonymous";
window.addEventListener("hashchange", () => draw({ fresh: true }));
greet().then(() => draw({ fresh: true }));
listen();
