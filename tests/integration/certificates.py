"""Certificates of a test's own, made by openssl(1): an authority, and what it signs."""
import pathlib
import subprocess

CONFIG = """[ca]
default_ca = own
[own]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[authority]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr


class Pair:
    """The files of a certificate and of its private key."""

    def __init__(self, folder, name):
        self.cert, self.key = folder / f"{name}.pem", folder / f"{name}.key"


class Authority:
    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.config = self.folder / "config"
        self.config.write_text(CONFIG.format(folder=self.folder))
        (self.folder / "index").write_text("")
        (self.folder / "serial").write_text("01\n")
        self.own = self.self_signed("authority", f"/CN={name}", "-extensions", "authority")
        self.cert = self.own.cert

    def key(self, name):
        pair = Pair(self.folder, name)
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pair.key)
        return pair

    def self_signed(self, name, subject, *more):
        pair = self.key(name)
        openssl("req", "-x509", "-config", self.config, "-key", pair.key, "-subj", subject, "-days", "2", *more,
                "-out", pair.cert)
        return pair

    def issue(self, name, san, start="20200101000000Z", end="20980101000000Z", extensions=None):
        """A certificate for `san` ("DNS:web.example,IP:127.0.0.1"), valid between two times."""
        pair, request = self.key(name), self.folder / f"{name}.csr"
        openssl("req", "-new", "-config", self.config, "-key", pair.key, "-subj", f"/CN={name}",
                *(["-addext", f"subjectAltName={san}"] if san else []), "-out", request)
        openssl("ca", "-batch", "-config", self.config, "-cert", self.own.cert, "-keyfile", self.own.key, "-notext",
                "-in", request, "-out", pair.cert, "-startdate", start, "-enddate", end,
                *(["-extensions", extensions] if extensions else []))
        return pair
