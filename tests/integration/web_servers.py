"""Servers for the checks of http, https and grpc: raw sockets that misbehave in one way
each, nginx, and the gRPC health server. Each is closed by leaving its `with` block."""
import contextlib
import pathlib
import socket
import ssl
import struct
import subprocess
import threading
import time

from box import eventually, free_port

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"  # Debian's: python3-grpcio is there


def reset(connection):
    """Close so that the peer gets RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def linger(connection):
    """Close, but only when the client has: octets that nobody reads would make it a reset."""
    if connection.fileno() < 0:
        return
    with socket.socket(fileno=connection.detach()) as raw:
        raw.shutdown(socket.SHUT_WR)
        is_silent(raw)


class RawServer:
    """Each connection is given to answer(connection), in a thread; with TLS inside it."""

    def __init__(self, answer, context=None):
        self.answer, self.context, self.stopped = answer, context, False
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError, ValueError):
            try:
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                    connection.do_handshake()
                self.answer(connection)
            except ssl.SSLError:
                pass
            finally:
                linger(connection)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def says(reply):
    """A server that reads the request and says this."""
    def answer(connection):
        read_request(connection)
        connection.sendall(reply)
    return answer


def says_and_stays(reply):
    """... and leaves it to the client to close: what it said and the end do not come together."""
    def answer(connection):
        says(reply)(connection)
        is_silent(connection)
    return answer


def repeats(first, then, every=0.0):
    """... and goes on until the client has had enough."""
    def answer(connection):
        read_request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(then)
            time.sleep(every)
    return answer


def resets(connection):
    read_request(connection)
    reset(socket.socket(fileno=connection.detach()))


def resets_at_once(connection):
    connection.recv(1)
    reset(connection)


def closes(connection):
    read_request(connection)


def closes_at_once(connection):
    connection.recv(65536)


def is_silent(connection):
    while connection.recv(65536):
        pass


def tls_context(pair, ca=None, alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    if ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ca)
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class Nginx:
    """nginx with these `server` blocks; each has its port: nginx["name"]."""

    def __init__(self, folder, **servers):
        self.ports = {name: free_port() for name in servers}
        self.folder = pathlib.Path(folder) / "nginx"
        self.folder.mkdir()
        blocks = "\n".join(f"server {{ listen 127.0.0.1:{self.ports[name]} {listen}; {block} }}"
                           for name, (listen, block) in servers.items())
        temporary = " ".join(f"{kind}_temp_path {self.folder}/{kind};"
                             for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.folder / "nginx.conf"
        config.write_text(f"daemon off; master_process off; pid {self.folder}/pid; error_log {self.folder}/error.log;\n"
                          f"events {{ }}\nhttp {{ access_log off; {temporary}\n{blocks}\n}}\n")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", str(self.folder), "-c", str(config),
                                         "-e", str(self.folder / "error.log")], stderr=subprocess.DEVNULL)
        for port in self.ports.values():
            eventually(lambda port=port: self.is_up(port), 10, 0.02)

    def is_up(self, port):
        if self.process.poll() is not None:
            raise AssertionError("nginx ended:\n" + (self.folder / "error.log").read_text())
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def __getitem__(self, name):
        return self.ports[name]

    def close(self):
        self.process.kill()
        self.process.wait()


class GrpcHealth:
    """grpc_health_server.py; say("web=SERVING")."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([PYTHON, str(HERE / "grpc_health_server.py"), *map(str, arguments)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline()
        assert line, "the gRPC health server did not start"
        self.port = int(line)

    def say(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


# HTTP/2 by hand, RFC 9113: a server that says what no library would.

def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def header_block(**fields):
    """Literal fields without indexing and without Huffman (RFC 7541, section 6.2.2)."""
    out = b""
    for name, value in fields.items():
        name, value = name.replace("_", "-").replace("STATUS", ":status").encode(), value.encode()
        out += bytes([0, len(name)]) + name + bytes([len(value)]) + value
    return out


def settings():
    return frame(4, 0, 0) + frame(4, 1, 0)  # ours, and the acknowledgement of theirs


def http2(*frames):
    """Read the request (its END_STREAM), say these frames after the settings. The client hangs up first: libcurl
    7.88 loses the trailers of a reply that it reads together with the end of the connection."""
    def answer(connection):
        data = b""
        while len(data) < 24 + 9 + 9:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        time.sleep(0.02)  # the rest of the request comes in the same moment
        connection.sendall(settings() + b"".join(frames))
        is_silent(connection)
    return answer


def grpc_reply(message=b"\0\0\0\0\2\x08\1", trailers=None, content_type="application/grpc"):
    """The frames of one reply on stream 1."""
    head = frame(1, 4, 1, header_block(STATUS="200", content_type=content_type))
    if trailers is None:
        trailers = {"grpc_status": "0"}
    return head + frame(0, 0, 1, message) + frame(1, 5, 1, header_block(**trailers))
