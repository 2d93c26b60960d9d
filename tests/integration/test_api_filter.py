"""`filter=` on every list of Consul's API: every selector it has, and what is refused."""
import unittest

from consul import Consul, SharedBox

CHECK = "CheckID Name Node Notes Output ServiceID ServiceName Status Type"
SERVICE = ("ID Service Address Kind Meta.X TaggedAddresses.X.Address Proxy.DestinationServiceName Proxy.Mode")
CATALOG = ("ID Node Address Datacenter TaggedAddresses.X NodeMeta.X ServiceID ServiceName ServiceKind ServiceAddress "
           "ServiceMeta.X ServiceTaggedAddresses.X.Address ServiceProxy.Mode")
NODE = "ID Node Address Datacenter Meta.X TaggedAddresses.X"
# path: texts, numbers, booleans, lists
SELECTORS = {
    "health/service/web": (
        " ".join([*("Node." + name for name in NODE.split()), *("Service." + name for name in SERVICE.split()),
                  *("Checks." + name for name in CHECK.split())]),
        "Service.Port Service.TaggedAddresses.X.Port Service.Weights.Passing Service.Weights.Warning",
        "Service.EnableTagOverride Service.Connect.Native", "Service.Tags Checks.ServiceTags"),
    "health/checks/web": (CHECK, "", "", "ServiceTags"),
    "health/node/n1": (CHECK, "", "", "ServiceTags"),
    "health/state/any": (CHECK, "", "", "ServiceTags"),
    "catalog/service/web": (CATALOG, "ServicePort ServiceTaggedAddresses.X.Port ServiceWeights.Passing",
                            "ServiceEnableTagOverride ServiceConnect.Native", "ServiceTags"),
    "catalog/services": (CATALOG, "ServicePort", "ServiceEnableTagOverride", "ServiceTags"),
    "catalog/nodes": (NODE, "", "", ""),
    "catalog/node/n1": (SERVICE, "Port Weights.Passing", "EnableTagOverride Connect.Native", "Tags"),
    "catalog/node-services/n1": (SERVICE, "Port", "EnableTagOverride", "Tags"),
    "agent/services": (SERVICE, "Port Weights.Warning", "EnableTagOverride Connect.Native", "Tags"),
    "agent/checks": (CHECK, "", "", "ServiceTags"),
    "agent/members": ("Name Addr Tags.X", "Port Status", "", ""),
}


class Filters(SharedBox):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with Consul(cls.box.api) as consul:
            consul.put("agent/service/register", {
                "ID": "web-1", "Name": "web", "Port": 8080, "Address": "10.0.0.1", "Tags": ["v1"],
                "Meta": {"version": "4", "rack-id": "r1"}, "Check": {"TTL": "1h", "Status": "passing"}})
            consul.put("agent/service/register", {"ID": "web-2", "Name": "web", "Check": {"TTL": "1h"}})

    def ask(self, path, expression):
        return self.consul.get(path, filter=expression)

    def found(self, expression):
        reply = self.ask("health/service/web", expression)
        self.assertEqual(reply.status, 200, reply.text)
        return [entry["Service"]["ID"] for entry in reply.json]

    def test_every_list_takes_its_selectors(self):
        for path, (texts, numbers, flags, lists) in SELECTORS.items():
            expressions = [f'{name} == "x" or {name} is empty or {name} matches "^x"' for name in texts.split()]
            expressions += [f"{name} == 7 or {name} != 7" for name in numbers.split()]
            expressions += [f"{name} == true or {name} != true" for name in flags.split()]
            expressions += [f"x in {name} or {name} contains x or {name} is empty" for name in lists.split()]
            for expression in expressions:
                reply = self.ask(path, expression)
                self.assertEqual(reply.status, 200, (path, expression, reply.text))
            self.assertNotEqual(self.ask(path, "").json, [])

    def test_it_lets_through_what_it_says(self):
        for expression, ids in (('Service.Meta.version == "4" and "v1" in Service.Tags', ["web-1"]),
                                ('Service.Meta["rack-id"] != r1', ["web-2"]),
                                ("Checks.Status != critical", ["web-1", "web-2"]),
                                ("Checks.Status == critical", ["web-2"]),
                                ('not (Service.ID matches "-1$")', ["web-2"]),
                                ("Service.Meta contains version", ["web-1"]),
                                ("Service.Port == 0x1f90 or Service.Tags is empty", ["web-1", "web-2"]),
                                ("Checks.CheckID == serfHealth and Node.Node == n1", ["web-1", "web-2"]),
                                ("Service.Service == Web", [])):
            self.assertEqual(self.found(expression), ids, expression)

    def test_what_is_wrong_is_refused_on_every_list(self):
        for path in SELECTORS:
            for expression, said in (("Nope == 1", 'at 1: no selector "Nope"; there are '),
                                     ("Name ==", "at "), ("(", "at 2: a selector or a value is missing")):
                reply = self.ask(path, expression)
                self.assertEqual(reply.status, 400, (path, expression))
                self.assertIn("Failed to create boolean expression evaluator: " + said, reply.text)

    def test_one_that_takes_too_long_is_ended(self):
        self.consul.put("agent/check/update/service:web-2", {"Status": "critical", "Output": "a" * 4096})
        condition = "Checks.Output matches `^(a{1,30}b?){30}$`"
        reply = self.ask("health/service/web", " or ".join([condition] * 100))
        self.assertEqual((reply.status, reply.text),
                         (400, "The filter needs more than 10000000 steps: make it simpler, or list less"))


if __name__ == "__main__":
    unittest.main()
