#!/usr/bin/env python3
"""make_corpus.py: write the first inputs of every fuzz target to corpus/<input>/.

Each is named after what it shows; inputs that a fuzzer found are kept beside them under
their hash and are not touched. Run again after a change here; the files are committed.
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def name(text):
    out = b""
    for label in text.split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def header(flags=0, qd=1, an=0, ns=0, ar=0):
    return struct.pack(">6H", 1234, flags, qd, an, ns, ar)


def question(text="web.service.local", rtype=1, rclass=1):
    return name(text) + struct.pack(">2H", rtype, rclass)


def option(code, data=b""):
    return struct.pack(">2H", code, len(data)) + data


def opt(size=1232, ttl=0, options=b"", owner=b"\0"):
    return owner + struct.pack(">2HIH", 41, size, ttl, len(options)) + options


def record(owner, rtype, rdata, ttl=5, rclass=1):
    return owner + struct.pack(">2HIH", rtype, rclass, ttl, len(rdata)) + rdata


POINT = b"\xc0\x0c"
SOA = name("ns.service.local") + name("hostmaster.service.local") + struct.pack(
    ">5I", 1, 3600, 600, 86400, 5)


def queries():
    q, o = question(), opt()
    out = {
        "empty": b"",
        "short": b"\x04\xd2\0\0\0\1\0\0\0\0\0",
        "reply": header(0x8000) + q,
        "plain": header() + q,
        "recursion": header(0x0100) + q,
        "all_flags": header(0x07f0) + q,
        "upper": header() + question("WEB.SERVICE.LOCAL"),
        "root": header() + question(""),
        "opt": header(ar=1) + q + o,
        "opt_do": header(ar=1) + q + opt(ttl=0x8000),
        "opt_small": header(ar=1) + q + opt(size=100),
        "opt_large": header(ar=1) + q + opt(size=65535),
        "opt_version": header(ar=1) + q + opt(ttl=0x10000),
        "opt_unknown": header(ar=1) + q + opt(options=option(100)),
        "opt_many": header(ar=1) + q + opt(options=option(3) + option(9) + option(
            10, bytes(range(8))) + option(8, b"\0\1\0\0")),
        "opt_cookie_24": header(ar=1) + q + opt(options=option(10, bytes(24))),
        "opt_cookie_9": header(ar=1) + q + opt(options=option(10, bytes(9))),
        "opt_cookie_valid": header(ar=1) + q + opt(options=option(10, bytes.fromhex(
            "0102030405060708010000005cf79f1159dcaf177625b469"))),
        "cookie_alone": header(qd=0, ar=1) + opt(options=option(10, bytes(range(8)))),
        "opt_subnet": header(ar=1) + q + opt(options=option(8, b"\0\1\x18\0\xc0\0\2")),
        "opt_subnet_v6": header(ar=1) + q + opt(options=option(
            8, b"\0\2\x38\0\x20\1\x0d\xb8\0\0\0")),
        "opt_subnet_bits": header(ar=1) + q + opt(options=option(8, b"\0\1\x11\0\xc0\0\1")),
        "opt_subnet_scope": header(ar=1) + q + opt(options=option(8, b"\0\1\x08\x08\xc0")),
        "opt_nsid": header(ar=1) + q + opt(options=option(3)),
        "tsig_whole": header(ar=1) + q + record(b"\0", 250, name("hmac-sha256") + bytes(
            4) + b"\x5c\xf7\x9f\x11\1\x2c\0\x20" + bytes(32) + b"\4\xd2" + bytes(4),
            ttl=0, rclass=255),
        "opt_keepalive": header(ar=1) + q + opt(options=option(11)),
        "opt_padding": header(ar=1) + q + opt(options=option(12, bytes(64))),
        "opt_overrun": header(ar=1) + q + opt(options=b"\0\x64\0\5x"),
        "opt_twice": header(ar=2) + q + o + o,
        "opt_owner": header(ar=1) + q + opt(owner=b"\1a\0"),
        "opt_in_answer": header(an=1) + q + o,
        "no_question": header(qd=0),
        "no_question_opt": header(qd=0, ar=1) + o,
        "two_questions": header(qd=2) + q + q,
        "trailing": header() + q + b"\xff",
        "cut": header() + q[:-2],
        "pointer_self": header() + b"\xc0\x0c\0\1\0\1",
        "pointer_forward": header() + b"\xc0\x20\0\1\0\1",
        "label_40": header() + b"\x40\0\0\1\0\1",
        "name_255": header() + question(".".join(["a" * 63] * 3 + ["a" * 61])),
        "name_256": header() + question(".".join(["a" * 63] * 3 + ["a" * 62])),
        "missing_record": header(ar=1) + q,
        "answer": header(an=1) + q + record(POINT, 1, b"\x0a\0\0\1"),
        "ixfr": header(ns=1) + question(rtype=251) + record(POINT, 6, SOA),
        "axfr": header() + question("service.local", 252),
        "tsig": header(ar=1) + q + record(b"\0", 250, bytes(16), rclass=255),
        "tsig_first": header(ar=2) + q + record(b"\0", 250, b"", rclass=255) + o,
        "notify": header(0x2000) + question("service.local", 6),
        "update": header(0x2800) + question("service.local", 6),
        "opcode_15": header(0x7800, qd=0),
        "zeros": bytes(64),
        "ones": b"\xff" * 64,
    }
    for text, rtype in (("web", 28), ("web", 33), ("web", 16), ("web", 255), ("web-1.web", 1),
                        ("v1.web", 1), ("_http._tcp.web", 33), ("_web._tcp", 33),
                        ("_tcp", 1), ("nosuch", 1), ("x.web", 1), ("mix", 33), ("idle", 1),
                        ("", 6), ("", 2), ("", 255), ("ns", 1)):
        label = (text or "apex").replace(".", "-")
        out["ask_%s_%d" % (label, rtype)] = header(ar=1) + question(
            (text + "." if text else "") + "service.local", rtype) + opt()
    for rclass in (3, 4, 42, 255):
        out["class_%d" % rclass] = header() + question(rclass=rclass)
    out["version_bind"] = header() + question("version.bind", 16, 3)
    out["outside"] = header(ar=1) + question("example.com") + opt()
    return out


def streams():
    """The size of the pieces, then frames."""
    def frame(data):
        return struct.pack(">H", len(data)) + data
    query = header() + question()
    short = b"\0\x64" + query[2:]
    return {
        "one": b"\0" + frame(query),
        "five_at_once": b"\0" + frame(short) * 5,
        "octet_by_octet": b"\1" + frame(short) * 3,
        "cut": b"\5" + frame(short) + frame(short)[:-1],
        "length_0": b"\0" + frame(short) + b"\0\0" + frame(short),
        "length_11": b"\0" + frame(short[:11]),
        "longest": b"\x80" + frame(b"\0\x64" + bytes(4092)) * 2,
        "too_long": b"\0" + frame(b"\0\x64" + bytes(4093)),
        "silence": b"\0" + frame(b"\0\0" + query[2:]) + frame(short),
        "zeros": bytes(4096),
    }


def messages():
    q = question()
    target = b"\1x" + POINT
    records = [
        ("a", 1, b"\x0a\0\0\1"), ("aaaa", 28, bytes(16)), ("ns", 2, POINT),
        ("soa", 6, SOA), ("mx", 15, b"\0\x0a" + POINT), ("txt", 16, b"\3a=b\0\2\"\\"),
        ("srv", 33, b"\0\1\0\2\x1f\x90" + target), ("hinfo", 13, b"\1a\1b"),
        ("naptr", 35, b"\0\1\0\1\1s\0\0" + POINT), ("ds", 43, bytes(24)),
        ("tlsa", 52, bytes(35)), ("caa", 257, b"\0\5issueca.net"),
        ("unknown", 65280, b"\1\2\3"), ("marker", 65280, b""), ("short_a", 1, b"\x0a"),
        ("short_srv", 33, b"\0\1\0"), ("long_string", 16, b"\xffa"),
    ]
    out = {"reply_" + n: header(0x8400, an=1) + q + record(POINT, t, r)
           for n, t, r in records}
    out["reply_all"] = header(0x8400, an=len(records)) + q + b"".join(
        record(POINT, t, r) for _, t, r in records)
    out["reply_nxdomain"] = header(0x8403, ns=1, ar=1) + q + record(
        name("service.local"), 6, SOA) + opt()
    out["reply_badvers"] = header(0x8000, ar=1) + q + opt(ttl=0x01000000)
    out["reply_ede"] = header(0x8005, ar=1) + q + opt(
        options=option(15, b"\0\x14outside \x07"))
    out["reply_ede_empty"] = header(0x8005, ar=1) + q + opt(options=option(15, b"\0"))
    out["reply_cut"] = out["reply_srv"][:-3]
    out["reply_loop"] = header(0x8400, qd=1) + b"\xc0\x0c\0\1\0\1"
    out["reply_pair"] = header(0x8400) + b"\1a\xc0\x0c\0\1\0\1"
    out["reply_forward"] = header(0x8400, an=1) + q + record(b"\xc0\xff", 1, b"\x0a\0\0\1")
    out["reply_counts"] = struct.pack(">6H", 1, 0x8400, 1, 65535, 65535, 65535) + q
    out["reply_no_question"] = header(0x8001, qd=0)
    return out


def zonefiles():
    head = "$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 5\n"
    texts = {
        "empty": "", "comment": "; nothing\n", "a": "a A 10.0.0.1\n",
        "all": head + "ns A 10.0.0.53\n   AAAA fd00::53\n@ NS ns\n@ MX 10 ns\n"
               "t TXT \"a;b\" c \"\\\"\" \\065\ns SRV 1 2 3 ns\nc CNAME ns\n"
               "u TYPE65280 \\# 2 abcd\nn NAPTR 1 2 \"s\" \"x\" \"\" ns\n"
               "caa CAA 0 issue \"ca.net\"\nds DS 1 8 2 " + "00" * 32 + "\n",
        "parentheses": "@ SOA ns hm ( ; x\n 1 2\n 3 4 5 )\n",
        "origin": "$ORIGIN sub\na A 10.0.0.1\n$ORIGIN b.service.local.\n@ A 10.0.0.2\n",
        "ttl_units": "$TTL 1w2d3h4m5s\na A 10.0.0.1\nb 0 IN A 10.0.0.2\nc IN 5m A 10.0.0.3\n",
        "crlf": "a A 10.0.0.1\r\n\r\n A 10.0.0.2\r\n",
        "no_newline": "a A 10.0.0.1", "tabs": "a\t\tIN\tA\t10.0.0.1\n",
        "duplicates": "a A 10.0.0.1\na A 10.0.0.1\nA A 10.0.0.1\n",
        "ttls": "a 3 A 10.0.0.1\na 4 A 10.0.0.2\n",
        "escapes": "a\\.b A 10.0.0.1\n\\097 A 10.0.0.2\n\\  A 10.0.0.3\n",
        "wildcard": "* A 10.0.0.1\n*.a A 10.0.0.1\n",
        "bad_rdata": "a A 10.0.0\n", "bad_type": "a BOGUS 1\n", "bad_class": "a CH A 1\n",
        "outside": "www.example.com. A 10.0.0.1\n", "cname_clash": "a CNAME b\na A 10.0.0.1\n",
        "two_soa": "@ SOA a b 1 2 3 4 5\n@ SOA a b 2 2 3 4 5\n",
        "open_parenthesis": "a A ( 10.0.0.1\n", "open_quote": "a TXT \"x\n",
        "include": "$INCLUDE other\n", "generate": "$GENERATE 1-3 a$ A 10.0.0.$\n",
        "bad_ttl": "$TTL 1x\n", "bad_origin": "$ORIGIN a..b\n",
        "long_label": "a" * 64 + " A 10.0.0.1\n", "long_string": "a TXT " + "x" * 300 + "\n",
        "zero": "a A 10.0.0.1\n\0", "utf8": "\u00e4 A 10.0.0.1\n",
        "meta": "a TYPE255 \\# 0\n", "rrsig": "a RRSIG A 8 3 5 20300101000000 "
        "20200101000000 1 service.local. AAAA\n",
        "loc": "a LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m\n",
        "apl": "a APL 1:10.0.0.0/8 !2:fd00::/8\n", "svcb": "a HTTPS 1 . alpn=h2\n",
        "ipseckey": "a IPSECKEY 10 1 2 192.0.2.1 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==\n",
        "wks": "a WKS 10.0.0.1 TCP 25 80\n", "hip": "a HIP 2 200100107B1A74DF365639CC39F1D578 AA==\n",
        "nsec": "a NSEC b A MX TYPE1234\n", "nsec3": "a NSEC3 1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A\n",
        "cert": "a CERT 1 2 3 AAAA\n", "x25": "a X25 1234\n", "gpos": "a GPOS 1 2 3\n",
        "eui": "a EUI48 00-00-5e-00-53-2a\na EUI64 00-00-5e-ef-10-00-00-2a\n",
        "ilnp": "a NID 10 0014:4fff:ff20:ee64\na L32 10 10.1.2.0\na L64 10 2001:db8:1:1\na LP 10 b\n",
    }
    return {k: v.encode() for k, v in texts.items()}


def configs():
    sample = """node: n1
