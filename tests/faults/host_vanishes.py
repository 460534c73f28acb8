#!/usr/bin/env python3
"""A host that vanishes without a word: another process takes over in time. By hand, as root on Linux.

Usage: host_vanishes.py      (ALBUMEN_BIN names the program)

The process that is to vanish runs in a network namespace of its own, and the cable to it is cut."""

import os
import subprocess
import sys
import time

from cluster import Cluster, Node, deploy, harness

TAKE_OVER_S = 10
NAMESPACE = "albumen-vanishing"
HERE, THERE = "10.98.76.1", "10.98.76.2"
LOCKS = """SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND application_name LIKE 'albumen %'"""


def run(*words):
    subprocess.run(words, check=True)


def lay_cable():
    run("ip", "netns", "add", NAMESPACE)
    run("ip", "link", "add", "albumen-here", "type", "veth", "peer", "name", "albumen-there", "netns", NAMESPACE)
    run("ip", "address", "add", f"{HERE}/24", "dev", "albumen-here")
    run("ip", "link", "set", "albumen-here", "up")
    run("ip", "netns", "exec", NAMESPACE, "ip", "address", "add", f"{THERE}/24", "dev", "albumen-there")
    plug("up")
    run("ip", "netns", "exec", NAMESPACE, "ip", "link", "set", "lo", "up")


def plug(state):
    run("ip", "netns", "exec", NAMESPACE, "ip", "link", "set", "albumen-there", state)


class OverTheNetwork(Cluster):
    """PostgreSQL listens on the cable."""

    def start(self):
        deploy("test-postgres", "start", self.postgres)
        port = harness.free_port()
        added = {"postgresql.conf": f"listen_addresses = '{HERE}'\nport = {port}\n", "pg_hba.conf": f"host all all {HERE}/24 trust\n"}
        for name, text in added.items():
            with open(self.postgres / "cluster" / name, "a", encoding="utf-8") as settings:
                settings.write(text)
        # For psql, which comes by the socket.
        os.environ["PGPORT"] = str(port)
        deploy("test-postgres", "crash", self.postgres)
        deploy("test-postgres", "start", self.postgres)
        self.start_services(f"postgres://albumen@{HERE}:{port}/postgres")


class Vanishing(Node):
    def start(self):
        environment = {**self.cluster.environment, "ALBUMEN_METRICS": f"127.0.0.1:{self.health_port}"}
        command = ["ip", "netns", "exec", NAMESPACE, harness.find_binary(), "run", "--role", *self.roles]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)


def holders(cluster):
    return [row[0] for row in cluster.sql(LOCKS)]


def vanish(checks, cluster, role):
    goes, stays = Vanishing(cluster, f"{role}-goes", role), Node(cluster, f"{role}-stays", role)
    cluster.nodes += [goes, stays]
    goes.start()
    harness.wait_until(lambda: holders(cluster), 30, "the first to hold its locks")
    time.sleep(2)
    stays.start()
    cluster.await_ready([stays])
    tasks = len(holders(cluster))
    began = time.monotonic()
    plug("down")
    taken = harness.wait_until(lambda: holders(cluster) == [HERE] * tasks, 30, "another to take over")
    took = time.monotonic() - began
    checks.that(taken and took < TAKE_OVER_S, f"{role}: {tasks} task(s) of a host that vanished are taken over after {took:.1f} s")
    plug("up")
    goes.kill()
    stays.stop()


def main():
    checks = harness.Checks()
    try:
        lay_cable()
        with OverTheNetwork() as cluster:
            for role in ("relay", "project"):
                vanish(checks, cluster, role)
    finally:
        subprocess.run(["ip", "netns", "delete", NAMESPACE], check=False)
    checks.finish()


if __name__ == "__main__":
    sys.exit(main())
