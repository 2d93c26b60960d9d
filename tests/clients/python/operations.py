"""Runs every call of py-consul against one agent and prints a line of JSON for each."""
import json
import os
import socket
import sys
import threading
import time
import traceback

import consul

HOST, PORT = os.environ["CONSUL_HTTP_ADDR"].split(":")
client = consul.Consul(host=HOST, port=int(PORT))
OPERATIONS = []


def operation(name):
    def keep(run):
        OPERATIONS.append((name, run))
        return run
    return keep


class registered:
    """A service that is there for the length of a `with`."""

    def __init__(self, name, **fields):
        self.id = fields.get("service_id", name)
        assert client.agent.service.register(name, **fields) is True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        client.agent.service.deregister(self.id)


def own_node():
    return client.agent.self()["Config"]["NodeName"]


def refused(error, run, *arguments, **options):
    try:
        result = run(*arguments, **options)
    except error as met:
        return str(met)
    raise AssertionError(f"it was taken: {result!r}")


def woken(ask, change):
    """The answer to a blocking query that `change` ends."""
    index = ask(None)[0]
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(ask(index)), daemon=True)
    waiting.start()
    time.sleep(0.05)
    change()
    waiting.join(20)
    assert answers, "it was not woken"
    assert int(answers[0][0]) > int(index), (answers, index)
    return answers[0][1]


@operation("agent: self, members")
def _():
    assert isinstance(client.agent.self()["Config"]["Datacenter"], str)
    assert client.agent.members()[0]["Status"] == 1
    assert len(client.agent.members(wan=True)) == 1


@operation("agent: services, by filter, service_definition")
def _():
    with registered("py-a", service_id="py/a:1", address="127.0.0.1", port=80, tags=["v2", "v1"], meta={"Version": "4"}):
        found = client.agent.services()["py/a:1"]
        assert (found["Service"], found["Port"], found["Tags"]) == ("py-a", 80, ["v2", "v1"]), found
        assert found["Meta"] == {"Version": "4"}, found
        assert list(client.agent.services(filter_expr='Meta.Version == "4"')) == ["py/a:1"]
        assert client.agent.service_definition("py/a:1")["ContentHash"]
    assert "py/a:1" not in client.agent.services()


@operation("agent: maintenance of the node")
def _():
    assert client.agent.maintenance(True, "a new disk")
    assert client.agent.checks()["_node_maintenance"]["Notes"] == "a new disk"
    assert client.agent.maintenance(False)
    assert "_node_maintenance" not in client.agent.checks()


@operation("agent: metrics")
def _():
    assert client.agent.metrics()["Gauges"]


@operation("agent: metrics, as Prometheus reads them")
def _():
    text = client.agent.metrics(format_prometheus=True)
    assert "# TYPE" in str(text), text


@operation("agent: reload")
def _():
    assert client.agent.reload() is True


@operation("agent: join, force_leave, leave are no-ops or say why not")
def _():
    for run, argument in ((client.agent.join, ["127.0.0.1"]), (client.agent.force_leave, ["nobody"]),
                          (client.agent.leave, [])):
        try:
            assert run(*argument) is True
        except consul.ConsulException as error:
            assert "501" in str(error), error


@operation("agent.service: register, every field")
def _():
    with registered("py-full", service_id="py-full-1", port=1, weights={"Passing": 7, "Warning": 3}, enable_tag_override=True,
                    tagged_addresses={"lan": {"Address": "10.9.8.7", "Port": 1}},
                    check=consul.Check.ttl("1h"), extra_checks=[consul.Check.tcp("127.0.0.1", 1, "10s", timeout="1s")]):
        found = client.agent.services()["py-full-1"]
        assert found["Weights"] == {"Passing": 7, "Warning": 3} and found["EnableTagOverride"], found
        assert found["TaggedAddresses"]["lan"]["Address"] == "10.9.8.7", found
        checks = client.agent.checks()
        assert checks["service:py-full-1:1"]["Type"] == "ttl" and checks["service:py-full-1:2"]["Type"] == "tcp"


