// The past of a service as bars: a row an instance, a colour a state, newest right.
import { svg, el, exact } from "./dom.js";

const ROW = 20, TOP = 6, LETTER = 6.7;

// As wide as it will be seen, so that a phone shows letters of the same size.
function measure() {
  const wide = Math.max(300, Math.min(document.documentElement.clientWidth - 60, 1000));
  return { wide, left: wide < 600 ? 110 : 190 };
}

// What DNS went by after a transition.
function after(moved) {
  if (moved.event === "deregister") return "gone";
  if (moved.event === "drain") return moved.effective === "passing" ? "passing" : "out";
  if (moved.event === "override" && moved.to === "down") return "out";
  return moved.effective || moved.to || "unknown";
}

// Segments [from, to, state] of one instance inside the window, oldest first.
export function segments(moves, from, to, now) {
  const list = [];
  let state = moves[0]?.event === "register" ? "gone" : "unknown", since = from;
  for (const moved of moves) {
    const at = Math.max(moved.time, from);
    if (at > since) list.push([since, at, state]);
    state = after(moved);
    since = at;
  }
  if (to > since) list.push([since, to, now || state]);
  return list.filter(([, , is]) => is !== "gone");
}

function ticks(from, to, most) {
  const steps = [60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400].map((s) => s * 1000);
  const step = steps.find((ms) => (to - from) / ms <= most) || 2 * 86400000;
  const list = [];
  for (let at = Math.ceil(from / step) * step; at < to; at += step) list.push(at);
  return list;
}

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function timeline(history, instances, from, to) {
  const byId = new Map(instances.map((one) => [one.id, []]));
  for (const moved of [...history].reverse()) {
    if (!moved.id) continue;
    if (!byId.has(moved.id)) byId.set(moved.id, []);
    byId.get(moved.id).push(moved);
  }
  const ids = [...byId.keys()].slice(0, 60);
  const height = TOP + ids.length * ROW + 22;
  const { wide, left } = measure();
  const letters = Math.floor((left - 10) / LETTER);
  const x = (at) => left + ((at - from) / (to - from)) * (wide - left);
  const now = new Map(instances.map((one) => [one.id,
    one.standing?.is && one.standing.effective !== "passing" &&
    ["draining", "overridden down", "node down"].includes(one.standing.is)
      ? "out" : one.standing?.effective || one.health]));
  const picture = svg("svg", {
    class: "timeline", viewBox: `0 0 ${wide} ${height}`, role: "img",
    "aria-label": `States of ${ids.length} instances from ${exact(from)} to ${exact(to)}; ` +
      "the table below says the same",
  });
  for (const at of ticks(from, to, wide < 600 ? 3 : 8)) {
    picture.append(svg("line", { x1: x(at), x2: x(at), y1: TOP, y2: height - 18 }),
      svg("text", { x: x(at), y: height - 4, "text-anchor": "middle" }, hour.format(at)));
  }
  ids.forEach((name, i) => {
    const y = TOP + i * ROW;
    const shown = name.length > letters ? "…" + name.slice(1 - letters) : name;
    picture.append(svg("text", { x: left - 8, y: y + 13, "text-anchor": "end" }, shown));
    for (const [a, b, state] of segments(byId.get(name), from, to, now.get(name))) {
      const bar = svg("rect", { x: x(a), y: y + 3, height: ROW - 7, class: state,
        width: Math.max(x(b) - x(a), 1.5) });
      bar.append(svg("title", {}, `${name}: ${state}, ${exact(a)} to ${exact(b)}`));
      picture.append(bar);
    }
  });
  return el("div", { class: "card" },
    el("div", { class: "scroll" }, picture),
    byId.size > ids.length && el("p", { class: "legend soft" },
      `${byId.size - ids.length} more instances are not drawn.`));
}
