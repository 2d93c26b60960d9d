// What people may do to an instance: each asks first, says what it does, and reports.
import { el, say, span } from "./dom.js";
import { ask, id, token } from "./api.js";

export function open(title, ...content) {
  const dialog = document.getElementById("dialog");
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, title), ...content);
  dialog.showModal();
  return dialog;
}

export function close() {
  document.getElementById("dialog").close();
}

function field(label, input) {
  return el("label", {}, label, input);
}

// A form in the dialog; `send(values)` does it and gives the sentence to say.
function form(title, about, fields, button, send, danger = false) {
  const error = el("p", { class: "error", role: "alert" });
  const go = el("button", { type: "submit", class: danger ? "danger" : "main" }, button);
  const body = el("form", { class: "form", method: "dialog" }, el("p", { class: "soft" }, about),
    fields, error,
    el("div", { class: "ends" },
      el("button", { type: "button", onclick: close }, "Cancel"), go));
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    error.textContent = "";
    try {
      const text = await send(Object.fromEntries(new FormData(body)));
      close();
      if (text) say(text);
    } catch (fault) {
      error.textContent = fault.status === 403
        ? `${fault.message} (give a token that may, by “Token” above)` : fault.message;
      go.disabled = false;
    }
  });
  open(title, body);
}

const post = (instance, verb, body = {}) =>
  ask(`instances/${id(instance.id)}/${verb}`, { method: "POST", body });

const reasonOf = () => field("Why (others will read it)",
  el("input", { name: "reason", maxlength: "255", autocomplete: "off" }));
const lastsOf = (fallback) => field("For how long (10m, 2h; empty: until it is taken back)",
  el("input", { name: "for", value: fallback, pattern: "([0-9]+(ms|s|m|h|d))*",
    autocomplete: "off", placeholder: "1h" }));
const given = (values) => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== ""));

export const actions = {
  drain: (one) => form(`Drain ${one.id}`,
    "It leaves every answer of its service; what is under way to its own name still arrives. " +
    "It stays drained over restarts, until it is undrained.", [], "Drain", async () => {
      const reply = await post(one, "drain");
      return `${one.id} is draining; it may stop in ${span(Math.ceil(ms(reply.safe_in) / 1000))}.`;
    }),
  undrain: (one) => form(`Undrain ${one.id}`, "It comes back as soon as its checks say so.", [],
    "Undrain", async () => {
      await post(one, "undrain");
      return `${one.id} is no longer drained.`;
    }),
  maintenance: (one) => form(`Maintenance of ${one.id}`,
    "It is out of every answer, whatever its checks say.", [reasonOf(), lastsOf("")],
    "Begin maintenance", async (values) => {
      await post(one, "override", { state: "down", ...given(values) });
      return `${one.id} is in maintenance.`;
    }),
  up: (one) => form(`Say that ${one.id} is up`,
    "It is served as passing, whatever its checks say, until that time is over. A drain goes " +
    "before it. Use it when a check is wrong, not when the service is.",
    [reasonOf(), lastsOf("30m")], "Serve it as passing", async (values) => {
      await post(one, "override", { state: "up", ...given(values) });
      return `${one.id} is served as passing.`;
    }, true),
  release: (one) => form(`Let the checks of ${one.id} decide`,
    "The override ends; DNS goes by its checks again.", [], "Take the override back", async () => {
      await post(one, "override", { state: "none" });
      return `The checks of ${one.id} decide again.`;
    }),
  check: async (one) => {
    try {
      const reply = await post(one, "check");
      say((reply.results || []).map((is) => `${is.check}: ${is.message}`).join("; ") ||
        "It has no checks that can be run.");
    } catch (fault) {
      say(fault.message);
    }
  },
  deregister: (one) => form(`Deregister ${one.id}`,
    "It is forgotten. A program that registers itself will come back.", [], "Deregister",
    async () => {
      await ask(`instances/${id(one.id)}`, { method: "DELETE" });
      return `${one.id} is deregistered.`;
    }, true),
};

function ms(duration) {
  if (typeof duration === "number") return duration;
  const units = { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 };
  let sum = 0;
  for (const [, n, unit] of String(duration || "").matchAll(/([\d.]+)(ms|s|m|h|d)/g))
    sum += Number(n) * units[unit];
  return sum;
}

export function askToken(changed) {
  form("Token", "Kept in this tab until it is closed. Without one you are anonymous.",
    [field("Token", el("input", { name: "token", type: "password", autocomplete: "off",
      value: token.get(), spellcheck: "false" }))], "Use it", async (values) => {
      token.set(values.token.trim());
      changed();
      return values.token ? "The token is used from now on." : "You are anonymous.";
    });
}

export function showHelp() {
  const keys = [["/", "to the filter or the first field"], ["j k ↓ ↑", "next, previous row"],
    ["Enter", "open the row"], ["u", "up: back to the list"],
    ["g s, g e, g h, g v, g a", "services, explain, history, events, alerts"],
    ["Esc", "close what is open"], ["?", "this"]];
  open("Keys", el("dl", { class: "keys" }, keys.map(([key, text]) =>
    [el("dt", {}, key.split(" ").map((one) => [el("kbd", {}, one), " "])), el("dd", {}, text)])),
  el("p", { class: "soft small" }, "The same from a terminal: rollcall list, rollcall explain, " +
    "rollcall drain, rollcall history."),
  el("div", { class: "form" }, el("div", { class: "ends" },
    el("button", { type: "button", onclick: close }, "Close"))));
}