@operation("agent.service: register again, checks replaced")
def _():
    with registered("py-re", check={**consul.Check.ttl("1h"), "CheckID": "py-re-1"}):
        client.agent.service.register("py-re", check={**consul.Check.ttl("1h"), "CheckID": "py-re-2"}, replace_existing_checks=True)
        assert [c for c in client.agent.checks() if c.startswith("py-re-")] == ["py-re-2"]


@operation("agent.service: register in the old spelling")
def _():
    with registered("py-old", ttl="1h"):
        assert client.agent.checks()["service:py-old"]["Type"] == "ttl"


@operation("agent.service: deregister of none says so")
def _():
    assert client.agent.service.deregister("py-none") is False


@operation("agent.service: maintenance")
def _():
    with registered("py-m"):
        assert client.agent.service.maintenance("py-m", True, "r r")
        assert client.agent.checks()["_service_maintenance:py-m"]["Notes"] == "r r"
        assert client.health.service("py-m", passing=True)[1] == []
        assert client.agent.service.maintenance("py-m", False)
        assert len(client.health.service("py-m", passing=True)[1]) == 1


@operation("agent.check: register, ttl_pass, ttl_warn, ttl_fail, deregister")
def _():
    with registered("py-c"):
        assert client.agent.check.register("extra", check=consul.Check.ttl("1h"), check_id="py-c-1", notes="n", service_id="py-c")
        for call, status in (("ttl_pass", "passing"), ("ttl_warn", "warning"), ("ttl_fail", "critical")):
            assert getattr(client.agent.check, call)("py-c-1", notes="so & so")
            check = client.agent.checks()["py-c-1"]
            assert (check["Status"], check["Output"], check["Notes"]) == (status, "so & so", "n"), check
        assert list(client.agent.checks(filter_expr="Status == critical")) == ["py-c-1"]
        assert client.agent.check.deregister("py-c-1")
        assert "py-c-1" not in client.agent.checks()


@operation("agent.check: tcp that is run")
def _():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with registered("py-tcp", port=port, check=consul.Check.tcp("127.0.0.1", port, "1s", timeout="1s")):
            end = time.monotonic() + 10
            while client.agent.checks()["service:py-tcp"]["Status"] != "passing":
                assert time.monotonic() < end, client.agent.checks()
                time.sleep(0.02)


@operation("agent.check: http and grpc are taken, scripts are refused")
def _():
    with registered("py-h", check=consul.Check.http("http://127.0.0.1:1/", "10s", timeout="1s", deregister="90m",
                                                    header={"x-foo": ["bar"]}),
                    extra_checks=[consul.Check.grpc("127.0.0.1:1", "10s", timeout="1s")]):
        assert [check["Type"] for check in client.agent.checks().values()] == ["http", "grpc"], client.agent.checks()
    text = refused(consul.ConsulException, client.agent.service.register, "py-s", check=consul.Check.script(["true"], "10s"))
    assert "Scripts are disabled" in text, text


@operation("catalog: datacenters, nodes, node")
def _():
    assert len(client.catalog.datacenters()) == 1
    index, nodes = client.catalog.nodes(near="_agent")
    assert int(index) > 0 and nodes[0]["Node"] == own_node()
    assert client.catalog.nodes(node_meta={"no": "where"})[1] == []
    with registered("py-cn"):
        assert "py-cn" in client.catalog.node(own_node())[1]["Services"]
    assert client.catalog.node("nobody")[1] is None


@operation("catalog: services, service, connect")
def _():
    with registered("py-cs", tags=["b", "a"], port=7):
        assert sorted(client.catalog.services()[1]["py-cs"]) == ["a", "b"]
        assert client.catalog.service("py-cs", tag="a")[1][0]["ServicePort"] == 7
        assert client.catalog.service("py-none")[1] == []
        assert client.catalog.connect("py-cs")[1] == []


