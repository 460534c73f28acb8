#!/usr/bin/env python3
"""Real models, from the upload by the official command line to the search: words, people, text; and what breaks them.

Usage: recognition.py PICTURES_DIR MODELS_DIR NODE_MODULES      (pictures of make_pictures.py, models of deploy/models)

Starts a server of its own; ALBUMEN_BIN names the program, and albumen-infer lies beside it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import harness
from cli import CommandLine
from harness import Checks, Server
from inference import configure

PROGRAM = "albumen-infer"
QUEUES = ("metadataExtraction", "thumbnailGeneration", "smartSearch", "faceDetection", "facialRecognition", "ocr")
STATES = ("active", "waiting", "delayed", "paused")
# Everything is looked at by all models, on two cores.
DONE_TIMEOUT_S = 120
START_TIMEOUT_S = 30
# From the models' arrival to the first search: one look of the server, and the reading of the model.
ARRIVED_TIMEOUT_S = 5
# What stands in for the models of a new configuration.
SMALL = {"clip": "albumen-small__conse", "facialRecognition": "albumen-small__centerface", "ocr": "PP-OCRv6_small"}
# Words, and the picture that has to be among the first three.
WORDS = {
    "a cat": "cat.jpg", "a cup of coffee": "coffee.jpg", "a rocket launch": "rocket.jpg", "a motorcycle": "motorcycle.jpg",
    "a brick wall": "bricks.jpg",
}
FIRST = 3
TEXTS = {
    "invoice 40721": "receipt.png", "coffee beans": "receipt.png", "oat milk": "receipt.png", "boarding pass": "ticket.png",
    "copenhagen": "ticket.png",
}
# The same person, and others.
SAME, OTHERS = ("obama-1.jpg", "obama-2.jpg", "obama-3.jpg"), ("biden-1.jpg", "astronaut.jpg")
# What stands on the receipt, from top to bottom.
RECEIPT = ("ALBUMEN", "Coffee", "Oat", "Invoice", "TOTAL")


def is_done(admin):
    queues = admin.must("GET", "/queues")
    return not any(queue["statistics"][state] for queue in queues if queue["name"] in QUEUES for state in STATES)


def wait_until_done(checks, admin, what):
    # One queue follows upon another, so all have to be empty twice.
    done = harness.wait_until(lambda: is_done(admin) and is_done(admin), DONE_TIMEOUT_S, what)
    if not done:
        print(json.dumps({queue["name"]: queue["statistics"] for queue in admin.must("GET", "/queues")}), flush=True)
    return checks.that(done, what)


def by_name(api):
    return {asset["originalFileName"]: asset for asset in harness.all_assets(api)}


def serving(admin):
    """The models that the configuration names beside those that are chosen."""
    models = admin.must("GET", "/admin/config")["machineLearning"]
    return {part: models[part].get("servingModel") for part in SMALL}


def models_arrive(checks, admin, api, source, target):
    """As at the first start, which fetches them while the server runs."""
    checks.equal(serving(admin), dict.fromkeys(SMALL), "without models none serves")
    checks.equal(api.post("/search/smart", {"query": "a cat"}).status, 500, "and no words are understood")
    for task in filter(pathlib.Path.is_dir, source.iterdir()):
        (target / task.name).mkdir(exist_ok=True)
        (target / task.name).chmod(0o777)
        for model in task.iterdir():
            model.rename(target / task.name / model.name)
    arrived = time.monotonic()
    harness.wait_until(lambda: api.post("/search/smart", {"query": "a cat"}).status == 200, START_TIMEOUT_S, "words to be understood")
    waited = time.monotonic() - arrived
    checks.that(waited < ARRIVED_TIMEOUT_S, "as soon as there are models words are understood", f"{waited:.1f} s")
    harness.wait_until(lambda: serving(admin) == SMALL, START_TIMEOUT_S, "all of them to serve")
    checks.equal(serving(admin), SMALL, "the configuration tells that small ones serve")


def upload_all(checks, base, secret, node_modules, pictures):
    with tempfile.TemporaryDirectory() as configuration:
        command_line = CommandLine(node_modules, configuration)
        command_line.run("login-key", base, secret)
        folders = [pictures / name for name in ("photos", "people", "papers")]
        status, output = command_line.run("upload", "--recursive", "--no-progress", *folders)
        checks.equal(status, 0, f"the command line uploads them {output[-500:] if status else ''}".strip())


def words_find(checks, api):
    for query, name in WORDS.items():
        items = api.must("POST", "/search/smart", {"query": query, "size": FIRST}, 200)["assets"]["items"]
        names = [item["originalFileName"] for item in items]
        checks.that(name in names, f"“{query}” finds {name} among the first {FIRST}", names)
    everything = api.must("POST", "/search/smart", {"query": "anything", "size": 100}, 200)["assets"]["items"]
    checks.equal(len(everything), len(harness.all_assets(api)), "and paging comes to every picture")


def text_finds(checks, api):
    for text, name in TEXTS.items():
        items = api.must("POST", "/search/metadata", {"ocr": text}, 200)["assets"]["items"]
        checks.equal([item["originalFileName"] for item in items], [name], f"the text “{text}” finds {name}")
    lines = api.must("GET", f"/assets/{by_name(api)['receipt.png']['id']}/ocr")
    texts = " ".join(line["text"] for line in lines)
    places = [texts.find(word) for word in RECEIPT]
    checks.that(-1 not in places and places == sorted(places), "lines stand in the order of reading", texts)


def persons_on(api, asset):
    faces = api.must("GET", f"/faces?id={asset['id']}")
    return [face["person"] and face["person"]["id"] for face in faces]


def people_are_grouped(checks, api):
    assets = by_name(api)
    persons = {name: persons_on(api, assets[name]) for name in (*SAME, *OTHERS)}
    checks.that(all(persons.values()), "there is a face on each portrait", persons)
    common = set.intersection(*(set(persons[name]) for name in SAME)) - {None}
    checks.equal(len(common), 1, f"the same person is on {', '.join(SAME)}")
    strangers = {person for name in OTHERS for person in persons[name]}
    checks.equal(common & strangers, set(), "and on no portrait of others")
    listed = {person["id"] for person in api.must("GET", "/people")["people"]}
    checks.that(common <= listed, "and among the people")


def children(server):
    return [pid for pid in harness.descendants(server.process.pid) if PROGRAM in harness.command_line(pid)]


def altered(path, number):
    """The same picture as another file."""
    return path.read_bytes() + f"#{number}".encode()


def upload_copies(api, pictures, mark):
    """One of each kind; returns their names."""
    files = {f"{mark}-{name}": pictures / folder / name for folder, name in
             (("papers", "receipt.png"), ("photos", "cat.jpg"), ("photos", "coffee.jpg"))}
    for name, path in files.items():
        answer = api.upload(name, altered(path, mark))
        if answer.status != 201:
            sys.exit(f"FAILED  the upload answered {answer.status}")
    return list(files)


def copies_are_known(checks, api, mark):
    """Waits for it: what is asked for again once models are chosen is in no queue before."""
    assets = by_name(api)

    def texts():
        return [line["text"] for line in api.must("GET", f"/assets/{assets[f'{mark}-receipt.png']['id']}/ocr")]

    def found():
        items = api.must("POST", "/search/smart", {"query": "a cat", "size": 100}, 200)["assets"]["items"]
        return f"{mark}-cat.jpg" in [item["originalFileName"] for item in items]

    harness.wait_until(texts, DONE_TIMEOUT_S, "text to be read")
    checks.that(any("40721" in text for text in texts()), "its text is read", texts())
    checks.that(harness.wait_until(found, DONE_TIMEOUT_S, "it to be found by words"), "and it is found by words")


def models_die(checks, server, admin, api, pictures):
    upload_copies(api, pictures, "child")
    begun = harness.wait_until(lambda: children(server), START_TIMEOUT_S, f"{PROGRAM} to run")
    for pid in begun or []:
        os.kill(pid, signal.SIGKILL)
    wait_until_done(checks, admin, f"after kill -9 of {PROGRAM} all is done")
    copies_are_known(checks, api, "child")


def server_dies(checks, server, admin, api, pictures):
    upload_copies(api, pictures, "server")
    harness.wait_until(lambda: not is_done(admin), START_TIMEOUT_S, "work to begin")
    left = server.kill(whole_family=False)
    checks.equal(left, [], "no child outlives the server")
    server.start()
    wait_until_done(checks, admin, "after kill -9 of the server all is done")
    copies_are_known(checks, api, "server")


def hostile_pictures(checks, admin, api, pictures):
    names = sorted(path.name for path in (pictures / "hostile").iterdir())
    for name in names:
        api.upload(name, (pictures / "hostile" / name).read_bytes())
    wait_until_done(checks, admin, f"{', '.join(names)}: each ends")
    assets = by_name(api)
    for name in ("many-pixels.jpg", "one-pixel.png", "strip.png"):
        checks.equal(api.must("GET", f"/assets/{assets[name]['id']}/ocr"), [], f"on {name} there is no text")


def switched(checks, server, admin, api, pictures):
    configure(admin, enabled=False)
    features = api.must("GET", "/server/features")
    off = [features[name] for name in ("smartSearch", "facialRecognition", "duplicateDetection", "ocr")]
    checks.equal(off, [False] * 4, "switched off, nothing of it is a feature")
    checks.refused(api.post("/search/smart", {"query": "a cat"}), 400, "Smart search is not enabled", "and words find nothing")
    gone = harness.wait_until(lambda: not children(server), START_TIMEOUT_S, f"{PROGRAM} to end")
    checks.that(gone, f"and {PROGRAM} ends")
    upload_copies(api, pictures, "off")
    configure(admin, enabled=True)
    harness.wait_until(lambda: api.post("/search/smart", {"query": "a cat"}).status == 200, START_TIMEOUT_S, "models to answer")
    print("# switched on again, what came meanwhile is done", flush=True)
    copies_are_known(checks, api, "off")


def elsewhere(checks, server, admin, api, pictures, models):
    command = [pathlib.Path(server.binary).parent / PROGRAM, "--listen", "127.0.0.1:0", "--models", models]
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as remote:
        try:
            url = remote.stdout.readline().split()[-1]
            configure(admin, urls=[url])
            gone = harness.wait_until(lambda: not children(server), START_TIMEOUT_S, "the local one to end")
            checks.that(gone, "a service elsewhere takes the place of the local one")
            upload_copies(api, pictures, "remote")
            wait_until_done(checks, admin, "and does its work")
            copies_are_known(checks, api, "remote")
        finally:
            remote.kill()


def open_to_all(source, target):
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o644)
    return target


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    pictures, models, node_modules = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    checks = Checks()
    server = Server()
    # As root the server runs as a system user, who cannot look into the cache.
    arriving, models = open_to_all(pathlib.Path(models), server.own_folder / "arriving"), server.own_folder / "models"
    models.mkdir()
    models.chmod(0o777)
    server.environment["ALBUMEN_MODELS"] = str(models)
    with server:
        admin = harness.sign_up_or_log_in(server.base)
        configure(admin, facialRecognition={"minFaces": 2})
        api, _ = harness.add_user(admin, "photographer")
        secret = api.must("POST", "/api-keys", {"name": "cli", "permissions": ["all"]}, 201)["secret"]
        models_arrive(checks, admin, api, arriving, models)
        upload_all(checks, server.base, secret, node_modules, pictures)
        wait_until_done(checks, admin, "everything is looked at")
        words_find(checks, api)
        text_finds(checks, api)
        people_are_grouped(checks, api)
        models_die(checks, server, admin, api, pictures)
        server_dies(checks, server, admin, api, pictures)
        hostile_pictures(checks, admin, api, pictures)
        switched(checks, server, admin, api, pictures)
        elsewhere(checks, server, admin, api, pictures, models)
        checks.ends(server)
    checks.finish()


if __name__ == "__main__":
    main()
