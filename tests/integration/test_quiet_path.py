"""The query path allocates nothing: a real daemon under an allocator that aborts in a worker."""
import os
import subprocess
import tempfile
import unittest

from box import TOP, Box, dns_ask, dns_wire, full, need


class QuietPath(unittest.TestCase):
    def test_a_worker_never_allocates_once_it_runs(self):
        need("cc")
        if os.environ.get("ROLLCALL_SANITIZED"):
            self.skipTest("a sanitizer brings its own allocator")
        with tempfile.TemporaryDirectory() as folder:
            library = f"{folder}/no_malloc.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-x", "c", "-o", library,
                            str(TOP / "tests/support/no_malloc.inc"), "-ldl"], check=True)
            with Box(env={"LD_PRELOAD": library}) as box:
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
                self.assertIn("no_malloc: watching", box.log_text(), "the allocator was not there")


if __name__ == "__main__":
    unittest.main()
