#!/usr/bin/env python3
"""Bad input over HTTP: each gets a clear answer, and leaves no file and no row behind.

Usage: bad_input.py BASE_URL PHOTOS_DIR [DATA_DIR]

PHOTOS_DIR was made by tests/photos/make. With the server's DATA_DIR its media folder is searched for stray files."""

import json
import pathlib
import random
import socket
import sys
import time

import harness
from harness import Api, Checks, multipart, sha1_hex

UNKNOWN_ID = "0b7a9d3e-52b4-4f7d-9c0b-3f0f6d0f1a11"
# How long the leftovers of a broken upload may lie before they count as strays.
CLEAN_UP_TIMEOUT_S = 15
JSON_LIMIT_BYTES = 10 * 1024 * 1024
FIELD_LIMIT_BYTES = 1024 * 1024
# Between the size of a header that servers take and one that they must refuse.
LARGE_HEADER_BYTES = 1024 * 1024


def small_jpeg(photos, salt):
    """A real photo, made unlike all others by bytes behind its end."""
    return (photos / "library/jpeg/tiny.jpg").read_bytes() + b"\0salt " + salt.encode()


class BadInput:
    """The user whose requests are bad, another one with a photo of their own, and what was accepted so far."""

    def __init__(self, base, photos, data):
        self.checks = Checks()
        self.base, self.photos, self.data = base, photos, data
        self.admin = harness.sign_up_or_log_in(base)
        self.api, self.user_id = harness.add_user(self.admin, "careless")
        self.other, self.other_id = harness.add_user(self.admin, "other")
        self.other_asset = self.other.upload("theirs.jpg", small_jpeg(photos, "theirs")).json()["id"]
        self.other_video = self.other.upload("theirs.mp4", (photos / "library/video/dated.mp4").read_bytes()).json()["id"]
        self.accepted = set()

    def accept(self, answer, what):
        """An upload that must be created."""
        body = answer.json() or {}
        if self.checks.that(answer.status == 201 and body.get("status") == "created", what, f"{answer.status} {answer.text()[:300]}"):
            self.accepted.add(body["id"])
            return body["id"]
        return None

    def nothing_left(self, what):
        """The user's assets are those that were accepted, and no other file lies in the media folder."""
        assets = harness.all_assets(self.api)
        self.checks.equal({a["id"] for a in assets} - self.accepted, set(), f"no asset is left behind by {what}")
        if self.data:
            def stray():
                return harness.stray_files(self.data, harness.all_assets(self.api), self.user_id)
            harness.wait_until(lambda: not stray(), CLEAN_UP_TIMEOUT_S, "stray files to go")
            self.checks.equal(stray(), [], f"no file is left behind by {what}")

    # Uploads

    def broken_forms(self):
        checks, api, jpeg = self.checks, self.api, small_jpeg(self.photos, "forms")
        checks.refused(api.upload("empty.jpg", b""), 400, "File is empty", "an empty file")
        checks.refused(api.upload("program.exe", b"MZ"), 400, "Unsupported file type program.exe", "an unsupported file")
        checks.refused(api.upload("noextension", jpeg), 400, "Unsupported file type noextension", "a file without an extension")
        dates = [("fileCreatedAt", "2024-01-01T10:00:00.000Z"), ("fileModifiedAt", "2024-01-01T10:00:00.000Z")]

        def form(fields, files):
            kind, body = multipart(fields, files)
            return api.call("POST", "/assets", raw=body, headers={"Content-Type": kind})

        file = ("assetData", "photo.jpg", jpeg)
        checks.refused(form(dates, []), 400, "Field(s) assetData should not be empty", "a form without a file")
        checks.invalid(form(dates[1:], [file]), ["fileCreatedAt"], "Invalid input", "a form without fileCreatedAt")
        checks.invalid(form(dates[:1], [file]), ["fileModifiedAt"], "Invalid input", "a form without fileModifiedAt")
        checks.invalid(form([("fileCreatedAt", "yesterday"), dates[1]], [file]), ["fileCreatedAt"], "Invalid", "a date that is none")
        checks.invalid(form([("fileCreatedAt", "2024-01-01T10:00:00"), dates[1]], [file]), ["fileCreatedAt"], "Invalid", "a date without offset")
        for name, value in (("isFavorite", "maybe"), ("visibility", "everywhere"), ("livePhotoVideoId", "video"), ("duration", "long")):
            checks.invalid(form([*dates, (name, value)], [file]), [name], "Invalid", f"{name}={value}")
        answer = form([*dates, ("metadata", "{not json")], [file])
        checks.that(answer.status == 400 and "message" in (answer.json() or {}), "metadata that is no JSON", f"{answer.status} {answer.text()[:200]}")
        answer = form(dates, [file, ("assetData", "second.jpg", jpeg + b"2")])
        checks.refused(answer, 400, None, "two files in one form")
        answer = form([*dates, ("metadata", "x" * (2 * FIELD_LIMIT_BYTES))], [file])
        checks.that(answer.status in (400, 413) and "message" in (answer.json() or {}), "a field of 2 MB", f"{answer.status} {answer.text()[:200]}")
        answer = form(dates, [file, ("sidecarData", "notes.txt", b"no xmp")])
        checks.refused(answer, 400, "Unsupported file type notes.txt", "a sidecar that is no XMP")
        kind, body = multipart(dates, [file])
        checks.refused(api.call("POST", "/assets", raw=body, headers={"Content-Type": "multipart/form-data"}), 400, None, "a form without its boundary")
        checks.refused(api.call("POST", "/assets", raw=body[:-40], headers={"Content-Type": kind}), 400, None, "a form without its end")
        answer = api.post("/assets", {"assetData": "text"})
        checks.that(answer.status == 400 and "message" in (answer.json() or {}), "JSON in place of a form", f"{answer.status} {answer.text()[:200]}")
        self.nothing_left("broken forms")

    def checksums(self):
        checks, api = self.checks, self.api
        data = small_jpeg(self.photos, "checksum")
        checks.that("x-immich-checksum" not in api.headers, "a missing checksum is the usual case")
        first = self.accept(api.upload("checksum.jpg", data), "an upload without a checksum")
        answer = api.upload("checksum.jpg", data, headers={"x-immich-checksum": sha1_hex(data)})
        checks.equal((answer.status, answer.json()), (200, {"id": first, "status": "duplicate"}), "a right checksum finds the duplicate")
        for what, value in (("a wrong checksum", "ab" * 20), ("a checksum that is none", "zz"), ("a checksum of 28 odd characters", "!" * 28)):
            other = small_jpeg(self.photos, what)
            answer = api.upload("wrong.jpg", other, headers={"x-immich-checksum": value})
            asset_id = self.accept(answer, f"{what}: the file is kept under its own")
            found = api.must("POST", "/assets/bulk-upload-check", {"assets": [{"id": "x", "checksum": sha1_hex(other)}]})
            checks.equal(found["results"][0].get("assetId"), asset_id, f"{what}: the stored one is that of the bytes")
        for what, value in (("no text", 5), ("a short one", "abc")):
            answer = api.post("/assets/bulk-upload-check", {"assets": [{"id": "x", "checksum": value}]})
            checks.that(answer.status in (200, 400) and answer.json() is not None, f"bulk check with {what}", f"{answer.status} {answer.text()[:200]}")
        self.nothing_left("wrong checksums")

    def cut_off(self):
        """Uploads whose connection ends half-way, with a length and in chunks, at several places."""
        checks = self.checks
        data = random.Random(7).randbytes(3_000_000)
        kind, body = multipart([("fileCreatedAt", "2024-01-01T10:00:00.000Z"), ("fileModifiedAt", "2024-01-01T10:00:00.000Z")],
                               [("assetData", "cut.jpg", data)])
        authorization = self.api.headers["Authorization"]
        head = f"POST /api/assets HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Type: {kind}\r\n"
        for part in (0, 0.01, 0.5, 0.999):
            send = body[:int(len(body) * part)]
            self.send_and_hang_up(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + send)
            chunk = f"{len(send):x}\r\n".encode() + send + b"\r\n" if send else b""
            self.send_and_hang_up(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk)
        self.send_and_hang_up(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:2_000_000], reset=True)
        checks.that(self.api.get("/server/ping").status == 200, "the server goes on after uploads that were cut off")
        self.nothing_left("uploads that were cut off")

    def send_and_hang_up(self, data, reset=False):
        with socket.create_connection((self.api.host, self.api.port), timeout=harness.REQUEST_TIMEOUT_S) as connection:
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(data)
            time.sleep(0.1)

    def at_once(self):
        data = small_jpeg(self.photos, "at once")
        answers = harness.in_parallel([lambda: self.api.upload("same.jpg", data)] * 12, 12)
        statuses = sorted(getattr(answer, "status", repr(answer)) for answer in answers)
        ids = {answer.json()["id"] for answer in answers if getattr(answer, "status", 0) in (200, 201)}
        self.checks.equal(statuses, [200] * 11 + [201], "twelve uploads of one file at once: one is created, the others are duplicates")
        self.checks.equal(len(ids), 1, "and all get the same id")
        self.accepted |= ids
        self.nothing_left("uploads at once")

    def names(self):
        checks, api = self.checks, self.api
        cases = {
            "parent folders": ("../../../../etc/cron.d/evil.jpg", "evil.jpg"),
            "an absolute path": ("/etc/evil-absolute.jpg", "evil-absolute.jpg"),
            "emoji and accents": ("🏖️ Ünï cödé 写真.jpg", "🏖️ Ünï cödé 写真.jpg"),
            "quotes and spaces": (" it's a; name=x .jpg", None),
            "a backslash": ("..\\..\\windows.jpg", None),
            "300 characters": ("n" * 296 + ".jpg", None),
            "NUL": ("nul\0byte.jpg", None),
            "control characters": ("bell\x07tab\t.jpg", None),
            "only an extension": (".jpg", None),
            "right to left": ("\u202egpj.jpg", None),
        }
        for what, (name, expected) in cases.items():
            answer = api.upload(name, small_jpeg(self.photos, what))
            if answer.status == 400 and expected is None:
                checks.refused(answer, 400, None, f"a name with {what} is refused")
                continue
            asset_id = self.accept(answer, f"a name with {what} is taken")
            if asset_id:
                self.kept_name(what, asset_id, expected)
        answer = api.upload("x." + "j" * 300, small_jpeg(self.photos, "extension"))
        checks.refused(answer, 400, None, "an extension of 300 characters")
        answer = api.upload("part.jpg", small_jpeg(self.photos, "field"), filename="../../field.jpg")
        asset_id = self.accept(answer, "a filename field with parent folders")
        if asset_id:
            self.kept_name("the filename field", asset_id, "field.jpg")
        self.nothing_left("odd names")

    def kept_name(self, what, asset_id, expected):
        """The name is kept as a name, never as a path, and the file lies where files lie."""
        asset = self.api.must("GET", f"/assets/{asset_id}")
        name = asset["originalFileName"]
        self.checks.that("/" not in name and "\0" not in name and (expected is None or name == expected),
                         f"the name with {what} is kept as a name", f"{name!r}, expected {expected!r}")
        path = pathlib.PurePath(asset["originalPath"])
        self.checks.that(".." not in path.parts and f"upload/{self.user_id}/" in str(path), f"the file with {what} lies in its folder", str(path))
        answer = self.api.get(f"/assets/{asset_id}/original")
        safe = "\n" not in answer.headers.get("Content-Disposition", "")
        self.checks.that(answer.status == 200 and safe, f"the file with {what} can be fetched", answer.status)

    def live_photos_and_quota(self):
        checks, api, jpeg = self.checks, self.api, small_jpeg(self.photos, "live")
        checks.refused(api.upload("live.jpg", jpeg, livePhotoVideoId=UNKNOWN_ID), 400, "Live photo video not found", "an unknown live photo video")
        image = self.accept(api.upload("still.jpg", small_jpeg(self.photos, "still")), "a still")
        checks.refused(api.upload("live.jpg", jpeg, livePhotoVideoId=image), 400, "Live photo video must be a video", "a still as live photo video")
        checks.refused(api.upload("live.jpg", jpeg, livePhotoVideoId=self.other_video), 400, "Live photo video does not belong to the user",
                       "another's live photo video")
        limited, limited_id = harness.add_user(self.admin, "limited")
        self.admin.must("PUT", f"/admin/users/{limited_id}", {"quotaSizeInBytes": len(jpeg) - 1})
        checks.refused(limited.upload("big.jpg", jpeg), 400, "Quota has been exceeded!", "an upload beyond the quota")
        checks.equal(harness.all_assets(limited), [], "leaves no asset")
        if self.data:
            checks.equal(harness.stray_files(self.data, [], limited_id), [], "and no file")
        self.nothing_left("live photos that cannot be")

    def hostile_files(self):
        """Broken and malicious files cost a failed attempt each and nothing else."""
        checks, api = self.checks, self.api
        manifest = json.loads((self.photos / "manifest.json").read_text(encoding="utf-8"))["hostile"]
        uploaded = {}
        for entry in manifest:
            path = self.photos / entry["path"]
            answer = api.upload(path.name, path.read_bytes())
            if entry["upload"] == "accept":
                uploaded[path.name] = self.accept(answer, f"{path.name} ({entry['why']}) is taken as it is")
            else:
                checks.refused(answer, 400, None, f"{path.name} ({entry['why']}) is refused")
        good = self.accept(api.upload("good.jpg", small_jpeg(self.photos, "behind the hostile ones")), "a good photo behind them")
        seen = harness.wait_until(lambda: api.must("GET", f"/assets/{good}")["thumbhash"], harness.WORK_TIMEOUT_S, "the good photo's preview")
        checks.that(seen, "and it gets its preview, whatever came before")
        undecodable = ("only-magic.jpg", "text.jpg", "bomb-header.jpg", "truncated.heic", "loop.tif", "noise.gif")
        for name in undecodable:
            if uploaded.get(name):
                answer = api.get(f"/assets/{uploaded[name]}/thumbnail")
                checks.refused(answer, 404, "Asset media not found", f"{name} has no thumbnail")
                answer = api.get(f"/assets/{uploaded[name]}/original")
                checks.that(answer.status == 200 and answer.body == (self.photos / "hostile" / name).read_bytes(), f"{name} comes back as it was")
        self.no_secrets(uploaded.get("reads-a-file.svg"))
        checks.that(api.get("/server/ping").status == 200, "the server goes on after hostile files")
        self.nothing_left("hostile files")

    def no_secrets(self, svg):
        """A picture that names a file of the server shows nothing of it."""
        if svg:
            answer = self.api.get(f"/assets/{svg}/thumbnail?size=preview")
            self.checks.that(b"root:" not in answer.body, "a picture that names a file of the server does not show it")

    # JSON and queries

    def broken_json(self):
        checks, api = self.checks, self.api
        asset = next(iter(self.accepted))
        path = f"/assets/{asset}"
        before = api.must("GET", path)
        text = {"Content-Type": "application/json"}
        for what, raw in (("malformed JSON", b'{"rating": 5'), ("no JSON at all", b"rating=5"), ("broken UTF-8", b'{"description": "\xff\xfe"}'),
                          ("100,000 brackets", b"[" * 100_000), ("a lone surrogate", b'{"description": "\\ud800"}'),
                          ("a number beyond all bounds", b'{"latitude": 1e999, "longitude": 0}')):
            answer = api.call("PUT", path, raw=raw, headers=text)
            body = answer.json()
            right = answer.status == 400 and isinstance(body, dict) and isinstance(body.get("message"), str)
            checks.that(right, what, f"{answer.status} {answer.text()[:200]}")
        answer = api.call("PUT", path, raw=b'{"description": "' + b"x" * (JSON_LIMIT_BYTES + 1) + b'"}', headers=text)
        checks.that(answer.status in (400, 413) and "message" in (answer.json() or {}), "JSON over 10 MB", f"{answer.status} {answer.text()[:200]}")
        checks.invalid(api.call("PUT", path, raw=b"[]", headers=text), [], "Invalid input: expected object", "an array in place of an object")
        for field, value, message in (
                ("rating", "five", "Invalid input"), ("rating", 1.5, "Invalid input: expected int"), ("rating", 6, "Too big"),
                ("isFavorite", "true", "Invalid input"), ("description", 5, "Invalid input"), ("description", None, "Invalid input"),
                ("visibility", "everywhere", 'Invalid option: expected one of "archive"|"timeline"|"hidden"|"locked"'), ("livePhotoVideoId", "x", "Invalid UUID"),
                ("latitude", 91, "Too big"), ("longitude", -181, "Too small")):
            body = {field: value}
            if field in ("latitude", "longitude"):
                body = {"latitude": 0, "longitude": 0, field: value}
            checks.invalid(api.put(path, body), [field], message, f"{field} = {value!r}")
        answer = api.put(path, {"description": "a\0b"})
        checks.that(answer.status in (200, 400), "NUL in a text", f"{answer.status} {answer.text()[:200]}")
        if answer.status == 200:
            api.must("PUT", path, {"description": ""})
        answer = api.put(path, {"deviceAssetId": "old client", "__proto__": {"isAdmin": True}, "isFavorite": False})
        checks.equal(answer.status, 200, "unknown fields are left out silently")
        after = api.must("GET", path)
        for volatile in ("updatedAt",):
            before.pop(volatile), after.pop(volatile)
        checks.equal(after, before, "none of this changed the photo")

    def broken_ids_and_queries(self):
        checks, api = self.checks, self.api
        for what, asset_id in (("no UUID", "nonsense"), ("a UUID of version 1", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"), ("NUL", "%00"), ("an encoded path", "..%2f..%2fetc")):
            checks.invalid(api.get(f"/assets/{asset_id}"), ["id"], "Invalid UUID", f"an id with {what}")
        checks.refused(api.get(f"/assets/{UNKNOWN_ID}"), 400, "Not found or no asset.read access", "an unknown id")
        checks.invalid(api.put("/assets", {"ids": ["x"], "isFavorite": True}), ["ids", 0], "Invalid UUID", "a bad id in a list")
        checks.invalid(api.put("/assets", {"isFavorite": True}), ["ids"], "Invalid input: expected array, received undefined", "a list that is missing")
        for query, field in (("isFavorite=1", "isFavorite"), ("isTrashed=yes", "isTrashed"), ("visibility=all", "visibility"), ("order=up", "order"), ("userId=me", "userId")):
            checks.invalid(api.get(f"/timeline/buckets?{query}"), [field], "Invalid", f"timeline with {query}")
        checks.equal(api.get("/timeline/buckets?unknown=1").status, 200, "an unknown query key is ignored")
        for bucket in ("", "?timeBucket=", "?timeBucket=soon", "?timeBucket=2024-13-45"):
            answer = api.get(f"/timeline/bucket{bucket}")
            checks.that(answer.status == 400 and "message" in (answer.json() or {}), f"a bucket named {bucket!r}", f"{answer.status} {answer.text()[:200]}")
        for body, field in (({"page": 0}, "page"), ({"page": -1}, "page"), ({"size": 0}, "size"), ({"size": 1001}, "size"), ({"takenAfter": "soon"}, "takenAfter"),
                            ({"type": "FILM"}, "type"), ({"isFavorite": "x"}, "isFavorite")):
            checks.invalid(api.post("/search/metadata", body), [field], "", f"search with {body}")
        checks.refused(api.post("/server/ping", {}), 404, "Not Found", "a method that is not there")
        checks.refused(api.get("/no/such/route"), 404, "Not Found", "a route that is not there")
        checks.refused(api.get("/assets/../../etc/passwd"), 404, "Not Found", "a path out of the API")
        status = harness.answer_or_end(lambda: api.call("GET", "/server/ping", headers={"X-Large": "x" * LARGE_HEADER_BYTES}))
        checks.that(status in (400, 431, "closed"), "a header of 1 MB", status)
        asset = next(iter(self.accepted))
        for range_header in ("bytes=abc", "bytes=-0", "bytes=9999999999-", "bytes=5-2", "lines=1-2", "bytes=0-0,2-2,4-4"):
            answer = api.get(f"/assets/{asset}/original", headers={"Range": range_header})
            checks.that(answer.status in (200, 206, 416), f"Range: {range_header}", f"{answer.status} {answer.text()[:100]}")

    def others_ids(self):
        """Every operation on an asset, tried on another user's."""
        checks, api, theirs = self.checks, self.api, self.other_asset
        before = self.other.must("GET", f"/assets/{theirs}")
        mine = next(iter(self.accepted))

        def no(permission):
            return f"Not found or no {permission} access"

        cases = [
            ("GET", f"/assets/{theirs}", None, 400, no("asset.read")),
            ("GET", f"/assets/{theirs}/thumbnail", None, 400, no("asset.view")),
            ("GET", f"/assets/{theirs}/original", None, 404, "Not Found"),
            ("GET", f"/assets/{self.other_video}/video/playback", None, 404, "Not Found"),
            ("GET", f"/assets/{theirs}/metadata", None, 400, no("asset.read")),
            ("PUT", f"/assets/{theirs}", {"isFavorite": True}, 400, no("asset.update")),
            ("PUT", "/assets", {"ids": [mine, theirs], "isFavorite": True}, 400, no("asset.update")),
            ("PUT", f"/assets/{theirs}/metadata", {"items": [{"key": "k", "value": {}}]}, 400, no("asset.update")),
            ("PUT", "/assets/copy", {"sourceId": theirs, "targetId": mine}, 400, no("asset.copy")),
            ("POST", "/assets/jobs", {"assetIds": [theirs], "name": "refresh-metadata"}, 400, no("asset.update")),
            ("POST", "/trash/restore/assets", {"ids": [theirs]}, 400, no("asset.delete")),
            ("DELETE", "/assets", {"ids": [mine, theirs], "force": True}, 400, no("asset.delete")),
            ("GET", f"/timeline/buckets?userId={self.other_id}", None, 400, no("timeline.read")),
            ("GET", f"/timeline/bucket?timeBucket=2024-01-01&userId={self.other_id}", None, 400, no("timeline.read")),
            ("GET", f"/timeline/buckets?userId={self.other_id}&visibility=archive", None, 400, no("archive.read")),
        ]
        for method, path, body, status, message in cases:
            checks.refused(api.call(method, path, body), status, message, f"another's: {method} {path.split('?')[0].replace(theirs, 'ID')}")
        key = self.other.must("POST", "/api-keys", {"permissions": ["all"]}, 201)["apiKey"]["id"]
        for method, body in (("GET", None), ("PUT", {"name": "mine"}), ("DELETE", None)):
            checks.refused(api.call(method, f"/api-keys/{key}", body), 400, "API Key not found", f"another's API key: {method}")
        session = self.other.must("GET", "/sessions")[0]["id"]
        checks.refused(api.delete(f"/sessions/{session}"), 400, no("authDevice.delete"), "another's session")
        for method, path in (("GET", "/admin/users"), ("DELETE", f"/admin/users/{self.other_id}"), ("GET", "/server/statistics")):
            checks.refused(api.call(method, path), 403, "Forbidden", f"for administrators: {method} {path.replace(self.other_id, 'ID')}")
        checks.refused(Api(self.base).get(f"/assets/{theirs}"), 401, "Authentication required", "another's photo, without log-in")
        checks.equal(self.other.must("GET", f"/assets/{theirs}"), before, "none of this changed the other's photo")
        checks.equal(api.must("GET", f"/assets/{mine}")["isTrashed"], False, "and none of it half-way the own one")
        checks.equal(len(self.other.must("GET", "/sessions")) > 0, True, "nor the other's sessions")

    def the_end(self):
        assets = harness.all_assets(self.api)
        self.checks.equal({asset["id"] for asset in assets}, self.accepted, "exactly the accepted uploads are there")
        usage = self.admin.must("GET", "/server/statistics")["usageByUser"]
        mine = next(row for row in usage if row["userId"] == self.user_id)
        self.checks.equal(mine["usage"], sum(asset["exifInfo"]["fileSizeInByte"] for asset in assets), "and the usage is their size")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    data = pathlib.Path(sys.argv[3]) if len(sys.argv) == 4 else None
    test = BadInput(sys.argv[1], pathlib.Path(sys.argv[2]), data)
    if data is None:
        print("skipped no DATA_DIR was given: stray files are not looked for")
    for part in (test.broken_forms, test.checksums, test.cut_off, test.at_once, test.names, test.live_photos_and_quota,
                 test.hostile_files, test.broken_json, test.broken_ids_and_queries, test.others_ids, test.the_end):
        print(f"# {part.__name__.replace('_', ' ')}", flush=True)
        part()
    test.checks.finish()


if __name__ == "__main__":
    main()
