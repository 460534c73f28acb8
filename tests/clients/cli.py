#!/usr/bin/env python3
"""The official command line uploads a folder, once and again, and the library is as its files say.

Usage: cli.py BASE_URL PHOTOS_DIR NODE_MODULES      (PHOTOS_DIR was made by tests/photos/make)"""

import base64
import collections
import datetime
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

import harness
from harness import Checks

# Not among the formats that previews are promised for.
WITHOUT_PREVIEW = (".svg", ".bmp")
THUMBNAIL_SIDE, PREVIEW_SIDE = 250, 1440
PLACE_TOLERANCE_DEGREES = 1e-4
# A container states a duration in whole frames.
DURATION_TOLERANCE_MS = 110


class CommandLine:
    """`immich`, with a configuration folder of its own."""

    def __init__(self, node_modules, configuration):
        modules = pathlib.Path(node_modules)
        self.command = [modules / "node/bin/node", modules / ".bin/immich"]
        names = ("IMMICH_INSTANCE_URL", "IMMICH_API_KEY")
        kept = {name: value for name, value in os.environ.items() if name not in names}
        self.environment = {**kept, "IMMICH_CONFIG_DIR": str(configuration)}

    def run(self, *arguments):
        done = subprocess.run([*map(str, self.command), *map(str, arguments)], env=self.environment, capture_output=True,
                              text=True, timeout=harness.WORK_TIMEOUT_S, check=False)
        return done.returncode, done.stdout + done.stderr


