"""An allocator that aborts the program when a DNS worker asks it for memory."""
import contextlib
import os
import subprocess
import tempfile
import unittest

from box import TOP, need


@contextlib.contextmanager
def quiet_allocator():
    """The environment that loads it into a daemon; its log says then that it was there (WATCHING)."""
    need("cc")
    if os.environ.get("ROLLCALL_SANITIZED"):
        raise unittest.SkipTest("a sanitizer brings its own allocator")
    with tempfile.TemporaryDirectory() as folder:
        library = f"{folder}/no_malloc.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-x", "c", "-o", library,
                        str(TOP / "tests/support/no_malloc.inc"), "-ldl"], check=True)
        yield {"LD_PRELOAD": library}


WATCHING = "no_malloc: watching"
