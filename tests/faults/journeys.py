#!/usr/bin/env python3
"""The clients' journeys once more, with Kafka and the roles as processes of their own.

Usage: journeys.py [PART…]      (parts of tests/clients/run, and its ALBUMEN_TEST_JOURNEYS; ALBUMEN_BIN names the program)

Requests are spread over two API processes, so that what one of them did has to be seen by the other at once."""

import os
import subprocess
import sys

from cluster import Cluster, harness

PARTS = ["journey", "cli", "sockets"]
# Beside the spine: what one process ends must be over in the other. The rest differ in what they ask, not in how
# processes work together.
JOURNEYS = "partners shared-links"


def in_force_everywhere(checks, cluster):
    """A session or key that was revoked through one process is refused by the other from that moment on."""
    one, other = (harness.Api(f"http://127.0.0.1:{node.port}") for node in cluster.of_role("api"))
    admin = harness.sign_up_or_log_in(one.base)
    outlived = []
    for number in range(20):
        login = one.must("POST", "/auth/login", {"email": harness.ADMIN["email"], "password": harness.ADMIN["password"]}, 201)
        key = admin.must("POST", "/api-keys", {"name": f"key {number}", "permissions": ["all"]}, 201)
        session, by_key = other.with_token(login["accessToken"]), other.with_key(key["secret"])
        if session.get("/users/me").status != 200 or by_key.get("/users/me").status != 200:
            outlived.append("refused too early")
        one.with_token(login["accessToken"]).must("POST", "/auth/logout")
        admin.must("DELETE", f"/api-keys/{key['apiKey']['id']}")
        outlived += [answer.status for answer in (session.get("/users/me"), by_key.get("/users/me")) if answer.status != 401]
    checks.equal(outlived, [], "what one process revoked is refused by the other at once (20 sessions, 20 keys)")


def read_your_writes(checks, cluster):
    """What was written through one process is read through the other at once."""
    one, other = (harness.sign_up_or_log_in(f"http://127.0.0.1:{node.port}") for node in cluster.of_role("api"))
    stale = 0
    for number in range(50):
        album = one.must("POST", "/albums", {"albumName": f"album {number}"}, 201)
        stale += other.get(f"/albums/{album['id']}").status != 200
    checks.equal(stale, 0, "an album made through one process is there in the other at once (50 albums)")


def how_it_is(checks, cluster):
    status = cluster.status()
    checks.that(status is not None and all(one["failure"] is None for one in status["projections"]), "albumen status: no read model stands still", status)
    checks.that(status is not None and status["relay"]["leader"] is not None, "albumen status: somebody publishes the log", status)
    leaders = [node.name for node in cluster.of_role("relay") if node.figure("albumen_relay_leads_here") == 1]
    checks.equal(len(leaders), 1, "one of two relays leads")
    for name in [one["name"] for one in status["projections"]]:
        here = [node.figure(f'albumen_projection_applied_here{{projection="{name}"}}') for node in cluster.of_role("project")]
        checks.equal(sum(here), 1, f"one of two processes applies to {name}")
    delivered = sum(node.figure("albumen_kafka_delivered") or 0 for node in cluster.of_role("project"))
    checks.that(delivered > 0, f"readers took {delivered:.0f} records from Kafka")


def main():
    checks = harness.Checks()
    with Cluster() as cluster:
        print(f"# the broker: {cluster.broker_kind()}; {', '.join(node.name for node in cluster.nodes)}", flush=True)
        bases = " ".join(f"http://127.0.0.1:{node.port}" for node in cluster.of_role("api"))
        environment = {"ALBUMEN_TEST_JOURNEYS": JOURNEYS, **os.environ, "ALBUMEN_TEST_PARTS": " ".join(sys.argv[1:] or PARTS),
                       "ALBUMEN_TEST_API_BASES": bases}
        clients = subprocess.run([harness.REPOSITORY / "tests/clients/run", cluster.base, cluster.data], env=environment, check=False)
        checks.equal(clients.returncode, 0, "the clients' parts pass")
        in_force_everywhere(checks, cluster)
        read_your_writes(checks, cluster)
        how_it_is(checks, cluster)
        stopped = {node.name: node.stop() for node in cluster.nodes}
        checks.equal([name for name, status in stopped.items() if status != 0], [], "every process stops when it is asked to")
        checks.finish()


if __name__ == "__main__":
    main()
