// Runs every call of the npm client against one agent and prints a line for each:
// {"operation": "...", "error": "", "ms": 1}. Arguments: the folder of the client.
"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const { setTimeout: sleep } = require("node:timers/promises");
const Consul = require(process.argv[2]);

const [host, port] = process.env.CONSUL_HTTP_ADDR.split(":");
const consul = new Consul({ host, port });
const operations = [];
const operation = (name, run) => operations.push({ name, run });

async function eventually(check) {
  const end = Date.now() + 10000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(20);
  }
}

/** Registers a service while `run` runs. */
async function registered(options, run) {
  await consul.agent.service.register(options);
  try {
    return await run();
  } finally {
    await consul.agent.service.deregister(options.id ?? options.name ?? options);
  }
}

const ttl = (name) => ({ name, check: { ttl: "1h", notes: "notes" } });

/** The next change that a watch tells, when `change` has been made after the first. */
async function watched(method, options, change) {
  const watch = consul.watch({ method, options, backoffFactor: 10 });
  try {
    const changes = [];
    let tell;
    let wake = new Promise((resolve, reject) => {
      tell = resolve;
      watch.on("error", reject);
    });
    watch.on("change", (data) => {
      changes.push(data);
      tell();
    });
    await wake;
    wake = new Promise((resolve, reject) => {
      tell = resolve;
      watch.on("error", reject);
    });
    await change();
    await Promise.race([wake, sleep(10000, null, { ref: false }).then(() => assert.fail("no change came"))]);
    return changes.at(-1);
  } finally {
    watch.end();
  }
}

// --- agent

operation("agent: members", async () => {
  const members = await consul.agent.members();
  assert.equal(members.length, 1);
  assert.ok(members[0].Name && members[0].Addr);
  assert.equal((await consul.agent.members({ wan: true })).length, 1);
});

operation("agent: self", async () => {
  const self = await consul.agent.self();
  assert.equal(self.Config.Server, true);
  assert.equal(typeof self.Config.Datacenter, "string");
  assert.equal(self.Config.NodeName, self.Member.Name);
});

operation("agent: reload", async () => {
  await consul.agent.reload();
});

operation("agent: join, forceLeave are no-ops or say why not", async () => {
  for (const run of [() => consul.agent.join("127.0.0.1"), () => consul.agent.forceLeave("nobody")]) {
    await run().catch((error) => assert.equal(error.statusCode, 501));
  }
});

operation("agent: maintenance of the node", async () => {
  await consul.agent.maintenance({ enable: true, reason: "a new disk" });
  assert.equal((await consul.agent.checks())._node_maintenance.Notes, "a new disk");
  await consul.agent.maintenance(false);
  assert.equal((await consul.agent.checks())._node_maintenance, undefined);
});

operation("agent.service: register, list, deregister", async () => {
  await consul.agent.service.register({
    name: "npm-a", id: "npm/a:1", tags: ["v2", "v1"], meta: { Version: "4" }, address: "127.0.0.1", port: 80,
    check: { http: "http://127.0.0.1:1/", interval: "10s", timeout: "1s", deregistercriticalserviceafter: "1h" },
  });
  const service = (await consul.agent.service.list())["npm/a:1"];
  assert.equal(service.Service, "npm-a");
  assert.deepEqual(service.Tags, ["v2", "v1"]);
  assert.deepEqual(service.Meta, { Version: "4" });
  assert.equal(service.Port, 80);
  await consul.agent.service.deregister("npm/a:1");
  assert.equal((await consul.agent.services())["npm/a:1"], undefined);
  await assert.rejects(consul.agent.service.deregister("npm/a:1"), (error) => error.statusCode === 404);
});

operation("agent.service: register by name alone", () => registered("npm-bare", async () => {
  assert.deepEqual((await consul.agent.service.list())["npm-bare"].Tags, []);
}));

operation("agent.service: register with two checks", () => registered(
  { name: "npm-two", checks: [{ ttl: "1h" }, { tcp: "127.0.0.1:1", interval: "10s", timeout: "1s" }] }, async () => {
    const checks = await consul.agent.checks();
    assert.equal(checks["service:npm-two:1"].Type, "ttl");
    assert.equal(checks["service:npm-two:2"].Type, "tcp");
  }));

operation("agent.service: maintenance", () => registered("npm-m", async () => {
  await consul.agent.service.maintenance({ id: "npm-m", enable: true, reason: "why not" });
  assert.deepEqual(await consul.health.service({ service: "npm-m", passing: true }), []);
  await consul.agent.service.maintenance({ id: "npm-m", enable: false });
  assert.equal((await consul.health.service({ service: "npm-m", passing: true })).length, 1);
}));