def supported_files(folder, suffixes):
    """The files a client uploads, by checksum; two copies count once."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in suffixes:
            found.setdefault(checksum_of(path), path)
    return found


def checksum_of(path):
    return base64.b64encode(hashlib.sha1(path.read_bytes(), usedforsecurity=False).digest()).decode()


def log_in(checks, command_line, base, secret):
    status, output = command_line.run("login-key", base, "wrong-key")
    checks.that(status != 0, "the command line refuses to log in with a wrong key", output)
    status, output = command_line.run("login-key", base, secret)
    checks.equal(status, 0, f"the command line logs in {output.strip()[-200:] if status else ''}".strip())
    status, output = command_line.run("server-info")
    checks.that(status == 0 and "3.1.0" in output, "the command line reads the server's version", output)


def upload_twice(checks, command_line, api, library, expected):
    status, output = command_line.run("upload", "--recursive", "--no-progress", "--concurrency", 4, library)
    checks.equal(status, 0, f"the command line uploads a folder {output[-500:] if status else ''}".strip())
    assets = harness.all_assets(api)
    found = collections.Counter(asset["checksum"] for asset in assets)
    missing = [str(path) for checksum, path in expected.items() if checksum not in found]
    checks.equal(missing, [], "every supported file is there")
    checks.equal(len(assets), len(expected), "and nothing else: copies are one asset")
    status, output = command_line.run("upload", "--recursive", "--no-progress", library)
    checks.equal(status, 0, "the command line uploads the folder again")
    again = harness.all_assets(api)
    checks.equal({asset["id"] for asset in again}, {asset["id"] for asset in assets}, "and nothing is uploaded twice")
    status, output = command_line.run("upload", "--recursive", "--no-progress", "--skip-hash", library / "png")
    checks.equal(status, 0, "the command line uploads without asking first")
    checks.equal(len(harness.all_assets(api)), len(expected), "and the server finds the duplicates itself")


def wait_for_previews(api, names):
    """All assets by file name, once those that should have previews do."""
    def unfinished():
        return [a["originalFileName"] for a in harness.all_assets(api)
                if a["originalFileName"] in names and not a["thumbhash"] and a["visibility"] != "hidden"]
    harness.wait_until(lambda: not unfinished(), harness.WORK_TIMEOUT_S, "previews")
    return unfinished()


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def facts_hold(checks, name, entry, asset):
    """Compares one asset with what its file says; prints one line for all facts."""
    exif = asset["exifInfo"]
    wrong = []

    def fact(key, found, right):
        if key in entry and not right(entry[key]):
            wrong.append(f"{key} is {found!r}, the file says {entry[key]!r}")

    def same(key, found):
        fact(key, found, lambda expected: found == expected)

    for key in ("width", "height", "type"):
        same(key, asset[key])
    for key in ("make", "model", "lensModel", "fNumber", "iso", "exposureTime", "focalLength", "rating", "description", "timeZone"):
        same(key, exif[key])
    for key in ("latitude", "longitude"):
        near = lambda expected, key=key: exif[key] == expected or (  # noqa: E731
            None not in (exif[key], expected) and abs(exif[key] - expected) < PLACE_TOLERANCE_DEGREES)
        fact(key, exif[key], near)
    fact("dateTimeOriginal", exif["dateTimeOriginal"],
         lambda expected: exif["dateTimeOriginal"] and instant(exif["dateTimeOriginal"]) == instant(expected))
    if "dateTimeOriginal" in entry:
        same_instant = instant(asset["fileCreatedAt"]) == instant(entry["dateTimeOriginal"])
        if not same_instant:
            wrong.append(f"fileCreatedAt is {asset['fileCreatedAt']}, not {entry['dateTimeOriginal']}")
    same("localDateTime", asset["localDateTime"])
    same("fileModifiedAt", asset["fileModifiedAt"])
    fact("orientation", exif["orientation"], lambda expected: exif["orientation"] == str(expected))
    fact("duration", asset["duration"],
         lambda expected: asset["duration"] is not None and abs(asset["duration"] - expected) <= DURATION_TOLERANCE_MS)
    # Tags are read and kept; they are shown when the group "Tags" of the API is built.
    if exif["fileSizeInByte"] != entry["bytes"]:
        wrong.append(f"fileSizeInByte is {exif['fileSizeInByte']}, not {entry['bytes']}")
    checks.equal(wrong, [], f"the facts of {name}")


def library_is_right(checks, api, photos, manifest, by_name):
    for entry in manifest:
        name = pathlib.PurePath(entry["path"]).name
        asset = api.must("GET", f"/assets/{by_name[name]['id']}") if name in by_name else None
        if checks.that(asset is not None, f"{name} is in the library"):
            facts_hold(checks, name, entry, asset)
    undated = api.must("GET", f"/assets/{by_name['plain-no-date.jpg']['id']}")
    modified = next(entry["fileModifiedAt"] for entry in manifest if entry["path"].endswith("plain-no-date.jpg"))
    checks.equal(undated["fileCreatedAt"], modified, "a photo without a date has that of its file")
    berlin = api.must("GET", f"/assets/{by_name['gps-berlin.jpg']['id']}")["exifInfo"]
    # The city's own quarter is the nearest place that the data set knows.
    checks.equal((berlin["state"], berlin["country"]), ("Berlin", "Germany"), "a place has a name")
    still = api.must("GET", f"/assets/{by_name['IMG_0001.JPG']['id']}")
    checks.equal(still["livePhotoVideoId"], by_name["IMG_0001.MOV"]["id"], "a live photo knows its video")
    film = api.must("GET", f"/assets/{by_name['IMG_0001.MOV']['id']}")
    checks.equal(film["visibility"], "hidden", "and the video is hidden")


def webp_size(data):
    """Width and height of a WebP, or None where it is none."""
    kind = data[12:16]
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def jpeg_size(data):
    """Width and height of a JPEG, or None where it is none."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 < len(data):
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        if marker in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack(">HH", data[at + 5:at + 9])
            return width, height
        at += 2 + length
    return None


def expected_size(width, height, side):
    """The size of a derivative: its shorter side is `side`, or the original's where that is smaller."""
    scale = min(1, side / min(width, height))
    return width * scale, height * scale


