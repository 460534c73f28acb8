#!/usr/bin/env python3
"""What breaks, breaks under load, and nothing that was acknowledged is lost, repeated or wrong.

Usage: faults.py PHOTOS_DIR [--minutes N]

Without --minutes every fault happens once (a minute or two). With it faults happen at random for that long, after each has
happened once. Its last line but one is the report, as JSON: faults, requests, what was acknowledged and what of it was lost.
PHOTOS_DIR was made by tests/photos/make; ALBUMEN_BIN names the program."""

import argparse
import collections
import json
import pathlib
import random
import signal
import sys
import time

from cluster import Cluster, deploy, harness
from load import Load

# Between faults, so that each meets a system at work.
CALM_S = 1.5
OUTAGE_S = 3
# Promised for the relay and for each read model (schemas/src/leadership.rs), the start of another process not included.
TAKE_OVER_S = 10
SETTLE_TIMEOUT_S = 120
MOST_EVENTS = 10_000_000
# No process of the cluster has the role that does them: they wait.
NOBODYS_JOBS = {"embedding", "face-detection", "text-recognition"}
# Neither what a rebuild fills nor what it replaced.
LIVE = "instance !~ '_(next|previous)$'"


class Faults:
    """Everything that can be done to a cluster. Each fault is over, and mended, when its method returns."""

    def __init__(self, cluster, checks):
        self.cluster, self.checks = cluster, checks
        self.counts = collections.Counter()
        self.slowest_take_over_s = collections.Counter()

    ALL = ["broker_killed", "packets_dropped", "topic_recreated", "two_leaders", "member_replaced", "postgres_crashed",
           "api_killed", "relay_killed", "project_killed", "media_killed"]

    def happen(self, name):
        began = time.monotonic()
        getattr(self, name)()
        self.counts[name] += 1
        print(f"fault   {name.replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)

    def broker_killed(self):
        deploy("kafka", "kill", self.cluster.kafka)
        time.sleep(OUTAGE_S)
        self.cluster.start_broker()

    def packets_dropped(self):
        self.cluster.broker_proxy.swallow(True)
        time.sleep(2 * OUTAGE_S)
        self.cluster.broker_proxy.swallow(False)

    def topic_recreated(self):
        status, output = self.cluster.albumen("topics", "rebuild", "--no-wait")
        self.checks.that(status == 0, "the topic is deleted and made again", output)

    def two_leaders(self):
        """The leader is frozen, its lock given to another, and thawed: for a moment both publish."""
        leader = self.leading_relay()
        if leader is None:
            return
        leader.signal(signal.SIGSTOP)
        try:
            self.end_connections("albumen relay", leader)
            self.take_over("relay", self.relay_moves)
        finally:
            leader.signal(signal.SIGCONT)

    def member_replaced(self):
        """The process that applies to the read models is frozen in the midst of it and replaced, and then thawed."""
        active = self.active_project()
        if active is None:
            return
        active.signal(signal.SIGSTOP)
        try:
            for name in self.projections():
                self.end_connections(f"albumen {name} ", active)
            self.take_over("project", self.projections_move)
        finally:
            active.signal(signal.SIGCONT)

    def postgres_crashed(self):
        deploy("test-postgres", "crash", self.cluster.postgres)
        time.sleep(1)
        deploy("test-postgres", "start", self.cluster.postgres)

    def api_killed(self):
        self.kill_and_restart(random.choice(self.cluster.of_role("api")))

    def relay_killed(self):
        leader = self.leading_relay()
        if leader is not None:
            leader.kill()
            self.take_over("relay", self.relay_moves)
            leader.start()

    def project_killed(self):
        active = self.active_project()
        if active is not None:
            active.kill()
            self.take_over("project", self.projections_move)
            active.start()

    def media_killed(self):
        self.kill_and_restart(random.choice(self.cluster.of_role("media")))

    def kill_and_restart(self, node):
        node.kill()
        time.sleep(1)
        node.start()
        self.cluster.await_ready([node])

    # --- who does what, and how far it is ---------------------------------------------------------------------------

    def projections(self):
        return [name for (name,) in self.cluster.sql(f"SELECT instance FROM projection_checkpoint WHERE {LIVE}")]

    def leading_relay(self):
        return next((node for node in self.cluster.of_role("relay") if node.figure("albumen_relay_leads_here") == 1), None)

    def active_project(self):
        figure = 'albumen_projection_applied_here{projection="library"}'
        return next((node for node in self.cluster.of_role("project") if node.figure(figure) == 1), None)

    def end_connections(self, application, node):
        """What the database does when it takes a client for dead. Frozen processes cannot tell theirs apart by themselves,
        so the one that holds the lock is meant."""
        self.cluster.sql(f"""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name LIKE '{application}%' AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)""")

    def relay_moves(self):
        return int(self.cluster.sql("SELECT coalesce(position, 0) FROM relay")[0][0])

    def projections_move(self):
        return int(self.cluster.sql(f"SELECT min(position) FROM projection_checkpoint WHERE {LIVE}")[0][0])

    def take_over(self, what, position):
        """Waits until the task goes on in another process, which means: has passed the head of this moment."""
        began = time.monotonic()
        head = int(self.cluster.sql("SELECT position FROM log_head")[0][0])
        # One event more than there is now, which the load brings.
        passed = harness.wait_until(lambda: position() > head, 2 * TAKE_OVER_S, f"another {what} to go on")
        took = time.monotonic() - began
        self.slowest_take_over_s[what] = max(self.slowest_take_over_s[what], took)
        self.checks.that(passed and took < TAKE_OVER_S, f"another {what} goes on after {took:.1f} s")


def settle(checks, cluster):
    """Everything is mended; all read models reach the end of the log, and all work is done."""
    def settled():
        status = cluster.status()
        return (status is not None and all(one["lag"] == 0 and one["failure"] is None for one in status["projections"])
                and all(job["waiting"] + job["active"] + job["delayed"] == 0 for job in status["jobs"] if job["name"] not in NOBODYS_JOBS)
                and status["relay"]["position"] == status["head"]) and status
    began = time.monotonic()
    status = harness.wait_until(settled, SETTLE_TIMEOUT_S, "everything to come to rest")
    checks.that(status, f"everything comes to rest within {time.monotonic() - began:.0f} s: read models, work, topic", cluster.status())
    return status


def events_of(cluster):
    status, output = cluster.albumen("log", "show", "--stream", "asset", "--limit", str(MOST_EVENTS))
    return output if status == 0 else ""


def everything_acknowledged_is_there(checks, cluster, load, api):
    log = events_of(cluster)
    lost_uploads = [asset for asset in load.uploads.values() if f"asset/{asset}  asset-uploaded" not in log]
    checks.equal(lost_uploads, [], f"all {len(load.uploads)} acknowledged uploads are in the log")
    lost_edits = [edit for edit in load.acknowledged_edits if f'"{edit}"' not in log]
    checks.equal(lost_edits, [], f"all {len(load.acknowledged_edits)} acknowledged edits are in the log")
    assets = {asset["id"]: asset for asset in harness.all_assets(api)}
    unseen = [asset for asset in load.uploads.values() if asset not in assets]
    checks.equal(unseen, [], "and every upload is shown")
    wrong = [asset for asset, possible in load.descriptions.items()
             if asset in assets and (assets[asset]["exifInfo"] or {}).get("description") not in possible]
    checks.equal(wrong, [], f"each of {len(load.descriptions)} edited assets shows its last edit")
    checksums = list(load.uploads.items())[:: max(1, len(load.uploads) // 50)]
    broken = [asset for sha1, asset in checksums if harness.sha1_hex(api.get(f"/assets/{asset}/original").body) != sha1]
    checks.equal(broken, [], f"{len(checksums)} originals are byte for byte what was sent")
    status, output = cluster.albumen("log", "verify")
    checks.that(status == 0, "albumen log verify passes", output[-300:])
    return {"uploads": len(lost_uploads), "edits": len(lost_edits), "unseen": len(unseen), "wrongEdits": len(wrong), "brokenFiles": len(broken)}


def nothing_was_applied_twice(checks, cluster, faults):
    """The table has one row per read model and position: a second one was refused, and a hole would show."""
    rows = cluster.sql(f"""SELECT c.instance, c.position, count(a.position), coalesce(min(a.position), 0), coalesce(max(a.position), 0)
        FROM projection_checkpoint c LEFT JOIN applied_audit a USING (instance) WHERE c.{LIVE} GROUP BY 1, 2""")
    for name, position, count, first, last in rows:
        checks.equal((count, first, last), (position, "1", position), f"{name}: each of {position} events was applied once")


def rebuilt_equals_live(checks, cluster):
    status, output = cluster.albumen("rebuild", "all")
    equal = output.count("equal to the one before, row for row")
    known = len(cluster.sql(f"SELECT instance FROM projection_checkpoint WHERE {LIVE}"))
    checks.that(status == 0 and equal == known, f"each of {known} read models equals its rebuild", output[-1000:])


def report(cluster, faults, load, losses, began):
    """What the run was, in one line of JSON: faults, requests, and what was acknowledged and lost."""
    print(json.dumps({
        "broker": cluster.broker_kind(),
        "seconds": round(time.monotonic() - began),
        "faults": sum(faults.counts.values()),
        "faultsOfEachKind": dict(faults.counts),
        "slowestTakeOverSeconds": {what: round(took, 1) for what, took in faults.slowest_take_over_s.items()},
        "requests": sum(load.requests.values()),
        "requestsOfEachKind": load.requests,
        "acknowledged": {"uploads": len(load.uploads), "edits": len(load.acknowledged_edits)},
        "losses": losses,
        "triedAgain": load.tries_again,
        "givenUp": load.given_up,
        "wrongAnswers": len(load.wrong),
    }), flush=True)


def run(checks, cluster, photos, minutes, seed):
    api = harness.sign_up_or_log_in(cluster.base)
    load = Load(api, (photos / "library/jpeg/tiny.jpg").read_bytes())
    faults = Faults(cluster, checks)
    began = time.monotonic()
    load.start()
    time.sleep(2 * CALM_S)
    chance = random.Random(seed)
    planned = list(Faults.ALL)
    while planned or (minutes and time.monotonic() - began < 60 * minutes):
        name = planned.pop(0) if planned else chance.choice(Faults.ALL)
        faults.happen(name)
        time.sleep(CALM_S)
    load.stop()
    for node in cluster.nodes:
        if node.process.poll() is not None:
            node.start()
    cluster.await_ready(cluster.nodes)
    settle(checks, cluster)
    checks.equal(load.wrong[:5], [], "clients saw only errors that say: try again")
    losses = everything_acknowledged_is_there(checks, cluster, load, api)
    nothing_was_applied_twice(checks, cluster, faults)
    rebuilt_equals_live(checks, cluster)
    report(cluster, faults, load, losses, began)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    wanted = parser.parse_args()
    print(f"# seed {wanted.seed}", flush=True)
    checks = harness.Checks()
    with Cluster(is_audited=True) as cluster:
        run(checks, cluster, wanted.photos, wanted.minutes, wanted.seed)
        checks.finish()


if __name__ == "__main__":
    main()
