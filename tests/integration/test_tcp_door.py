"""The registration protocol over TCP: who is let in, what a token may, and how a connection ends."""
import contextlib
import ctypes
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import unittest

from box import BIN, CLI, DAEMON, SLOW, Box, Socket, eventually, free_port, in_namespace

TOKENS = {"web": ("register", "web*"), "two": ("register", "web*"), "db": ("register", "db"),
          "see": ("read", "web*"), "prod": ("register", "prod/*"), "ops": ("operate", "*"),
          "lead": ("operate", "web*")}


def hash_of(token):
    return hashlib.sha256(token.encode()).hexdigest()


def token_rows(names):
    return "".join(f"    - {{name: {name}, sha256: {hash_of(name)}, {TOKENS[name][0]}: [\"{TOKENS[name][1]}\"]}}\n"
                   for name in names)


class Tcp(Socket):
    """A connection over TCP; with a token it says hello first."""

    def __init__(self, port, token=None, host="127.0.0.1", timeout=10):
        self.socket = socket.create_connection((host, port), timeout * SLOW)
        self.rest = b""
        if token:
            reply = self.ask("hello", token=token)
            assert reply["ok"], reply

    def is_closed(self):
        """Is there an end, after the lines that are still to come?"""
        try:
            while True:
                self.line()
        except (EOFError, ConnectionResetError):
            return True
        except TimeoutError:
            return False


class DoorBox(Box):
    """A box whose daemon listens on TCP too."""

    def __init__(self, extra="", api="", host="127.0.0.1", tokens=tuple(TOKENS), tail="", **options):
        self.door = free_port()
        address = f'"[{host}]:{self.door}"' if ":" in host else f"{host}:{self.door}"
        self.http = free_port()
        rows = f"  tokens:\n{token_rows(tokens)}" if tokens else ""
        super().__init__(f"  listen: [{address}]\n{extra}api:\n  listen: [127.0.0.1:{self.http}]\n{rows}{api}{tail}",
                         **options)
        self.host = host

    def tcp(self, token=None):
        return Tcp(self.door, token, self.host)

    def count(self, name):
        return self.ask("stats")["counters"]["intake"][name]

    def env_for(self, token):
        return {"ROLLCALL_SOCKET": f"tcp://127.0.0.1:{self.door}", "ROLLCALL_TOKEN": token}


def code_of(reply):
    return reply["error"]["code"]


class Admission(unittest.TestCase):
    def test_without_a_token_nothing_is_read_or_changed(self):
        with DoorBox() as box:
            box.register(service="web", address="10.0.0.1")
            for op, fields in (("list", {}), ("get", {"service": "web"}), ("hello", {}), ("stats", {}),
                               ("register", {"service": "web", "address": "10.0.0.2"}),
                               ("deregister", {"id": "web-10-0-0-1"}), ("nonsense", {})):
                with box.tcp() as connection:
                    reply = connection.ask(op, **fields, seq=op)
                    self.assertEqual((reply["ok"], code_of(reply), reply["seq"]), (False, "unauthorized", op), reply)
                    self.assertIn('"op":"hello"', reply["error"]["message"])
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])

    def test_a_wrong_token_is_refused_counted_and_logged_and_a_right_one_after_it_is_taken(self):
        with DoorBox() as box, box.tcp() as connection:
            reply = connection.ask("hello", token="weB")
            self.assertEqual((code_of(reply), reply["error"]["field"]), ("unauthorized", "token"))
            self.assertEqual(code_of(connection.ask("list")), "unauthorized")
            self.assertEqual(box.count("tcp_denied"), 1)
            self.assertIn("127.0.0.1 came over TCP with a token that is none", box.log_text())
            self.assertTrue(connection.ask("hello", token="web")["ok"])
            self.assertTrue(connection.ask("list")["ok"])

    def test_requests_may_follow_the_hello_without_waiting(self):
        with DoorBox() as box, box.tcp() as connection:
            connection.send({"op": "hello", "token": "web"},
                            *({"op": "register", "service": "web", "address": f"10.0.0.{i}"} for i in range(1, 101)))
            replies = [connection.line() for _ in range(101)]
            self.assertTrue(all(reply["ok"] for reply in replies), replies)
            self.assertEqual(box.ask("list")["services"][0]["instances"], 100)

    def test_many_refusals_end_the_connection(self):
        with DoorBox() as box, box.tcp() as connection:
            connection.send(*({"op": "hello", "token": f"guess {i}"} for i in range(100)))
            self.assertTrue(connection.is_closed())
            self.assertLess(box.count("tcp_denied"), 10)

    def test_mistakes_of_who_is_known_do_not(self):
        with DoorBox() as box, box.tcp("web") as connection:
            for _ in range(30):
                self.assertEqual(code_of(connection.ask("register", service="db", address="10.0.0.1")), "unauthorized")
                connection.send(b"no json")
                self.assertEqual(code_of(connection.line()), "bad_json")
            self.assertTrue(connection.ask("list")["ok"])

    def test_anonymous_read_reads_and_changes_nothing(self):
        with DoorBox("  anonymous: read\n", tokens=()) as box, box.tcp() as connection:
            box.register(service="db", address="10.0.0.1")
            self.assertEqual([s["name"] for s in connection.ask("list")["services"]], ["db"])
            for op, fields in (("register", {"service": "web", "address": "10.0.0.2"}), ("drain", {"id": "db-10-0-0-1"}),
                               ("silence", {"service": "db", "for": "1h"}), ("override", {"id": "x", "state": "down"})):
                self.assertEqual(code_of(connection.ask(op, **fields)), "unauthorized", op)

    def test_another_token_takes_the_place_of_the_first(self):
        with DoorBox() as box, box.tcp("web") as connection:
            self.assertTrue(connection.ask("register", service="web", address="10.0.0.1")["ok"])
            self.assertTrue(connection.ask("hello", token="db")["ok"])
            self.assertEqual(code_of(connection.ask("register", service="web", address="10.0.0.2")), "unauthorized")
            self.assertTrue(connection.ask("register", service="db", address="10.0.0.2")["ok"])

    def test_an_operation_written_with_escapes_is_no_way_around(self):
        with DoorBox() as box, box.tcp("see") as connection:
            connection.send(b'{"op":"\\u0072egister","service":"web","address":"10.0.0.1"}')
            self.assertEqual(code_of(connection.line()), "unauthorized")
            self.assertIsNone(box.addresses("web"))


