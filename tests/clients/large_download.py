#!/usr/bin/env python3
"""Archives beyond 4 GiB: packed in bounded memory, and unpacked while they arrive. Run by hand; needs 12 GB of disk, `bsdtar` and `unzip`.

Usage: large_download.py [GIGABYTES]      (starts a server of its own; the originals are mostly holes)"""

import http.client
import json
import pathlib
import subprocess
import sys
import tempfile

import harness
from harness import Checks, Server

GIB = 1024 ** 3
CHUNK_BYTES = 1024 * 1024
REQUEST_TIMEOUT_S = 600


def originals(api, server, photos, sizes):
    """Uploads of a few bytes whose files are then made larger: an upload of holes would be as slow as any."""
    ids = []
    for number, size in enumerate(sizes):
        ids.append(api.upload(f"film-{number}.mp4", f"not a film {number}".encode()).json()["id"])
        path = pathlib.Path(api.must("GET", f"/assets/{ids[-1]}")["originalPath"])
        with open(path, "r+b") as file:
            file.truncate(size)
    return ids


def download(api, ids, sink):
    connection = http.client.HTTPConnection(api.host, api.port, timeout=REQUEST_TIMEOUT_S)
    connection.request("POST", "/api/download/archive", json.dumps({"assetIds": ids}), {**api.headers, "Content-Type": "application/json"})
    response = connection.getresponse()
    while chunk := response.read(CHUNK_BYTES):
        sink.write(chunk)
    return response.status


def main():
    checks, gigabytes = Checks(), int(sys.argv[1]) if len(sys.argv) > 1 else 5
    server = Server()
    try:
        server.start()
        admin = harness.sign_up_or_log_in(server.base)
        api, _ = harness.add_user(admin, "large")
        sizes = [1000, gigabytes * GIB, 2000]
        ids = originals(api, server, None, sizes)
        listing = subprocess.Popen(["bsdtar", "-tvf", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=False)
        status = download(api, ids, listing.stdin)
        listing.stdin.close()
        lines = listing.stdout.read().decode().splitlines()
        checks.equal([status, listing.wait()], [200, 0], "an archive is read while it arrives")
        checks.equal(len(lines), 3, "every entry is found in it")
        with tempfile.NamedTemporaryFile(dir=server.data, suffix=".zip") as file:
            download(api, ids, file)
            file.flush()
            tested = subprocess.run(["unzip", "-tq", file.name], capture_output=True, text=True, check=False)
            checks.equal(tested.returncode, 0, f"and by its directory: {tested.stdout.strip()[-200:]}")
    finally:
        server.stop()
        server.clean_up(keep_log=bool(checks.failed))
    checks.finish()


if __name__ == "__main__":
    main()
