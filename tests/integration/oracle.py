"""The zone that a registry stands for, built a second time and by other means.

A town is a random registry; zone() gives the owner names that docs/dns.md §1.3 to §1.9
derive from it, as plain sets of text. From that comes a master file for another name
server, and lookup() answers as an authority would. Nothing here reads rollcall's code.
"""
import ipaddress
import random
import re

PROTOCOLS = ("tcp", "udp", "sctp", "dccp")
RESERVED = {"addr", "node", "ns", "dc", "query", "svc", "pod", "dns-version"}
LDH = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
MARKER = "TYPE65280"
TYPES = ("A", "AAAA", "SRV", "TXT", "CNAME", "NS", "SOA", "PTR", "MX", "DS")


def browse_label(text):
    """What DNS-SD lists: too long for a label, it is cut and ends in its rest's FNV-1a hash."""
    if len(text) <= 63:
        return text
    hash_ = 0xcbf29ce484222325
    for octet in text[44:].encode():
        hash_ = (hash_ ^ octet) * 0x100000001b3 % 2**64
    return f"{text[:44]}~{hash_:016x}"


class Town:
    """What is registered; register(), change() and leave() say what to ask of a daemon."""
    SERVICES = ("web", "web", "db", "x", "a", "ns", "node", "idle", "long-" + 58 * "n", "v1", "tcp")
    TAGS = ("v1", "V2", "v2", "Canary", "canary", "a.b", "b", "web-1", "i1", "x.y.z", "tcp", "UDP", "not_ldh", "ends-", "i2")
    PORTS = ("http", "Metrics", "a", "x-1", "fifteen-letters")
    HOSTS = ("www.example.net.", "Db.Example.NET", "printer.service.local.")

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.instances = {}

    def service(self):
        return self.random.choice(self.SERVICES)

    def addresses(self):
        pick = self.random
        some = [f"10.0.0.{pick.randint(1, 6)}" for _ in range(pick.choice((0, 1, 1, 2)))]
        some += [f"fd00::{pick.randint(1, 4)}" for _ in range(pick.choice((0, 1, 1)))]
        return list(dict.fromkeys(some)) or ["10.0.0.9"]

    def instance(self, id_):
        pick = self.random
        made = {"service": self.service(), "id": id_, "weight": pick.choice((0, 1, 1, 10, 65535)),
                "priority": pick.choice((0, 1, 1, 1, 65535)), "port": pick.choice((0, 80, 8080, 65535)),
                "tags": pick.sample(self.TAGS, pick.choice((0, 0, 1, 2, 4))),
                "status": pick.choice(("passing", "passing", "warning", "critical"))}
        if pick.random() < 0.12:
            made["address"] = pick.choice(self.HOSTS)
        else:
            made["addresses"] = self.addresses()
        made["ports"] = {name: {"port": pick.choice((80, 8080, 9090)), "protocol": pick.choice(PROTOCOLS)}
                         for name in pick.sample(self.PORTS, pick.choice((0, 1, 1, 2)))}
        if pick.random() < 0.3:
            made["ttl"] = f"{pick.choice((0, 3, 40))}s"
        if pick.random() < 0.4:
            made["meta"] = {"path": "/", "long": 300 * "m", "Key": "", "z": "a b"}
        return made

    def ids(self):
        return [f"{self.service()}-{self.random.randint(1, 3)}", f"i{self.random.randint(1, 9)}",
                f"I{self.random.randint(1, 3)}", f"node one/{self.random.randint(1, 3)}", "v1", "canary"]

    def register(self):
        """A new instance, or an old one with another definition; an id stays in its service."""
        made = self.instance(self.random.choice(self.ids()))
        made["service"] = self.instances.get(made["id"], made)["service"]
        self.instances[made["id"]] = made
        return made

    def change(self):
        """One thing about one instance; None: there is none."""
        if not self.instances:
            return None
        made = dict(self.random.choice(sorted(self.instances.values(), key=lambda one: one["id"])))
        other = self.instance(made["id"])
        key = self.random.choice(("tags", "ports", "port", "weight", "priority", "meta"))
        made[key] = other.get(key, {})
        self.instances[made["id"]] = made
        return made

    def leave(self):
        if not self.instances:
            return None
        return self.instances.pop(self.random.choice(sorted(self.instances)))["id"]


def join(*labels):
    return ".".join(labels)