class Rights(unittest.TestCase):
    def test_a_token_changes_the_services_of_its_patterns(self):
        with DoorBox() as box, box.tcp("web") as connection:
            mine = connection.ask("register", service="web-1", address="10.0.0.1")
            self.assertTrue(mine["ok"], mine)
            self.assertEqual(code_of(connection.ask("register", service="db", address="10.0.0.1")), "unauthorized")
            self.assertEqual(code_of(connection.ask("register", service="web", namespace="prod", address="10.0.0.1")),
                             "unauthorized")
            for op, fields in (("renew", {}), ("drain", {}), ("undrain", {}), ("override", {"state": "down"}),
                               ("check_now", {}), ("deregister", {})):
                reply = connection.ask(op, id=mine["id"], **fields)
                while "event" in reply:
                    reply = connection.line()
                self.assertNotEqual(reply.get("error", {}).get("code"), "unauthorized", (op, reply))
        with DoorBox() as box, box.tcp("prod") as connection:
            self.assertTrue(connection.ask("register", service="x", namespace="prod", address="10.0.0.1")["ok"])
            self.assertEqual(code_of(connection.ask("register", service="x", address="10.0.0.1")), "unauthorized")

    def test_a_token_that_reads_changes_nothing(self):
        with DoorBox() as box, box.tcp("web") as writer, box.tcp("see") as reader:
            mine = writer.ask("register", service="web", address="10.0.0.1")["id"]
            self.assertEqual(len(reader.ask("get", service="web")["instances"]), 1)
            for op, fields in (("register", {"service": "web", "address": "10.0.0.2"}), ("deregister", {"id": mine}),
                               ("renew", {"id": mine}), ("drain", {"id": mine}), ("brake", {"service": "web", "action": "refuse"}),
                               ("check_try", {"service": "web", "address": "10.0.0.2"}),
                               ("silence", {"service": "web", "for": "1h"}), ("unsilence", {"silence": 1}),
                               ("alert_test", {"receiver": "x"})):
                self.assertEqual(code_of(reader.ask(op, **fields)), "unauthorized", op)

    def test_what_may_not_be_seen_looks_as_if_it_were_not_there(self):
        with DoorBox() as box, box.tcp("db") as other, box.tcp("web") as connection:
            there = other.ask("register", service="db", address="10.0.0.1", id="there")["id"]
            for op, fields in (("get", {}), ("deregister", {}), ("renew", {}), ("drain", {}), ("undrain", {}),
                               ("override", {"state": "up"}), ("check_now", {})):
                known, unknown = (connection.ask(op, id=id_, **fields) for id_ in (there, "where"))
                self.assertEqual(code_of(known), "not_found", (op, known))
                known["error"]["message"] = known["error"]["message"].replace(there, "where")
                self.assertEqual(known, unknown, op)
            silences = [connection.ask("silence", id=id_, **{"for": "1h"}) for id_ in (there, "where")]
            self.assertEqual(silences[0], silences[1])
            reply = connection.ask("register", service="web", address="10.0.0.2", id=there)
            self.assertEqual(code_of(reply), "conflict")
            self.assertNotIn("db", reply["error"]["message"])

    def test_a_silence_in_all_namespaces_is_not_of_one_service(self):
        with DoorBox() as box, box.tcp("lead") as connection:
            box.register(service="web", namespace="prod", address="10.0.0.1", id="p1")
            box.register(service="web", address="10.0.0.2", id="w1")
            for fields in ({"service": "web"}, {"service": "web", "id": "p1"}, {"service": "web", "namespace": "*"}):
                reply = connection.ask("silence", **fields, **{"for": "1h"})
                self.assertEqual(code_of(reply), "unauthorized", (fields, reply))
            self.assertEqual(connection.ask("silence", service="web", **{"for": "1h"})["error"]["field"], "namespace")
            wide = box.ask("silence", service="web", **{"for": "1h"})["silence"]
            self.assertEqual(code_of(connection.ask("unsilence", silence=wide)), "unauthorized")
            for fields in ({"service": "web", "namespace": "default"}, {"service": "web", "id": "w1"}, {"id": "w1"}):
                mine = connection.ask("silence", **fields, **{"for": "1h"})
                self.assertTrue(mine["ok"], (fields, mine))
                self.assertTrue(connection.ask("unsilence", silence=mine["silence"])["ok"], fields)

    def test_lists_have_what_may_be_seen_and_the_seq_as_it_was(self):
        with DoorBox() as box:
            box.register(service="db", address="10.0.0.1")
            box.register(service="web", address="10.0.0.2")
            box.ask("silence", service="db", **{"for": "1h"})
            box.ask("silence", service="web", **{"for": "1h"})
            with box.tcp("see") as connection:
                connection.send(b'{"op":"list","seq":1.50}')
                while b"\n" not in connection.rest:
                    connection.rest += connection.socket.recv(65536)
                self.assertTrue(connection.rest.startswith(b'{"ok":true,"seq":1.50,'), connection.rest)
                self.assertEqual([s["name"] for s in connection.line()["services"]], ["web"])
                self.assertEqual([s["service"] for s in connection.ask("silences")["silences"]], ["web"])
                self.assertEqual({e["service"] for e in connection.ask("history")["history"] if e.get("service")}, {"web"})
                self.assertEqual(connection.ask("explain", name="db.service.local.")["instances"], [])
                self.assertEqual(code_of(connection.ask("get", service="db")), "unauthorized")
                self.assertEqual(code_of(connection.ask("get", service="nowhere")), "unauthorized")
            with box.tcp("ops") as connection:
                self.assertEqual([s["name"] for s in connection.ask("list")["services"]], ["db", "web"])
                self.assertEqual(len(connection.ask("silences")["silences"]), 2)

    def test_reads_keep_their_place_behind_changes(self):
        with DoorBox() as box, box.tcp("web") as connection:
            box.register(service="db", address="10.0.0.9")
            connection.send({"op": "register", "service": "web", "address": "10.0.0.1"}, {"op": "list", "seq": 1},
                            {"op": "history", "seq": 2}, {"op": "list", "seq": 3}, {"op": "list", "seq": 4})
            replies = [connection.line() for _ in range(5)]
            self.assertEqual([reply.get("seq") for reply in replies], [None, 1, 2, 3, 4])
            self.assertEqual([s["name"] for s in replies[1]["services"]], ["web"])

    def test_an_alias_of_what_may_not_be_seen_is_refused(self):
        with DoorBox() as box, box.tcp("web") as connection:
            box.register(service="db", address="10.0.0.1", id="secret")
            mine = connection.ask("register", service="web", address="10.0.0.1")["id"]
            for id_ in ("secret", "not-there"):
                reply = connection.ask("register", service="web", address="10.0.0.2",
                                       checks=[{"kind": "alias", "instance": id_}])
                self.assertEqual(code_of(reply), "unauthorized", reply)
            reply = connection.ask("register", service="web", address="10.0.0.2", checks=[{"kind": "alias", "instance": mine}])
            self.assertTrue(reply["ok"], reply)

    def test_no_process_no_command_and_no_file_of_this_machine(self):
        with DoorBox(tail="health: {exec: {enabled: true}}\n") as box, box.tcp("ops") as connection:
            def refused(**fields):
                reply = connection.ask("register", service="web", address="10.0.0.1", port=443, **fields)
                self.assertFalse(reply["ok"], reply)
                return code_of(reply), reply["error"]["field"]
            self.assertEqual(refused(lease={"pid": os.getpid()}), ("invalid_field", "lease.pid"))
            self.assertEqual(refused(checks=[{"kind": "exec", "command": ["/bin/true"]}])[1], "checks[0].kind")
            self.assertEqual(refused(checks=[{"kind": "https", "tls": {"ca": "/etc/passwd"}}])[0], "unauthorized")
            self.assertNotIn("lease.pid", connection.ask("hello")["features"])
            self.assertIn("lease.pid", box.ask("hello")["features"])


