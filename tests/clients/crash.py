#!/usr/bin/env python3
"""kill -9 in the middle of 200 uploads: what was acknowledged is there after the restart, and nothing broken is.

Usage: crash.py PHOTOS_DIR      (starts servers of its own; ALBUMEN_BIN names the program)"""

import pathlib
import random
import sys
import threading

import harness
from harness import Checks, Server, sha1_hex

UPLOADS = 200
# The server dies when about a third is acknowledged: then uploads are in every state at once.
ACKNOWLEDGED_BEFORE_DEATH = 60
# As many are on their way then, and the rest has not begun.
AT_ONCE = 80
CLEAN_UP_TIMEOUT_S = 30
LARGEST_PADDING_BYTES = 400_000


def make_files(photos, round_name):
    """Distinct real photos of different sizes: one small picture with noise behind its end."""
    tiny = (photos / "library/jpeg/tiny.jpg").read_bytes()
    source = random.Random(round_name)
    return [tiny + source.randbytes(source.randrange(1000, LARGEST_PADDING_BYTES)) for _ in range(UPLOADS)]


def upload_until_killed(server, api, files, whole_family):
    """Uploads the files and kills the server on the way; returns {index: id} of what was acknowledged, and the children that are left."""
    acknowledged, left, dies = {}, [], threading.Lock()

    def upload(index):
        answer = api.upload(f"crash-{index:03}.jpg", files[index])
        if answer.status == 201:
            acknowledged[index] = answer.json()["id"]
            # By whoever comes first, and at once: a thread of its own would get its turn when all is over.
            if len(acknowledged) >= ACKNOWLEDGED_BEFORE_DEATH and dies.acquire(blocking=False):
                left.extend(server.kill(whole_family))

    harness.in_parallel([lambda index=index: upload(index) for index in range(len(files))], AT_ONCE)
    return dict(acknowledged), left


def after_the_restart(checks, server, api, user_id, files, acknowledged):
    by_checksum = {sha1_hex(data): index for index, data in enumerate(files)}
    assets = harness.all_assets(api)
    present = {asset["id"] for asset in assets}
    lost = [index for index, asset_id in acknowledged.items() if asset_id not in present]
    checks.equal(lost, [], f"all {len(acknowledged)} acknowledged uploads are there")
    wrong = []
    for asset in assets:
        body = api.get(f"/assets/{asset['id']}/original").body
        index = by_checksum.get(sha1_hex(body))
        if index is None or acknowledged.get(index, asset["id"]) != asset["id"]:
            wrong.append(asset["originalFileName"])
    checks.equal(wrong, [], f"each of {len(assets)} assets has the bytes that were sent "
                            f"({len(assets) - len(acknowledged)} were committed when their answer was lost)")

    stray = []

    def is_clean():
        # Work goes on meanwhile, and a file that is being written has the name of nothing yet.
        stray[:] = harness.stray_files(server.data, harness.all_assets(api), user_id)
        return not stray
    harness.wait_until(is_clean, CLEAN_UP_TIMEOUT_S, "stray files to go")
    checks.equal(stray, [], "no stray file is left")
    answers = harness.in_parallel([lambda i=i: api.upload(f"crash-{i:03}.jpg", files[i]) for i in range(len(files))], 8)
    expected = [200 if index in acknowledged else None for index in range(len(files))]
    statuses = [getattr(answer, "status", repr(answer)) for answer in answers]
    right = all(status == 200 if want else status in (200, 201) for status, want in zip(statuses, expected))
    checks.that(right, "uploading all again finds the acknowledged ones and takes the others", sorted(set(map(str, statuses))))
    checks.equal(len(harness.all_assets(api)), len(files), f"and then there are {len(files)}")


def one_round(checks, photos, server, name, whole_family):
    print(f"# kill -9 of {name}", flush=True)
    files = make_files(photos, name)
    admin = harness.sign_up_or_log_in(server.base)
    api, user_id = harness.add_user(admin, "crash")
    acknowledged, left = upload_until_killed(server, api, files, whole_family)
    checks.equal(left, [], "no child that works on media outlives the server")
    checks.that(ACKNOWLEDGED_BEFORE_DEATH <= len(acknowledged) < UPLOADS, f"the server died after {len(acknowledged)} of {UPLOADS} uploads")
    seconds = server.start()
    checks.that(True, f"it starts again ({seconds:.1f} s)")
    after_the_restart(checks, server, api, user_id, files, acknowledged)
    status, output = harness.albumen(server.data, "log", "verify")
    checks.that(status == 0, "albumen log verify passes", output[-500:])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    photos = pathlib.Path(sys.argv[1])
    checks = Checks()
    with Server() as server:
        one_round(checks, photos, server, "everything, PostgreSQL too", whole_family=True)
        one_round(checks, photos, server, "the first process alone", whole_family=False)
        checks.ends(server)
        checks.finish()


if __name__ == "__main__":
    main()
