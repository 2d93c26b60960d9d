// One function a view: it gets what the address says and gives an element, or throws.
import { el, table, badge, judged, when, exact, note, address, ago } from "./dom.js";
import { ask, id } from "./api.js";
import { timeline } from "./timeline.js";
import { actions } from "./actions.js";

const serviceLink = (name, namespace) =>
  `#/service/${id(namespace || "default")}/${id(name)}`;

function named(name, namespace) {
  return [name, namespace && namespace !== "default" && el("span", { class: "ns" }, ` in ${namespace}`)];
}

const number = new Intl.NumberFormat();
const natural = new Intl.Collator(undefined, { numeric: true }); // web-2 before web-10

function tile(value, words, shade = "") {
  return el("li", { class: value ? shade : null }, el("b", {}, typeof value === "number" ? number.format(value) : value),
    el("span", {}, words));
}

/* --- Services. */

function share(one) {
  const bar = el("i");
  bar.style.width = one.instances ? `${(100 * one.healthy) / one.instances}%` : "0";
  return el("span", { class: "share", "aria-hidden": "true" }, bar);
}

const WORST = ["critical", "warning", "out", "passing"];

function state(one) {
  return one.instances === 0 ? "out" : one.healthy === one.instances ? "passing"
    : one.healthy === 0 ? "critical" : "warning";
}

// What is wrong with rollcalld itself, which no row of the list shows.
async function ailments() {
  let counters;
  try {
    ({ counters } = await ask("stats"));
  } catch {
    return { notes: [], where: "in DNS" }; // its own right: the list is seen without
  }
  const { store, health, answer } = counters;
  const notes = [store?.failing > 0 && note("Changes cannot be saved (a full disk?): nobody can register, " +
      "DNS goes on with what it has. The log says why.", true),
  health?.doubting > 0 && note("rollcalld doubts itself: so much fails at once that its own network may be " +
      "gone. Failing checks take nobody out of DNS meanwhile.", true),
  answer?.panicking > 0 && note("Where too few instances are well DNS hands out all, the failing too " +
      `(min_healthy; names concerned now: ${number.format(answer.panicking)}). The list counts the well ones.`),
  health?.held > 0 && note(`${number.format(health.held)} failing instances are held in DNS by the brake: ` +
      "too many of their service would leave at once. rollcall brake SERVICE --confirm lets them go.")];
  return { notes, where: answer?.panicking > 0 ? "well" : "in DNS" };
}

function serviceRow(one, where) {
  const is = state(one);
  const words = { out: "no instances", passing: `all ${where}`, critical: `none ${where}`,
    warning: `some ${where}` }[is];
  return el("tr", { class: "link", "data-key": `${one.namespace}/${one.name}` },
    el("td", {}, el("a", { href: serviceLink(one.name, one.namespace), class: "row" },
      named(one.name, one.namespace))),
    el("td", {}, badge(is, words)),
    el("td", { class: "number" }, share(one), ` ${one.healthy} of ${one.instances}`),
    el("td", { class: "soft" }, one.standing || ""));
}

const SHOWN = 500;

export async function services({ query, set }) {
  const [{ services: all }, { notes, where }] = await Promise.all([ask("services"), ailments()]);
  const sees = all.length > 0 || (await ask("me")).rights.read;
  const text = (query.get("q") || "").toLowerCase();
  const only = query.get("only") || "";
  const found = all.filter((one) => one.name.includes(text) &&
    (only !== "trouble" || state(one) !== "passing") && (only !== "none" || state(one) === "critical"));
  if (query.get("sort") !== "name")
    found.sort((a, b) => WORST.indexOf(state(a)) - WORST.indexOf(state(b)));
  const sum = (key) => all.reduce((total, one) => total + one[key], 0);
  const of = (word) => all.filter((one) => state(one) === word).length;
  const filter = el("input", { type: "search", value: query.get("q") || "", id: "filter",
    placeholder: "part of a name", autocomplete: "off", spellcheck: "false",
    oninput: (event) => set("q", event.target.value) });
  const which = el("select", { id: "only", onchange: (event) => set("only", event.target.value) },
    el("option", { value: "", selected: only === "" }, "all"),
    el("option", { value: "trouble", selected: only === "trouble" }, `not all ${where}`),
    el("option", { value: "none", selected: only === "none" }, `none ${where}`));
  const sort = el("select", { id: "sort", onchange: (event) => set("sort", event.target.value) },
    el("option", { value: "" }, "the worst first"),
    el("option", { value: "name", selected: query.get("sort") === "name" }, "by name"));
  return el("section", {}, el("h1", {}, "Services"), notes,
    el("ul", { class: "tiles" }, tile(all.length, "services"),
      tile(of("critical"), `none ${where}`, "bad"), tile(of("warning"), `some ${where}`, "some"),
      tile(`${number.format(sum("healthy"))} of ${number.format(sum("instances"))}`, `instances ${where}`)),
    el("div", { class: "bar" }, el("label", {}, "Filter", filter), el("label", {}, "Show", which),
      el("label", {}, "Order", sort)),
    found.length === 0
      ? el("div", { class: "card empty" }, all.length ? "No service is like that."
        : !sees ? "No service that you may see. A token shows more: “Token” above."
        : ["No service is registered yet. Try: ",
          el("code", {}, "rollcall register --service web --address 127.0.0.1 --port 8080")])
      : table("Services", [{ name: "Service", wide: "40%" }, { name: "State", wide: "150px" },
        { name: "Instances", number: true, wide: "190px" }, { name: "By people or judgement" }],
      found.slice(0, SHOWN).map((one) => serviceRow(one, where))),
    found.length > SHOWN && note(`${number.format(found.length - SHOWN)} more; narrow the filter.`));
}