class Owners(unittest.TestCase):
    def test_what_a_user_of_the_socket_owns_needs_the_right_to_operate(self):
        with DoorBox() as box:
            local = box.register(service="web", address="10.0.0.1")["id"]
            with box.tcp("web") as connection:
                for op, fields in (("deregister", {}), ("drain", {}), ("renew", {}), ("override", {"state": "down"})):
                    reply = connection.ask(op, id=local, **fields)
                    self.assertEqual(code_of(reply), "unauthorized", reply)
                    self.assertNotIn("uid", reply["error"]["message"])
                reply = connection.ask("register", service="web", address="10.0.0.1", weight=7)
                self.assertEqual(code_of(reply), "unauthorized", reply)
            with box.tcp("lead") as connection:
                self.assertTrue(connection.ask("override", id=local, state="down")["ok"])
                self.assertTrue(connection.ask("deregister", id=local)["ok"])

    def test_two_tokens_for_the_same_services_change_the_same_and_others_do_not(self):
        with DoorBox() as box, box.tcp("web") as first, box.tcp("two") as second, box.tcp("db") as third:
            mine = first.ask("register", service="web", address="10.0.0.1")["id"]
            self.assertEqual(code_of(third.ask("deregister", id=mine)), "not_found")
            self.assertFalse(third.ask("register", service="db", address="10.0.0.2", id=mine)["ok"])
            self.assertTrue(second.ask("deregister", id=mine)["ok"])

    def test_a_token_is_a_token_over_http_and_over_tcp(self):
        with DoorBox() as box, box.tcp("web") as connection:
            mine = connection.ask("register", service="web", address="10.0.0.1")["id"]
            call = http.client.HTTPConnection("127.0.0.1", box.http, timeout=10 * SLOW)
            for token, status in (("see", 403), ("db", 403), ("two", 200)):
                call.request("DELETE", f"/v1/rollcall/instances/{mine}", headers={"Authorization": f"Bearer {token}"})
                answer = call.getresponse()
                answer.read()
                self.assertEqual(answer.status, status, token)
            call.request("POST", "/v1/rollcall/instances", json.dumps({"service": "web", "address": "10.0.0.2"}),
                         headers={"Authorization": "Bearer two"})
            there = json.loads(call.getresponse().read())["id"]
            call.close()
            self.assertTrue(connection.ask("deregister", id=there)["ok"])


