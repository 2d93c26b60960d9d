// The daemon, asked over /v1/rollcall/. The token lives in this tab and nowhere else.

const BASE = "/v1/rollcall/";
const KEY = "rollcall-token";

export const token = {
  get: () => sessionStorage.getItem(KEY) || "",
  set: (text) => (text ? sessionStorage.setItem(KEY, text) : sessionStorage.removeItem(KEY)),
};

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

function headers(more = {}) {
  return token.get() ? { ...more, "X-Consul-Token": token.get() } : more;
}

async function reason(reply) {
  const text = await reply.text();
  try {
    const { error } = JSON.parse(text);
    return error.field ? `${error.field}: ${error.message}` : error.message;
  } catch {
    if (text.trim() === "ACL not found") return "The token is not one of api.tokens (ACL not found)";
    return text.trim() || `${reply.status} ${reply.statusText}`;
  }
}

export async function ask(path, { method = "GET", body, query = {}, signal } = {}) {
  const words = new URLSearchParams(
    Object.entries(query).filter(([, value]) => value !== undefined && value !== ""));
  let reply;
  try {
    reply = await fetch(BASE + path + (words.size ? "?" + words : ""), {
      method, signal, cache: "no-store",
      headers: headers(body ? { "Content-Type": "application/json" } : {}),
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Refused(0, "rollcalld does not answer; is it running?");
  }
  if (!reply.ok) throw new Refused(reply.status, await reason(reply));
  return reply.json();
}

export const id = (text) => encodeURIComponent(text);

// Events for ever: a lost connection is taken up where it ended. on.event(kind, data),
// on.live(true) or on.live(false, fault or nothing), on.lost() when events are missing.
export function follow(on) {
  let last = "";
  let stop = false;
  let abort = new AbortController();
  let pause = 500;

  async function read() {
    const reply = await fetch(BASE + "events", {
      signal: abort.signal, cache: "no-store",
      headers: headers({ Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) }),
    });
    if (!reply.ok) throw new Refused(reply.status, await reason(reply));
    on.live(true);
    pause = 500;
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value.replaceAll("\r", "")).split("\n\n");
      rest = blocks.pop();
      blocks.forEach(block);
    }
  }

  function block(text) {
    let kind = "message";
    const data = [];
    for (const line of text.split("\n")) {
      const at = line.indexOf(":");
      const name = at < 0 ? line : line.slice(0, at);
      const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
      if (name === "id") last = value;
      else if (name === "event") kind = value;
      else if (name === "data") data.push(value);
    }
    if (data.length === 0) return;
    if (kind === "resync") on.lost();
    else on.event(kind, JSON.parse(data.join("\n")));
  }

  (async () => {
    while (!stop) {
      try {
        await read();
        if (stop) return;
        on.live(false);
      } catch (fault) {
        if (stop) return;
        on.live(false, fault);
      }
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, 10000);
      abort = new AbortController();
    }
  })();
  return () => {
    stop = true;
    abort.abort();
  };
}
