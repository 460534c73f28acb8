#!/usr/bin/env python3
"""A full disk: the upload is refused clearly, leaves nothing, harms nothing, and works again when there is room.

Usage: full_disk.py PHOTOS_DIR      (as root: a small tmpfs becomes the media folder of a server of its own)"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

import harness
from harness import Checks, Server

DISK_BYTES = 32 * 1024 * 1024
FILE_BYTES = 5 * 1024 * 1024
CLEAN_UP_TIMEOUT_S = 30


def mount_small_disk(folder):
    folder.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "albumen-test", str(folder)], capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr.strip()


def fill(checks, api, photos):
    """Uploads until the disk is full; returns the ids that were created and the first refusal."""
    tiny = (photos / "library/jpeg/tiny.jpg").read_bytes()
    created = []
    for number in range(DISK_BYTES // FILE_BYTES + 2):
        answer = api.upload(f"large-{number}.jpg", tiny + random.Random(number).randbytes(FILE_BYTES))
        if answer.status != 201:
            return created, answer
        created.append(answer.json()["id"])
    checks.that(False, "the disk fills up")
    return created, None


def exercise(checks, server, photos):
    admin = harness.sign_up_or_log_in(server.base)
    api, user_id = harness.add_user(admin, "full")
    created, refusal = fill(checks, api, photos)
    if refusal is None:
        return
    body = refusal.json()
    shape = isinstance(body, dict) and set(body) == {"message"} and body["message"]
    checks.that(refusal.status in (500, 507) and shape, f"a full disk is a clear refusal: {refusal.status} {refusal.text()[:200]}")
    checks.equal(api.get("/server/ping").status, 200, "the server goes on")
    checks.equal({asset["id"] for asset in harness.all_assets(api)}, set(created), "no asset is left behind")

    def stray():
        return harness.stray_files(server.data, harness.all_assets(api), user_id)
    harness.wait_until(lambda: not stray(), CLEAN_UP_TIMEOUT_S, "stray files to go")
    checks.equal(stray(), [], "no file is left behind")
    intact = all(len(api.get(f"/assets/{one}/original").body) > FILE_BYTES for one in created)
    checks.that(intact, f"the {len(created)} earlier uploads are whole")
    api.must("DELETE", "/assets", {"ids": created[:2], "force": True}, 204)

    def room():
        status = os.statvfs(server.data / "media")
        return status.f_bavail * status.f_frsize > FILE_BYTES * 3 // 2
    harness.wait_until(room, CLEAN_UP_TIMEOUT_S, "deleted files to make room")
    checks.that(room(), "deleting photos makes room")
    answer = api.upload("after.jpg", random.Random("after").randbytes(FILE_BYTES))
    checks.equal(answer.status, 201, "and uploads work again")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    photos = pathlib.Path(sys.argv[1])
    if os.geteuid() != 0:
        print("skipped a full disk: only root can mount a small one")
        return
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="albumen-full-disk-") as folder:
        os.chmod(folder, 0o755)
        data = pathlib.Path(folder) / "data"
        mounted, why = mount_small_disk(data / "media")
        if not mounted:
            print(f"skipped a full disk: this root cannot mount a small one ({why})")
            return
        server = Server(data)
        try:
            server.start()
            exercise(checks, server, photos)
        finally:
            server.clean_up(keep_log=bool(checks.failed))
            subprocess.run(["umount", str(data / "media")], check=False)
    checks.finish()


if __name__ == "__main__":
    main()