class Watches(unittest.TestCase):
    def test_events_are_those_of_the_services_that_may_be_seen(self):
        with DoorBox() as box, box.tcp("see") as connection:
            since = connection.ask("watch", seq="w")["revision"]
            box.register(service="db", address="10.0.0.1")
            box.register(service="web", address="10.0.0.2")
            event = connection.line()
            self.assertEqual((event["event"], event["instance"]["service"], event["seq"]), ("register", "web", "w"))
            with box.tcp("see") as late:
                late.ask("watch", since=since)
                self.assertEqual(late.line()["instance"]["service"], "web")
            self.assertEqual(code_of(connection.ask("watch", service="db")), "unauthorized")
            self.assertTrue(connection.ask("watch", service="web")["ok"])

    def test_a_drained_instance_is_safe_to_stop(self):
        with DoorBox(zone_extra="    ttl: 0s\n    instance_ttl: 0s\n") as box, box.tcp("web") as connection:
            mine = connection.ask("register", service="web", address="10.0.0.1")["id"]
            self.assertTrue(connection.ask("drain", id=mine, seq=5, **{"for": "10ms"})["ok"])
            event = connection.line()
            self.assertEqual((event["event"], event["seq"]), ("safe_to_stop", 5))


class Addresses(unittest.TestCase):
    def test_an_instance_without_an_address_has_that_of_its_client(self):
        with DoorBox() as box, box.tcp("web") as connection:
            reply = connection.ask("register", service="web", port=80)
            self.assertEqual(reply["id"], "web-127-0-0-1-80")
            self.assertEqual(box.addresses("web"), ["127.0.0.1"])
            self.assertEqual(code_of(box.ask("register", service="web", port=80)), "missing_field")

    def test_over_ipv6_too(self):
        with DoorBox(host="::1") as box, box.tcp("web") as connection:
            self.assertTrue(connection.ask("register", service="web", port=80)["ok"])
            self.assertEqual(box.addresses("web", "AAAA"), ["::1"])


