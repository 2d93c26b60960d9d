"""The query path allocates nothing: a real daemon under an allocator that aborts in a worker."""
import unittest

from box import Box, dns_ask, dns_wire, full
from quiet_allocator import WATCHING, quiet_allocator


class QuietPath(unittest.TestCase):
    def test_a_worker_never_allocates_once_it_runs(self):
        with quiet_allocator() as environment, Box(env=environment) as box:
            for i in range(60):
                box.register(service="web", id=f"web-{i}", addresses=[f"10.0.0.{i}", f"fd00::{i}"], port=80,
                             tags=["v1"], meta={"a": "b"})
            names = ["web", "nosuch", "web-1.web", "_web._tcp", "v1.web", "", "_tcp", "_nope._tcp.web-1.web"]
            for _ in range(20):
                for name in names:
                    for type_ in ("A", "AAAA", "SRV", "TXT", "SOA", "NS", "ANY", 1000):
                        box.query(name, type_)
                        box.query(name, type_, edns=1232)
                        box.query(name, type_, tcp=True)
            dns_ask("127.0.0.1", box.port, "example.com.")
            dns_ask("127.0.0.1", box.port, "", raw=dns_wire(full("web"), "A")[:-1])
            box.ask("hello")
            self.assertIn(WATCHING, box.log_text(), "the allocator was not there")


if __name__ == "__main__":
    unittest.main()
