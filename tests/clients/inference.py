#!/usr/bin/env python3
"""Text in pictures, from the upload to the search.

Usage: inference.py      (starts servers of its own; ALBUMEN_BIN names the program)

The models are a service that answers as it is told (predictions.py): what is wrong here is the server's fault."""

import json
import struct
import sys
import zlib

import harness
from harness import Checks, Server
from predictions import Predictions

# What stands on which picture, by the picture's size.
RECEIPT, MENU, ROOM, NOTHING = (320, 200), (321, 200), (322, 200), (323, 200)
UPPER_HALF = (0.1, 0.1, 0.9, 0.1, 0.9, 0.4, 0.1, 0.4)
LOWER_HALF = (0.1, 0.6, 0.9, 0.6, 0.9, 0.9, 0.1, 0.9)
TEXTS = {
    RECEIPT: [("Grand total: 12,50 €", UPPER_HALF), ("Thank you", LOWER_HALF)],
    MENU: [("Käsespätzle", UPPER_HALF), ("TOMATO SOUP", LOWER_HALF)],
    ROOM: [("第3会議室", UPPER_HALF)],
}
SETTLED_S = 60
STATES = ("active", "waiting", "delayed", "paused")


def png(width, height, shade):
    """A picture of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(shade) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def configure(admin, **changes):
    """Changes parts of `machineLearning` in the configuration."""
    config = admin.must("GET", "/system-config")
    models = config["machineLearning"]
    for name, value in changes.items():
        models[name] = {**models[name], **value} if isinstance(value, dict) else value
    admin.must("PUT", "/system-config", config)


def upload(api, size, shade=(200, 200, 200)):
    answer = api.upload(f"{size[0]}x{size[1]}-{shade[0]}.png", png(*size, shade))
    if answer.status != 201:
        sys.exit(f"FAILED  the upload answered {answer.status}: {answer.text()[:300]}")
    return answer.json()["id"]


def left_to_do(admin):
    queue = admin.must("GET", "/queues/ocr")["statistics"]
    return sum(queue[state] for state in STATES)


def texts_of(api, asset):
    return [line["text"] for line in api.must("GET", f"/assets/{asset}/ocr")]


def wait_for(api, asset, texts):
    """Until that is read on an asset; the last that was."""
    harness.wait_until(lambda: texts_of(api, asset) == texts, SETTLED_S, f"{texts} to be read")
    return texts_of(api, asset)


def words(size):
    return [text for text, _ in TEXTS.get(size, [])]


def found(api, text, **filters):
    """The ids that each kind of search finds, which must be the same for all of them."""
    body = {"ocr": text, **filters}
    by_metadata = {item["id"] for item in api.must("POST", "/search/metadata", body, 200)["assets"]["items"]}
    at_random = {item["id"] for item in api.must("POST", "/search/random", body, 200)}
    counted = api.must("POST", "/search/statistics", body, 200)["total"]
    by_filter = {item["id"] for item in found_by(api, {"ocr": {"matches": text}}, **filters)}
    agree = at_random == by_metadata == by_filter and counted == len(by_metadata)
    told = f"{by_metadata} by metadata, {by_filter} by a filter, {at_random} at random, {counted} counted"
    return by_metadata if agree else told


def found_by(api, conditions, **filters):
    """What fits the filter that clients of version 3.2 put together."""
    return api.must("POST", "/search/metadata", {"filter": conditions, **filters}, 200)["assets"]["items"]


def is_read(checks, api, assets):
    for size, asset in assets.items():
        checks.equal(wait_for(api, asset, words(size)), words(size), f"what stands on the picture {size} is read")
    line = api.must("GET", f"/assets/{assets[RECEIPT]}/ocr")[0]
    corners = [line[f"{axis}{corner}"] for corner in range(1, 5) for axis in "xy"]
    checks.equal(corners, list(UPPER_HALF), "a line has its corners")
    checks.equal((line["boxScore"], line["textScore"], line["assetId"]), (0.9, 0.95, assets[RECEIPT]), "and its scores")


def is_found(checks, api, assets):
    for text, expected in (
        ("total", {RECEIPT}), ("TOTAL", {RECEIPT}), ("grand total", {RECEIPT}), ("totals", {RECEIPT}), ("12,50", {RECEIPT}),
        ("kasespatzle", {MENU}), ("tomato", {MENU}), ("soup", {MENU}), ("会議", {ROOM}), ("会議室", {ROOM}), ("3", {ROOM}),
        ("tomorrow", set()), ("議員", set()), ("!?", set()), ("%", set()), (" ", set(assets)),
    ):
        checks.equal(found(api, text), {assets[size] for size in expected}, f"“{text}” finds {len(expected)} pictures")
    large = api.must("POST", "/search/large-assets?ocr=soup", status=200)
    checks.equal([item["id"] for item in large], [assets[MENU]], "the largest with a text")
    branches = [{"ocr": {"matches": "soup"}}, {"ocr": {"matches": "total"}}]
    either = {item["id"] for item in found_by(api, {"or": branches})}
    checks.equal(either, {assets[MENU], assets[RECEIPT]}, "one of two texts finds the pictures of both")
    both = found_by(api, {"ocr": {"matches": "soup"}, "or": [{"ocr": {"matches": "total"}}]})
    checks.equal(both, [], "and no picture has both")
    favourite = found(api, "soup", isFavorite=True)
    checks.equal(favourite, set(), "other filters hold, too")


def others_find(checks, admin, owner, owner_id, assets):
    stranger, _ = harness.add_user(admin, "stranger")
    partner, partner_id = harness.add_user(admin, "partner")
    member, member_id = harness.add_user(admin, "member")
    owner.must("POST", "/partners", {"sharedWithId": partner_id}, 201)
    partner.must("PUT", f"/partners/{owner_id}", {"inTimeline": True})
    album = owner.must("POST", "/albums", {"albumName": "Menus", "assetIds": [assets[MENU]],
                                           "albumUsers": [{"userId": member_id, "role": "viewer"}]}, 201)["id"]
    checks.equal(found(stranger, "soup"), set(), "a stranger finds nothing")
    checks.refused(stranger.get(f"/assets/{assets[MENU]}/ocr"), 400, "Not found or no asset.read access", "nor reads anything")
    checks.equal(found(partner, "soup"), {assets[MENU]}, "a partner finds what stands on what they are shown")
    checks.equal(texts_of(partner, assets[MENU]), words(MENU), "and reads it")
    body = {"ocr": "soup", "albumIds": [album]}
    in_album = [item["id"] for item in member.must("POST", "/search/metadata", body, 200)["assets"]["items"]]
    checks.equal(in_album, [assets[MENU]], "a member of an album finds it there")
    by_filter = found_by(member, {"ocr": {"matches": "soup"}, "albumIds": {"any": [album]}})
    checks.equal([item["id"] for item in by_filter], [assets[MENU]], "by a filter, too")
    checks.equal(found_by(member, {"ocr": {"matches": "total"}, "albumIds": {"any": [album]}}), [], "which finds nothing else either")
    body["ocr"] = "total"
    checks.equal(member.must("POST", "/search/metadata", body, 200)["assets"]["items"], [], "but nothing that is elsewhere")


def is_asked_rightly(checks, service, assets):
    asked = service.asked("ocr")
    checks.equal(sorted(size for _, size in asked), sorted(assets), "each picture was looked at once")
    expected = {
        "detection": {"modelName": "PP-OCRv5_mobile", "options": {"minScore": 0.5, "maxResolution": 736}},
        "recognition": {"modelName": "PP-OCRv5_mobile", "options": {"minScore": 0.8}},
    }
    checks.equal(rounded(asked[0][0]), expected, "with the model and the bounds of the configuration")


def rounded(entries):
    """Numbers that travelled as 32 bits."""
    for part in entries.values():
        part["options"] = {name: round(value, 4) for name, value in part.get("options", {}).items()}
    return entries


def stream(api, acks=None):
    if acks:
        api.must("POST", "/sync/ack", {"acks": acks}, 204)
    answer = api.post("/sync/stream", {"types": ["AssetsV2", "AssetOcrV1"]}).text()
    return [json.loads(line) for line in answer.splitlines()]


def devices_are_told(checks, admin, owner, service, assets):
    lines = stream(owner)
    told = [line["data"] for line in lines if line["type"] == "AssetOcrV1"]
    checks.equal(sorted(line["text"] for line in told), sorted(text for size in TEXTS for text in words(size)), "devices get all lines")
    keys = {"id", "assetId", "boxScore", "textScore", "text", "isVisible", *(f"{axis}{corner}" for axis in "xy" for corner in range(1, 5))}
    checks.equal({key for line in told for key in line}, keys, "with all of their keys")
    newest = {line["ack"].split("|")[0]: line["ack"] for line in lines}
    checks.equal([line["type"] for line in stream(owner, list(newest.values()))], ["SyncCompleteV1"], "and then nothing more")
    service.texts[RECEIPT] = [("Subtotal 7,00", UPPER_HALF)]
    admin.must("PUT", "/jobs/ocr", {"command": "start", "force": True})
    checks.equal(wait_for(owner, assets[RECEIPT], ["Subtotal 7,00"]), ["Subtotal 7,00"], "what is read again replaces what was read")
    harness.wait_until(lambda: left_to_do(admin) == 0, SETTLED_S, "all to be read again")
    checks.equal((found(owner, "grand total"), found(owner, "subtotal")), (set(), {assets[RECEIPT]}), "and is found instead of it")
    lines = stream(owner)
    gone = {line["data"]["assetId"] for line in lines if line["type"] == "AssetOcrDeleteV1"}
    checks.equal(gone, {assets[size] for size in TEXTS}, "devices are told what was read anew")
    told = [line["data"]["text"] for line in lines if line["type"] == "AssetOcrV1"]
    checks.that("Subtotal 7,00" in told and "Thank you" not in told, "and how it reads now", told)


def it_can_be_switched(checks, admin, owner, service):
    configure(admin, ocr={"enabled": False})
    checks.equal(owner.must("GET", "/server/features")["ocr"], False, "switched off, it is no feature")
    asked = len(service.asked("ocr"))
    asset = upload(owner, RECEIPT, (10, 10, 10))
    harness.wait_until(lambda: owner.must("GET", f"/assets/{asset}")["thumbhash"], SETTLED_S, "a preview")
    checks.equal((len(service.asked("ocr")), texts_of(owner, asset)), (asked, []), "and nothing is read")
    configure(admin, ocr={"enabled": True})
    checks.equal(owner.must("GET", "/server/features")["ocr"], True, "switched on, it is one")
    checks.equal(wait_for(owner, asset, ["Subtotal 7,00"]), ["Subtotal 7,00"], "and what came meanwhile is read")


def a_service_that_is_away_is_waited_for(checks, admin, owner, service):
    configure(admin, urls=["http://127.0.0.1:9"], availabilityChecks={"interval": 500})
    asset = upload(owner, MENU, (20, 20, 20))
    harness.wait_until(lambda: owner.must("GET", f"/assets/{asset}")["thumbhash"], SETTLED_S, "a preview")
    checks.equal(found(owner, "subtotal") != set(), True, "without models what was read is found")
    configure(admin, urls=["http://127.0.0.1:9", service.base])
    checks.equal(wait_for(owner, asset, words(MENU)), words(MENU), "when there are models again, it is read")


def it_outlives_the_server(checks, server, admin, owner, service):
    service.delay_s = 1
    mine = [upload(owner, ROOM, (shade, 0, 0)) for shade in range(1, 5)]
    harness.wait_until(lambda: any(size == ROOM for _, size in service.asked("ocr")[-3:]), SETTLED_S, "reading to begin")
    server.kill()
    service.delay_s = 0
    server.start()
    for asset in mine:
        checks.equal(wait_for(owner, asset, words(ROOM)), words(ROOM), "after kill -9 it is read")
    history = owner.must("GET", f"/assets/{mine[0]}/ocr")
    checks.equal(len(history), 1, "and once")


def it_goes_with_its_picture(checks, owner, assets):
    owner.must("DELETE", "/assets", {"ids": [assets[MENU]], "force": True}, 204)
    checks.equal(found(owner, "soup", withDeleted=False) & {assets[MENU]}, set(), "what is deleted is not found")
    gone = harness.wait_until(lambda: owner.get(f"/assets/{assets[MENU]}").status == 400, SETTLED_S, "the picture to go")
    checks.that(gone and owner.get(f"/assets/{assets[MENU]}/ocr").status == 400, "nor read")


def main():
    checks = Checks()
    service = Predictions()
    service.texts = dict(TEXTS)
    with Server() as server:
        admin = harness.sign_up_or_log_in(server.base)
        configure(admin, urls=[service.base], availabilityChecks={"interval": 500})
        owner, owner_id = harness.add_user(admin, "reader")
        assets = {size: upload(owner, size) for size in (RECEIPT, MENU, ROOM, NOTHING)}
        is_read(checks, owner, assets)
        harness.wait_until(lambda: left_to_do(admin) == 0, SETTLED_S, "all to be read")
        is_asked_rightly(checks, service, assets)
        is_found(checks, owner, assets)
        others_find(checks, admin, owner, owner_id, assets)
        devices_are_told(checks, admin, owner, service, assets)
        it_can_be_switched(checks, admin, owner, service)
        a_service_that_is_away_is_waited_for(checks, admin, owner, service)
        it_outlives_the_server(checks, server, admin, owner, service)
        it_goes_with_its_picture(checks, owner, assets)
        checks.ends(server)
    service.close()
    checks.finish()


if __name__ == "__main__":
    main()