class Ends(unittest.TestCase):
    LEASE = {"connection": True}

    def test_a_connection_lease_ends_with_its_connection(self):
        with DoorBox() as box:
            connection = box.tcp("web")
            connection.ask("register", service="web", address="10.0.0.1", lease=self.LEASE)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            connection.close()
            eventually(lambda: box.addresses("web") is None)

    def test_the_same_id_on_a_new_connection_within_the_grace_stays(self):
        with DoorBox() as box, box.tcp("web") as later:
            first = box.tcp("web")
            fields = dict(service="web", address="10.0.0.1", lease={"connection": True, "grace": "1h"})
            first.ask("register", **fields)
            first.close()
            eventually(lambda: box.count("tcp_connections") == 1)
            self.assertEqual(box.addresses("web"), ["10.0.0.1"])
            self.assertFalse(later.ask("register", **fields)["created"])

    def test_who_says_nothing_is_shown_out(self):
        with DoorBox("  auth_timeout: 2s\n") as box, box.tcp("web") as known, box.tcp() as connection:
            self.assertEqual(code_of(connection.line()), "unauthorized")
            self.assertTrue(connection.is_closed())
            time.sleep(0.5)
            self.assertTrue(known.ask("list")["ok"])
            self.assertEqual(box.count("tcp_timeouts"), 1)

    def test_who_says_it_too_slowly_is_too(self):
        with DoorBox("  auth_timeout: 300ms\n") as box, box.tcp() as connection:
            with contextlib.suppress(OSError):
                for byte in b'{"op":"hello","token":"web"' + b" " * 10000:
                    connection.socket.sendall(bytes([byte]))
                    time.sleep(0.02)
                    if box.count("tcp_timeouts") == 1:
                        break
            self.assertEqual(box.count("tcp_timeouts"), 1)
            self.assertTrue(connection.is_closed())

    def test_a_line_that_is_too_long_ends_the_connection(self):
        with DoorBox() as box, box.tcp() as connection:
            with contextlib.suppress(OSError):
                connection.socket.sendall(b"x" * 70000)
            self.assertEqual(code_of(connection.line()), "too_long")
            self.assertTrue(connection.is_closed())

    def test_there_is_an_end_to_connections_of_one_address_and_the_socket_does_not_feel_it(self):
        with DoorBox("  tcp_clients_per_address: 3\n") as box, contextlib.ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(box.tcp("web"))
            with box.tcp() as connection:
                self.assertEqual(code_of(connection.line()), "limit")
                self.assertTrue(connection.is_closed())
            self.assertEqual(box.count("tcp_refused"), 1)
            self.assertTrue(box.ask("list")["ok"])
        with DoorBox("  tcp_clients: 2\n") as box, box.tcp("web") as first, box.tcp("web"):
            with box.tcp() as connection:
                self.assertEqual(code_of(connection.line()), "limit")
            first.close()
            eventually(lambda: box.count("tcp_connections") == 1)
            with box.tcp("web") as connection:
                self.assertTrue(connection.ask("list")["ok"])

    def test_clients_over_tcp_leave_files_for_the_others(self):
        with DoorBox(wrapper=["prlimit", "--nofile=400:400"]) as box, contextlib.ExitStack() as crowd:
            inside = [crowd.enter_context(box.tcp()) for _ in range(50)]
            with box.tcp() as late:
                self.assertIn("allowed: 50 (registry.tcp_clients)", late.line()["error"]["message"])
            with box.connect() as neighbour:
                self.assertTrue(neighbour.ask("list")["ok"])
            self.assertTrue(inside[-1].ask("hello", token="web")["ok"])

    def test_many_who_guess_slow_nobody_down(self):
        with DoorBox() as box, contextlib.ExitStack() as stack:
            crowd = [stack.enter_context(box.tcp()) for _ in range(50)]
            for connection in crowd:
                connection.send(*({"op": "hello", "token": "guess"} for _ in range(20)))
            self.assertTrue(box.ask("register", service="web", address="10.0.0.1")["ok"])
            for connection in crowd:
                self.assertTrue(connection.is_closed())
            eventually(lambda: box.count("tcp_connections") == 0)
            said = sum("is none of api.tokens" in line for line in box.log_text().splitlines())
            self.assertTrue(0 < said < 20, said)

    def test_an_orderly_stop_with_clients_of_all_kinds(self):
        with DoorBox() as box, box.tcp("web") as first, box.tcp(), box.tcp("see") as watcher:
            first.ask("register", service="web", address="10.0.0.1", lease={"connection": True, "grace": "1h"})
            watcher.ask("watch")
            first.send({"op": "register", "service": "web", "address": "10.0.0.2"})
            box.restart()
            self.assertIn("10.0.0.1", box.addresses("web"))

    # Run inside namespaces: a client behind a link that goes away, which says nothing any more.
    VANISH = r'''
ip link add near type veth peer name far
ip addr add 10.99.0.1/24 dev near
ip link set near up
mount -t tmpfs none /run
ip netns add rollcall-client
ip link set far netns rollcall-client
ip netns exec rollcall-client ip addr add 10.99.0.2/24 dev far
ip netns exec rollcall-client ip link set far up
ip netns exec rollcall-client ip link set lo up
"$DAEMON" -c "$FOLDER/conf" >"$FOLDER/log" 2>&1 &
daemon=$!
i=0; until grep -q ready: "$FOLDER/log"; do i=$((i+1)); test $i -lt 600 || { cat "$FOLDER/log"; exit 1; }; sleep 0.05; done
ROLLCALL_TOKEN=web ip netns exec rollcall-client "$CLI" --socket tcp://10.99.0.1:8512 run --service web --port 80 --grace 0s -- sleep 300 >"$FOLDER/run" 2>&1 &
i=0; until "$CLI" --socket "$FOLDER/sock" --json show web 2>/dev/null | grep -q 10.99.0.2; do i=$((i+1)); test $i -lt 600 || { echo never there; cat "$FOLDER/log" "$FOLDER/run"; exit 1; }; sleep 0.05; done
sleep 3 # longer than dead_after: an idle client that is alive stays
"$CLI" --socket "$FOLDER/sock" --json show web | grep -q 10.99.0.2 || { echo gone while alive; exit 1; }
ip link set near down
i=0; while "$CLI" --socket "$FOLDER/sock" --json show web 2>/dev/null | grep -q 10.99.0.2; do i=$((i+1)); test $i -lt 600 || { echo still there; exit 1; }; sleep 0.05; done
ip link set near up
i=0; until "$CLI" --socket "$FOLDER/sock" --json show web 2>/dev/null | grep -q 10.99.0.2; do i=$((i+1)); test $i -lt 1200 || { echo never back; exit 1; }; sleep 0.05; done
kill $daemon; wait $daemon
grep warning "$FOLDER/log"
'''

    def test_a_machine_that_vanishes_takes_its_connection_leases_with_it_and_comes_back(self):
        with DoorBox(start=False) as box:
            config = box.folder / "conf"
            config.write_text(f"""zones: [{{apex: service.local}}]
dns: {{listen: ["127.0.0.1:5399"]}}
registry:
  socket: {box.folder}/sock
  database: {box.folder}/db
  listen: ["10.99.0.1:8512"]
  dead_after: 2s
api:
  listen: []
  tokens:
{token_rows(["web"])}""")
            result = in_namespace(self.VANISH, timeout=150,
                                  env={**os.environ, "DAEMON": str(DAEMON), "CLI": str(CLI), "FOLDER": str(box.folder)})
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertIn("unencrypted", result.stdout)


    def test_a_client_that_takes_nothing_of_its_events_is_closed(self):
        with DoorBox("  dead_after: 1s\n") as box, box.tcp("see") as connection:
            connection.ask("watch")
            meta = {f"k{i}": "x" * 500 for i in range(60)}
            with box.connect() as local:
                for i in range(40):
                    local.send(*({"op": "register", "service": "web", "address": "10.0.0.1", "version": f"{i}-{j}", "meta": meta}
                                 for j in range(10)))
                    for _ in range(10):
                        self.assertTrue(local.line()["ok"])
            eventually(lambda: box.count("tcp_connections") == 0, 20)