/* --- One service. */

function checkLine(check) {
  return el("div", { class: "check" },
    check.status ? badge(check.status)
      : badge(check.initial_status || "out", check.initial_status ? `${check.initial_status}, not yet run` : "not yet run"),
    " ",
    el("span", {}, check.name), " ", el("span", { class: "soft small" },
      `${check.kind}${check.interval ? ", every " + check.interval : ""}`), " ",
    check.since && el("span", { class: "soft small" }, "· since ", when(check.since)),
    check.notes && el("div", { class: "soft small" }, check.notes),
    check.output && (check.output.length > 110 || check.output.includes("\n")
      ? el("details", {}, el("summary", { class: "small" }, check.output.slice(0, 100) + " …"),
        el("pre", {}, check.output))
      : el("div", { class: "mono" }, check.output)));
}

// What DNS goes by; the worst stand first, then those that people took out.
function rank(one) {
  if (one.standing?.is === "held") return 1;
  const is = one.standing?.is ? one.standing.effective || one.health : one.health;
  return one.standing?.is && is === "critical" && one.health !== "critical" ? 2
    : ["critical", "warning", "", "passing"].indexOf(is);
}

function why(one) {
  const standing = one.standing;
  if (!standing || !standing.is) return null;
  const of = { draining: standing.drain, "overridden down": standing.override,
    "overridden up": standing.override }[standing.is] || standing[standing.is] || {};
  const parts = [of.since && ["since ", when(of.since)], of.until && ["until ", exact(of.until)],
    of.reason && `“${of.reason}”`].filter(Boolean);
  return el("div", { class: "soft small" }, parts.map((part, i) => [i > 0 && ", ", part]));
}

// A report is waited for, and another instance is followed: neither can be run.
const runs = (check) => check.kind !== "ttl" && check.kind !== "alias";

function buttons(one, may, again) {
  const is = one.standing?.is || "";
  const act = (label, run, right = "operate", danger = false) => el("button", {
    type: "button", class: "small" + (danger ? " danger" : ""), disabled: !may(right),
    title: may(right) ? null : `needs a token with the right “${right}”`,
    "aria-label": `${label} ${one.id}`,
    onclick: async () => { await run(one); again(); },
  }, label);
  return el("div", { class: "actions" },
    is === "draining" ? act("Undrain", actions.undrain) : act("Drain", actions.drain),
    one.standing?.override ? act("Take back", actions.release)
      : [act("Maintenance", actions.maintenance), act("Say up", actions.up)],
    (one.checks || []).some(runs) && act("Check now", actions.check, "operate"),
    act("Deregister", actions.deregister, "register", true));
}

const small = (text) => el("span", { class: "tag", title: text.length > 60 ? text : null },
  text.length > 60 ? text.slice(0, 59) + "…" : text);

function instanceRow(one, may, again) {
  return el("tr", { class: "link", tabindex: "-1", "data-key": one.id },
    el("td", {}, el("span", { class: "row", tabindex: "0" }, el("b", {}, one.id)),
      el("div", { class: "mono" }, address(one)),
      (one.tags || []).map((tag) => small(tag)),
      Object.entries(one.meta || {}).map(([k, v]) => small(`${k}=${v}`))),
    el("td", {}, judged(one), why(one)),
    el("td", {}, (one.checks || []).length === 0
      ? el("span", { class: "soft" }, one.lease ? "its lease" : "none")
      : one.checks.map(checkLine)),
    el("td", {}, buttons(one, may, again)));
}