def previews_are_right(checks, api, assets):
    wrong = []
    for asset in assets:
        if asset["originalFileName"].endswith(".dng"):
            continue  # shown by the picture that its camera put into it, which has a size of its own
        for size, side, kind, measure in (("thumbnail", THUMBNAIL_SIDE, "image/webp", webp_size),
                                          ("preview", PREVIEW_SIDE, "image/jpeg", jpeg_size)):
            answer = api.get(f"/assets/{asset['id']}/thumbnail?size={size}")
            found = measure(answer.body)
            wanted = expected_size(asset["width"], asset["height"], side)
            close = found and all(abs(a - b) <= 1 for a, b in zip(found, wanted))
            if answer.status != 200 or answer.headers["Content-Type"] != kind or not close:
                wrong.append(f"{asset['originalFileName']} {size}: {answer.status} {answer.headers['Content-Type']} "
                             f"{found}, expected about {wanted}")
    checks.equal(wrong, [], f"thumbnail and preview of {len(assets)} assets")


def timeline_is_right(checks, api, assets):
    """Buckets and their contents are those of the assets, in order."""
    query = "visibility=timeline&withPartners=true&withStacked=true"
    visible = [asset for asset in assets if asset["visibility"] == "timeline" and not asset["isTrashed"]]
    months = collections.Counter(asset["localDateTime"][:7] + "-01" for asset in visible)
    buckets = api.must("GET", f"/timeline/buckets?{query}")
    expected = [{"timeBucket": month, "count": count} for month, count in sorted(months.items(), reverse=True)]
    checks.equal(buckets, expected, "the timeline's months and counts")
    wrong = []
    for month in months:
        bucket = api.must("GET", f"/timeline/bucket?timeBucket={month}&{query}")
        mine = [asset for asset in visible if asset["localDateTime"].startswith(month[:7])]
        mine.sort(key=lambda asset: (asset["localDateTime"][:10], asset["fileCreatedAt"]), reverse=True)
        keys = [(asset["localDateTime"][:10], asset["fileCreatedAt"]) for asset in mine]
        at = {asset["id"]: key for asset, key in zip(mine, keys)}
        if [at.get(one) for one in bucket["id"]] != keys or len(set(bucket["id"])) != len(keys):
            wrong.append(month)
    checks.equal(wrong, [], "the timeline's contents, in order")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    base, photos, node_modules = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    checks = Checks()
    api, _ = harness.add_user(harness.sign_up_or_log_in(base), "command-line")
    secret = api.must("POST", "/api-keys", {"name": "cli", "permissions": ["all"]}, 201)["secret"]
    types = api.must("GET", "/server/media-types")
    expected = supported_files(photos / "library", {*types["image"], *types["video"]})
    checks.that(len(expected) > 50, f"{len(expected)} distinct supported files to upload")
    with tempfile.TemporaryDirectory() as configuration:
        command_line = CommandLine(node_modules, configuration)
        log_in(checks, command_line, base, secret)
        upload_twice(checks, command_line, api, photos / "library", expected)
    manifest = json.loads((photos / "manifest.json").read_text(encoding="utf-8"))["library"]
    names = {pathlib.PurePath(entry["path"]).name for entry in manifest}
    checks.equal(wait_for_previews(api, {n for n in names if not n.endswith(WITHOUT_PREVIEW)}), [], "every asset gets its previews")
    assets = harness.all_assets(api)
    by_name = {asset["originalFileName"]: asset for asset in assets}
    # Of two copies, the one that arrived first gives the name.
    if "same-photo-again.jpg" in by_name:
        by_name.setdefault("date-only.jpg", by_name["same-photo-again.jpg"])
    library_is_right(checks, api, photos, manifest, by_name)
    previews_are_right(checks, api, [a for a in assets if a["thumbhash"] and a["visibility"] != "hidden"])
    timeline_is_right(checks, api, assets)
    checks.finish()


if __name__ == "__main__":
    main()
