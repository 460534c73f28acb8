#!/usr/bin/env python3
"""The library as it stood at a moment: `albumen log replay`, and a server that shows it; and one that only shows today's.

Usage: as_of.py PHOTOS_DIR      (starts servers of its own; ALBUMEN_BIN names the program)"""

import http.client
import json
import pathlib
import sys
import time

import harness
from harness import Checks, Server

PICTURES = ["library/jpeg/tiny.jpg", "library/jpeg/plain-no-date.jpg", "library/jpeg/gps-berlin.jpg", "library/png/rgb.png"]
# What is to be done before a library is as it stays; others may wait for what this machine does not have.
AT_WORK = ["metadataExtraction", "thumbnailGeneration", "sidecar", "backgroundTask"]
READ_ONLY = "This server only shows the library; nothing can be changed on it"
LOG_IN_ELSEWHERE = "This server only shows the library. Log in on the server that it belongs to: the session is good here too"
# In another order than they are uploaded in.
DAYS = ["2021-03-01", "2019-07-09", "2023-11-20", "2020-02-02"]


def upload_all(api, photos):
    """Pictures with dates of their own, when everything is known of them."""
    assets = []
    for path, day in zip((photos / name for name in PICTURES), DAYS):
        answer = api.upload(path.name, path.read_bytes(), fileCreatedAt=f"{day}T10:00:00.000Z", fileModifiedAt=f"{day}T10:00:00.000Z")
        assets.append(answer.json()["id"])
    for asset in assets:
        harness.wait_until(lambda asset=asset: api.get(f"/assets/{asset}").json().get("thumbhash"), harness.WORK_TIMEOUT_S, f"{asset} to be ready")
    harness.wait_until(lambda: is_at_rest(api), harness.WORK_TIMEOUT_S, "all work to be done")
    return assets


def is_at_rest(api):
    queues = [queue["statistics"] for queue in api.must("GET", "/queues") if queue["name"] in AT_WORK]
    return all(queue["active"] + queue["waiting"] + queue["delayed"] == 0 for queue in queues)


def looks(album, assets):
    """Everything by which a library is looked at, in order."""
    paths = [f"/albums/{album}", "/albums", "/timeline/buckets", f"/timeline/buckets?albumId={album}", "/assets/statistics", "/tags", "/map/markers",
             "/people", "/stacks", "/search/explore", *(f"/assets/{asset}" for asset in assets), *(f"/albums?assetId={asset}" for asset in assets)]
    return [("GET", path, None) for path in paths] + [
        ("POST", "/search/metadata", {"size": 100, "withExif": True}),
        ("POST", "/search/metadata", {"description": "before"}),
    ]


def seen(api, album, assets):
    """What those who look see; the pictures of an album and of the timeline are in the order that is shown."""
    answers = {f"{method} {path} {json.dumps(body)}": api.call(method, path, body) for method, path, body in looks(album, assets)}
    for bucket in api.must("GET", f"/timeline/buckets?albumId={album}"):
        path = f"/timeline/bucket?albumId={album}&timeBucket={bucket['timeBucket']}"
        answers[f"GET {path}"] = api.get(path)
    for bucket in api.must("GET", "/timeline/buckets"):
        path = f"/timeline/bucket?timeBucket={bucket['timeBucket']}"
        answers[f"GET {path}"] = api.get(path)
    return {question: (answer.status, answer.json()) for question, answer in answers.items()}


def make_library(api, photos):
    assets = upload_all(api, photos)
    album = api.must("POST", "/albums", {"albumName": "Then", "description": "as it was", "assetIds": assets}, 201)["id"]
    api.must("PUT", f"/assets/{assets[0]}", {"description": "before", "isFavorite": True})
    tag = api.must("POST", "/tags", {"name": "old"}, 201)["id"]
    api.must("PUT", f"/tags/{tag}/assets", {"ids": assets[:2]})
    harness.wait_until(lambda: is_at_rest(api), harness.WORK_TIMEOUT_S, "sidecars to be written")
    return album, assets


def change_everything(api, album, assets, photos):
    """What happened since."""
    api.must("DELETE", f"/albums/{album}")
    api.must("PUT", f"/assets/{assets[0]}", {"description": "after", "isFavorite": False, "dateTimeOriginal": "1999-01-01T00:00:00.000Z"})
    api.must("DELETE", "/assets", {"ids": assets[1:2]})
    api.must("PUT", "/assets", {"ids": assets[2:3], "visibility": "archive"})
    api.must("POST", "/albums", {"albumName": "Now"}, 201)
    api.upload("new.jpg", (photos / "library/jpeg/tiny.jpg").read_bytes() + b"new")
    harness.wait_until(lambda: is_at_rest(api), harness.WORK_TIMEOUT_S, "all work to be done")


def head(server):
    status, output = harness.albumen(server.data, "status", "--json")
    if status != 0:
        sys.exit(f"FAILED  albumen status: {output}")
    return json.loads(output[output.index("{"):output.rindex("}") + 1])["head"]


def differences(found, expected):
    return [(question, expected[question], found.get(question)) for question in expected if found.get(question) != expected[question]][:3]


def writes(api, album, asset, picture):
    """Attempts to change something, each by another way in."""
    return {
        "an album": api.post("/albums", {"albumName": "no"}),
        "a description": api.put(f"/assets/{asset}", {"description": "no"}),
        "a deletion": api.delete("/assets", {"ids": [asset]}),
        "an album's name": api.call("PATCH", f"/albums/{album}", {"albumName": "no"}),
        "an upload": api.upload("no.jpg", picture),
        "a tag": api.post("/tags", {"name": "no"}),
        "a log-out": api.post("/auth/logout"),
        "a word to the queues": api.put("/jobs/thumbnailGeneration", {"command": "start", "force": True}),
    }


