#!/usr/bin/env python3
"""Newer versions of the API: when a server looks for them, which process does, and (on the official clients) what is told of them.

Usage: releases.py NODE JOURNEY PHOTOS_DIR      (the program of node, journeys/releases.mjs beside its modules)

Starts servers of its own; ALBUMEN_BIN names the program."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import harness
from harness import Checks, Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
from cluster import Cluster  # noqa: E402

# Who is asked at the start is asked by then; who is not asked until then is not.
PATIENCE_S = 5
ASKED_TIMEOUT_S = 30
# Two processes that both asked would do so while the first still waits for its answer.
SLOW_ANSWER_S = 3


class Releases:
    """Says that 3.1.0 is the newest version, and counts who asks."""

    def __init__(self, delay_s=0):
        self.asked = []
        releases = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802: the name is Python's
                releases.asked.append(self.path)
                time.sleep(delay_s)
                body = json.dumps({"version": "v3.1.0", "published_at": "2026-01-01T00:00:00.000Z"}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/version"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self):
        return asking(self.url)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def asking(url):
    """What is on this machine is asked without a proxy."""
    return {"ALBUMEN_VERSION_URL": url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def is_noted(api):
    return api.must("GET", "/server/version-check")["releaseVersion"] == "v3.1.0"


def starts(checks):
    """Switched off; then on, at the start; then again at once."""
    releases = Releases()
    with tempfile.TemporaryDirectory(prefix="albumen-test-") as folder:
        # As root the server runs as a system user, who must be able to read it.
        os.chmod(folder, 0o755)
        off = pathlib.Path(folder) / "off.json"
        off.write_text(json.dumps({"newVersionCheck": {"enabled": False}}), encoding="utf-8")
        with Server(environment={**releases.environment(), "ALBUMEN_CONFIG_FILE": str(off)}) as server:
            time.sleep(PATIENCE_S)
            api = harness.sign_up_or_log_in(server.base)
            checks.equal(releases.asked, [], "a server that is not to look for newer versions asks nobody")
            checks.equal(api.must("GET", "/server/version-check"), {"checkedAt": None, "releaseVersion": None}, "and knows of none")
            checks.equal(server.stop(), [], "it stops")
            del server.environment["ALBUMEN_CONFIG_FILE"]
            server.start()
            checks.that(harness.wait_until(lambda: is_noted(api), ASKED_TIMEOUT_S, "the look at the start"), "one that is to looks when it starts")
            checks.equal(releases.asked, ["/version?channel=stable"], "it asks once, for versions that are finished")
            noted = api.must("GET", "/server/version-check")
            checks.equal(server.stop(), [], "it stops again")
            server.start()
            time.sleep(PATIENCE_S)
            checks.equal(len(releases.asked), 1, "what was found just now is not looked up again after a restart")
            checks.equal(api.must("GET", "/server/version-check"), noted, "and still known")
    releases.close()


def tells(checks, node, journey, photos):
    """The journey plays who is asked."""
    port = harness.free_port()
    with Server(environment=asking(f"http://127.0.0.1:{port}/version")) as server:
        done = subprocess.run([node, journey, server.base, photos, str(port)], check=False)
        checks.equal(done.returncode, 0, "what is told of newer versions, and what is made of nonsense")
        lines = server.log_path.read_text(errors="replace").splitlines()
        # A log may be coloured, and its levels are words of their own.
        loud = [line for line in lines if "version" in line and any(level in line for level in ("WARN", "ERROR"))]
        checks.equal(loud, [], "who does not answer, or answers nonsense, troubles nobody")
        told = [line for line in lines if "a newer version of the API" in line]
        checks.equal(len(told), 1, "a newer version is told in the log once")
        checks.equal(server.stop(), [], "the server stops")


def one_of_many(checks):
    """Of two processes that could look, one does."""
    releases = Releases(SLOW_ANSWER_S)
    os.environ.update(releases.environment())
    with Cluster({"api": 1, "project": 1, "media": 2}, is_on_kafka=False) as cluster:
        api = harness.sign_up_or_log_in(cluster.base)
        checks.that(harness.wait_until(lambda: is_noted(api), ASKED_TIMEOUT_S, "one of two to look"), "of two processes one looks")
        time.sleep(PATIENCE_S)
        checks.equal(len(releases.asked), 1, "and the other does not")
    releases.close()


def main():
    node, journey, photos = sys.argv[1:]
    checks = Checks()
    starts(checks)
    tells(checks, node, journey, photos)
    one_of_many(checks)
    checks.finish()


if __name__ == "__main__":
    main()