datacenter: dc1
zones:
  - apex: service.local.
    layout: flat
dns:
  listen: [127.0.0.1:8053]
  workers: 1
registry:
  socket: /run/rollcall.sock
  database: /var/lib/rollcall.db
"""
    texts = {
        "empty": "", "comment": "# nothing\n", "sample": sample,
        "services": sample + "services:\n  - name: web\n    meta: {team: front, a: b}\n"
                             "  - {name: void, ttl: 10s}\n",
        "zones": "zones:\n - {apex: a.local., ttl: 1m, order: fixed, ns: [ns1, ns.x.],"
                 " ns_addresses: [10.0.0.1, fd00::1], hostmaster: a\\.b}\n - apex: b.test.\n",
        "listen": "dns: {listen: ['127.0.0.1:53', '[::1]:53', '0.0.0.0'], workers: auto}\n",
        "unknown_key": "dns:\n  worker: 1\n", "bad_type": "dns: 1\n",
        "bad_value": "dns: {workers: x, udp_max: 1, tcp_idle: 1y}\n",
        "duplicate": "node: a\nnode: b\n", "tabs": "dns:\n\tworkers: 1\n",
        "anchor": "a: &a [1]\nb: *a\n", "alias_bomb": "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "tag": "node: !!str n1\n", "two_documents": "node: a\n---\nnode: b\n",
        "block": "node: |\n  a\n  b\n", "folded": "node: >\n  a\n", "quoted": "node: \"a\\x41\"\n",
        "null": "node: ~\n", "list_root": "- a\n- b\n", "scalar_root": "a\n",
        "deep": "a: " + "[" * 40 + "]" * 40 + "\n", "not_closed": "a: [1, 2\n",
        "utf16": "node: a\n".encode("utf-16"), "bad_utf8": b"node: \xff\xfe\n",
        "zero": b"node: a\0b\n", "units": "dns: {tcp_idle: 500ms, tcp_io: 1m}\n",
        "log": "log: {level: debug, syslog: true}\nhealth: {max_running: 5}\n",
        "merge": "a: {b: 1}\n<<: {node: x}\n", "complex_key": "? [a, b]\n: c\n",
        "long": "node: " + "a" * 500 + "\n", "apex_local": "zones: [{apex: local.}]\n",
    }
    return {k: v if isinstance(v, bytes) else v.encode() for k, v in texts.items()}


def requests():
    instance = ('{"op":"register","seq":1,"service":"web","id":"web-1","address":"10.0.0.1",'
                '"port":8080')
    texts = {
        "hello": '{"op":"hello","seq":1,"client":"x/1","token":"t"}',
        "hello_token": '{"op":"hello","token":"rct_abcdefghijklmnopqrstuvwxyz234567abcdefgh"}',
        "hello_escaped": '{"\\u006fp":"hello","token":"\\u0074\\u0000"}',
        "hello_long": '{"op":"hello","token":"' + "t" * 5000 + '"}',
        "register_from": '{"op":"register","service":"web","port":80}',
        "sift_list": '{"ok":true,"seq":1e400,"revision":3,"services":[{"name":"a"},{"name":""},{"x":1},7]}',
        "sift_twice": '{"ok":true,"instances":[{"service":"a"}],"seq":1,"instances":[]}',
        "sift_end": '{"ok":true,"seq":1.50}', "sift_cut": '{"ok":true,"seq":"a",',
        "register": instance + "}",
        "register_full": instance + ',"namespace":"default","version":"1.2","zone":"a",'
        '"tags":["v1","canary"],"meta":{"a":"b","c":""},"weight":10,"priority":2,"ttl":"30s",'
        '"ports":[{"name":"metrics","port":9090,"protocol":"tcp"}],"status":"passing",'
        '"lease":{"ttl":"30s"},"checks":[{"type":"tcp","interval":"10s"},{"name":"h",'
        '"type":"http","path":"/h","headers":{"X":"y"},"status":[200,"300-399"]}]}',
        "register_addresses": '{"op":"register","service":"a","addresses":["10.0.0.1","fd00::1"]}',
        "register_host": '{"op":"register","service":"a","host":"www.example.net."}',
        "register_if": instance + ',"if_revision":0}',
        "register_pid": instance + ',"lease":{"pid":1}}',
        "register_connection": instance + ',"lease":{"connection":true,"grace":"5s"}}',
        "deregister": '{"op":"deregister","seq":"a","id":"web-1"}',
        "renew": '{"op":"renew","id":"web-1","status":"warning","output":"slow","check":"c"}',
        "get": '{"op":"get","service":"web","tag":"v1","healthy":true,"limit":5}',
        "list": '{"op":"list","namespace":"default","prefix":"w"}',
        "watch": '{"op":"watch","service":"web","since":17}', "stats": '{"op":"stats","seq":null}',
        "unknown_op": '{"op":"fly"}', "no_op": '{"seq":3}', "unknown_field": '{"op":"stats","x":1}',
        "empty": "", "blank": "  ", "list_root": "[]", "number": "1", "cut": '{"op":"reg',
        "duplicate": '{"op":"stats","op":"hello"}', "escaped_op": '{"\\u006fp":"stats"}',
        "seq_object": '{"op":"stats","seq":{"a":[1,{"b":2}]}}', "nul": '{"op":"stats","seq":"\\u0000"}',
        "surrogate": '{"op":"deregister","id":"\\ud83d\\ude00"}', "lone": '{"op":"deregister","id":"\\ud83d"}',
        "deep": '{"op":"stats","seq":' + "[" * 40 + "]" * 40 + "}",
        "big_number": '{"op":"watch","since":99999999999999999999}', "float": '{"op":"watch","since":1e3}',
        "negative": instance + ',"weight":-1}', "bad_port": instance.replace("8080", "70000") + "}",
        "bad_name": '{"op":"register","service":"-a-","address":"10.0.0.1"}',
        "reply_ok": '{"ok":true,"seq":1,"revision":5,"id":"a","created":true}',
        "reply_error": '{"ok":false,"seq":1,"error":{"code":"invalid_field","field":"port","message":"no"}}',
        "reply_instances": '{"ok":true,"revision":5,"instances":[{"id":"a","service":"web",'
        '"health":"passing","addresses":["10.0.0.1"],"port":80}]}',
        "reply_event": '{"event":"added","revision":7,"instance":{"id":"a","service":"web"}}',
        "reply_stats": '{"ok":true,"counters":{"serve":{"noerror":5},"store":{"rows":1}}}',
        "bad_utf8": b'{"op":"deregister","id":"\xff"}', "newline": '{"op":"stats"}\n',
    }
    return {k: v if isinstance(v, bytes) else v.encode() for k, v in texts.items()}


def tsigs():
    """Requests with a TSIG: unknown, short, long and cut ones."""
    def tsig(owner="k.", algorithm="hmac-sha256", mac=b"\x55" * 32, cut=0, other=b"", time=1700000000):
        rdata = name(algorithm) + struct.pack(">HIHH", time >> 32, time & 0xFFFFFFFF, 300, len(mac)) + mac
        rdata += struct.pack(">HHH", 1234, 0, len(other)) + other
        whole = record(name(owner), 250, rdata, ttl=0, rclass=255)
        return header(ar=1) + question(rtype=252) + whole[:len(whole) - cut]
    return {"signed": tsig(), "unknown": tsig(owner="other."), "root": tsig(owner="", mac=b"\0" * 32),
            "sha1": tsig(algorithm="hmac-sha1"), "short_mac": tsig(mac=b"abc"), "half_mac": tsig(mac=b"\x55" * 16),
            "no_mac": tsig(mac=b""), "long_mac": tsig(mac=b"x" * 200), "other": tsig(other=b"\0" * 6),
            "cut": tsig(cut=5), "far": tsig(time=2**47), "plain": header() + question(rtype=252)}


def grpc_messages():
    """Replies of grpc.health.v1, framed, and things that look like them; then words of its trailers."""
    def frame(message, length=None, compressed=0):
        return struct.pack(">BI", compressed, len(message) if length is None else length) + message
    fields = b"\x10\x96\x01" + b"\x1a\x03xyz" + b"\x25\1\2\3\4" + b"\x08\x01" + b"\x29\1\2\3\4\5\6\7\x08"
    return {"serving": frame(b"\x08\x01"), "not_serving": frame(b"\x08\x02"), "empty": b"", "unknown": frame(b""),
            "fields": frame(fields), "twice": frame(b"\x08\x01\x08\x02"), "compressed": frame(b"\x08\x01", compressed=1),
            "short": frame(b"\x08\x01", 3), "huge": frame(b"\x08\x01", 0xFFFFFFFF), "two": frame(b"\x08\x01") * 2,
            "half_head": b"\0\0\0", "group": frame(b"\x0b\x0c"), "field_0": frame(b"\0\1"),
            "past_end": frame(b"\x12\x05x"), "length_64": frame(b"\x12" + b"\xff" * 9 + b"\x01"),
            "widest": frame(b"\x08" + b"\xff" * 9 + b"\x01"), "too_wide": frame(b"\x08" + b"\xff" * 9 + b"\x02"),
            "status": b"14", "status_long": b"4294967296", "message": b"no%20disk%0A%zz%4"}


def exec_frames():
    """What the daemon and the helper that runs commands say to each other (src/exec/frame.h)."""
    def text(words):
        return struct.pack(">H", len(words) + 1) + words + b"\0"

    def run(arguments, variables=(), timeout=3000, output=512, given=b""):
        return (struct.pack(">BIIIIHH", 1, 7, 1000, timeout, output, len(arguments), len(variables)) +
                b"".join(map(text, arguments)) + b"".join(map(text, variables)) + struct.pack(">I", len(given)) + given)

    def done(end, code=0, cut=0, output=b"", length=None):
        return struct.pack(">BIBIBI", 3, 7, end, code, cut, len(output) if length is None else length) + output
    whole = run([b"/bin/echo", b"a", b""], [b"A=1"], given=b"in\0put")
    return {"run": whole, "run_cut": whole[:-3], "run_more": whole + b"x", "run_nothing": run([]),
            "run_no_time": run([b"/x"], timeout=0), "run_much": run([b"/x"], output=0xFFFFFFFF),
            "run_many": run([b"/x"])[:17] + b"\xff\xff\xff\xff", "run_zero": run([b"/x"]).replace(b"/x\0", b"/\0\0"),
            "stop": struct.pack(">BI", 2, 7), "reborn": struct.pack(">BI", 4, 0), "done": done(0, 2, 1, b"disk full"),
            "done_signal": done(1, 9), "done_unknown": done(200), "done_long": done(0, length=0xFFFFFFFF),
            "done_cut_7": done(0, 0, 7), "unknown": b"\x09\0\0\0\0", "empty": b""}


def dns_replies():
    """What a server says to web.test ANY, the question of a DNS check (fuzz_dns_reply.c)."""
    asked = name("web.test") + struct.pack(">HH", 255, 1)

    def reply(flags=0x8180, qd=1, an=0, body=asked):
        return struct.pack(">6H", 0x1234, flags, qd, an, 0, 0) + body
    a = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + bytes([192, 0, 2, 1])
    return {"a": reply(an=1, body=asked + a), "none": reply(), "two": reply(an=2, body=asked + a + a),
            "servfail": reply(0x8182), "nxdomain": reply(0x8183), "cut": reply(0x8380), "question": reply(0x0100),
            "no_question": reply(qd=0, body=b""), "formerr": reply(0x8181, 0, body=b""), "two_questions": reply(qd=2, body=asked * 2),
            "other": reply(body=name("ftp.test") + asked[-4:]), "half": reply(an=1, body=asked + a[:-2]),
            "many": reply(an=0xFFFF, body=asked + a), "loop": reply(an=1, body=asked + b"\xc0\x1a" + a[2:]), "short": b"\x12\x34"}


def transfers():
    """How it is asked, the size of the pieces, then a message, or the octets of the line (fuzz_transfer.c)."""
    framed, signed, late, stranger, goes_away, handed = 1, 2, 4, 8, 16, 32

    def soa(serial):
        return record(POINT, 6, SOA[:-20] + struct.pack(">5I", serial, 3600, 600, 86400, 5))

    def line(*messages):
        return b"".join(struct.pack(">H", len(m)) + m for m in messages)
    first = 1559731985  # the time of the world; each change is one more
    axfr = header() + question("service.local", 252)
    consul = header() + question("consul", 252)
    ixfr = {word: header(ns=1) + question("service.local", 251) + soa(serial)
            for word, serial in (("all", first), ("last", first + 1), ("current", first + 2), ("ahead", first + 9),
                                 ("unknown", 1), ("half", (first + 2 + 2**31) % 2**32))}
    plain = header() + question()
    out = {"ixfr_" + word: bytes([framed, 0]) + message for word, message in ixfr.items()}
    out.update({"ixfr_signed_" + word: bytes([framed | signed, 0]) + message for word, message in ixfr.items()})
    out.update({
        "axfr": bytes([framed, 0]) + axfr,
        "axfr_opt": bytes([framed, 0]) + header(ar=1) + question("service.local", 252) + opt(ttl=0x8000),
        "axfr_upper": bytes([framed, 0]) + header() + question("SERVICE.local", 252),
        "axfr_signed": bytes([framed | signed, 0]) + axfr,
        "axfr_key": bytes([framed | signed, 0]) + consul,
        "axfr_no_key": bytes([framed, 0]) + consul,
        "axfr_late": bytes([framed | signed | late, 0]) + consul,
        "axfr_stranger": bytes([framed | stranger, 0]) + axfr,
        "axfr_nobody": bytes([framed, 0]) + header() + question("10.in-addr.arpa", 252),
        "axfr_handed": bytes([framed | handed, 5]) + axfr,
        "axfr_by_octet": bytes([framed, 1]) + axfr,
        "axfr_goes_away": bytes([framed | goes_away, 0]) + axfr,
        "axfr_bad_key": bytes([framed, 0]) + tsigs()["signed"],
        "ixfr_no_soa": bytes([framed, 0]) + header() + question("service.local", 251),
        "ixfr_other_record": bytes([framed, 0]) + header(ns=1) + question("service.local", 251) + record(POINT, 1, bytes(4)),
        "ixfr_short_soa": bytes([framed, 0]) + header(ns=1) + question("service.local", 251) + record(POINT, 6, SOA[:-1]),
        "line_pipelined": bytes([0, 0]) + line(axfr, plain, ixfr["all"], plain),
        "line_in_pieces": bytes([handed, 7]) + line(plain, axfr, ixfr["last"]),
        "line_cut": bytes([0, 0]) + line(axfr)[:-1],
        "line_length_0": bytes([0, 0]) + line(axfr) + b"\0\0" + line(axfr),
        "line_too_long": bytes([0, 0]) + line(plain) + b"\xff\xff" + bytes(100),
    })
    return out


def filters():
    texts = {
        "equal": "Name == web-1",
        "differs": 'Name!="web-1"',
        "raw": "Name == `web-1`",
        "escapes": r'Name == "\x77\u00e9\142\t\U0001f600"',
        "number": "Port == 0x1f90 or Port == -1 or Port == 017620 or Port == 0b1",
        "bool": "Native == true and Native != F",
        "in": 'v1 in Tags or "v1" not in Tags',
        "contains": "Tags contains v1 or Name not contains eb",
        "empty_list": "Tags is empty or Meta is not empty or Checks is empty",
        "map": 'Meta.v1 == v1 and Meta["v1"] matches "v" or Meta.rack-id != r1',
        "objects": "Checks.Name != web-1 and v1 in Checks.Tags",
        "object": 'Service.Name == "web-1" or Service["Tags"] is empty',
        "object_map": "TaggedAddresses.v1.Name == x or TaggedAddresses contains lan",
        "nested": "not (Name == a or (Port == 1 and not not Native == true))",
        "anchors": r'Name matches "^web-[0-9]+$" or Name not matches "\\bx\\B"',
        "groups": r"Name matches `(?i:WEB|(?P<n>api)(?:x)?)-\d{1,3}(?s).*\Q.\E`",
        "classes": r"Name matches `[^\w[:^alpha:]\x{41}-z]+[]a-]`",
        "many_states": "Tags contains x or Meta.v1 matches `^(a+)+(a|aa)*([a-z]+){2,9}$`",
        "bad_pattern": 'Name matches "a**("',
        "unknown": "Nope.x == 1",
        "open": '(Name == "a"',
        "half": "Name is not",
        "word": "and and or",
        "control": "\x01\x02",
    }
    return {label: text.encode() for label, text in texts.items()}


def targets():
    """Of HTTP requests; for the router one octet of method goes before a path."""
    texts = {
        "path": "/v1/kv/a%2Fb//c",
        "query": "/v1/health/service/web?passing&tag=a+b%26&tag=&dc=dc1",
        "absolute": "http://n1:8500/v1/agent/self?pretty",
        "star": "*",
        "bad_escape": "/v1/kv/%zz?a=%4",
        "many": "/?" + "&".join("a=%d" % i for i in range(70)),
        "literal": "/v1/agent/service/register",
        "longer": "/v1/agent/service/maintenance/web:1?enable=true",
        "two": "/x/web/instances",
        "all": "/a/1/22/333/4/5",
        "empty_rest": "/v1/kv/",
        "empty": "",
        "control": "/v1/kv/a\x01b",
    }
    uri = {label: text.encode() for label, text in texts.items()}
    router = {label: bytes([i % 5]) + text.split("?")[0].encode() for i, (label, text) in enumerate(texts.items())}
    return uri, router


def consul_services():
    return {
        "go": b'{"ID":"web-1","Name":"web","Port":8080,"Address":"127.0.0.1","Check":{"Interval":"10s",'
              b'"HTTP":"http://127.0.0.1:8080/health"},"Checks":null}\n',
        "python": b'{"name": "web", "id": "web1", "address": "127.0.0.1", "port": 80, "tags": ["a"], "checks": '
                  b'[{"http": "http://10.0.0.1/", "interval": "10s", "timeout": "1s", '
                  b'"DeregisterCriticalServiceAfter": "1m"}]}',
        "nulls": b'{"Name":"s","Tags":null,"Meta":null,"Port":null,"Check":null,"Checks":[null,{}],"Weights":null}',
        "all": b'{"ID":"a/b","Name":"My App","Tags":["x","x",""],"Address":"[::1]","Port":1,"SocketPath":"/s",'
               b'"TaggedAddresses":{"wan":{"Address":"1.2.3.4","Port":5}},"Meta":{"b":"2","a":"1"},"Weights":{"Passing":3,'
               b'"Warning":0},"EnableTagOverride":true,"Kind":"k","Proxy":{"Mode":"x"},"Connect":{"Native":true},'
               b'"Locality":{"Region":"r"},"Check":{"CheckID":"c","Name":"n","Notes":"a\\nb","TTL":"1.5s",'
               b'"Status":"passing"}}',
        "http": b'{"Name":"a","Check":{"HTTP":"https://[::1]:8/a b?q#f","Interval":1000000000,"Timeout":"7ms","Method":"PUT",'
                b'"Header":{"Host":["h"],"X":["1","2"],"Y":"3"},"Body":"b","DisableRedirects":true,"TLSSkipVerify":true,'
                b'"tls_server_name":"s","SuccessBeforePassing":2,"FailuresBeforeWarning":1,"FailuresBeforeCritical":3,'
                b'"OutputMaxSize":9}}',
        "kinds": b'{"Name":"a","Checks":[{"GRPC":"10.0.0.1:1/s","GRPCUseTLS":true,"Interval":"1s"},{"TCP":":80","Interval":'
                 b'"1s"},{"UDP":"10.0.0.1:2","Interval":"1s"},{"TTL":"1h"},{"AliasService":"b"}]}',
        "ids": b'{"Name":"a","Checks":[{"CheckID":"c2","TTL":"1s"},{"CheckID":"0123456789012345678901234567890123456789'
               b'0123456789012345678901234567890123456789","TTL":"1s"},{"TTL":"1s"}]}',
        "script": b'{"Name":"a","Check":{"Args":["/bin/true"],"Interval":"1s"}}',
        "fault": b'{"Name":"a","Check":{"TTL":"1s","Interval":"1s"}}',
        "cut": b'{"Name":"a","Che',
    }


def consul_checks():
    return {
        "go": b'{"Name":"c","ServiceID":"w","Interval":"1s","TCP":"1.2.3.4:5"}\n',
        "python": b'{"name": "x", "ttl": "10s", "serviceid": "web"}',
        "again": b'{"ID":"own","Name":"y","TTL":"3s","Status":"warning","Notes":"n"}',
        "first": b'{"CheckID":"service:My app:1","Name":"Service \'My app\' check","HTTP":"http://10.0.0.1/x","Interval":"2s"}',
        "no_name": b'{"TTL":"1s"}',
        "status": b'{"Name":"x","TTL":"1s","Status":"Passing"}',
    }


def consul_bodies():
    """Bodies of /v1/txn, /v1/session/create and /v1/query, as clients send them."""
    go = ('[{"KV":{"Verb":"set","Key":"a","Value":"dg==","Flags":0,"Index":0,"Session":""},'
          '"Node":null,"Service":null,"Check":null}]\n')
    wide = '[{"KV":{"Verb":"set","Key":"f","Value":"eA==","Flags":18446744073709551615}}]'
    verbs = ("set", "cas", "lock", "unlock", "get", "get-or-empty", "get-tree", "check-index", "check-session",
             "check-not-exists", "delete", "delete-cas", "delete-tree")
    all_verbs = "[" + ",".join('{"KV":{"Verb":"%s","Key":"k/%d","Value":"eA==","Index":%d,"Session":"s"}}'
                               % (verb, i % 3, i) for i, verb in enumerate(verbs)) + "]"
    writes = "[" + ",".join('{"KV":{"Verb":"%s","Key":"k/%d","Value":"eA=="}}' % (verb, i % 2) for i, verb in
                            enumerate(("set", "get", "cas", "delete", "delete-tree", "set", "get-tree"))) + "]"
    txn = {"go": go, "wide": wide, "verbs": all_verbs, "writes": writes, "empty": "", "list": "[]",
           "rolled_back": '[{"KV":{"Verb":"set","Key":"new"}},{"KV":{"Verb":"get","Key":"absent"}}]',
           "minus": '[{"KV":{"Verb":"set","Key":"a","Flags":-18446744073709551615}}]',
           "in_text": '[{"KV":{"Verb":"set","Key":"1234567890123456789012\\"","Value":null}}]',
           "check": '[{"Check":{"Verb":"cas","Check":{"Node":"n"}}}]',
           "many": "[" + ",".join('{"KV":{"Verb":"get","Key":"a"}}' for _ in range(129)) + "]",
           "keys": "[" + ",".join('{"KV":{"Verb":"set","Key":"%d"}}' % i for i in range(70)) + "]"}
    session = {"empty": "", "go": '{"Behavior":"delete","LockDelay":"1ms","TTL":"10s"}\n',
               "npm": '{"LockDelay":"15s","Node":"n","Checks":["serfHealth"],"Behavior":"delete","TTL":"10s"}',
               "python": '{"lockdelay": "1s", "behavior": "delete", "ttl": "10s"}', "none": '{"NodeChecks":[]}\n',
               "services": '{"Name":"x","ServiceChecks":[{"ID":"service:web","Namespace":""},"b"],"LockDelay":15}',
               "ttl_number": '{"TTL":15000000000,"LockDelay":5000000000}', "short": '{"TTL":"9s"}', "null": "null",
               "record": b"\1" + bytes(7) + b"\5" + bytes(7) + b"\6" + struct.pack(">2q", 10**10, 15 * 10**9)
               + b"\0\0\1\0\0\3n1\0\0\0044 s\0\1\0\0\2c\0"}
    query = {"whole": '{"Name":"q","Service":{"Service":"web","OnlyPassing":true,"Tags":["v1","!old"],"Near":"_agent",'
             '"Failover":{"NearestN":0,"Datacenters":["dc2"]}},"DNS":{"TTL":"10s"}}',
             "python": '{"service": {"service": "s", "failover": {}}}',
             "template": '{"template": {"type": "name_prefix_match"}, "service": {"service": "s"}}',
             "meta": '{"Service":{"Service":"s","NodeMeta":{"a":"b"},"ServiceMeta":{"c":"d"},"Connect":false}}',
             "empty": "", "nameless": '{"Service":{}}', "ttl": '{"Service":{"Service":"s"},"DNS":{"TTL":"x"}}'}

    def octets(texts):
        return {label: text if isinstance(text, bytes) else text.encode() for label, text in texts.items()}
    return octets(txn), octets(session), octets(query)


def own_bodies():
    """An octet for the operation (proto/proto.h), a body, a value of the query, a reply."""
    ops = ("hello", "register", "deregister", "renew", "drain", "undrain", "override", "brake", "check_now",
           "check_try", "get")
    bodies = {
        "register": '{"service":"web","address":"10.0.0.1","port":80,"tags":["a"],"checks":[{"kind":"tcp"}]}',
        "renew": '{"status":"passing","output":"fine","load":1.5}', "drain": '{"for":"10s"}', "deregister": "",
        "override": '{"state":"down","reason":"disk"}', "brake": '{"service":"web","action":"confirm"}',
        "check_now": '{"check":"a"}', "get": " \n", "check_try": '{"service":"\\u00e9","meta":{"op":"x"}}',
        "undrain": '{"id":"y"}', "hello": '{"op":"stats"}'}
    found = {op: bytes([ops.index(op)]) + body.encode() + b"\0" + b"17" for op, body in bodies.items()}
    found["list"] = b"\0[1]"
    found["twice"] = b'\1{"a":1,"a":2}'
    found["reply"] = b'\0{"ok":true,"services":[{"name":"web"},{"name":"db"},3],"history":[{"service":"web"}]}'
    found["error"] = b'\0{"ok":false,"error":{"code":"not_found"}}'
    return found


def consul_catalogs():
    """Bodies of catalog/register and catalog/deregister, as clients send them."""
    return {
        "go": b'{"ID":"","Node":"n","Address":"1.2.3.4","TaggedAddresses":null,"NodeMeta":null,"Datacenter":"",'
              b'"Service":{"ID":"","Service":"s","Tags":null,"Meta":null,"Port":1,"Address":"",'
              b'"Weights":{"Passing":0,"Warning":0},"EnableTagOverride":false},"Check":{"Node":"","CheckID":"c",'
              b'"Name":"x","Status":"passing","Notes":"","Output":"","ServiceID":"","Definition":{"Interval":"0s",'
              b'"HTTP":"","Header":null}},"Checks":null,"SkipNodeUpdate":false}\n',
        "python": b'{"node": "n", "address": "1.2.3.4", "service": {"service": "s", "port": 1}}',
        "host": b'{"Node":"db","Address":"db.example.com","NodeMeta":{"external":"true"},'
                b'"TaggedAddresses":{"lan":"10.0.0.1"},"ID":"40e4a748-2192-161a-0510-9bf59fe950b5"}',
        "checks": b'{"Node":"n","SkipNodeUpdate":true,"Checks":[null,{"Name":"a","Status":"warning"},'
                  b'{"CheckID":"a","ServiceID":"s","Output":"o","Interval":"10s"}]}',
        "remove": b'{"Node":"n","Datacenter":"","ServiceID":"s","CheckID":""}',
        "number": b'{"Node":7}',
        "long": b'{"Node":"' + b"n" * 300 + b'","Address":"1.2.3.4"}',
        "empty": b"",
    }


def main():
    txn_inputs, session_inputs, prepared_inputs = consul_bodies()
    uri_inputs, router_inputs = targets()
    query_inputs = queries()
    corpora = {
        "query": query_inputs,
        "message": messages(),
        "pipeline": {**query_inputs, **{"tsig_" + label: data for label, data in tsigs().items()}},
        "tsig": tsigs(),
        "transfer": transfers(),
        "tcp_stream": streams(),
        "zonefile": zonefiles(),
        "config": configs(),
        "request": requests(),
        "grpc_message": grpc_messages(),
        "exec_frame": exec_frames(),
        "dns_reply": dns_replies(),
        "filter": filters(),
        "consul_service": consul_services(),
        "consul_check": consul_checks(),
        "consul_catalog": consul_catalogs(),
        "uri": uri_inputs,
        "router": router_inputs,
        "consul_txn": txn_inputs,
        "consul_session": session_inputs,
        "consul_query": prepared_inputs,
        "own_body": own_bodies(),
    }
    total = 0
    for target, inputs in sorted(corpora.items()):
        folder = os.path.join(HERE, "corpus", target)
        os.makedirs(folder, exist_ok=True)
        for label, data in inputs.items():
            with open(os.path.join(folder, label), "wb") as out:
                out.write(data)
        total += len(inputs)
    print("%d inputs" % total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