def default_port(one):
    """(number, protocol) or None."""
    ports = list(one["ports"].values())
    if one["port"] == 0:
        return (ports[0]["port"], ports[0]["protocol"]) if ports else None
    same = [port["protocol"] for port in ports if port["port"] == one["port"]]
    return one["port"], same[0] if same else "tcp"


def port_of(one, protocol):
    default = default_port(one)
    if default and default[1] == protocol:
        return default[0]
    return next((port["port"] for port in one["ports"].values() if port["protocol"] == protocol), None)


def seconds(one, otherwise):
    return int(one["ttl"][:-1]) if "ttl" in one else otherwise


def txt(pairs):
    strings = [f"{key}={value}" for key, value in sorted(pairs.items())]
    return " ".join(text for text in strings if len(text) <= 255)


class Zone:
    """names: owner -> {type: (ttl, set of data)}; a name without records is in there too."""

    def __init__(self, apex, instances, labels, declared=(), ttl=5, instance_ttl=30):
        self.apex, self.ttl, self.instance_ttl, self.labels = apex, ttl, instance_ttl, labels
        self.names = {apex: {}}
        services = {}
        self.declared = dict(declared)
        for one in instances:
            services.setdefault(one["service"], []).append(one)
            self.add_address_names(one)
        for word in ("b", "db", "lb"):
            self.put(join(word, "_dns-sd", "_udp", apex), "PTR", ttl, apex)
        for name, meta in declared:
            services.setdefault(name, [])
            if meta and self.fits(join(name, apex)):
                self.put(join(name, apex), "TXT", ttl, txt(meta))
        for name, members in services.items():
            if LDH.match(name) and name not in RESERVED:
                self.add_service(name, sorted(members, key=lambda one: one["id"]))

    def fits(self, name):
        return len(name) + 1 <= 255 and all(len(label) <= 63 for label in name.rstrip(".").split("."))

    def put(self, name, type_, ttl, *data):
        if not self.fits(name):
            return
        types = self.names.setdefault(name, {})
        if data:
            old = types.get(type_, (ttl, set()))
            types[type_] = (min(ttl, old[0]), old[1] | set(data))

    def own_name(self, one):
        return join(self.labels[one["id"]], one["service"], self.apex)

    def srv(self, one, port):
        target = one["address"].rstrip(".").lower() + "." if "address" in one else self.own_name(one)
        return f"{one['priority']} {one['weight']} {port} {target}"

    def put_ports(self, base, one, ttl, healthy):
        for name, port in one["ports"].items():
            self.put(join("_" + name.lower(), "_" + port["protocol"], base), "SRV", ttl,
                     *([self.srv(one, port["port"])] if healthy else []))

    def put_addresses(self, name, one, ttl):
        for text in one.get("addresses", []):
            self.put(name, "A" if ipaddress.ip_address(text).version == 4 else "AAAA", ttl, text)

    def put_members(self, name, members):
        """Addresses and default ports of those that are healthy, or one alias."""
        healthy = [one for one in members if one["status"] != "critical"]
        self.put(name, MARKER, self.ttl)
        if not self.fits(name):
            return
        if all("address" in one for one in members):
            self.names[name] = {}
            if healthy:
                self.names[name] = {"CNAME": (min(seconds(one, self.ttl) for one in healthy),
                                              {healthy[0]["address"].rstrip(".").lower() + "."})}
            return
        for one in healthy:
            self.put_addresses(name, one, seconds(one, self.ttl))
            if default_port(one):
                self.put(name, "SRV", seconds(one, self.ttl), self.srv(one, default_port(one)[0]))

    def add_service(self, service, members):
        base = join(service, self.apex)
        if not members:
            self.put(base, MARKER, self.ttl)
            return
        taken = {self.labels[one["id"]] for one in members}
        tags = {}
        self.put_members(base, members)
        for one in members:
            healthy, ttl = one["status"] != "critical", seconds(one, self.ttl)
            self.put_ports(base, one, ttl, healthy)
            for protocol in PROTOCOLS:
                if port_of(one, protocol) is not None:
                    self.put(join("_" + service, "_" + protocol, self.apex), "SRV", ttl,
                             *([self.srv(one, port_of(one, protocol))] if healthy else []))
            for tag in {tag.lower() for tag in one["tags"]}:
                if all(LDH.match(label) for label in tag.split(".")):
                    tags.setdefault(tag, []).append(one)
        for tag, tagged in tags.items():
            self.add_tag(service, tag, tagged, tag in taken)
        for one in members:
            self.add_instance(one)

    def add_tag(self, service, tag, members, taken):
        name = join(tag, service, self.apex)
        if not taken:
            self.put_members(name, members)
        for one in members:
            healthy, ttl = one["status"] != "critical", seconds(one, self.ttl)
            if not taken:
                self.put_ports(name, one, ttl, healthy)
            if "." not in tag and tag not in PROTOCOLS and default_port(one):
                self.put(join("_" + service, "_" + tag, self.apex), "SRV", ttl,
                         *([self.srv(one, default_port(one)[0])] if healthy else []))

    def add_address_names(self, one):
        """HEX.addr: one address, whoever has it."""
        for text in one.get("addresses", []):
            address = ipaddress.ip_address(text)
            self.put(join(address.packed.hex(), "addr", self.apex), "A" if address.version == 4 else "AAAA",
                     seconds(one, self.instance_ttl), text)

    def add_browsed(self, one, label, name, port):
        """DNS-SD: the type, its subtypes, and the instance by the name that they list."""
        type_ = join("_" + name.lower(), "_" + port["protocol"], self.apex)
        tags = {tag.lower() for tag in one["tags"] if LDH.match(tag.lower())}
        listed = one["status"] != "critical"
        for owner in [type_, *(join("_" + tag, "_sub", type_) for tag in tags)]:
            self.put(owner, MARKER, self.ttl)
            if listed:
                self.put(owner, "PTR", seconds(one, self.ttl), join(label, type_))
        if listed:
            self.put(join("_services", "_dns-sd", "_udp", self.apex), "PTR", self.ttl, type_)
        meta = {**self.declared.get(one["service"], {}), **one.get("meta", {})}
        own = join(label, type_)
        self.put(own, "SRV", seconds(one, self.instance_ttl), self.srv(one, port["port"]))
        self.put(own, "TXT", seconds(one, self.instance_ttl), f"id={one['id']} {txt(meta)}".rstrip())

    def add_instance(self, one):
        for name, port in one["ports"].items():
            self.add_browsed(one, browse_label(f"{one['service']} {self.labels[one['id']]}"), name, port)
        name, ttl = self.own_name(one), seconds(one, self.instance_ttl)
        self.put(name, MARKER, ttl)
        if "address" in one:
            self.put(name, "CNAME", ttl, one["address"].rstrip(".").lower() + ".")
        else:
            self.put_addresses(name, one, ttl)
            if default_port(one):
                self.put(name, "SRV", ttl, self.srv(one, default_port(one)[0]))
            if one.get("meta"):
                self.put(name, "TXT", ttl, txt(one["meta"]))
        self.put_ports(name, one, ttl, True)

    def all_names(self):
        """Every name, with the empty ones between."""
        names = set()
        for name in self.names:
            while name != self.apex:
                names.add(name)
                name = name.split(".", 1)[1]
        return names | {self.apex}

    def lookup(self, name, type_):
        """(rcode, answers as (owner, type, ttl, data))."""
        answers, seen, existing = set(), set(), self.all_names()
        while name not in seen:
            seen.add(name)
            if name not in existing:
                return ("NXDOMAIN" if inside(name, self.apex) else "NOERROR"), answers
            types = self.names.get(name, {})
            kind = type_ if type_ in types else "CNAME" if "CNAME" in types else None
            if kind is None:
                return "NOERROR", answers
            ttl, data = types[kind]
            answers |= {(name, kind, ttl, one) for one in data}
            if kind == type_:
                break
            name = next(iter(data))
        return "NOERROR", answers

    def master_file(self):
        """The zone for another server; what exists and is empty carries a marker."""
        lines = [f"$ORIGIN {self.apex}"]
        for name, types in sorted(self.names.items()):
            for type_, (ttl, data) in types.items():
                for one in sorted(data):
                    text = " ".join(f'"{part}"' for part in split_txt(one)) if type_ == "TXT" else one
                    lines.append(f"{escaped(name)} {ttl} IN {type_} {escaped(text) if type_ == 'PTR' else text}")
            if not types:
                lines.append(f"{name} {self.ttl} IN {MARKER} \\# 0")
        return "\n".join(lines) + "\n"


def split_txt(text):
    """The strings of txt() again: no key in a town has a blank, only the value of `z`."""
    return re.split(r" (?=[A-Za-z]+=)", text)


def escaped(name):
    return name.replace(" ", "\\032")


def inside(name, apex):
    return name == apex or name.endswith("." + apex)
