#!/usr/bin/env python3
"""Two api processes on one database, joined by PostgreSQL alone: what one of them did is told to who is connected to the other.

Usage: sockets.py      (starts the roles as processes of their own; ALBUMEN_BIN names the program)

tests/faults/journeys.py asks the same of processes that Kafka joins."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
from cluster import Cluster, harness  # noqa: E402


def main():
    checks = harness.Checks()
    with Cluster({"api": 2, "project": 1, "media": 1}, is_on_kafka=False) as cluster:
        bases = " ".join(f"http://127.0.0.1:{node.port}" for node in cluster.of_role("api"))
        environment = {**os.environ, "ALBUMEN_TEST_PARTS": "sockets", "ALBUMEN_TEST_API_BASES": bases}
        done = subprocess.run([harness.REPOSITORY / "tests/clients/run", cluster.base], env=environment, check=False)
        checks.equal(done.returncode, 0, "without a broker, who is connected to either hears of what both do")
        checks.finish()


if __name__ == "__main__":
    main()
