"""Events of Consul's API: fired, listed, followed."""
import base64
import threading
import unittest
import uuid

from consul import Consul, OwnBox


class Events(OwnBox):
    def test_what_was_fired_is_listed(self):
        empty = self.consul.get("event/list")
        self.assertEqual((empty.text, empty.index), ("[]", 1))
        fired = self.consul.put("event/fire/deploy?node=n&service=s&tag=t", "123").json
        self.assertEqual(str(uuid.UUID(fired["ID"])), fired["ID"])
        self.assertEqual(fired, {"ID": fired["ID"], "Name": "deploy", "Payload": "MTIz", "NodeFilter": "n",
                                 "ServiceFilter": "s", "TagFilter": "t", "Version": 1, "LTime": 0})
        listed = self.consul.get("event/list")
        self.assertEqual(listed.json, [{**fired, "LTime": 1}])
        self.assertGreater(listed.index, 1)
        bare = self.consul.put("event/fire/bare").json
        self.assertIsNone(bare["Payload"])
        self.assertEqual([event["Name"] for event in self.consul.get("event/list?name=bare").json], ["bare"])

    def test_what_is_refused(self):
        reply = self.consul.put("event/fire/")
        self.assertEqual((reply.status, reply.text), (400, "Missing name"))
        reply = self.consul.put("event/fire/e?tag=t")
        self.assertEqual((reply.status, reply.text), (500, "Cannot provide tag filter without service filter"))
        self.assertEqual(self.consul.put("event/fire/e", b"x" * 8193).status, 413)
        self.assertEqual(Consul(self.box.api).get("event/list").json, [])

    def test_the_last_256_are_kept(self):
        for number in range(300):
            self.consul.put(f"event/fire/e{number % 3}", str(number))
        events = self.consul.get("event/list").json
        self.assertEqual([int(base64.b64decode(event["Payload"])) for event in events], list(range(44, 300)))

    def test_who_follows_is_woken_by_the_next(self):
        self.consul.put("event/fire/e", "1")
        index = self.consul.get("event/list?name=e").index
        self.assertEqual(self.consul.get("event/list?name=e", index=index, wait="100ms").index, index)

        def fire():
            with Consul(self.box.api) as other:
                other.put("event/fire/other", "x")  # not what is followed
                other.put("event/fire/e", "2")
        thread = threading.Timer(0.1, fire)
        thread.start()
        reply = self.consul.get("event/list?name=e", index=index, wait="20s")
        thread.join()
        self.assertEqual([event["Payload"] for event in reply.json], ["MQ==", "Mg=="])
        self.assertNotEqual(reply.index, index)


if __name__ == "__main__":
    unittest.main()
