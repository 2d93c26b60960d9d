// Elements, words and times. Text only ever enters the page as text, never as markup.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  append(node, children);
  return node;
}

export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child);
  }
}

// A table that is read as cards on a phone: every cell knows its heading. With the widths
// of its columns (`wide`) no text, however long, pushes another column out of sight.
export function table(label, heads, rows) {
  const names = heads.map((head) => head.name);
  for (const row of rows)
    [...row.children].forEach((cell, i) => names[i] && cell.setAttribute("data-head", names[i]));
  const fixed = heads.some((head) => head.wide);
  return el("div", { class: "card" },
    el("table", { "aria-label": label, class: fixed ? "fixed" : null },
      el("thead", {}, el("tr", {}, heads.map((head) => {
        const cell = el("th", { scope: "col", class: head.number ? "number" : null }, head.name);
        if (head.wide) cell.style.width = head.wide;
        return cell;
      }))),
      el("tbody", {}, rows)));
}

const KNOWN = ["passing", "warning", "critical"];

export function badge(word, words = word) {
  return el("span", { class: "state " + (KNOWN.includes(word) ? word : "out") }, words);
}

// What DNS goes by: the word for people and the colour.
export function judged(instance) {
  const standing = instance.standing;
  if (!standing || !standing.is) return badge(instance.health);
  const shade = ["draining", "overridden down", "node down"].includes(standing.is) ? "out"
    : standing.effective || instance.health;
  return badge(shade, standing.is);
}

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

export function when(ms) {
  if (!ms) return "";
  const at = new Date(ms);
  return el("time", { datetime: at.toISOString(), title: clock.format(at) }, ago(ms));
}

export const exact = (ms) => clock.format(new Date(ms));

export function ago(ms, now = Date.now()) {
  const s = Math.round((now - ms) / 1000);
  return s < 0 ? "in " + span(-s) : s < 2 ? "now" : span(s) + " ago";
}

export function span(s) {
  if (s < 120) return s + " s";
  if (s < 7200) return Math.round(s / 60) + " min";
  if (s < 172800) return Math.round(s / 3600) + " h";
  return Math.round(s / 86400) + " d";
}

let timer;
export function say(text) {
  const place = document.getElementById("say");
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => place.classList.remove("shown"), 6000);
}

export function note(text, bad = false) {
  return el("p", { class: bad ? "note bad" : "note", role: bad ? "alert" : null }, text);
}

export function address(instance) {
  const list = instance.addresses || (instance.address ? [instance.address] : []);
  const host = list[0] || "";
  const port = instance.port || "";
  const first = host.includes(":") && port ? `[${host}]` : host;
  const named = Object.entries(instance.ports || {})
    .map(([name, value]) => `${name} ${typeof value === "object" ? value.port : value}`);
  return [first + (port ? ":" + port : ""), ...list.slice(1), ...named].join(", ");
}
