"""What belongs to a token, and what it sees of what others have: over real HTTP."""
import hashlib
import unittest

from box import Box, free_port
from consul import Consul


def tokens(port, **rows):
    lines = [f"api:\n  listen: [127.0.0.1:{port}]\n  anonymous: none\n  tokens:\n"]
    for name, rights in rows.items():
        lines.append(f"    - {{name: {name}, sha256: {hashlib.sha256(name.encode()).hexdigest()}, {rights}}}\n")
    return "".join(lines)


class Tokens(unittest.TestCase):
    """A token is called as what it may: `mine` the service "mine" and the key "app"."""

    rows = {"root": 'operate: ["*"]', "mine": 'register: ["mine", "kv/app"]', "other": 'register: ["other"]'}

    def setUp(self):
        self.port = free_port()
        self.box = self.enterContext(Box(tokens(self.port, **self.rows)))
        self.consul = self.enterContext(Consul(self.port))

    def ask(self, method, path, body=None, who="mine", status=200, **parameters):
        reply = self.consul.ask(method, path, body, {"X-Consul-Token": who}, **parameters)
        self.assertEqual(reply.status, status, (method, path, reply.body))
        return reply

    def root(self, method, path, body=None, **parameters):
        return self.ask(method, path, body, "root", **parameters)

    def again(self, config):
        """The same database under another configuration."""
        text = self.box.config.read_text()
        self.box.stop()
        self.box.config.write_text(text.replace(tokens(self.port, **self.rows), config))
        self.box.start()
        self.box.config.write_text(text)
        self.consul = self.enterContext(Consul(self.port))


class Sessions(Tokens):
    def test_a_session_belongs_to_the_token_that_made_it(self):
        for life in range(2):  # whose it is survives a restart
            mine = self.ask("PUT", "session/create", {"TTL": "60s"}).json["ID"]
            others = self.ask("PUT", "session/create", {"TTL": "60s"}, "other").json["ID"]
            if life == 0:
                self.box.kill()
                self.box.start()
                self.consul = self.enterContext(Consul(self.port))
            for verb in ("renew", "destroy"):
                refused = self.ask("PUT", f"session/{verb}/{others}", status=403)
                self.assertIn("another token made this session", refused.text)
                self.ask("PUT", f"session/{verb}/{mine}", who="other", status=403)
            self.ask("PUT", f"session/renew/{mine}")
            self.ask("PUT", f"session/destroy/{mine}")
            self.root("PUT", f"session/renew/{others}")
            self.root("PUT", f"session/destroy/{others}")
            self.ask("PUT", f"session/renew/{others}", status=404)
            self.ask("PUT", f"session/destroy/{others}")  # gone already

    def test_sessions_of_a_token_that_is_gone_are_for_who_operates(self):
        one, two = (self.ask("PUT", "session/create", {}).json["ID"] for _ in range(2))
        free = self.ask("PUT", "session/create", {}).json["ID"]
        self.again(tokens(self.port, **{name: rights for name, rights in self.rows.items() if name != "mine"}))
        self.ask("PUT", f"session/renew/{one}", who="other", status=403)
        self.ask("PUT", f"session/destroy/{one}", who="other", status=403)
        self.root("PUT", f"session/renew/{one}")
        self.root("PUT", f"session/destroy/{one}")
        self.again(tokens(self.port, **self.rows))
        self.ask("PUT", f"session/destroy/{two}")  # it is there again, and so are they
        self.again(f"api:\n  listen: [127.0.0.1:{self.port}]\n")  # without tokens there is nobody to own
        self.assertEqual(self.consul.put(f"session/renew/{free}").status, 200)
        self.assertEqual(self.consul.put(f"session/destroy/{free}").status, 200)

    def test_what_was_made_without_a_token_is_for_all_who_may_register(self):
        self.again(f"api:\n  listen: [127.0.0.1:{self.port}]\n")
        session = self.consul.put("session/create").json["ID"]
        self.again(tokens(self.port, **self.rows))
        self.ask("PUT", f"session/renew/{session}")
        self.ask("PUT", f"session/destroy/{session}", who="other")

    def test_who_may_write_all_that_it_holds_may_end_it_and_not_renew_it(self):
        others = self.ask("PUT", "session/create", {"LockDelay": "0s"}, "other").json["ID"]
        self.assertEqual(self.root("PUT", f"kv/app?acquire={others}", "x").text, "true")
        self.ask("PUT", f"session/renew/{others}", status=403)
        self.ask("PUT", f"session/destroy/{others}")
        self.assertNotIn("Session", self.root("GET", "kv/app").json[0])


if __name__ == "__main__":
    unittest.main()