operation("agent.check: list, pass, warn, fail", () => registered(ttl("npm-ttl"), async () => {
  let check = (await consul.agent.check.list())["service:npm-ttl"];
  assert.equal(check.Notes, "notes");
  assert.equal(check.Status, "critical");
  for (const [call, status] of [["pass", "passing"], ["warn", "warning"], ["fail", "critical"]]) {
    await consul.agent.check[call]({ id: "service:npm-ttl", note: `${call} & x` });
    check = (await consul.agent.checks())["service:npm-ttl"];
    assert.equal(check.Status, status);
    assert.equal(check.Output, `${call} & x`);
  }
}));

operation("agent.check: register, deregister", async () => {
  await consul.agent.check.register({ name: "npm-check", ttl: "1h", notes: "of the node" });
  assert.equal((await consul.agent.checks())["npm-check"].ServiceID, "");
  await consul.agent.check.deregister("npm-check");
  assert.equal((await consul.agent.checks())["npm-check"], undefined);
});

operation("agent.check: http that is run", async () => {
  const server = http.createServer((_, out) => out.end("well"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  await registered({ name: "npm-http", check: { http: url, interval: "1s", timeout: "1s" } }, () =>
    eventually(async () => {
      const check = (await consul.agent.checks())["service:npm-http"];
      assert.equal(check.Status, "passing");
      assert.match(check.Output, /200 OK Output: well/);
    }));
  server.close();
});

operation("agent: what is wrong is shown to the user", async () => {
  await assert.rejects(consul.agent.service.register({ name: "npm-wrong", address: "0.0.0.0" }), (error) =>
    error.statusCode === 400 && error.message.includes("Invalid service address"));
  await assert.rejects(consul.agent.check.pass("npm-none"), (error) => error.statusCode === 404);
});

// --- catalog

operation("catalog: datacenters", async () => assert.equal((await consul.catalog.datacenters()).length, 1));

operation("catalog.service: list, exactly", () => registered({ name: "npm-c", tags: ["a"] }, async () => {
  assert.deepEqual(await consul.catalog.service.list(), { consul: [], "npm-c": ["a"] });
}));

operation("catalog.service: nodes", () => registered({ name: "npm-n", tags: ["a"], port: 7 }, async () => {
  const [node] = await consul.catalog.service.nodes({ service: "npm-n", tag: "a" });
  assert.equal(node.ServicePort, 7);
  assert.deepEqual(await consul.catalog.service.nodes("npm-none"), []);
}));

operation("catalog.node: list, services", () => registered("npm-ns", async () => {
  const [node] = await consul.catalog.node.list();
  const found = await consul.catalog.node.services(node.Node);
  assert.equal(found.Services["npm-ns"].Service, "npm-ns");
  assert.equal(found.Node.Node, node.Node);
  assert.ok(!(await consul.catalog.node.services("nobody")));
}));

operation("catalog: nodes, services, connect.nodes", async () => {
  assert.ok((await consul.catalog.nodes()).length >= 1);
  assert.ok((await consul.catalog.services()).consul);
  assert.deepEqual(await consul.catalog.connect.nodes("npm-none"), []);
});

operation("catalog: register, deregister", async () => {
  await consul.catalog.register({
    node: "npm-far", address: "192.0.2.7", service: { service: "npm-db", port: 5432 },
  });
  assert.equal((await consul.health.service({ service: "npm-db", passing: true }))[0].Node.Address, "192.0.2.7");
  await consul.catalog.deregister({ node: "npm-far", serviceid: "npm-db" });
  assert.deepEqual(await consul.health.service("npm-db"), []);
  await consul.catalog.deregister("npm-far");
  assert.ok(!(await consul.catalog.node.services("npm-far")));
});

// --- health

operation("health: node, exactly", () => registered(ttl("npm-hn"), async () => {
  const [{ Node }] = await consul.catalog.node.list();
  const checks = await consul.health.node(Node);
  assert.deepEqual(checks.map((check) => check.CheckID), ["serfHealth", "service:npm-hn"]);
  assert.equal(checks[0].Status, "passing");
}));

operation("health: checks", () => registered(ttl("npm-hc"), async () => {
  const [check] = await consul.health.checks("npm-hc");
  assert.equal(check.CheckID, "service:npm-hc");
}));

operation("health: service", () => registered({ ...ttl("npm-hs"), tags: ["v1"] }, async () => {
  const [entry] = await consul.health.service({ service: "npm-hs", tag: "v1", near: "_agent" });
  assert.deepEqual(entry.Checks.map((check) => check.CheckID), ["serfHealth", "service:npm-hs"]);
  assert.deepEqual(await consul.health.service({ service: "npm-hs", passing: true }), []);
}));

operation("health: state, exactly", () => registered(ttl("npm-st"), async () => {
  const checks = await consul.health.state("any");
  assert.deepEqual(checks.map((check) => check.CheckID).sort(), ["serfHealth", "service:npm-st"]);
  assert.equal((await consul.health.state("critical")).length, 1);
}));

operation("health: filter", () => registered({ name: "npm-f", meta: { version: "4" } }, async () => {
  const ask = (filter) => consul.health.service({ service: "npm-f", filter });
  assert.equal((await ask('Service.Meta.version == "4"')).length, 1);
  assert.equal((await ask('Service.Meta.version != "4"')).length, 0);
  await assert.rejects(ask("Nope == 1"), (error) => error.statusCode === 400 || error.statusCode === 500);
}));

// --- status, events

operation("status: leader, peers", async () => {
  const leader = await consul.status.leader();
  assert.match(leader, /:8300$/);
  assert.deepEqual(await consul.status.peers(), [leader]);
});

operation("event: fire, list", async () => {
  const fired = await consul.event.fire({ name: "npm-event", payload: "not JSON" });
  assert.equal(fired.Payload, "not JSON");
  const events = await consul.event.list("npm-event");
  assert.equal(events.at(-1).ID, fired.ID);
  assert.equal(events.at(-1).Payload, "not JSON");
});

// --- keys

operation("kv: set, get, a value and null", async () => {
  assert.equal(await consul.kv.set("npm/a b/c", "hello"), true);
  const pair = await consul.kv.get("npm/a b/c");
  assert.equal(pair.Value, "hello");
  assert.equal(pair.Key, "npm/a b/c");
  assert.equal(await consul.kv.set("npm/null", null), true);
  assert.equal((await consul.kv.get("npm/null")).Value, null);
  assert.equal(await consul.kv.get("npm/none"), undefined);
});

operation("kv: get raw, get recurse", async () => {
  await consul.kv.set("npm/r/b", "2");
  await consul.kv.set("npm/r/a", "1");
  assert.equal((await consul.kv.get({ key: "npm/r/a", raw: true })).toString(), "1");
  const pairs = await consul.kv.get({ key: "npm/r/", recurse: true });
  assert.deepEqual(pairs.map((pair) => pair.Key), ["npm/r/a", "npm/r/b"]);
});

operation("kv: keys", async () => {
  await consul.kv.set("npm/k/a/1", "");
  await consul.kv.set("npm/k/b", "");
  assert.deepEqual(await consul.kv.keys("npm/k/"), ["npm/k/a/1", "npm/k/b"]);
  assert.deepEqual(await consul.kv.keys({ key: "npm/k/", separator: "/" }), ["npm/k/a/", "npm/k/b"]);
  await assert.rejects(consul.kv.keys("npm/none/"), (error) => error.isNotFound || error.statusCode === 404);
});

operation("kv: cas, flags", async () => {
  assert.equal(await consul.kv.set({ key: "npm/cas", value: "1", cas: "0", flags: 7 }), true);
  assert.equal(await consul.kv.set({ key: "npm/cas", value: "2", cas: "0" }), undefined); // false, which the client drops
  const pair = await consul.kv.get("npm/cas");
  assert.equal(pair.Flags, 7);
  assert.equal(await consul.kv.set({ key: "npm/cas", value: "2", cas: pair.ModifyIndex }), true);
});

operation("kv: acquire, release", async () => {
  const { ID: first } = await consul.session.create();
  const { ID: second } = await consul.session.create();
  assert.equal(await consul.kv.set({ key: "npm/lock", value: "", acquire: first }), true);
  assert.equal(await consul.kv.set({ key: "npm/lock", value: "", acquire: second }), undefined);
  assert.equal((await consul.kv.get("npm/lock")).Session, first);
  assert.equal(await consul.kv.set({ key: "npm/lock", value: "", release: first }), true);
  for (const id of [first, second]) await consul.session.destroy(id);
});

operation("kv: del, by cas, recurse", async () => {
  await consul.kv.set("npm/d/a", "");
  assert.equal(await consul.kv.del({ key: "npm/d/a", cas: "1" }), undefined);
  assert.equal(await consul.kv.del("npm/d/a"), true);
  assert.equal(await consul.kv.delete("npm/d/a"), true);
  assert.equal(await consul.kv.del({ recurse: true }), true);
  assert.equal(await consul.kv.get({ key: "npm/", recurse: true }), undefined);
});

operation("transaction: create", async () => {
  const answer = await consul.transaction.create([
    { KV: { Verb: "set", Key: "npm/txn", Value: Buffer.from("v").toString("base64") } },
    { KV: { Verb: "get", Key: "npm/txn" } },
  ]);
  assert.equal(answer.Results.length, 2);
  assert.equal(Buffer.from(answer.Results[1].KV.Value, "base64").toString(), "v");
  await assert.rejects(consul.transaction.create([{ KV: { Verb: "get", Key: "npm/none" } }]),
    (error) => error.statusCode === 409);
});

// --- sessions

operation("session: create, info, get, node, list, renew, destroy", async () => {
  const [{ Node }] = await consul.catalog.node.list();
  const { ID } = await consul.session.create({
    name: "npm", lockdelay: "15s", node: Node, checks: ["serfHealth"], behavior: "delete", ttl: "10s",
  });
  for (const ask of [consul.session.info(ID), consul.session.get(ID), consul.session.renew(ID)]) {
    const [session] = [await ask].flat();
    assert.equal(session.ID, ID);
    assert.equal(session.LockDelay, 15e9);
    assert.equal(session.Behavior, "delete");
  }
  assert.equal((await consul.session.list()).length, 1);
  assert.equal((await consul.session.node(Node)).length, 1);
  assert.deepEqual(await consul.session.node("nobody"), []);
  await consul.session.destroy(ID);
  assert.deepEqual(await consul.session.list(), []);
  await assert.rejects(consul.session.renew(ID), (error) => error.statusCode === 404);
});

// --- prepared queries

operation("query: create, list, get, update, destroy", async () => {
  const { ID } = await consul.query.create({ name: "npm-query", service: { service: "npm-q" } });
  assert.equal((await consul.query.list()).length, 1);
  await consul.query.update({ query: ID, name: "npm-query", service: { service: "npm-q2" } });
  assert.equal((await consul.query.get(ID)).Service.Service, "npm-q2");
  await consul.query.destroy(ID);
  assert.deepEqual(await consul.query.list(), []);
});

operation("query: execute, explain", () => registered("npm-qe", async () => {
  const { ID } = await consul.query.create({ name: "npm-qx", service: { service: "npm-qe" }, dns: { ttl: "7s" } });
  const answer = await consul.query.execute("npm-qx");
  assert.equal(answer.Nodes[0].Service.ID, "npm-qe");
  assert.equal(answer.DNS.TTL, "7s");
  await consul.query.explain("npm-qx"); // the client takes a list apart, and there is none
  await consul.query.destroy(ID);
}));

// --- blocking, watches

operation("blocking: an index that is too new is answered at once", async () => {
  const begin = Date.now();
  await consul.health.service({ service: "npm-none", index: "1000000000", wait: "60s" });
  assert.ok(Date.now() - begin < 5000);
});

operation("watch: a key, its changes", async () => {
  await consul.kv.set("npm-watch", "1");
  const pair = await watched(consul.kv.get, { key: "npm-watch", wait: "5s" }, () => consul.kv.set("npm-watch", "2"));
  assert.equal(pair.Value, "2");
  await consul.kv.del("npm-watch");
});

operation("watch: an absent key", async () => {
  const pair = await watched(consul.kv.get, { key: "npm-coming", wait: "5s" },
    () => consul.kv.set("npm-coming", "1"));
  assert.equal(pair.Value, "1");
  await consul.kv.del("npm-coming");
});

operation("watch: health of a service", () => registered(ttl("npm-ws"), async () => {
  const entries = await watched(consul.health.service, { service: "npm-ws", passing: true, wait: "5s" },
    () => consul.agent.check.pass("service:npm-ws"));
  assert.equal(entries.length, 1);
}));

operation("watch: services", async () => {
  const services = await watched(consul.catalog.service.list, { wait: "5s" },
    () => consul.agent.service.register("npm-wc"));
  assert.ok(services["npm-wc"]);
  await consul.agent.service.deregister("npm-wc");
});

operation("watch: 20 waits end without an error", async () => {
  // The client aborts a request that comes later than wait + max(10 %, 500 ms).
  const watches = Array.from({ length: 20 }, (_, number) =>
    consul.watch({ method: consul.kv.get, options: { key: `npm-w${number}`, wait: "1s" } }));
  const errors = [];
  for (const watch of watches) watch.on("error", (error) => errors.push(error));
  await sleep(2500);
  for (const watch of watches) watch.end();
  assert.deepEqual(errors, []);
});

operation("acl: says that there are none", () =>
  assert.rejects(consul.acl.bootstrap(), (error) => error.statusCode === 401));

(async () => {
  for (const { name, run } of operations) {
    const begin = Date.now();
    let error = "";
    try {
      await run();
    } catch (met) {
      error = String(met?.stack ?? met).split("\n").slice(0, 6).join("\n");
    }
    console.log(JSON.stringify({ operation: name, error, ms: Date.now() - begin }));
  }
  consul.destroy();
  process.exit(0);
})();
