"""Fetching and building clients under build/clients, from their lock files."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("ROLLCALL_CLIENTS_CACHE", HERE.parents[1] / "build" / "clients"))
# What tools say when their registry cannot be reached; all else is a failure.
UNREACHABLE = re.compile(
    r"no such host|dial tcp|i/o timeout|TLS handshake timeout|connection refused|network is unreachable|"
    r"ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|"
    r"Temporary failure in name resolution|Name or service not known|NewConnectionError|ConnectTimeoutError|"
    r"Failed to establish a new connection|50[0-9] (Bad Gateway|Service Unavailable|Gateway Time)", re.I)


class Skip(Exception):
    """The reason why a client cannot run here."""


def need(program, what):
    path = shutil.which(program)
    if not path:
        raise Skip(f"{program} is not installed ({what})")
    return path


def fetch(command, **options):
    """Run something that talks to a registry; unreachable is a Skip."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, **options)
    except subprocess.TimeoutExpired:
        raise Skip(f"{command[0]} could not fetch within 300 s") from None
    except subprocess.CalledProcessError as error:
        text = error.stderr + error.stdout
        if UNREACHABLE.search(text):
            line = next(line for line in text.splitlines() if UNREACHABLE.search(line))
            raise Skip(f"its registry cannot be reached: {line.strip()[:160]}") from None
        raise


def version(text):
    return tuple(int(part) for part in re.findall(r"\d+", text))


def go_environment():
    return {**os.environ, "GOPATH": str(CACHE / "go"), "GOCACHE": str(CACHE / "go-cache"), "GOTOOLCHAIN": "local",
            "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false", "CGO_ENABLED": "0"}


def go_build(module, *packages):
    """Build packages of tests/clients/<module>; the folder with the programs."""
    go = need("go", "Go's own client")
    folder = HERE / module
    wanted = re.search(r"^go (\S+)$", (folder / "go.mod").read_text(), re.M).group(1)
    found = re.search(r"go(\d[\d.]*)", subprocess.run([go, "version"], capture_output=True, text=True,
                                                      cwd="/", env=go_environment(), check=False).stdout)
    if not found or version(found.group(1)) < version(wanted):
        raise Skip(f"go {found.group(1) if found else 'of unknown version'} is older than {wanted} of its go.mod")
    out = CACHE / "bin" / module
    out.mkdir(parents=True, exist_ok=True)
    fetch([go, "mod", "download"], cwd=folder, env=go_environment())
    fetch([go, "build", "-trimpath", "-ldflags=-s -w", "-o", f"{out}/", *packages], cwd=folder, env=go_environment())
    return out


def npm_install(module):
    """node_modules as package-lock.json says; the folder that has them."""
    npm = need("npm", "the npm client")
    node = need("node", "the npm client")
    out = CACHE / module
    out.mkdir(parents=True, exist_ok=True)
    lock = (HERE / module / "package-lock.json").read_text()
    done = out / "node_modules" / ".rollcall-lock"
    if not done.exists() or done.read_text() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / module / name, out / name)
        fetch([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=out)
        done.write_text(lock)
    return node, out


def python_environment(module):
    """A virtual environment with exactly requirements.txt; its interpreter."""
    out = CACHE / module
    interpreter = out / "bin" / "python"
    lock = (HERE / module / "requirements.txt").read_text() + sys.version
    done = out / "rollcall-lock"
    if not done.exists() or done.read_text() != lock:
        shutil.rmtree(out, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(out)], check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError:
            raise Skip("python3 cannot make virtual environments (Debian: python3-venv)") from None
        fetch([str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
               "--retries", "2", "--only-binary", ":all:", "--require-hashes", "-r",
               str(HERE / module / "requirements.txt")])
        done.write_text(lock)
    return interpreter