def refuses_writes(checks, where, api, album, asset, picture):
    for what, answer in writes(api, album, asset, picture).items():
        checks.refused(answer, 403, READ_ONLY, f"{where}: {what} is refused in words")
    login = harness.Api(api.base).post("/auth/login", {"email": harness.ADMIN["email"], "password": harness.ADMIN["password"]})
    checks.refused(login, 403, LOG_IN_ELSEWHERE, f"{where}: who logs in is told where")


def replay(checks, server, until, into):
    status, output = harness.albumen(server.data, "log", "replay", "--until", str(until), "--into", into)
    checks.equal(status, 0, f"albumen log replay --until {until} --into {into}")
    if status != 0:
        print(output)


def the_past(checks, server, api, photos):
    album, assets = make_library(api, photos)
    expected, position = seen(api, album, assets), head(server)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
    time.sleep(2.1)
    change_everything(api, album, assets, photos)
    checks.that(api.get(f"/albums/{album}").status == 400, "today the album is gone")
    login = harness.Api(api.base).must("POST", "/auth/login", {"email": harness.ADMIN["email"], "password": harness.ADMIN["password"]}, 201)
    key = api.must("POST", "/api-keys", {"name": "since", "permissions": ["all"]}, 201)
    replay(checks, server, position, "then")
    replay(checks, server, moment, "by_time")
    for name in ("then", "by_time"):
        with Server(server.data, arguments=("run", "--role", "api", "--as-of", name)) as past:
            old = harness.Api(past.base, api.headers)
            found = seen(old, album, assets)
            checks.equal(differences(found, expected), [], f"{name}: {len(expected)} questions are answered as they were then, the album and its order too")
            if name == "by_time":
                continue
            status, shown = found[f"GET /albums/{album} null"]
            checks.equal((status, shown.get("albumName"), shown.get("assetCount")), (200, "Then", len(assets)), "the album that was deleted since is there, whole")
            checks.equal([found[f"GET /assets/{asset} null"][0] for asset in assets], [200] * len(assets), "and so are its pictures")
            files = [old.get(f"/assets/{asset}/{kind}").status for asset in assets for kind in ("thumbnail", "original")]
            checks.equal(files, [200] * len(files), "their files are served, also of the one in the trash")
            checks.equal(readiness(past), 200, "it is ready")
            before = head(server)
            refuses_writes(checks, "then", old, album, assets[0], b"no")
            checks.equal(head(server), before, "nothing was written")
            who_may_come_in(checks, api, past, login, key)
            unknown = old.get("/albums/00000000-0000-4000-8000-000000000000")
            checks.equal(unknown.status, 400, "what never was, is unknown, and not a matter of trying again")
    no_library(checks, server)
    further(checks, server, api, album, assets)


def readiness(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/health/ready")
    return connection.getresponse().status


def who_may_come_in(checks, api, past, login, key):
    """Decided by the present."""
    later = harness.Api(past.base).with_token(login["accessToken"])
    by_key = harness.Api(past.base).with_key(key["secret"])
    checks.equal([later.get("/users/me").status, by_key.get("/users/me").status], [200, 200], "a session and a key that were made since are good in the past")
    harness.Api(api.base).with_token(login["accessToken"]).must("POST", "/auth/logout")
    api.must("DELETE", f"/api-keys/{key['apiKey']['id']}")
    checks.equal([later.get("/users/me").status, by_key.get("/users/me").status], [401, 401], "and what is revoked today is refused in the past at once")


def no_library(checks, server):
    """A database that holds no library is no reason to start."""
    status, output = harness.albumen(server.data, "run", "--role", "api", "--as-of", "nowhere")
    checks.that(status != 0 and "albumen log replay" in output, "a moment that was not replayed is said to be missing", output[-300:])
    status, output = harness.albumen(server.data, "run", "--role", "api", "--role", "media", "--as-of", "then")
    checks.that(status != 0 and "read-only" in output, "only the api can show the past", output[-300:])


def further(checks, server, api, album, assets):
    """The same database, brought to a later moment; and never back."""
    status, output = harness.albumen(server.data, "log", "replay", "--until", "1", "--into", "then")
    checks.that(status != 0, "a database of a later moment is not taken back", output[-200:])
    replay(checks, server, head(server), "then")
    with Server(server.data, arguments=("run", "--role", "api", "--as-of", "then")) as past:
        found, expected = (seen(one, assets=assets, album=api.must("GET", "/albums")[0]["id"]) for one in (harness.Api(past.base, api.headers), api))
        checks.equal(differences(found, expected), [], "brought to today, it shows today")


def only_reading(checks, server, api, photos):
    """`--read-only` shows today, as it changes."""
    with Server(server.data, arguments=("run", "--role", "api", "--read-only")) as reader:
        reading = harness.Api(reader.base, api.headers)
        album = api.must("POST", "/albums", {"albumName": "seen elsewhere"}, 201)["id"]
        checks.equal(reading.get(f"/albums/{album}").status, 200, "read-only: what is made on the server itself is seen at once")
        asset = harness.all_assets(api)[0]["id"]
        before = head(server)
        refuses_writes(checks, "read-only", reading, album, asset, b"no")
        checks.equal(head(server), before, "read-only: nothing was written")
        searched = reading.post("/search/metadata", {"size": 5})
        checks.equal(searched.status, 200, "read-only: questions that are asked by POST are answered")


def main():
    photos = pathlib.Path(sys.argv[1])
    checks = Checks()
    with Server() as server:
        api = harness.sign_up_or_log_in(server.base)
        the_past(checks, server, api, photos)
        only_reading(checks, server, api, photos)
    checks.finish()


if __name__ == "__main__":
    main()
