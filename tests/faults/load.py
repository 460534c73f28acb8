"""Uploads, edits and reads by clients that try again when they are told to, and a record of what was acknowledged."""

import http.client
import random
import threading
import time

from cluster import harness

# What says "try again": the server does not answer, hangs up, or is busy.
PASSING = (503,)
PAUSE_S = 0.05
# A client gives up what is not acknowledged by then; nothing is promised about it.
PATIENCE_S = 60
LARGEST_PADDING_BYTES = 60_000


class Load:
    """Threads that work on one user's library until they are stopped."""

    def __init__(self, api, picture, uploaders=2, editors=2, readers=2):
        self.api, self.picture = api, picture
        self.counts = {"uploader": uploaders, "editor": editors, "reader": readers}
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        # Asset by the SHA-1 of its bytes, for each acknowledged upload.
        self.uploads = {}
        # The descriptions that an asset can have now: the last acknowledged one, and those that were sent since.
        self.descriptions = {}
        # Every description whose change was acknowledged.
        self.acknowledged_edits = []
        self.requests = {"upload": 0, "edit": 0, "read": 0}
        self.tries_again = 0
        self.given_up = 0
        # Answers that a client must never see.
        self.wrong = []
        self.threads = []

    def start(self):
        for kind, count in self.counts.items():
            for number in range(count):
                thread = threading.Thread(target=getattr(self, f"{kind}s_work"), args=(number,), daemon=True)
                thread.start()
                self.threads.append(thread)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(PATIENCE_S + harness.REQUEST_TIMEOUT_S)

    def ask(self, kind, call, expected):
        """Asks until it is answered; the answer, or None where a client would give up."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                answer = call()
            except (OSError, http.client.HTTPException):
                answer = None
            if answer is not None and answer.status in expected:
                with self.lock:
                    self.requests[kind] += 1
                return answer
            if answer is not None and answer.status not in PASSING:
                with self.lock:
                    self.wrong.append(f"{kind}: {answer.status} {answer.text()[:200]}")
                return None
            with self.lock:
                self.tries_again += 1
            time.sleep(PAUSE_S)
        with self.lock:
            self.given_up += 1
        return None

    def uploaders_work(self, number):
        source = random.Random(f"upload {number}")
        while not self.stopping.is_set():
            data = self.picture + source.randbytes(source.randrange(1_000, LARGEST_PADDING_BYTES))
            name = f"fault-{number}-{source.randrange(10**9)}.jpg"
            answer = self.ask("upload", lambda: self.api.upload(name, data), (200, 201))
            if answer is not None:
                with self.lock:
                    self.uploads[harness.sha1_hex(data)] = answer.json()["id"]

    def editors_work(self, number):
        """Each editor has its own assets, so that it knows in which order its changes were made."""
        source, counter = random.Random(f"edit {number}"), 0
        while not self.stopping.is_set():
            with self.lock:
                mine = [asset for asset in self.uploads.values() if int(asset[:2], 16) % self.counts["editor"] == number]
            if not mine:
                time.sleep(PAUSE_S)
                continue
            asset, counter = source.choice(mine), counter + 1
            description = f"edit-{number}-{counter}-of-{asset}"
            with self.lock:
                self.descriptions.setdefault(asset, []).append(description)
            answer = self.ask("edit", lambda: self.api.put(f"/assets/{asset}", {"description": description}), (200,))
            if answer is not None:
                with self.lock:
                    self.acknowledged_edits.append(description)
                    self.descriptions[asset] = [description]

    def readers_work(self, number):
        source = random.Random(f"read {number}")
        while not self.stopping.is_set():
            with self.lock:
                known = list(self.uploads.values())
            path = "/timeline/buckets"
            if known and source.random() < 0.7:
                path = f"/assets/{source.choice(known)}"
            self.ask("read", lambda: self.api.get(path), (200,))
