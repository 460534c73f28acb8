#!/usr/bin/env python3
"""A trace of system calls: an upload's file and folders reach the disk before its event is committed.

Usage: fsync_order.py PHOTOS_DIR      (starts a server of its own; needs strace and the right to trace)"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import harness
from harness import Checks, Server

CALLS = "fsync,fdatasync,syncfs,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,write,writev,sendto,sendmsg"
# The longest event of an upload, whole: the asset's id must be in what is shown of a write.
SHOWN_BYTES = 65536
ATTACH_TIMEOUT_S = 20
UNFINISHED = re.compile(r"^(\d+)\s+(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$")
CALL = re.compile(r"^(\d+)\s+(\w+)\((.*)$", re.DOTALL)


def unescape(text):
    """strace's \\xNN and octal escapes as the bytes they stand for, one character each."""
    text = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), text)
    return re.sub(r"\\([0-7]{1,3})", lambda match: chr(int(match[1], 8)), text)


def read_calls(lines):
    """(name, arguments) of each call in the order they ended, for what must have happened; writes when they began."""
    calls, open_calls = [], {}
    for line in lines:
        line = line.rstrip("\n")
        unfinished, resumed = UNFINISHED.match(line), RESUMED.match(line)
        if unfinished:
            started = CALL.match(f"{unfinished[1]} {unfinished[2]}")
            if started and is_send(started[2]):
                calls.append((started[2], unescape(started[3])))
            elif started:
                open_calls[unfinished[1]] = (started[2], started[3])
        elif resumed:
            name, arguments = open_calls.pop(resumed[1], (None, None))
            if name:
                calls.append((name, unescape(arguments + resumed[3])))
        else:
            whole = CALL.match(line)
            if whole:
                calls.append((whole[2], unescape(whole[3])))
    return calls


def is_send(name):
    return name in ("write", "writev", "sendto", "sendmsg")


def trace_one_upload(server, api, photos):
    """Attaches strace to the server, uploads one photo, and returns its id and the calls."""
    trace = pathlib.Path(tempfile.mkstemp(prefix="albumen-trace-")[1])
    targets = [argument for pid in server.own_processes() for argument in ("-p", str(pid))]
    command = ["strace", "-f", "-yy", "-xx", "-s", str(SHOWN_BYTES), "-e", f"trace={CALLS}", "-o", str(trace), *targets]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + ATTACH_TIMEOUT_S
    while "attached" not in (line := tracer.stderr.readline()):
        if not line or time.monotonic() > deadline:
            return None, [line]
    answer = api.upload("traced.jpg", (photos / "library/jpeg/tiny.jpg").read_bytes() + b"traced")
    time.sleep(1)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    lines = trace.read_text(errors="replace").splitlines()
    trace.unlink()
    return answer.json()["id"], read_calls(lines)


def position(calls, holds, start=0):
    """The index of the first call that fits, or None."""
    return next((at for at in range(start, len(calls)) if holds(*calls[at])), None)


def socket_of(arguments):
    """The descriptor with what it is connected to, as strace -yy shows it."""
    return arguments.split(",", 1)[0]


def commit_of(calls, asset_id):
    """Where the event of the asset was sent to the database, and where the commit of that transaction."""
    raw_id = "".join(chr(byte) for byte in bytes.fromhex(asset_id.replace("-", "")))

    def names_asset(name, arguments):
        return is_send(name) and "UNIX" in socket_of(arguments) and (asset_id in arguments or raw_id in arguments)

    def commits(connection):
        return lambda name, arguments: is_send(name) and socket_of(arguments) == connection and "COMMIT" in arguments
    pairs = []
    for sent, (name, arguments) in enumerate(calls):
        if names_asset(name, arguments):
            commit = position(calls, commits(socket_of(arguments)), sent)
            if commit is not None:
                pairs.append((sent, commit))
    # The event comes first: read models and work name the asset in transactions that follow it.
    return min(pairs, key=lambda pair: pair[1], default=(None, None))


def is_sync_of(path):
    """Fits a sync of a path, as strace -y shows it: `fsync(7</…/path>)`."""
    return lambda name, arguments: name in ("fsync", "fdatasync") and re.match(r"\d+<(.*?)( \(deleted\))?>", arguments) is not None \
        and re.match(r"\d+<(.*?)( \(deleted\))?>", arguments)[1] == path


def paths_in(arguments):
    """The paths that a rename, link or mkdir names; relative ones with the folder of their descriptor."""
    found = []
    for folder, name in re.findall(r'(?:(?:\d+|AT_FDCWD)<([^>]*)>, )?"([^"]*)"', arguments):
        found.append(name if name.startswith("/") or not folder else f"{folder}/{name}")
    return found


def judge(checks, calls, asset_id, final):
    """The file is synced, then the folder that names it and those that were made, and only then comes the commit."""
    sent, commit = commit_of(calls, asset_id)
    if not checks.that(commit is not None, "the event and its commit are seen", f"event at {sent}, commit at {commit}, {len(calls)} calls"):
        return
    named = position(calls, lambda name, arguments: name.startswith(("rename", "link")) and final in paths_in(arguments)[1:])
    sources = [final] if named is None else [*paths_in(calls[named][1])[:1], final]
    synced = [at for at in (position(calls, is_sync_of(path)) for path in sources) if at is not None]
    unnamed = position(calls, lambda name, arguments: name in ("fsync", "fdatasync") and "(deleted)" in arguments)
    file_at = min(synced) if synced else unnamed
    checks.that(file_at is not None and file_at < commit, "the file is synced before the commit", f"sync at {file_at}, commit at {commit}")
    folder = os.path.dirname(final)
    folder_at = position(calls, is_sync_of(folder), (named if named is not None else -1) + 1)
    checks.that(folder_at is not None and folder_at < commit, "its folder is synced after it was named and before the commit",
                f"named at {named}, sync at {folder_at}, commit at {commit}")
    for at, (name, arguments) in enumerate(calls[:commit]):
        made = paths_in(arguments)[:1] if name.startswith("mkdir") and arguments.rstrip().endswith("= 0") else []
        for path in made:
            if final.startswith(f"{path}/"):
                parent_at = position(calls, is_sync_of(os.path.dirname(path)), at)
                checks.that(parent_at is not None and parent_at < commit, f"the folder above the new {pathlib.PurePath(path).name}/ is synced, too",
                            f"made at {at}, sync at {parent_at}, commit at {commit}")
    answered = position(calls, lambda name, arguments: is_send(name) and "HTTP/1.1 201" in arguments)
    checks.that(answered is not None and answered > commit, "the answer comes after the commit", f"answer at {answered}, commit at {commit}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not shutil.which("strace"):
        print("skipped the trace: strace is not installed")
        return
    photos = pathlib.Path(sys.argv[1])
    checks = Checks()
    with Server() as server:
        api, user_id = harness.add_user(harness.sign_up_or_log_in(server.base), "traced")
        asset_id, calls = trace_one_upload(server, api, photos)
        if asset_id is None:
            print(f"skipped the trace: strace may not attach here ({calls[0].strip()})")
            return
        original = pathlib.PurePath(api.must("GET", f"/assets/{asset_id}")["originalPath"])
        final = next((server.data / "media" / "upload" / user_id).rglob(original.name), None)
        if checks.that(final is not None, "the original lies in the user's folder", str(original)):
            judge(checks, calls, asset_id, str(final.resolve()))
        checks.finish()


if __name__ == "__main__":
    main()
