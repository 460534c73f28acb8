#!/usr/bin/env python3
"""What the role inference takes in memory, with CLIP and faces loaded: the roles apart, and real requests to them.

    memory.py MODELS PICTURES      (ALBUMEN_BIN names the program; MODELS are those of large_models.py, PICTURES hold JPEGs)

Pictures are uploaded, looked at by both models and searched by words meanwhile. Counted are the role's own process and the one that runs the
models. Shared pages are divided among those who share them (PSS).
"""
import os
import pathlib
import sys
import threading
import time

import recognition
from cluster import Cluster, harness

MOST_BYTES = 1_000_000_000
ROUNDS = 3
SEARCHERS = 2
SAMPLE_S = 0.25
IDLE_S = 10
# Two hundred pictures, each of which takes less than a second of two cores.
PATIENCE_S = 900
MB = 1_000_000


def pss(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


class Memory:
    """Looks again and again at a process and what it has started; remembers the most of each and of their sum."""

    def __init__(self, process):
        self.process, self.most, self.last, self.is_over = process, {}, {}, False
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.is_over:
            self.look()
            time.sleep(SAMPLE_S)

    def look(self):
        now = {}
        for pid in harness.descendants(self.process.pid):
            try:
                name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
                now[name] = now.get(name, 0) + pss(pid)
            except OSError:
                continue
        now["together"] = sum(now.values())
        self.last = now
        for name, size in now.items():
            self.most[name] = max(size, self.most.get(name, 0))

    def forget(self):
        self.most = {}

    def end(self):
        self.is_over = True
        self.thread.join()


def told(sizes):
    return ", ".join(f"{name} {size / MB:.0f} MB" for name, size in sorted(sizes.items()))


class Searches:
    """Words, without a pause."""

    def __init__(self, api):
        self.api, self.is_over, self.answered, self.failed = api, False, 0, 0
        self.threads = [threading.Thread(target=self.repeat) for _ in range(SEARCHERS)]
        for thread in self.threads:
            thread.start()

    def repeat(self):
        while not self.is_over:
            words = f"a dog on beach number {self.answered} " + "and more words " * (self.answered % 20)
            try:
                is_answered = self.api.post("/search/smart", {"query": words, "size": 100}).status == 200
            except OSError:
                is_answered = False
            self.answered += is_answered
            self.failed += not is_answered

    def end(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()


def upload_all(api, pictures, first):
    count = 0
    for number in range(first, first + ROUNDS):
        for picture in pictures:
            answer = api.upload(f"{number}-{picture.name}", recognition.altered(picture, number))
            count += answer.status == 201
    return count


def wait_until_done(admin, seconds):
    return harness.wait_until(lambda: recognition.is_done(admin) and recognition.is_done(admin), seconds, "all to be looked at")


def main():
    models, pictures = sys.argv[1:]
    checks = harness.Checks()
    pictures = sorted(pathlib.Path(pictures).rglob("*.jpg"))
    cluster = Cluster({"api": 1, "project": 1, "media": 1, "inference": 1}, is_on_kafka=False)
    models = recognition.open_to_all(pathlib.Path(models), cluster.folder / "models")
    os.environ.update(ALBUMEN_MODELS=str(models), ALBUMEN_MODELS_OFFLINE="1", ALBUMEN_INFERENCE_LISTEN=f"127.0.0.1:{harness.free_port()}")
    with cluster:
        [role] = cluster.of_role("inference")
        admin = harness.sign_up_or_log_in(cluster.base)
        recognition.configure(admin, ocr={"enabled": False})
        time.sleep(IDLE_S)
        memory = Memory(role.process)
        try:
            time.sleep(1)
            print(f"before any model is asked for: {told(memory.last)}", flush=True)
            memory.forget()
            began = time.monotonic()
            searches = Searches(admin)
            count = upload_all(admin, pictures, 0)
            done = wait_until_done(admin, PATIENCE_S)
            searches.end()
            took = time.monotonic() - began
            while_loading = dict(memory.most)
            memory.forget()
            # All is loaded now; the same once more tells what working takes.
            searches = Searches(admin)
            count += upload_all(admin, pictures, ROUNDS)
            done = wait_until_done(admin, PATIENCE_S) and done
            searches.end()
            working = dict(memory.most)
            time.sleep(IDLE_S)
            print(f"at most while they were loaded, with {count // 2} pictures in {took:.0f} s: {told(while_loading)}", flush=True)
            print(f"at most while working, all loaded: {told(working)}", flush=True)
            print(f"{IDLE_S} s later, all loaded: {told(memory.last)}", flush=True)
        finally:
            memory.end()
        found = admin.must("POST", "/search/smart", {"query": "anything", "size": 1000}, 200)["assets"]["items"]
        faces = sum(len(admin.must("GET", f"/faces?id={item['id']}")) for item in found[:20])
        checks.that(done, "all were looked at")
        checks.equal(len(found), count, "each is found by words")
        checks.that(faces > 0, "and there are faces on them", faces)
        checks.equal(searches.failed, 0, "each search was answered")
        checks.that(working["together"] < MOST_BYTES, "the role takes less than 1 GB", told(working))
    checks.finish()


if __name__ == "__main__":
    main()