function historyRow(moved) {
  const is = moved.effective || moved.to;
  const shade = ["drain", "override"].includes(moved.event) && is === "critical" ? "out" : is;
  return el("tr", {}, el("td", {}, when(moved.time)),
    el("td", { class: "mono" }, moved.id || ""),
    el("td", {}, shade ? badge(shade, moved.event) : moved.event),
    el("td", { class: "wrap" }, moved.text || moved.cause || "",
      moved.output && !(moved.text || "").includes(moved.output) &&
      el("div", { class: "mono soft" }, moved.output)));
}

export function historyTable(list) {
  return list.length === 0 ? el("div", { class: "card empty" }, "Nothing happened in that time.")
    : table("What happened, newest first", [{ name: "When", wide: "110px" },
      { name: "Instance", wide: "30%" }, { name: "What", wide: "150px" }, { name: "Why" }],
    list.map(historyRow));
}

const legend = () => el("div", { class: "legend" },
  ["passing", "warning", "critical"].map((word) => badge(word)), badge("out", "out by people"));

const WINDOWS = { "15m": 900e3, "1h": 3600e3, "6h": 6 * 3600e3, "24h": 86400e3, "7d": 7 * 86400e3 };

export async function service({ path, query, set, again, zone }) {
  const [namespace, name] = path;
  const window = WINDOWS[query.get("window")] ? query.get("window") : "1h";
  const now = Date.now();
  const dns = `${name}.${zone}`;
  const [{ instances: all }, past, explained, me] = await Promise.all([
    ask(`services/${id(name)}`, { query: { namespace, healthy: "false" } }),
    ask("history", { query: { name, namespace, since: now - WINDOWS[window], limit: 1000 } })
      .catch((fault) => ({ history: [], fault: fault.message })),
    namespace === "default" ? ask("explain", { query: { name: dns } }).catch(() => null) : null,
    ask("me", { query: { service: name, namespace } }),
  ]);
  const may = (right) => me.rights[right];
  const instances = [...all].sort((a, b) => rank(a) - rank(b) || natural.compare(a.id, b.id));
  const held = instances.filter((one) => one.standing?.is === "held").length;
  return el("section", {},
    el("p", { class: "small" }, el("a", { href: "#/" }, "Services")),
    el("h1", {}, named(name, namespace)),
    explained && el("p", { class: "card verdict" }, explained.verdict, " ",
      el("a", { href: `#/explain?name=${id(dns)}` }, "Explain")),
    held > 0 && note(`${held} of its instances fail and are held: too many would leave at once. ` +
      `Decide with: rollcall brake ${name}${namespace === "default" ? "" : ` --namespace ${namespace}`} ` +
      "--confirm (or --refuse)."),
    instances.length === 0 ? el("div", { class: "card empty" }, "It has no instances.")
      : table(`Instances of ${name}`, [{ name: "Instance", wide: "27%" }, { name: "State", wide: "17%" },
        { name: "Checks" }, { name: "Do", wide: "23%" }],
      instances.slice(0, SHOWN).map((one) => instanceRow(one, may, again))),
    instances.length > SHOWN && note(`${number.format(instances.length - SHOWN)} more instances are not ` +
      `shown; the worst are above. All: rollcall show ${name}`),
    el("h2", {}, "Timeline"),
    el("div", { class: "bar" }, el("label", {}, "Window", el("select", {
      id: "window", onchange: (event) => set("window", event.target.value),
    }, Object.keys(WINDOWS).map((word) =>
      el("option", { value: word, selected: word === window }, word))))),
    past.fault ? note(past.fault) : [
      timeline(past.history, instances, now - WINDOWS[window], now), legend(),
      el("h2", {}, "What happened"), historyTable(past.history.slice(0, 100))]);
}

/* --- Explain. */

function record(one) {
  return el("tr", {}, el("td", { class: "mono" }, one.name), el("td", { class: "number" }, one.ttl),
    el("td", {}, one.type), el("td", { class: "mono" }, one.data));
}

function explainedRow(one) {
  return el("tr", {}, el("td", {}, el("b", {}, one.id)),
    el("td", {}, badge(one.in ? "passing" : "out", one.in ? "in" : "out")),
    el("td", {}, one.reason), el("td", { class: "wrap" }, one.text || ""),
    el("td", { class: "number" }, one.in ? `${one.ttl} s from ${one.ttl_from}` : ""));
}