@operation("catalog: register, deregister")
def _():
    assert client.catalog.register("py-far", "192.0.2.7", service={"service": "py-db", "port": 5432},
                                   check={"name": "up", "status": "passing", "service_id": "py-db"})
    entry = client.health.service("py-db", passing=True)[1][0]
    assert entry["Node"]["Address"] == "192.0.2.7", entry
    assert client.catalog.deregister("py-far", service_id="py-db")
    assert client.health.service("py-db")[1] == []
    assert client.catalog.deregister("py-far")
    assert client.catalog.node("py-far")[1] is None


@operation("health: service, by tag and filter, passing")
def _():
    with registered("py-hs", service_id="py-hs-1", tags=["v1"], meta={"version": "4"}), \
            registered("py-hs", service_id="py-hs-2", tags=["v2"], check=consul.Check.ttl("1h")):
        ids = lambda **options: [e["Service"]["ID"] for e in client.health.service("py-hs", **options)[1]]
        assert ids() == ["py-hs-1", "py-hs-2"]
        assert ids(passing=True) == ["py-hs-1"]
        assert ids(tag="v2") == ["py-hs-2"]
        assert ids(near="_agent", dc="dc1") == ["py-hs-1", "py-hs-2"]


@operation("health: checks, node, state")
def _():
    with registered("py-hc", check=consul.Check.ttl("1h")):
        assert client.health.checks("py-hc")[1][0]["CheckID"] == "service:py-hc"
        assert [c["CheckID"] for c in client.health.node(own_node())[1]] == ["serfHealth", "service:py-hc"]
        assert len(client.health.state("any")[1]) == 2
        assert client.health.state("critical")[1][0]["ServiceName"] == "py-hc"


@operation("health: connect, ingress are empty")
def _():
    assert client.health.connect("py-none")[1] == []
    assert client.health.ingress("py-none")[1] == []


@operation("status: leader, peers")
def _():
    assert client.status.peers() == [client.status.leader()]
    assert client.status.leader().endswith(":8300")


@operation("kv: put, get, of octets, texts and nothing")
def _():
    for value in (b"\0\xff", "text", None, ""):
        assert client.kv.put("py/a b/c", value, flags=3304740253564472344) is True
        index, pair = client.kv.get("py/a b/c")
        expected = value.encode() if isinstance(value, str) else value
        assert (pair["Value"] or None) == (expected or None) and pair["Flags"] == 3304740253564472344, pair
        assert int(index) > 0
    assert client.kv.get("py/none")[1] is None


@operation("kv: get recurse, keys, separator")
def _():
    for key in ("py/r/b", "py/r/a/1", "py/r/a/2"):
        client.kv.put(key, key)
    assert [pair["Key"] for pair in client.kv.get("py/r/", recurse=True)[1]] == ["py/r/a/1", "py/r/a/2", "py/r/b"]
    assert client.kv.get("py/r/", keys=True)[1] == ["py/r/a/1", "py/r/a/2", "py/r/b"]
    assert client.kv.get("py/r/", keys=True, separator="/")[1] == ["py/r/a/", "py/r/b"]
    assert client.kv.get("py/nowhere/", recurse=True)[1] is None


@operation("kv: cas, acquire, release")
def _():
    assert client.kv.put("py/cas", "1", cas=0) is True
    assert client.kv.put("py/cas", "2", cas=0) is False
    assert client.kv.put("py/cas", "2", cas=client.kv.get("py/cas")[1]["ModifyIndex"]) is True
    first, second = client.session.create(), client.session.create()
    assert client.kv.put("py/lock", "", acquire=first) is True
    assert client.kv.put("py/lock", "", acquire=second) is False
    assert client.kv.get("py/lock")[1]["Session"] == first
    assert client.kv.put("py/lock", "", release=first) is True
    for session in (first, second):
        client.session.destroy(session)


@operation("kv: delete, by cas, recurse")
def _():
    client.kv.put("py/d/a", "")
    assert client.kv.delete("py/d/a", cas=1) is False
    assert client.kv.delete("py/d/a") is True
    assert client.kv.delete("py/", recurse=True) is True
    assert client.kv.get("py/", recurse=True)[1] is None


