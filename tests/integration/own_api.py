"""Our own HTTP API as a test sees it: every answer is held against the OpenAPI document
that the daemon prints, so neither can say what the other does not.

Standard library only.
"""
import http.client
import json
import re

SLOW = float(__import__("os").environ.get("ROLLCALL_TEST_SLOW", "1"))


class Document:
    """An OpenAPI document: finds the operation of a request, judges a value by a schema."""

    def __init__(self, tree):
        self.tree = tree
        self.seen = set()  # operations that were called

    def operations(self):
        for path, item in self.tree["paths"].items():
            for method, operation in item.items():
                yield path, method, operation

    def find(self, method, path):
        """The literal path goes before one with parameters."""
        best = None
        for template, name, operation in self.operations():
            if name != method.lower():
                continue
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]*", re.escape(template))
            if re.fullmatch(pattern, path) and (best is None or template.count("{") < best[0].count("{")):
                best = (template, operation)
        assert best, f"{method} {path} is not in the document"
        self.seen.add((best[0], method.lower()))
        return best[1]

    def resolve(self, node):
        while "$ref" in node:
            at = self.tree
            for word in node["$ref"].removeprefix("#/").split("/"):
                at = at[word]
            node = at
        return node

    def faults(self, value, schema, where="$"):
        """What of the value the schema does not allow, in words."""
        schema = self.resolve(schema)
        found = []
        for part in schema.get("allOf", []):
            found += self.faults(value, part, where)
        if "oneOf" in schema:
            kind = schema.get("discriminator", {}).get("mapping", {}).get(value.get("kind")) if isinstance(value, dict) else None
            parts = [{"$ref": kind}] if kind else schema["oneOf"]
            if all(self.faults(value, part, where) for part in parts):
                found.append(f"{where}: {value!r} is none of the alternatives")
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(is_type(value, name) for name in types):
            return found + [f"{where}: {value!r} is not {' or '.join(types)}"]
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where}: {value!r} is not one of {schema['enum']}")
        if isinstance(value, str):
            if "pattern" in schema and not re.search(schema["pattern"], value):
                found.append(f"{where}: {value!r} does not match {schema['pattern']}")
            if len(value) < schema.get("minLength", 0) or len(value) > schema.get("maxLength", len(value)):
                found.append(f"{where}: {len(value)} characters")
        if is_type(value, "number") and (value < schema.get("minimum", value) or value > schema.get("maximum", value)):
            found.append(f"{where}: {value} is out of range")
        if isinstance(value, list):
            for i, entry in enumerate(value):
                found += self.faults(entry, schema.get("items", {}), f"{where}[{i}]")
        if isinstance(value, dict):
            found += self.object_faults(value, schema, where)
        return found

    def properties(self, schema):
        """Those of its own, and those of the parts that it is made of."""
        schema = self.resolve(schema)
        all_ = {}
        for part in schema.get("allOf", []):
            all_ |= self.properties(part)
        return all_ | schema.get("properties", {})

    def object_faults(self, value, schema, where):
        found = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
        known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        if schema.get("unevaluatedProperties", True) is False:
            every = self.properties(schema)
            found += [f"{where}.{name} is not in the document" for name in value if name not in every]
        for name, member in value.items():
            if name in known:
                found += self.faults(member, known[name], f"{where}.{name}")
            elif more is False:
                found.append(f"{where}.{name} is not in the document")
            elif isinstance(more, dict):
                found += self.faults(member, more, f"{where}.{name}")
        return found

    def judge(self, method, path, status, type_, body):
        operation = self.find(method, path)
        assert str(status) in operation["responses"], f"{method} {path}: {status} is not in the document: {body[:300]}"
        content = self.resolve(operation["responses"][str(status)]).get("content", {})
        type_ = (type_ or "").split(";")[0]
        if not content:
            return
        assert type_ in content, f"{method} {path}: {status} with {type_}, the document says {list(content)}"
        if type_ == "application/json":
            found = self.faults(json.loads(body), content[type_]["schema"])
            assert not found, f"{method} {path} {status}: {found}"


def is_type(value, name):
    return {"object": isinstance(value, dict), "array": isinstance(value, list), "string": isinstance(value, str),
            "boolean": isinstance(value, bool), "null": value is None,
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, (int, float)) and not isinstance(value, bool)}[name]


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json()["error"]["code"]


class Api:
    """Calls, over one connection that is opened again when the daemon closes it."""

    def __init__(self, box, token=None):
        self.port, self.token = box.api, token
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20 * SLOW)
        self.document = Document(self.raw("GET", "/v1/rollcall/openapi.json").json())

    def raw(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        try:
            self.connection.request(method, path, body=body, headers=headers)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
            self.connection.close()
            self.connection.request(method, path, body=body, headers=headers)
            response = self.connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def call(self, method, path, body=None, headers=None):
        """Whatever it answers must be in the document."""
        reply = self.raw(method, path, body, headers)
        self.document.judge(method, path.split("?")[0], reply.status, reply.headers["Content-Type"], reply.body)
        return reply

    def get(self, path):
        reply = self.call("GET", path)
        assert reply.status == 200, (path, reply.status, reply.body)
        return reply.json()

    def put(self, id_, **instance):
        reply = self.call("PUT", f"/v1/rollcall/instances/{id_}", instance)
        assert reply.status == 200, (reply.status, reply.body)
        return reply.json()

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Stream:
    """Server-sent events, one after another."""

    def __init__(self, box, query="", last=None, token=None, timeout=10):
        self.connection = http.client.HTTPConnection("127.0.0.1", box.api, timeout=timeout * SLOW)
        headers = {"Last-Event-ID": str(last)} if last is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.connection.request("GET", f"/v1/rollcall/events{query}", headers=headers)
        self.response = self.connection.getresponse()
        self.status, self.last, self.comments = self.response.status, last, 0
        assert self.status == 200, (self.status, self.response.read())
        assert self.response.headers["Content-Type"] == "text/event-stream"
        self.hello = self.next()
        assert self.hello["event"] == "hello", self.hello

    def next(self):
        """The data of the next event, with its word; `last` is its id."""
        word, data = None, None
        while True:
            line = self.response.readline()
            if not line:
                raise EOFError("the stream ended")
            line = line.decode().rstrip("\n")
            if not line and data is not None:
                return {"event": word, **json.loads(data)}
            if line.startswith(":"):
                self.comments += 1
            name, _, value = line.partition(": ")
            if name == "id":
                self.last = int(value)
            elif name == "event":
                word = value
            elif name == "data":
                data = value

    def close(self):
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
