"""Through the resolvers people have: getent, resolv.conf and a forwarder with a stub domain.

Each test makes its own network and mount namespaces, so port 53 and /etc/resolv.conf are
its own. The snippets are those of docs/forwarders.md, read from docs/forwarders/.
"""
import json
import os
import pathlib
import tempfile
import unittest

from box import BIN, TOP, in_namespace, need

SCRIPT = r"""
d="$FOLDER"
mount --bind "$d/resolv.conf" /etc/resolv.conf
mount --bind "$d/nsswitch.conf" /etc/nsswitch.conf
"$BIN/rollcalld" -c "$d/rollcall.yaml" 2>"$d/log" &
daemon=$!
forwarder=""
trap 'kill $daemon $forwarder 2>/dev/null; wait' EXIT
for i in $(seq 100); do "$BIN/rollcall" --socket "$d/rollcall.sock" status >/dev/null 2>&1 && break; sleep 0.05; done
"$BIN/rollcall" --socket "$d/rollcall.sock" register --service web --address 10.20.30.40 --port 80 >/dev/null
%s
forwarder=$!
for i in $(seq 60); do getent hosts web.service.local && break; sleep 0.1; done
echo "short: $(getent hosts web || true)"
echo "ahosts: $(getent ahosts web.service.local | head -n 1)"
"$BIN/rollcall" --socket "$d/rollcall.sock" deregister 'web-10-20-30-40-80' >/dev/null
"""


class Resolvers(unittest.TestCase):
    def resolve(self, forwarder, snippet, target):
        with tempfile.TemporaryDirectory(prefix="rollcall-test-") as folder:
            folder = pathlib.Path(folder)
            (folder / "resolv.conf").write_text("nameserver 127.0.0.1\nsearch service.local\noptions ndots:1 timeout:1\n")
            (folder / "nsswitch.conf").write_text("hosts: files dns\n")
            (folder / "rollcall.yaml").write_text(json.dumps({
                "node": "n1", "zones": [{"apex": "service.local.", "layout": "flat"}],
                "dns": {"listen": ["127.0.0.1:8053"]},
                "registry": {"socket": f"{folder}/rollcall.sock", "database": f"{folder}/rollcall.db"}}))
            (folder / target).write_text((TOP / "docs/forwarders" / snippet).read_text())
            done = in_namespace(SCRIPT % forwarder, env={**os.environ, "FOLDER": str(folder), "BIN": str(BIN)})
            log = (folder / "log").read_text() if (folder / "log").exists() else ""
            self.assertIn("10.20.30.40", done.stdout, done.stdout + done.stderr + log)
            self.assertRegex(done.stdout, r"short: 10\.20\.30\.40\s+web\.service\.local")
            self.assertRegex(done.stdout, r"ahosts: 10\.20\.30\.40")

    def test_getent_through_dnsmasq(self):
        need("dnsmasq", "getent")
        self.resolve('dnsmasq -k --user= --group= --no-resolv --no-hosts --pid-file= --listen-address=127.0.0.1 '
                     '--bind-interfaces --conf-file="$d/dnsmasq.conf" 2>>"$d/log" &',
                     "dnsmasq.conf", "dnsmasq.conf")

    def test_getent_through_unbound(self):
        need("unbound", "getent")
        self.resolve('printf \'server:\\n  username: ""\\n  chroot: ""\\n  directory: "%s"\\n  pidfile: ""\\n'
                     '  use-syslog: no\\n  interface: 127.0.0.1\\ninclude: "%s/stub.conf"\\n\' "$d" "$d" '
                     '>"$d/unbound.conf"; unbound -d -c "$d/unbound.conf" 2>>"$d/log" &',
                     "unbound.conf", "stub.conf")


if __name__ == "__main__":
    unittest.main()