class Reloads(unittest.TestCase):
    def without(self, box, *names):
        box.config.write_text("".join(line for line in box.config.read_text().splitlines(True)
                                      if not any(f"{{name: {name}," in line for name in names)))
        done = box.rollcall("reload")
        self.assertEqual(done.returncode, 0, done)

    def test_a_token_that_is_taken_away_takes_its_connections_and_their_leases_with_it(self):
        with DoorBox() as box, box.tcp("web") as gone, box.tcp("two") as stays:
            gone.ask("register", service="web", address="10.0.0.1", lease={"connection": True})
            stays.ask("register", service="web", address="10.0.0.2", lease={"connection": True})
            self.without(box, "web")
            reply = gone.line()
            self.assertEqual(code_of(reply), "unauthorized")
            self.assertIn("configured no more", reply["error"]["message"])
            self.assertTrue(gone.is_closed())
            eventually(lambda: box.addresses("web") == ["10.0.0.2"])
            self.assertTrue(stays.ask("list")["ok"])
            with box.tcp() as again:
                self.assertEqual(code_of(again.ask("hello", token="web")), "unauthorized")

    def test_other_rights_hold_for_connections_and_watches_that_are_open(self):
        with DoorBox() as box, box.tcp("see") as watcher, box.tcp("web") as writer:
            watcher.ask("watch")
            box.config.write_text(box.config.read_text().replace(f'{hash_of("see")}, read: ["web*"]',
                                                                 f'{hash_of("see")}, read: ["db"]')
                                  .replace(f'{hash_of("web")}, register: ["web*"]', f'{hash_of("web")}, read: ["web*"]'))
            self.assertEqual(box.rollcall("reload").returncode, 0)
            box.register(service="web", address="10.0.0.1")
            box.register(service="db", address="10.0.0.2")
            event = watcher.line()
            while "instance" not in event: # a notice of the reload
                event = watcher.line()
            self.assertEqual(event["instance"]["service"], "db")
            self.assertEqual(code_of(writer.ask("register", service="web", address="10.0.0.3")), "unauthorized")

    def test_who_takes_its_own_token_away_is_answered_first(self):
        with DoorBox() as box, box.tcp("ops") as connection:
            box.config.write_text(box.config.read_text().replace(hash_of("ops"), hash_of("new")))
            connection.send({"op": "reload", "seq": 1}, {"op": "list", "seq": 2})
            reply = connection.line()
            self.assertEqual((reply["ok"], reply["seq"], reply["taken"]), (True, 1, ["api.tokens"]))
            self.assertIn("configured no more", connection.line()["error"]["message"])
            self.assertTrue(connection.is_closed())

    def test_only_who_may_operate_all_reloads(self):
        with DoorBox() as box, box.tcp("lead") as part, box.tcp("ops") as all_:
            self.assertEqual(code_of(part.ask("reload")), "unauthorized")
            self.assertTrue(all_.ask("reload")["ok"])


