"""Go's client where tokens, TLS with client certificates and a Unix socket are set up; it is told
by its own environment variables, as its users do it."""
import hashlib
import json
import os
import subprocess
import tempfile

from box import free_port
from building import go_build, need
from certificates import Authority
from scenario import Scenario

OPERATOR, READER = "an-operator-0123456789", "a-reader-0123456789"


def token(name, text, rights):
    return f"    - {{name: {name}, sha256: {hashlib.sha256(text.encode()).hexdigest()}, {rights}}}\n"


class Doors(Scenario):
    name = "Go api, other doors"
    scenes = ("every_operation_over_TLS_with_a_token_and_a_certificate",
              "without_a_certificate_nobody_is_let_in", "a_server_that_is_not_trusted_is_left",
              "the_agent_and_blocking_over_the_Unix_socket", "a_token_in_a_file",
              "a_token_that_may_read_does_not_write", "without_a_token_nothing_goes", "a_token_that_nobody_has")

    def prepare(self):
        need("openssl", "certificates")
        self.program = go_build("go", "./...") / "operations"

    def run(self):
        with tempfile.TemporaryDirectory(prefix="rollcall-doors-") as folder:
            ours, others = Authority(folder, "ours"), Authority(folder, "others")
            self.server = ours.issue("server", "IP:127.0.0.1,DNS:localhost")
            self.client = others.issue("client", None)
            self.ours, self.others = ours, others
            port = free_port()
            self.extra = (f"api:\n  listen: [127.0.0.1:{port}]\n  socket: {folder}/api.sock\n  anonymous: none\n"
                          f"  tls: {{cert: {self.server.cert}, key: {self.server.key}, client_ca: {others.cert}, "
                          "require_client_cert: true}\n  tokens:\n" +
                          token("operator", OPERATOR, "operate: ['*']") + token("reader", READER, "read: ['*']"))
            self.tls = {"CONSUL_HTTP_ADDR": f"https://127.0.0.1:{port}", "CONSUL_CACERT": str(ours.cert),
                        "CONSUL_CLIENT_CERT": str(self.client.cert), "CONSUL_CLIENT_KEY": str(self.client.key)}
            self.socket = {"CONSUL_HTTP_ADDR": f"unix://{folder}/api.sock"}
            self.token_file = f"{folder}/token"
            return super().run()

    def faults(self, environment, *only):
        """What the operations complain of, by their names; at least one must have run."""
        done = subprocess.run([self.program, *only], env={**os.environ, **environment}, timeout=120, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, "nothing ran"
        return {line["operation"]: line["error"] for line in lines if line["error"]}

    def all_well(self, environment, *only):
        faults = self.faults(environment, *only)
        assert not faults, faults

    def refused(self, environment, operation, words):
        [error] = self.faults(environment, operation).values()
        assert words in error, error

    def every_operation_over_TLS_with_a_token_and_a_certificate(self):
        self.all_well({**self.tls, "CONSUL_HTTP_TOKEN": OPERATOR})

    def without_a_certificate_nobody_is_let_in(self):
        bare = {**self.tls, "CONSUL_HTTP_TOKEN": OPERATOR, "CONSUL_CLIENT_CERT": "", "CONSUL_CLIENT_KEY": ""}
        self.refused(bare, "status: Leader", "403 (Permission denied: a client certificate is required")

    def a_server_that_is_not_trusted_is_left(self):
        self.refused({**self.tls, "CONSUL_CACERT": str(self.others.cert)}, "status: Leader", "certificate")

    def the_agent_and_blocking_over_the_Unix_socket(self):
        for some in ("agent:", "blocking:"):
            self.all_well({**self.socket, "CONSUL_HTTP_TOKEN": OPERATOR}, some)

    def a_token_in_a_file(self):
        with open(self.token_file, "w", encoding="ascii") as file:
            file.write(OPERATOR + "\n")
        self.all_well({**self.socket, "CONSUL_HTTP_TOKEN_FILE": self.token_file}, "agent: Self")

    def a_token_that_may_read_does_not_write(self):
        reader = {**self.tls, "CONSUL_HTTP_TOKEN": READER}
        self.all_well(reader, "agent: Self")
        self.refused(reader, "agent: ServiceDeregister", "403 (Permission denied")
        self.refused(reader, "kv: Put, Get", "403 (Permission denied")

    def without_a_token_nothing_goes(self):
        self.refused(self.socket, "catalog: Nodes", "403 (Permission denied")

    def a_token_that_nobody_has(self):
        self.refused({**self.socket, "CONSUL_HTTP_TOKEN": "wrong"}, "catalog: Nodes", "403 (ACL not found")
