"""Consul's API as its clients speak it: one connection, no library of theirs."""
import http.client
import json
import unittest
import urllib.parse

from box import SLOW, Box


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    @property
    def index(self):
        return int(self.headers["X-Consul-Index"])


class Consul:
    """Paths are sent as they are given; parameters are added to them."""

    def __init__(self, port, timeout=30 * SLOW):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def ask(self, method, path, body=None, headers=None, **parameters):
        if parameters:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(parameters)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if method == "PUT" and body is None:
            body = b""
        self.connection.request(method, "/v1/" + path, body, headers or {})
        return Reply(self.connection.getresponse())

    def get(self, path, **parameters):
        return self.ask("GET", path, **parameters)

    def put(self, path, body=None, **parameters):
        return self.ask("PUT", path, body, **parameters)

    def post(self, path, body=None, **parameters):
        return self.ask("POST", path, body, **parameters)

    def delete(self, path, **parameters):
        return self.ask("DELETE", path, **parameters)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class OwnBox(unittest.TestCase):
    """A daemon for each test, and a connection to it."""

    def setUp(self):
        self.box = self.enterContext(Box())
        self.consul = self.enterContext(Consul(self.box.api))


class SharedBox(unittest.TestCase):
    """One daemon for all tests of the class; a connection for each."""

    @classmethod
    def setUpClass(cls):
        cls.box = cls.enterClassContext(Box())

    def setUp(self):
        self.consul = self.enterContext(Consul(self.box.api))