@operation("txn: put")
def _():
    answer = client.txn.put([{"KV": {"Verb": "set", "Key": "py/txn", "Value": "dg=="}}, {"KV": {"Verb": "get", "Key": "py/txn"}}])
    assert answer["Results"][1]["KV"]["Value"] == "dg==", answer
    client.kv.delete("py/txn")


@operation("session: create, info, list, node, renew, destroy")
def _():
    session = client.session.create(name="py", lock_delay=1, ttl=10, behavior="delete")
    index, found = client.session.info(session)
    assert int(index) > 0 and found["TTL"] == "10s" and found["LockDelay"] == 10**9, found
    assert [one["ID"] for one in client.session.list()[1]] == [session]
    assert [one["ID"] for one in client.session.node(own_node())[1]] == [session]
    assert client.session.renew(session)["ID"] == session
    assert client.session.destroy(session) is True
    refused(consul.NotFound, client.session.renew, session)


@operation("event: fire, list")
def _():
    fired = client.event.fire("py-event", "body")
    assert client.event.list(name="py-event")[1][-1]["ID"] == fired["ID"]


@operation("query: create, list, get, update, execute, explain, delete")
def _():
    with registered("py-q", tags=["v1"]):
        query = client.query.create("py-q", "py-query", onlypassing=True, tags=["v1"], ttl="7s")["ID"]
        assert client.query.list()[0]["ID"] == query
        assert client.query.get(query)[0]["Name"] == "py-query"
        client.query.update(query, "py-q", "py-query", onlypassing=True)
        assert client.query.execute("py-query")["Nodes"][0]["Service"]["ID"] == "py-q"
        assert client.query.explain("py-query")["Query"]["Service"]["Service"] == "py-q"
        client.query.delete(query)
        assert client.query.list() == []


@operation("coordinate: datacenters, nodes")
def _():
    assert isinstance(client.coordinate.datacenters(), list)
    assert isinstance(client.coordinate.nodes()[1], list)


@operation("blocking: health, catalog, a key, a prefix, sessions")
def _():
    def register():
        client.agent.service.register("py-wake")

    entries = woken(lambda index: client.health.service("py-wake", index=index, wait="10s"), register)
    assert len(entries) == 1
    woken(lambda index: client.catalog.services(index=index, wait="10s"), lambda: client.agent.service.deregister("py-wake"))
    assert woken(lambda index: client.kv.get("py/w", index=index, wait="10s"), lambda: client.kv.put("py/w", "1"))
    woken(lambda index: client.kv.get("py/", recurse=True, index=index, wait="10s"), lambda: client.kv.delete("py/w"))
    sessions = woken(lambda index: client.session.list(index=index, wait="10s"), client.session.create)
    client.session.destroy(sessions[0]["ID"])


@operation("blocking: a wait that ends by time")
def _():
    index = client.kv.get("py/none")[0]
    begin = time.monotonic()
    assert client.kv.get("py/none", index=index, wait="1s") == (index, None)
    assert 0.9 < time.monotonic() - begin < 3


@operation("consistency modes")
def _():
    for mode in ("default", "consistent", "stale"):
        other = consul.Consul(host=HOST, port=int(PORT), consistency=mode)
        assert other.catalog.nodes()[1]


@operation("acl: says that there are none")
def _():
    refused(consul.ACLDisabled, client.acl.token.list)


@operation("a token is sent and not minded")
def _():
    assert consul.Consul(host=HOST, port=int(PORT), token="whatever").agent.self()["Config"]


for name, run in OPERATIONS:
    began = time.monotonic()
    fault = ""
    try:
        run()
    except Exception:  # pylint: disable=broad-except
        fault = traceback.format_exc(limit=-3)
    print(json.dumps({"operation": name, "error": fault, "ms": round((time.monotonic() - began) * 1000)}), flush=True)
sys.exit(0)
