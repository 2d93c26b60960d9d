#!/usr/bin/env python3
"""tests/clients/run.py [CLIENT...]: programs that were written for Consul, unmodified, against rollcalld.

Each client is fetched from its own registry at the version of its lock file and built under
build/clients; every operation of each is a row of the table at the end: ok, FAILED, or
skipped with the reason. A client whose toolchain is missing or whose registry cannot be
reached is skipped; a wrong checksum is not. Ends with 1 when anything FAILED.

ROLLCALL_CLIENTS_DROP: for how many seconds the gateway's daemon is away (default 5).
"""
import concurrent.futures
import pathlib
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

import clients  # noqa: E402  (needs the paths above)
from building import Skip  # noqa: E402


def run(client):
    """Rows (operation, error or None, seconds) of one client; raises Skip."""
    begin = time.monotonic()
    try:
        return client.run()
    except (Skip, KeyboardInterrupt):
        raise
    except subprocess.TimeoutExpired as error:
        return [("it ends", f"still running after {error.timeout:g} s", time.monotonic() - begin)]
    except Exception:  # pylint: disable=broad-except  (any other is a failure to be shown)
        return [("it runs", traceback.format_exc(limit=4), time.monotonic() - begin)]


def show(client, rows):
    """Prints the rows of one client; (passed, failed)."""
    failed = 0
    for operation, error, seconds in rows:
        if error:
            failed += 1
            indented = str(error).strip().replace("\n", "\n      ")
            print(f"{client.name:<23} {operation:<68} FAILED {seconds:6.2f} s\n      {indented}")
        else:
            print(f"{client.name:<23} {operation:<68} ok     {seconds:6.2f} s")
    if not rows:
        print(f"{client.name:<23} {'it ran no operation':<68} FAILED")
        failed = 1
    return len(rows) - failed if rows else 0, failed


def main():
    wanted = sys.argv[1:]
    chosen = [client for client in clients.ALL
              if not wanted or any(word in client.name for word in wanted)]
    begin = time.monotonic()
    skipped = {}
    for client in chosen:  # building takes all processors: one after another
        try:
            client.prepare()
        except Skip as reason:
            skipped[client] = str(reason)
        except subprocess.CalledProcessError as error:
            print(f"{client.name}: cannot be built: {(error.stderr or error.stdout or '').strip()}")
            skipped[client] = None
    built = time.monotonic() - begin
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:  # they wait most of the time
        running = {client: pool.submit(run, client) for client in chosen if client not in skipped}
        for client in chosen:
            reason = skipped.get(client, "")
            if client in running:
                try:
                    counts = show(client, running[client].result())
                    passed, failed = passed + counts[0], failed + counts[1]
                    continue
                except Skip as late:
                    skipped[client] = reason = str(late)
            if reason is None:
                failed += 1
                print(f"{client.name:<23} {'it is built':<68} FAILED")
            else:
                print(f"{client.name:<23} skipped: {reason}")
    print(f"clients: {passed} passed, {failed} failed, {sum(r is not None for r in skipped.values())} clients skipped, "
          f"{time.monotonic() - begin:.0f} s of which {built:.0f} s for fetching and building")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