class Programs(unittest.TestCase):
    def test_commands_reach_it_with_a_token(self):
        with DoorBox() as box:
            env = box.env_for("web")
            done = box.rollcall("register", "--service", "web", "--port", "80", env=env)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            self.assertEqual(box.addresses("web"), ["127.0.0.1"])
            self.assertIn("web", box.rollcall("list", env=env).stdout)
            self.assertIn(f"tcp://127.0.0.1:{box.door}", box.rollcall("status", env=env).stdout)
            batch = box.rollcall("batch", "-", input='{"op":"register","service":"web","port":81}\n', env=env)
            self.assertEqual(batch.returncode, 0, batch)

    def test_the_token_is_read_from_a_file(self):
        with DoorBox() as box:
            file = box.folder / "token"
            file.write_text("web\n")
            place = ["--socket", f"tcp://localhost:{box.door}", "--token-file", str(file)]
            self.assertEqual(box.rollcall(*place, "list").returncode, 0)
            self.assertEqual(box.rollcall("list", *place).returncode, 0)
            file.write_text("\n")
            done = box.rollcall(*place, "list")
            self.assertEqual((done.returncode, "its first line is empty" in done.stderr), (3, True), done)
            file.unlink()
            self.assertIn("No such file", box.rollcall(*place, "list").stderr)

    def test_what_went_wrong_is_said(self):
        with DoorBox() as box:
            place = {"ROLLCALL_SOCKET": f"tcp://127.0.0.1:{box.door}"}
            done = box.rollcall("list", env=place)
            self.assertEqual(done.returncode, 1)
            self.assertIn("--token-file", done.stderr)
            done = box.rollcall("list", env={**place, "ROLLCALL_TOKEN": "wrong"})
            self.assertEqual((done.returncode, "none of api.tokens" in done.stderr), (3, True), done)
            done = box.rollcall("list", env={"ROLLCALL_SOCKET": "tcp://127.0.0.1"})
            self.assertIn("tcp://HOST:PORT", done.stderr)
            done = box.rollcall("list", env={"ROLLCALL_SOCKET": f"tcp://127.0.0.1:{free_port()}"})
            self.assertEqual((done.returncode, "registry.listen" in done.stderr), (3, True), done)

    def test_run_keeps_its_command_registered_and_comes_back_after_a_restart(self):
        with DoorBox() as box:
            child = box.spawn(str(CLI), "run", "--service", "web", "--port", "80", "--grace", "0s", "--", "sleep", "300",
                              env={**box.env, **box.env_for("web")}, stderr=subprocess.DEVNULL, start_new_session=True)
            # The command outlives what is killed beside it.
            self.addCleanup(os.killpg, child.pid, signal.SIGKILL)
            eventually(lambda: box.addresses("web") == ["127.0.0.1"])
            self.assertIn("connection", json.dumps(box.ask("get", service="web")["instances"][0]["lease"]))
            box.restart()
            eventually(lambda: box.addresses("web") == ["127.0.0.1"], 10)
            child.send_signal(signal.SIGKILL)
            eventually(lambda: box.addresses("web") is None)

    def test_the_library_speaks_it(self):
        library = BIN.parent / "src" / "client" / "librollcall.so"
        if not library.exists():
            raise unittest.SkipTest("librollcall.so is not built")
        if any(mark in library.read_bytes() for mark in (b"__asan_init", b"__tsan_init")):
            raise unittest.SkipTest("a sanitizer cannot be loaded into this Python")

        class Error(ctypes.Structure):
            _fields_ = [("status", ctypes.c_int), ("field", ctypes.c_char * 96), ("message", ctypes.c_char * 416)]
        rollcall = ctypes.CDLL(str(library))
        rollcall.rollcall_close.argtypes = [ctypes.c_void_p]
        with DoorBox() as box:
            place = f"tcp://127.0.0.1:{box.door}".encode()
            client, error, revision = ctypes.c_void_p(), Error(), ctypes.c_uint64()
            self.assertNotEqual(rollcall.rollcall_connect_with(place, b"wrong", ctypes.byref(client), ctypes.byref(error)), 0)
            self.assertIn(b"none of api.tokens", error.message)
            self.assertEqual(rollcall.rollcall_connect_with(place, b"ops", ctypes.byref(client), ctypes.byref(error)), 0)
            id_ = box.register(service="web", address="10.0.0.1")["id"].encode()
            self.assertEqual(rollcall.rollcall_deregister(client, id_, ctypes.byref(revision), ctypes.byref(error)), 0)
            rollcall.rollcall_close(client)
            self.assertIsNone(box.addresses("web"))


class Configuration(unittest.TestCase):
    def test_a_listener_that_nobody_could_use_is_an_error(self):
        with DoorBox(tokens=(), start=False) as box:
            done = subprocess.run([str(DAEMON), "--check", "-c", str(box.config)], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("registry.listen: who comes over TCP needs a token", done.stdout + done.stderr)

    def test_a_port_that_is_taken_is_an_error(self):
        with socket.socket() as other, DoorBox(start=False) as box:
            other.bind(("127.0.0.1", box.door))
            other.listen()
            box.start(wait=False)
            self.assertNotEqual(box.process.wait(20 * SLOW), 0)
            self.assertIn(f"cannot listen on 127.0.0.1:{box.door}", box.log_text())

    def test_the_start_warns_of_what_others_can_overhear(self):
        with DoorBox(host="0.0.0.0") as box:
            self.assertEqual(box.log_text().count("unencrypted"), 1)
        with DoorBox() as box:
            self.assertNotIn("unencrypted", box.log_text())
            self.assertIn(f"127.0.0.1:{box.door}", box.log_text())


if __name__ == "__main__":
    unittest.main()