function explanation(reply) {
  return [el("p", { class: "card verdict" }, badge(reply.rcode === "NOERROR" && reply.answers.length
    ? "passing" : "critical", reply.rcode), " ", reply.verdict),
  reply.note && note(reply.note),
  reply.answers.length > 0 && [el("h2", {}, "The answer"),
    table("Records", [{ name: "Name" }, { name: "TTL", number: true }, { name: "Type" },
      { name: "Data" }], reply.answers.map(record))],
  reply.instances.length > 0 && [el("h2", {}, `Instances: ${reply.in} of ${reply.total} in`),
    table("Instances", [{ name: "Instance" }, { name: "Answer" }, { name: "Reason" },
      { name: "In words" }, { name: "TTL", number: true }], [...reply.instances].sort((a, b) => a.in - b.in).map(explainedRow))]];
}

export async function explain({ query, go, zone }) {
  const name = query.get("name") || "";
  const type = query.get("type") || "A";
  const form = el("form", { class: "bar", onsubmit: (event) => {
    event.preventDefault();
    const values = new FormData(event.target);
    go(`#/explain?name=${id(values.get("name").trim())}&type=${id(values.get("type"))}`);
  } }, el("label", {}, "Name", el("input", { name: "name", type: "search", id: "filter", value: name,
    placeholder: `web.${zone}`, required: true, spellcheck: "false", autocomplete: "off" })),
  el("label", {}, "Type", el("select", { name: "type" },
    ["A", "AAAA", "SRV", "TXT", "PTR", "HTTPS", "SVCB", "CNAME", "SOA", "NS"].map((word) =>
      el("option", { selected: word === type }, word)))),
  el("button", { class: "main" }, "Explain"));
  let said = [];
  if (name) {
    try {
      said = explanation(await ask("explain", { query: { name, type } }));
    } catch (fault) {
      said = note(fault.message, true);
    }
  }
  return el("section", {}, el("h1", {}, "What DNS answers, and why"), form, said);
}

/* --- History, events, alerts. */

export async function history({ query, set }) {
  const name = query.get("q") || "";
  let said;
  try {
    const reply = await ask("history", { query: { name, limit: 200 } });
    said = historyTable(reply.history);
  } catch (fault) {
    said = note(fault.message, fault.status !== 404);
  }
  return el("section", {}, el("h1", {}, "History"),
    el("div", { class: "bar" }, el("label", {}, "Service or instance", el("input", {
      type: "search", id: "filter", value: name, autocomplete: "off", spellcheck: "false",
      onchange: (event) => set("q", event.target.value) }))), said);
}

export async function events({ seen }) {
  return el("section", {}, el("h1", {}, "Events"),
    el("p", { class: "soft" }, "As they happen, newest first; the last 200 of this tab."),
    seen.length === 0 ? el("div", { class: "card empty" }, "Nothing has happened since the page was opened.")
      : table("Events", [{ name: "When", wide: "110px" }, { name: "Event", wide: "150px" },
        { name: "Instance", wide: "35%" }, { name: "Why" }], seen.map((one) => el("tr", {}, el("td", {}, ago(one.at)),
          el("td", {}, one.event === "deregister" ? badge("out", one.event) : one.health ? badge(one.effective || one.health, one.event) : one.event),
          el("td", {}, one.service ? el("a", { href: serviceLink(one.service, one.namespace) },
            one.id || one.service) : ""),
          el("td", {}, one.cause || "", one.standing && one.standing !== "none"
            ? ` (${one.standing.is || one.standing})` : "")))));
}

export async function alerts() {
  const [{ alerts: now }, { silences }] = await Promise.all([ask("alerts"), ask("silences")]);
  return el("section", {}, el("h1", {}, "Alerts"),
    now.length === 0 ? el("div", { class: "card empty" }, "Nothing is firing or pending.")
      : table("Alerts", [{ name: "Is", wide: "110px" }, { name: "State", wide: "130px" },
        { name: "Instance", wide: "28%" }, { name: "Since", wide: "110px" }, { name: "Output" }], now.map((one) => el("tr", {}, el("td", {}, one.is),
        el("td", {}, badge(one.state)), el("td", {}, el("a", {
          href: serviceLink(one.service, one.namespace) }, one.id || one.service)),
        el("td", {}, when(one.since)), el("td", { class: "mono" }, one.output || "")))),
    el("h2", {}, "Silences"),
    silences.length === 0 ? el("div", { class: "card empty" }, "Nothing is silenced.")
      : table("Silences", [{ name: "Of" }, { name: "Until" }, { name: "Why" }], silences.map((one) =>
        el("tr", {}, el("td", {}, one.service || one.id || one.tag), el("td", {}, exact(one.until)),
          el("td", {}, one.reason || "")))));
}
